/** The comparison: every rival with every line, without and with faults, and the stress test. */
import { execFileSync } from "node:child_process";
import { table } from "../cli/run/table.ts";
import { RIVALS } from "./designs/index.ts";
import { measure } from "./measure/measure.ts";
import type { Load, Measured } from "./measure/measure.ts";
import type { Faults } from "./measure/faults.ts";
import { STRESSED, stress } from "./measure/stress.ts";
import type { Stressed } from "./measure/stress.ts";
import { summarize } from "./measure/summary.ts";
import type { Row } from "./measure/summary.ts";
import type { CompareOptions } from "./options.ts";
import { COLUMNS, stressColumns } from "./report/columns.ts";
import type { Rival } from "./rival.ts";

export const LIMIT = 10;
export const JOB_SECONDS = 300;

/** A short line with faults is run with several seeds: one run may have the luck of meeting none. */
export const SEEDS = 5;
const SEVERAL_UP_TO = 100;

/** All rivals with one line, with or without faults. */
export interface Group {
    readonly messages: number;
    readonly faults: Faults;
    readonly rows: readonly Row[];
    /** Names of rivals that take longer than the budget. */
    readonly leftOut: readonly string[];
}

export interface Comparison {
    /** The commit of the code that was measured. */
    readonly commit: string;
    readonly seed: number;
    readonly groups: readonly Group[];
    readonly stressed: readonly StressedRival[];
}

export type StressedRival = Stressed & { readonly rival: string };

/** @param note gets a line for each thing that is done */
export async function compare(options: CompareOptions, note: (text: string) => void): Promise<Comparison> {
    const { lines, faults, only, seed } = options;
    const rivals = RIVALS.filter(({ name }) => only.includes(name));
    const groups: Group[] = [];
    const tooSlow = new Set<string>();
    for (const messages of lines) {
        for (const profile of faults) {
            note(`${messages} messages, faults: ${profile}`);
            groups.push(await group(rivals, messages, profile, { options, tooSlow, note }));
        }
    }
    const stressed = options.stress ? await stressAll(options, note) : [];
    return { commit: currentCommit(), seed, groups, stressed };
}

async function stressAll(
    { only, seed }: CompareOptions,
    note: (text: string) => void,
): Promise<StressedRival[]> {
    note("the stress test");
    const stressed: StressedRival[] = [];
    for (const rival of STRESSED.filter(({ family }) => only.includes(family)))
        stressed.push({ rival: rival.name, ...(await stress(rival, seed)) });
    return stressed;
}

interface Around {
    readonly options: CompareOptions;
    /** `rival/messages` of those that took too long. */
    readonly tooSlow: Set<string>;
    readonly note: (text: string) => void;
}

async function group(
    rivals: readonly Rival[],
    messages: number,
    faults: Faults,
    { options, tooSlow, note }: Around,
): Promise<Group> {
    const rows: Row[] = [];
    const leftOut: string[] = [];
    for (const rival of rivals) {
        const key = `${rival.name}/${messages}`;
        const began = performance.now();
        const runs = tooSlow.has(key) ? undefined : await runsOf(rival, messages, faults, options);
        note(`  ${rival.name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
        if (runs) rows.push(summarize(runs));
        else {
            tooSlow.add(key);
            leftOut.push(rival.name);
        }
    }
    return { messages, faults, rows, leftOut };
}

/** Undefined if one of the runs takes longer than the budget. */
async function runsOf(
    rival: Rival,
    messages: number,
    faults: Faults,
    { seed, budget }: CompareOptions,
): Promise<[Measured, ...Measured[]] | undefined> {
    const load: Load = {
        limit: LIMIT,
        messages,
        jobSeconds: JOB_SECONDS,
        seed,
        faults,
        // What Turnstile promises is checked for every line, however long that takes.
        ...(rival.family !== "turnstile" && { budgetSeconds: budget }),
    };
    const first = await measure(rival, load);
    if (!first) return undefined;
    const runs: [Measured, ...Measured[]] = [first];
    const seeds = faults === "none" || messages > SEVERAL_UP_TO ? 1 : SEEDS;
    for (let further = 1; further < seeds; further++) {
        const run = await measure(rival, { ...load, seed: seed + further });
        if (!run) return undefined;
        runs.push(run);
    }
    return runs;
}

/** What Turnstile promises and did not keep. */
export function broken({ groups, stressed }: Comparison): string[] {
    const runs = stressed
        .filter(({ rival }) => rivalNamed(rival).family === "turnstile")
        .flatMap(({ withRoom, withoutRoom }) => summarize([withRoom, withoutRoom]));
    const ours = groups.flatMap(({ rows }) => rows.filter(({ rival }) => rival === "turnstile"));
    return [...ours, ...runs].flatMap((row) => [
        ...(row.peakRunning > LIMIT ? [`${row.peakRunning} jobs ran at once, the limit is ${LIMIT}`] : []),
        ...(row.lost > 0 ? [`${row.lost} of ${row.messages} messages were lost`] : []),
        ...((row.leaked ?? 0) > 0 ? [`${row.leaked} slots were taken at the end, and nothing ran`] : []),
        ...(row.repeated > 0 ? [`${row.repeated} jobs were run twice`] : []),
    ]);
}

/** The comparison as text, for a terminal. */
export function toText({ groups, stressed }: Comparison): string {
    const parts = groups.map(({ messages, faults, rows, leftOut }) => {
        const heads = ["", ...COLUMNS.map(({ head }) => head)];
        const lines = rows.map((row) => [rivalNamed(row.rival).title, ...COLUMNS.map(({ of }) => of(row))]);
        const rest = leftOut.length > 0 ? `\nleft out, too slow: ${leftOut.join(", ")}` : "";
        const runs = rows[0]?.runs ?? 1;
        const title = `${messages} messages, faults: ${faults}${runs > 1 ? `, ${runs} runs` : ""}`;
        return `${title}\n${table(heads, lines, [...heads.keys()].slice(1))}${rest}`;
    });
    const heads = ["The stress test", ...stressColumns.map(({ head }) => head)];
    const lines = stressed.map((one) => [
        rivalNamed(one.rival).title,
        ...stressColumns.map(({ of }) => of(one)),
    ]);
    if (lines.length > 0) parts.push(table(heads, lines, [...heads.keys()].slice(1)));
    return parts.join("\n\n");
}

/** Throws for a name that no rival has. */
export function rivalNamed(name: string): Rival {
    const rival = STRESSED.find((each) => each.name === name);
    if (rival) return rival;
    throw new Error(`There is no rival ${name}; they are ${STRESSED.map((each) => each.name).join(", ")}.`);
}

function currentCommit(): string {
    const git = (...args: string[]): string =>
        execFileSync("git", args, { cwd: import.meta.dirname, encoding: "utf8" }).trim();
    try {
        const isChanged = git("status", "--porcelain", "--untracked-files=no") !== "";
        return `${git("rev-parse", "--short=10", "HEAD")}${isChanged ? " with changes" : ""}`;
    } catch {
        return "unknown";
    }
}
