/**
 * Two pools on one table, as one of the simulator's programs: each has a queue, a workflow and alarms of its own; they share the
 * table, its functions and the Glue job. Their limits, attempts, cooldowns and breakers differ, so that what one takes from the
 * other shows.
 */
import { GlueJob, JobWorkflow, Monitoring, TokenBucket, WorkQueue } from "../../components/index.ts";

const POOLS = {
    daily: {
        slots: { limit: 2, cooldownSeconds: 0, pauseAfterFailures: 0 },
        work: { maxAttempts: 2, retryDelaySeconds: 5, startBudgetSeconds: 120 },
    },
    backfill: {
        slots: { limit: 3, cooldownSeconds: 20, pauseAfterFailures: 3 },
        work: { maxAttempts: 3, retryDelaySeconds: 10, startBudgetSeconds: 60 },
    },
} as const;

const job = new GlueJob("two-pools", {
    script: new URL("../../examples/weather/aggregate.py", import.meta.url),
    // Twice both limits, because Glue still counts a run that has just ended; and 10 more, for an operator to raise them.
    maxConcurrentRuns: 20,
});
const bucket = new TokenBucket("two-pools-slots", {
    pools: { daily: POOLS.daily.slots, backfill: POOLS.backfill.slots },
});

function poolOf(pool: keyof typeof POOLS) {
    const queue = new WorkQueue(`${pool}-queue`, {});
    const { jobName } = job;
    const workflow = new JobWorkflow(`${pool}-jobs`, { pool, queue, bucket, jobName, ...POOLS[pool].work });
    new Monitoring(`${pool}-monitoring`, { queue, bucket, workflow, dashboard: false });
    return {
        pool,
        queueUrl: queue.url,
        deadLetterQueueUrl: queue.deadLetterQueueUrl,
        stateMachineArn: workflow.stateMachineArn,
    };
}

export const tableName = bucket.tableName;
export const { jobName } = job;
export const pools = [poolOf("daily"), poolOf("backfill")];
