/** The end of a run: what came of it, as one object for programs and as tables for people. */
import Table from "cli-table3";
import { glueQuotaFor } from "../../embedded-aws/index.ts";
import { PRICES_DATED, charge, pricesOf } from "./prices.ts";
import type { Usage } from "./prices.ts";
import type { Timings } from "./statistics.ts";
import { count, dollars, duration, each, plural } from "./text.ts";

/** Why a run was over. */
export type End = "complete" | "interrupted" | "stuck";

/** What was executed for each Glue run. */
export type JobKind = "twin" | "modelled" | "command";

/** A message whose job is not done although the message is through. */
export interface Failure {
    /** What the user knows the message by: its line, its number, its month. */
    readonly message: string;
    readonly cause: string;
    /** The last Glue run, where one was started. */
    readonly run?: string;
    /** The file in which its command's errors are. */
    readonly output?: string;
}

export interface Report {
    readonly stack: string;
    readonly region: string;
    readonly seed: number;
    readonly limit: number;
    readonly jobKind: JobKind;
    readonly end: End;
    /** Why nothing went on, when `end` is "stuck". */
    readonly stuckBecause?: string;
    /** Messages that there were, wrong lines left out. */
    readonly messages: number;
    readonly wrongLines: number;
    readonly sent: number;
    readonly done: number;
    readonly failed: number;
    readonly runs: number;
    /** Of the runs, those that tried a job again. */
    readonly furtherAttempts: number;
    readonly peakRunning: number;
    readonly timings: Timings;
    readonly usage: Usage;
    readonly failures: readonly Failure[];
    /** Where the commands' output is. */
    readonly output?: string;
    readonly wallSeconds: number;
}

/** Every message ended, none of them badly, none left out, and the limit held. */
export function isGood(report: Report): boolean {
    const { end, wrongLines, messages, done, peakRunning, limit } = report;
    return end === "complete" && wrongLines === 0 && done === messages && peakRunning <= limit;
}

/** The report as `--json` prints it. */
export function toJson(report: Report): Record<string, unknown> {
    const { usage, timings, ...rest } = report;
    const { prices, region } = pricesOf(report.region);
    const charges = charge(usage, prices);
    return {
        good: isGood(report),
        ...rest,
        seconds: timings,
        limitHeld: report.peakRunning <= report.limit,
        usage,
        cost: {
            dollars: total(charges),
            byService: charges,
            pricesOfRegion: region,
            pricesDated: PRICES_DATED,
            glueIncluded: false,
        },
    };
}

/** The report as people read it: tables no wider than 80 characters, then what else they must know. */
export function toText(report: Report): string {
    const { end, failures } = report;
    const lines = [summaryTable(report), ...notes(report)];
    if (end === "interrupted") lines.push("Interrupted: these are the numbers so far.");
    if (end === "stuck") lines.push(`Stuck: ${report.stuckBecause ?? "nothing goes on"}`);
    if (failures.length > 0)
        lines.push("", `${plural(report.failed, "job")} failed:`, ...failureLines(failures));
    return lines.join("\n");
}

/** A table without colours; the last columns of numbers to the right. */
export function table(
    head: readonly string[],
    rows: readonly (readonly string[])[],
    right: readonly number[] = [],
): string {
    const made = new Table({
        head: [...head],
        style: { head: [], border: [], compact: true },
        colAligns: head.map((_, column) => (right.includes(column) ? "right" : "left")),
    });
    for (const row of rows) made.push([...row]);
    return made.toString();
}

function summaryTable(report: Report): string {
    const { timings, usage, runs, limit, peakRunning, sent, messages, done, failed, region } = report;
    const jobs = done + failed;
    const open = messages - jobs;
    const { prices, region: priced } = pricesOf(region);
    const cost = total(charge(usage, prices));
    // What jobs in line have used already is nobody's yet.
    const isComplete = report.end === "complete" && jobs > 0;
    const used = (what: string, amount: number): [string, string] =>
        isComplete ? [`${what} a job`, each(amount, jobs)] : [`${what} so far`, count(amount)];
    const rows: [string, string][] = [
        [
            "Jobs",
            [
                `${count(done)} done`,
                `${count(failed)} failed`,
                ...(open > 0 ? [`${count(open)} not ended`] : []),
            ].join(", "),
        ],
        [
            "Running at most",
            `${peakRunning} of ${limit}${peakRunning <= limit ? "" : ": THE LIMIT DID NOT HOLD"}`,
        ],
        ["Waiting", `median ${duration(timings.waitMedian)}, 95th percentile ${duration(timings.wait95)}`],
        ["Makespan", makespan(timings)],
        ["Slot idle between jobs", idle(timings)],
        used("Billed transitions", usage.transitions),
        used("Write units", usage.writeUnits),
        used("Invocations", usage.invocations),
        [
            "Cost on AWS, besides Glue",
            `${dollars(cost)} in all` +
                (isComplete ? `, ${dollars((cost / jobs) * 1000)} for 1,000 such jobs` : ""),
        ],
    ];
    if (report.furtherAttempts > 0) {
        const further = plural(report.furtherAttempts, "further attempt");
        rows.splice(1, 0, ["Glue runs", `${count(runs)}, of which ${further}`]);
    }
    if (sent < messages) rows.unshift(["Sent", `${count(sent)} of ${count(messages)}`]);
    return `${table(["Stack " + report.stack, `seed ${report.seed}, prices of ${priced}`], rows)}`;
}

function idle({ idleMedian, idle95 }: Timings): string {
    if (Number.isNaN(idleMedian)) return "no slot came free while somebody waited";
    return `median ${duration(idleMedian)}, 95th percentile ${duration(idle95)}`;
}

function makespan(timings: Timings): string {
    const { makespan: took, idealMakespan: ideal } = timings;
    if (!Number.isFinite(took) || ideal === 0) return "–";
    const more = (took / ideal - 1) * 100;
    return `${duration(took)}; ideal ${duration(ideal)} (${more >= 0 ? "+" : ""}${more.toFixed(1)} %)`;
}

/** What the numbers are worth, in lines of 80 characters at most. */
function notes(report: Report): string[] {
    const { jobKind, output, wallSeconds } = report;
    const prices = [
        `Costs are list prices of ${PRICES_DATED} without free tiers; what Glue charges for`,
        "the jobs comes on top.",
    ];
    if (jobKind === "command") {
        return [
            "Times are real: each job ran its command on this machine.",
            ...(output === undefined ? [] : ["What the commands printed is in", `  ${output}`]),
            ...prices,
        ];
    }
    const { concurrentRuns } = glueQuotaFor(report.limit);
    const results = jobKind === "twin" ? "Results are real, times" : "Jobs do nothing, and times";
    return [
        `${results} are modelled, on a virtual clock that took ${duration(wallSeconds)} here:`,
        "each job is taken to start in 8 to 40 s and to run for 2 to 8 min.",
        ...(concurrentRuns > glueQuotaFor(0).concurrentRuns
            ? [`Glue's quota of concurrent runs is taken to have been raised to ${count(concurrentRuns)}.`]
            : []),
        ...prices,
    ];
}

function failureLines(failures: readonly Failure[], shown = 10): string[] {
    const lines = failures
        .slice(0, shown)
        .map(({ message, cause, output }) => `  ${message}: ${cause}${output ? ` (${output})` : ""}`);
    if (failures.length > shown)
        lines.push(`  and ${count(failures.length - shown)} more; --json names them all`);
    return lines;
}

function total(charges: Readonly<Record<string, number>>): number {
    return Object.values(charges).reduce((sum, amount) => sum + amount, 0);
}
