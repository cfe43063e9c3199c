/** An example: a line in front of a Glue job that others make and own. */
import * as pulumi from "@pulumi/pulumi";
import { JobWorkflow, Monitoring, TokenBucket, WorkQueue, operatorOutput } from "pulumi-turnstile";

const config = new pulumi.Config();

const queue = new WorkQueue("reports");
const bucket = new TokenBucket("report-slots", {
    pools: { reports: { limit: config.requireNumber("limit") } },
});

// The job by its name alone: nothing of it is changed.
const workflow = new JobWorkflow("report-jobs", {
    pool: "reports",
    queue,
    bucket,
    jobName: config.require("jobName"),
});
const monitoring = new Monitoring("report-monitoring", { queue, bucket, workflow });

export const queueUrl = queue.url;
export const alarmTopicArn = monitoring.topicArn;

// The commands of turnstile find the stack by it.
export const operator = operatorOutput({ queue, bucket, workflow, monitoring });
