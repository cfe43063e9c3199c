/** The slots: the table that holds them, and the two functions that keep it in order. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { BACKLOG, CHANGE, ENTRY, MAX_LIMIT, TABLE } from "../slots/table.ts";
import {
    arnMistake,
    checkArguments,
    choiceMistake,
    LOG_RETENTION_DAYS,
    nameMistake,
    numberMistake,
} from "./arguments.ts";
import type { Mistake, Tags } from "./arguments.ts";
import { NodeFunction } from "./node-function.ts";
import { arnIn, consolePage, locationOf } from "./location.ts";
import type { Location } from "./location.ts";
import {
    consume,
    denyPlainHttp,
    onItemsOf,
    onLineOf,
    policy,
    readExecutions,
    send,
    useKey,
} from "./policies.ts";
import type { Statement } from "./policies.ts";
import { encryption } from "./work-queue.ts";

/** One pool: a line of its own, with slots of its own. */
export interface PoolArgs {
    /** How many jobs may run at once, 0 (none: it pauses) to 1000. It may be changed while jobs run. */
    limit: pulumi.Input<number>;
    /**
     * Seconds that a slot stays taken after its run has ended, 0 to 900, for Glue's own count of runs to catch up. 0 is
     * right when the job's MaxConcurrentRuns leaves room above the limit. @default 0
     */
    cooldownSeconds?: pulumi.Input<number> | undefined;
}

export interface TokenBucketArgs {
    /**
     * The pools that share the table, by name: 1 to 40 letters, digits, `_` and `-`. At least one; as many as their
     * names together have 3,500 characters.
     */
    pools: Record<string, PoolArgs>;
    /**
     * Whether the table may not be deleted: neither by AWS, nor by Pulumi, which then refuses a `destroy` before it has
     * deleted anything. @default false
     */
    protect?: boolean | undefined;
    /**
     * ARN of the KMS key that encrypts the table, the reaper's queues, the functions' logs and environments, and of each
     * workflow on the bucket the executions, the log and the topic. What its key policy must allow is in
     * docs/security.md, "Customer-managed keys".
     * @default keys that AWS owns or manages
     */
    kmsKeyArn?: pulumi.Input<string> | undefined;
    /** Days that the functions' logs are kept: one of the retentions that CloudWatch Logs has. @default 30 */
    logRetentionDays?: pulumi.Input<number> | undefined;
    /** Tags of everything that can have tags. @default none */
    tags?: Tags | undefined;
}

/**
 * A counting semaphore: tokens return when work ends, not with time.
 *
 * One table serves one or more pools. Its stream and a schedule wake the dispatcher, which makes the gate follow the
 * settings and gives turns to the head of the line; events and a schedule wake the reaper, which frees the slots of
 * work that is over. Pulumi writes the items `settings` and no other: a deployment never touches what the running
 * system wrote.
 */
export class TokenBucket extends pulumi.ComponentResource {
    readonly table: aws.dynamodb.Table;
    readonly tableName: pulumi.Output<string>;
    readonly reaperQueueUrl: pulumi.Output<string>;
    readonly reaperQueueArn: pulumi.Output<string>;
    /** Where messages go that the reaper could not deal with. */
    readonly reaperDeadLetterQueue: aws.sqs.Queue;
    /** The function that gives turns. */
    readonly dispatcher: aws.lambda.Function;
    /** The function that frees slots. */
    readonly reaper: aws.lambda.Function;
    /** The role of the function that gives turns. */
    readonly dispatcherRole: aws.iam.Role;
    /** The role of the function that frees slots; whoever runs jobs on the slots lets it look at them. */
    readonly reaperRole: aws.iam.Role;
    /** What the names of event rules must begin with to be let into the reaper's queue; it fits a `namePrefix`. */
    readonly rulePrefix: pulumi.Output<string>;
    readonly pools: Readonly<Record<string, PoolArgs>>;
    /** ARN of the key that encrypts the table; undefined if it is AWS's own. */
    readonly kmsKeyArn: pulumi.Output<string> | undefined;
    /** The table's page in AWS's console. */
    readonly consoleUrl: pulumi.Output<string>;

    constructor(name: string, args: TokenBucketArgs, options?: pulumi.ComponentResourceOptions) {
        super("turnstile:index:TokenBucket", name, {}, options);
        checkArguments("TokenBucket", name, mistakes(name, args));
        const child = { parent: this };
        const tagged = args.tags === undefined ? {} : { tags: args.tags };
        const location = locationOf(this);
        const pools = Object.keys(args.pools);

        this.pools = args.pools;
        this.kmsKeyArn = args.kmsKeyArn === undefined ? undefined : pulumi.output(args.kmsKeyArn);
        this.table = new aws.dynamodb.Table(
            name,
            { ...tableArgs(args), ...tagged },
            {
                parent: this,
                ...(args.protect && { protect: true }),
            },
        );
        this.tableName = this.table.name;
        this.rulePrefix = pulumi.interpolate`${this.table.name}-`;
        for (const [pool, settings] of Object.entries(args.pools)) {
            new aws.dynamodb.TableItem(
                `${name}-settings-${pool}`,
                settingsArgs(this.table, pool, settings),
                child,
            );
        }

        const { reaperQueue, reaperDeadLetterQueue } = this.reaperQueues(name, args, location);
        this.reaperDeadLetterQueue = reaperDeadLetterQueue;
        this.reaperQueueUrl = reaperQueue.url;
        this.reaperQueueArn = reaperQueue.arn;

        const shared = {
            timeoutSeconds: FUNCTION_TIMEOUT_SECONDS,
            logRetentionDays: args.logRetentionDays ?? DEFAULT_LOG_RETENTION_DAYS,
            kmsKeyArn: args.kmsKeyArn,
            ...tagged,
        };
        const dispatcher = new NodeFunction(
            `${name}-dispatcher`,
            {
                ...shared,
                entry: new URL("../functions/dispatcher.ts", import.meta.url),
                description:
                    "Turnstile: makes the gate follow the settings and gives turns to the head of the line",
                environment: {
                    TABLE_NAME: this.table.name,
                    POOLS: JSON.stringify(pools),
                    REAPER_QUEUE_URL: reaperQueue.url,
                },
                statements: [
                    ...dispatcherStatements(this.table, pools),
                    send([reaperQueue.arn]),
                    ...useKey(args.kmsKeyArn, { dynamodb: "read", sqs: "write" }, location),
                ],
            },
            child,
        );
        const reaper = new NodeFunction(
            `${name}-reaper`,
            {
                ...shared,
                entry: new URL("../functions/reaper.ts", import.meta.url),
                description: "Turnstile: frees the slots of work that is over",
                environment: {
                    TABLE_NAME: this.table.name,
                    POOLS: JSON.stringify(pools),
                    REAPER_QUEUE_URL: reaperQueue.url,
                },
                statements: [
                    ...reaperStatements(this.table, pools, reaperQueue.arn),
                    ...useKey(args.kmsKeyArn, { dynamodb: "read", sqs: "write" }, location),
                    // Workflows encrypt their executions with the same key.
                    ...readExecutions(args.kmsKeyArn, location),
                ],
            },
            child,
        );
        this.dispatcher = dispatcher.function;
        this.reaper = reaper.function;
        this.dispatcherRole = dispatcher.role;
        this.reaperRole = reaper.role;

        new aws.lambda.EventSourceMapping(
            `${name}-stream`,
            { ...streamArgs(this.table, dispatcher), ...tagged },
            { parent: this, dependsOn: [dispatcher] },
        );
        new aws.lambda.EventSourceMapping(
            `${name}-reaper-messages`,
            { ...reaperMappingArgs(reaperQueue.arn, reaper), ...tagged },
            { parent: this, dependsOn: [reaper] },
        );
        this.everyMinute(name, dispatcher, tagged);
        this.everyFiveMinutes(name, reaperQueue.arn, tagged);

        this.consoleUrl = consolePage(
            this.table.arn,
            "dynamodbv2/home",
            this.table.name.apply((table) => `table?name=${table}`),
        );
        this.registerOutputs({
            tableName: this.tableName,
            reaperQueueUrl: this.reaperQueueUrl,
            reaperQueueArn: this.reaperQueueArn,
            rulePrefix: this.rulePrefix,
        });
    }

    /** The queue of what the reaper is to look at, and its dead-letter queue. */
    private reaperQueues(
        name: string,
        args: TokenBucketArgs,
        location: Location,
    ): { reaperQueue: aws.sqs.Queue; reaperDeadLetterQueue: aws.sqs.Queue } {
        const child = { parent: this };
        const shared = {
            ...encryption(args.kmsKeyArn),
            ...(args.tags !== undefined && { tags: args.tags }),
        };
        const deadLetter = new aws.sqs.Queue(
            `${name}-reaper-dead-letter`,
            { ...shared, messageRetentionSeconds: MAX_RETENTION_SECONDS },
            child,
        );
        const queue = new aws.sqs.Queue(
            `${name}-reaper-queue`,
            {
                ...shared,
                // Events overtake the writes that they tell of; a moment later the look is not in vain.
                delaySeconds: 2,
                messageRetentionSeconds: MAX_RETENTION_SECONDS,
                visibilityTimeoutSeconds: 6 * FUNCTION_TIMEOUT_SECONDS,
                redrivePolicy: pulumi.jsonStringify({
                    deadLetterTargetArn: deadLetter.arn,
                    // An execution may wait for the answer to its question: it must outlive an outage of days.
                    maxReceiveCount: 1000,
                }),
            },
            child,
        );
        new aws.sqs.RedriveAllowPolicy(
            `${name}-reaper-redrive-allow-policy`,
            {
                queueUrl: deadLetter.url,
                redriveAllowPolicy: pulumi.jsonStringify({
                    redrivePermission: "byQueue",
                    sourceQueueArns: [queue.arn],
                }),
            },
            child,
        );
        new aws.sqs.QueuePolicy(
            `${name}-reaper-queue-policy`,
            {
                queueUrl: queue.url,
                policy: policy([
                    denyPlainHttp("sqs:*", [queue.arn]),
                    fromRules(
                        queue.arn,
                        arnIn(location, "events", pulumi.interpolate`rule/${this.rulePrefix}*`),
                    ),
                ]),
            },
            child,
        );
        new aws.sqs.QueuePolicy(
            `${name}-reaper-dead-letter-policy`,
            { queueUrl: deadLetter.url, policy: policy([denyPlainHttp("sqs:*", [deadLetter.arn])]) },
            child,
        );
        return { reaperQueue: queue, reaperDeadLetterQueue: deadLetter };
    }

    /** The dispatcher's heartbeat, and what repairs a lost stream record. */
    private everyMinute(name: string, dispatcher: NodeFunction, tagged: { tags?: Tags }): void {
        const child = { parent: this };
        const rule = new aws.cloudwatch.EventRule(
            `${name}-every-minute`,
            {
                namePrefix: this.rulePrefix,
                description: "Turnstile: has the dispatcher look at everything",
                scheduleExpression: "rate(1 minute)",
                ...tagged,
            },
            child,
        );
        const permission = new aws.lambda.Permission(
            `${name}-every-minute-permission`,
            {
                action: "lambda:InvokeFunction",
                function: dispatcher.function.name,
                principal: "events.amazonaws.com",
                sourceArn: rule.arn,
            },
            child,
        );
        new aws.cloudwatch.EventTarget(
            `${name}-every-minute-target`,
            { rule: rule.name, arn: dispatcher.function.arn, input: SWEEP },
            { parent: this, dependsOn: [permission] },
        );
    }

    /** What repairs lost events. */
    private everyFiveMinutes(
        name: string,
        reaperQueueArn: pulumi.Output<string>,
        tagged: { tags?: Tags },
    ): void {
        const rule = new aws.cloudwatch.EventRule(
            `${name}-every-five-minutes`,
            {
                namePrefix: this.rulePrefix,
                description: "Turnstile: has the reaper look at every holder",
                scheduleExpression: "rate(5 minutes)",
                ...tagged,
            },
            { parent: this },
        );
        new aws.cloudwatch.EventTarget(
            `${name}-every-five-minutes-target`,
            { rule: rule.name, arn: reaperQueueArn, input: SWEEP },
            { parent: this },
        );
    }
}

/** What its queue then hides a message for, six times this, is within the five minutes in which SQS folds doubles of a letter. */
const FUNCTION_TIMEOUT_SECONDS = 45;

/** SQS keeps a message 14 days at most (SQS Developer Guide, "Amazon SQS message quotas"). */
const MAX_RETENTION_SECONDS = 14 * 86_400;
const DEFAULT_LOG_RETENTION_DAYS = 30;

/** What both functions understand as: look at everything. */
const SWEEP = JSON.stringify({ sweep: true });

/** An event rule's name prefix has 38 characters; the table's name, which is eight longer than ours, and a hyphen must fit. */
const MAX_NAME = 29;

function mistakes(name: string, args: TokenBucketArgs): Mistake[] {
    const pools = Object.entries(args.pools);
    return [
        nameMistake(name, MAX_NAME),
        pools.length === 0 ? "pools is empty; expected at least one" : undefined,
        namesMistake(Object.keys(args.pools)),
        ...pools.flatMap(([pool, settings]) => [
            /^[A-Za-z0-9_-]{1,40}$/.test(pool)
                ? undefined
                : `pools has the name ${JSON.stringify(pool)}; expected 1 to 40 letters, digits, _ and -`,
            numberMistake(`pools.${pool}.limit`, settings.limit, { from: 0, to: MAX_LIMIT }),
            numberMistake(`pools.${pool}.cooldownSeconds`, settings.cooldownSeconds, {
                from: 0,
                to: 900,
                unit: "seconds",
            }),
        ]),
        arnMistake("kmsKeyArn", args.kmsKeyArn, "kms"),
        choiceMistake("logRetentionDays", args.logRetentionDays, LOG_RETENTION_DAYS),
    ];
}

/** The functions are told the names in their environment, which has 4 KB (Lambda Developer Guide, "Lambda quotas"). */
const MAX_NAMES = 3500;

function namesMistake(pools: string[]): Mistake {
    const { length } = JSON.stringify(pools);
    if (length <= MAX_NAMES) return undefined;
    return `pools has ${pools.length} names, a list of ${length} characters; expected ${MAX_NAMES} at most`;
}

function tableArgs(args: TokenBucketArgs): aws.dynamodb.TableArgs {
    return {
        billingMode: "PAY_PER_REQUEST",
        hashKey: TABLE.partitionKey,
        rangeKey: TABLE.sortKey,
        attributes: [TABLE.partitionKey, TABLE.sortKey, TABLE.lineKey].map((key) => ({
            name: key,
            type: "S",
        })),
        localSecondaryIndexes: [{ name: TABLE.lineIndex, rangeKey: TABLE.lineKey, projectionType: "ALL" }],
        streamEnabled: true,
        streamViewType: "NEW_IMAGE",
        ttl: { attributeName: TABLE.expiryAttribute, enabled: true },
        pointInTimeRecovery: { enabled: true },
        deletionProtectionEnabled: args.protect ?? false,
        // Said in either case: the provider takes an input that is left out for whatever the table has, a former key included.
        serverSideEncryption:
            args.kmsKeyArn === undefined ? { enabled: false } : { enabled: true, kmsKeyArn: args.kmsKeyArn },
    };
}

function settingsArgs(
    table: aws.dynamodb.Table,
    pool: string,
    settings: PoolArgs,
): aws.dynamodb.TableItemArgs {
    const number = (value: pulumi.Input<number>) => ({ N: pulumi.interpolate`${value}` });
    return {
        tableName: table.name,
        hashKey: TABLE.partitionKey,
        rangeKey: TABLE.sortKey,
        item: pulumi.jsonStringify({
            [TABLE.partitionKey]: { S: pool },
            [TABLE.sortKey]: { S: ENTRY.settings },
            limit: number(settings.limit),
            cooldownSeconds: number(settings.cooldownSeconds ?? 0),
        }),
    };
}

function dispatcherStatements(table: aws.dynamodb.Table, pools: string[]): Statement[] {
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
    ];
}

function reaperStatements(
    table: aws.dynamodb.Table,
    pools: string[],
    queueArn: pulumi.Output<string>,
): Statement[] {
    return [
        onItemsOf(pools, ["dynamodb:GetItem", "dynamodb:UpdateItem"], table.arn),
        onLineOf(pools, table.arn),
        consume(queueArn),
        send([queueArn]),
        // A message about work that goes on comes back later.
        { Effect: "Allow", Action: "sqs:ChangeMessageVisibility", Resource: queueArn },
        answerTokens(),
    ];
}

/**
 * SendTaskSuccess has no resource type (Service Authorization Reference, "AWS Step Functions"): who has a token may
 * answer it, and the tokens come from this table and this queue.
 */
function answerTokens(): Statement {
    return { Effect: "Allow", Action: "states:SendTaskSuccess", Resource: "*" };
}

/** Lets event rules of this account whose names begin with the bucket's prefix into its queue; the ARN names the account. */
function fromRules(queueArn: pulumi.Output<string>, ruleArns: pulumi.Output<string>): Statement {
    return {
        Sid: "AllowRules",
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: queueArn,
        Condition: { ArnLike: { "aws:SourceArn": ruleArns } },
    };
}

function streamArgs(table: aws.dynamodb.Table, dispatcher: NodeFunction): aws.lambda.EventSourceMappingArgs {
    return {
        eventSourceArn: table.streamArn,
        functionName: dispatcher.function.name,
        // A new mapping polls after a while only, and with LATEST it may miss what was written meanwhile; old records cost
        // no more than a look in vain.
        startingPosition: "TRIM_HORIZON",
        batchSize: 100,
        // The dispatcher looks at what is there: a record that failed is as good as the next one, or the next minute.
        maximumRetryAttempts: 2,
        filterCriteria: { filters: streamFilters().map((pattern) => ({ pattern: JSON.stringify(pattern) })) },
    };
}

/**
 * The records that may let somebody into a slot: a slot came back; a turn was used and more are to come; somebody joined the
 * line; the limit was changed. An
 * `exists` matches a leaf alone, hence the type `S` in the path. A removed override has no image, so keys are compared.
 */
function streamFilters(): object[] {
    const entry = (...names: string[]) => ({ Keys: { [TABLE.sortKey]: { S: names } } });
    return [
        { dynamodb: { ...entry(ENTRY.gate), NewImage: { lastChange: { S: [CHANGE.release] } } } },
        {
            dynamodb: {
                ...entry(ENTRY.gate),
                NewImage: { lastChange: { S: [CHANGE.acquire] }, backlog: { S: [BACKLOG] } },
            },
        },
        { dynamodb: { NewImage: { token: { S: [{ exists: true }] } } } },
        { dynamodb: entry(ENTRY.settings, ENTRY.override) },
    ];
}

function reaperMappingArgs(
    queueArn: pulumi.Output<string>,
    reaper: NodeFunction,
): aws.lambda.EventSourceMappingArgs {
    return {
        eventSourceArn: queueArn,
        functionName: reaper.function.name,
        batchSize: 10,
        functionResponseTypes: ["ReportBatchItemFailures"],
        // The fewest that SQS mappings can have: one invocation's reading serves its whole batch.
        scalingConfig: { maximumConcurrency: 2 },
    };
}
