/** The function that starts an execution for each message, what calls it, and what it may do. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULT } from "../allowed-values.ts";
import { bundleOf } from "../bundles.ts";
import type { JobWorkflowArgs } from "../job-workflow.ts";
import type { Location } from "../location.ts";
import { keyOf } from "./key.ts";
import { NodeFunction } from "../node-function.ts";
import type { Part } from "../part.ts";
import { mappingTags } from "../partitions.ts";
import { consume, onItemsOf, send, useKey } from "../policies.ts";
import type { Statement } from "../policies.ts";

/**
 * Each accepts ten messages in about half a second, all together a hundred a second. That is within Step Functions' quota of
 * StartExecution in every region, and leaves room in the ten concurrent executions of a new account's Lambda functions.
 */
const MAX_CONCURRENT_STARTERS = 5;

export function makeStarter(
    { parent, name, args }: Part<JobWorkflowArgs>,
    stateMachineArn: pulumi.Output<string>,
    location: Location,
): aws.lambda.Function {
    const { bucket, queue } = args;
    const starter = new NodeFunction(
        `${name}-starter`,
        {
            code: bundleOf("starter"),
            description: `Turnstile: starts an execution for each message of pool ${args.pool}`,
            environment: {
                TABLE_NAME: bucket.tableName,
                POOL: args.pool,
                QUEUE_URL: queue.url,
                STATE_MACHINE_ARN: stateMachineArn,
                JOB_NAME: args.jobName,
                DEAD_LETTER_QUEUE_URL: queue.deadLetterQueueUrl,
                ...(args.argumentNames && { ARGUMENT_NAMES: pulumi.jsonStringify(args.argumentNames) }),
            },
            statements: starterStatements(args, stateMachineArn, location),
            timeoutSeconds: queue.functionTimeoutSeconds,
            logRetentionDays: args.logRetentionDays ?? DEFAULT.logRetentionDays,
            kmsKeyArn: keyOf(args),
            tags: args.tags,
        },
        { parent },
    );
    new aws.lambda.EventSourceMapping(
        `${name}-messages`,
        {
            eventSourceArn: queue.arn,
            functionName: starter.function.name,
            batchSize: 10,
            functionResponseTypes: ["ReportBatchItemFailures"],
            scalingConfig: { maximumConcurrency: MAX_CONCURRENT_STARTERS },
            tags: mappingTags(args.tags, location),
        },
        { parent, dependsOn: [starter] },
    );
    return starter.function;
}

function starterStatements(
    { pool, queue, bucket }: JobWorkflowArgs,
    stateMachineArn: pulumi.Output<string>,
    location: Location,
): Statement[] {
    return [
        consume(queue.arn),
        { Effect: "Allow", Action: "sqs:ChangeMessageVisibility", Resource: queue.arn },
        send([queue.deadLetterQueueArn]),
        onItemsOf([pool], ["dynamodb:PutItem"], bucket.table.arn),
        { Effect: "Allow", Action: "states:StartExecution", Resource: stateMachineArn },
        ...useKey(queue.kmsKeyArn, { sqs: "write" }, location),
        ...useKey(bucket.kmsKeyArn, { dynamodb: "read" }, location),
    ];
}
