/** Everything for one kind of jobs in one component: its arguments are plain values, so programs in any language can use it. */
import * as pulumi from "@pulumi/pulumi";
import { forPeople } from "./access.ts";
import { checkArguments, nameMistake, plainMistake } from "./arguments.ts";
import type { Demands } from "./arguments.ts";
import { inputsOf } from "./inputs.ts";
import { JobWorkflow } from "./job-workflow.ts";
import { Monitoring } from "./monitoring.ts";
import { TokenBucket } from "./token-bucket.ts";
import { WorkQueue } from "./work-queue.ts";

/**
 * What a {@link JobQueue} is made of.
 * @example
 * ```ts
 * const args: JobQueueArgs = {
 *     jobName: "report",
 *     limit: pulumi.getStack() === "production" ? 10 : 2,
 *     protect: pulumi.getStack() === "production",
 * };
 *
 * new JobQueue("reports", args);
 * ```
 */
export interface JobQueueArgs {
    /**
     * Name of the Glue job that each message runs. Set its MaxRetries to 0, its job queueing off, and its MaxConcurrentRuns above
     * the limit.
     */
    jobName: pulumi.Input<string>;
    /** How many jobs may run at once, 0 (none) to 1000. It may change while jobs run. */
    limit: pulumi.Input<number>;
    /**
     * Names of the Glue jobs that were run before, at most 10. An execution keeps the job that it began with.
     * @default none
     */
    formerJobNames?: pulumi.Input<pulumi.Input<string>[]> | undefined;
    /**
     * Names of the arguments that a message may use, such as `--month`.
     * @default every name to which neither AWS Glue nor Turnstile gives a meaning
     */
    argumentNames?: pulumi.Input<pulumi.Input<string>[]> | undefined;
    /** Seconds for which a slot is still held after its run has ended, 0 to 900. @default 0 */
    cooldownSeconds?: pulumi.Input<number> | undefined;
    /**
     * After how many messages in a row that failed for good one job runs at a time, with growing pauses, 0 (never) to 100.
     * @default 5
     */
    pauseAfterFailures?: pulumi.Input<number> | undefined;
    /** How many times a job is tried before its message is dead-lettered, 1 to 10. @default 3 */
    maxAttempts?: pulumi.Input<number> | undefined;
    /** Seconds between the first attempt and the second, 1 to 900. The delay doubles with each attempt. @default 30 */
    retryDelaySeconds?: pulumi.Input<number> | undefined;
    /** Seconds for which a start that Glue refuses is retried, 0 to 86,400. @default 600 */
    startBudgetSeconds?: pulumi.Input<number> | undefined;
    /** Minutes after which Glue stops a run, 1 to 10,080 (seven days). @default the job's own timeout */
    jobTimeoutMinutes?: pulumi.Input<number> | undefined;
    /** Minutes that the longest job takes, 1 to 10,080: an alarm tells of slots that stand still for longer. @default 1440 */
    longestJobMinutes?: pulumi.Input<number> | undefined;
    /** Days after which SQS deletes a message that nobody has accepted, 1 to 14. @default 14 */
    retentionDays?: pulumi.Input<number> | undefined;
    /** ARN of the topic that gets a notification of each dead-lettered message. @default a new topic */
    failureTopicArn?: pulumi.Input<string> | undefined;
    /** ARN of the topic that gets the alarms. It excludes `alarmEmail`. @default a new topic */
    alarmTopicArn?: pulumi.Input<string> | undefined;
    /** E-mail address that gets the alarms, once its owner has confirmed. @default nobody */
    alarmEmail?: pulumi.Input<string> | undefined;
    /** ARN of the KMS key that encrypts queues, table, logs, executions and topics. @default keys that AWS owns or manages */
    kmsKeyArn?: pulumi.Input<string> | undefined;
    /** Days for which logs are kept: a retention that CloudWatch Logs has, such as 1, 7, 30 or 365. @default 30 */
    logRetentionDays?: pulumi.Input<number> | undefined;
    /** Whether queue and table are protected from deletion. It must be known at once. @default false */
    protect?: boolean | undefined;
    /** Tags of every resource that can have tags. @default none */
    tags?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
}

/**
 * A queue whose messages run a Glue job, at most `limit` at once: a `WorkQueue`, a `TokenBucket` with one pool, a `JobWorkflow`
 * and a `Monitoring`, put together.
 *
 * Its arguments and outputs are plain values. So programs in Python, YAML, Go, C# and Java can use it, too: docs/languages.md says
 * how. A program in TypeScript that wants several pools on one table uses the four by themselves.
 *
 * @example
 *
 * #### Run three jobs at once
 *
 * ```ts
 * const reports = new JobQueue("reports", { jobName: "report", limit: 3 });
 *
 * export const queueUrl = reports.queueUrl;
 * export const operator = reports.operator;
 * ```
 *
 * #### Set it up for production
 *
 * ```ts
 * new JobQueue("reports", {
 *     jobName: "report",
 *     limit: 3,
 *     maxAttempts: 5,
 *     alarmEmail: "operators@example.com",
 *     protect: true,
 * });
 * ```
 */
export class JobQueue extends pulumi.ComponentResource {
    /** Where to send messages. */
    readonly queueUrl: pulumi.Output<string>;
    /** The ARN of that queue, for the policies of senders. */
    readonly queueArn: pulumi.Output<string>;
    /** The queue of the messages whose job failed for good. */
    readonly deadLetterQueueUrl: pulumi.Output<string>;
    /** The ARN of that queue. */
    readonly deadLetterQueueArn: pulumi.Output<string>;
    /** The state machine that runs one execution for each message. */
    readonly stateMachineArn: pulumi.Output<string>;
    /** The table with the slots and the line. */
    readonly tableName: pulumi.Output<string>;
    /** The topic that gets a notification of each dead-lettered message. */
    readonly failureTopicArn: pulumi.Output<string>;
    /** The topic that gets the alarms. */
    readonly alarmTopicArn: pulumi.Output<string>;
    /** What the commands of `turnstile` need to find the stack. Export it under this name. */
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the one type for "any JSON" that Pulumi's schema generator reads
    readonly operator: pulumi.Output<any>;
    /** The policy that whoever looks at the stack needs, as JSON. */
    readonly viewerPolicy: pulumi.Output<string>;
    /** The policy that whoever changes the stack by the commands needs, as JSON. */
    readonly operatorPolicy: pulumi.Output<string>;

    constructor(name: string, args: JobQueueArgs, options?: pulumi.ComponentResourceOptions) {
        super("turnstile:index:JobQueue", name, inputsOf(args), options);
        const given = checkArguments("JobQueue", name, args, DEMANDS);
        const { limit, cooldownSeconds, pauseAfterFailures, protect = false } = given;
        const shared = { kmsKeyArn: given.kmsKeyArn, tags: given.tags };
        const logged = { logRetentionDays: given.logRetentionDays, tags: given.tags };
        const child = { parent: this };

        const { retentionDays } = given;
        const queue = new WorkQueue(`${name}-queue`, { retentionDays, ...shared }, { ...child, protect });
        const pools = { [POOL]: { limit, cooldownSeconds, pauseAfterFailures } };
        const bucket = new TokenBucket(`${name}-slots`, { pools, protect, ...shared, ...logged }, child);
        const { jobName, formerJobNames, argumentNames, maxAttempts, retryDelaySeconds } = given;
        const { startBudgetSeconds, jobTimeoutMinutes, failureTopicArn } = given;
        const job = { jobName, formerJobNames, argumentNames, jobTimeoutMinutes };
        const tries = { maxAttempts, retryDelaySeconds, startBudgetSeconds };
        const workflow = new JobWorkflow(
            `${name}-jobs`,
            { pool: POOL, queue, bucket, ...job, ...tries, failureTopicArn, ...logged },
            child,
        );
        const { alarmTopicArn: topicArn, alarmEmail: email, longestJobMinutes } = given;
        const alarms = { topicArn, email, longestJobMinutes };
        const monitoring = new Monitoring(
            `${name}-monitoring`,
            { queue, bucket, workflow, ...alarms, ...shared },
            child,
        );

        this.queueUrl = queue.url;
        this.queueArn = queue.arn;
        this.deadLetterQueueUrl = queue.deadLetterQueueUrl;
        this.deadLetterQueueArn = queue.deadLetterQueueArn;
        this.stateMachineArn = workflow.stateMachineArn;
        this.tableName = bucket.tableName;
        this.failureTopicArn = workflow.failureTopicArn;
        this.alarmTopicArn = monitoring.topicArn;
        const { operator, viewerPolicy, operatorPolicy } = forPeople({ queue, bucket, workflow, monitoring });
        this.operator = operator;
        this.viewerPolicy = viewerPolicy;
        this.operatorPolicy = operatorPolicy;
        this.registerOutputs(this.plainOutputs());
    }

    /** @internal the outputs, by name */
    plainOutputs(): pulumi.Inputs {
        return Object.fromEntries(OUTPUTS.map((name) => [name, this[name] as unknown]));
    }
}

const OUTPUTS = [
    "queueUrl",
    "queueArn",
    "deadLetterQueueUrl",
    "deadLetterQueueArn",
    "stateMachineArn",
    "tableName",
    "failureTopicArn",
    "alarmTopicArn",
    "operator",
    "viewerPolicy",
    "operatorPolicy",
] as const;

/** The pool's name. The table is the component's own, so it need not differ from that of another one. */
const POOL = "jobs";

/** The name of a TokenBucket has 29 characters, and `-slots` is added to ours. */
const MAX_NAME = 23;

/** The four components check the values, by the same names. */
const DEMANDS: Demands<JobQueueArgs> = {
    fields: {
        jobName: "the name of a Glue job",
        limit: "how many jobs may run at once",
        formerJobNames: undefined,
        argumentNames: undefined,
        cooldownSeconds: undefined,
        pauseAfterFailures: undefined,
        maxAttempts: undefined,
        retryDelaySeconds: undefined,
        startBudgetSeconds: undefined,
        jobTimeoutMinutes: undefined,
        longestJobMinutes: undefined,
        retentionDays: undefined,
        failureTopicArn: undefined,
        alarmTopicArn: undefined,
        alarmEmail: undefined,
        kmsKeyArn: undefined,
        logRetentionDays: undefined,
        protect: undefined,
        tags: undefined,
    },
    rules: {},
    mistakes: (name, { protect }) => [
        nameMistake(name, MAX_NAME),
        plainMistake("protect", protect, "true or false"),
    ],
};
