/** Files that a deployment uploads. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";

/**
 * A file as an asset. Its path goes into the state, so it starts from the program's folder, where Pulumi runs the program: it
 * is the same on every machine that has the same folders.
 */
export function fileAsset(file: string | URL): pulumi.asset.FileAsset {
    return new pulumi.asset.FileAsset(programPath(file));
}

/** The path of a file from the program's folder. */
export function programPath(file: string | URL): string {
    const absolute = path.resolve(file instanceof URL ? fileURLToPath(file) : file);
    return path.relative(process.cwd(), absolute).split(path.sep).join("/");
}
