/**
 * The folder with what the commands of `--exec` print, and its index: one line for each attempt that has ended. A folder
 * belongs to one run; `--resume` goes on with it.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { makeFolder } from "../lib/make-folder.ts";

/** A folder that cannot be used. */
export class OutputError extends Error {
    override readonly name = "OutputError";
}

/** One attempt, as a line of `index.jsonl`. */
export interface Attempt {
    /** The number of the message in its source, from 1. */
    readonly message: number;
    /** What the user knows the message by. */
    readonly label: string;
    /** From 1. */
    readonly attempt: number;
    /** The line of shell, before arguments are put into it. */
    readonly command: string;
    /** Null when a signal ended the command or it did not start. */
    readonly exitCode: number | null;
    /** What went wrong; only of an attempt that failed. */
    readonly problem?: string;
    readonly seconds: number;
    /** Names of files in the folder. */
    readonly stdout: string;
    readonly stderr: string;
    /** A hash of the message, by which `--resume` knows it again. */
    readonly hash: string;
}

const INDEX = "index.jsonl";

export class OutputFolder {
    readonly directory: string;
    /** Those of the run that this one goes on with. */
    readonly earlier: readonly Attempt[];

    private constructor(directory: string, earlier: readonly Attempt[]) {
        this.directory = directory;
        this.earlier = earlier;
    }

    /** The folder that the user names: it must be new, or without the output of a run. */
    static named(directory: string): OutputFolder {
        make(directory);
        if (existsSync(path.join(directory, INDEX))) {
            throw new OutputError(
                `${directory} has the output of another run; choose another folder, or go on with that run by --resume`,
            );
        }
        return new OutputFolder(directory, []).begun();
    }

    /** A new folder named after the time, in `parent`. */
    static timed(parent: string, now: Date): OutputFolder {
        make(parent);
        const name = now.toISOString().replaceAll(":", "-").slice(0, 19);
        for (let number = 1; ; number++) {
            const directory = path.join(parent, number === 1 ? name : `${name}-${number}`);
            // Only one of two runs of the same second makes it.
            if (made(directory)) return new OutputFolder(directory, []).begun();
        }
    }

    /** The folder of a run that did not end well. */
    static resumed(directory: string): OutputFolder {
        return new OutputFolder(directory, readIndex(directory));
    }

    /** The file of an attempt's standard output or error, by its name in the folder. */
    file(name: string): string {
        return path.join(this.directory, name);
    }

    add(attempt: Attempt): void {
        appendFileSync(path.join(this.directory, INDEX), `${JSON.stringify(attempt)}\n`);
    }

    /** Makes the index, which says whose folder it is. */
    private begun(): this {
        try {
            appendFileSync(path.join(this.directory, INDEX), "");
        } catch (error) {
            throw unusable(this.directory, error);
        }
        return this;
    }
}

function make(directory: string): void {
    try {
        makeFolder(directory);
    } catch (error) {
        throw unusable(directory, error);
    }
}

/** Whether this call made the directory. */
function made(directory: string): boolean {
    try {
        mkdirSync(directory);
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
        throw unusable(directory, error);
    }
}

function unusable(directory: string, error: unknown): OutputError {
    const { code = "", message } = error as Partial<NodeJS.ErrnoException>;
    const reasons: Readonly<Record<string, string>> = {
        EEXIST: "it is a file",
        ENOTDIR: "a part of the path is a file",
        EACCES: "permission denied",
        EPERM: "permission denied",
        EROFS: "the file system is read-only",
        ENOENT: "it cannot be made there",
        ENOSPC: "the disk is full",
    };
    return new OutputError(
        `cannot write to ${directory}: ${reasons[code] ?? String(message)}; choose another --output`,
    );
}

function readIndex(directory: string): Attempt[] {
    let text: string;
    try {
        text = readFileSync(path.join(directory, INDEX), "utf8");
    } catch {
        throw new OutputError(
            `${directory} is not the output of a run: it has no ${INDEX}; give --resume the folder that the run named`,
        );
    }
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.flatMap((line, index) => {
        const attempt = parse(line);
        if (isAttempt(attempt)) return [attempt];
        // The last line of a run that was killed may be half written.
        if (index === lines.length - 1 && attempt === undefined) return [];
        throw new OutputError(
            `${path.join(directory, INDEX)}, line ${index + 1}: it is not an attempt of a run`,
        );
    });
}

function parse(line: string): unknown {
    try {
        return JSON.parse(line);
    } catch {
        return undefined;
    }
}

function isAttempt(value: unknown): value is Attempt {
    const { message, attempt, hash } = (value ?? {}) as Partial<Attempt>;
    return Number.isInteger(message) && Number.isInteger(attempt) && typeof hash === "string";
}
