/** `turnstile cost`: what AWS charges for a stack in a month, idle and with a load. */
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { fold } from "../lib/fold.ts";
import { count, dollars, duration, plural } from "../lib/format.ts";
import type { Surroundings } from "../lib/surroundings.ts";
import { MONTH_HOURS, PRICES_DATED, hasPricesOf, pricesOf } from "../lib/prices.ts";
import { limitOf } from "../run/stack.ts";
import { announcer } from "./announcer.ts";
import { glueBill, monthlyBill } from "./bill.ts";
import type { Line } from "./bill.ts";
import type { CostOptions } from "./cost-options.ts";
import { idleDay } from "./idle.ts";
import { recordedFor } from "./program.ts";
import { tryLimit } from "./trial.ts";
import type { Trial } from "./trial.ts";
import { jobOf, withLimit } from "./with-limit.ts";

/** The version of the document. */
const FORMAT = "turnstile.cost/1.0";

/** Jobs take a fifth less or more. */
const SPREAD = 0.2;

const MONTH_SECONDS = MONTH_HOURS * 3600;

interface Estimate {
    readonly options: CostOptions;
    readonly region: string;
    readonly limit: number;
    readonly lines: readonly Line[];
    readonly batch: Trial | undefined;
    /** Undefined where Glue's charge is not known. */
    readonly glue: number | undefined;
}

export async function cost(options: CostOptions, around: Surroundings): Promise<number> {
    return costOf(await recordedFor(options, around), options, around);
}

/** Estimates the bill of a recorded program, and prints it. */
export async function costOf(
    program: RecordedProgram,
    given: CostOptions,
    around: Surroundings,
): Promise<number> {
    // No batch is smaller than a job.
    const options = { ...given, batches: Math.min(given.batches, given.jobsPerMonth || given.batches) };
    const { region } = program;
    checkRegion(region);
    const limit = options.limit ?? limitOf(program);
    checkLoad(options, limit);
    const progress = announcer(around);
    try {
        progress.begin("a day without jobs");
        const idle = await idleDay(withLimit(program, limit), options.seed);
        const batch = await oneBatch(program, options, limit, around);
        if (!batch) return around.interrupts.exitCode ?? EXIT.interrupted;
        progress.end();
        const { prices } = pricesOf(region);
        const { batches } = options;
        const month = { jobs: options.jobsPerMonth, batches };
        const { trial } = batch;
        const lines = monthlyBill(program, prices, idle, month, trial);
        const glue = trial && jobOf(program) ? glueBill(trial, prices, month) : undefined;
        const estimate: Estimate = { options, region, limit, lines, batch: trial, glue };
        const text = options.json
            ? JSON.stringify(toJson(estimate), null, 4)
            : fold(toText(estimate), around.stdout);
        around.stdout.write(`${text}\n`);
        return EXIT.done;
    } finally {
        progress.end();
    }
}

/** The trial of one batch, none where there are no jobs; undefined if Ctrl-C ended it. */
async function oneBatch(
    program: RecordedProgram,
    { jobsPerMonth, batches, minutes, seed }: CostOptions,
    limit: number,
    around: Surroundings,
): Promise<{ readonly trial: Trial | undefined } | undefined> {
    if (jobsPerMonth === 0) return { trial: undefined };
    const jobs = Math.ceil(jobsPerMonth / batches);
    const progress = announcer(around);
    progress.begin(`a batch of ${plural(jobs, "job")} at limit ${limit}`);
    const load = { jobs, shortest: minutes * (1 - SPREAD), longest: minutes * (1 + SPREAD), seed };
    const show = (ended: number): void => progress.show(`${count(ended)} of ${plural(jobs, "job")}`);
    const trial = await tryLimit(program, load, limit, around, show);
    // The last batch may be smaller; all count as much as the month has jobs.
    return trial && { trial: scaled(trial, jobsPerMonth / batches / jobs) };
}

function scaled(trial: Trial, factor: number): Trial {
    const usage = Object.fromEntries(
        Object.entries(trial.usage).map(([name, amount]) => [name, Number(amount) * factor]),
    ) as unknown as Trial["usage"];
    return { ...trial, usage, dpuSeconds: trial.dpuSeconds * factor, logBytes: trial.logBytes * factor };
}

function checkRegion(region: string): void {
    if (hasPricesOf(region)) return;
    throw new CommandError("no-prices", `There are no prices of ${region} here.`, {
        hint: "turnstile plan counts transitions and units without them; cli/lib/prices.ts has the regions",
    });
}

/** A line that only grows has no monthly bill. */
function checkLoad({ jobsPerMonth, batches, minutes }: CostOptions, limit: number): void {
    const needed = Math.ceil((jobsPerMonth * minutes * 60) / MONTH_SECONDS);
    if (needed > limit) {
        throw new CommandError(
            "usage",
            `${plural(jobsPerMonth, "job")} of ${minutes} min a month are more than ${plural(limit, "slot")} can run`,
            { exitCode: EXIT.usage, hint: `they need a limit of ${needed} at the least: --limit` },
        );
    }
    const jobs = Math.ceil(jobsPerMonth / batches);
    if (jobs <= MAX_BATCH) return;
    throw new CommandError("usage", `A batch of ${plural(jobs, "job")} is too large to try here`, {
        exitCode: EXIT.usage,
        hint: `name more --batches: at most ${count(MAX_BATCH)} jobs are sent at once`,
    });
}

/** Takes some ten minutes here. */
const MAX_BATCH = 100_000;

function totalOf(lines: readonly Line[], kind: "idle" | "jobs"): number {
    return lines.reduce((sum, line) => sum + line[kind], 0);
}

function toJson({ options, region, limit, lines, batch, glue }: Estimate): object {
    const { stack, jobsPerMonth, minutes, batches, seed } = options;
    const [idle, jobs] = [totalOf(lines, "idle"), totalOf(lines, "jobs")];
    return {
        format: FORMAT,
        stack,
        region,
        limit,
        jobsPerMonth,
        minutes,
        batches,
        seed,
        pricesDated: PRICES_DATED,
        services: lines.map((line) => ({
            service: line.service,
            idleDollars: line.idle,
            jobsDollars: line.jobs,
        })),
        idleDollars: idle,
        jobsDollars: jobs,
        dollars: idle + jobs,
        glueDollars: glue ?? null,
        batchMakespanSeconds: batch ? Math.round(batch.timings.makespan) : null,
    };
}

function toText(estimate: Estimate): string {
    const { options, region, limit, lines } = estimate;
    const { jobsPerMonth, minutes, batches } = options;
    const row = (service: string, idle: string, jobs: string, all: string): string =>
        [service.padEnd(21), ...[idle, jobs, all].map((cell) => cell.padStart(10))].join("").trimEnd();
    const money = (service: string, idle: number, jobs: number): string =>
        row(service, cents(idle), cents(jobs), cents(idle + jobs));
    const [idle, jobs] = [totalOf(lines, "idle"), totalOf(lines, "jobs")];
    const load =
        jobsPerMonth === 0
            ? "no jobs"
            : `${plural(jobsPerMonth, "job")} of ${minutes} min a month, sent in ${plural(batches, "batch")}`.replace(
                  /batchs$/,
                  "batches",
              );
    return [
        `${load}, limit ${limit}`,
        `stack ${options.stack}, prices of ${region}, ${PRICES_DATED}, without free tiers`,
        "",
        row("DOLLARS A MONTH", "IDLE", "JOBS", "ALL"),
        ...lines.map((line) => money(line.service, line.idle, line.jobs)),
        money("All of these", idle, jobs),
        "",
        ...notes(estimate),
    ].join("\n");
}

function cents(amount: number): string {
    return amount === 0 ? "–" : amount < 0.005 ? "< 0.01" : amount.toFixed(2);
}

function notes({ options, batch, glue }: Estimate): string[] {
    const lines = ["Not counted: retries, failures, calls to KMS, what you read on the pages of AWS."];
    if (options.jobsPerMonth > 0) {
        lines.push(
            glue === undefined
                ? "Glue's charge for the jobs is not known: the program does not make its job."
                : `Glue charges ${dollars(glue)} for the jobs themselves.`,
        );
    }
    if (batch && batch.timings.makespan > MONTH_SECONDS / options.batches)
        lines.push(
            `A batch takes ${duration(batch.timings.makespan)}: longer than until the next one, so jobs wait longer.`,
        );
    return lines;
}
