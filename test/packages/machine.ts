/** What the tests of the package start: package managers, versions of Node, and the command line that was installed. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

export const ROOT = path.join(import.meta.dirname, "../..");
const TOOLS = path.join(ROOT, "tools/packages");

/** Installs the package managers, the Nodes and the judges, unless that was done. */
export function installTools(): void {
    const lock = path.join(TOOLS, "node_modules/.package-lock.json");
    if (!existsSync(lock)) run("npm", ["ci", "--silent", "--prefix", TOOLS], { cwd: ROOT });
}

/** A program that tools/packages/package.json lists, as the file that Node runs. */
export function tool(file: string): string {
    return path.join(TOOLS, "node_modules", file);
}

/** The major versions of Node that a user may have. */
export const NODE_VERSIONS = [20, 22, 24] as const;

/** A version of Node, once the tools are installed. Undefined: there is none for this system. */
export function nodeOf(version: (typeof NODE_VERSIONS)[number]): string | undefined {
    return version === 24 ? process.execPath : existing(tool(`node-${version}/bin/node`));
}

function existing(file: string): string | undefined {
    return existsSync(file) ? file : undefined;
}

export interface Outcome {
    readonly code: number | null;
    readonly out: string;
    readonly error: string;
}

export interface Place {
    readonly cwd: string;
    readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end, and fails if it does. */
export function run(program: string, args: readonly string[], place: Place): string {
    const { code, out, error } = tryRun(program, args, place);
    if (code === 0) return out;
    throw new Error(`${program} ${args.join(" ")} ended with ${code}:\n${out}\n${error}`);
}

/** Runs a program to its end. */
export function tryRun(program: string, args: readonly string[], { cwd, env = {} }: Place): Outcome {
    const { status, stdout, stderr, error } = spawnSync(program, args, {
        cwd,
        env: { ...environment(), ...env },
        encoding: "utf8",
        shell: process.platform === "win32",
        maxBuffer: 1e8,
    });
    if (error) throw error;
    return { code: status, out: stdout, error: stderr };
}

/** Runs a program of Node's until `use` is over, which gets the first line that it prints, as JSON. */
export async function withStarted<T>(
    args: readonly string[],
    { cwd, env = {} }: Place,
    use: (line: T) => Promise<void>,
): Promise<void> {
    const child = spawn(process.execPath, args, {
        cwd,
        env: { ...environment(), ...env },
        stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    try {
        const { value, done } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
        if (done === true) throw new Error(`${args.join(" ")} ended without a word`);
        await use(JSON.parse(value) as T);
    } finally {
        child.kill();
        await ended;
    }
}

/**
 * What npm, Node and a CI service put into the environment of this project's own script is not there in a stranger's. In CI,
 * pnpm and yarn install nothing that has no lock file yet.
 */
const OWN = /^(npm_(?!config_registry$)|CI$|INIT_CWD$|NODE_(OPTIONS|ENV|V8_COVERAGE|COMPILE_CACHE)$)/i;

function environment(): NodeJS.ProcessEnv {
    const kept = Object.entries(process.env).filter(([name]) => !OWN.test(name));
    const folders = (process.env["PATH"] ?? "").split(path.delimiter);
    const PATH = folders.filter((folder) => !folder.startsWith(ROOT)).join(path.delimiter);
    return { ...Object.fromEntries(kept), PATH };
}

/** The registry that this machine uses, for package managers that do not read npm's configuration. */
export function registry(): string {
    return run("npm", ["config", "get", "registry"], { cwd: ROOT }).trim();
}

/** Packs the package as it would be published; returns the file. */
export function pack(folder: string): string {
    const out = run("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: ROOT });
    return path.join(folder, out.trim().split("\n").at(-1) ?? "");
}

/** Folders outside of this repository, so that nothing of it is found from there. */
export class Folders {
    private readonly made: string[] = [];

    make(): string {
        const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "turnstile-package-")));
        this.made.push(folder);
        return folder;
    }

    remove(): void {
        for (const folder of this.made) rmSync(folder, { recursive: true, force: true });
    }
}
