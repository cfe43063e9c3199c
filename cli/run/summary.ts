/** Puts together what is known at the end of a run. */
import type { Usage } from "./prices.ts";
import type { Failure, JobKind, Report } from "./report.ts";
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import type { Input } from "./input.ts";
import type { CommandJobs } from "./jobs.ts";
import type { StartOptions } from "./options.ts";
import type { LocalRun } from "./local-run.ts";
import type { Stack } from "./stack.ts";

/** What a run was of. */
export interface Subject {
    readonly options: Pick<StartOptions, "stack" | "seed">;
    readonly program: RecordedProgram;
    readonly input: Input;
    readonly limit: number;
    readonly jobKind: JobKind;
    readonly commands: CommandJobs | undefined;
}

export function summarize(stack: Stack, run: LocalRun, subject: Subject): Report {
    const { options, program, input, limit, jobKind, commands } = subject;
    const { sent, done, failed, runs, furtherAttempts } = run.statistics;
    return {
        ...{ stack: options.stack, region: program.region, seed: options.seed, limit, jobKind, end: run.end },
        ...(run.stuckBecause !== undefined && { stuckBecause: run.stuckBecause }),
        messages: input.total - run.refused.length,
        wrongLines: input.mistakes.length + run.refused.length,
        ...{ sent, done, failed, runs, furtherAttempts },
        peakRunning: stack.glue.peak,
        timings: run.statistics.timings(limit, run.endedAt),
        usage: usageOf(run.counters, program),
        failures: failuresOf(run, input, commands),
        ...(commands && { output: commands.directory }),
        wallSeconds: run.wallSeconds,
    };
}

/** In the order of the messages. One that will be tried again has not failed yet. */
function failuresOf(run: LocalRun, input: Input, commands: CommandJobs | undefined): Failure[] {
    return [...run.failures]
        .filter(([message]) => run.statistics.hasEnded(message))
        .sort(([a], [b]) => a - b)
        .map(([message, failure]) => {
            const output = commands?.errorsOf(message);
            return { message: input.label(message), ...failure, ...(output !== undefined && { output }) };
        });
}

function usageOf(counters: ReadonlyMap<string, number>, program: RecordedProgram): Usage {
    const count = (name: string): number => counters.get(name) ?? 0;
    const sizes = program.resources
        .filter(({ type }) => type === "aws:lambda/function:Function")
        .map(({ inputs }) => Number(inputs["memorySize"] ?? 128));
    return {
        transitions: count("states.transitions"),
        writeUnits: count("dynamodb.writeUnits"),
        readUnits: count("dynamodb.readUnits"),
        invocations: count("lambda.invocations"),
        // Milliseconds are counted for all functions together: each as if it had the memory of the largest.
        gigabyteSeconds: (count("lambda.millis") / 1000) * (Math.max(0, ...sizes) / 1024),
        queueRequests: count("sqs.requests"),
        notifications: count("sns.published"),
    };
}
