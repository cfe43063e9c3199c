/** The schedules on which the functions look at everything: they find what events missed. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { NodeFunction } from "../node-function.ts";
import type { Part } from "../part.ts";
import type { TokenBucketArgs } from "../token-bucket.ts";

/** Makes either function look at everything. */
const SWEEP = JSON.stringify({ sweep: true });

/** The dispatcher's heartbeat; it also makes up for a lost stream record. */
export function dispatchEveryMinute(
    { parent, name, args }: Part<TokenBucketArgs>,
    rulePrefix: pulumi.Input<string>,
    dispatcher: NodeFunction,
): void {
    const rule = new aws.cloudwatch.EventRule(
        `${name}-every-minute`,
        {
            namePrefix: rulePrefix,
            description: "Turnstile: makes the dispatcher look at every pool",
            scheduleExpression: "rate(1 minute)",
            tags: args.tags,
        },
        { parent },
    );
    const permission = new aws.lambda.Permission(
        `${name}-every-minute-permission`,
        {
            action: "lambda:InvokeFunction",
            function: dispatcher.function.name,
            principal: "events.amazonaws.com",
            sourceArn: rule.arn,
        },
        { parent },
    );
    new aws.cloudwatch.EventTarget(
        `${name}-every-minute-target`,
        { rule: rule.name, arn: dispatcher.function.arn, input: SWEEP },
        { parent, dependsOn: [permission] },
    );
}

/** Makes up for lost events. */
export function reapEveryFourMinutes(
    { parent, name, args }: Part<TokenBucketArgs>,
    rulePrefix: pulumi.Input<string>,
    reaperQueueArn: pulumi.Input<string>,
): void {
    const rule = new aws.cloudwatch.EventRule(
        `${name}-every-four-minutes`,
        {
            namePrefix: rulePrefix,
            description: "Turnstile: makes the reaper look at every holder",
            scheduleExpression: "rate(4 minutes)",
            tags: args.tags,
        },
        { parent },
    );
    new aws.cloudwatch.EventTarget(
        `${name}-every-four-minutes-target`,
        { rule: rule.name, arn: reaperQueueArn, input: SWEEP },
        { parent },
    );
}
