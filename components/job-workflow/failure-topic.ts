/** The topic that gets a notification of each dead-lettered message, unless the workflow's arguments name one. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { JobWorkflowArgs } from "../job-workflow.ts";
import { keyOf } from "./key.ts";
import type { Part } from "../part.ts";
import { denyPlainHttp, policy } from "../policies.ts";

/** SNS's own key, which every account has. By default SNS encrypts nothing at rest. */
const SNS_KEY = "alias/aws/sns";

/** @returns the topic's ARN */
export function makeFailureTopic({ parent, name, args }: Part<JobWorkflowArgs>): pulumi.Output<string> {
    const topic = new aws.sns.Topic(
        `${name}-failures`,
        { kmsMasterKeyId: keyOf(args) ?? SNS_KEY, tags: args.tags },
        { parent },
    );
    new aws.sns.TopicPolicy(
        `${name}-failures-policy`,
        { arn: topic.arn, policy: policy([denyPlainHttp("sns:Publish", [topic.arn])]) },
        { parent },
    );
    return topic.arn;
}
