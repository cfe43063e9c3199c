/** The slots: the table that holds them, and the two functions that keep it in order. */
import { createHash } from "node:crypto";
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { KMS_KEY_ARN, LOG_RETENTION_DAYS, POOL_NAME, RANGE, wordsOf } from "./allowed-values.ts";
import {
    checkArguments,
    checkValues,
    choiceRule,
    isKnownLater,
    nameMistake,
    numberRule,
    plainMistake,
    textRule,
} from "./arguments.ts";
import type { Checked, Demands, Mistake, Rules, Subject, Tags } from "./arguments.ts";
import { autonamingMistakes } from "./autonaming.ts";
import { fieldMistakes } from "./fields.ts";
import type { Fields } from "./fields.ts";
import { inputsOf } from "./inputs.ts";
import { arnIn, consolePage, locationOf, orNothing } from "./location.ts";
import { callOnChanges, callOnMessages, makeDispatcher, makeReaper } from "./token-bucket/functions.ts";
import { makeReaperQueues } from "./token-bucket/reaper-queues.ts";
import { dispatchEveryMinute, reapEveryFourMinutes } from "./token-bucket/schedules.ts";
import { makeTable, writeSettings } from "./token-bucket/table.ts";

/**
 * A pool: slots, and a line of messages that wait for them.
 * @example
 * ```ts
 * const careful: PoolArgs = { limit: 1, cooldownSeconds: 60, pauseAfterFailures: 2 };
 *
 * new TokenBucket("slots", { pools: { reports: { limit: 5 }, backfill: careful } });
 * ```
 */
export interface PoolArgs {
    /**
     * How many jobs may run at once, 0 (none) to 1000. It may change while jobs run: a lower limit stops no job, and a higher
     * one is in force within seconds.
     */
    limit: pulumi.Input<number>;
    /**
     * Seconds for which a slot is still held after its run has ended, 0 to 900. In that time Glue's own count of runs catches up.
     * 0 is right if the job's MaxConcurrentRuns leaves room above the limit.
     * @default 0
     */
    cooldownSeconds?: pulumi.Input<number> | undefined;
    /**
     * After how many messages in a row that failed for good the breaker opens, 0 (never) to 100. While it is open one job runs
     * at a time, after a growing pause, so that a broken job does not empty the line into the dead-letter queue. The first
     * success closes it. Runs that were stopped by hand or had no capacity do not count.
     * @default 5
     */
    pauseAfterFailures?: pulumi.Input<number> | undefined;
}

/**
 * What a {@link TokenBucket} is made of.
 * @example
 * ```ts
 * const limits = { daily: 5, backfill: 2 };
 * const pools: TokenBucketArgs["pools"] = Object.fromEntries(
 *     Object.entries(limits).map(([pool, limit]) => [pool, { limit }]),
 * );
 *
 * new TokenBucket("slots", { pools });
 * ```
 */
export interface TokenBucketArgs {
    /**
     * The pools that share the table, by name: 1 to 40 letters, digits, `_` and `-`. At least one. All names together, as a
     * JSON list, may have 3,500 characters. The names must be known at once; the numbers may be outputs.
     * @example
     * ```ts
     * new TokenBucket("slots", { pools: { daily: { limit: 5 }, backfill: { limit: 2, cooldownSeconds: 30 } } });
     * ```
     */
    pools: Record<string, PoolArgs>;
    /**
     * Whether the table is protected from deletion. Then AWS refuses to delete it, and so does Pulumi: a `destroy` fails before
     * it has deleted anything.
     * @default false
     */
    protect?: boolean | undefined;
    /**
     * ARN of the KMS key that encrypts the table, the reaper's queues, and the functions' logs and environments; of each
     * workflow on the bucket also the executions, the log and the topic. docs/security.md, "Customer-managed keys",
     * has the key policy that it needs.
     * @default keys that AWS owns or manages
     */
    kmsKeyArn?: pulumi.Input<string> | undefined;
    /** Days for which the functions' logs are kept: a retention that CloudWatch Logs has, such as 1, 7, 30 or 365. @default 30 */
    logRetentionDays?: pulumi.Input<number> | undefined;
    /** Tags of every resource that can have tags. @default none */
    tags?: Tags | undefined;
}

/**
 * A counting semaphore for jobs: a job acquires a slot before it starts, and its slot is released when its run has ended. Slots
 * return when work ends, not with time.
 *
 * One table serves one or more pools. Its stream and a schedule call the dispatcher, which carries the settings over to the
 * gate and gives turns to the head of the line. Events and a schedule call the reaper, which frees the slots of work that has
 * ended. Pulumi writes the items `settings` and no others: a deployment never touches what the running system wrote.
 *
 * @example
 *
 * #### Let three jobs run at once
 *
 * ```ts
 * const bucket = new TokenBucket("slots", { pools: { reports: { limit: 3 } } });
 *
 * new JobWorkflow("reports", { pool: "reports", queue: new WorkQueue("reports"), bucket, jobName: "report" });
 * ```
 *
 * #### Share the table between pools
 *
 * Each pool has its own line and its own slots. A backfill never acquires a slot of the daily reports.
 *
 * ```ts
 * const bucket = new TokenBucket("slots", {
 *     pools: { daily: { limit: 5 }, backfill: { limit: 2 } },
 * });
 * ```
 *
 * #### Pause a pool
 *
 * With limit 0 no job starts. Jobs that run go on, and messages wait in line.
 *
 * ```ts
 * new TokenBucket("slots", { pools: { reports: { limit: 0 } } });
 * ```
 *
 * #### Use every run that Glue allows
 *
 * If the job's MaxConcurrentRuns equals the limit, give Glue time to count a run as ended.
 *
 * ```ts
 * new TokenBucket("slots", { pools: { reports: { limit: 10, cooldownSeconds: 60 } } });
 * ```
 *
 * #### Protect it for production
 *
 * ```ts
 * new TokenBucket("slots", {
 *     pools: { reports: { limit: 3 } },
 *     protect: true,
 *     kmsKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
 *     logRetentionDays: 365,
 * });
 * ```
 */
export class TokenBucket extends pulumi.ComponentResource {
    /** The component's name in the program. */
    readonly name: string;
    readonly table: aws.dynamodb.Table;
    readonly tableName: pulumi.Output<string>;
    /** The queue of what the reaper has to look at. */
    readonly reaperQueueUrl: pulumi.Output<string>;
    readonly reaperQueueArn: pulumi.Output<string>;
    /** Where messages go that the reaper could not deal with. */
    readonly reaperDeadLetterQueue: aws.sqs.Queue;
    /** The function that gives turns. */
    readonly dispatcher: aws.lambda.Function;
    readonly dispatcherRole: aws.iam.Role;
    /** The function that frees slots. */
    readonly reaper: aws.lambda.Function;
    /** The role of the reaper. Whoever runs jobs on the slots gives it permission to look at their runs. */
    readonly reaperRole: aws.iam.Role;
    /** The prefix of event rules that may send to the reaper's queue. It fits a `namePrefix`. */
    readonly rulePrefix: pulumi.Output<string>;
    readonly pools: Readonly<Record<string, PoolArgs>>;
    /** ARN of the key that encrypts the table; undefined if AWS's own key does. */
    readonly kmsKeyArn: pulumi.Output<string> | undefined;
    /** The table's page in AWS's console. */
    readonly consoleUrl: pulumi.Output<string>;

    constructor(name: string, given: TokenBucketArgs, options?: pulumi.ComponentResourceOptions) {
        super("turnstile:index:TokenBucket", name, inputsOf(given), options);
        const args = checkArguments("TokenBucket", name, given, DEMANDS);
        const part = { parent: this, name, args };
        this.name = name;
        const location = locationOf(this);

        this.table = makeTable(part);
        this.rulePrefix = orNothing(this.table.name).apply(rulePrefixOf);
        writeSettings(part, this.table);
        const rules = arnIn(location, "events", pulumi.interpolate`rule/${this.rulePrefix}*`);
        const { queue, deadLetterQueue } = makeReaperQueues(part, rules);
        const works = { table: this.table, reaperQueue: queue, location };
        const dispatcher = makeDispatcher(part, works);
        const reaper = makeReaper(part, works);
        callOnChanges(part, this.table.streamArn, dispatcher, location);
        callOnMessages(part, queue.arn, reaper, location);
        dispatchEveryMinute(part, this.rulePrefix, dispatcher);
        reapEveryFourMinutes(part, this.rulePrefix, queue.arn);

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

/** What the names of event rules may begin with, which the provider completes to 64 characters. */
const MAX_RULE_PREFIX = 38;

/** The table's name and a hyphen. A pattern of `pulumi:autonaming` may make it too long: then its end is a hash. */
function rulePrefixOf(tableName: string): string {
    if (tableName.length < MAX_RULE_PREFIX) return `${tableName}-`;
    const hash = createHash("sha256").update(tableName).digest("hex").slice(0, 8);
    return `${tableName.slice(0, MAX_RULE_PREFIX - 10)}-${hash}-`;
}

/** An event rule's name prefix has 38 characters. It is the table's name, to which Pulumi adds eight, and a hyphen. */
const MAX_NAME = 29;

/** The functions get the names in their environment, which has 4 KB (Lambda Developer Guide, "Lambda quotas"). */
const MAX_NAMES = 3500;

const DEMANDS: Demands<TokenBucketArgs> = {
    fields: {
        pools: "at least one pool, such as { reports: { limit: 3 } }",
        protect: undefined,
        kmsKeyArn: undefined,
        logRetentionDays: undefined,
        tags: undefined,
    },
    rules: { kmsKeyArn: textRule(KMS_KEY_ARN), logRetentionDays: choiceRule(LOG_RETENTION_DAYS) },
    mistakes: (name, { pools, protect }) => [
        nameMistake(name, MAX_NAME),
        ...autonamingMistakes("TokenBucket", name),
        plainMistake("pools", pools, "an object"),
        plainMistake("protect", protect, "true or false"),
    ],
    within: checkPools,
};

const POOL_FIELDS: Fields<PoolArgs> = {
    limit: wordsOf(RANGE.limit),
    cooldownSeconds: undefined,
    pauseAfterFailures: undefined,
};

const POOL_RULES: Rules<PoolArgs> = {
    limit: numberRule(RANGE.limit),
    cooldownSeconds: numberRule(RANGE.cooldownSeconds),
    pauseAfterFailures: numberRule(RANGE.pauseAfterFailures),
};

function checkPools(
    subject: Subject,
    { pools }: Partial<TokenBucketArgs>,
): Checked<Partial<TokenBucketArgs>> {
    if (typeof pools !== "object" || pools === null || isKnownLater(pools))
        return { checked: {}, mistakes: [] };
    const found = Object.entries(pools).map(([pool, args]) => ({ pool, ...checkPool(subject, pool, args) }));
    return {
        checked: { pools: Object.fromEntries(found.map(({ pool, checked }) => [pool, checked])) },
        mistakes: [...namesMistakes(Object.keys(pools)), ...found.flatMap(({ mistakes }) => mistakes)],
    };
}

function namesMistakes(names: readonly string[]): Mistake[] {
    const { length } = JSON.stringify(names);
    return [
        names.length === 0 ? "pools is empty; expected at least one pool" : undefined,
        length > MAX_NAMES
            ? `pools has ${names.length} names, as a JSON list ${length} characters; expected at most ${MAX_NAMES}`
            : undefined,
        ...names.map((name) =>
            POOL_NAME.accepts(name)
                ? undefined
                : `pools has the name ${JSON.stringify(name)}; expected ${POOL_NAME.expects}`,
        ),
    ];
}

/** @param args in plain JavaScript anything */
function checkPool(subject: Subject, pool: string, args: PoolArgs): Checked<PoolArgs> {
    const field = `pools.${pool}`;
    if (isKnownLater(args))
        return { checked: args, mistakes: [plainMistake(field, args, "an object with limit")] };
    const inFields = fieldMistakes<PoolArgs>(args, POOL_FIELDS, `${field}.`);
    if (typeof args !== "object" || args === null) return { checked: args, mistakes: inFields };
    const { checked, mistakes } = checkValues(subject, args, POOL_FIELDS, POOL_RULES, `${field}.`);
    return { checked, mistakes: [...inFields, ...mistakes] };
}

function tablePage({ arn, name }: aws.dynamodb.Table): pulumi.Output<string> {
    return consolePage(
        arn,
        "dynamodbv2/home",
        name.apply((table) => `table?name=${table}`),
    );
}
