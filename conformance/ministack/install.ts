/**
 * Installs MiniStack (PyPI, MIT licence), an emulator of AWS that other people wrote, into a virtual environment below node_modules, at the
 * versions of requirements.txt. Only the first time needs a network.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { locationOf, putInPlace, ROOT } from "../installation.ts";
import type { Missing } from "../installation.ts";

const run = promisify(execFile);

const REQUIREMENTS = join(import.meta.dirname, "requirements.txt");
const VERSION = "1.5.33";
const FOLDER = locationOf(`ministack-${VERSION}`);
/** A copy of requirements.txt in the environment, written last. */
const INSTALLED = "installed.txt";

export interface MiniStackInstalled {
    /** The environment's Python. */
    readonly python: string;
}

let installed: Promise<MiniStackInstalled | Missing> | undefined;

/** Installs MiniStack unless it is installed. */
export function installMiniStack(): Promise<MiniStackInstalled | Missing> {
    return (installed ??= install());
}

/** The PATH on which MiniStack finds Node 24 for functions and Python for Glue jobs. */
export function pathOf(python: string): string {
    const folders = [join(ROOT, "node_modules/.bin"), join(python, ".."), process.env.PATH ?? ""];
    return folders.join(delimiter);
}

async function install(): Promise<MiniStackInstalled | Missing> {
    const python = join(FOLDER, "bin/python");
    if (await isThere()) return { python };
    const system = await findPython();
    if (system === undefined) {
        return { missing: "MiniStack needs Python 3.10 or newer with venv, and no python3 here is" };
    }
    try {
        await putInPlace({ folder: FOLDER, isThere, fill: (unfinished) => fill(unfinished, system) });
        return { python };
    } catch (error) {
        const { stderr = String(error) } = error as { stderr?: string };
        return { missing: `MiniStack ${VERSION} could not be installed with pip: ${lastLine(stderr)}` };
    }
}

async function isThere(): Promise<boolean> {
    const list = join(FOLDER, INSTALLED);
    if (!existsSync(list)) return false;
    const [has, wanted] = await Promise.all([readFile(list, "utf8"), readFile(REQUIREMENTS, "utf8")]);
    return has === wanted && (await succeeds(join(FOLDER, "bin/python"), ["-c", "import ministack.app"]));
}

async function fill(unfinished: string, system: string): Promise<void> {
    await run(system, ["-m", "venv", unfinished]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
    const options = ["--only-binary", ":all:", "--requirement", REQUIREMENTS];
    await run(join(unfinished, "bin/python"), [...pip, ...options]);
    await copyFile(REQUIREMENTS, join(unfinished, INSTALLED));
}

async function findPython(): Promise<string | undefined> {
    for (const name of ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"]) {
        const check = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
        if (await succeeds(name, ["-c", check])) return name;
    }
    return undefined;
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
