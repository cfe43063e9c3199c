/** Whether a file can be written, and why not, in words: better before a long work than after it. */
import { closeSync, existsSync, openSync, rmSync } from "node:fs";

const REASONS: Readonly<Record<string, string>> = {
    ENOENT: "its folder does not exist",
    ENOTDIR: "a part of its path is a file",
    EISDIR: "it is a folder",
    EACCES: "permission denied",
    EROFS: "the disk is read-only",
    ENOSPC: "the disk is full",
};

/** Throws the error if the file cannot be written. Leaves it as it is. */
export function checkWritable(file: string, Failure: new (message: string) => Error): void {
    const isNew = !existsSync(file);
    try {
        closeSync(openSync(file, "a"));
        if (isNew) rmSync(file);
    } catch (error) {
        throw new Failure(unwritable(file, error as NodeJS.ErrnoException));
    }
}

export function unwritable(file: string, { code = "", message }: NodeJS.ErrnoException): string {
    return `cannot write ${file}: ${REASONS[code] ?? message}`;
}
