/** The two functions that keep the slots in order, the dispatcher and the reaper: what calls them, and what they may do. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { streamFilters } from "../../slots/stream.ts";
import { DEFAULT } from "../allowed-values.ts";
import { bundleOf } from "../bundles.ts";
import type { Location } from "../location.ts";
import { NodeFunction } from "../node-function.ts";
import type { NodeFunctionArgs } from "../node-function.ts";
import type { Part } from "../part.ts";
import { mappingTags } from "../partitions.ts";
import { consume, onItemsOf, onLineOf, readExecutions, send, useKey } from "../policies.ts";
import type { Statement } from "../policies.ts";
import type { TokenBucketArgs } from "../token-bucket.ts";

/** The reaper's queue hides a message for six times as long: less than the five minutes for which SQS recognises a double of a dead letter. */
export const FUNCTION_TIMEOUT_SECONDS = 45;

/** What both functions work on. */
export interface Works {
    readonly table: aws.dynamodb.Table;
    readonly reaperQueue: aws.sqs.Queue;
    readonly location: Location;
}

export function makeDispatcher(part: Part<TokenBucketArgs>, works: Works): NodeFunction {
    return new NodeFunction(
        `${part.name}-dispatcher`,
        {
            ...sharedArgs(part, works),
            code: bundleOf("dispatcher"),
            description:
                "Turnstile: carries the settings over to the gate, and gives turns to the head of the line",
            statements: dispatcherStatements(part, works),
        },
        { parent: part.parent },
    );
}

export function makeReaper(part: Part<TokenBucketArgs>, works: Works): NodeFunction {
    return new NodeFunction(
        `${part.name}-reaper`,
        {
            ...sharedArgs(part, works),
            code: bundleOf("reaper"),
            description: "Turnstile: frees the slots of work that has ended",
            statements: reaperStatements(part, works),
        },
        { parent: part.parent },
    );
}

function sharedArgs(
    { args }: Part<TokenBucketArgs>,
    { table, reaperQueue }: Works,
): Omit<NodeFunctionArgs, "code" | "description" | "statements"> {
    return {
        environment: {
            TABLE_NAME: table.name,
            POOLS: JSON.stringify(Object.keys(args.pools)),
            REAPER_QUEUE_URL: reaperQueue.url,
        },
        timeoutSeconds: FUNCTION_TIMEOUT_SECONDS,
        logRetentionDays: args.logRetentionDays ?? DEFAULT.logRetentionDays,
        kmsKeyArn: args.kmsKeyArn,
        tags: args.tags,
    };
}

function dispatcherStatements(
    { args }: Part<TokenBucketArgs>,
    { table, reaperQueue, location }: Works,
): Statement[] {
    const pools = Object.keys(args.pools);
    return [
        onItemsOf(
            pools,
            ["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem"],
            table.arn,
        ),
        onLineOf(pools, table.arn),
        {
            Effect: "Allow",
            Action: ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
            Resource: table.streamArn,
        },
        // A mapping needs ListStreams (Lambda Developer Guide, "Using AWS Lambda with Amazon DynamoDB"), which has no
        // resource type (Service Authorization Reference, "Amazon DynamoDB").
        { Effect: "Allow", Action: "dynamodb:ListStreams", Resource: "*" },
        answerTokens(),
        send([reaperQueue.arn]),
        ...useKey(args.kmsKeyArn, { dynamodb: "read", sqs: "write" }, location),
    ];
}

function reaperStatements(
    { args }: Part<TokenBucketArgs>,
    { table, reaperQueue, location }: Works,
): Statement[] {
    const pools = Object.keys(args.pools);
    // It sweeps each of several pools by a message of its own.
    const sendsSweeps = pools.length > 1;
    return [
        onItemsOf(pools, ["dynamodb:GetItem", "dynamodb:UpdateItem"], table.arn),
        onLineOf(pools, table.arn),
        consume(reaperQueue.arn),
        ...(sendsSweeps ? [send([reaperQueue.arn])] : []),
        // A message about work that goes on comes back later.
        { Effect: "Allow", Action: "sqs:ChangeMessageVisibility", Resource: reaperQueue.arn },
        answerTokens(),
        ...useKey(args.kmsKeyArn, { dynamodb: "read", sqs: sendsSweeps ? "write" : "read" }, location),
        // Workflows encrypt their executions with the same key.
        ...readExecutions(args.kmsKeyArn, location),
    ];
}

/**
 * SendTaskSuccess has no resource type (Service Authorization Reference, "AWS Step Functions"): whoever has a token may
 * answer it. The tokens come from this table and this queue.
 */
function answerTokens(): Statement {
    return { Effect: "Allow", Action: "states:SendTaskSuccess", Resource: "*" };
}

/** Calls the dispatcher with those changes of the table that may let somebody into a slot. */
export function callOnChanges(
    { parent, name, args }: Part<TokenBucketArgs>,
    streamArn: pulumi.Input<string>,
    dispatcher: NodeFunction,
    location: Location,
): void {
    new aws.lambda.EventSourceMapping(
        `${name}-stream`,
        {
            eventSourceArn: streamArn,
            functionName: dispatcher.function.name,
            // A new mapping begins to poll after a while, and with LATEST it may miss what was written meanwhile. An old record
            // costs a look that finds nothing.
            startingPosition: "TRIM_HORIZON",
            batchSize: 100,
            // The dispatcher looks at what is there and not at the record: the next record, or the next minute, does as well.
            maximumRetryAttempts: 2,
            filterCriteria: {
                filters: streamFilters().map((pattern) => ({ pattern: JSON.stringify(pattern) })),
            },
            tags: mappingTags(args.tags, location),
        },
        { parent, dependsOn: [dispatcher] },
    );
}

/** Calls the reaper with the messages of its queue. */
export function callOnMessages(
    { parent, name, args }: Part<TokenBucketArgs>,
    queueArn: pulumi.Input<string>,
    reaper: NodeFunction,
    location: Location,
): void {
    new aws.lambda.EventSourceMapping(
        `${name}-reaper-messages`,
        {
            eventSourceArn: queueArn,
            functionName: reaper.function.name,
            batchSize: 10,
            functionResponseTypes: ["ReportBatchItemFailures"],
            // The fewest that a mapping of SQS can have: one invocation serves a whole batch with what it reads.
            scalingConfig: { maximumConcurrency: 2 },
            tags: mappingTags(args.tags, location),
        },
        { parent, dependsOn: [reaper] },
    );
}
