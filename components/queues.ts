/** What each queue of the components has: encryption, TLS alone, and a dead-letter queue that serves no other queue. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { denyPlainHttp, policy } from "./policies.ts";
import type { Statement } from "./policies.ts";

/** SQS keeps a message 14 days at most (SQS Developer Guide, "Amazon SQS message quotas"). */
export const MAX_RETENTION_SECONDS = 14 * 86_400;

/** How SQS encrypts a queue: with a customer-managed key, or with its own. */
export function queueEncryption(
    kmsKeyArn: pulumi.Input<string> | undefined,
): Pick<aws.sqs.QueueArgs, "kmsMasterKeyId" | "sqsManagedSseEnabled"> {
    return kmsKeyArn === undefined ? { sqsManagedSseEnabled: true } : { kmsMasterKeyId: kmsKeyArn };
}

/** The redrive policy of a queue: after how many receives a message moves to which dead-letter queue. */
export function redriveTo(
    deadLetterQueue: aws.sqs.Queue,
    maxReceiveCount: pulumi.Input<number>,
): pulumi.Output<string> {
    return pulumi.jsonStringify({ deadLetterTargetArn: deadLetterQueue.arn, maxReceiveCount });
}

/** Lets a dead-letter queue accept messages of this queue alone. */
export function serveOnly(
    name: string,
    deadLetterQueue: aws.sqs.Queue,
    queue: aws.sqs.Queue,
    options: pulumi.CustomResourceOptions,
): void {
    const redriveAllowPolicy = pulumi.jsonStringify({
        redrivePermission: "byQueue",
        sourceQueueArns: [queue.arn],
    });
    new aws.sqs.RedriveAllowPolicy(name, { queueUrl: deadLetterQueue.url, redriveAllowPolicy }, options);
}

/** Refuses plain HTTP on a queue, and lets senders send. */
export function setQueuePolicy(
    name: string,
    queue: aws.sqs.Queue,
    senders: Statement[],
    options: pulumi.CustomResourceOptions,
): void {
    const statements = [denyPlainHttp("sqs:*", [queue.arn]), ...senders];
    new aws.sqs.QueuePolicy(name, { queueUrl: queue.url, policy: policy(statements) }, options);
}
