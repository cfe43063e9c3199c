/** A thread that plays one scenario after the other. */
import { parentPort, workerData } from "node:worker_threads";
import type { RecordedProgram } from "../embedded-aws/index.ts";
import { play } from "./play.ts";
import type { Result } from "./play.ts";
import { drawScenario } from "./scenario.ts";
import type { Profile } from "./scenario.ts";

/** What a thread is started with. */
export interface WorkerData {
    readonly programs: readonly RecordedProgram[];
    readonly profile: Profile;
}

/** What it answers to a seed. */
export type Answer = { readonly result: Result } | { readonly seed: number; readonly error: string };

const { programs, profile } = workerData as WorkerData;

parentPort?.on("message", (seed: number | "end") => {
    // The thread then ends by itself, and cleans up.
    if (seed === "end") return void parentPort?.close();
    void play(drawScenario(seed, profile), { programs })
        .then((result): Answer => ({ result }))
        .catch((error: unknown): Answer => ({ seed, error: String((error as Error).stack) }))
        .then((answer) => parentPort?.postMessage(answer));
});
