/** What Turnstile adds: at most two jobs at a time that sum up a month of a region, within the program's own bucket. */
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { GlueJob, JobWorkflow, TokenBucket, WorkQueue, operatorOutput } from "pulumi-turnstile";

export function addJobs(sales: aws.s3.Bucket) {
    const queue = new WorkQueue("summaries");
    const bucket = new TokenBucket("summary-slots", { pools: { summaries: { limit: 2 } } });
    const objects = pulumi.interpolate`${sales.arn}/*`;
    const { jobName } = new GlueJob("summary", {
        script: new URL("summary.py", import.meta.url),
        maxConcurrentRuns: 14,
        defaultArguments: { "--bucket": sales.bucket },
        statements: [{ Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: objects }],
    });
    const workflow = new JobWorkflow("summary-jobs", { pool: "summaries", queue, bucket, jobName });
    return { queueUrl: queue.url, operator: operatorOutput({ queue, bucket, workflow }) };
}
