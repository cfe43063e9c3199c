/** The rules, by the type of resource that they are about, and what they find in a program. */
import type { Recorded } from "../../mocks.ts";
import { arnsAreOfTheRightKind } from "./arns.ts";
import { functionRules, permissionRules, visibilityIsSixTimesTheTimeout } from "./lambda.ts";
import { alarmWatchesAMetricThatExists, dashboardRules } from "./metrics.ts";
import * as policies from "./policies.ts";
import type { Rule } from "./rule.ts";
import { bucketEncryptionRules, itemRules, jobRules, objectRules, tableRules } from "./storage.ts";
import { tagsAreFew, tagsAreTexts, tagsOfRolesDifferByMoreThanCase } from "./tags.ts";
import {
    alarmRules,
    eventRuleRules,
    eventTargetRules,
    logGroupRules,
    machineRules,
    subscriptionRules,
} from "./workflow.ts";

export const RULES: Readonly<Record<string, readonly Rule[]>> = {
    "*": [arnsAreOfTheRightKind, tagsAreFew, tagsAreTexts],
    "aws:cloudwatch/dashboard:Dashboard": dashboardRules,
    "aws:cloudwatch/eventRule:EventRule": eventRuleRules,
    "aws:cloudwatch/eventTarget:EventTarget": eventTargetRules,
    "aws:cloudwatch/logGroup:LogGroup": logGroupRules,
    "aws:cloudwatch/metricAlarm:MetricAlarm": [alarmWatchesAMetricThatExists, ...alarmRules],
    "aws:dynamodb/table:Table": tableRules,
    "aws:dynamodb/tableItem:TableItem": itemRules,
    "aws:glue/job:Job": jobRules,
    "aws:iam/role:Role": [
        policies.isWellFormed("assumeRolePolicy", "trust"),
        policies.inlinePoliciesFitTheirRole,
        tagsOfRolesDifferByMoreThanCase,
    ],
    "aws:iam/rolePolicy:RolePolicy": [policies.isWellFormed("policy", "identity")],
    "aws:kms/key:Key": [policies.isWellFormed("policy", "resource"), policies.keyPolicyIsShort],
    "aws:lambda/eventSourceMapping:EventSourceMapping": [visibilityIsSixTimesTheTimeout],
    "aws:lambda/function:Function": functionRules,
    "aws:lambda/permission:Permission": permissionRules,
    "aws:s3/bucketObjectv2:BucketObjectv2": objectRules,
    "aws:s3/bucketPolicy:BucketPolicy": [
        policies.isWellFormed("policy", "resource"),
        policies.bucketPolicyIsAboutItsBucket,
        policies.bucketPolicyIsShort,
    ],
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
        bucketEncryptionRules,
    "aws:sfn/stateMachine:StateMachine": machineRules,
    "aws:sns/topicPolicy:TopicPolicy": [
        policies.isWellFormed("policy", "resource"),
        policies.topicPolicyIsAboutItsTopic,
        policies.topicPolicyHasActionsOfTopics,
        policies.topicPolicyIsShort,
    ],
    "aws:sns/topicSubscription:TopicSubscription": subscriptionRules,
    "aws:sqs/queuePolicy:QueuePolicy": [
        policies.isWellFormed("policy", "resource"),
        policies.queuePolicyIsAboutItsQueue,
        policies.queuePolicyIsWithinQuotas,
    ],
};

/** What AWS would refuse of a program, each with the resource, its type, the input and the page that says so. */
export function ruleMistakes(program: readonly Recorded[]): string[] {
    return program.flatMap((resource) =>
        [...(RULES["*"] ?? []), ...(RULES[resource.type] ?? [])].flatMap((rule) =>
            rule
                .find(resource, program)
                .map((mistake) => `${resource.name} (${resource.type}): ${mistake} (${rule.page})`),
        ),
    );
}
