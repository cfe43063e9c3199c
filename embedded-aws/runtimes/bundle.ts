/**
 * Puts a function's recorded code where Node can import it: files below the system's temporary directory, one directory
 * for each content, kept while it is in use and a while longer, and removed with the process at the latest.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";

export interface Bundle {
    /** The module that holds the handler. */
    readonly url: string;
    /** The name under which it exports the handler. */
    readonly exportName: string;
    /** Says that this user needs the files no more. */
    release(): void;
}

/** The bundle as Lambda's runtime fails to start it. */
export class BundleError extends Error {
    readonly errorType: string;

    constructor(errorType: string, message: string) {
        super(message);
        this.errorType = errorType;
    }
}

/** Directories that are kept although nobody uses them: whoever runs many worlds needs the same bundles again. */
export const KEPT_UNUSED = 16;

let root: string | undefined;
const users = new Map<string, number>();
/** Directories that nobody uses, the longest unused first. */
const unused = new Set<string>();

/** @param handler as Lambda has it: `index.handler` is the export `handler` of `index.mjs` or `index.js`. */
export function unpack(files: Readonly<Record<string, string>>, handler: string): Bundle {
    const dot = handler.lastIndexOf(".");
    const module = handler.slice(0, dot);
    const file = [`${module}.mjs`, `${module}.js`, `${module}.cjs`].find((name) => name in files);
    if (!file) throw new BundleError("Runtime.ImportModuleError", `Error: Cannot find module '${module}'`);
    const directory = join(rootDirectory(), hashOf(files));
    if (!existsSync(join(directory, file))) write(directory, files);
    unused.delete(directory);
    users.set(directory, (users.get(directory) ?? 0) + 1);
    return {
        url: pathToFileURL(join(directory, file)).href,
        exportName: handler.slice(dot + 1),
        release: releaseOnce(directory),
    };
}

function releaseOnce(directory: string): () => void {
    let isHeld = true;
    return () => {
        if (!isHeld) return;
        isHeld = false;
        const left = (users.get(directory) ?? 1) - 1;
        if (left > 0) return void users.set(directory, left);
        users.delete(directory);
        unused.add(directory);
        const [oldest] = unused;
        if (unused.size <= KEPT_UNUSED || oldest === undefined) return;
        unused.delete(oldest);
        rmSync(oldest, { recursive: true, force: true });
    };
}

/** One for the process. Node caches an import by its path, so the same content must get the same path. */
function rootDirectory(): string {
    if (root === undefined) {
        root = mkdtempSync(join(tmpdir(), "turnstile-"));
        process.once("exit", removeRoot);
        linkPackages(root);
    } else if (!existsSync(root)) {
        // Somebody has cleaned up.
        mkdirSync(root, { recursive: true, mode: 0o700 });
        linkPackages(root);
    }
    return root;
}

function removeRoot(): void {
    if (root !== undefined) rmSync(root, { recursive: true, force: true });
}

/** Lambda's Node runtimes bring the AWS SDK along, so that a bundle may leave it out. */
function linkPackages(directory: string): void {
    const packages = packagesWithSdk();
    if (packages === undefined) return;
    symlinkSync(packages, join(directory, "node_modules"), "junction");
}

/** Undefined where the SDK is not installed: a bundle that leaves it out then fails by the name of what it misses. */
function packagesWithSdk(): string | undefined {
    try {
        const sdk = createRequire(import.meta.url).resolve("@aws-sdk/client-dynamodb");
        return sdk.slice(0, sdk.lastIndexOf("node_modules") + "node_modules".length);
    } catch {
        return undefined;
    }
}

function write(directory: string, files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
        const file = resolve(directory, name);
        if (!file.startsWith(directory + sep))
            throw new Error(`The bundle's file '${name}' would be outside of the bundle.`);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
    }
}

const hashes = new WeakMap<object, string>();

function hashOf(files: Readonly<Record<string, string>>): string {
    let hash = hashes.get(files);
    if (hash === undefined) hashes.set(files, (hash = computeHash(files)));
    return hash;
}

function computeHash(files: Readonly<Record<string, string>>): string {
    const hash = createHash("sha256");
    for (const [name, text] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
        hash.update(`${name}\0${text.length}\0`).update(text);
    }
    return hash.digest("hex").slice(0, 16);
}
