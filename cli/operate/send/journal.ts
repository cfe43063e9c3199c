/**
 * What was sent of a file: JSON lines beside it. A batch is noted before it is sent, and again once SQS has accepted it. So
 * after a crash it is known what was accepted, and of which messages nobody knows.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { CommandError } from "../../lib/command-error.ts";
import { unreadableText, unwritableText } from "../../lib/file-errors.ts";

/** What became of a message when the file was sent before. */
export type Before =
    | { readonly is: "accepted"; readonly messageId: string }
    /** It was sent at this moment (milliseconds since 1970), and nobody saw the answer. */
    | { readonly is: "in doubt"; readonly at: number };

type Line =
    | { readonly format: string }
    | { readonly sending: readonly string[]; readonly at: number }
    | { readonly accepted: Readonly<Record<string, string>> }
    /** SQS has refused them: they were not sent. */
    | { readonly refused: readonly string[] };

const FORMAT = "turnstile.sent/1.0";

export class Journal {
    /** By key. */
    readonly before = new Map<string, Before>();
    private readonly file: string | undefined;
    private isNew = true;

    /** @param file undefined: nothing is kept */
    constructor(file: string | undefined) {
        this.file = file;
        const lines = file === undefined ? [] : readLines(file);
        this.isNew = lines.length === 0;
        for (const line of lines) this.note(line);
    }

    sending(keys: readonly string[], at: number): void {
        this.write({ sending: keys, at });
    }

    accepted(ids: Readonly<Record<string, string>>): void {
        this.write({ accepted: ids });
    }

    refused(keys: readonly string[]): void {
        if (keys.length > 0) this.write({ refused: keys });
    }

    private note(line: Line): void {
        if ("sending" in line)
            for (const key of line.sending) this.before.set(key, { is: "in doubt", at: line.at });
        if ("accepted" in line)
            for (const [key, messageId] of Object.entries(line.accepted))
                this.before.set(key, { is: "accepted", messageId });
        if ("refused" in line) for (const key of line.refused) this.before.delete(key);
    }

    private write(line: Line): void {
        if (this.file === undefined) return;
        const head: Line[] = this.isNew ? [{ format: FORMAT }] : [];
        this.isNew = false;
        const text = [...head, line].map((each) => `${JSON.stringify(each)}\n`).join("");
        try {
            appendFileSync(this.file, text, { flush: true });
        } catch (error) {
            throw unusable(this.file, unwritableText(error));
        }
    }
}

function readLines(file: string): Line[] {
    let text: string;
    try {
        text = readFileSync(file, "utf8");
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
        throw unusable(file, unreadableText(error));
    }
    // The last line of a process that was killed may be half a line: what it was about to note has not happened.
    const lines = text.split("\n").filter((line, i, all) => line !== "" && i < all.length - 1);
    try {
        const parsed = lines.map((line) => JSON.parse(line) as Line);
        const [head] = parsed;
        if (!head || ("format" in head && /^turnstile\.sent\/1\.\d+$/.test(head.format))) return parsed;
    } catch {
        // Refused below.
    }
    throw unusable(file, "it is no journal of turnstile send");
}

function unusable(file: string, why: string): CommandError {
    return new CommandError("no-journal", `The journal ${file} cannot be used: ${why}`, {
        hint: "--journal FILE names another one",
    });
}
