/** The licences of other people's code that is inside of the package's files. */
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

interface Manifest {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
}

/** @param files the files of which the package is made, from `root` */
export function noticesOf(root: string, files: readonly string[]): string {
    const folders = new Set(
        files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []),
    );
    const notices = [...folders].sort().map((folder) => notice(path.join(root, folder)));
    return `The files of this package contain code of these packages.\n${notices.join("")}`;
}

function notice(folder: string): string {
    const { name, version, license } = JSON.parse(
        readFileSync(path.join(folder, "package.json"), "utf8"),
    ) as Manifest;
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
    const texts = files.map((file) => readFileSync(path.join(folder, file), "utf8").trim());
    const line = "-".repeat(80);
    return `\n${line}\n${name} ${version}, ${license ?? "see below"}\n\n${texts.join("\n\n")}\n`;
}
