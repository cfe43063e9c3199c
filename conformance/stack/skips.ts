/**
 * Inputs that the program declares and MiniStack does not act on, by Pulumi type and input, each with the reason. Some are not sent; others are
 * accepted without effect. Nothing else is left out.
 */

type Inputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Not sent. */
export const SKIPPED_INPUTS: Inputs = {
    "aws:s3/bucket:Bucket": {
        forceDestroy: "tells the provider how to destroy the bucket; it is not sent to S3",
    },
    "aws:s3/bucketObjectv2:BucketObjectv2": {
        overrideProvider: "tells the provider which of its own tags to leave out; it is not sent to S3",
    },
};

/** Sent and accepted, but without effect in MiniStack 1.5.33. */
export const WITHOUT_EFFECT: Inputs = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": {
        metricName: "no metrics are made of the functions' log lines, so no alarm gets data",
    },
    "aws:dynamodb/table:Table": {
        pointInTimeRecovery: "there are no backups to restore",
    },
    "aws:glue/job:Job": {
        executionProperty: "no start is refused for too many runs; the gate alone keeps the limit",
        jobRunQueuingEnabled: "runs are never queued",
        maxCapacity: "a run is a process of this machine",
        maxRetries: "Glue itself never retries a run",
        timeout: "a run is not ended after so many minutes",
        roleArn: "the script runs as nobody",
    },
    "aws:lambda/eventSourceMapping:EventSourceMapping": {
        maximumRetryAttempts: "a batch of the stream that fails is retried for ever",
    },
    "aws:lambda/function:Function": {
        architectures: "a function is a process of this machine",
        memorySize: "a process takes what it needs",
    },
    "aws:lambda/permission:Permission": {
        sourceArn: "rules reach every function",
    },
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
        rules: "nothing is encrypted at rest",
    },
    "aws:sfn/stateMachine:StateMachine": {
        loggingConfiguration: "executions write no logs",
        tracingConfiguration: "nothing is traced",
        roleArn: "tasks run without a check of the role's permissions",
    },
    "aws:sns/topic:Topic": {
        kmsMasterKeyId: "nothing is encrypted at rest",
    },
    "aws:sqs/queue:Queue": {
        fifoThroughputLimit: "there is no limit of messages per second",
        sqsManagedSseEnabled: "nothing is encrypted at rest",
    },
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": {
        redriveAllowPolicy: "every queue may send its dead letters anywhere",
    },
};
