/** The command line of `turnstile report`. */
import type { Command } from "commander";
import { withRequired } from "../lib/required.ts";
import { nonEmpty } from "../lib/values.ts";

export interface ReportOptions {
    readonly output: string;
    readonly json: boolean;
}

const AFTER_HELP = `
The page needs no network. It has what the trace has: bodies and causes are in
it only if the trace was made with --bodies.

Examples:
  turnstile export --since 6h --output night.jsonl
  turnstile report night.jsonl --output night.html
      what happened in the last six hours, to open in a browser
  turnstile export | turnstile report - --output day.html`;

/** Makes `command` the command `report`. */
export function describeReport(command: Command): Command {
    return withRequired(command, "output")
        .argument("<file>", "a trace of turnstile export or npm start --trace; - is standard input", nonEmpty)
        .summary("a page of a trace, to open in a browser")
        .description(
            "Makes a page of a trace: slots, line, and a bar for each message, as npm start --report does of a run.",
        )
        .option("-o, --output <file>", "write the page to this file", nonEmpty)
        .option("--json", "print one JSON document with the file's path", false)
        .helpOption("-h, --help", "show this help")
        .addHelpText("after", AFTER_HELP);
}
