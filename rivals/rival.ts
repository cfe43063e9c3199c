/**
 * A rival: another way to run at most N jobs at once, as somebody has published it, made of resources for the embedded AWS.
 * All rivals get the same account, Glue job, messages and faults; they differ in what stands between queue and job.
 */
import type { EmbeddedWorld, RecordedProgram } from "../embedded-aws/index.ts";

/** What is the same for all. */
export interface Settings {
    /** How many jobs may run at once. */
    readonly limit: number;
    /** MaxConcurrentRuns of the Glue job. @default well above the limit, so that Glue refuses no start */
    readonly maxConcurrentRuns?: number;
}

export interface Rival {
    readonly name: string;
    /** As `--only` has it: its own name, or the name of the rival whose settings it varies. */
    readonly family: string;
    /** As the tables have it. */
    readonly title: string;
    /** Who published it, in words, and where. */
    readonly source: { readonly text: string; readonly url: string };
    /** Why an eleventh job starts in the stress test, or why none does. */
    readonly eleventh: string;
    /** The resources, with the URLs of the queues among the outputs. */
    readonly program: (settings: Settings) => RecordedProgram | Promise<RecordedProgram>;
    /** How many slots it takes for used, by its own books. Absent where it keeps none. */
    readonly slotsTaken?: (world: EmbeddedWorld, program: RecordedProgram) => number;
}

/** The outputs of a rival's program. */
export const OUTPUT = {
    queueUrl: "queueUrl",
    deadLetterQueueUrl: "deadLetterQueueUrl",
    tableName: "tableName",
} as const;
