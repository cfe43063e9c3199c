/** The report at the end of a run: one object for programs, tables for people. */
import { glueQuotaFor } from "../../embedded-aws/index.ts";
import { PRICES_DATED, charge, pricesOf } from "../lib/prices.ts";
import type { Usage } from "../lib/prices.ts";
import type { Timings } from "./statistics.ts";
import { table } from "./table.ts";
import { count, dollars, duration, each, plural } from "../lib/format.ts";

/** Why a run ended. */
export type End = "complete" | "interrupted" | "stuck";

/** What each Glue run did: compute the example's result, take a modelled time and do nothing, or run a command. */
export type JobKind = "example" | "modelled" | "command";

/** A message that has ended without its job being done. */
export interface Failure {
    /** What the user knows the message by: its line, its number or its month. */
    readonly message: string;
    readonly cause: string;
    /** The last Glue run, if one was started. */
    readonly run?: string;
    /** The file with the errors of its command. */
    readonly output?: string;
}

/** What became of a message. */
export interface JobReport {
    /** What the user knows the message by. */
    readonly message: string;
    /** When the run ended. */
    readonly state: "waiting" | "running" | "done" | "failed";
    /** Glue runs that were started for it. */
    readonly attempts: number;
    /** From its sending to its first run, or to its end without one. */
    readonly waitSeconds: number;
    /** The start of its first run, in ISO 8601. */
    readonly startedAt?: string;
    /** From its first run to its end, with pauses between attempts. */
    readonly seconds?: number;
    /** Why its last attempt failed. */
    readonly cause?: string;
}

export interface Report {
    readonly stack: string;
    readonly region: string;
    readonly seed: number;
    readonly limit: number;
    readonly jobKind: JobKind;
    readonly end: End;
    /** Where everything is, when `end` is "stuck". */
    readonly stuckBecause?: string;
    /** All messages, without wrong lines. */
    readonly messages: number;
    readonly wrongLines: number;
    readonly sent: number;
    readonly done: number;
    readonly failed: number;
    readonly runs: number;
    /** How many of the runs tried a job again. */
    readonly furtherAttempts: number;
    readonly peakRunning: number;
    readonly timings: Timings;
    readonly usage: Usage;
    /** Messages that have failed for good. */
    readonly failures: readonly Failure[];
    /** Messages whose last attempt failed, and that would be tried again. */
    readonly retrying: readonly Failure[];
    readonly jobs: readonly JobReport[];
    /** Whether a command seems not to know the arguments that it gets. */
    readonly isSurprised: boolean;
    /** The directory with the commands' output. */
    readonly output?: string;
    readonly wallSeconds: number;
}

/** Whether every job is done, no line was wrong, and the limit held. */
export function isGood(report: Report): boolean {
    const { end, wrongLines, messages, done, peakRunning, limit } = report;
    return end === "complete" && wrongLines === 0 && done === messages && peakRunning <= limit;
}

/** The version of the document. */
const FORMAT = "turnstile.run-report/1.0";

/**
 * The report as `--json` prints it.
 * @param withCauses whether it has the causes of failures, which may hold what not everybody should read
 */
export function toJson(report: Report, withCauses: boolean): Record<string, unknown> {
    const { usage, timings, isSurprised: _, ...whole } = report;
    const rest = withCauses ? whole : withoutCauses(whole);
    const { prices, region } = pricesOf(report.region);
    const charges = charge(usage, prices);
    return {
        format: FORMAT,
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

function withoutCauses<R extends Pick<Report, "failures" | "retrying" | "jobs">>(report: R): object {
    const without = <T extends { readonly cause?: string }>({ cause: _, ...left }: T): Omit<T, "cause"> =>
        left;
    return {
        ...report,
        failures: report.failures.map(without),
        retrying: report.retrying.map(without),
        jobs: report.jobs.map(without),
    };
}

/** The report for people: a table of at most 80 columns, then notes. */
export function toText(report: Report): string {
    const { end, failures, retrying, isSurprised } = report;
    const lines = [summaryTable(report), ...notes(report)];
    if (end === "interrupted") lines.push("The run was interrupted. These are the numbers so far.");
    if (end === "stuck") lines.push(`The run is stuck: ${report.stuckBecause ?? "nothing happens any more"}`);
    if (failures.length > 0)
        lines.push("", `${plural(report.failed, "job")} failed:`, ...failureLines(failures));
    if (retrying.length > 0)
        lines.push(
            "",
            `${plural(retrying.length, "job")} failed, to be tried again:`,
            ...failureLines(retrying),
        );
    if (isSurprised) lines.push("", ...ABOUT_ARGUMENTS);
    return lines.join("\n");
}

function summaryTable(report: Report): string {
    const { timings, usage, runs, limit, peakRunning, sent, messages, done, failed, region } = report;
    const jobs = done + failed;
    const open = messages - jobs;
    const { prices, region: priced } = pricesOf(region);
    const cost = total(charge(usage, prices));
    // An interrupted run has also used something for jobs that have not ended.
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
            "Cost on AWS without Glue",
            `${dollars(cost)} in all` +
                (isComplete ? `, ${dollars((cost / jobs) * 1000)} for 1,000 such jobs` : ""),
        ],
    ];
    if (report.furtherAttempts > 0) {
        const further = plural(report.furtherAttempts, "further attempt");
        rows.splice(1, 0, ["Glue runs", `${count(runs)}, with ${further}`]);
    }
    if (sent < messages) rows.unshift(["Sent", `${count(sent)} of ${count(messages)}`]);
    return `${table(["Stack " + report.stack, `seed ${report.seed}, prices of ${priced}`], rows)}`;
}

function idle({ idleMedian, idle95 }: Timings): string {
    if (Number.isNaN(idleMedian)) return "no slot came free while a job waited";
    return `median ${duration(idleMedian)}, 95th percentile ${duration(idle95)}`;
}

function makespan(timings: Timings): string {
    const { makespan: took, idealMakespan: ideal } = timings;
    if (!Number.isFinite(took) || ideal === 0) return "–";
    const more = (took / ideal - 1) * 100;
    return `${duration(took)}; ideal ${duration(ideal)} (${more >= 0 ? "+" : ""}${more.toFixed(1)} %)`;
}

/** How the numbers came about, in lines of at most 80 characters. */
function notes(report: Report): string[] {
    const { jobKind, output, wallSeconds } = report;
    const prices = [
        `Costs are list prices of ${PRICES_DATED}, without free tiers and without Glue's`,
        "charge for the jobs.",
    ];
    if (jobKind === "command") {
        return [
            "Times are real: each job ran its command on this machine.",
            ...(output === undefined ? [] : ["The output of the commands is in", `  ${output}`]),
            ...prices,
        ];
    }
    const { concurrentRuns } = glueQuotaFor(report.limit);
    const isQuotaRaised = concurrentRuns > glueQuotaFor(0).concurrentRuns;
    return [
        jobKind === "example"
            ? "The results are real. The times are modelled:"
            : "The jobs do nothing. The times are modelled:",
        "a job takes 8 to 40 s to start and runs for 2 to 8 min.",
        `The whole run took ${duration(wallSeconds)} of real time.`,
        ...(isQuotaRaised
            ? [`It assumes that Glue's quota of concurrent runs is raised to ${count(concurrentRuns)}.`]
            : []),
        ...prices,
    ];
}

const ABOUT_ARGUMENTS = [
    "The command gets the job's arguments at its end, as in --month 2012-01. If it does",
    "not take them, place them yourself, as in {--month}, or read them from variables",
    'such as TURNSTILE_ARG_MONTH and end the command with " #".',
];

/** At most so many failures are shown. */
const MAX_SHOWN = 10;

function failureLines(failures: readonly Failure[]): string[] {
    const lines = failures
        .slice(0, MAX_SHOWN)
        .map(({ message, cause, output }) => `  ${message}: ${cause}${output ? ` (${output})` : ""}`);
    const more = failures.length - MAX_SHOWN;
    if (more > 0) lines.push(`  and ${count(more)} more; --json names them all`);
    return lines;
}

function total(charges: Readonly<Record<string, number>>): number {
    return Object.values(charges).reduce((sum, amount) => sum + amount, 0);
}
