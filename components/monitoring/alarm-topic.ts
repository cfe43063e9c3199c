/** The topic that gets a notification when an alarm goes off and when it ends, unless the component's arguments name one. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { arnIn, locationOf } from "../location.ts";
import type { MonitoringArgs } from "../monitoring.ts";
import type { Part } from "../part.ts";
import { denyPlainHttp, policy } from "../policies.ts";
import type { Statement } from "../policies.ts";

/** @returns the topic's ARN */
export function makeAlarmTopic({ parent, name, args }: Part<MonitoringArgs>): pulumi.Output<string> {
    const topic = new aws.sns.Topic(
        `${name}-alarms`,
        { kmsMasterKeyId: args.kmsKeyArn, tags: args.tags },
        { parent },
    );
    const alarmArns = arnIn(locationOf(parent), "cloudwatch", "alarm:*");
    const topicPolicy = policy([denyPlainHttp("sns:Publish", [topic.arn]), fromAlarms(topic.arn, alarmArns)]);
    new aws.sns.TopicPolicy(`${name}-alarms-policy`, { arn: topic.arn, policy: topicPolicy }, { parent });
    if (args.email !== undefined) {
        new aws.sns.TopicSubscription(
            `${name}-alarms-email`,
            { topic: topic.arn, protocol: "email", endpoint: args.email },
            { parent },
        );
    }
    return topic.arn;
}

/** Lets the alarms of this account and region publish, and no others. */
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
