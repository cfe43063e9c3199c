/**
 * Where the bundle of each function is. Here it is made of the sources when a program first asks for it. In the package that
 * npm installs, prebuilt.ts stands in the place of this file.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.ts";
import type { FunctionName } from "./prebuilt.ts";

/** Git ignores it. */
const DIRECTORY = new URL("../.turnstile/functions/", import.meta.url);

const files = new Map<FunctionName, string>();

/** The file with the bundle of a function. */
export function bundleOf(name: FunctionName): string {
    const known = files.get(name);
    if (known !== undefined) return known;
    const file = fileURLToPath(new URL(`${name}.mjs`, DIRECTORY));
    write(file, bundle(new URL(`../functions/${name}.ts`, import.meta.url)));
    files.set(name, file);
    return file;
}

/** Another process may read the file, or write it too. So it changes only if its content does, and at one stroke. */
function write(file: string, text: string): void {
    if (read(file) === text) return;
    mkdirSync(DIRECTORY, { recursive: true });
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, text);
    renameSync(draft, file);
}

function read(file: string): string | undefined {
    try {
        return readFileSync(file, "utf8");
    } catch {
        return undefined;
    }
}
