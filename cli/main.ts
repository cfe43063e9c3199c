#!/usr/bin/env node
/** The command line. This file has what belongs to the process: streams, signals, exit code. */
import { existsSync, realpathSync } from "node:fs";
import v8 from "node:v8";
import { letReadersStop } from "./lib/broken-pipe.ts";
import { programFolder } from "./lib/folders.ts";
import { Interrupts } from "./lib/interrupts.ts";
import { turnstile } from "./turnstile.ts";

// V8 lets the heap grow up to four times before it collects all of it. Twice costs hardly more time in a run of 10,000
// messages, and a third less memory.
v8.setFlagsFromString("--heap-growing-percent=100");

/**
 * Runs to the end and returns the exit code.
 * @param args the command line after the program's name
 */
export async function main(args: readonly string[]): Promise<number> {
    letReadersStop(process.stdout, process.stderr);
    const interrupts = new Interrupts();
    const { env, stdin, stdout, stderr } = process;
    const root = programFolder(process.cwd());
    try {
        return await turnstile(args, {
            root,
            cwd: callersDirectory(root),
            env,
            interrupts,
            stdin,
            stdout,
            stderr,
        });
    } finally {
        interrupts.close();
    }
}

/** The directory that the user is in. npm runs scripts in the project's root, and says in INIT_CWD where it was called. */
function callersDirectory(root: string): string {
    const callers = process.env["INIT_CWD"];
    return callers !== undefined && process.cwd() === root ? callers : process.cwd();
}

/** Whether this file is the program, started by its own path or by npm's link to it. */
function isProgram(): boolean {
    const [, program] = process.argv;
    return program !== undefined && existsSync(program) && realpathSync(program) === import.meta.filename;
}

if (isProgram()) process.exitCode = await main(process.argv.slice(2));
