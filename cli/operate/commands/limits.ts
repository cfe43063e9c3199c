/** The command lines of the commands that change how many jobs may run. */
import { Option } from "commander";
import type { Command } from "commander";
import { MAX_LIMIT } from "../../../slots/table.ts";
import { wholeNumber } from "../../lib/values.ts";
import type { DrainOptions } from "../drain.ts";
import type { OverrideOptions } from "../limit.ts";
import type { CommonOptions } from "../session.ts";
import { toSeconds } from "../spans.ts";
import {
    CHANGE,
    interval,
    run,
    withChangeOptions,
    withCommonOptions,
    withOverrideOptions,
} from "./options.ts";
import type { Program } from "./options.ts";

type LimitOptions = OverrideOptions & { readonly reset?: boolean };

export function describeLimits(at: Program): void {
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
                const { limit, resetLimit } = await import("../limit.ts");
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
            const { pause } = await import("../limit.ts");
            await run(at, options, (session) => pause(session, options));
        });
    change("resume")
        .summary("end a pause")
        .description("Ends a pause: the configured limit is in force again.")
        .action(async (options: CommonOptions & OverrideOptions) => {
            const { resume } = await import("../limit.ts");
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

export function describeDrain(at: Program): void {
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
            const { drain } = await import("../drain.ts");
            await run(at, options, (session) => drain(session, options));
        });
}

const DRAIN_EXAMPLES = `
Examples:
  turnstile drain --wait --reason "deployment" --yes
  turnstile drain --wait --timeout 2h`;
