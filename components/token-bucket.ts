/** The slots: the table that holds them, and the two functions that keep it in order. */
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { KMS_KEY_ARN, LOG_RETENTION_DAYS, POOL_NAME, RANGE } from "./allowed-values.ts";
import { checkArguments, choiceMistake, nameMistake, numberMistake, textMistake } from "./arguments.ts";
import type { Mistake, Tags } from "./arguments.ts";
import { arnIn, consolePage, locationOf } from "./location.ts";
import { callOnChanges, callOnMessages, makeDispatcher, makeReaper } from "./token-bucket/functions.ts";
import { makeReaperQueues } from "./token-bucket/reaper-queues.ts";
import { dispatchEveryMinute, reapEveryFiveMinutes } from "./token-bucket/schedules.ts";
import { makeTable, writeSettings } from "./token-bucket/table.ts";

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
     * docs/security.md, "Keys of one's own".
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
        const part = { parent: this, name, args };
        const location = locationOf(this);

        this.table = makeTable(part);
        this.rulePrefix = pulumi.interpolate`${this.table.name}-`;
        writeSettings(part, this.table);
        const rules = arnIn(location, "events", pulumi.interpolate`rule/${this.rulePrefix}*`);
        const { queue, deadLetterQueue } = makeReaperQueues(part, rules);
        const works = { table: this.table, reaperQueue: queue, location };
        const dispatcher = makeDispatcher(part, works);
        const reaper = makeReaper(part, works);
        callOnChanges(part, this.table.streamArn, dispatcher);
        callOnMessages(part, queue.arn, reaper);
        dispatchEveryMinute(part, this.rulePrefix, dispatcher);
        reapEveryFiveMinutes(part, this.rulePrefix, queue.arn);

        this.pools = args.pools;
        this.kmsKeyArn = args.kmsKeyArn === undefined ? undefined : pulumi.output(args.kmsKeyArn);
        this.tableName = this.table.name;
        this.reaperQueueUrl = queue.url;
        this.reaperQueueArn = queue.arn;
        this.reaperDeadLetterQueue = deadLetterQueue;
        this.dispatcher = dispatcher.function;
        this.dispatcherRole = dispatcher.role;
        this.reaper = reaper.function;
        this.reaperRole = reaper.role;
        this.consoleUrl = tablePage(this.table);
        const { tableName, reaperQueueUrl, reaperQueueArn, rulePrefix } = this;
        this.registerOutputs({ tableName, reaperQueueUrl, reaperQueueArn, rulePrefix });
    }
}

/** An event rule's name prefix has 38 characters; the table's name, which is eight longer than ours, and a hyphen must fit. */
const MAX_NAME = 29;

/** The functions get the names in their environment, which has 4 KB (Lambda Developer Guide, "Lambda quotas"). */
const MAX_NAMES = 3500;

function mistakes(name: string, { pools, kmsKeyArn, logRetentionDays }: TokenBucketArgs): Mistake[] {
    return [
        nameMistake(name, MAX_NAME),
        ...poolMistakes(pools),
        textMistake("kmsKeyArn", kmsKeyArn, KMS_KEY_ARN),
        choiceMistake("logRetentionDays", logRetentionDays, LOG_RETENTION_DAYS),
    ];
}

function poolMistakes(pools: TokenBucketArgs["pools"]): Mistake[] {
    const names = Object.keys(pools);
    const { length } = JSON.stringify(names);
    return [
        names.length === 0 ? "pools is empty; expected at least one" : undefined,
        length > MAX_NAMES
            ? `pools has ${names.length} names, a list of ${length} characters; expected ${MAX_NAMES} at most`
            : undefined,
        ...Object.entries(pools).flatMap(([pool, { limit, cooldownSeconds }]) => [
            POOL_NAME.accepts(pool)
                ? undefined
                : `pools has the name ${JSON.stringify(pool)}; expected ${POOL_NAME.expects}`,
            numberMistake(`pools.${pool}.limit`, limit, RANGE.limit),
            numberMistake(`pools.${pool}.cooldownSeconds`, cooldownSeconds, RANGE.cooldownSeconds),
        ]),
    ];
}

function tablePage({ arn, name }: aws.dynamodb.Table): pulumi.Output<string> {
    return consolePage(
        arn,
        "dynamodbv2/home",
        name.apply((table) => `table?name=${table}`),
    );
}
