/**
 * Where other people's implementations come from. Packages of npm are in tools/package.json; `npm run conformance` asks for them.
 * The rest is installed below node_modules, once. Where that fails, the suites that need it are skipped.
 */
import { rmSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "..");

/** Loads a package that tools/package.json lists. */
export const requireFromTools = createRequire(join(ROOT, "tools/package.json"));

/** What this machine lacks, in one line. */
export interface Missing {
    readonly missing: string;
}

/** For a hook: where something is missing, prints what and skips the tests; fails instead if TURNSTILE_CONFORMANCE is `required`. */
export function need<T extends object>(hook: Mocha.Context, found: T | Missing): T {
    if ("missing" in found && process.env["TURNSTILE_CONFORMANCE"] === "required")
        throw new Error(found.missing);
    return needIfThere(hook, found);
}

/** The same for what no registry of packages has: it is never required. */
export function needIfThere<T extends object>(hook: Mocha.Context, found: T | Missing): T {
    if (!("missing" in found)) return found;
    process.stdout.write(`skipped: ${hook.test?.parent?.fullTitle() ?? ""}: ${found.missing}\n`);
    return hook.skip();
}

/** The folder of an installation of this name and version, whether it exists yet or not. */
export function locationOf(name: string): string {
    return join(ROOT, "node_modules/.cache/turnstile", name);
}

export interface Installation {
    readonly folder: string;
    /** Whether the folder holds a usable installation. */
    readonly isThere: () => Promise<boolean>;
    /** Installs into a folder that does not exist yet. */
    readonly fill: (unfinished: string) => Promise<void>;
}

/** Fills a folder aside and moves it into place, so a half-filled one is never used, even when two programs install at a time. */
export async function putInPlace({ folder, isThere, fill }: Installation): Promise<void> {
    const unfinished = `${folder}.${process.pid}`;
    const remove = (): void => rmSync(unfinished, { recursive: true, force: true });
    process.once("exit", remove);
    try {
        await mkdir(join(folder, ".."), { recursive: true });
        await fill(unfinished);
        // Another program may have installed it meanwhile, which is as good.
        if (await isThere()) return;
        await rm(folder, { recursive: true, force: true });
        await rename(unfinished, folder).catch(async (error: unknown) => {
            if (!(await isThere())) throw error;
        });
    } finally {
        remove();
        process.off("exit", remove);
    }
}
