/** Plays seeds against one program, in a thread of its own, until a property breaks. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import type { Profile } from "../scenario.ts";
import type { Answer, WorkerData } from "../worker.ts";

export interface Hunt {
    readonly programs: readonly RecordedProgram[];
    readonly profile: Profile;
    readonly seeds: Iterable<number>;
    /** The hunt ends with the seed in which it breaks; absent: with the first in which any property does. */
    readonly property?: string;
    /** Milliseconds for one seed. */
    readonly millis: number;
}

/** How a hunt ended, after so many seeds. `others`: the properties that broke besides. */
export type Catch = { readonly seeds: number; readonly others: readonly string[] } & (
    | { readonly kind: "caught"; readonly seed: number }
    | { readonly kind: "survived" }
    /** A run could not be played. */
    | { readonly kind: "crashed"; readonly seed: number; readonly error: string }
    | { readonly kind: "timed out"; readonly seed: number }
);

export async function hunt({ programs, profile, seeds, property, millis }: Hunt): Promise<Catch> {
    const workerData: WorkerData = { programs, profile };
    const thread = new Worker(new URL("../worker.ts", import.meta.url), { workerData });
    const others = new Set<string>();
    let played = 0;
    let isIdle = true;
    try {
        for (const seed of seeds) {
            isIdle = false;
            const answer = await playIn(thread, seed, millis);
            isIdle = answer !== "timed out" && "result" in answer;
            played++;
            const result = { seeds: played, others: [...others] };
            if (answer === "timed out") return { kind: answer, seed, ...result };
            if ("error" in answer) return { kind: "crashed", seed, error: answer.error, ...result };
            const broken = answer.result.violations.map((violation) => violation.property);
            if (property === undefined ? broken.length > 0 : broken.includes(property))
                return {
                    kind: "caught",
                    seed,
                    ...result,
                    others: property === undefined ? broken : result.others,
                };
            for (const each of broken) others.add(each);
        }
        return { kind: "survived", seeds: played, others: [...others] };
    } finally {
        // An idle thread ends by itself, and cleans up.
        if (isIdle) thread.postMessage("end");
        await (isIdle ? once(thread, "exit") : thread.terminate());
    }
}

/** Plays one seed. A thread that takes too long cannot be stopped but by ending it. */
function playIn(thread: Worker, seed: number, millis: number): Promise<Answer | "timed out"> {
    return new Promise((resolve) => {
        const end = (answer: Answer | "timed out"): void => {
            clearTimeout(timer);
            thread.off("message", end).off("error", fail).off("exit", exit);
            resolve(answer);
        };
        const fail = (error: unknown): void => end({ seed, error: String((error as Error).stack) });
        const exit = (code: number): void => end({ seed, error: `the thread ended with ${code}` });
        const timer = setTimeout(() => end("timed out"), millis);
        thread.on("message", end).on("error", fail).on("exit", exit);
        thread.postMessage(seed);
    });
}
