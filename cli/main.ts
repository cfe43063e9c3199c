/** `npm start`: runs the stack on this machine. Here are the process's own affairs: streams, signals, exit code. */
import path from "node:path";
import { EXIT, parseOptions } from "./run/options.ts";
import { Interrupts } from "./run/interrupts.ts";
import { describeError, start } from "./run/start.ts";

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
        return await start(parsed.options, {
            ...{ root, cwd: callersDirectory(), interrupts },
            ...{ stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
        });
    } catch (error) {
        process.stderr.write(`turnstile: ${describeError(error)}\n`);
        return EXIT.failed;
    } finally {
        interrupts.close();
    }
}

/** Where the user is: npm runs scripts in the project's own directory, whatever subdirectory it was called in. */
function callersDirectory(): string {
    const typedIn = process.env["INIT_CWD"];
    return typedIn !== undefined && process.cwd() === root ? typedIn : process.cwd();
}

/** Whoever reads the output may stop reading, as `head` does; that is no error. */
function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
    if (error.code !== "EPIPE") throw error;
}

if (process.argv[1] === import.meta.filename) process.exitCode = await main(process.argv.slice(2));
