/** The state machine of a workflow, its log, and what it may do. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { definition } from "../../workflow/definition.ts";
import { DEFAULT } from "../allowed-values.ts";
import type { JobWorkflowArgs } from "../job-workflow.ts";
import { arnIn, orNothing } from "../location.ts";
import type { Location } from "../location.ts";
import { keyOf } from "./key.ts";
import { KEEPS_NAME } from "../node-function.ts";
import type { Part } from "../part.ts";
import { encryptExecutions, onItemsOf, policy, send, trust, useKey } from "../policies.ts";
import type { Statement } from "../policies.ts";

/** What the machine works on, besides the workflow's arguments. */
export interface Works {
    readonly location: Location;
    /** ARNs of the Glue job and of those that ran before it. */
    readonly jobArns: pulumi.Output<string[]>;
    readonly failureTopicArn: pulumi.Output<string>;
}

export function makeStateMachine(part: Part<JobWorkflowArgs>, works: Works): aws.sfn.StateMachine {
    const { parent, name, args } = part;
    const logGroupArn = pulumi.output(args.logGroupArn ?? makeLogGroup(part));
    const assumeRolePolicy = trust("states.amazonaws.com", forMachinesHere(works.location));
    const role = new aws.iam.Role(`${name}-role`, { assumeRolePolicy, tags: args.tags }, { parent });
    const permissions = new aws.iam.RolePolicy(
        `${name}-policy`,
        { role: role.name, policy: policy(machineStatements(args, works)) },
        { parent },
    );
    return new aws.sfn.StateMachine(name, machineArgs(part, works, role, logGroupArn), {
        parent,
        // When it creates the machine, Step Functions checks that the role may deliver logs. No execution starts without the key.
        dependsOn: [permissions],
        // AWS deletes a machine once its executions have ended. Those in line end at their next recheck, at first within ten
        // minutes.
        customTimeouts: { delete: "30m" },
    });
}

function makeLogGroup({ parent, name, args }: Part<JobWorkflowArgs>): pulumi.Output<string> {
    const logGroup = new aws.cloudwatch.LogGroup(
        `${name}-logs`,
        {
            // With this prefix Step Functions needs no room in the account's resource policy, which is small.
            namePrefix: `/aws/vendedlogs/states/${name}-`,
            retentionInDays: args.logRetentionDays ?? DEFAULT.logRetentionDays,
            kmsKeyId: keyOf(args),
            tags: args.tags,
        },
        { parent, ...KEEPS_NAME },
    );
    return logGroup.arn;
}

function machineArgs(
    { args }: Part<JobWorkflowArgs>,
    works: Works,
    role: aws.iam.Role,
    logGroupArn: pulumi.Output<string>,
): aws.sfn.StateMachineArgs {
    return {
        type: "STANDARD",
        definition: definitionText(args, works),
        roleArn: role.arn,
        loggingConfiguration: {
            level: "ERROR",
            // Message bodies stay out of the logs.
            includeExecutionData: false,
            logDestination: orNothing(logGroupArn).apply((arn) => `${arn.replace(/:\*$/, "")}:*`),
        },
        tracingConfiguration: { enabled: args.tracing ?? true },
        encryptionConfiguration: encryptedWith(keyOf(args)),
        tags: args.tags,
    };
}

/** The definition as text, once every name and number in it is known. */
function definitionText(args: JobWorkflowArgs, { location, failureTopicArn }: Works): pulumi.Output<string> {
    const { bucket, queue, pool } = args;
    const known = pulumi.output({
        names: {
            partition: location.partition,
            tableName: bucket.tableName,
            pool,
            jobName: args.jobName,
            deadLetterQueueUrl: queue.deadLetterQueueUrl,
            reaperQueueUrl: bucket.reaperQueueUrl,
            failureTopicArn,
        },
        numbers: {
            maxAttempts: args.maxAttempts ?? DEFAULT.maxAttempts,
            retryDelaySeconds: args.retryDelaySeconds ?? DEFAULT.retryDelaySeconds,
            cooldownSeconds: bucket.pools[pool]?.cooldownSeconds ?? DEFAULT.cooldownSeconds,
            startBudgetSeconds: args.startBudgetSeconds ?? DEFAULT.startBudgetSeconds,
            jobTimeoutMinutes: args.jobTimeoutMinutes,
        },
    });
    return known.apply(({ names, numbers }) => JSON.stringify(definition(names, numbers)));
}

function machineStatements(
    args: JobWorkflowArgs,
    { location, jobArns, failureTopicArn }: Works,
): pulumi.Output<Statement[]> {
    const { pool, queue, bucket, tracing = true } = args;
    const others: Statement[] = [
        onItemsOf([pool], ["dynamodb:UpdateItem"], bucket.table.arn),
        {
            // Step Functions Developer Guide, "Start an AWS Glue job": the last three are `.sync`'s own.
            Effect: "Allow",
            Action: ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"],
            Resource: jobArns,
        },
        send([queue.deadLetterQueueArn, bucket.reaperQueueArn]),
        { Effect: "Allow", Action: "sns:Publish", Resource: failureTopicArn },
        ...useKey(queue.kmsKeyArn, { sqs: "write" }, location),
        ...useKeys(args, location),
        ...encryptExecutions(keyOf(args), location),
        deliverLogs(),
    ];
    return pulumi.output(tracing).apply((isOn) => (isOn ? [...others, trace()] : others));
}

/** The table and the reaper's queue have the bucket's key, the topic that of the workflow. */
function useKeys({ bucket, kmsKeyArn }: JobWorkflowArgs, location: Location): Statement[] {
    if (kmsKeyArn === undefined)
        return useKey(bucket.kmsKeyArn, { dynamodb: "read", sqs: "write", sns: "write" }, location);
    return [
        ...useKey(bucket.kmsKeyArn, { dynamodb: "read", sqs: "write" }, location),
        ...useKey(kmsKeyArn, { sns: "write" }, location),
    ];
}

/**
 * Step Functions names the machine for which it assumes a role (Step Functions Developer Guide, "Cross-service confused deputy
 * prevention"). The role exists before its machine, so the condition names all machines of the account in the region.
 */
function forMachinesHere(location: Location): NonNullable<Statement["Condition"]> {
    return {
        StringEquals: { "aws:SourceAccount": location.account },
        ArnLike: { "aws:SourceArn": arnIn(location, "states", "stateMachine:*") },
    };
}

/**
 * A data key is reused for as long as Step Functions allows. That saves calls to KMS, and a disabled key still has its effect
 * within fifteen minutes (Step Functions API Reference, "EncryptionConfiguration"). AWS's own key is named too: if it were left
 * out, the provider would keep a machine under the key that it had.
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
