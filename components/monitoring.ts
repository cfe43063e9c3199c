/** What shows whether everything is well: alarms, their topic and a dashboard. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULT, EMAIL_ADDRESS, KMS_KEY_ARN, RANGE, SNS_TOPIC_ARN } from "./allowed-values.ts";
import {
    checkArguments,
    componentMistake,
    nameMistake,
    numberRule,
    plainMistake,
    textRule,
} from "./arguments.ts";
import type { Demands, Tags } from "./arguments.ts";
import { autonamingMistakes } from "./autonaming.ts";
import type { JobWorkflow } from "./job-workflow.ts";
import { inputsOf } from "./inputs.ts";
import { consolePage } from "./location.ts";
import { makeAlarmTopic } from "./monitoring/alarm-topic.ts";
import { alarms } from "./monitoring/alarms.ts";
import { dashboardBody } from "./monitoring/dashboard.ts";
import { watchedBy } from "./monitoring/watched.ts";
import type { Watched } from "./monitoring/watched.ts";
import type { Part } from "./part.ts";
import type { TokenBucket } from "./token-bucket.ts";
import type { WorkQueue } from "./work-queue.ts";

/**
 * What a {@link Monitoring} is made of.
 * @example
 * ```ts
 * const watched: MonitoringArgs = { queue, bucket, workflow };
 *
 * new Monitoring("monitoring", { ...watched, email: new pulumi.Config().get("alarmEmail") });
 * ```
 */
export interface MonitoringArgs {
    /** The queue that messages are sent to. */
    queue: WorkQueue;
    /** The table with the slots. */
    bucket: TokenBucket;
    /** The workflow that runs the queue's jobs on the bucket's slots. */
    workflow: JobWorkflow;
    /**
     * ARN of the topic that gets a notification when an alarm goes off and when it ends. Its policy must let
     * cloudwatch.amazonaws.com publish. Do not encrypt it with `alias/aws/sns`, which CloudWatch cannot use.
     * @default a new topic
     */
    topicArn?: pulumi.Input<string> | undefined;
    /**
     * E-mail address that gets the alarms through the new topic, once its owner has confirmed the subscription. It excludes
     * `topicArn`.
     * @default nobody
     */
    email?: pulumi.Input<string> | undefined;
    /**
     * ARN of the KMS key that encrypts the new topic. Its key policy must let cloudwatch.amazonaws.com call
     * `kms:GenerateDataKey*` and `kms:Decrypt`.
     * @default not encrypted: CloudWatch cannot use SNS's own key, and an alarm contains nothing of a message
     */
    kmsKeyArn?: pulumi.Input<string> | undefined;
    /**
     * Minutes for which a message may be in the queue before an alarm goes off, 1 to 1440. The starter accepts about 6,000
     * messages a minute; raise this if larger bursts are normal.
     * @default 10
     */
    oldestMessageMinutes?: pulumi.Input<number> | undefined;
    /**
     * Minutes after which an alarm goes off because all slots have kept their holders while messages wait, 1 to 10,080 (seven
     * days). Set it above the duration of your longest job.
     * @default 1440
     */
    longestJobMinutes?: pulumi.Input<number> | undefined;
    /** Whether to make a dashboard. @default true */
    dashboard?: boolean | undefined;
    /** Tags of every resource that can have tags. @default none */
    tags?: Tags | undefined;
}

/**
 * Alarms, a topic and a dashboard for one queue, bucket and workflow.
 *
 * The description of each alarm says what is wrong, what it means, and what to do next. components/monitoring/alarms.ts lists
 * them all.
 *
 * @example
 *
 * #### Send alarms by e-mail
 *
 * ```ts
 * new Monitoring("monitoring", { queue, bucket, workflow, email: "operators@example.com" });
 * ```
 *
 * #### Send alarms to a topic that you have
 *
 * ```ts
 * const topicArn = "arn:aws:sns:eu-west-1:123456789012:operators";
 *
 * new Monitoring("monitoring", { queue, bucket, workflow, topicArn });
 * ```
 *
 * #### Leave out the dashboard, and expect large bursts
 *
 * ```ts
 * new Monitoring("monitoring", {
 *     queue,
 *     bucket,
 *     workflow,
 *     dashboard: false,
 *     oldestMessageMinutes: 60,
 * });
 * ```
 */
export class Monitoring extends pulumi.ComponentResource {
    /** The topic that gets the alarms. */
    readonly topicArn: pulumi.Output<string>;
    /** The alarms, by what they watch, such as `dead-letters`. */
    readonly alarms: Readonly<Record<string, aws.cloudwatch.MetricAlarm>>;
    /** The dashboard's page in AWS's console; undefined without a dashboard. */
    readonly dashboardUrl: pulumi.Output<string> | undefined;

    constructor(name: string, given: MonitoringArgs, options?: pulumi.ComponentResourceOptions) {
        super("turnstile:index:Monitoring", name, inputsOf(given), options);
        const args = checkArguments("Monitoring", name, given, DEMANDS);
        const part = { parent: this, name, args };
        const watched = watchedBy(args);

        this.topicArn = pulumi.output(args.topicArn ?? makeAlarmTopic(part));
        this.alarms = makeAlarms(part, watched, this.topicArn);
        const alarmArns = Object.values(this.alarms).map(({ arn }) => arn);
        this.dashboardUrl = args.dashboard === false ? undefined : makeDashboard(part, watched, alarmArns);
        this.registerOutputs({ topicArn: this.topicArn, dashboardUrl: this.dashboardUrl });
    }
}

/** Names of dashboards have 255 characters, and ours begins with that of a state machine, of 80 at most, and a hyphen. */
const MAX_NAME = 174;

const DEMANDS: Demands<MonitoringArgs> = {
    fields: {
        queue: "a WorkQueue",
        bucket: "a TokenBucket",
        workflow: "a JobWorkflow",
        topicArn: undefined,
        email: undefined,
        kmsKeyArn: undefined,
        oldestMessageMinutes: undefined,
        longestJobMinutes: undefined,
        dashboard: undefined,
        tags: undefined,
    },
    rules: {
        topicArn: textRule(SNS_TOPIC_ARN),
        kmsKeyArn: textRule(KMS_KEY_ARN),
        email: textRule(EMAIL_ADDRESS),
        oldestMessageMinutes: numberRule(RANGE.oldestMessageMinutes),
        longestJobMinutes: numberRule(RANGE.longestJobMinutes),
    },
    mistakes: (name, args) => [
        nameMistake(name, MAX_NAME),
        ...autonamingMistakes("Monitoring", name),
        componentMistake("queue", args.queue, "WorkQueue", "deadLetterQueueArn"),
        componentMistake("bucket", args.bucket, "TokenBucket", "reaperQueueArn"),
        componentMistake("workflow", args.workflow, "JobWorkflow", "stateMachineArn"),
        plainMistake("dashboard", args.dashboard, "true or false"),
        args.topicArn !== undefined && args.email !== undefined
            ? "topicArn and email are both given; expected one of them: subscribe the address to your own topic instead"
            : undefined,
    ],
};

function makeAlarms(
    { parent, name, args }: Part<MonitoringArgs>,
    watched: Watched,
    topicArn: pulumi.Output<string>,
): Record<string, aws.cloudwatch.MetricAlarm> {
    const declared = alarms(watched, {
        oldestMessageMinutes: args.oldestMessageMinutes ?? DEFAULT.oldestMessageMinutes,
        longestJobMinutes: args.longestJobMinutes ?? DEFAULT.longestJobMinutes,
    });
    const made = Object.entries(declared).map(([role, alarm]): [string, aws.cloudwatch.MetricAlarm] => [
        role,
        new aws.cloudwatch.MetricAlarm(
            `${name}-${role}`,
            { ...alarm, alarmActions: [topicArn], okActions: [topicArn], tags: args.tags },
            // Made before the first heartbeat, the alarm of the dispatcher would go off: as much as possible comes first.
            { parent, dependsOn: [args.workflow] },
        ),
    ]);
    return Object.fromEntries(made);
}

/** @returns the dashboard's page in AWS's console */
function makeDashboard(
    { parent, name, args: { workflow } }: Part<MonitoringArgs>,
    watched: Watched,
    alarmArns: pulumi.Input<string>[],
): pulumi.Output<string> {
    const body = pulumi
        .output({ watched, alarmArns })
        .apply((known) => JSON.stringify(dashboardBody(known.watched, known.alarmArns)));
    // A dashboard belongs to the account, in all regions, and a second one of the same name replaces the first. The machine's
    // name is unique. With the component's own name in it, one that is renamed does not delete its own dashboard.
    const dashboard = new aws.cloudwatch.Dashboard(
        `${name}-dashboard`,
        {
            dashboardName: pulumi.interpolate`${workflow.stateMachine.name}-${name}`,
            dashboardBody: body,
        },
        { parent },
    );
    return consolePage(
        workflow.stateMachineArn,
        "cloudwatch/home",
        dashboard.dashboardName.apply((dashboardName) => `dashboards/dashboard/${dashboardName}`),
    );
}
