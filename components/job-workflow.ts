/** What happens to a message: an execution of a state machine waits for a slot and runs a Glue job on it. */
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
    DEFAULT,
    argumentNameMistakes,
    JOB_NAME,
    KMS_KEY_ARN,
    LOG_GROUP_ARN,
    LOG_RETENTION_DAYS,
    MAX_FORMER_JOBS,
    RANGE,
    SNS_TOPIC_ARN,
} from "./allowed-values.ts";
import {
    checkArguments,
    choiceRule,
    componentMistake,
    BOOLEAN_RULE,
    listRule,
    nameMistake,
    numberRule,
    plainMistake,
    show,
    textRule,
    unlessFailed,
} from "./arguments.ts";
import type { Demands, Mistake, Rule, Tags } from "./arguments.ts";
import { autonamingMistakes } from "./autonaming.ts";
import { inputsOf } from "./inputs.ts";
import { keyOf } from "./job-workflow/key.ts";
import { makeFailureTopic } from "./job-workflow/failure-topic.ts";
import { hintAtEnds, letReaperLook, writeWorkflow } from "./job-workflow/reaper-access.ts";
import { makeStarter } from "./job-workflow/starter.ts";
import { makeStateMachine } from "./job-workflow/state-machine.ts";
import { arnIn, consolePage, locationOf } from "./location.ts";
import type { Location } from "./location.ts";
import type { TokenBucket } from "./token-bucket.ts";
import { laterMisuses, noteWorkflow, sharingMistakes } from "./uses.ts";
import type { WorkQueue } from "./work-queue.ts";

/**
 * What a {@link JobWorkflow} is made of.
 * @example
 * ```ts
 * const shared: Omit<JobWorkflowArgs, "pool" | "queue"> = { bucket, jobName: "report", maxAttempts: 5 };
 *
 * new JobWorkflow("reports", { ...shared, pool: "reports", queue });
 * ```
 */
export interface JobWorkflowArgs {
    /** The pool whose slots the jobs run on: one of the bucket's. It must be known at once, because resources are named by it. */
    pool: string;
    /** The queue that the messages come from. */
    queue: WorkQueue;
    /** The table with the slots. */
    bucket: TokenBucket;
    /**
     * Name of the Glue job. Set its MaxRetries to 0, its job queueing off, and its MaxConcurrentRuns above the limit: Turnstile
     * retries, queues and limits by itself. {@link GlueJob} makes such a job.
     */
    jobName: pulumi.Input<string>;
    /**
     * Names of the Glue jobs that this workflow ran before, at most 10. An execution keeps the job that it began with. Until
     * the last of them has ended, they and the reaper need permission on the former job.
     * @default none
     * @example
     * ```ts
     * new JobWorkflow("reports", { pool: "reports", queue, bucket, jobName: "report-2", formerJobNames: ["report"] });
     * ```
     */
    formerJobNames?: pulumi.Input<pulumi.Input<string>[]> | undefined;
    /**
     * Names of the arguments that a message may use, such as `--month`. A message that names another one is refused.
     * @default every name to which neither AWS Glue nor Turnstile gives a meaning
     * @example
     * ```ts
     * const argumentNames = ["--day", "--month"];
     *
     * new JobWorkflow("reports", { pool: "reports", queue, bucket, jobName: "report", argumentNames });
     * ```
     */
    argumentNames?: pulumi.Input<readonly pulumi.Input<string>[]> | undefined;
    /** How many times a job is tried before its message is dead-lettered, 1 to 10. @default 3 */
    maxAttempts?: pulumi.Input<number> | undefined;
    /**
     * Seconds between the first attempt and the second, 1 to 900. The delay doubles with each attempt, up to 15 minutes.
     * @default 30
     */
    retryDelaySeconds?: pulumi.Input<number> | undefined;
    /**
     * Seconds for which a start that Glue refuses is retried, 0 to 86,400. Glue refuses a start if too many runs are going on,
     * for example. The slot is held meanwhile.
     * @default 600
     */
    startBudgetSeconds?: pulumi.Input<number> | undefined;
    /** Minutes after which Glue stops a run, 1 to 10,080 (seven days). @default the job's own timeout */
    jobTimeoutMinutes?: pulumi.Input<number> | undefined;
    /**
     * ARN of the topic that gets a notification of each dead-lettered message. A topic that is encrypted with a key of yours needs
     * that of the workflow, or one whose policy lets the workflow's role use it.
     * @default a new topic
     */
    failureTopicArn?: pulumi.Input<string> | undefined;
    /**
     * ARN of the KMS key that encrypts the executions, their log, the new topic, and the starter's log and environment. The
     * bucket's reaper gets permission to read the executions. docs/security.md, "Customer-managed keys", has the key policy.
     * @default the bucket's key
     * @example
     * ```ts
     * const kmsKeyArn = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
     *
     * new JobWorkflow("reports", { pool: "reports", queue, bucket, jobName: "report", kmsKeyArn });
     * ```
     */
    kmsKeyArn?: pulumi.Input<string> | undefined;
    /**
     * ARN of the log group for the executions' log, which has entries for errors alone and no message bodies. How long it keeps
     * them, and with which key, is up to whoever made it.
     * @default a new log group
     * @example
     * ```ts
     * const logs = new aws.cloudwatch.LogGroup("workflows", { name: "/aws/vendedlogs/states/workflows" });
     *
     * new JobWorkflow("reports", { pool: "reports", queue, bucket, jobName: "report", logGroupArn: logs.arn });
     * ```
     */
    logGroupArn?: pulumi.Input<string> | undefined;
    /** Days for which the logs are kept: a retention that CloudWatch Logs has, such as 1, 7, 30 or 365. @default 30 */
    logRetentionDays?: pulumi.Input<number> | undefined;
    /** Whether X-Ray traces the executions. @default true */
    tracing?: pulumi.Input<boolean> | undefined;
    /** Tags of every resource that can have tags. @default none */
    tags?: Tags | undefined;
}

/**
 * Runs a Glue job for each message of a queue, within the limit of a pool.
 *
 * The starter receives messages from the queue and starts one execution for each. The execution waits in line, acquires a slot,
 * runs the job and releases the slot. A message whose job fails in every attempt ends in the queue's dead-letter queue, and a
 * topic gets a notification.
 *
 * @example
 *
 * #### Run a job that exists
 *
 * ```ts
 * const queue = new WorkQueue("reports");
 * const bucket = new TokenBucket("slots", { pools: { reports: { limit: 3 } } });
 *
 * new JobWorkflow("reports", { pool: "reports", queue, bucket, jobName: "report" });
 * ```
 *
 * #### Make the job, too
 *
 * ```ts
 * const job = new GlueJob("report", { script: "report.py", maxConcurrentRuns: 20 });
 *
 * new JobWorkflow("reports", { pool: "reports", queue, bucket, jobName: job.jobName });
 * ```
 *
 * #### Try harder, and stop runs that hang
 *
 * Five attempts, after 1, 2, 4 and 8 minutes. Glue stops a run after two hours, which is a failed attempt.
 *
 * ```ts
 * new JobWorkflow("reports", {
 *     pool: "reports",
 *     queue,
 *     bucket,
 *     jobName: "report",
 *     maxAttempts: 5,
 *     retryDelaySeconds: 60,
 *     jobTimeoutMinutes: 120,
 * });
 * ```
 *
 * #### Run two kinds of jobs on one table
 *
 * Each workflow has its own queue and its own pool.
 *
 * ```ts
 * const bucket = new TokenBucket("slots", { pools: { daily: { limit: 5 }, backfill: { limit: 2 } } });
 *
 * for (const pool of ["daily", "backfill"]) {
 *     new JobWorkflow(pool, { pool, queue: new WorkQueue(pool), bucket, jobName: "report" });
 * }
 * ```
 */
export class JobWorkflow extends pulumi.ComponentResource {
    /** The component's name in the program. */
    readonly name: string;
    /** The pool whose slots the jobs run on. */
    readonly pool: string;
    readonly stateMachine: aws.sfn.StateMachine;
    readonly stateMachineArn: pulumi.Output<string>;
    /** The function that starts an execution for each message. */
    readonly starter: aws.lambda.Function;
    /** The topic that gets a notification of each dead-lettered message. */
    readonly failureTopicArn: pulumi.Output<string>;
    /** ARN of the key that encrypts the executions; undefined if Step Functions' own does. */
    readonly kmsKeyArn: pulumi.Output<string> | undefined;
    readonly jobName: pulumi.Output<string>;
    /** The ARNs of the job and of those that ran before it. */
    readonly jobArns: pulumi.Output<string[]>;
    /** How many times a job is tried before its message is dead-lettered. */
    readonly maxAttempts: pulumi.Output<number>;
    /** The state machine's page in AWS's console. */
    readonly consoleUrl: pulumi.Output<string>;
    /** The argument names that messages may use; undefined where each is that is not reserved. */
    readonly argumentNames: pulumi.Output<readonly string[]> | undefined;
    /** The job's page in AWS's console. */
    readonly jobConsoleUrl: pulumi.Output<string>;

    constructor(name: string, given: JobWorkflowArgs, options?: pulumi.ComponentResourceOptions) {
        super("turnstile:index:JobWorkflow", name, inputsOf(given), options);
        const checked = checkArguments("JobWorkflow", name, given, DEMANDS);
        noteWorkflow(name, given);
        const location = locationOf(this);
        const subject = { component: "JobWorkflow", name };
        const misuses = laterMisuses(subject, given, location);
        const args = { ...checked, jobName: unlessFailed(checked.jobName, misuses) };
        const part = { parent: this, name, args };
        this.name = name;
        const jobArns = jobArnsIn(location, args);

        this.failureTopicArn = pulumi.output(args.failureTopicArn ?? makeFailureTopic(part));
        const { failureTopicArn } = this;
        this.stateMachine = makeStateMachine(part, { location, jobArns, failureTopicArn });
        const stateMachineArn = this.stateMachine.arn;
        this.starter = makeStarter(part, stateMachineArn, location);
        letReaperLook(part, { stateMachineArn, jobArns, location });
        writeWorkflow(part, stateMachineArn);
        hintAtEnds(part, stateMachineArn);

        this.pool = args.pool;
        this.kmsKeyArn = keyOf(args);
        this.argumentNames = args.argumentNames && pulumi.output(args.argumentNames);
        this.jobName = pulumi.output(args.jobName);
        this.jobArns = jobArns;
        this.maxAttempts = pulumi.output(args.maxAttempts).apply((given) => given ?? DEFAULT.maxAttempts);
        this.stateMachineArn = stateMachineArn;
        this.consoleUrl = machinePage(stateMachineArn);
        this.jobConsoleUrl = jobPage(location, this.jobName);
        this.registerOutputs({ stateMachineArn, failureTopicArn, jobName: this.jobName });
    }
}

/** Names of roles have 64 characters; Pulumi adds eight, and the longest of ours is `-starter-role`. */
const MAX_NAME = 43;

const argumentNamesRule: Rule = {
    expects: "a list of names that are not reserved",
    accepts: (value) => argumentNameMistakes(value as string[]).length === 0,
    mistakesIn: (field, value) =>
        argumentNameMistakes(value as string[]).map((mistake) => `${field}: ${mistake}`),
};

const DEMANDS: Demands<JobWorkflowArgs> = {
    fields: {
        pool: "a pool of the bucket",
        queue: "a WorkQueue",
        bucket: "a TokenBucket",
        jobName: "the name of a Glue job",
        formerJobNames: undefined,
        argumentNames: undefined,
        maxAttempts: undefined,
        retryDelaySeconds: undefined,
        startBudgetSeconds: undefined,
        jobTimeoutMinutes: undefined,
        failureTopicArn: undefined,
        kmsKeyArn: undefined,
        logGroupArn: undefined,
        logRetentionDays: undefined,
        tracing: undefined,
        tags: undefined,
    },
    rules: {
        jobName: textRule(JOB_NAME),
        formerJobNames: listRule(textRule(JOB_NAME), MAX_FORMER_JOBS),
        argumentNames: argumentNamesRule,
        maxAttempts: numberRule(RANGE.maxAttempts),
        retryDelaySeconds: numberRule(RANGE.retryDelaySeconds),
        startBudgetSeconds: numberRule(RANGE.startBudgetSeconds),
        jobTimeoutMinutes: numberRule(RANGE.jobTimeoutMinutes),
        failureTopicArn: textRule(SNS_TOPIC_ARN),
        kmsKeyArn: textRule(KMS_KEY_ARN),
        logGroupArn: textRule(LOG_GROUP_ARN),
        logRetentionDays: choiceRule(LOG_RETENTION_DAYS),
        tracing: BOOLEAN_RULE,
    },
    mistakes: (name, args) => [
        nameMistake(name, MAX_NAME),
        ...autonamingMistakes("JobWorkflow", name),
        componentMistake("queue", args.queue, "WorkQueue", "deadLetterQueueArn"),
        componentMistake("bucket", args.bucket, "TokenBucket", "reaperQueueArn"),
        plainMistake("pool", args.pool, "a text") ?? poolMistake(args),
        ...sharingMistakes(args),
    ],
};

function poolMistake({ pool, bucket }: Partial<JobWorkflowArgs>): Mistake {
    const pools = Object.keys(bucket?.pools ?? {});
    if (pool === undefined || pool === null || pools.length === 0 || pools.includes(pool)) return undefined;
    return `pool is ${show(pool)}; expected a pool of the bucket: ${pools.join(", ")}`;
}

/** ARNs of the job and of those that ran before it. */
function jobArnsIn(
    location: Location,
    { jobName, formerJobNames = [] }: JobWorkflowArgs,
): pulumi.Output<string[]> {
    const jobArn = (name: pulumi.Input<string>) => arnIn(location, "glue", pulumi.interpolate`job/${name}`);
    return pulumi
        .all([jobName, formerJobNames])
        .apply(([name, former]) => pulumi.all([name, ...former].map(jobArn)));
}

function machinePage(arn: pulumi.Output<string>): pulumi.Output<string> {
    return consolePage(
        arn,
        "states/home",
        arn.apply((text) => `/statemachines/view/${encodeURIComponent(text)}`),
    );
}

function jobPage(location: Location, jobName: pulumi.Output<string>): pulumi.Output<string> {
    return consolePage(
        arnIn(location, "glue", pulumi.interpolate`job/${jobName}`),
        "gluestudio/home",
        jobName.apply((job) => `/editor/job/${encodeURIComponent(job)}/runs`),
    );
}
