/** Plays many seeds, on all cores, and adds up what happened. */
import os from "node:os";
import { Worker } from "node:worker_threads";
import type { RecordedProgram } from "../embedded-aws/index.ts";
import type { Result } from "./play.ts";
import type { Profile } from "./scenario.ts";
import type { Answer, WorkerData } from "./worker.ts";

export interface CampaignOptions {
    readonly programs: readonly RecordedProgram[];
    readonly profile: Profile;
    /** Played in this order, as far as time allows. */
    readonly seeds: Iterable<number>;
    /** Milliseconds after which no further run begins. */
    readonly millis: number;
    readonly workers?: number | undefined;
    /** No further run begins once it is aborted. */
    readonly signal?: AbortSignal | undefined;
    /** Called with each result, as it comes. */
    readonly onResult?: (result: Result) => void;
}

export interface Campaign {
    readonly runs: number;
    readonly seconds: number;
    readonly counts: ReadonlyMap<string, number>;
    /** Runs in which a property did not hold. */
    readonly broken: readonly Result[];
    /** Runs that could not be played: a fault of the simulator or of the embedded AWS. */
    readonly failed: readonly { readonly seed: number; readonly error: string }[];
}

/** Counts that are the largest of a run, not a sum. */
const LARGEST: ReadonlySet<string> = new Set(["most events"]);

export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
    const started = performance.now();
    const counts = new Map<string, number>();
    const broken: Result[] = [];
    const failed: { seed: number; error: string }[] = [];
    let runs = 0;
    const seeds = options.seeds[Symbol.iterator]();
    const nextSeed = (): number | undefined => {
        const isOver = performance.now() - started >= options.millis || options.signal?.aborted === true;
        const next = isOver ? undefined : seeds.next();
        return next?.done === false ? next.value : undefined;
    };
    const take = (answer: Answer): void => {
        runs++;
        if ("error" in answer) return void failed.push(answer);
        const { result } = answer;
        for (const [what, count] of Object.entries(result.counts)) {
            const before = counts.get(what) ?? 0;
            counts.set(what, LARGEST.has(what) ? Math.max(before, count) : before + count);
        }
        if (result.violations.length > 0) broken.push(result);
        options.onResult?.(result);
    };
    const threads: Promise<void>[] = [];
    for (let i = 0; i < (options.workers ?? os.availableParallelism()); i++) {
        const first = nextSeed();
        if (first !== undefined) threads.push(work(options, first, nextSeed, take));
    }
    await Promise.all(threads);
    broken.sort((a, b) => a.seed - b.seed);
    return { runs, seconds: (performance.now() - started) / 1000, counts, broken, failed };
}

/** So many seeds, from the first one on. */
export function* seedsFrom(first: number, count: number): Generator<number> {
    for (let seed = first; seed < first + count; seed++) yield seed;
}

/** One thread, from its first seed to its last. */
function work(
    { programs, profile }: CampaignOptions,
    first: number,
    nextSeed: () => number | undefined,
    take: (answer: Answer) => void,
): Promise<void> {
    const workerData: WorkerData = { programs, profile };
    const worker = new Worker(new URL("worker.ts", import.meta.url), { workerData });
    return new Promise((resolve, reject) => {
        worker.on("message", (answer: Answer) => {
            take(answer);
            worker.postMessage(nextSeed() ?? "end");
        });
        worker.once("error", reject);
        worker.once("exit", () => resolve());
        worker.postMessage(first);
    });
}
