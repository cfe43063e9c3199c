/** Every alarm: what it watches, when it goes off, and what it says to the person on call. */
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { METRIC, NAMESPACE } from "../../functions/lib/metrics.ts";
import type { MetricName } from "../../functions/lib/metrics.ts";
import type { Watched } from "./watched.ts";

export type Alarm = Omit<aws.cloudwatch.MetricAlarmArgs, "alarmActions" | "okActions" | "tags">;

/** Every alarm, by what it watches. The order is that of urgency. */
export function alarms(watched: Watched, oldestMessageMinutes: pulumi.Input<number>): Record<string, Alarm> {
    return {
        "dead-letters": {
            alarmDescription:
                "Messages are in the dead-letter queue: their jobs failed for good, or they could never start. Their attribute `cause` says why, `run` which Glue run to look at. Mend the cause, then redrive the queue, or delete the messages.",
            ...ofQueue(watched.deadLetterQueue, "ApproximateNumberOfMessagesVisible"),
            ...isAbove(0),
            ...inMinutes(1, 1, 1),
        },
        // SQS leaves a message out of this that was delivered three times ("Available CloudWatch metrics for Amazon SQS"): one
        // that nobody can accept is the next alarms' business.
        "oldest-message": {
            alarmDescription:
                "A message has stood in the queue for too long: nobody takes messages from it, or more came than the starter can take. Nothing is lost while the queue keeps it. Look at the event source mapping of the queue, the account's concurrent Lambda invocations and the starter's log.",
            ...ofQueue(watched.queue, "ApproximateAgeOfOldestMessage"),
            ...isAtLeast(pulumi.output(oldestMessageMinutes).apply((minutes) => minutes * 60)),
            ...inMinutes(1, 1, 1),
        },
        "starter-stuck": {
            alarmDescription:
                "The starter runs, but again and again it cannot accept messages, which go back to the queue in their order: Step Functions refuses StartExecution, or the table its writes. Nothing is lost while the queue keeps them. Its log says `message goes back to the queue`, and why.",
            ...ofPool(watched, METRIC.messageReturned, "Sum"),
            ...again(),
        },
        "dispatcher-silent": {
            alarmDescription:
                "The dispatcher has not looked at its pool for five minutes. Jobs still start, within the limit, but late and out of order, and no new limit comes into force. Look at the dispatcher's log, its schedule (the rule every-minute) and the account's concurrent Lambda invocations. Right after the first deployment it may go off until the first look.",
            ...ofPool(watched, METRIC.dispatched, "Sum"),
            comparisonOperator: "LessThanThreshold",
            threshold: 1,
            ...inMinutes(1, 5, 5),
            treatMissingData: "breaching",
        },
        "limit-unreadable": {
            alarmDescription:
                "The item `settings` or `override` of the pool is missing or makes no sense, so no slot is granted. The dispatcher's log says what is wrong with it. `pulumi up --refresh` writes the settings again; remove or correct the override.",
            ...ofPool(watched, METRIC.limitUnreadable, "Sum"),
            ...isAtLeast(1),
            ...inMinutes(1, 1, 1),
        },
        "job-misconfigured": {
            alarmDescription:
                "The Glue job has MaxRetries above 0, has job queueing on, or allows fewer concurrent runs than the limit. Runs may start that nobody holds a slot for, or starts are refused. Set the job right; the log says which.",
            ...ofPool(watched, METRIC.jobMisconfigured, "Sum"),
            ...isAtLeast(1),
            ...inMinutes(10, 1, 1),
        },
        "starter-errors": {
            alarmDescription:
                "The starter keeps failing: messages stay in the queue and are delivered again. Its log says why.",
            ...ofFunction(watched.starter, "Errors"),
        },
        "dispatcher-errors": {
            alarmDescription:
                "The dispatcher keeps failing: turns come late. It looks again every minute. Its log says why.",
            ...ofFunction(watched.dispatcher, "Errors"),
        },
        "reaper-errors": {
            alarmDescription:
                "The reaper keeps failing: slots of jobs that ended badly stay taken. What it was to look at is delivered again. Its log says why.",
            ...ofFunction(watched.reaper, "Errors"),
        },
        "reaper-stuck": {
            alarmDescription:
                "The reaper runs, but again and again it cannot look at something: slots of jobs that ended badly may stay taken. What it was to look at is delivered again. Its log says `could not look`, and why.",
            ...ofPool(watched, METRIC.lookFailed, "Sum"),
            ...again(),
        },
        "reaper-dead-letters": {
            alarmDescription:
                "The reaper has given up on something, after failing for days to look at it. Its sweeps find every slot and every message, but an execution that asked how its job ended may wait for an answer. Look at the reaper's log, then redrive the queue.",
            ...ofQueue(watched.reaperDeadLetterQueue, "ApproximateNumberOfMessagesVisible"),
            ...isAbove(0),
            ...inMinutes(1, 1, 1),
        },
        "stream-age": {
            alarmDescription:
                "The dispatcher hears of slots that came back minutes late, so slots stand idle until its look every minute. Look for throttles of the dispatcher and for errors in its log.",
            namespace: "AWS/Lambda",
            metricName: "IteratorAge",
            dimensions: { FunctionName: watched.dispatcher },
            statistic: "Maximum",
            ...isAbove(120_000),
            ...inMinutes(1, 3, 3),
        },
    };
}

function ofQueue(queueName: pulumi.Input<string>, metricName: string) {
    return { namespace: "AWS/SQS", metricName, dimensions: { QueueName: queueName }, statistic: "Maximum" };
}

function ofPool({ table, pool }: Watched, metricName: MetricName, statistic: string) {
    return { namespace: NAMESPACE, metricName, dimensions: { table, pool }, statistic };
}

function ofFunction(functionName: pulumi.Input<string>, metricName: string) {
    return {
        namespace: "AWS/Lambda",
        metricName,
        dimensions: { FunctionName: functionName },
        statistic: "Sum",
        ...again(),
    };
}

/** What failed is tried again: one failure is no reason to wake anybody, one after the other is. */
function again() {
    return { ...isAtLeast(1), ...inMinutes(5, 3, 2) };
}

function isAbove(threshold: pulumi.Input<number>) {
    return { comparisonOperator: "GreaterThanThreshold", threshold };
}

function isAtLeast(threshold: pulumi.Input<number>) {
    return { comparisonOperator: "GreaterThanOrEqualToThreshold", threshold };
}

/** How many of so many periods must be bad. No data means that nothing happened, and so nothing bad. */
function inMinutes(minutes: number, evaluationPeriods: number, datapointsToAlarm: number) {
    return { period: minutes * 60, evaluationPeriods, datapointsToAlarm, treatMissingData: "notBreaching" };
}
