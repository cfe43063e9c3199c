/** An example: daily reports and a backfill, each with its own queue and its own limit, on one table of slots. */
import { GlueJob, JobWorkflow, TokenBucket, WorkQueue } from "../../components/index.ts";

const bucket = new TokenBucket("report-slots", {
    pools: { daily: { limit: 5 }, backfill: { limit: 2 } },
});

const job = new GlueJob("report", {
    script: new URL("report.py", import.meta.url),
    // More than all limits together: Glue counts a run for a while after its end.
    maxConcurrentRuns: 20,
});

const daily = new WorkQueue("daily");
const backfill = new WorkQueue("backfill");

new JobWorkflow("daily-jobs", { pool: "daily", queue: daily, bucket, jobName: job.jobName });
new JobWorkflow("backfill-jobs", { pool: "backfill", queue: backfill, bucket, jobName: job.jobName });

export const dailyQueueUrl = daily.url;
export const backfillQueueUrl = backfill.url;
export const tableName = bucket.tableName;
