/** What tells people that something is wrong, and shows how things are: alarms, their topic and a dashboard. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { METRIC, NAMESPACE } from "../functions/lib/metrics.ts";
import type { MetricName } from "../functions/lib/metrics.ts";
import { arnMistake, checkArguments, nameMistake, numberMistake } from "./arguments.ts";
import type { Mistake, Tags } from "./arguments.ts";
import type { JobWorkflow } from "./job-workflow.ts";
import { arnIn, consolePage, locationOf } from "./location.ts";
import { denyPlainHttp, policy } from "./policies.ts";
import type { Statement } from "./policies.ts";
import type { TokenBucket } from "./token-bucket.ts";
import type { WorkQueue } from "./work-queue.ts";

export interface MonitoringArgs {
    /** The queue that messages are sent to. */
    queue: WorkQueue;
    /** The table with the slots. */
    bucket: TokenBucket;
    /** The workflow that runs the queue's jobs on the bucket's slots. */
    workflow: JobWorkflow;
    /**
     * ARN of a topic that is told of every alarm, and of its end. Its policy must let cloudwatch.amazonaws.com publish, and
     * it must not be encrypted with `alias/aws/sns`, which CloudWatch cannot use.
     * @default a topic of its own
     */
    topicArn?: pulumi.Input<string> | undefined;
    /** Address that gets the mails of the component's own topic, once its owner has confirmed. @default nobody */
    email?: pulumi.Input<string> | undefined;
    /**
     * ARN of the KMS key that encrypts the component's own topic. Its key policy must let CloudWatch use it
     * (`kms:GenerateDataKey*` and `kms:Decrypt` for cloudwatch.amazonaws.com).
     * @default not encrypted: SNS's own key is closed to CloudWatch, and an alarm says nothing of a message's content
     */
    kmsKeyArn?: pulumi.Input<string> | undefined;
    /**
     * Minutes after which a message that is still in the queue is an alarm, 1 to 1440. About 6,000 leave it in a minute;
     * raise it for larger bursts.
     * @default 10
     */
    oldestMessageMinutes?: pulumi.Input<number> | undefined;
    /** Whether there is a dashboard. @default true */
    dashboard?: boolean | undefined;
    /** Tags of everything that can have tags. @default none */
    tags?: Tags | undefined;
}

/**
 * Alarms, each of which says what it means and what to do, and a dashboard. An alarm tells the topic when it goes off
 * and when it is over.
 */
export class Monitoring extends pulumi.ComponentResource {
    readonly topicArn: pulumi.Output<string>;
    /** By what they watch, such as `dead-letters`. */
    readonly alarms: Readonly<Record<string, aws.cloudwatch.MetricAlarm>>;
    /** The dashboard's page in AWS's console; undefined without a dashboard. */
    readonly dashboardUrl: pulumi.Output<string> | undefined;

    constructor(name: string, args: MonitoringArgs, options?: pulumi.ComponentResourceOptions) {
        super("turnstile:index:Monitoring", name, {}, options);
        checkArguments("Monitoring", name, mistakes(name, args));
        const tagged = args.tags === undefined ? {} : { tags: args.tags };
        const watched = watchedNames(args);

        this.topicArn = this.topic(name, args, tagged);
        this.alarms = this.makeAlarms(name, args, watched, tagged);
        this.dashboardUrl = args.dashboard === false ? undefined : this.makeDashboard(name, args, watched);
        this.registerOutputs({ topicArn: this.topicArn, dashboardUrl: this.dashboardUrl });
    }

    /** The topic that is told: the one given, or a new one. */
    private topic(name: string, args: MonitoringArgs, tagged: { tags?: Tags }): pulumi.Output<string> {
        if (args.topicArn !== undefined) return pulumi.output(args.topicArn);
        const child = { parent: this };
        const topic = new aws.sns.Topic(
            `${name}-alarms`,
            { ...(args.kmsKeyArn !== undefined && { kmsMasterKeyId: args.kmsKeyArn }), ...tagged },
            child,
        );
        const location = locationOf(this);
        new aws.sns.TopicPolicy(
            `${name}-alarms-policy`,
            {
                arn: topic.arn,
                policy: policy([
                    denyPlainHttp("sns:Publish", [topic.arn]),
                    fromAlarms(topic.arn, arnIn(location, "cloudwatch", "alarm:*")),
                ]),
            },
            child,
        );
        if (args.email !== undefined) {
            new aws.sns.TopicSubscription(
                `${name}-alarms-email`,
                { topic: topic.arn, protocol: "email", endpoint: args.email },
                child,
            );
        }
        return topic.arn;
    }

    private makeAlarms(
        name: string,
        args: MonitoringArgs,
        watched: Watched,
        tagged: { tags?: Tags },
    ): Record<string, aws.cloudwatch.MetricAlarm> {
        const declared = Object.entries(alarms(watched, args.oldestMessageMinutes ?? OLDEST_MESSAGE_MINUTES));
        const made = declared.map(([role, alarm]) => [
            role,
            new aws.cloudwatch.MetricAlarm(
                `${name}-${role}`,
                { ...alarm, alarmActions: [this.topicArn], okActions: [this.topicArn], ...tagged },
                // An alarm that is made before the first heartbeat would go off: as much as possible comes first.
                { parent: this, dependsOn: [args.workflow] },
            ),
        ]);
        return Object.fromEntries(made) as Record<string, aws.cloudwatch.MetricAlarm>;
    }

    private makeDashboard(
        name: string,
        { workflow }: MonitoringArgs,
        watched: Watched,
    ): pulumi.Output<string> {
        const known = pulumi.output({
            ...watched,
            alarmArns: Object.values(this.alarms).map(({ arn }) => arn),
        });
        // Dashboards are the account's, in all regions, and a second one of a name replaces the first: the machine's name is
        // given once.
        const dashboard = new aws.cloudwatch.Dashboard(
            `${name}-dashboard`,
            {
                dashboardName: workflow.stateMachine.name,
                dashboardBody: known.apply((names) => JSON.stringify(dashboardBody(names))),
            },
            { parent: this },
        );
        return consolePage(
            workflow.stateMachineArn,
            "cloudwatch/home",
            dashboard.dashboardName.apply((dashboardName) => `dashboards/dashboard/${dashboardName}`),
        );
    }
}

const OLDEST_MESSAGE_MINUTES = 10;

/** Names of alarms have 255 characters; Pulumi adds eight, and the longest of ours is `-reaper-dead-letters`. */
const MAX_NAME = 227;

function mistakes(
    name: string,
    { topicArn, email, kmsKeyArn, oldestMessageMinutes }: MonitoringArgs,
): Mistake[] {
    return [
        nameMistake(name, MAX_NAME),
        arnMistake("topicArn", topicArn, "sns"),
        arnMistake("kmsKeyArn", kmsKeyArn, "kms"),
        topicArn !== undefined && email !== undefined
            ? "both topicArn and email are given; expected one of them: a topic of your own has its own subscriptions"
            : undefined,
        typeof email === "string" && !/^[^\s@]+@[^\s@]+$/.test(email)
            ? `email is ${JSON.stringify(email)}; expected an address such as operators@example.com`
            : undefined,
        numberMistake("oldestMessageMinutes", oldestMessageMinutes, { from: 1, to: 1440, unit: "minutes" }),
    ];
}

/** The names in AWS of what is watched. */
interface WatchedNames {
    readonly pool: string;
    readonly table: string;
    readonly queue: string;
    readonly deadLetterQueue: string;
    readonly reaperDeadLetterQueue: string;
    readonly starter: string;
    readonly dispatcher: string;
    readonly reaper: string;
    readonly stateMachineArn: string;
}

type Watched = { readonly [K in keyof WatchedNames]: pulumi.Input<WatchedNames[K]> };

function watchedNames({ queue, bucket, workflow }: MonitoringArgs): Watched {
    return {
        pool: workflow.pool,
        table: bucket.tableName,
        queue: queue.queue.name,
        deadLetterQueue: queue.deadLetterQueue.name,
        reaperDeadLetterQueue: bucket.reaperDeadLetterQueue.name,
        starter: workflow.starter.name,
        dispatcher: bucket.dispatcher.name,
        reaper: bucket.reaper.name,
        stateMachineArn: workflow.stateMachineArn,
    };
}

/** Lets the alarms of this account and region publish; nobody else's. */
function fromAlarms(topicArn: pulumi.Input<string>, alarmArns: pulumi.Input<string>): Statement {
    return {
        Sid: "AllowAlarms",
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Resource: topicArn,
        Condition: { ArnLike: { "aws:SourceArn": alarmArns } },
    };
}

type Alarm = Omit<aws.cloudwatch.MetricAlarmArgs, "alarmActions" | "okActions" | "tags">;

/** Every alarm, by what it watches. The order is that of urgency. */
function alarms(watched: Watched, oldestMessageMinutes: pulumi.Input<number>): Record<string, Alarm> {
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

/** CloudWatch API Reference, "Dashboard Body Structure and Syntax": 24 columns. */
function dashboardBody(names: WatchedNames & { alarmArns: string[] }): object {
    const region = names.stateMachineArn.split(":")[3] ?? "";
    const ofOurs = (metric: MetricName, label: string, stat = "Sum") => [
        NAMESPACE,
        metric,
        ...["table", names.table, "pool", names.pool],
        { label, stat },
    ];
    const ofQueues = (metric: string, queueName: string, label: string, more: object = {}) => [
        ...["AWS/SQS", metric, "QueueName", queueName],
        { label, stat: "Maximum", ...more },
    ];
    const ofFunctions = (metric: string, stat = "Sum") =>
        (["starter", "dispatcher", "reaper"] as const).map((role) => [
            ...["AWS/Lambda", metric, "FunctionName", names[role]],
            { label: `${role}: ${metric}`, stat },
        ]);
    const ofMachine = (metric: string) => [
        ...["AWS/States", metric, "StateMachineArn", names.stateMachineArn],
        { label: metric, stat: "Sum" },
    ];
    const graphs: [string, unknown[][]][] = [
        [
            "Slots in use, and the limit",
            [ofOurs(METRIC.slotsInUse, "in use", "Maximum"), ofOurs(METRIC.limit, "limit", "Maximum")],
        ],
        [
            "In line",
            [
                ofOurs(METRIC.waiting, "waiting (100: or more)", "Maximum"),
                ofOurs(METRIC.waiterWoken, "turns given"),
            ],
        ],
        [
            "Messages",
            [
                ofOurs(METRIC.messageStarted, "started"),
                ofOurs(METRIC.messageReturned, "back to the queue"),
                ofOurs(METRIC.messageRefused, "refused"),
            ],
        ],
        [
            "Queue",
            [
                ofQueues("ApproximateNumberOfMessagesVisible", names.queue, "messages"),
                ofQueues("ApproximateAgeOfOldestMessage", names.queue, "age of the oldest (seconds)", {
                    yAxis: "right",
                }),
            ],
        ],
        [
            "Dead letters",
            [
                ofQueues("ApproximateNumberOfMessagesVisible", names.deadLetterQueue, "messages"),
                ofQueues("ApproximateNumberOfMessagesVisible", names.reaperDeadLetterQueue, "of the reaper"),
            ],
        ],
        [
            "Executions",
            [
                "ExecutionsStarted",
                "ExecutionsSucceeded",
                "ExecutionsFailed",
                "ExecutionsAborted",
                "ExecutionsTimedOut",
            ].map(ofMachine),
        ],
        [
            "Repairs",
            [
                ofOurs(METRIC.slotFreed, "slots freed by the reaper"),
                ofOurs(METRIC.waiterGone, "waiters gone"),
                ofOurs(METRIC.messageSaved, "messages saved"),
                ofOurs(METRIC.lookFailed, "looks that failed"),
            ],
        ],
        ["Functions", [...ofFunctions("Errors"), ...ofFunctions("Throttles")]],
        [
            "How late the dispatcher hears of changes",
            [
                [
                    ...["AWS/Lambda", "IteratorAge", "FunctionName", names.dispatcher],
                    { label: "milliseconds", stat: "Maximum" },
                ],
            ],
        ],
    ];
    return {
        widgets: [
            {
                type: "alarm",
                ...{ x: 0, y: 0, width: 24, height: 3 },
                properties: { title: `Turnstile: ${names.pool}`, alarms: names.alarmArns },
            },
            ...graphs.map(([title, metrics], i) => ({
                type: "metric",
                ...{ x: (i % 3) * 8, y: 3 + Math.floor(i / 3) * 6, width: 8, height: 6 },
                properties: {
                    title,
                    metrics,
                    region,
                    view: "timeSeries",
                    period: 60,
                    yAxis: { left: { min: 0 } },
                },
            })),
        ],
    };
}
