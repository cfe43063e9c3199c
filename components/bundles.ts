/**
 * Where the bundle of each function is. Here it is made of the sources, if it was not made of the very same ones before. In the
 * package that npm installs, prebuilt.ts stands in the place of this file.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync, version } from "esbuild";
import { bundledText, bundleOptions } from "./bundle.ts";
import type { FunctionName } from "./prebuilt.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Git ignores it. */
const DIRECTORY = path.join(ROOT, ".turnstile/functions");

/** What a bundle was made of: as soon as one thing is another one, it is made again. */
interface Origin {
    /** How it was made: by which esbuild, with which options and packages. */
    readonly by: string;
    /** The digest of each source, by its path from the root. */
    readonly of: Readonly<Record<string, string>>;
    /** The digest of the bundle itself. */
    readonly text: string;
}

const files = new Map<FunctionName, string>();

/** The file with the bundle of a function. */
export function bundleOf(name: FunctionName): string {
    const known = files.get(name);
    if (known !== undefined) return known;
    const file = path.join(DIRECTORY, `${name}.mjs`);
    const options = bundleOptions(new URL(`../functions/${name}.ts`, import.meta.url));
    const by = digest(
        JSON.stringify([
            version,
            options,
            String(bundledText),
            read(path.join(ROOT, "package-lock.json")) ?? "",
        ]),
    );
    if (!isCurrent(file, by)) make(file, by, options);
    files.set(name, file);
    return file;
}

/** Whether what lies there was made of the sources as they are now. */
function isCurrent(file: string, by: string): boolean {
    const bundled = read(file);
    const origin = originIn(read(`${file}.json`));
    if (bundled === undefined || origin?.by !== by || origin.text !== digest(bundled)) return false;
    return Object.entries(origin.of).every(([source, was]) => digestOf(source) === was);
}

function make(file: string, by: string, options: ReturnType<typeof bundleOptions>): void {
    const begun = Date.now();
    const built = buildSync({ ...options, metafile: true });
    const text = bundledText(built);
    const sources = Object.keys(built.metafile.inputs).map((source) => [source, digestOf(source) ?? ""]);
    const origin: Origin = {
        by,
        of: Object.fromEntries(sources) as Origin["of"],
        text: digest(text),
    };
    write(file, text);
    // A source that was written meanwhile may be in the bundle as it was before.
    const isMixed = sources.some(([source = ""]) => statSync(path.join(ROOT, source)).mtimeMs >= begun);
    write(`${file}.json`, isMixed ? "null" : JSON.stringify(origin));
}

function originIn(text = "null"): Origin | undefined {
    try {
        return (JSON.parse(text) as Origin | null) ?? undefined;
    } catch {
        return undefined;
    }
}

/** Another process may read the file, or write it too. So it changes only if its content does, and at one stroke. */
function write(file: string, text: string): void {
    if (read(file) === text) return;
    mkdirSync(DIRECTORY, { recursive: true });
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, text);
    renameSync(draft, file);
}

function digestOf(source: string): string | undefined {
    const text = read(path.join(ROOT, source));
    return text === undefined ? undefined : digest(text);
}

function digest(text: string): string {
    return createHash("sha256").update(text).digest("base64url");
}

function read(file: string): string | undefined {
    try {
        return readFileSync(file, "utf8");
    } catch {
        return undefined;
    }
}
