/** The parts that rivals share: one role that may do everything, the Glue job, queues, functions, a table with one item. */
import type { Settings } from "../../rival.ts";
import type { Outputs, Stack } from "./stack.ts";

export const JOB_NAME = "compare-job";

const MAX_RECEIVES = 10;
const TWO_WEEKS = 14 * 86_400;

/** Who may do what is no part of the comparison. */
export function role(stack: Stack): string {
    const services = ["lambda", "states", "glue", "events"].map((name) => `${name}.amazonaws.com`);
    const assumeRolePolicy = JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: services }, Action: "sts:AssumeRole" }],
    });
    return stack.add("aws:iam/role:Role", "role", { name: "compare", assumeRolePolicy })["arn"] ?? "";
}

/** The Glue job that all rivals run. Without queueing its MaxConcurrentRuns leaves room, so that only the rival sets the limit. */
export function job(stack: Stack, roleArn: string, settings: Settings, queueing = false): void {
    const bucket = stack.add("aws:s3/bucket:Bucket", "scripts", { bucket: "compare-scripts" })["bucket"];
    const content = "# What a run does is handed in.\n";
    stack.add("aws:s3/bucketObjectv2:BucketObjectv2", "script", { bucket, key: "script.py", content });
    stack.add("aws:glue/job:Job", "job", {
        name: JOB_NAME,
        roleArn,
        maxRetries: 0,
        jobRunQueuingEnabled: queueing,
        command: { name: "pythonshell", scriptLocation: `s3://${bucket}/script.py` },
        maxCapacity: 0.0625,
        executionProperty: {
            // With queueing it is the limit: nothing else is.
            maxConcurrentRuns: queueing ? settings.limit : (settings.maxConcurrentRuns ?? 1000),
        },
    });
}

export interface Queues {
    readonly queue: Outputs;
    readonly deadLetterQueue: Outputs;
}

interface QueueOptions {
    readonly fifo: boolean;
    readonly visibilitySeconds: number;
    readonly maxReceives?: number;
    /** Whether messages wait in the queue, and so come back however often. @default false */
    readonly isLine?: boolean;
}

/** A work queue and its dead-letter queue. */
export function queues(stack: Stack, options: QueueOptions): Queues {
    const kind = options.fifo ? { fifoQueue: true } : {};
    const deadLetterQueue = stack.add("aws:sqs/queue:Queue", "dead-letter", {
        ...kind,
        messageRetentionSeconds: TWO_WEEKS,
    });
    const queue = stack.add("aws:sqs/queue:Queue", "work", {
        ...kind,
        ...(options.fifo && {
            contentBasedDeduplication: true,
            deduplicationScope: "messageGroup",
            fifoThroughputLimit: "perMessageGroupId",
        }),
        messageRetentionSeconds: TWO_WEEKS,
        visibilityTimeoutSeconds: options.visibilitySeconds,
        ...(options.isLine !== true && {
            redrivePolicy: JSON.stringify({
                deadLetterTargetArn: deadLetterQueue["arn"],
                maxReceiveCount: options.maxReceives ?? MAX_RECEIVES,
            }),
        }),
    });
    return { queue, deadLetterQueue };
}

export interface FunctionOptions {
    /** The module in rivals/functions/. */
    readonly module: string;
    readonly roleArn: string;
    readonly variables: Readonly<Record<string, string | undefined>>;
    readonly timeoutSeconds?: number;
    readonly reservedConcurrency?: number;
}

/** A function whose code is a file of this project, imported from where it is. */
export function lambda(stack: Stack, name: string, options: FunctionOptions): Outputs {
    const url = new URL(`../../functions/${options.module}.ts`, import.meta.url).href;
    return stack.add("aws:lambda/function:Function", name, {
        role: options.roleArn,
        runtime: "nodejs24.x",
        architectures: ["arm64"],
        memorySize: 256,
        timeout: options.timeoutSeconds ?? 10,
        handler: "index.handler",
        code: {
            kind: "archive",
            files: { "index.mjs": `export { create } from ${JSON.stringify(url)};\n` },
        },
        environment: { variables: options.variables },
        ...(options.reservedConcurrency !== undefined && {
            reservedConcurrentExecutions: options.reservedConcurrency,
        }),
    });
}

/** Has Lambda read a queue for a function. */
export function reads(stack: Stack, fn: Outputs, { queue }: Queues, batchSize = 10): void {
    stack.add("aws:lambda/eventSourceMapping:EventSourceMapping", "mapping", {
        functionName: fn["arn"],
        eventSourceArn: queue["arn"],
        batchSize,
        functionResponseTypes: ["ReportBatchItemFailures"],
    });
}

export function stateMachine(stack: Stack, roleArn: string, definition: object): Outputs {
    return stack.add("aws:sfn/stateMachine:StateMachine", "workflow", {
        roleArn,
        definition: JSON.stringify(definition),
    });
}

/** A table with one item, which is there before the first execution. */
export function lockTable(stack: Stack, item: Readonly<Record<string, object>>): string {
    const name = stack.add("aws:dynamodb/table:Table", "locks", {
        billingMode: "PAY_PER_REQUEST",
        hashKey: "LockName",
        attributes: [{ name: "LockName", type: "S" }],
    })["name"];
    stack.add("aws:dynamodb/tableItem:TableItem", "lock", {
        tableName: name,
        hashKey: "LockName",
        item: JSON.stringify({ LockName: { S: LOCK }, ...item }),
    });
    return name ?? "";
}

/** The key of a lock table's only item. */
export const LOCK = "jobs";
export const LOCK_KEY = { LockName: { S: LOCK } } as const;

/** Has EventBridge call a function at ends of executions. */
export function onExecutionEnd(
    stack: Stack,
    fn: Outputs,
    machine: Outputs,
    statuses: readonly string[],
): void {
    const eventPattern = JSON.stringify({
        source: ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        detail: { status: statuses, stateMachineArn: [machine["arn"]] },
    });
    const rule = stack.add("aws:cloudwatch/eventRule:EventRule", "ended", { eventPattern });
    stack.add("aws:cloudwatch/eventTarget:EventTarget", "ended", { rule: rule["name"], arn: fn["arn"] });
    stack.add("aws:lambda/permission:Permission", "ended", {
        action: "lambda:InvokeFunction",
        function: fn["name"],
        principal: "events.amazonaws.com",
        sourceArn: rule["arn"],
    });
}

/** The queue, the Lambda function and the state machine of rivals that start one execution for each message at once. */
export function startedAtOnce(stack: Stack, roleArn: string, definition: object): StartedAtOnce {
    const machine = stateMachine(stack, roleArn, definition);
    const both = queues(stack, { fifo: true, visibilitySeconds: 60 });
    const variables = { STATE_MACHINE_ARN: machine["arn"] };
    reads(stack, lambda(stack, "starter", { module: "starter", roleArn, variables }), both);
    return { machine, outputs: outputsOf(both) };
}

export interface StartedAtOnce {
    readonly machine: Outputs;
    /** For the program. */
    readonly outputs: Outputs;
}

export function outputsOf({ queue, deadLetterQueue }: Queues): Outputs {
    return { queueUrl: queue["url"] ?? "", deadLetterQueueUrl: deadLetterQueue["url"] ?? "" };
}
