/**
 * Puts MiniStack (PyPI, MIT licence), an emulator of AWS that other people wrote, into a virtual environment below
 * node_modules, at the versions of requirements.txt. Done once; afterwards it is found there, without a network.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const ROOT = join(import.meta.dirname, "../..");
const REQUIREMENTS = join(import.meta.dirname, "requirements.txt");
const VERSION = "1.5.33";
const FOLDER = join(ROOT, `node_modules/.cache/turnstile/ministack-${VERSION}`);
/** Written in the environment when everything is in it. */
const INSTALLED = "installed.txt";

/** Where MiniStack's Python is, or in one line what this machine lacks. */
export type Installed = { readonly python: string } | { readonly missing: string };

let installed: Promise<Installed> | undefined;

/** Installs MiniStack unless it is there. */
export function installMiniStack(): Promise<Installed> {
    return (installed ??= install());
}

/** For a hook: skips its tests, and says why, where MiniStack can't be had; fails if TURNSTILE_CONFORMANCE is `required`. */
export async function needMiniStack(hook: Mocha.Context): Promise<void> {
    const found = await installMiniStack();
    if (!("missing" in found)) return;
    if (process.env.TURNSTILE_CONFORMANCE === "required") throw new Error(found.missing);
    process.stdout.write(`skipped: ${hook.test?.parent?.fullTitle() ?? ""}: ${found.missing}\n`);
    hook.skip();
}

/** The path on which MiniStack finds Node 24 for the functions that it runs, and Python for the Glue jobs. */
export function pathOf(python: string): string {
    const folders = [join(ROOT, "node_modules/.bin"), join(python, ".."), process.env.PATH ?? ""];
    return folders.join(delimiter);
}

async function install(): Promise<Installed> {
    const python = join(FOLDER, "bin/python");
    const wanted = await readFile(REQUIREMENTS, "utf8");
    const there = join(FOLDER, INSTALLED);
    if (existsSync(there) && (await readFile(there, "utf8")) === wanted && (await works(python))) {
        return { python };
    }
    const system = await findPython();
    if (system === undefined) {
        return { missing: "MiniStack needs Python 3.10 or newer with venv, and no python3 here is" };
    }
    try {
        await create(system);
        return { python };
    } catch (error) {
        const { stderr = String(error) } = error as { stderr?: string };
        return { missing: `MiniStack ${VERSION} could not be installed with pip: ${lastLine(stderr)}` };
    }
}

/** Made aside and moved, so that what is there is whole, also when two programs do this at a time. */
async function create(system: string): Promise<void> {
    const partial = `${FOLDER}.${process.pid}`;
    await mkdir(join(FOLDER, ".."), { recursive: true });
    try {
        await run(system, ["-m", "venv", partial]);
        const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
        const options = ["--only-binary", ":all:", "--requirement", REQUIREMENTS];
        await run(join(partial, "bin/python"), [...pip, ...options]);
        await run("cp", [REQUIREMENTS, join(partial, INSTALLED)]);
        await rm(FOLDER, { recursive: true, force: true });
        // Another program may have put its own there since: it is as good.
        await rename(partial, FOLDER).catch(async (error: unknown) => {
            if (!(await works(join(FOLDER, "bin/python")))) throw error;
        });
    } finally {
        await rm(partial, { recursive: true, force: true });
    }
}

async function findPython(): Promise<string | undefined> {
    for (const name of ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"]) {
        const check = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
        if (await succeeds(name, ["-c", check])) return name;
    }
    return undefined;
}

function works(python: string): Promise<boolean> {
    return succeeds(python, ["-c", "import ministack.app"]);
}

async function succeeds(file: string, parameters: string[]): Promise<boolean> {
    try {
        await run(file, parameters);
        return true;
    } catch {
        return false;
    }
}

function lastLine(text: string): string {
    return text.trim().split("\n").at(-1) ?? "";
}
