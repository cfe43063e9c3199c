/** An example: daily reports and a backfill, each with its own queue and its own limit, on one table of slots. */
import { GlueJob, JobWorkflow, TokenBucket, WorkQueue, operatorOutput } from "pulumi-turnstile";

const bucket = new TokenBucket("report-slots", {
    pools: { daily: { limit: 5 }, backfill: { limit: 2 } },
});

const { jobName } = new GlueJob("report", {
    script: new URL("report.py", import.meta.url),
    // More than all limits together: Glue counts a run for a while after its end.
    maxConcurrentRuns: 20,
});

const daily = new WorkQueue("daily");
const backfill = new WorkQueue("backfill");

const dailyJobs = new JobWorkflow("daily-jobs", { pool: "daily", queue: daily, bucket, jobName });
const backfillJobs = new JobWorkflow("backfill-jobs", { pool: "backfill", queue: backfill, bucket, jobName });

export const dailyQueueUrl = daily.url;
export const backfillQueueUrl = backfill.url;
export const tableName = bucket.tableName;

// The commands of turnstile look after one line at a time.
export const operator = operatorOutput({ queue: daily, bucket, workflow: dailyJobs });
export const backfillOperator = operatorOutput({ queue: backfill, bucket, workflow: backfillJobs });
