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
    readonly firstSeed: number;
    readonly runs: number;
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
    let next = options.firstSeed;
    let runs = 0;
    const end = options.firstSeed + options.runs;
    const mayBegin = (): boolean =>
        next < end && performance.now() - started < options.millis && options.signal?.aborted !== true;
    const nextSeed = (): number | undefined => (mayBegin() ? next++ : undefined);
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
    const size = Math.min(options.workers ?? os.availableParallelism(), options.runs);
    await Promise.all(Array.from({ length: size }, () => work(options, nextSeed, take)));
    broken.sort((a, b) => a.seed - b.seed);
    return { runs, seconds: (performance.now() - started) / 1000, counts, broken, failed };
}

/** One thread, from its first seed to its last. */
function work(
    { programs, profile }: CampaignOptions,
    nextSeed: () => number | undefined,
    take: (answer: Answer) => void,
): Promise<void> {
    const workerData: WorkerData = { programs, profile };
    const worker = new Worker(new URL("worker.ts", import.meta.url), { workerData });
    return new Promise((resolve, reject) => {
        const goOn = (): void => {
            const seed = nextSeed();
            worker.postMessage(seed ?? "end");
        };
        worker.on("message", (answer: Answer) => {
            take(answer);
            goOn();
        });
        worker.once("error", reject);
        worker.once("exit", () => resolve());
        goOn();
    });
}
