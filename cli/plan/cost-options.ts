/** The command line of `turnstile cost`. */
import { Option } from "commander";
import type { Command } from "commander";
import { MAX_LIMIT } from "../../slots/table.ts";
import { withRequired } from "../lib/required.ts";
import { numberFrom, wholeNumber } from "../lib/values.ts";
import { withStackOptions } from "./common-options.ts";
import { MAX_MINUTES } from "./options.ts";

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

const AFTER_HELP = `
It runs a day without jobs and one batch of jobs here, on an AWS account
embedded in the process, counts what AWS charges for, and multiplies it. Nothing
is read from AWS: the bill of a deployed stack is in AWS's Cost Explorer.

Examples:
  turnstile cost --jobs-per-month 15000 --minutes 5
      500 jobs a day, all sent at once
  turnstile cost --jobs-per-month 15000 --minutes 5 --batches 720 --limit 20
      the same, some every hour, with 20 slots
  turnstile cost --jobs-per-month 0 --json
      what a stack costs that has nothing to do`;

/** Makes `command` the command `cost`. */
export function describeCost(command: Command): Command {
    const described = command
        .summary("what a stack costs in a month, by service")
        .description(
            "Estimates what AWS charges for a stack in a month, by service: for a stack that has nothing to do, and for the jobs. Glue's charge for the jobs stands apart.",
        )
        .option("--jobs-per-month <n>", "jobs in a month; 0 for none", wholeNumber(0, 3_000_000))
        .option("--minutes <m>", "how long a job runs, such as 5 or 0.5", numberFrom(0.1, MAX_MINUTES), 5)
        .option("--limit <n>", "jobs at once (default: the limit of the stack)", wholeNumber(1, MAX_LIMIT))
        .addOption(
            new Option("--batches <n>", "how often in a month jobs are sent, all of a batch at once")
                .argParser(wholeNumber(1, 100_000))
                .default(30),
        );
    return withRequired(withStackOptions(described), "jobs-per-month").addHelpText("after", AFTER_HELP);
}
