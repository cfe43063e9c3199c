/**
 * What people need to look after a stack with the commands of `turnstile`: two policies, as documents to attach to whoever it
 * is. The viewer's lets the looks run, the operator's also the changes.
 */
import type * as pulumi from "@pulumi/pulumi";
import { executionsOf, locationOf } from "./location.ts";
import { operatorOutput } from "./operator.ts";
import type { OperatorArgs } from "./operator.ts";
import { onItemsOf, onLineOf, policy, readExecutions, send, useKey } from "./policies.ts";
import type { Statement } from "./policies.ts";

/** The outputs of a stack for those who look after it. */
export function forPeople(args: OperatorArgs): {
    readonly operator: pulumi.Output<object>;
    readonly viewerPolicy: pulumi.Output<string>;
    readonly operatorPolicy: pulumi.Output<string>;
} {
    return {
        operator: operatorOutput(args),
        viewerPolicy: viewerAccess(args),
        operatorPolicy: operatorAccess(args),
    };
}

/** `status`, `list`, `why`, `failed`, `doctor`, `export` and `cost`. Whoever has it can read messages: `failed` shows dead letters. */
export function viewerAccess(args: OperatorArgs): pulumi.Output<string> {
    return policy([...looks(args), ...keys(args, "read")]);
}

/** The viewer's, and what the commands need that change something. */
export function operatorAccess(args: OperatorArgs): pulumi.Output<string> {
    return policy([...looks(args), ...changes(args), ...keys(args, "write")]);
}

function looks({ queue, bucket, workflow, monitoring }: OperatorArgs): Statement[] {
    const { table } = bucket;
    const functions = [workflow.starter.arn, bucket.dispatcher.arn, bucket.reaper.arn];
    const topics = [workflow.failureTopicArn, ...(monitoring ? [monitoring.topicArn] : [])];
    return [
        onItemsOf([workflow.pool], ["dynamodb:GetItem", "dynamodb:Query"], table.arn),
        onLineOf([workflow.pool], table.arn),
        allow(["dynamodb:DescribeTable"], table.arn),
        allow(
            ["sqs:GetQueueAttributes"],
            [queue.arn, queue.deadLetterQueueArn, bucket.reaperDeadLetterQueue.arn],
        ),
        allow(["sqs:ReceiveMessage", "sqs:ChangeMessageVisibility"], queue.deadLetterQueueArn),
        allow(["glue:GetJob", "glue:GetJobRun", "glue:GetJobRuns"], workflow.jobArns),
        allow(
            ["states:DescribeExecution", "states:GetExecutionHistory"],
            executionsOf(workflow.stateMachineArn),
        ),
        allow(["states:DescribeStateMachine"], workflow.stateMachineArn),
        allow(["lambda:GetFunctionConfiguration"], functions),
        allow(["sns:ListSubscriptionsByTopic"], topics),
        // None of them has a resource type that names one stack's (Service Authorization Reference).
        allow(
            ["lambda:ListEventSourceMappings", "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricStatistics"],
            "*",
        ),
    ];
}

function changes({ queue, bucket, workflow }: OperatorArgs): Statement[] {
    const writes = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"];
    return [
        onItemsOf([workflow.pool], writes, bucket.table.arn),
        allow(["states:StopExecution"], executionsOf(workflow.stateMachineArn)),
        // It has no resource type: whoever has a token may answer it.
        allow(["states:SendTaskFailure"], "*"),
        send([queue.arn]),
        allow(["sqs:DeleteMessage"], queue.deadLetterQueueArn),
    ];
}

/** The customer-managed keys of the queue and the table. */
function keys({ queue, bucket, workflow }: OperatorArgs, use: "read" | "write"): Statement[] {
    const location = locationOf(workflow);
    return [
        ...useKey(queue.kmsKeyArn, { sqs: use }, location),
        ...useKey(bucket.kmsKeyArn, { dynamodb: "read", sqs: "read" }, location),
        ...readExecutions(workflow.kmsKeyArn, location),
    ];
}

function allow(Action: string[], Resource: Statement["Resource"]): Statement {
    return { Effect: "Allow", Action, Resource };
}
