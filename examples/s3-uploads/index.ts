/** An example: each file that is uploaded to a bucket becomes a message, and so a job; at most three run at once. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { GlueJob, JobWorkflow, TokenBucket, WorkQueue, operatorOutput } from "pulumi-turnstile";

/** Where files are uploaded to. What the job writes must lie elsewhere, or each result would start a job. */
const FOLDER = "in/";

const uploads = new aws.s3.Bucket("uploads");

// S3 cannot notify a FIFO queue. It can tell EventBridge, which can send to one.
new aws.s3.BucketNotification("uploads-events", { bucket: uploads.bucket, eventbridge: true });

const uploaded = new aws.cloudwatch.EventRule("uploaded", {
    description: `A file was uploaded to ${FOLDER}`,
    eventPattern: pulumi.jsonStringify({
        source: ["aws.s3"],
        "detail-type": ["Object Created"],
        detail: { bucket: { name: [uploads.bucket] }, object: { key: [{ prefix: FOLDER }] } },
    }),
});

// Only this rule may have EventBridge send.
const queue = new WorkQueue("files", {
    senders: [{ principal: "events.amazonaws.com", sourceArn: uploaded.arn }],
});

// What EventBridge cannot deliver within a day.
const undelivered = new aws.sqs.Queue("undelivered", { messageRetentionSeconds: 14 * 86_400 });
new aws.sqs.QueuePolicy("undelivered", {
    queueUrl: undelivered.url,
    policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
            {
                Effect: "Allow",
                Principal: { Service: "events.amazonaws.com" },
                Action: "sqs:SendMessage",
                Resource: undelivered.arn,
                Condition: { ArnEquals: { "aws:SourceArn": uploaded.arn } },
            },
        ],
    }),
});

new aws.cloudwatch.EventTarget("uploaded-to-queue", {
    rule: uploaded.name,
    arn: queue.arn,
    sqsTarget: { messageGroupId: "uploads" },
    inputTransformer: {
        inputPaths: {
            bucket: "$.detail.bucket.name",
            key: "$.detail.object.key",
            sequencer: "$.detail.object.sequencer",
        },
        // EventBridge writes a variable without quotes around it as JSON, so any key fits. The sequencer makes a file that is
        // uploaded again another message: SQS takes equal ones within five minutes for one.
        inputTemplate: '{"arguments": {"--bucket": <bucket>, "--key": <key>, "--sequencer": <sequencer>}}',
    },
    deadLetterConfig: { arn: undelivered.arn },
});

const bucket = new TokenBucket("file-slots", { pools: { files: { limit: 3 } } });
const { jobName } = new GlueJob("file", {
    script: new URL("count.py", import.meta.url),
    maxConcurrentRuns: 16,
    statements: [
        { Effect: "Allow", Action: "s3:GetObject", Resource: pulumi.interpolate`${uploads.arn}/${FOLDER}*` },
    ],
});
const workflow = new JobWorkflow("file-jobs", { pool: "files", queue, bucket, jobName });

export const uploadsBucket = uploads.bucket;
export const queueUrl = queue.url;
export const undeliveredQueueUrl = undelivered.url;

// The commands of turnstile find the stack by it.
export const operator = operatorOutput({ queue, bucket, workflow });
