/** The queue of what the reaper has to look at, and its dead-letter queue. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Part } from "../part.ts";
import type { Statement } from "../policies.ts";
import { MAX_RETENTION_SECONDS, queueEncryption, redriveTo, serveOnly, setQueuePolicy } from "../queues.ts";
import type { TokenBucketArgs } from "../token-bucket.ts";
import { FUNCTION_TIMEOUT_SECONDS } from "./functions.ts";

export interface ReaperQueues {
    readonly queue: aws.sqs.Queue;
    readonly deadLetterQueue: aws.sqs.Queue;
}

/** @param ruleArns a pattern of the event rules that may send to the queue */
export function makeReaperQueues(
    { parent, name, args }: Part<TokenBucketArgs>,
    ruleArns: pulumi.Output<string>,
): ReaperQueues {
    const shared = { ...queueEncryption(args.kmsKeyArn), tags: args.tags };
    const deadLetterQueue = new aws.sqs.Queue(
        `${name}-reaper-dead-letter`,
        { ...shared, messageRetentionSeconds: MAX_RETENTION_SECONDS },
        { parent },
    );
    const queue = new aws.sqs.Queue(
        `${name}-reaper-queue`,
        {
            ...shared,
            messageRetentionSeconds: MAX_RETENTION_SECONDS,
            visibilityTimeoutSeconds: 6 * FUNCTION_TIMEOUT_SECONDS,
            // An execution may wait for the answer to its question, so a message must outlive an outage of days.
            redrivePolicy: redriveTo(deadLetterQueue, 1000),
        },
        { parent },
    );
    serveOnly(`${name}-reaper-redrive-allow-policy`, deadLetterQueue, queue, { parent });
    setQueuePolicy(`${name}-reaper-queue-policy`, queue, [sendFromRules(queue.arn, ruleArns)], { parent });
    setQueuePolicy(`${name}-reaper-dead-letter-policy`, deadLetterQueue, [], { parent });
    return { queue, deadLetterQueue };
}

/** Lets event rules with these ARNs send to the queue; the ARNs name the account. */
function sendFromRules(queueArn: pulumi.Output<string>, ruleArns: pulumi.Output<string>): Statement {
    return {
        Sid: "AllowRules",
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: queueArn,
        Condition: { ArnLike: { "aws:SourceArn": ruleArns } },
    };
}
