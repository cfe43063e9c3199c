/** The command lines of the commands for dead letters. */
import { Option } from "commander";
import type { Command } from "commander";
import { nonEmpty } from "../../lib/values.ts";
import type { BodiesOptions } from "../cause.ts";
import type { FailedOptions } from "../failed.ts";
import type { PurgeOptions } from "../purge.ts";
import type { RetryOptions } from "../retry.ts";
import type { CommonOptions } from "../session.ts";
import {
    bodies,
    CHANGE,
    FINDING_A_STACK,
    LOOK,
    run,
    withChangeOptions,
    withCommonOptions,
} from "./options.ts";
import type { Program } from "./options.ts";

export function describeFailed(at: Program): void {
    const failed = withCommonOptions(at.program.command("failed").helpGroup(LOOK));
    failed
        .summary("the dead letters by cause; `failed show ID` has one whole")
        .description("Lists the dead letters by cause. A look hides them from others for some seconds.")
        .option("--cause <text>", "only those whose cause contains this text", nonEmpty)
        .addOption(bodies("with --json also causes, which may hold secrets"))
        .addHelpText("after", FINDING_A_STACK)
        // Refused below, with a word that helps: an id belongs to `show`.
        .allowExcessArguments()
        .action(async (options: CommonOptions & FailedOptions, command: Command) => {
            const [id] = command.args;
            if (id !== undefined)
                command.error(`error: failed does not take '${id}'; failed show ID shows one letter`, {
                    exitCode: 2,
                });
            const { failed: list } = await import("../failed.ts");
            await run(at, options, (session) => list(session, options));
        });
    failed
        .command("show")
        .argument("<id>", "the id of the message that failed, or the beginning of it", nonEmpty)
        .summary("one dead letter: cause, attempts, run, pages")
        .description("Shows one dead letter. Its body is shown only with --bodies.")
        .addOption(bodies("also the body; with --json also the cause and the attributes"))
        .helpOption("-h, --help", "show this help")
        .action(async (id: string, _options: BodiesOptions, command: Command) => {
            const options = command.optsWithGlobals<CommonOptions & BodiesOptions>();
            const { showFailed } = await import("../failed.ts");
            await run(at, options, (session) => showFailed(session, id, options));
        });
}

export function describeRetry(at: Program): void {
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
            const { retry } = await import("../retry.ts");
            await run(at, options, (session) => retry(session, ids, options));
        });
}

const RETRY_EXAMPLES = `
Examples:
  turnstile retry 3c90aa17
  turnstile retry --cause AccessDenied
  turnstile retry --all --cause AccessDenied --yes`;

export function describePurge(at: Program): void {
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
            const { purge } = await import("../purge.ts");
            await run(at, options, (session) => purge(session, ids, options));
        });
}

const PURGE_EXAMPLES = `
Examples:
  turnstile purge 3c90aa17
  turnstile purge --cause "month missing" --dry-run
  turnstile purge --all`;

function checkChoice(ids: readonly string[], { cause, all = false }: RetryOptions, command: Command): void {
    if ((cause !== undefined || all) !== ids.length > 0) return;
    command.error("error: name either ids, or --cause TEXT, or --all", { exitCode: 2 });
}
