/**
 * Installs Python programs of other people into a virtual environment below node_modules, at the versions of a requirements.txt. Only the
 * first time needs a network.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { locationOf, putInPlace } from "./installation.ts";
import type { Missing } from "./installation.ts";

const run = promisify(execFile);

/** A copy of requirements.txt in the environment, written last. */
const INSTALLED = "installed.txt";

export interface PythonEnvironment {
    /** As a person calls it, such as `MiniStack 1.5.33`. */
    readonly title: string;
    /** The name of the folder. */
    readonly name: string;
    readonly requirements: string;
    /** A module that can be imported once the environment is usable. */
    readonly module: string;
}

export interface PythonInstalled {
    /** The environment's Python. */
    readonly python: string;
}

/** Installs it unless it is installed. */
export async function installPython(environment: PythonEnvironment): Promise<PythonInstalled | Missing> {
    const { title, name, requirements } = environment;
    const folder = locationOf(name);
    const python = join(folder, "bin/python");
    const isThere = (): Promise<boolean> => isUsable(folder, environment);
    if (await isThere()) return { python };
    const system = await findPython();
    if (system === undefined) {
        return { missing: `${title} needs Python 3.10 or newer with venv, and no python3 here is` };
    }
    try {
        const fill = (unfinished: string): Promise<void> => fillWith(requirements, unfinished, system);
        await putInPlace({ folder, isThere, fill });
        return { python };
    } catch (error) {
        const { stderr = String(error) } = error as { stderr?: string };
        return { missing: `${title} could not be installed with pip: ${lastLine(stderr)}` };
    }
}

async function isUsable(folder: string, { requirements, module }: PythonEnvironment): Promise<boolean> {
    const list = join(folder, INSTALLED);
    if (!existsSync(list)) return false;
    const [has, wanted] = await Promise.all([readFile(list, "utf8"), readFile(requirements, "utf8")]);
    return has === wanted && (await succeeds(join(folder, "bin/python"), ["-c", `import ${module}`]));
}

async function fillWith(requirements: string, unfinished: string, system: string): Promise<void> {
    await run(system, ["-m", "venv", unfinished]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
    const options = ["--only-binary", ":all:", "--requirement", requirements];
    await run(join(unfinished, "bin/python"), [...pip, ...options]);
    await copyFile(requirements, join(unfinished, INSTALLED));
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
