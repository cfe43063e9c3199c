/** Makes the report of a run that has ended. */
import type { Usage } from "../lib/prices.ts";
import type { Failure, JobKind, Report } from "./report.ts";
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import type { CommandJobs } from "./job-behavior.ts";
import type { MessageSource } from "./message-source.ts";
import type { RunOptions } from "./options.ts";
import type { Stack } from "./stack.ts";
import type { TrackedRun } from "./tracked-run.ts";

/** What was run. */
export interface Subject {
    readonly options: Pick<RunOptions, "stack" | "seed">;
    readonly program: RecordedProgram;
    readonly source: MessageSource;
    readonly limit: number;
    readonly jobKind: JobKind;
    /** Only where jobs run a command. */
    readonly commands: CommandJobs | undefined;
}

export function summarize(stack: Stack, run: TrackedRun, subject: Subject): Report {
    const { options, program, source, limit, jobKind, commands } = subject;
    const { sent, done, failed, runs, furtherAttempts } = run.statistics;
    return {
        stack: options.stack,
        region: program.region,
        seed: options.seed,
        limit,
        jobKind,
        end: run.end,
        ...(run.stuckBecause !== undefined && { stuckBecause: run.stuckBecause }),
        messages: source.total - run.refused.length,
        wrongLines: source.mistakes.length + run.refused.length,
        sent,
        done,
        failed,
        runs,
        furtherAttempts,
        peakRunning: stack.glue.peak,
        timings: run.statistics.timings(limit, run.endedAt),
        usage: usageOf(run.counters, program),
        failures: failuresOf(run, source, commands, (message) => run.statistics.hasEnded(message)),
        retrying: failuresOf(run, source, commands, (message) => !run.statistics.hasEnded(message)),
        jobs: run.jobs(),
        isSurprised: commands?.isSurprised === true,
        ...(commands && { output: commands.directory }),
        wallSeconds: run.wallSeconds,
    };
}

/** Those that are asked for, in the order of the messages. */
function failuresOf(
    run: TrackedRun,
    source: MessageSource,
    commands: CommandJobs | undefined,
    isAskedFor: (message: number) => boolean,
): Failure[] {
    return [...run.failures]
        .filter(([message]) => isAskedFor(message))
        .sort(([a], [b]) => a - b)
        .map(([message, failure]) => {
            const output = commands?.errorsOf(message);
            return { message: source.label(message), ...failure, ...(output !== undefined && { output }) };
        });
}

/** What a bill is made of, from the counters of the embedded AWS. */
export function usageOf(counters: ReadonlyMap<string, number>, program: RecordedProgram): Usage {
    const count = (name: string): number => counters.get(name) ?? 0;
    const sizes = program.resources
        .filter(({ type }) => type === "aws:lambda/function:Function")
        .map(({ inputs }) => Number(inputs["memorySize"] ?? 128));
    return {
        transitions: count("states.transitions"),
        writeUnits: count("dynamodb.writeUnits"),
        readUnits: count("dynamodb.readUnits"),
        invocations: count("lambda.invocations"),
        // Milliseconds are counted for all functions together, as if each had the memory of the largest.
        gigabyteSeconds: (count("lambda.millis") / 1000) * (Math.max(0, ...sizes) / 1024),
        queueRequests: count("sqs.requests"),
        notifications: count("sns.published"),
    };
}
