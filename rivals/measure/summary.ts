/** One line of the tables, from the runs of a rival that differ in nothing but their seed. */
import { quantile } from "../../cli/run/statistics.ts";
import type { Measured } from "./measure.ts";

/** What went wrong is added up over the runs; the rest is the median of the runs, a job. */
export interface Row {
    readonly rival: string;
    readonly runs: number;
    readonly messages: number;
    readonly done: number;
    /** The highest of all runs. */
    readonly peakRunning: number;
    readonly lost: number;
    /** Not done, but in the dead-letter queue, the queue or an execution that waits. */
    readonly leftOver: number;
    /** Undefined where no books are kept. */
    readonly leaked: number | undefined;
    readonly repeated: number;
    /** The share of the jobs, from 0 to 1. */
    readonly overtakes: number;
    readonly idleSeconds: number;
    /** How many times as long as the ideal. */
    readonly makespan: number;
    readonly transitions: number;
    readonly writeUnits: number;
    readonly invocations: number;
    /** US dollars for 1,000 jobs. */
    readonly dollars: number;
    /** The most of all runs. */
    readonly historyEvents: number;
}

/** @param runs at least one */
export function summarize(runs: readonly [Measured, ...Measured[]]): Row {
    const [{ rival }] = runs;
    const sum = (of: (run: Measured) => number): number => runs.reduce((total, run) => total + of(run), 0);
    const median = (of: (run: Measured) => number): number => quantile(runs.map(of), 0.5);
    const aJob = (of: (run: Measured) => number): number => median((run) => of(run) / Math.max(1, run.done));
    const hasBooks = runs.every(({ leaked }) => leaked !== undefined);
    return {
        rival,
        runs: runs.length,
        messages: sum(({ messages }) => messages),
        done: sum(({ done }) => done),
        peakRunning: Math.max(...runs.map(({ peakRunning }) => peakRunning)),
        lost: sum(({ lost }) => lost),
        leftOver: sum(({ deadLettered, stuck }) => deadLettered + stuck),
        leaked: hasBooks ? sum(({ leaked = 0 }) => leaked) : undefined,
        repeated: sum(({ repeated }) => repeated),
        overtakes: aJob(({ overtakes }) => overtakes),
        idleSeconds: aJob(({ idleSeconds }) => idleSeconds),
        makespan: median(({ makespan, ideal }) => makespan / ideal),
        transitions: aJob(({ transitions }) => transitions),
        writeUnits: aJob(({ writeUnits }) => writeUnits),
        invocations: aJob(({ invocations }) => invocations),
        dollars: 1000 * aJob(({ dollars }) => dollars),
        historyEvents: Math.max(...runs.map(({ historyEvents }) => historyEvents)),
    };
}
