/**
 * A real process for each Glue run. The command is the user's, and a shell reads it. The run's arguments come from messages,
 * and no shell reads them: they are positional parameters, so no quoting can break.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export interface CommandOptions {
    /** A line of shell; the arguments follow its last command. */
    readonly command: string;
    readonly args: readonly string[];
    readonly cwd: string;
    /** The files for what the process prints. */
    readonly stdoutPath: string;
    readonly stderrPath: string;
    /** Called once. */
    readonly ended: (end: CommandEnd) => void;
}

export interface CommandEnd {
    /** The shell's exit code; absent when a signal ended it or it did not start. */
    readonly exitCode?: number;
    /** What went wrong; absent when the exit code is 0. */
    readonly problem?: string;
}

/** A process under way. */
export interface RunningCommand {
    /** Sends a signal to the process and to all processes that it started. */
    kill(signal: "SIGTERM" | "SIGKILL"): void;
}

export class ShellError extends Error {
    override readonly name = "ShellError";
}

/** Throws where no command can run. */
export function checkShell(platform: NodeJS.Platform = process.platform): void {
    if (platform === "win32") {
        throw new ShellError("--exec needs a POSIX shell. On Windows, run this in WSL.");
    }
}

export function startCommand(options: CommandOptions): RunningCommand {
    const stdout = openSync(options.stdoutPath, "w");
    const stderr = openSync(options.stderrPath, "w");
    // In its own process group, so that a terminal's Ctrl-C reaches this program alone, which then stops the group in order.
    const child = spawn("/bin/sh", ["-c", `${options.command} "$@"`, "turnstile", ...options.args], {
        cwd: options.cwd,
        detached: true,
        stdio: ["ignore", stdout, stderr],
    });
    closeSync(stdout);
    closeSync(stderr);
    let hasEnded = false;
    function end(result: CommandEnd): void {
        if (hasEnded) return;
        hasEnded = true;
        options.ended(result);
    }
    child.once("error", (error) => end({ problem: `the command did not start: ${error.message}` }));
    child.once("exit", (exitCode, signal) => {
        if (exitCode === 0) return end({ exitCode });
        if (exitCode === null) return end({ problem: `the command was ended by ${signal ?? "a signal"}` });
        end({
            exitCode,
            problem: lastLine(options.stderrPath) ?? `the command ended with exit code ${exitCode}`,
        });
    });
    return { kill: (signal) => killGroup(child, signal) };
}

/** `--name value` for each argument, as Glue hands them to a script. */
export function toArgv(args: Readonly<Record<string, string>>): string[] {
    return Object.entries(args).flat();
}

/** The last line in the last 4 KiB of a file that is not blank; undefined when there is none. */
export function lastLine(path: string): string | undefined {
    const file = openSync(path, "r");
    try {
        const { size } = fstatSync(file);
        const tail = Buffer.alloc(Math.min(size, 4096));
        readSync(file, tail, 0, tail.length, size - tail.length);
        return tail
            .toString("utf8")
            .split("\n")
            .map((line) => line.trim())
            .filter((line) => line !== "")
            .at(-1);
    } finally {
        closeSync(file);
    }
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
    if (child.pid === undefined) return;
    try {
        process.kill(-child.pid, signal);
    } catch (error) {
        // It has ended already.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
}
