/** What the bucket's reaper needs of a workflow: permission to look at its work, where to look, and when. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { workflowItem } from "../../slots/deployed-items.ts";
import type { JobWorkflowArgs } from "../job-workflow.ts";
import { executionsOf } from "../location.ts";
import type { Location } from "../location.ts";
import type { Part } from "../part.ts";
import { policy, readExecutions, send, useKey } from "../policies.ts";
import type { Statement } from "../policies.ts";
import { writeItem } from "../table-item.ts";

/** What the reaper has to see. */
interface Works {
    readonly stateMachineArn: pulumi.Output<string>;
    /** ARNs of the Glue job and of those that ran before it. */
    readonly jobArns: pulumi.Output<string[]>;
    readonly location: Location;
}

/** Lets the reaper see the workflow's runs and executions, to know whether their work has ended, and save their messages. */
export function letReaperLook({ parent, name, args }: Part<JobWorkflowArgs>, works: Works): void {
    new aws.iam.RolePolicy(
        `${name}-reaper-policy`,
        { role: args.bucket.reaperRole.name, policy: policy(lookStatements(args, works)) },
        { parent },
    );
}

function lookStatements(
    { queue, kmsKeyArn }: JobWorkflowArgs,
    { stateMachineArn, jobArns, location }: Works,
): Statement[] {
    return [
        {
            Effect: "Allow",
            Action: ["glue:GetJob", "glue:GetJobRun", "glue:GetJobRuns"],
            Resource: jobArns,
        },
        {
            Effect: "Allow",
            Action: ["states:DescribeExecution", "states:GetExecutionHistory"],
            Resource: executionsOf(stateMachineArn),
        },
        { Effect: "Allow", Action: "states:ListExecutions", Resource: stateMachineArn },
        send([queue.deadLetterQueueArn]),
        ...useKey(queue.kmsKeyArn, { sqs: "write" }, location),
        // With the bucket's own key it may read them already.
        ...readExecutions(kmsKeyArn, location),
    ];
}

/**
 * Writes into the table what serves the pool. An item is created only where none is, so it has the name of its key: another
 * workflow on the pool, or a renamed one, changes the same item. Its parent is the table and not the bucket, or a workflow
 * that depends on the bucket would wait for its own item.
 */
export function writeWorkflow({ args }: Part<JobWorkflowArgs>, stateMachineArn: pulumi.Output<string>): void {
    const { bucket, pool, jobName, queue } = args;
    const item = pulumi
        .output({
            stateMachine: stateMachineArn,
            job: jobName,
            deadLetterQueueUrl: queue.deadLetterQueueUrl,
        })
        .apply((workflow) => JSON.stringify(workflowItem(pool, workflow)));
    writeItem(`${bucket.name}-workflow-${pool}`, bucket.tableName, item, { parent: bucket.table });
}

/** Sends the reaper events of executions and runs that have ended: hints where to look. */
export function hintAtEnds(part: Part<JobWorkflowArgs>, stateMachineArn: pulumi.Output<string>): void {
    const { pool, jobName } = part.args;
    ruleToReaper(part, "execution-ended", {
        description: `Turnstile: sends the reaper each execution of pool ${pool} that did not succeed`,
        eventPattern: pulumi.jsonStringify({
            source: ["aws.states"],
            "detail-type": ["Step Functions Execution Status Change"],
            detail: {
                stateMachineArn: [stateMachineArn],
                // One that succeeded has released its slot; if not, the sweep finds what is left.
                status: ["FAILED", "TIMED_OUT", "ABORTED"],
            },
        }),
    });
    ruleToReaper(part, "run-ended", {
        description: `Turnstile: sends the reaper each Glue run of pool ${pool} that has ended`,
        eventPattern: pulumi.jsonStringify({
            source: ["aws.glue"],
            "detail-type": ["Glue Job State Change"],
            detail: { jobName: [jobName], state: ["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"] },
        }),
    });
}

function ruleToReaper(
    { parent, name, args: { bucket, tags } }: Part<JobWorkflowArgs>,
    role: string,
    { description, eventPattern }: Pick<aws.cloudwatch.EventRuleArgs, "description" | "eventPattern">,
): void {
    const rule = new aws.cloudwatch.EventRule(
        `${name}-${role}`,
        { namePrefix: bucket.rulePrefix, description, eventPattern, tags },
        { parent },
    );
    new aws.cloudwatch.EventTarget(
        `${name}-${role}-target`,
        { rule: rule.name, arn: bucket.reaperQueueArn },
        { parent },
    );
}
