/**
 * One real process for one Glue run. The command is the user's and goes through a shell; the run's arguments come from
 * messages and never do: they are handed over as the shell's positional parameters, so that no quoting can be broken.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export interface CommandOptions {
    /** A line of shell; the arguments are appended to its last command. */
    readonly command: string;
    readonly args: readonly string[];
    readonly cwd: string;
    /** Files that get what the process prints. */
    readonly stdoutPath: string;
    readonly stderrPath: string;
    /** Called once. */
    readonly ended: (end: CommandEnd) => void;
}

export interface CommandEnd {
    /** The shell's exit code; absent when a signal ended it, or when it could not be started. */
    readonly exitCode?: number;
    /** In words; absent when the exit code is 0. */
    readonly problem?: string;
}

/** A process under way. */
export interface RunningCommand {
    /** Sends a signal to the process and to everything that it started. */
    kill(signal: "SIGTERM" | "SIGKILL"): void;
}

export class CommandError extends Error {
    override readonly name = "CommandError";
}

/** Throws where commands cannot run at all, before anything is sent. */
export function checkCommands(platform: NodeJS.Platform = process.platform): void {
    if (platform === "win32") {
        throw new CommandError("--exec needs a POSIX shell; on Windows run this inside WSL");
    }
}

export function startCommand(options: CommandOptions): RunningCommand {
    const stdout = openSync(options.stdoutPath, "w");
    const stderr = openSync(options.stderrPath, "w");
    // A process group of its own: a terminal's Ctrl-C reaches this program alone, which then stops the group in order.
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
    child.once("error", (error) => end({ problem: `could not be started: ${error.message}` }));
    child.once("exit", (exitCode, signal) => {
        if (exitCode === 0) return end({ exitCode });
        if (exitCode === null) return end({ problem: `ended by ${signal ?? "a signal"}` });
        end({ exitCode, problem: lastLine(options.stderrPath) ?? `exit code ${exitCode}` });
    });
    return { kill: (signal) => killGroup(child, signal) };
}

/** `--name value` for each argument, as Glue hands them to a script. */
export function toArgv(args: Readonly<Record<string, string>>): string[] {
    return Object.entries(args).flat();
}

/** The last line of a file that says something, looking at its last 4 KiB; undefined when there is none. */
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
        // It ended in the meantime, which is what was wanted.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
}
