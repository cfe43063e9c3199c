/** The command lines of the commands that look at a stack and change nothing. */
import { Help, Option } from "commander";
import type { Command } from "commander";
import { nonEmpty, wholeNumber } from "../../lib/values.ts";
import type { BodiesOptions } from "../cause.ts";
import type { DoctorOptions } from "../doctor.ts";
import type { ExportOptions } from "../export.ts";
import type { ListOptions } from "../list.ts";
import { LIST_STATES } from "../list-states.ts";
import { REASONS } from "../reasons.ts";
import type { CommonOptions } from "../session.ts";
import { toSpanOrMoment } from "../spans.ts";
import type { StatusOptions } from "../status.ts";
import type { UiOptions } from "../ui.ts";
import { FINDING_A_STACK, LOOK, bodies, interval, run, withCommonOptions } from "./options.ts";
import type { Program } from "./options.ts";

export function describeLook(at: Program): void {
    const look = (name: string): Command => withCommonOptions(at.program.command(name).helpGroup(LOOK));

    look("status")
        .summary("the limit, the slots, the line, and why the first does not start")
        .description(
            "Shows a pool as it is now: limit, slots, line, queue, dead letters. It reads the table 20 times at most, however long the line is.",
        )
        .addOption(new Option("--check", "exit with 8 if something needs a person").conflicts("watch"))
        .option("--watch", "show it again and again; in a pipe each change, with --json a line each")
        .addOption(interval(2))
        .addHelpText("after", FINDING_A_STACK)
        .action(async (options: CommonOptions & StatusOptions) => {
            const { status } = await import("../status.ts");
            await run(at, options, (session) => status(session, options));
        });
    look("list")
        .summary("the messages that have not ended, one on a line")
        .description(
            "Lists the messages that have not ended, with their place in line and why they have not started.",
        )
        .addOption(new Option("--state <state>", "only those that are so").choices(LIST_STATES))
        .option("--group <group>", "only those of this message group", nonEmpty)
        .option("--most <n>", "show <n> at most", wholeNumber(1, 5000), 20)
        .addHelpText("after", FINDING_A_STACK)
        .action(async (options: CommonOptions & ListOptions) => {
            const { list } = await import("../list.ts");
            await run(at, options, (session) => list(session, options));
        });
    look("why")
        .argument("<message>", "its id, or the beginning of it", nonEmpty)
        .summary("why one message has not started, or how it ended")
        .description(
            "Says where one message is, why it has not started or does not end, and which command changes that. The reasons are a closed list.",
        )
        .addOption(bodies("with --json also the causes of failures, which may hold secrets"))
        .addHelpText("after", reasonList())
        .action(async (message: string, options: CommonOptions & BodiesOptions) => {
            const { why } = await import("../why.ts");
            await run(at, options, (session) => why(session, message, options));
        });
}

export function describeUi(at: Program): void {
    withCommonOptions(at.program.command("ui").helpGroup(LOOK))
        .summary("a page in your browser that shows the stack, always up to date")
        .description(
            "Serves a page on this machine alone, with your own credentials, until Ctrl-C. Prints its address, which has a key: who has it can act as you. Every change on the page says what it does, then asks.",
        )
        .addOption(
            new Option("--port <n>", "listen on this port of 127.0.0.1; 0 takes a free one")
                .argParser(wholeNumber(0, 65_535))
                .default(0),
        )
        .option("--read-only", "show everything, change nothing")
        .addOption(bodies("show bodies of dead letters, too"))
        .addOption(interval(2))
        .addHelpText("after", UI_EXAMPLES)
        .action(async (options: CommonOptions & UiOptions) => {
            const { ui } = await import("../ui.ts");
            await run(at, options, (session) => ui(session, options));
        });
}

const UI_EXAMPLES = `
All pages that are open share one look: 3 items of the table, at most 200 rows
of each kind, 2 queues and the job's latest runs. While none is seen, nothing is
read.

Examples:
  turnstile ui
  turnstile ui --read-only --interval 10
  turnstile ui --port 8080 --profile on-call
  turnstile ui --json
      one line of JSON with the address, for scripts`;

export function describeExport(at: Program): void {
    withCommonOptions(at.program.command("export").helpGroup(LOOK))
        .summary("the story of the stack as JSON Lines: every message, phase and run")
        .description(
            "Writes the story of the stack as JSON Lines: a line for each message that is open or ended lately, with what it did and when, and its Glue runs. `turnstile report` makes a page of it. Bodies, arguments and causes are left out. It costs a call of Step Functions for each message, which is free, and a read unit for some eight messages.",
        )
        .addOption(
            new Option(
                "--since <time>",
                "also messages that ended since then: a time such as 6h, or a date with its zone",
            )
                .argParser(toSpanOrMoment)
                .default({ seconds: 86_400 }, "24h"),
        )
        .option("--most <n>", "the latest <n> messages at most", wholeNumber(1, 20_000), 1000)
        .addOption(
            new Option("-o, --output <file>", "write to this file instead of standard output").argParser(
                nonEmpty,
            ),
        )
        .addOption(bodies("also bodies and causes, which may hold secrets"))
        .addHelpText("after", EXPORT_EXAMPLES)
        .action(async (options: CommonOptions & ExportOptions) => {
            const { exportTrace } = await import("../export.ts");
            await run(at, options, (session) => exportTrace(session, options));
        });
}

const EXPORT_EXAMPLES = `
Examples:
  turnstile export --since 6h --output last-night.jsonl
  turnstile report last-night.jsonl --output last-night.html
  turnstile export --most 20000 | grep dead-lettered

docs/trace.md explains the lines.`;

export function describeDoctor(at: Program): void {
    withCommonOptions(at.program.command("doctor").helpGroup(LOOK))
        .summary("check the stack, and say how to mend what is wrong")
        .description(
            "Checks a deployed stack: job, slots, line, functions, alarms, and whether all of it is of one deployment. Says of each thing that is wrong how to mend it. Changes nothing. Exit code 8 if something is wrong.",
        )
        .addOption(
            new Option("--fail-on <result>", "exit with 8 from this result on")
                .choices(["warn", "fail"])
                .default("warn"),
        )
        .option("--verbose", "tell in full what is well, too")
        .addHelpText("after", DOCTOR_EXAMPLES)
        .action(async (options: CommonOptions & DoctorOptions) => {
            const { doctor } = await import("../doctor.ts");
            await run(at, options, (session) => doctor(session, options));
        });
}

const DOCTOR_EXAMPLES = `
Examples:
  turnstile doctor
  turnstile doctor --fail-on fail --json
  turnstile doctor --verbose --profile on-call`;

const HELP_WIDTH = 80;

/** The closed list of reasons, for the help of `why`. */
function reasonList(): string {
    const help = new Help();
    const lines = Object.entries(REASONS).map(([code, [kind, text]]) => {
        const head = `  ${code.padEnd(18)} ${kind.padEnd(8)} `;
        const [first, ...more] = help.boxWrap(text, HELP_WIDTH - head.length).split("\n");
        return [`${head}${first}`, ...more.map((line) => " ".repeat(head.length) + line)].join("\n");
    });
    return `\nReasons:\n${lines.join("\n")}`;
}
