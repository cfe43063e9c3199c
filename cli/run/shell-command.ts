/**
 * A real process for each Glue run. The command is the user's, and a shell reads it. The run's arguments come from messages,
 * and no shell reads them: they are positional parameters, so no quoting can break.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { placeArguments, toEnvironment } from "./command-arguments.ts";
import { signalGroup, whenGone } from "./process-group.ts";

export interface CommandOptions {
    /** A line of shell. The arguments follow its last command, or stand where it names them. */
    readonly command: string;
    /** The arguments of the run, by name. */
    readonly args: Readonly<Record<string, string>>;
    readonly cwd: string;
    /** The files for what the process prints. */
    readonly stdoutPath: string;
    readonly stderrPath: string;
    /** Called once, when the command and everything that it started has ended. */
    readonly ended: (end: CommandEnd) => void;
}

export interface CommandEnd {
    /** The shell's exit code; absent when a signal ended it or it did not start. */
    readonly exitCode?: number;
    /** What went wrong, in Turnstile's words; what the command wrote is quoted. Absent when the exit code is 0. */
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
    let hasEnded = false;
    function end(result: CommandEnd): void {
        if (hasEnded) return;
        hasEnded = true;
        options.ended(result);
    }
    const child = start(options, end);
    child?.once("error", (error) => end({ problem: whyNotStarted(error) }));
    child?.once("exit", (exitCode, signal) => {
        const result = endOf(exitCode, signal, options.stderrPath);
        whenGone(child.pid ?? 0, () => end(result));
    });
    return {
        kill: (signal) => {
            if (child?.pid !== undefined && !hasEnded) signalGroup(child.pid, signal);
        },
    };
}

/** The process; undefined when it cannot start, of which `end` is told later. */
function start(options: CommandOptions, end: (result: CommandEnd) => void): ChildProcess | undefined {
    const stdout = openSync(options.stdoutPath, "w");
    const stderr = openSync(options.stderrPath, "w");
    try {
        const placed = placeArguments(options.command, options.args);
        if ("problem" in placed) {
            setImmediate(end, placed);
            return undefined;
        }
        // In its own process group, so that a terminal's Ctrl-C reaches this program alone, which then stops the group in order.
        return spawn("/bin/sh", ["-c", placed.line, "sh", ...placed.parameters], {
            cwd: options.cwd,
            env: { ...process.env, ...toEnvironment(options.args) },
            detached: true,
            stdio: ["ignore", stdout, stderr],
        });
    } catch (error) {
        setImmediate(end, { problem: whyNotStarted(error as Error) });
        return undefined;
    } finally {
        closeSync(stdout);
        closeSync(stderr);
    }
}

function whyNotStarted({ message }: Error): string {
    return `the command did not start: ${message}`;
}

function endOf(exitCode: number | null, signal: NodeJS.Signals | null, stderrPath: string): CommandEnd {
    if (exitCode === 0) return { exitCode };
    if (exitCode === null) return { problem: `the command was ended by ${signal ?? "a signal"}` };
    const written = lastLine(stderrPath);
    const said = written === undefined ? "" : ` and wrote: ${written}`;
    return { exitCode, problem: `the command ended with exit code ${exitCode}${said}` };
}

/** The last line in the last 4 KiB of a file that is not blank; undefined when there is none. */
export function lastLine(path: string): string | undefined {
    return tailOf(path)
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "")
        .at(-1);
}

/** The last 4 KiB of a file. */
export function tailOf(path: string): string {
    const file = openSync(path, "r");
    try {
        const { size } = fstatSync(file);
        const tail = Buffer.alloc(Math.min(size, 4096));
        readSync(file, tail, 0, tail.length, size - tail.length);
        return tail.toString("utf8");
    } finally {
        closeSync(file);
    }
}
