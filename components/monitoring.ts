/** What tells people that something is wrong, and shows how things are: alarms, their topic and a dashboard. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULT, EMAIL_ADDRESS, KMS_KEY_ARN, RANGE, SNS_TOPIC_ARN } from "./allowed-values.ts";
import { checkArguments, nameMistake, numberMistake, textMistake } from "./arguments.ts";
import type { Mistake, Tags } from "./arguments.ts";
import type { JobWorkflow } from "./job-workflow.ts";
import { consolePage } from "./location.ts";
import { makeAlarmTopic } from "./monitoring/alarm-topic.ts";
import { alarms } from "./monitoring/alarms.ts";
import { dashboardBody } from "./monitoring/dashboard.ts";
import { watchedNames } from "./monitoring/watched.ts";
import type { Watched } from "./monitoring/watched.ts";
import type { Part } from "./part.ts";
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
        const part = { parent: this, name, args };
        const watched = watchedNames(args);

        this.topicArn = pulumi.output(args.topicArn ?? makeAlarmTopic(part));
        this.alarms = makeAlarms(part, watched, this.topicArn);
        const alarmArns = Object.values(this.alarms).map(({ arn }) => arn);
        this.dashboardUrl = args.dashboard === false ? undefined : makeDashboard(part, watched, alarmArns);
        this.registerOutputs({ topicArn: this.topicArn, dashboardUrl: this.dashboardUrl });
    }
}

/** Names of alarms have 255 characters; Pulumi adds eight, and the longest of ours is `-reaper-dead-letters`. */
const MAX_NAME = 227;

function mistakes(
    name: string,
    { topicArn, email, kmsKeyArn, oldestMessageMinutes }: MonitoringArgs,
): Mistake[] {
    return [
        nameMistake(name, MAX_NAME),
        textMistake("topicArn", topicArn, SNS_TOPIC_ARN),
        textMistake("kmsKeyArn", kmsKeyArn, KMS_KEY_ARN),
        topicArn !== undefined && email !== undefined
            ? "both topicArn and email are given; expected one of them: a topic of your own has its own subscriptions"
            : undefined,
        textMistake("email", email, EMAIL_ADDRESS),
        numberMistake("oldestMessageMinutes", oldestMessageMinutes, RANGE.oldestMessageMinutes),
    ];
}

function makeAlarms(
    { parent, name, args }: Part<MonitoringArgs>,
    watched: Watched,
    topicArn: pulumi.Output<string>,
): Record<string, aws.cloudwatch.MetricAlarm> {
    const declared = alarms(watched, args.oldestMessageMinutes ?? DEFAULT.oldestMessageMinutes);
    const made = Object.entries(declared).map(([role, alarm]): [string, aws.cloudwatch.MetricAlarm] => [
        role,
        new aws.cloudwatch.MetricAlarm(
            `${name}-${role}`,
            { ...alarm, alarmActions: [topicArn], okActions: [topicArn], tags: args.tags },
            // An alarm that is made before the first heartbeat would go off: as much as possible comes first.
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
    // Dashboards are the account's, in all regions, and a second one of a name replaces the first: the machine's name is
    // given once.
    const dashboard = new aws.cloudwatch.Dashboard(
        `${name}-dashboard`,
        { dashboardName: workflow.stateMachine.name, dashboardBody: body },
        { parent },
    );
    return consolePage(
        workflow.stateMachineArn,
        "cloudwatch/home",
        dashboard.dashboardName.apply((dashboardName) => `dashboards/dashboard/${dashboardName}`),
    );
}
