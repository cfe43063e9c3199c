/** The command line of `turnstile plan`. */
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { MAX_LIMIT } from "../../slots/table.ts";
import { withRequired } from "../lib/required.ts";
import { numberFrom, wholeNumber } from "../lib/values.ts";
import { toSpanOrMoment } from "../operate/spans.ts";
import type { SpanOrMoment } from "../operate/spans.ts";
import { withStackOptions } from "./common-options.ts";

export interface PlanOptions {
    readonly stack: string;
    readonly jobs: number;
    readonly minutes: number;
    /** By how many percent of `minutes` a job may be shorter or longer. */
    readonly spread: number;
    /** In rising order. */
    readonly limits: readonly number[];
    readonly doneBy?: DoneBy;
    readonly seed: number;
    readonly json: boolean;
}

/** Seconds count from the first message. */
export type DoneBy = SpanOrMoment;

/** Jobs of one batch: one run of so many takes many minutes. */
export const MAX_JOBS = 100_000;

/** A week; Glue's own timeout is 2 days unless the job says otherwise. */
export const MAX_MINUTES = 7 * 24 * 60;

const MAX_LIMITS = 20;

const AFTER_HELP = `
It runs the jobs here, on an AWS account embedded in the process, with a clock
of its own: once for each limit. The jobs do nothing but take their time.

Examples:
  turnstile plan --jobs 500 --minutes 5
      how long 500 jobs of 5 minutes take at several limits, and what it costs
  turnstile plan --jobs 500 --minutes 5 --limits 4,8 --done-by 6h
      and the lowest limit at which all is done within 6 hours
  turnstile plan --jobs 500 --minutes 5 --done-by 2027-01-31T06:00:00+01:00
      the same for jobs that are sent now
  turnstile plan --jobs 500 --minutes 5 --json
      one JSON document`;

/** Makes `command` the command `plan`. */
export function describePlan(command: Command): Command {
    const described = command
        .summary("what limit is needed, how long jobs wait, and what it costs")
        .description(
            "Runs a batch of jobs on this machine at several limits, as fast as it can, and compares them: until when all is done, how long jobs wait, and what AWS charges.",
        )
        .option("--jobs <n>", "jobs that are sent at once", wholeNumber(1, MAX_JOBS))
        .option("--minutes <m>", "how long a job runs, such as 5 or 0.5", numberFrom(0.1, MAX_MINUTES))
        .option("--spread <percent>", "jobs take so much less or more, evenly", wholeNumber(0, 90), 20)
        .addOption(
            new Option("--limits <n,...>", "the limits to compare")
                .argParser(toLimits)
                .default([1, 2, 5, 10]),
        )
        .addOption(
            new Option(
                "--done-by <time>",
                "also find the lowest limit that is done by then: a time such as 6h, or a date and a time with its zone",
            ).argParser(toSpanOrMoment),
        );
    return withRequired(withStackOptions(described), "jobs", "minutes").addHelpText("after", AFTER_HELP);
}

function toLimits(text: string): number[] {
    const words = text.split(",").map((word) => word.trim());
    const limits = [...new Set(words.map(Number))].sort((one, other) => one - other);
    const areWhole = words.every((word) => /^\d+$/.test(word));
    if (areWhole && limits.length <= MAX_LIMITS && limits.every((limit) => limit >= 1 && limit <= MAX_LIMIT))
        return limits;
    throw new InvalidArgumentError(
        `It must be whole numbers from 1 to ${MAX_LIMIT} with commas between them, such as 1,2,5, at most ${MAX_LIMITS}.`,
    );
}
