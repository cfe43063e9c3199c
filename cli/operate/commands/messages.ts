/** The command lines of the commands that send messages, stop them, and free their slots. */
import { Option } from "commander";
import type { Command } from "commander";
import { nonEmpty } from "../../lib/values.ts";
import type { CancelOptions } from "../cancel.ts";
import type { FreeOptions } from "../free.ts";
import type { SendOptions } from "../send.ts";
import type { CommonOptions } from "../session.ts";
import { CHANGE, run, withChangeOptions, withCommonOptions } from "./options.ts";
import type { Program } from "./options.ts";

export function describeSend(at: Program): void {
    withChangeOptions(withCommonOptions(at.program.command("send").helpGroup(CHANGE)))
        .argument(
            "<file>",
            "JSON lines with body, and perhaps group and priority; - is standard input",
            nonEmpty,
        )
        .summary("send the messages of a file, each once")
        .description(
            "Checks each line against the message schema, and sends all messages or none of a file with a wrong line. Interrupted, it goes on where it stopped: what was accepted stands in the journal beside the file.",
        )
        .addOption(
            new Option("--journal <file>", "where what was sent is noted (default: FILE.sent)").argParser(
                nonEmpty,
            ),
        )
        .option("--again", "also send messages of which nobody knows whether they were sent")
        .addHelpText("after", SEND_EXAMPLES)
        .action(async (file: string, options: CommonOptions & SendOptions, command: Command) => {
            if (file === "-" && options.operator === "-")
                command.error("error: standard input is either the messages or --operator", { exitCode: 2 });
            const { send } = await import("../send.ts");
            await run(at, options, (session) => send(session, file, options));
        });
}

const SEND_EXAMPLES = `
Examples:
  turnstile send jobs.jsonl
  turnstile send jobs.jsonl --dry-run
  make-jobs | turnstile send - --journal jobs.sent --yes

A line of FILE:
  {"body": {"arguments": {"--month": "2012-01"}}, "group": "2012"}`;

export function describeCancel(at: Program): void {
    withChangeOptions(withCommonOptions(at.program.command("cancel").helpGroup(CHANGE)))
        .argument("<message>", "its id, or the beginning of it", nonEmpty)
        .summary("stop one message: its job is asked to stop, or does not start")
        .description(
            "Stops the execution of one message. A run is asked to stop, and keeps its slot until it has. Then the message goes to the dead-letter queue.",
        )
        .option("--drop", "take it out of the line for good: it ends as cancelled, without a dead letter")
        .option("--reason <text>", "for those who find the dead letter", nonEmpty)
        .option("--by <name>", "who does it (default: the user of this machine)", nonEmpty)
        .addHelpText("after", CANCEL_EXAMPLES)
        .action(async (message: string, options: CommonOptions & CancelOptions) => {
            const { cancel } = await import("../cancel.ts");
            await run(at, options, (session) => cancel(session, message, options));
        });
}

const CANCEL_EXAMPLES = `
Examples:
  turnstile cancel 3c90aa17 --reason "wrong month"
  turnstile cancel 3c90aa17 --drop --yes`;

export function describeFree(at: Program): void {
    withChangeOptions(withCommonOptions(at.program.command("free").helpGroup(CHANGE)))
        .argument("<holder>", "the id of a holder, or the beginning of it", nonEmpty)
        .summary("free a slot whose work is over, or say what still runs")
        .description(
            "Frees the slot of a holder, on the proof that the reaper asks for: Glue shows that its runs have ended, or there is none and can be none. Otherwise it says what still runs, with exit code 3.",
        )
        .option(
            "--force",
            "free it although nothing can prove that its work is over; not while Glue shows a run",
        )
        .addHelpText("after", FREE_EXAMPLES)
        .action(async (holder: string, options: CommonOptions & FreeOptions) => {
            const { free } = await import("../free.ts");
            await run(at, options, (session) => free(session, holder, options));
        });
}

const FREE_EXAMPLES = `
Examples:
  turnstile free 3c90aa17
  turnstile free 3c90aa17 --dry-run
  turnstile free written-by-hand --force`;
