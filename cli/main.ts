/** `npm start`: runs the stack on this machine. This file has what belongs to the process: streams, signals, exit code. */
import path from "node:path";
import { Interrupts } from "./run/interrupts.ts";
import { EXIT, parseOptions } from "./run/options.ts";
import { describeError, run } from "./run/run.ts";

const root = path.join(import.meta.dirname, "..");

/**
 * Runs to the end and returns the exit code.
 * @param args the command line after the program's name
 */
export async function main(args: readonly string[]): Promise<number> {
    for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreBrokenPipe);
    const parsed = parseOptions(args, {
        out: (text) => process.stdout.write(text),
        error: (text) => process.stderr.write(text),
    });
    if ("exitCode" in parsed) return parsed.exitCode;
    const interrupts = new Interrupts();
    try {
        return await run(parsed.options, {
            root,
            cwd: callersDirectory(),
            interrupts,
            stdin: process.stdin,
            stdout: process.stdout,
            stderr: process.stderr,
        });
    } catch (error) {
        process.stderr.write(`turnstile: ${describeError(error)}\n`);
        return EXIT.failed;
    } finally {
        interrupts.close();
    }
}

/** The directory that the user is in. npm runs scripts in the project's root, and says in INIT_CWD where it was called. */
function callersDirectory(): string {
    const callers = process.env["INIT_CWD"];
    return callers !== undefined && process.cwd() === root ? callers : process.cwd();
}

/** A reader of the output may stop reading, as `head` does; that is no error. */
function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
    if (error.code !== "EPIPE") throw error;
}

if (process.argv[1] === import.meta.filename) process.exitCode = await main(process.argv.slice(2));
