/** What becomes of a message: one execution of a state machine that waits for a slot and runs a Glue job on it. */
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { JOB_NAME, LOG_RETENTION_DAYS, MAX_FORMER_JOBS, RANGE, SNS_TOPIC_ARN } from "./allowed-values.ts";
import {
    checkArguments,
    choiceMistake,
    nameMistake,
    numberMistake,
    requiredTextMistake,
    textMistake,
} from "./arguments.ts";
import type { Mistake, Tags } from "./arguments.ts";
import { makeFailureTopic } from "./job-workflow/failure-topic.ts";
import { hintAtEnds, letReaperLook, writeWorkflow } from "./job-workflow/reaper-access.ts";
import { makeStarter } from "./job-workflow/starter.ts";
import { makeStateMachine } from "./job-workflow/state-machine.ts";
import { arnIn, consolePage, locationOf } from "./location.ts";
import type { Location } from "./location.ts";
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
        const part = { parent: this, name, args };
        const location = locationOf(this);
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
        this.jobName = pulumi.output(args.jobName);
        this.stateMachineArn = stateMachineArn;
        this.consoleUrl = machinePage(stateMachineArn);
        this.jobConsoleUrl = jobPage(location, this.jobName);
        this.registerOutputs({ stateMachineArn, failureTopicArn, jobName: this.jobName });
    }
}

/** Names of roles have 64 characters; Pulumi adds eight, and the longest of ours is `-starter-role`. */
const MAX_NAME = 43;

function mistakes(name: string, args: JobWorkflowArgs): Mistake[] {
    const pools = Object.keys(args.bucket.pools);
    return [
        nameMistake(name, MAX_NAME),
        pools.includes(args.pool)
            ? undefined
            : `pool is ${JSON.stringify(args.pool)}; expected one of the bucket's: ${pools.join(", ")}`,
        requiredTextMistake("jobName", args.jobName, JOB_NAME),
        ...formerJobMistakes(args.formerJobNames),
        numberMistake("maxAttempts", args.maxAttempts, RANGE.maxAttempts),
        numberMistake("retryDelaySeconds", args.retryDelaySeconds, RANGE.retryDelaySeconds),
        numberMistake("startBudgetSeconds", args.startBudgetSeconds, RANGE.startBudgetSeconds),
        numberMistake("jobTimeoutMinutes", args.jobTimeoutMinutes, RANGE.jobTimeoutMinutes),
        textMistake("failureTopicArn", args.failureTopicArn, SNS_TOPIC_ARN),
        choiceMistake("logRetentionDays", args.logRetentionDays, LOG_RETENTION_DAYS),
    ];
}

function formerJobMistakes(names: JobWorkflowArgs["formerJobNames"]): Mistake[] {
    if (!Array.isArray(names)) return [];
    return [
        names.length <= MAX_FORMER_JOBS
            ? undefined
            : `formerJobNames has ${names.length} names; expected at most ${MAX_FORMER_JOBS}`,
        ...names.map((name, i) => requiredTextMistake(`formerJobNames[${i}]`, name, JOB_NAME)),
    ];
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
