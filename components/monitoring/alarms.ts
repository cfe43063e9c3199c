/** Every alarm: what it watches, when it goes off, and what it says to the person on call. */
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { METRIC, NAMESPACE } from "../../functions/lib/metrics.ts";
import type { MetricName } from "../../functions/lib/metrics.ts";
import type { Watched } from "./watched.ts";

export type Alarm = Omit<aws.cloudwatch.MetricAlarmArgs, "alarmActions" | "okActions" | "tags">;

/** What counts as too long. */
export interface Bounds {
    readonly oldestMessageMinutes: pulumi.Input<number>;
    readonly longestJobMinutes: pulumi.Input<number>;
}

/** Every alarm, by what it watches. The person on call reads the description: what is wrong, what it means, what to do next. */
export function alarms(watched: Watched, bounds: Bounds): Record<string, Alarm> {
    return {
        ...alarmsOfMessages(watched, bounds.oldestMessageMinutes),
        ...alarmsOfSlots(watched),
        ...alarmsOfStandstill(watched, bounds.longestJobMinutes),
        ...alarmsOfFunctions(watched),
    };
}

function alarmsOfMessages(
    watched: Watched,
    oldestMessageMinutes: pulumi.Input<number>,
): Record<string, Alarm> {
    return {
        "dead-letters": {
            alarmDescription: `The dead-letter queue of pool ${watched.pool} has messages. Their jobs failed in every attempt, or they could never start. Run "turnstile failed", which shows them by cause; each message's attributes have it, too. Fix the cause, then send them again with "turnstile retry --cause TEXT", or delete them with "turnstile purge".`,
            ...ofQueue(watched.deadLetterQueue, "ApproximateNumberOfMessagesVisible"),
            ...isAbove(0),
            ...inMinutes(1, 1, 1),
        },
        // SQS leaves out of this a message that was received three times ("Available CloudWatch metrics for Amazon SQS"). So a
        // message that nobody can accept sets off the next alarm and not this one.
        "oldest-message": {
            alarmDescription: `The queue of pool ${watched.pool} has an old message. Either nothing receives its messages, or more arrive than the starter can accept. No message is lost before the queue's retention ends. Run "turnstile doctor", which looks at the queue's event source mapping. Check the account's concurrent Lambda executions and the starter's log.`,
            ...ofQueue(watched.queue, "ApproximateAgeOfOldestMessage"),
            ...isAtLeast(pulumi.output(oldestMessageMinutes).apply((minutes) => minutes * 60)),
            ...inMinutes(1, 1, 1),
        },
        "starter-stuck": {
            alarmDescription: `The starter of pool ${watched.pool} runs but cannot accept messages. They return to the queue, in their order. Step Functions refuses to start executions, or DynamoDB refuses writes. No message is lost before the queue's retention ends. Look for the error in the starter's log; "turnstile doctor" looks at what it needs.`,
            ...ofPool(watched, METRIC.messageReturned, "Sum"),
            ...again(),
        },
    };
}

function alarmsOfSlots(watched: Watched): Record<string, Alarm> {
    return {
        "dispatcher-silent": {
            alarmDescription: `The dispatcher has not looked at pool ${watched.pool} for five minutes. Jobs still start within the limit, but late and out of order, and a new limit does not come into force. Run "turnstile doctor"; check the dispatcher's log, the EventBridge rule that calls it every minute, and the account's concurrent Lambda executions. After the first deployment this alarm may be on until the dispatcher's first look.`,
            ...ofPool(watched, METRIC.dispatched, "Sum"),
            comparisonOperator: "LessThanThreshold",
            threshold: 1,
            ...inMinutes(1, 5, 5),
            treatMissingData: "breaching",
        },
        "limit-unreadable": {
            alarmDescription: `The item "settings" or "override" of pool ${watched.pool} is missing or wrong, so no slot is granted. "turnstile doctor" has the reason. Run "pulumi up --refresh" to write the settings again; "turnstile limit --reset" deletes the override.`,
            ...ofPool(watched, METRIC.limitUnreadable, "Sum"),
            ...isAtLeast(1),
            ...inMinutes(1, 1, 1),
        },
        // DynamoDB Developer Guide, "Item collections in Local Secondary Indexes": 10 GB. Nobody sees the size but who writes a row.
        "table-filling": {
            alarmDescription: `The items of pool ${watched.pool} take at least 8 of the 10 GB that DynamoDB allows for one partition key. At 10 GB no message is accepted any more, and jobs that wait cannot acquire slots. Rows of messages that have ended go by themselves after 21 days. Run "turnstile cost --days 1", which says how many messages come in a day. Send some of them to a second pool, or delete rows that have the attribute "ended".`,
            ...ofPool(watched, METRIC.itemCollectionSize, "Maximum"),
            ...isAtLeast(8),
            ...inMinutes(10, 1, 1),
        },
        "job-misconfigured": {
            alarmDescription: `The Glue job of pool ${watched.pool} has MaxRetries above 0, has job queueing on, or allows fewer concurrent runs than the limit. Glue may start runs without a slot, or refuse starts. Run "turnstile doctor", which names the wrong setting and the right value: correct it in the Glue job.`,
            ...ofPool(watched, METRIC.jobMisconfigured, "Sum"),
            ...isAtLeast(1),
            ...inMinutes(10, 1, 1),
        },
        "slot-stuck": {
            alarmDescription: `A slot of pool ${watched.pool} stays taken, and Turnstile cannot prove that its work is over: its holder or its row was changed by hand, its Glue job is gone, or its run does not stop. Look for the holder and the reason in the reaper's log. Make sure that no job runs for it, then free it: turnstile free HOLDER --force.`,
            ...ofPool(watched, METRIC.slotStuck, "Sum"),
            ...isAtLeast(1),
            ...inMinutes(10, 1, 1),
        },
    };
}

function alarmsOfStandstill(
    watched: Watched,
    longestJobMinutes: pulumi.Input<number>,
): Record<string, Alarm> {
    return {
        "breaker-open": {
            alarmDescription: `The breaker of pool ${watched.pool} is open: so many messages in a row failed for good that one job runs at a time, after growing pauses. Messages in line keep their places. Run "turnstile failed", which shows the causes, and mend the job. The first success closes the breaker; docs/operate.md says how to close it at once.`,
            ...ofPool(watched, METRIC.breakerOpen, "Maximum"),
            ...isAtLeast(1),
            ...inMinutes(5, 1, 1),
        },
        "no-release": {
            alarmDescription: `Messages of pool ${watched.pool} wait, and all slots have kept their holders for longer than longestJobMinutes. Runs hang, or jobs take longer than that. Run "turnstile status", which shows the holders and their runs, and stop those that hang with "turnstile cancel MESSAGE". If all are well, raise longestJobMinutes.`,
            ...ofPool(watched, METRIC.minutesWithoutRelease, "Maximum"),
            ...isAtLeast(longestJobMinutes),
            ...inMinutes(5, 1, 1),
        },
        "no-acquire": {
            alarmDescription: `Pool ${watched.pool} has free slots and messages that wait, and for ten minutes nobody has acquired a slot. Run "turnstile doctor", and "turnstile why MESSAGE" for one that waits; in the history of its execution stands why "Acquire slot" failed.`,
            ...ofPool(watched, METRIC.slotsIdle, "Minimum"),
            ...isAtLeast(1),
            ...inMinutes(5, 2, 2),
        },
    };
}

function alarmsOfFunctions(watched: Watched): Record<string, Alarm> {
    return {
        "starter-errors": {
            alarmDescription: `The starter of pool ${watched.pool} keeps failing. Messages stay in the queue, which delivers them again. Look for the error in the starter's log; "turnstile doctor" looks at what it needs.`,
            ...ofFunction(watched.starter, "Errors"),
        },
        "dispatcher-errors": {
            alarmDescription: `The dispatcher keeps failing, so turns come late. It runs again every minute. Look for the error in the dispatcher's log; "turnstile doctor" looks at what it needs.`,
            ...ofFunction(watched.dispatcher, "Errors"),
        },
        "reaper-errors": {
            alarmDescription: `The reaper keeps failing, so slots of jobs that ended badly stay held. Its queue delivers each message again. Look for the error in the reaper's log; "turnstile doctor" shows the slots that it should free.`,
            ...ofFunction(watched.reaper, "Errors"),
        },
        "reaper-stuck": {
            alarmDescription: `The reaper runs but repeatedly fails to look at work of pool ${watched.pool}. Slots of jobs that ended badly may stay held. Its queue delivers each message again. Look for the error in the reaper's log; "turnstile doctor" shows the slots that it should free.`,
            ...ofPool(watched, METRIC.lookFailed, "Sum"),
            ...again(),
        },
        "reaper-dead-letters": {
            alarmDescription: `The reaper's dead-letter queue has messages: the reaper failed for days to act on them. Its sweeps still find every slot and every message, but an execution that asked how its job ended may still wait for the answer. Look for the error in the reaper's log and fix it, then redrive the queue; "turnstile doctor" says whether any are left.`,
            ...ofQueue(watched.reaperDeadLetterQueue, "ApproximateNumberOfMessagesVisible"),
            ...isAbove(0),
            ...inMinutes(1, 1, 1),
        },
        "stream-age": {
            alarmDescription: `The dispatcher gets changes of the table more than two minutes late, so free slots stay idle until its next look, once a minute. Check whether Lambda throttles the dispatcher, and look for errors in its log; "turnstile doctor" measures the delay.`,
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

/** What failed is tried again: a single failure is no reason to call anybody, repeated failures are. */
function again() {
    return { ...isAtLeast(1), ...inMinutes(5, 3, 2) };
}

function isAbove(threshold: pulumi.Input<number>) {
    return { comparisonOperator: "GreaterThanThreshold", threshold };
}

function isAtLeast(threshold: pulumi.Input<number>) {
    return { comparisonOperator: "GreaterThanOrEqualToThreshold", threshold };
}

/** How many of so many periods must be bad. Without data nothing happened, and so nothing bad. */
function inMinutes(minutes: number, evaluationPeriods: number, datapointsToAlarm: number) {
    return { period: minutes * 60, evaluationPeriods, datapointsToAlarm, treatMissingData: "notBreaching" };
}
