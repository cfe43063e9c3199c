/** One batch of jobs at one limit, from the first message to the last end, on an AWS account of its own. */
import { Random } from "../../embedded-aws/index.ts";
import type { Clock, JobBehavior, RecordedProgram, RunEnd } from "../../embedded-aws/index.ts";
import { CommandError } from "../lib/command-error.ts";
import { generateMessages } from "../lib/messages.ts";
import type { Surroundings } from "../lib/surroundings.ts";
import type { Usage } from "../lib/prices.ts";
import { openStack } from "../run/stack.ts";
import type { Timings } from "../run/statistics.ts";
import { usageOf } from "../run/summary.ts";
import { TrackedRun } from "../run/tracked-run.ts";
import { LogMeter } from "./log-meter.ts";
import { withLimit } from "./with-limit.ts";

/** What is tried. */
export interface Batch {
    readonly jobs: number;
    /** How long a job runs, in minutes: evenly distributed between the two. */
    readonly shortest: number;
    readonly longest: number;
    readonly seed: number;
}

export interface Trial {
    readonly limit: number;
    readonly timings: Timings;
    readonly usage: Usage;
    /** What Glue charges for: seconds times the job's capacity. */
    readonly dpuSeconds: number;
    /** What the stack wrote to its log groups. */
    readonly logBytes: number;
    /** Metrics that its functions put, each with its dimensions. */
    readonly metrics: ReadonlySet<string>;
}

/** Seconds of the run in which nothing happens before it is stuck. */
const PATIENCE_SECONDS = 2 * 3600;

/**
 * Runs the batch. Undefined if Ctrl-C ended it. Throws `CommandError` if a job fails, because then the times say nothing.
 * @param show gets how many jobs have ended
 */
export async function tryLimit(
    program: RecordedProgram,
    batch: Batch,
    limit: number,
    { interrupts }: Pick<Surroundings, "interrupts">,
    show: (ended: number) => void,
): Promise<Trial | undefined> {
    const { seed, jobs } = batch;
    const limited = withLimit(program, limit);
    const stack = await openStack(limited, {
        limit,
        seed,
        sdk: false,
        model: "aws",
        clock: { speed: Infinity },
        jobs: (clock) => timedJobs(clock, batch),
        warn: () => undefined,
    });
    try {
        const logs = new LogMeter(stack);
        const run = new TrackedRun(stack, {
            messages: generateMessages(jobs),
            total: jobs,
            limit,
            label: (message) => `job ${message + 1}`,
            patienceSeconds: PATIENCE_SECONDS,
            show: ({ done, failed }) => show(done + failed),
        });
        interrupts.handle(
            () => run.stop("interrupted"),
            () => undefined,
        );
        await run.toEnd();
        if (run.end === "interrupted") return undefined;
        checkEnd(run, limit);
        return {
            limit,
            timings: run.statistics.timings(limit, run.endedAt),
            usage: usageOf(run.counters, limited),
            dpuSeconds: run.counters.get("glue.dpuSeconds") ?? 0,
            logBytes: logs.bytes,
            metrics: logs.metrics,
        };
    } finally {
        await stack.world.close();
    }
}

function timedJobs(clock: Clock, { seed, shortest, longest }: Batch): JobBehavior {
    const random = new Random(seed);
    return {
        start: (_run, finish: (end: RunEnd) => void) => {
            const millis = random.between(shortest, longest) * 60_000;
            const timer = clock.after(millis, () => finish({ state: "SUCCEEDED" }));
            return () => clock.cancel(timer);
        },
    };
}

function checkEnd({ end, stuckBecause, statistics, failures }: TrackedRun, limit: number): void {
    if (end === "complete" && statistics.failed === 0) return;
    const [first] = failures.values();
    const why = stuckBecause ?? first?.cause ?? "a message was refused";
    throw new CommandError(
        "plan-failed",
        `With a limit of ${limit}, ${statistics.failed} of ${statistics.sent} jobs failed: ${why}`,
    );
}
