/** `turnstile export`: the story of a stack as one trace. */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { count, duration, plural } from "../lib/format.ts";
import { unwritableText } from "../lib/file-errors.ts";
import { collectTrace } from "./export/collect.ts";
import type { Session } from "./session.ts";

export interface ExportOptions {
    /** Seconds before now, or a moment in milliseconds since 1970. */
    readonly since: { readonly seconds: number } | { readonly moment: number };
    readonly most: number;
    readonly bodies?: boolean;
    /** A file in the place of standard output. */
    readonly output?: string;
}

/** So few are read in no time. */
const FEW = 100;

/** Step Functions, "Quotas related to API action throttling": GetExecutionHistory has 20 calls a second in the large regions. */
const CALLS_A_SECOND = 20;

export async function exportTrace(session: Session, options: ExportOptions): Promise<number> {
    const { around } = session;
    const since = (now: number): number =>
        "moment" in options.since ? options.since.moment : now - options.since.seconds * 1000;
    const out =
        options.output === undefined ? undefined : new WholeFile(path.resolve(around.cwd, options.output));
    const trace = collectTrace(
        session,
        { since, most: options.most, bodies: options.bodies === true },
        (read, of) => {
            if (read === 0 && of > FEW) around.stderr.write(`turnstile: ${announcement(of)}\n`);
        },
    );
    let last = "";
    try {
        for await (const line of trace) {
            last = `${JSON.stringify(line)}\n`;
            if (out) out.add(last);
            else around.stdout.write(last);
        }
        out?.finish();
    } finally {
        out?.discard();
    }
    const { messages, isComplete } = JSON.parse(last) as { messages: number; isComplete: boolean };
    if (out) around.stderr.write(`turnstile: ${plural(messages, "message")} in ${out.file}\n`);
    if (!isComplete)
        around.stderr.write("turnstile: there are more messages; raise --most, or name a later --since\n");
    return EXIT.done;
}

function announcement(messages: number): string {
    const time = duration(messages / CALLS_A_SECOND);
    return `${count(messages)} messages, a call of GetExecutionHistory for each: about ${time} on AWS`;
}

/** A file that is there as a whole, or as it was before. */
class WholeFile {
    readonly file: string;
    private readonly part: string;

    constructor(file: string) {
        this.file = file;
        this.part = `${file}.part`;
        this.write(() => writeFileSync(this.part, ""));
    }

    add(text: string): void {
        this.write(() => writeFileSync(this.part, text, { flag: "a" }));
    }

    finish(): void {
        this.write(() => renameSync(this.part, this.file));
    }

    discard(): void {
        rmSync(this.part, { force: true });
    }

    private write(act: () => void): void {
        try {
            act();
        } catch (error) {
            throw new CommandError(
                "cannot-write",
                `${this.file} cannot be written: ${unwritableText(error)}`,
            );
        }
    }
}
