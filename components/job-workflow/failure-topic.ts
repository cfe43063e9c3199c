/** The topic of a workflow that was given none: it gets a notification of each message that was dead-lettered. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { JobWorkflowArgs } from "../job-workflow.ts";
import type { Part } from "../part.ts";
import { denyPlainHttp, policy } from "../policies.ts";

/** The key that SNS has in every account; unlike SNS's default it encrypts at rest. */
const SNS_KEY = "alias/aws/sns";

/** @returns the topic's ARN */
export function makeFailureTopic({ parent, name, args }: Part<JobWorkflowArgs>): pulumi.Output<string> {
    const topic = new aws.sns.Topic(
        `${name}-failures`,
        { kmsMasterKeyId: args.bucket.kmsKeyArn ?? SNS_KEY, tags: args.tags },
        { parent },
    );
    new aws.sns.TopicPolicy(
        `${name}-failures-policy`,
        { arn: topic.arn, policy: policy([denyPlainHttp("sns:Publish", [topic.arn])]) },
        { parent },
    );
    return topic.arn;
}
