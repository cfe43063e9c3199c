/** What becomes of a message: one execution of a state machine that waits for a slot and runs a Glue job on it. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ENTRY, TABLE } from "../slots/table.ts";
import { definition } from "../workflow/definition.ts";
import {
    arnMistake,
    checkArguments,
    choiceMistake,
    jobNameMistake,
    LOG_RETENTION_DAYS,
    MAX_FORMER_JOBS,
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
    encryptExecutions,
    onItemsOf,
    policy,
    send,
    trust,
    useKey,
} from "./policies.ts";
import type { Statement } from "./policies.ts";
import type { TokenBucket } from "./token-bucket.ts";
import type { WorkQueue } from "./work-queue.ts";

export interface JobWorkflowArgs {
    /** The pool whose slots the jobs run on: one of the bucket's. */
    pool: string;
    /** The queue that the messages come from. */
    queue: WorkQueue;
    /** The table with the slots. */
    bucket: TokenBucket;
    /**
     * Name of the Glue job. Its MaxRetries must be 0, its queueing off, and its MaxConcurrentRuns above the limit: Turnstile
     * itself does all three.
     */
    jobName: pulumi.Input<string>;
    /**
     * Names of the Glue jobs that this workflow ran before. Executions keep the job that they began with: until they have
     * ended, they and the reaper must be allowed to run it and look at it. At most ten. @default none
     */
    formerJobNames?: pulumi.Input<pulumi.Input<string>[]> | undefined;
    /** How often a job is tried in all before its message is dead-lettered, 1 to 10. @default 3 */
    maxAttempts?: pulumi.Input<number> | undefined;
    /** Seconds between the first attempt and the second, 1 to 900; doubled each time, 15 minutes at most. @default 30 */
    retryDelaySeconds?: pulumi.Input<number> | undefined;
    /**
     * Seconds for which a start that Glue refuses (too many runs at once, say) is tried again while the slot is held,
     * 0 to 86,400. @default 600
     */
    startBudgetSeconds?: pulumi.Input<number> | undefined;
    /** Minutes after which Glue stops a run, 1 to 10,080 (seven days). @default what the job itself says */
    jobTimeoutMinutes?: pulumi.Input<number> | undefined;
    /** ARN of a topic that is told of each message that was dead-lettered. @default a topic of its own */
    failureTopicArn?: pulumi.Input<string> | undefined;
    /** Days that the logs are kept: one of the retentions that CloudWatch Logs has. @default 30 */
    logRetentionDays?: pulumi.Input<number> | undefined;
    /** Whether X-Ray traces the executions. @default true */
    tracing?: boolean | undefined;
    /** Tags of everything that can have tags. @default none */
    tags?: Tags | undefined;
}

/**
 * A starter takes messages off the queue and starts one execution for each; the execution waits in line, takes a slot,
 * runs the job and gives the slot back. A message whose job fails for good ends in the queue's dead-letter queue.
 */
export class JobWorkflow extends pulumi.ComponentResource {
    /** The pool whose slots the jobs run on. */
    readonly pool: string;
    readonly stateMachine: aws.sfn.StateMachine;
    readonly stateMachineArn: pulumi.Output<string>;
    /** The function that starts an execution for each message. */
    readonly starter: aws.lambda.Function;
    readonly failureTopicArn: pulumi.Output<string>;
    readonly jobName: pulumi.Output<string>;
    /** The state machine's page in AWS's console. */
    readonly consoleUrl: pulumi.Output<string>;
    /** The job's page in AWS's console. */
    readonly jobConsoleUrl: pulumi.Output<string>;

    constructor(name: string, args: JobWorkflowArgs, options?: pulumi.ComponentResourceOptions) {
        super("turnstile:index:JobWorkflow", name, {}, options);
        checkArguments("JobWorkflow", name, mistakes(name, args));
        const tagged = args.tags === undefined ? {} : { tags: args.tags };
        const location = locationOf(this);
        const jobArn = arnIn(location, "glue", pulumi.interpolate`job/${args.jobName}`);
        const jobArns = pulumi
            .all([location.partition, location.region, location.account, jobArn, args.formerJobNames ?? []])
            .apply(([partition, region, account, arn, former]) => [
                arn,
                ...former.map((job) => `arn:${partition}:glue:${region}:${account}:job/${job}`),
            ]);

        this.pool = args.pool;
        this.jobName = pulumi.output(args.jobName);
        this.failureTopicArn = this.failureTopic(name, args, tagged);
        this.stateMachine = this.machine(name, args, location, jobArns, tagged);
        this.stateMachineArn = this.stateMachine.arn;
        this.starter = this.makeStarter(name, args, location, tagged);
        this.letReaperLook(name, args, jobArns, location);
        this.tellReaper(name, args, tagged);

        this.consoleUrl = consolePage(
            this.stateMachine.arn,
            "states/home",
            this.stateMachine.arn.apply((arn) => `/statemachines/view/${encodeURIComponent(arn)}`),
        );
        this.jobConsoleUrl = consolePage(
            jobArn,
            "gluestudio/home",
            this.jobName.apply((job) => `/editor/job/${encodeURIComponent(job)}/runs`),
        );
        this.registerOutputs({
            stateMachineArn: this.stateMachineArn,
            failureTopicArn: this.failureTopicArn,
            jobName: this.jobName,
        });
    }

    /** The topic that is told of failed jobs: the one given, or a new one. */
    private failureTopic(
        name: string,
        args: JobWorkflowArgs,
        tagged: { tags?: Tags },
    ): pulumi.Output<string> {
        if (args.failureTopicArn !== undefined) return pulumi.output(args.failureTopicArn);
        const topic = new aws.sns.Topic(
            `${name}-failures`,
            { kmsMasterKeyId: args.bucket.kmsKeyArn ?? SNS_KEY, ...tagged },
            { parent: this },
        );
        new aws.sns.TopicPolicy(
            `${name}-failures-policy`,
            { arn: topic.arn, policy: policy([denyPlainHttp("sns:Publish", [topic.arn])]) },
            { parent: this },
        );
        return topic.arn;
    }

    private machine(
        name: string,
        args: JobWorkflowArgs,
        location: Location,
        jobArns: pulumi.Output<string[]>,
        tagged: { tags?: Tags },
    ): aws.sfn.StateMachine {
        const child = { parent: this };
        const { kmsKeyArn } = args.bucket;
        const logGroup = new aws.cloudwatch.LogGroup(
            `${name}-logs`,
            {
                // Below this path Step Functions needs no room in the account's resource policy, which is small.
                namePrefix: `/aws/vendedlogs/states/${name}-`,
                retentionInDays: args.logRetentionDays ?? DEFAULTS.logRetentionDays,
                ...(kmsKeyArn !== undefined && { kmsKeyId: kmsKeyArn }),
                ...tagged,
            },
            child,
        );
        const role = new aws.iam.Role(
            `${name}-role`,
            { assumeRolePolicy: trust("states.amazonaws.com", forMachinesHere(location)), ...tagged },
            child,
        );
        const permissions = new aws.iam.RolePolicy(
            `${name}-policy`,
            {
                role: role.name,
                policy: policy(this.machineStatements(args, location, jobArns)),
            },
            child,
        );
        return new aws.sfn.StateMachine(
            name,
            {
                type: "STANDARD",
                definition: this.definition(args, location),
                roleArn: role.arn,
                loggingConfiguration: {
                    level: "ERROR",
                    // Message bodies stay out of the logs.
                    includeExecutionData: false,
                    logDestination: pulumi.interpolate`${logGroup.arn}:*`,
                },
                tracingConfiguration: { enabled: args.tracing ?? true },
                encryptionConfiguration: encryptedWith(kmsKeyArn),
                ...tagged,
            },
            {
                parent: this,
                // Step Functions checks, when it makes the machine, that the role may deliver logs; nothing starts without
                // the key.
                dependsOn: [permissions],
                // A machine that is deleted waits for its executions: those in line end when they look next, which is after
                // ten minutes at first.
                customTimeouts: { delete: "30m" },
            },
        );
    }

    private definition(args: JobWorkflowArgs, location: Location): pulumi.Output<string> {
        const { bucket, queue, pool } = args;
        const known = pulumi.output({
            names: {
                partition: location.partition,
                tableName: bucket.tableName,
                pool,
                jobName: args.jobName,
                deadLetterQueueUrl: queue.deadLetterQueueUrl,
                reaperQueueUrl: bucket.reaperQueueUrl,
                failureTopicArn: this.failureTopicArn,
            },
            numbers: {
                maxAttempts: args.maxAttempts ?? DEFAULTS.maxAttempts,
                retryDelaySeconds: args.retryDelaySeconds ?? DEFAULTS.retryDelaySeconds,
                cooldownSeconds: bucket.pools[pool]?.cooldownSeconds ?? 0,
                startBudgetSeconds: args.startBudgetSeconds ?? DEFAULTS.startBudgetSeconds,
                jobTimeoutMinutes: args.jobTimeoutMinutes,
            },
        });
        return known.apply(({ names, numbers }) => JSON.stringify(definition(names, numbers)));
    }

    private machineStatements(
        args: JobWorkflowArgs,
        location: Location,
        jobArns: pulumi.Output<string[]>,
    ): Statement[] {
        const { bucket, queue } = args;
        return [
            onItemsOf([args.pool], ["dynamodb:UpdateItem"], bucket.table.arn),
            {
                // Step Functions Developer Guide, "Start an AWS Glue job": the last three are `.sync`'s own.
                Effect: "Allow",
                Action: ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"],
                Resource: jobArns,
            },
            send([queue.deadLetterQueueArn, bucket.reaperQueueArn]),
            { Effect: "Allow", Action: "sns:Publish", Resource: this.failureTopicArn },
            ...useKey(queue.kmsKeyArn, { sqs: "write" }, location),
            ...useKey(bucket.kmsKeyArn, { dynamodb: "read", sqs: "write", sns: "write" }, location),
            ...encryptExecutions(bucket.kmsKeyArn, location),
            deliverLogs(),
            ...(args.tracing === false ? [] : [trace()]),
        ];
    }

    /** The function that starts an execution for each message. */
    private makeStarter(
        name: string,
        args: JobWorkflowArgs,
        location: Location,
        tagged: { tags?: Tags },
    ): aws.lambda.Function {
        const { bucket, queue } = args;
        const starter = new NodeFunction(
            `${name}-starter`,
            {
                entry: new URL("../functions/starter.ts", import.meta.url),
                description: `Turnstile: starts an execution for each message of ${args.pool}`,
                environment: {
                    TABLE_NAME: bucket.tableName,
                    POOL: args.pool,
                    QUEUE_URL: queue.url,
                    STATE_MACHINE_ARN: this.stateMachine.arn,
                    JOB_NAME: this.jobName,
                    DEAD_LETTER_QUEUE_URL: queue.deadLetterQueueUrl,
                },
                statements: [
                    consume(queue.arn),
                    { Effect: "Allow", Action: "sqs:ChangeMessageVisibility", Resource: queue.arn },
                    send([queue.deadLetterQueueArn]),
                    onItemsOf([args.pool], ["dynamodb:PutItem"], bucket.table.arn),
                    {
                        Effect: "Allow",
                        Action: "states:StartExecution",
                        Resource: this.stateMachine.arn,
                    },
                    ...useKey(queue.kmsKeyArn, { sqs: "write" }, location),
                    ...useKey(bucket.kmsKeyArn, { dynamodb: "read" }, location),
                ],
                timeoutSeconds: queue.functionTimeoutSeconds,
                logRetentionDays: args.logRetentionDays ?? DEFAULTS.logRetentionDays,
                kmsKeyArn: bucket.kmsKeyArn,
                ...tagged,
            },
            { parent: this },
        );
        new aws.lambda.EventSourceMapping(
            `${name}-messages`,
            {
                eventSourceArn: queue.arn,
                functionName: starter.function.name,
                batchSize: 10,
                functionResponseTypes: ["ReportBatchItemFailures"],
                scalingConfig: { maximumConcurrency: MAX_CONCURRENT_STARTERS },
                ...tagged,
            },
            { parent: this, dependsOn: [starter] },
        );
        return starter.function;
    }

    /** The bucket's reaper must see this workflow's runs and executions to know that their work is over, and save messages. */
    private letReaperLook(
        name: string,
        { bucket, queue, pool }: JobWorkflowArgs,
        jobArns: pulumi.Output<string[]>,
        location: Location,
    ): void {
        const executions = this.stateMachine.arn.apply(
            (arn) => `${arn.replace(":stateMachine:", ":execution:")}:*`,
        );
        new aws.iam.RolePolicy(
            `${name}-reaper-policy`,
            {
                role: bucket.reaperRole.name,
                policy: policy([
                    {
                        Effect: "Allow",
                        Action: ["glue:GetJob", "glue:GetJobRun", "glue:GetJobRuns"],
                        Resource: jobArns,
                    },
                    {
                        Effect: "Allow",
                        Action: ["states:DescribeExecution", "states:GetExecutionHistory"],
                        Resource: executions,
                    },
                    {
                        Effect: "Allow",
                        Action: "states:ListExecutions",
                        Resource: this.stateMachine.arn,
                    },
                    send([queue.deadLetterQueueArn]),
                    ...useKey(queue.kmsKeyArn, { sqs: "write" }, location),
                ]),
            },
            { parent: this },
        );
        new aws.dynamodb.TableItem(
            `${name}-workflow`,
            {
                tableName: bucket.tableName,
                hashKey: TABLE.partitionKey,
                rangeKey: TABLE.sortKey,
                item: pulumi.jsonStringify({
                    [TABLE.partitionKey]: { S: pool },
                    [TABLE.sortKey]: { S: ENTRY.workflow },
                    stateMachine: { S: this.stateMachine.arn },
                    job: { S: this.jobName },
                    deadLetterQueueUrl: { S: queue.deadLetterQueueUrl },
                }),
            },
            { parent: this },
        );
    }

    /** The ends of executions and of runs: hints for the reaper where to look. */
    private tellReaper(name: string, args: JobWorkflowArgs, tagged: { tags?: Tags }): void {
        this.ruleToReaper(`${name}-execution-ended`, args.bucket, tagged, {
            description: `Turnstile: an execution of ${args.pool} has ended`,
            eventPattern: pulumi.jsonStringify({
                source: ["aws.states"],
                "detail-type": ["Step Functions Execution Status Change"],
                detail: {
                    stateMachineArn: [this.stateMachine.arn],
                    // One that succeeded has given everything back, or else the sweep finds what is left.
                    status: ["FAILED", "TIMED_OUT", "ABORTED"],
                },
            }),
        });
        this.ruleToReaper(`${name}-run-ended`, args.bucket, tagged, {
            description: `Turnstile: a Glue run of ${args.pool} has ended`,
            eventPattern: pulumi.jsonStringify({
                source: ["aws.glue"],
                "detail-type": ["Glue Job State Change"],
                detail: { jobName: [args.jobName], state: ["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"] },
            }),
        });
    }

    private ruleToReaper(
        name: string,
        bucket: TokenBucket,
        tagged: { tags?: Tags },
        rule: Pick<aws.cloudwatch.EventRuleArgs, "description" | "eventPattern">,
    ): void {
        const made = new aws.cloudwatch.EventRule(
            name,
            { namePrefix: bucket.rulePrefix, ...rule, ...tagged },
            { parent: this },
        );
        new aws.cloudwatch.EventTarget(
            `${name}-target`,
            { rule: made.name, arn: bucket.reaperQueueArn },
            { parent: this },
        );
    }
}

const DEFAULTS = { maxAttempts: 3, retryDelaySeconds: 30, startBudgetSeconds: 600, logRetentionDays: 30 };

/**
 * Each accepts ten messages in about half a second: a hundred a second in all, which is within Step Functions' quota of
 * StartExecution in every region and leaves room in a new account's ten concurrent invocations.
 */
const MAX_CONCURRENT_STARTERS = 5;

/** The key that SNS has in every account; unlike SNS's default it encrypts at rest. */
const SNS_KEY = "alias/aws/sns";

/** Names of roles have 64 characters; Pulumi adds eight, and the longest of ours is `-starter-role`. */
const MAX_NAME = 43;

function mistakes(name: string, args: JobWorkflowArgs): Mistake[] {
    const pools = Object.keys(args.bucket.pools);
    return [
        nameMistake(name, MAX_NAME),
        pools.includes(args.pool)
            ? undefined
            : `pool is ${JSON.stringify(args.pool)}; expected one of the bucket's: ${pools.join(", ")}`,
        jobNameMistake("jobName", args.jobName),
        ...formerJobMistakes(args.formerJobNames),
        numberMistake("maxAttempts", args.maxAttempts, { from: 1, to: 10 }),
        numberMistake("retryDelaySeconds", args.retryDelaySeconds, { from: 1, to: 900, unit: "seconds" }),
        numberMistake("startBudgetSeconds", args.startBudgetSeconds, {
            from: 0,
            to: 86_400,
            unit: "seconds",
        }),
        numberMistake("jobTimeoutMinutes", args.jobTimeoutMinutes, { from: 1, to: 10_080, unit: "minutes" }),
        arnMistake("failureTopicArn", args.failureTopicArn, "sns"),
        choiceMistake("logRetentionDays", args.logRetentionDays, LOG_RETENTION_DAYS),
    ];
}

function formerJobMistakes(names: JobWorkflowArgs["formerJobNames"]): Mistake[] {
    if (!Array.isArray(names)) return [];
    return [
        names.length <= MAX_FORMER_JOBS
            ? undefined
            : `formerJobNames has ${names.length} names; expected at most ${MAX_FORMER_JOBS}`,
        ...names.map((name, i) => jobNameMistake(`formerJobNames[${i}]`, name)),
    ];
}

/**
 * Step Functions says for which machine it assumes a role (Step Functions Developer Guide, "Cross-service confused deputy
 * prevention"). The machine comes after its role, so the condition names the account's machines in the region.
 */
function forMachinesHere(location: Location): NonNullable<Statement["Condition"]> {
    return {
        StringEquals: { "aws:SourceAccount": location.account },
        ArnLike: { "aws:SourceArn": arnIn(location, "states", "stateMachine:*") },
    };
}

/**
 * A data key serves as long as Step Functions allows: fewer calls to KMS, and a key that is disabled is still noticed
 * within fifteen minutes (Step Functions API Reference, "EncryptionConfiguration"). AWS's own key is named too: left out, the
 * provider would leave a machine under the key that it had.
 */
function encryptedWith(
    kmsKeyId: pulumi.Input<string> | undefined,
): aws.types.input.sfn.StateMachineEncryptionConfiguration {
    if (kmsKeyId === undefined) return { type: "AWS_OWNED_KEY" };
    return { type: "CUSTOMER_MANAGED_KMS_KEY", kmsKeyId, kmsDataKeyReusePeriodSeconds: 900 };
}

/** Deliveries of logs have no ARNs (Step Functions Developer Guide, "Using CloudWatch Logs to log execution history"). */
function deliverLogs(): Statement {
    return {
        Effect: "Allow",
        Action: [
            "logs:CreateLogDelivery",
            "logs:GetLogDelivery",
            "logs:UpdateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:DescribeResourcePolicies",
            "logs:DescribeLogGroups",
        ],
        Resource: "*",
    };
}

/** X-Ray's writes have no resource type (Service Authorization Reference, "AWS X-Ray"). */
function trace(): Statement {
    return {
        Effect: "Allow",
        Action: [
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
        ],
        Resource: "*",
    };
}
