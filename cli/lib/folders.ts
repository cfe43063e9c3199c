/** Where things are: this package, and the program that a command is about. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** The folder of this package: the repository, or the one in `node_modules`. */
export const PACKAGE = nearestWith("package.json", import.meta.dirname) ?? import.meta.dirname;

/**
 * The folder of the Pulumi program that a command is about: the one around `from`, else the program of this repository. Where
 * there is none it is `from` itself, and a command that needs a program says so.
 */
export function programFolder(from: string, ownPackage: string = PACKAGE): string {
    const around = nearestWith("Pulumi.yaml", from) ?? nearestWith("Pulumi.yml", from);
    return around ?? (existsSync(path.join(ownPackage, "Pulumi.yaml")) ? ownPackage : from);
}

/** The nearest folder, from `folder` upwards, that has the file. */
function nearestWith(file: string, folder: string): string | undefined {
    if (existsSync(path.join(folder, file))) return folder;
    const parent = path.dirname(folder);
    return parent === folder ? undefined : nearestWith(file, parent);
}

/** The version of this package. */
export function packageVersion(): string {
    const manifest = JSON.parse(readFileSync(path.join(PACKAGE, "package.json"), "utf8")) as {
        version: string;
    };
    return manifest.version;
}
