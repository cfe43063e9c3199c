/** What whoever looks after a stack has to know of it, in one object: the commands of `turnstile` start from it alone. */
import * as pulumi from "@pulumi/pulumi";
import { VERSION } from "../workflow/version.ts";
import { DEFAULT } from "./allowed-values.ts";
import { checkArguments } from "./arguments.ts";
import type { Fields } from "./fields.ts";
import type { JobWorkflow } from "./job-workflow.ts";
import { orNothing } from "./location.ts";
import type { Monitoring } from "./monitoring.ts";
import type { TokenBucket } from "./token-bucket.ts";
import type { WorkQueue } from "./work-queue.ts";

/**
 * What {@link operatorOutput} tells of.
 * @example
 * ```ts
 * const parts: OperatorArgs = { queue, bucket, workflow };
 * const monitoring = new Monitoring("monitoring", { ...parts, email: "operators@example.com" });
 *
 * export const operator = operatorOutput({ ...parts, monitoring });
 * ```
 */
export interface OperatorArgs {
    /** The queue that messages are sent to. */
    queue: WorkQueue;
    /** The table with the slots. */
    bucket: TokenBucket;
    /** The workflow that runs the queue's jobs on the bucket's slots. */
    workflow: JobWorkflow;
    /** The alarms. @default none */
    monitoring?: Monitoring | undefined;
}

const FIELDS: Fields<OperatorArgs> = {
    queue: "a WorkQueue",
    bucket: "a TokenBucket",
    workflow: "a JobWorkflow",
    monitoring: undefined,
};

/** The version of the object's shape. It goes up when an older reader would misread a newer object. */
const FORMAT = "turnstile.operator/1.0";

/**
 * The output `operator`, by which the commands of `turnstile` find a stack. It has no secret.
 * @example
 * ```ts
 * const queue = new WorkQueue("work");
 * const bucket = new TokenBucket("slots", { pools: { reports: { limit: 3 } } });
 * const workflow = new JobWorkflow("reports", { pool: "reports", queue, bucket, jobName: "report" });
 *
 * export const operator = operatorOutput({ queue, bucket, workflow });
 * ```
 */
export function operatorOutput(args: OperatorArgs): pulumi.Output<object> {
    checkArguments("The output", "operator", args, { fields: FIELDS, rules: {}, mistakes: () => [] });
    const { queue, bucket, workflow, monitoring } = args;
    const { limit, cooldownSeconds = DEFAULT.cooldownSeconds } = bucket.pools[workflow.pool] ?? {};
    const location = orNothing(workflow.stateMachineArn).apply((arn) => arn.split(":"));
    return pulumi.output({
        format: FORMAT,
        version: VERSION,
        stack: `${pulumi.getProject()}/${pulumi.getStack()}`,
        region: location.apply(([, , , region]) => region),
        account: location.apply(([, , , , account]) => account),
        pool: workflow.pool,
        limit,
        cooldownSeconds,
        maxAttempts: workflow.maxAttempts,
        tableName: bucket.tableName,
        queueUrl: queue.url,
        deadLetterQueueUrl: queue.deadLetterQueueUrl,
        reaperDeadLetterQueueUrl: bucket.reaperDeadLetterQueue.url,
        stateMachineArn: workflow.stateMachineArn,
        jobName: workflow.jobName,
        functions: {
            starter: workflow.starter.name,
            dispatcher: bucket.dispatcher.name,
            reaper: bucket.reaper.name,
        },
        failureTopicArn: workflow.failureTopicArn,
        ...(monitoring && { alarmTopicArn: monitoring.topicArn }),
        ...(workflow.argumentNames && { argumentNames: workflow.argumentNames }),
    });
}
