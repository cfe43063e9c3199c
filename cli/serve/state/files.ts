/**
 * The folder of `turnstile serve --state DIR`: how the stack began, and a line for each thing that came to it from outside.
 * One process at a time has it.
 */
import { closeSync, constants, fdatasync, fsyncSync, ftruncateSync, openSync, readFileSync } from "node:fs";
import { renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import type { PastCall, RecordedProgram } from "../../../embedded-aws/index.ts";
import { CommandError } from "../../lib/command-error.ts";
import { unwritableText } from "../../lib/file-errors.ts";
import { makeFolder } from "../../lib/make-folder.ts";
import { decode, encode } from "./lines.ts";

/** How the stack began. */
export interface Beginning {
    readonly format: string;
    /** The version of Turnstile that wrote it. */
    readonly version: string;
    readonly seed: number;
    /** When: milliseconds since 1970. */
    readonly start: number;
    readonly program: RecordedProgram;
}

/** What came from outside, in this order: a call of a client, or another version of the program. */
export type Line =
    | { readonly call: PastCall }
    | { readonly deploy: RecordedProgram; readonly time: number; readonly after: number };

export const FORMAT = "turnstile.state/1.0";

/** Files have bodies in them; the folder may be one that others can read. */
const OWNER_ALONE = 0o600;

export class StateFiles {
    readonly directory: string;
    /** Undefined in an empty folder. */
    beginning: Beginning | undefined;
    private readonly lock: string;
    private journal: number | undefined;
    private clock: number | undefined;
    /** The write to the disk that is under way, and the one that waits for it. */
    private syncing: Promise<void> | undefined;
    private next: Promise<void> | undefined;

    /** Opens the folder, and makes it if there is none. Throws `CommandError` if another process has it. */
    constructor(directory: string) {
        this.directory = directory;
        this.lock = path.join(directory, "lock");
        try {
            makeFolder(directory, 0o700);
            this.take();
        } catch (error) {
            throw error instanceof CommandError ? error : unusable(directory, unwritableText(error));
        }
        try {
            this.beginning = this.readBeginning();
        } catch (error) {
            this.close();
            throw error;
        }
    }

    begin(beginning: Beginning): void {
        const file = path.join(this.directory, "stack.json");
        // A crash leaves all of it or nothing.
        writeFileSync(`${file}.new`, JSON.stringify(beginning), { flush: true, mode: OWNER_ALONE });
        renameSync(`${file}.new`, file);
        const folder = openSync(this.directory, "r");
        fsyncSync(folder);
        closeSync(folder);
        this.beginning = beginning;
    }

    /** What was kept. Half a line at the end, of a process that was killed, is dropped: nobody got an answer to it. */
    *lines(): Generator<Line> {
        const file = path.join(this.directory, "journal.jsonl");
        const bytes = existing(() => readFileSync(file)) ?? Buffer.alloc(0);
        let [from, number] = [0, 1];
        for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from), number++) {
            yield decode(bytes.toString("utf8", from, end)) ?? damaged(file, number);
            from = end + 1;
        }
        this.journal = openSync(file, "a", OWNER_ALONE);
        ftruncateSync(this.journal, from);
    }

    /** Keeps a line; only after `lines` was read to its end. Resolves when a crash cannot lose it any more. */
    keep(line: Line): Promise<void> {
        if (this.journal === undefined) throw new Error("The journal was not read.");
        writeSync(this.journal, `${encode(line)}\n`);
        return this.synced(this.journal);
    }

    /** The time of the last answer, in milliseconds since 1970. */
    get lastAnswer(): number {
        const text = existing(() => readFileSync(path.join(this.directory, "clock"), "utf8"));
        return Number(text ?? 0);
    }

    set lastAnswer(time: number) {
        this.clock ??= openSync(path.join(this.directory, "clock"), constants.O_RDWR | constants.O_CREAT);
        writeSync(this.clock, String(time).padEnd(24), 0);
    }

    close(): void {
        for (const file of [this.journal, this.clock]) if (file !== undefined) closeSync(file);
        rmSync(this.lock, { force: true });
    }

    /** One write to the disk covers every line that was there when it began. */
    private synced(file: number): Promise<void> {
        if (!this.syncing) return (this.syncing = this.sync(file));
        this.next ??= this.syncing.then(() => {
            this.next = undefined;
            return (this.syncing = this.sync(file));
        });
        return this.next;
    }

    private async sync(file: number): Promise<void> {
        await new Promise<void>((resolve, reject) => {
            fdatasync(file, (error) => {
                if (error) reject(unusable(this.directory, unwritableText(error)));
                else resolve();
            });
        });
        if (!this.next) this.syncing = undefined;
    }

    private take(): void {
        const owner = Number(existing(() => readFileSync(this.lock, "utf8")) ?? 0);
        if (owner > 0 && owner !== process.pid && isAlive(owner)) {
            throw new CommandError(
                "state-taken",
                `The state in ${this.directory} is in use by process ${owner}.`,
                {
                    hint: `If that is no turnstile serve, delete ${this.lock}`,
                },
            );
        }
        rmSync(this.lock, { force: true });
        writeFileSync(this.lock, String(process.pid), { flag: "wx" });
    }

    private readBeginning(): Beginning | undefined {
        const file = path.join(this.directory, "stack.json");
        const text = existing(() => readFileSync(file, "utf8"));
        if (text === undefined) return undefined;
        const { format = "?" } = parsed(text) ?? {};
        if (/^turnstile\.state\/1\.\d+$/.test(format)) return parsed(text);
        throw unusable(this.directory, `stack.json has the format '${format}', expected ${FORMAT}`);
    }
}

function parsed(text: string): Beginning | undefined {
    try {
        return JSON.parse(text) as Beginning;
    } catch {
        return undefined;
    }
}

/** Undefined if the file does not exist. */
function existing<T>(read: () => T): T | undefined {
    try {
        return read();
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
    }
}

function isAlive(process_: number): boolean {
    try {
        return process.kill(process_, 0);
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
}

function damaged(file: string, line: number): never {
    throw new CommandError("state-damaged", `${file}:${line} is no line of a journal.`, {
        hint: "Put a copy of the folder back, or begin with an empty one.",
    });
}

export function unusable(directory: string, why: string): CommandError {
    return new CommandError("no-state", `The state in ${directory} cannot be used: ${why}.`, {
        hint: "--state DIR names another folder; an empty one begins anew",
    });
}
