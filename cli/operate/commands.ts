/** The command lines of the commands that look after a stack. Each command's own code is loaded when it runs. */
import { Option } from "commander";
import type { Command } from "commander";
import { MAX_LIMIT } from "../../slots/table.ts";
import { COLOR_CHOICES } from "../lib/color.ts";
import type { Surroundings } from "../lib/surroundings.ts";
import { nonEmpty, wholeNumber } from "../lib/values.ts";
import type { CancelOptions } from "./cancel.ts";
import type { DrainOptions } from "./drain.ts";
import type { FailedOptions, ShowOptions } from "./failed.ts";
import type { DoctorOptions } from "./doctor.ts";
import type { FreeOptions } from "./free.ts";
import type { OverrideOptions } from "./limit.ts";
import type { ListOptions } from "./list.ts";
import { LIST_STATES } from "./list-states.ts";
import type { PurgeOptions } from "./purge.ts";
import type { RetryOptions } from "./retry.ts";
import type { SendOptions } from "./send.ts";
import type { CommonOptions, Session } from "./session.ts";
import { REASONS } from "./reasons.ts";
import { toMoment, toSeconds } from "./spans.ts";
import type { StatusOptions } from "./status.ts";

type LimitOptions = OverrideOptions & { readonly reset?: boolean };

const LOOK = "Look at a stack on AWS, or one that serve runs:";

const FINDING_A_STACK = `
Which stack: --operator FILE, else --stack NAME, else the variable
TURNSTILE_OPERATOR (a file or the JSON itself), else the stack that is selected
in this folder. FILE is what this prints:
  pulumi stack output operator --json`;

export interface Program {
    readonly program: Command;
    readonly around: Surroundings;
    readonly end: (exitCode: number) => void;
}

export function describeOperate(at: Program): void {
    const look = (name: string): Command => withCommonOptions(at.program.command(name).helpGroup(LOOK));

    look("status")
        .summary("the limit, the slots, the line, and why the first does not start")
        .description(
            "Shows a pool as it is now: limit, slots, line, queue, dead letters. 3 reads of the table, and rows.",
        )
        .addOption(new Option("--check", "exit with 8 if something needs a person").conflicts("watch"))
        .option("--watch", "show it again and again; in a pipe each change, with --json a line each")
        .addOption(interval(2))
        .addHelpText("after", FINDING_A_STACK)
        .action(async (options: CommonOptions & StatusOptions) => {
            const { status } = await import("./status.ts");
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
            const { list } = await import("./list.ts");
            await run(at, options, (session) => list(session, options));
        });
    look("why")
        .argument("<message>", "its id, or the beginning of it", nonEmpty)
        .summary("why one message has not started, or how it ended")
        .description(
            "Says where one message is, why it has not started or does not end, and which command changes that. The reasons are a closed list.",
        )
        .addHelpText("after", reasonList())
        .action(async (message: string, options: CommonOptions) => {
            const { why } = await import("./why.ts");
            await run(at, options, (session) => why(session, message));
        });
    describeFailed(at, look("failed"));
    describeDoctor(at, look("doctor"));
    describeLimits(at);
    describeDrain(at);
    describeRetry(at);
    describeCancel(at);
    describeFree(at);
    describePurge(at);
    describeSend(at);
}

function describeDoctor(at: Program, command: Command): void {
    command
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
            const { doctor } = await import("./doctor.ts");
            await run(at, options, (session) => doctor(session, options));
        });
}

const DOCTOR_EXAMPLES = `
Examples:
  turnstile doctor
  turnstile doctor --fail-on fail --json
  turnstile doctor --verbose --profile on-call`;

function describeFree(at: Program): void {
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
            const { free } = await import("./free.ts");
            await run(at, options, (session) => free(session, holder, options));
        });
}

const FREE_EXAMPLES = `
Examples:
  turnstile free 3c90aa17
  turnstile free 3c90aa17 --dry-run
  turnstile free written-by-hand --force`;

function describeCancel(at: Program): void {
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
            const { cancel } = await import("./cancel.ts");
            await run(at, options, (session) => cancel(session, message, options));
        });
}

const CANCEL_EXAMPLES = `
Examples:
  turnstile cancel 3c90aa17 --reason "wrong month"
  turnstile cancel 3c90aa17 --drop --yes`;

function describeFailed(at: Program, failed: Command): void {
    failed
        .summary("the dead letters by cause; `failed show ID` has one whole")
        .description("Lists the dead letters by cause. A look hides them from others for some seconds.")
        .option("--cause <text>", "only those whose cause contains this text", nonEmpty)
        .addHelpText("after", FINDING_A_STACK)
        .action(async (options: CommonOptions & FailedOptions) => {
            const { failed: command } = await import("./failed.ts");
            await run(at, options, (session) => command(session, options));
        });
    failed
        .command("show")
        .argument("<id>", "the id of the message that failed, or the beginning of it", nonEmpty)
        .summary("one dead letter: cause, attempts, run, pages")
        .description("Shows one dead letter. Its body is shown only with --body.")
        .option("--body", "show the message's body, too")
        .helpOption("-h, --help", "show this help")
        .action(async (id: string, _options: ShowOptions, command: Command) => {
            const options = command.optsWithGlobals<CommonOptions & ShowOptions>();
            const { showFailed } = await import("./failed.ts");
            await run(at, options, (session) => showFailed(session, id, options));
        });
}

function describeRetry(at: Program): void {
    withChangeOptions(withCommonOptions(at.program.command("retry").helpGroup(CHANGE)))
        .argument("[ids...]", "ids of messages that failed, or the beginnings of them")
        .summary("send dead letters to the work queue again")
        .description(
            "Sends dead letters to the work queue again, as new messages at the end of the line, then deletes the letters. Mend the cause first.",
        )
        .addOption(new Option("--cause <text>", "those whose cause contains this text").argParser(nonEmpty))
        .option("--all", "all, with --cause all of this cause; also those that stand behind others")
        .addHelpText("after", RETRY_EXAMPLES)
        .action(async (ids: string[], options: CommonOptions & RetryOptions, command: Command) => {
            checkChoice(ids, options, command);
            const { retry } = await import("./retry.ts");
            await run(at, options, (session) => retry(session, ids, options));
        });
}

const RETRY_EXAMPLES = `
Examples:
  turnstile retry 3c90aa17
  turnstile retry --cause AccessDenied
  turnstile retry --all --cause AccessDenied --yes`;

function checkChoice(ids: readonly string[], { cause, all = false }: RetryOptions, command: Command): void {
    if ((cause !== undefined || all) !== ids.length > 0) return;
    command.error("error: name either ids, or --cause TEXT, or --all", { exitCode: 2 });
}

function describePurge(at: Program): void {
    withChangeOptions(withCommonOptions(at.program.command("purge").helpGroup(CHANGE)))
        .argument("[ids...]", "ids of messages that failed, or the beginnings of them")
        .summary("delete dead letters for good")
        .description(
            "Deletes dead letters for good. Asks for their number. Letters that come meanwhile, or stand behind others of their group, stay.",
        )
        .addOption(new Option("--cause <text>", "those whose cause contains this text").argParser(nonEmpty))
        .option("--all", "all that can be seen, with --cause all of this cause")
        .addHelpText("after", PURGE_EXAMPLES)
        .action(async (ids: string[], options: CommonOptions & PurgeOptions, command: Command) => {
            checkChoice(ids, options, command);
            const { purge } = await import("./purge.ts");
            await run(at, options, (session) => purge(session, ids, options));
        });
}

const PURGE_EXAMPLES = `
Examples:
  turnstile purge 3c90aa17
  turnstile purge --cause "month missing" --dry-run
  turnstile purge --all`;

function describeSend(at: Program): void {
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
            const { send } = await import("./send.ts");
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

/** The closed list of reasons, for the help of `why`. */
function reasonList(): string {
    const lines = Object.entries(REASONS).map(
        ([code, [kind, text]]) => `  ${code.padEnd(18)} ${kind.padEnd(8)} ${text}`,
    );
    return `\nReasons:\n${lines.join("\n")}`;
}

const CHANGE = "Change it (each says what it does, then asks):";

function describeLimits(at: Program): void {
    const change = (name: string): Command =>
        withChangeOptions(withCommonOptions(at.program.command(name).helpGroup(CHANGE)));

    withOverrideOptions(change("limit"))
        .argument("[n]", "how many jobs may run at once", wholeNumber(0, MAX_LIMIT))
        .summary("another limit for a while, or with --reset the configured one")
        .description(
            "Sets another limit for a while. No job is stopped. The limit in the configuration stays as it is; --reset goes back to it.",
        )
        .addOption(
            new Option("--reset", "go back to the configured limit").conflicts(["for", "until", "reason"]),
        )
        .addHelpText("after", LIMIT_EXAMPLES)
        .action(
            async (number: number | undefined, options: CommonOptions & LimitOptions, command: Command) => {
                if ((number === undefined) !== (options.reset === true)) {
                    command.error("error: name either a limit, as in `turnstile limit 5`, or --reset", {
                        exitCode: 2,
                    });
                }
                const { limit, resetLimit } = await import("./limit.ts");
                await run(at, options, (session) =>
                    number === undefined ? resetLimit(session, options) : limit(session, number, options),
                );
            },
        );
    withOverrideOptions(change("pause"))
        .summary("start no job until resume; running jobs go on")
        .description("Starts no further job. Running jobs go on, and messages keep their places in line.")
        .addHelpText("after", PAUSE_EXAMPLES)
        .action(async (options: CommonOptions & OverrideOptions) => {
            const { pause } = await import("./limit.ts");
            await run(at, options, (session) => pause(session, options));
        });
    change("resume")
        .summary("end a pause")
        .description("Ends a pause: the configured limit is in force again.")
        .action(async (options: CommonOptions & OverrideOptions) => {
            const { resume } = await import("./limit.ts");
            await run(at, options, (session) => resume(session, options));
        });
}

const LIMIT_EXAMPLES = `
Examples:
  turnstile limit 2 --for 3h --reason "replica rebuild"
  turnstile limit 8 --until 2027-01-31T18:00:00+01:00
  turnstile limit --reset`;

const PAUSE_EXAMPLES = `
Examples:
  turnstile pause --reason "the database is being upgraded"
  turnstile pause --for 30m --yes`;

function describeDrain(at: Program): void {
    withOverrideOptions(withChangeOptions(withCommonOptions(at.program.command("drain").helpGroup(CHANGE))))
        .summary("pause, and wait until no job runs")
        .description(
            "Pauses, as pause does; nothing is deleted. With --wait it ends when no job runs any more, or with exit code 6 when --timeout has run out.",
        )
        .option("--wait", "wait until no job runs any more")
        .addOption(new Option("--timeout <time>", "wait so long at most, such as 30m").argParser(toSeconds))
        .addOption(interval(5))
        .addHelpText("after", DRAIN_EXAMPLES)
        .action(async (options: CommonOptions & DrainOptions) => {
            const { drain } = await import("./drain.ts");
            await run(at, options, (session) => drain(session, options));
        });
}

const DRAIN_EXAMPLES = `
Examples:
  turnstile drain --wait --reason "deployment" --yes
  turnstile drain --wait --timeout 2h`;

function interval(seconds: number): Option {
    return new Option("--interval <seconds>", "seconds from one look to the next")
        .argParser(wholeNumber(1, 3600))
        .default(seconds);
}

async function run(
    { around, end }: Program,
    options: CommonOptions,
    command: (session: Session) => Promise<number>,
): Promise<void> {
    const { onStack } = await import("./session.ts");
    end(await onStack(options, around, command));
}

function withOverrideOptions(command: Command): Command {
    return command
        .addOption(
            new Option("--for <time>", "how long, such as 30m or 2h (default: without an end)").argParser(
                toSeconds,
            ),
        )
        .addOption(
            new Option("--until <time>", "until when, with its zone").argParser(toMoment).conflicts("for"),
        )
        .option("--reason <text>", "for those who find it", nonEmpty)
        .option("--by <name>", "who does it (default: the user of this machine)", nonEmpty);
}

function withChangeOptions(command: Command): Command {
    return command.option("--yes", "do not ask").option("--dry-run", "only say what would happen");
}

/** How to find the stack, how to reach AWS, and how to print. */
function withCommonOptions(command: Command): Command {
    const group = "Options of every command:";
    const options = [
        new Option(
            "--operator <file>",
            "the stack's output operator, a file or - for standard input",
        ).argParser(nonEmpty),
        new Option("--stack <name>", "a stack of Pulumi's, in this folder")
            .argParser(nonEmpty)
            .conflicts("operator"),
        new Option("--profile <name>", "a profile of the AWS CLI's").argParser(nonEmpty),
        new Option("--region <name>", "the region (default: the stack's)").argParser(nonEmpty),
        new Option("--endpoint-url <url>", "where AWS is (default: AWS itself)").argParser(nonEmpty),
        new Option("--json", "print one JSON document"),
        new Option("--color <when>", "auto, always or never").choices(COLOR_CHOICES).default("auto"),
    ];
    for (const option of options) command.addOption(option.helpGroup(group));
    return command.helpOption("-h, --help", "show this help");
}
