/** Finds Pulumi's CLI. No registry of packages has it, so it is never required. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import type { Missing } from "../installation.ts";

/** The variable that names the folder of an installation, in whose `bin` the program `pulumi` is. */
const VARIABLE = "TURNSTILE_PULUMI";

export interface PulumiInstalled {
    /** The folder of the installation; undefined if the program is on the path. */
    readonly root: string | undefined;
    /** The folder of the program. */
    readonly folder: string;
    readonly version: string;
}

export async function findPulumi(): Promise<PulumiInstalled | Missing> {
    const given = process.env[VARIABLE];
    const root = given === undefined ? undefined : resolve(given);
    const found = findOnPath("pulumi", root === undefined ? process.env["PATH"] : join(root, "bin"));
    if ("missing" in found) {
        return { missing: `${found.missing}: install Pulumi's CLI, or name its folder in ${VARIABLE}` };
    }
    const environment = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const { stdout } = await promisify(execFile)(found.file, ["version"], { env: environment });
    return { root, folder: dirname(found.file), version: stdout.trim() };
}

export function findOnPath(program: string, path = ""): { readonly file: string } | Missing {
    const files = path.split(delimiter).map((folder) => join(folder, program));
    const file = files.find((candidate) => existsSync(candidate));
    return file === undefined ? { missing: `there is no ${program} on the path` } : { file };
}
