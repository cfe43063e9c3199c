/** Whether a file can be written, and why not, in words: better before a long work than after it. */
import { closeSync, existsSync, openSync, rmSync } from "node:fs";
import { unwritableText } from "./file-errors.ts";

/** Throws the error if the file cannot be written. Leaves it as it is. */
export function checkWritable(file: string, Failure: new (message: string) => Error): void {
    const isNew = !existsSync(file);
    try {
        closeSync(openSync(file, "a"));
        if (isNew) rmSync(file);
    } catch (error) {
        throw new Failure(unwritable(file, error));
    }
}

export function unwritable(file: string, error: unknown): string {
    return `cannot write ${file}: ${unwritableText(error)}`;
}
