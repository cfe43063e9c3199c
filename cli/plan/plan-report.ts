/** What plan found, as one document and as a table with a chart. */
import { count, dollars, duration } from "../lib/format.ts";
import { glyphsFor } from "../lib/glyphs.ts";
import type { Glyphs } from "../lib/glyphs.ts";
import type { Surroundings } from "../lib/surroundings.ts";
import { PRICES_DATED, charge, hasPricesOf, pricesOf } from "../lib/prices.ts";
import type { PlanOptions } from "./options.ts";
import type { Trial } from "./trial.ts";

export interface Plan {
    readonly options: PlanOptions;
    readonly region: string;
    /** Whether the program makes its Glue job, so that its capacity is known. */
    readonly hasOwnJob: boolean;
    readonly trials: readonly Trial[];
    /** The lowest limit that is done in time; without a trial no limit is. */
    readonly doneBy?: { readonly seconds: number; readonly trial: Trial | undefined };
}

/** The version of the document. */
const FORMAT = "turnstile.plan/1.0";

export function toJson({ options, region, hasOwnJob, trials, doneBy }: Plan): object {
    const { stack, jobs, minutes, spread, seed } = options;
    const inJson = (trial: Trial): object => trialJson(trial, region, hasOwnJob);
    return {
        format: FORMAT,
        stack,
        region,
        jobs,
        minutes,
        spreadPercent: spread,
        seed,
        pricesDated: hasPricesOf(region) ? PRICES_DATED : null,
        limits: trials.map(inJson),
        ...(doneBy && {
            doneBy: { seconds: doneBy.seconds, lowest: doneBy.trial ? inJson(doneBy.trial) : null },
        }),
    };
}

function trialJson(trial: Trial, region: string, hasOwnJob: boolean): object {
    const { limit, timings, usage } = trial;
    return {
        limit,
        makespanSeconds: rounded(timings.makespan),
        waitSeconds: {
            median: rounded(timings.waitMedian),
            p95: rounded(timings.wait95),
            longest: rounded(timings.waitLongest),
        },
        usage,
        dollars: dollarsOf(trial, region) ?? null,
        glueDollars: hasOwnJob ? (glueDollarsOf(trial, region) ?? null) : null,
    };
}

/** To the millisecond. */
function rounded(seconds: number): number {
    return Math.round(seconds * 1000) / 1000;
}

/** What AWS charges besides Glue; undefined without prices of the region. */
function dollarsOf({ usage }: Trial, region: string): number | undefined {
    if (!hasPricesOf(region)) return undefined;
    return Object.values(charge(usage, pricesOf(region).prices)).reduce((sum, each) => sum + each, 0);
}

function glueDollarsOf({ dpuSeconds }: Trial, region: string): number | undefined {
    return hasPricesOf(region) ? (dpuSeconds / 3600) * pricesOf(region).prices.dpuHour : undefined;
}

export function toText(plan: Plan, { stdout, env }: Pick<Surroundings, "stdout" | "env">): string {
    const { options, region, doneBy } = plan;
    const { jobs, minutes, spread, seed } = options;
    const columns = Math.min(100, Math.max(40, stdout.columns ?? 80));
    const trials = shownTrials(plan);
    const length = spread === 0 ? `${minutes} min` : `${minutes} min (±${spread} %)`;
    const prices = hasPricesOf(region) ? `prices of ${region}, ${PRICES_DATED}` : `no prices of ${region}`;
    return [
        `${count(jobs)} jobs of ${length}, sent at once`,
        `stack ${options.stack}, seed ${seed}, ${prices}`,
        "",
        ...table(trials, region, columns),
        "",
        ...chart(trials, columns, glyphsFor(env)),
        "",
        ...(doneBy ? [doneByText(doneBy, trials)] : []),
        ...notes(plan),
    ].join("\n");
}

/** Those that were asked for, and the lowest that is done in time. */
function shownTrials({ trials, doneBy }: Plan): Trial[] {
    const lowest = doneBy?.trial;
    const others = lowest && !trials.some(({ limit }) => limit === lowest.limit) ? [lowest] : [];
    return [...trials, ...others].sort((one, other) => one.limit - other.limit);
}

interface Column {
    readonly head: string;
    readonly isRight?: boolean;
    /** Left out where the terminal is too narrow for all. */
    readonly isSpare?: boolean;
    readonly text: (trial: Trial) => string;
}

function table(trials: readonly Trial[], region: string, columns: number): string[] {
    const units: Column[] = [
        { head: "TRANSITIONS", isRight: true, text: ({ usage }) => count(usage.transitions) },
        { head: "WRITE UNITS", isRight: true, text: ({ usage }) => count(usage.writeUnits) },
    ];
    const money: Column = {
        head: "TURNSTILE",
        isRight: true,
        text: (trial) => dollars(dollarsOf(trial, region) ?? 0),
    };
    const shown: Column[] = [
        { head: "LIMIT", isRight: true, text: ({ limit }) => String(limit) },
        { head: "ALL DONE", text: ({ timings }) => duration(timings.makespan) },
        { head: "WAIT MEDIAN", text: ({ timings }) => duration(timings.waitMedian) },
        { head: "95 %", text: ({ timings }) => duration(timings.wait95) },
        { head: "LONGEST", isSpare: true, text: ({ timings }) => duration(timings.waitLongest) },
        ...(hasPricesOf(region) ? [money] : units),
    ];
    const rows = rowsOf(shown, trials, columns);
    const isTooWide = rows.some((row) => row.length > columns);
    return isTooWide
        ? rowsOf(
              shown.filter(({ isSpare }) => isSpare !== true),
              trials,
              columns,
          )
        : rows;
}

function rowsOf(shown: readonly Column[], trials: readonly Trial[], columns: number): string[] {
    const widths = shown.map(({ head, text }) =>
        Math.max(head.length, ...trials.map((trial) => text(trial).length)),
    );
    const line = (cell: (column: Column) => string): string =>
        shown
            .map((column, i) => {
                const width = widths[i] ?? 0;
                return column.isRight ? cell(column).padStart(width) : cell(column).padEnd(width);
            })
            .join(columns < 72 ? " " : "  ")
            .trimEnd();
    return [line(({ head }) => head), ...trials.map((trial) => line(({ text }) => text(trial)))];
}

/** A bar for each limit: how long the median job waits, then until when all is done. */
function chart(trials: readonly Trial[], columns: number, { full, light }: Glyphs): string[] {
    const longest = Math.max(...trials.map(({ timings }) => timings.makespan));
    const cells = columns - 20;
    const length = (seconds: number): number => Math.round((seconds / longest) * cells);
    return [
        ...trials.map(({ limit, timings }) => {
            const waits = length(timings.waitMedian);
            const all = Math.max(1, length(timings.makespan));
            const bar = full.repeat(waits) + light.repeat(Math.max(0, all - waits));
            return `${String(limit).padStart(5)}  ${bar} ${duration(timings.makespan)}`;
        }),
        `${" ".repeat(7)}${full} the median job waits  ${light} until all is done`,
    ];
}

function doneByText({ seconds, trial }: NonNullable<Plan["doneBy"]>, trials: readonly Trial[]): string {
    const within = duration(seconds);
    if (trial) return `The lowest limit that is done within ${within}: ${trial.limit}.`;
    const best = Math.min(...trials.map(({ timings }) => timings.makespan));
    return `No limit is done within ${within}. The best of those tried takes ${duration(best)}.`;
}

function notes({ trials, region, hasOwnJob }: Plan): string[] {
    return hasPricesOf(region) ? priceNotes(trials, region, hasOwnJob) : [noPrices(region)];
}

function priceNotes(trials: readonly Trial[], region: string, hasOwnJob: boolean): string[] {
    const glue = trials.map((trial) => glueDollarsOf(trial, region) ?? 0);
    const [least, most] = [Math.min(...glue), Math.max(...glue)].map(dollars);
    const range = least === most ? least : `${least} to ${most}`;
    return [
        "TURNSTILE: what AWS charges besides Glue for this batch alone, at list prices.",
        hasOwnJob
            ? `Glue charges ${range ?? ""} for the jobs themselves.`
            : "Glue's charge for the jobs is not known: the program does not make its job.",
    ];
}

function noPrices(region: string): string {
    return `There are no prices of ${region} here (cli/lib/prices.ts), so units stand in their place.`;
}
