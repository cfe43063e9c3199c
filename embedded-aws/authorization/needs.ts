/**
 * What a caller needs to be allowed for an operation: actions, the resources that they are checked on, and the condition
 * keys that go with them, as the Service Authorization Reference has them for each service. ARNs are made from the
 * request alone: permission comes before the question whether the resource exists.
 */
import { Table } from "../services/dynamodb/table.ts";
import type { ServiceName, World } from "../service.ts";

export type Context = Readonly<Record<string, string | readonly string[]>>;

/** One permission that an operation needs. */
export interface Need {
    /** Such as `dynamodb:UpdateItem`. */
    readonly action: string;
    /** An ARN, or `*` for an action without a resource type. */
    readonly resource: string;
    /** Worked out only when some statement asks for it. */
    readonly context?: () => Context;
    /** Uses of the key that encrypts what the operation is about, if that is one of the account's own. */
    readonly key?: KeyUse;
}

/** The key of `of`, an ARN, used through a service such as `sqs`. */
export interface KeyUse {
    readonly of: string;
    readonly through: "sqs" | "sns" | "dynamodb" | "s3" | "logs" | "states";
    readonly actions: readonly string[];
}

type Input = Readonly<Record<string, unknown>>;
type NeedsOf = (input: Input, world: World) => Need | readonly Need[];

/** Undefined for an operation that no role can call. */
export function needsOf(service: ServiceName, operation: string): NeedsOf | undefined {
    const needs = NEEDS[service];
    return needs !== undefined && Object.hasOwn(needs, operation) ? needs[operation] : undefined;
}

/** The ARN of something of the world's account and region. */
export function arnIn(world: World, service: string, resource: string): string {
    return `arn:${world.partition}:${service}:${world.region}:${world.account}:${resource}`;
}

/** DynamoDB Developer Guide, "DynamoDB encryption at rest: usage notes": it decrypts the table's key for its caller. */
const READ = ["kms:Decrypt"];

/**
 * A new data key is decrypted too, to see that it is whole (SQS Developer Guide, "Key management"; SNS Developer Guide,
 * "Managing Amazon SNS encryption keys and costs").
 */
const WRITE = ["kms:GenerateDataKey", "kms:Decrypt"];

const NEEDS: Partial<Record<ServiceName, Readonly<Record<string, NeedsOf>>>> = {
    dynamodb: {
        GetItem: item("GetItem", "Key"),
        PutItem: item("PutItem", "Item"),
        UpdateItem: item("UpdateItem", "Key"),
        DeleteItem: item("DeleteItem", "Key"),
        Query: (input, world) => search("Query", input, world),
        Scan: (input, world) => search("Scan", input, world),
        BatchGetItem: (input, world) => batch("BatchGetItem", input, world),
        BatchWriteItem: (input, world) => batch("BatchWriteItem", input, world),
        TransactWriteItems: transaction,
        DescribeTable: ({ TableName }, world) => ({
            action: "dynamodb:DescribeTable",
            resource: tableArn(world, TableName),
        }),
    },
    states: {
        StartExecution: on("states:StartExecution", "stateMachineArn"),
        ListExecutions: on("states:ListExecutions", "stateMachineArn"),
        DescribeStateMachine: onEncrypted("DescribeStateMachine", "stateMachineArn", READ),
        UpdateStateMachine: onEncrypted("UpdateStateMachine", "stateMachineArn", [
            "kms:DescribeKey",
            "kms:GenerateDataKey",
        ]),
        DescribeExecution: onEncrypted("DescribeExecution", "executionArn", READ),
        DescribeStateMachineForExecution: onEncrypted(
            ...(["DescribeStateMachineForExecution", "executionArn", READ] as const),
        ),
        GetExecutionHistory: onEncrypted("GetExecutionHistory", "executionArn", READ),
        StopExecution: on("states:StopExecution", "executionArn"),
        RedriveExecution: on("states:RedriveExecution", "executionArn"),
        ValidateStateMachineDefinition: onAll("states:ValidateStateMachineDefinition"),
        SendTaskSuccess: onAll("states:SendTaskSuccess"),
        SendTaskFailure: onAll("states:SendTaskFailure"),
        SendTaskHeartbeat: onAll("states:SendTaskHeartbeat"),
    },
    sqs: {
        SendMessage: queue("SendMessage", WRITE),
        SendMessageBatch: queue("SendMessage", WRITE),
        ReceiveMessage: queue("ReceiveMessage", READ),
        DeleteMessage: queue("DeleteMessage"),
        DeleteMessageBatch: queue("DeleteMessage"),
        ChangeMessageVisibility: queue("ChangeMessageVisibility"),
        ChangeMessageVisibilityBatch: queue("ChangeMessageVisibility"),
        GetQueueAttributes: queue("GetQueueAttributes"),
        SetQueueAttributes: queue("SetQueueAttributes"),
        PurgeQueue: queue("PurgeQueue"),
        ListDeadLetterSourceQueues: queue("ListDeadLetterSourceQueues"),
        GetQueueUrl: ({ QueueName }, world) => ({
            action: "sqs:GetQueueUrl",
            resource: arnIn(world, "sqs", text(QueueName)),
        }),
        ListQueues: onAll("sqs:ListQueues"),
        StartMessageMoveTask: moveTask,
        ListMessageMoveTasks: on("sqs:ListMessageMoveTasks", "SourceArn"),
    },
    sns: {
        Publish: ({ TopicArn, TargetArn }) => {
            const resource = text(TopicArn ?? TargetArn);
            return {
                action: "sns:Publish",
                resource,
                key: { of: resource, through: "sns", actions: WRITE },
            };
        },
    },
    lambda: {
        Invoke: fn("InvokeFunction"),
        GetFunction: fn("GetFunction"),
    },
    glue: {
        StartJobRun: job("StartJobRun"),
        GetJobRun: job("GetJobRun"),
        GetJobRuns: job("GetJobRuns"),
        BatchStopJobRun: job("BatchStopJobRun"),
        GetJob: job("GetJob"),
        UpdateJob: job("UpdateJob"),
        ListJobs: onAll("glue:ListJobs"),
    },
    events: {
        PutEvents: ({ Entries }, world) =>
            (Array.isArray(Entries) ? (Entries as Input[]) : []).map(({ EventBusName }) => {
                const bus = text(EventBusName ?? "default");
                const resource = bus.startsWith("arn:") ? bus : arnIn(world, "events", `event-bus/${bus}`);
                return { action: "events:PutEvents", resource };
            }),
    },
    s3: {
        GetObject: object("GetObject", READ),
        HeadObject: object("GetObject", READ),
        PutObject: object("PutObject", WRITE),
        DeleteObject: object("DeleteObject"),
        ListObjectsV2: ({ Bucket, Prefix }, world) => ({
            action: "s3:ListBucket",
            resource: `arn:${world.partition}:s3:::${text(Bucket)}`,
            context: () => (Prefix === undefined ? {} : { "s3:prefix": text(Prefix) }),
        }),
    },
    cloudwatch: {
        PutMetricData: ({ Namespace }) => ({
            action: "cloudwatch:PutMetricData",
            resource: "*",
            context: () => ({ "cloudwatch:namespace": text(Namespace) }),
        }),
        GetMetricStatistics: onAll("cloudwatch:GetMetricStatistics"),
        DescribeAlarms: onAll("cloudwatch:DescribeAlarms"),
    },
};

/** An action on the resource whose ARN is a member of the request. */
function on(action: string, member: string): NeedsOf {
    return (input) => ({ action, resource: text(input[member]) });
}

/**
 * An action of Step Functions that hands out what a machine's key encrypts (Step Functions Developer Guide, "Data at rest
 * encryption", "Required permissions for API callers"). Starting, stopping and answering take no key of their callers.
 */
function onEncrypted(operation: string, member: string, keyActions: readonly string[]): NeedsOf {
    return (input) => {
        const resource = text(input[member]);
        const of = resource.replace(/:execution:([^:]*):.*$/, ":stateMachine:$1");
        return {
            action: `states:${operation}`,
            resource,
            key: { of, through: "states", actions: keyActions },
        };
    };
}

/** An action that has no resource type. */
function onAll(action: string): NeedsOf {
    const need = { action, resource: "*" };
    return () => need;
}

function item(operation: string, keyMember: string): NeedsOf {
    const action = `dynamodb:${operation}`;
    return (input, world) => {
        const resource = tableArn(world, input["TableName"]);
        return {
            action,
            resource,
            context: () => ({
                ...leadingKeys(world, resource, [input[keyMember]]),
                ...(input["ReturnValues"] !== undefined && {
                    "dynamodb:ReturnValues": text(input["ReturnValues"]),
                }),
            }),
            key: keyOfTable(resource),
        };
    };
}

/** A query of an index is checked on the index alone. */
function search(operation: string, input: Input, world: World): Need {
    const { IndexName, Select } = input;
    const table = tableArn(world, input["TableName"]);
    return {
        action: `dynamodb:${operation}`,
        resource: IndexName === undefined ? table : `${table}/index/${text(IndexName)}`,
        context: () => ({
            ...(operation === "Query" && queriedKey(world, table, input)),
            ...(Select !== undefined && { "dynamodb:Select": text(Select) }),
        }),
        key: keyOfTable(table),
    };
}

function batch(operation: string, { RequestItems }: Input, world: World): Need[] {
    return Object.entries((RequestItems ?? {}) as Record<string, unknown>).map(([name, requests]) => {
        const resource = tableArn(world, name);
        const items = Array.isArray(requests)
            ? (requests as { PutRequest?: { Item: unknown }; DeleteRequest?: { Key: unknown } }[]).map(
                  ({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key,
              )
            : ((requests as { Keys?: unknown[] }).Keys ?? []);
        return {
            action: `dynamodb:${operation}`,
            resource,
            context: () => leadingKeys(world, resource, items),
            key: keyOfTable(resource),
        };
    });
}

/** "DynamoDB transactions: IAM": each item needs what it would need alone, and a check has an action of its own. */
function transaction({ TransactItems }: Input, world: World): Need[] {
    const actions = {
        Put: "dynamodb:PutItem",
        Update: "dynamodb:UpdateItem",
        Delete: "dynamodb:DeleteItem",
        ConditionCheck: "dynamodb:ConditionCheckItem",
    };
    return ((TransactItems ?? []) as Partial<Record<keyof typeof actions, Input>>[]).flatMap((entry) =>
        (Object.keys(actions) as (keyof typeof actions)[]).flatMap((kind) => {
            const part = entry[kind];
            if (!part) return [];
            const resource = tableArn(world, part["TableName"]);
            return {
                action: actions[kind],
                resource,
                context: () => ({
                    ...leadingKeys(world, resource, [part["Key"] ?? part["Item"]]),
                    "dynamodb:EnclosingOperation": "TransactWriteItems",
                }),
                key: keyOfTable(resource),
            };
        }),
    );
}

function tableArn(world: World, name: unknown): string {
    return remembered(tableArns, world, text(name), (given) =>
        given.startsWith("arn:") ? given : arnIn(world, "dynamodb", `table/${given}`),
    );
}

function keyOfTable(of: string): KeyUse {
    return { of, through: "dynamodb", actions: READ };
}

/** The partition keys that a request names. */
function leadingKeys(world: World, table: string, items: readonly unknown[]): Context {
    const found = world.find(table);
    if (!(found instanceof Table)) return {};
    const { name } = found.keys[0] ?? { name: "" };
    const values = items.flatMap((each) => {
        const value = (each as Record<string, Record<string, unknown>> | undefined)?.[name];
        return value ? [textOf(value)] : [];
    });
    return { "dynamodb:LeadingKeys": [...new Set(values)] };
}

/** The partition key that a query asks for: the one attribute that is compared with `=` and is the table's. */
function queriedKey(world: World, table: string, input: Input): Context {
    const found = world.find(table);
    if (!(found instanceof Table)) return {};
    const names = (input["ExpressionAttributeNames"] ?? {}) as Record<string, string>;
    const values = (input["ExpressionAttributeValues"] ?? {}) as Record<string, Record<string, unknown>>;
    const expression = text(input["KeyConditionExpression"] ?? "");
    for (const [, name = "", placeholder = ""] of expression.matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g)) {
        const value = values[placeholder];
        if ((names[name] ?? name) === found.keys[0]?.name && value) {
            return { "dynamodb:LeadingKeys": [textOf(value)] };
        }
    }
    return {};
}

/** The value of a key attribute as IAM compares it. */
function textOf(attribute: Readonly<Record<string, unknown>>): string {
    const [value] = Object.values(attribute);
    return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : text(value);
}

function queue(operation: string, keyActions?: readonly string[]): NeedsOf {
    const action = `sqs:${operation}`;
    return ({ QueueUrl }, world) => {
        const resource = queueArn(world, QueueUrl);
        if (keyActions === undefined) return { action, resource };
        return { action, resource, key: { of: resource, through: "sqs", actions: keyActions } };
    };
}

/** A queue's URL ends with its account and name. */
function queueArn(world: World, url: unknown): string {
    return remembered(queueArns, world, text(url), (path) => queueArnOf(world, path));
}

function queueArnOf(world: World, path: string): string {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const account = path.slice(0, -name.length - 1).match(/\d{12}$/)?.[0] ?? world.account;
    return `arn:${world.partition}:sqs:${world.region}:${account}:${name}`;
}

/** SQS Developer Guide, "Configuring queue permissions" of dead-letter queue redrives. */
function moveTask({ SourceArn, DestinationArn }: Input): Need[] {
    const resource = text(SourceArn);
    const actions = ["StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];
    const needs = actions.map((action) => ({ action: `sqs:${action}`, resource }));
    if (DestinationArn === undefined) return needs;
    return [...needs, { action: "sqs:SendMessage", resource: text(DestinationArn) }];
}

function fn(operation: string): NeedsOf {
    return ({ FunctionName }, world) => {
        const name = text(FunctionName);
        const resource = name.startsWith("arn:") ? name : arnIn(world, "lambda", `function:${name}`);
        return { action: `lambda:${operation}`, resource };
    };
}

function job(operation: string): NeedsOf {
    const action = `glue:${operation}`;
    return ({ JobName }, world) => ({ action, resource: arnIn(world, "glue", `job/${text(JobName)}`) });
}

function object(operation: string, keyActions?: readonly string[]): NeedsOf {
    return ({ Bucket, Key }, world) => {
        const bucket = `arn:${world.partition}:s3:::${text(Bucket)}`;
        return {
            action: `s3:${operation}`,
            resource: `${bucket}/${text(Key)}`,
            ...(keyActions && { key: { of: bucket, through: "s3", actions: keyActions } }),
        };
    };
}

/** ARNs of what is asked for all the time, by what requests call it. */
type Arns = WeakMap<World, Map<string, string>>;

const tableArns: Arns = new WeakMap();
const queueArns: Arns = new WeakMap();

function remembered(made: Arns, world: World, name: string, make: (name: string) => string): string {
    let arns = made.get(world);
    if (!arns || arns.size > 10_000) made.set(world, (arns = new Map<string, string>()));
    let arn = arns.get(name);
    if (arn === undefined) arns.set(name, (arn = make(name)));
    return arn;
}

/** A member of a request as text; one that should be text and is not gives an ARN that nobody has. */
function text(value: unknown): string {
    return typeof value === "string" ? value : String(JSON.stringify(value));
}
