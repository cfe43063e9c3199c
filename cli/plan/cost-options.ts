/** The command line of `turnstile cost`. */
import type { Command } from "commander";
import { MAX_LIMIT } from "../../slots/table.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { numberFrom, wholeNumber } from "../lib/values.ts";
import { withCommonOptions } from "../operate/commands/options.ts";
import type { CommonOptions } from "../operate/session.ts";
import { MAX_MINUTES } from "./options.ts";

/** Of the estimate. */
export interface CostOptions {
    readonly stack: string;
    readonly jobsPerMonth: number;
    readonly minutes: number;
    /** Without it: the limit of the stack. */
    readonly limit?: number;
    /** How often in a month jobs are sent, all of a batch at once. */
    readonly batches: number;
    readonly seed: number;
    readonly json: boolean;
}

/** As the command line has it: with a number of jobs it is the estimate, without it the bill of a deployed stack. */
export interface GivenCost extends CommonOptions, Partial<Omit<CostOptions, "stack" | "json">> {
    readonly days?: number;
}

const DEFAULTS = { stack: "dev", minutes: 5, batches: 30, seed: 1, json: false } as const;

const DAYS = 30;

/** Options that only one of the two takes. */
const OF_ESTIMATE = ["minutes", "limit", "batches", "seed"] as const;
const OF_BILL = ["days", "operator", "profile", "region", "endpointUrl"] as const;

const AFTER_HELP = `
With --jobs-per-month it estimates. It runs a day without jobs and one batch of
jobs here, on an AWS account embedded in the process, counts what AWS charges
for, and multiplies it. Nothing is read from AWS. --stack names the
configuration, dev unless you say otherwise.

Without it, it says what a deployed stack has used in the last --days, and what
that comes to in a month: from CloudWatch's metrics, the latest executions and
the Glue runs. AWS's Cost Explorer has the bill itself.

Examples:
  turnstile cost
      what the deployed stack costs
  turnstile cost --jobs-per-month 15000 --minutes 5
      an estimate: 500 jobs a day, all sent at once
  turnstile cost --jobs-per-month 15000 --minutes 5 --batches 720 --limit 20
      the same, some every hour, with 20 slots
  turnstile cost --jobs-per-month 0 --json
      what a stack costs that has nothing to do`;

/** Makes `command` the command `cost`. */
export function describeCost(command: Command): Command {
    const described = command
        .summary("what a stack costs in a month, by service")
        .description(
            "Says what AWS charges for a stack in a month, by service: of a deployed stack, from what it did, or with --jobs-per-month an estimate. Glue's charge for the jobs stands apart.",
        )
        .option("--days <n>", `how far to look back (default: ${DAYS})`, wholeNumber(1, 60))
        .option("--jobs-per-month <n>", "estimate: jobs in a month; 0 for none", wholeNumber(0, 3_000_000))
        .option(
            "--minutes <m>",
            `how long a job runs, such as 5 or 0.5 (default: ${DEFAULTS.minutes})`,
            numberFrom(0.1, MAX_MINUTES),
        )
        .option("--limit <n>", "jobs at once (default: the limit of the stack)", wholeNumber(1, MAX_LIMIT))
        .option(
            "--batches <n>",
            `how often in a month jobs are sent, all of a batch at once (default: ${DEFAULTS.batches})`,
            wholeNumber(1, 100_000),
        )
        .option(
            "--seed <n>",
            `a whole number that every random choice follows from (default: ${DEFAULTS.seed})`,
            wholeNumber(0, 2 ** 52),
        );
    return withCommonOptions(described).addHelpText("after", AFTER_HELP);
}

/** What is asked for. Ends the program where the options do not go together. */
export function costOptionsOf(
    command: Command,
): { readonly estimate: CostOptions } | { readonly bill: CommonOptions & { readonly days: number } } {
    const given = command.opts<GivenCost>();
    const { jobsPerMonth } = given;
    const refused = jobsPerMonth === undefined ? OF_ESTIMATE : OF_BILL;
    const wrong = command.options.find(
        (option) =>
            (refused as readonly string[]).includes(option.attributeName()) &&
            given[option.attributeName() as keyof GivenCost] !== undefined,
    );
    if (wrong) {
        const why =
            jobsPerMonth === undefined
                ? "is for an estimate, which needs --jobs-per-month <n>"
                : "is for a deployed stack, not for an estimate";
        command.error(`error: option '${wrong.flags}' ${why}`, { exitCode: EXIT.usage });
    }
    if (jobsPerMonth === undefined) return { bill: { ...given, days: given.days ?? DAYS } };
    return { estimate: { ...DEFAULTS, ...given, jobsPerMonth } };
}
