/** `--report`: the page of a run that has ended, as one file. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import { count, dollars, duration, plural } from "../lib/format.ts";
import { bundlePage } from "../page/bundle.ts";
import { checkWritable, unwritable } from "../lib/writable.ts";
import { FORMAT } from "../page/data.ts";
import type { FailureGroup, MessageColumns, NamedValue, RunData } from "../page/data.ts";
import { pageHtml } from "../page/html.ts";
import type { RunOptions } from "./options.ts";
import { PRICES_DATED, charge, pricesOf } from "../lib/prices.ts";
import { RunRecorder } from "./recorder.ts";
import type { Report } from "./report.ts";
import type { Stack } from "./stack.ts";
import type { TrackedRun } from "./tracked-run.ts";

/** The file of `--report` cannot be written. */
export class ReportFileError extends Error {
    override readonly name = "ReportFileError";
}

/** What is known of a run once it has ended. */
export interface EndedRun {
    readonly report: Report;
    readonly tracked: Pick<TrackedRun, "failures">;
    readonly stack: Stack;
    readonly label: (message: number) => string;
}

export class ReportFile {
    private readonly file: string;
    private readonly withBodies: boolean;
    private recorder: RunRecorder | undefined;

    /** The file that `--report` names. */
    static named(
        { report, bodies }: Pick<RunOptions, "report" | "bodies">,
        cwd: string,
    ): ReportFile | undefined {
        return report === undefined ? undefined : new ReportFile(path.resolve(cwd, report), bodies);
    }

    /**
     * Throws `ReportFileError` if the file cannot be written: better now than after the run.
     * @param withBodies whether it shows bodies and causes
     */
    constructor(file: string, withBodies: boolean) {
        this.file = file;
        this.withBodies = withBodies;
        checkWritable(file, ReportFileError);
    }

    /** Makes what every page has. Throws if that fails: better now than after the run. */
    async prepare(): Promise<void> {
        await bundlePage("report");
    }

    /** Records the run of a stack from now on. */
    record(stack: Stack, program: RecordedProgram): void {
        this.recorder = new RunRecorder(stack, program, this.withBodies);
    }

    /** Writes the file and returns its path. */
    async write(run: EndedRun): Promise<string> {
        if (!this.recorder) throw new Error("Nothing was recorded.");
        const data = runDataOf(this.recorder, run);
        try {
            writeFileSync(this.file, pageHtml(data, await bundlePage("report")));
        } catch (error) {
            throw new ReportFileError(unwritable(this.file, error));
        }
        return this.file;
    }
}

/** What a verdict is made of. */
type Verdict = Pick<Report, "end" | "messages" | "done" | "failed" | "wrongLines" | "limit" | "peakRunning">;

/** What the page shows of a run. */
export function runDataOf(recorder: RunRecorder, { report, tracked, stack, label }: EndedRun): RunData {
    const { startedAt, groups } = recorder;
    const causeOf = (message: number): string | undefined => tracked.failures.get(message)?.cause;
    const { messages, gate } = recorder.finish({ label, causeOf });
    return {
        format: FORMAT,
        stack: report.stack,
        verdict: verdictOf(report),
        numbers: numbersOf(report),
        settings: settingsOf(report),
        failures: failuresOf(messages),
        startedAt,
        took: Math.round(stack.world.clock.now() - startedAt),
        groups,
        messages,
        gate,
    };
}

/** How a run went, in a sentence. */
export function verdictOf(report: Verdict): RunData["verdict"] {
    const { end, messages, done, failed, wrongLines, limit, peakRunning } = report;
    const open = messages - done - failed;
    if (end !== "complete") {
        const why = end === "stuck" ? "The run is stuck" : "The run was interrupted";
        return {
            kind: "unfinished",
            sentence: `${why}: ${plural(open, "job")} of ${count(messages)} had not ended.`,
        };
    }
    if (peakRunning > limit) {
        return {
            kind: "failed",
            sentence: `The limit did not hold: ${peakRunning} jobs ran at once, of ${limit}.`,
        };
    }
    const wrong = wrongLines > 0 ? ` ${plural(wrongLines, "wrong line")} sent nothing.` : "";
    if (failed > 0)
        return { kind: "failed", sentence: `${plural(failed, "job")} of ${count(messages)} failed.${wrong}` };
    const all = messages === 1 ? "The job is done" : `All ${count(messages)} jobs are done`;
    return {
        kind: wrongLines > 0 ? "failed" : "good",
        sentence: `${all}, at most ${peakRunning} at once.${wrong}`,
    };
}

function numbersOf(report: Report): NamedValue[] {
    const { done, failed, timings, usage, region, peakRunning, limit } = report;
    const { makespan, idealMakespan: ideal, waitMedian, wait95 } = timings;
    const charges = Object.values(charge(usage, pricesOf(region).prices));
    const more = ideal > 0 && Number.isFinite(makespan) ? `, ideal ${duration(ideal)}` : "";
    return [
        { name: "Done", value: count(done) },
        { name: "Failed", value: count(failed) },
        { name: "Running at most", value: `${peakRunning} of ${limit}` },
        { name: "Makespan", value: `${duration(makespan)}${more}` },
        { name: "Waiting", value: `median ${duration(waitMedian)}, 95th percentile ${duration(wait95)}` },
        { name: "Cost without Glue", value: dollars(charges.reduce((sum, amount) => sum + amount, 0)) },
    ];
}

const KINDS: Readonly<Record<Report["jobKind"], string>> = {
    example: "the example's; their times are modelled",
    modelled: "they do nothing; their times are modelled",
    command: "commands on this machine, in real time",
};

function settingsOf({ stack, seed, limit, region, jobKind, runs, furtherAttempts }: Report): NamedValue[] {
    return [
        { name: "Stack", value: stack },
        { name: "Limit", value: count(limit) },
        { name: "Seed", value: String(seed) },
        { name: "Jobs", value: KINDS[jobKind] },
        { name: "Glue runs", value: `${count(runs)}, ${plural(furtherAttempts, "further attempt")}` },
        { name: "Prices", value: `${pricesOf(region).region}, ${PRICES_DATED}` },
    ];
}

/** How a run's end is said. */
const ENDS: Readonly<Record<string, string>> = {
    FAILED: "The run failed",
    ERROR: "The run ended with an error of Glue",
    TIMEOUT: "The run took longer than its timeout",
    STOPPED: "The run was stopped",
    EXPIRED: "The run expired",
    SUCCEEDED: "The run succeeded, but its message did not end well",
};

/** Messages that failed, by cause: the texts of jobs if they are shown, or else how the last run ended. */
export function failuresOf({ outcomes, labels, runs, causes }: MessageColumns): FailureGroup[] {
    const groups = new Map<string, { count: number; first: string }>();
    for (const [index, outcome] of outcomes.entries()) {
        if (outcome !== 2) continue;
        const state = runs[index]?.at(-1)?.[1];
        const end = state === undefined ? "No run was started" : (ENDS[state] ?? "The run did not end");
        const cause = causes?.[index] ?? end;
        const group = groups.get(cause);
        if (group) group.count++;
        else groups.set(cause, { count: 1, first: labels[index] ?? "" });
    }
    return [...groups].map(([cause, group]) => ({ cause, ...group })).sort((a, b) => b.count - a.count);
}
