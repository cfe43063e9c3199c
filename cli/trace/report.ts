/** `turnstile report`: the page of a trace. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import type { Surroundings } from "../lib/surroundings.ts";
import { unreadableText } from "../lib/file-errors.ts";
import { checkWritable, unwritable } from "../lib/writable.ts";
import { bundlePage } from "../page/bundle.ts";
import { pageHtml } from "../page/html.ts";
import { TraceError, parseTrace } from "./format.ts";
import type { Trace } from "./format.ts";
import type { ReportOptions } from "./options.ts";
import { pageDataOf } from "./page-data.ts";

/** The version of the document. */
const FORMAT = "turnstile.report/1.0";

/** The page cannot be written. */
class PageError extends CommandError {
    constructor(message: string) {
        super("cannot-write", message);
    }
}

export async function report(
    source: string,
    { output, json }: ReportOptions,
    around: Surroundings,
): Promise<number> {
    const file = path.resolve(around.cwd, output);
    const trace = await readTrace(source, around);
    checkWritable(file, PageError);
    const data = pageDataOf(trace);
    try {
        writeFileSync(file, pageHtml(data, await bundlePage("report")));
    } catch (error) {
        throw new PageError(unwritable(file, error));
    }
    const document = {
        format: FORMAT,
        file,
        messages: trace.messages.length,
        verdict: data.verdict.sentence,
    };
    around.stdout.write(
        json ? `${JSON.stringify(document, null, 4)}\n` : `${data.verdict.sentence}\n${file}\n`,
    );
    return EXIT.done;
}

async function readTrace(source: string, { cwd, stdin }: Surroundings): Promise<Trace> {
    const name = source === "-" ? "standard input" : source;
    try {
        return parseTrace(
            source === "-" ? await text(stdin) : readFileSync(path.resolve(cwd, source), "utf8"),
            name,
        );
    } catch (error) {
        if (error instanceof TraceError)
            throw new CommandError("no-trace", error.message, {
                hint: "turnstile export, or npm start -- --trace FILE, makes one",
            });
        throw new CommandError("cannot-read", `${name} cannot be read: ${unreadableText(error)}`);
    }
}
