/** The queue that messages are sent to, with the dead-letter queue that they end in when their job cannot be done. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULT, KMS_KEY_ARN, RANGE } from "./allowed-values.ts";
import { checkArguments, nameMistake, numberMistake, textMistake } from "./arguments.ts";
import type { Mistake, Tags } from "./arguments.ts";
import { consolePage } from "./location.ts";
import type { Part } from "./part.ts";
import { MAX_RETENTION_SECONDS, queueEncryption, redriveTo, refusePlainHttp, serveOnly } from "./queues.ts";

export interface WorkQueueArgs {
    /**
     * Seconds that the function which reads the queue may take for one batch, 1 to 900. Up to 45, a message that comes back
     * because the function died comes back within the five minutes in which SQS folds doubles in the dead-letter queue.
     * @default 40
     */
    functionTimeoutSeconds?: pulumi.Input<number> | undefined;
    /**
     * Seconds that a message stays hidden while it is being accepted, up to 43,200: at least six times the function's
     * timeout, so that a throttled function gets its retries (Lambda Developer Guide, "Using Lambda with Amazon SQS").
     * @default six times `functionTimeoutSeconds`
     */
    visibilityTimeoutSeconds?: pulumi.Input<number> | undefined;
    /**
     * How often a message may come back to the queue before SQS itself moves it to the dead-letter queue, 1 to 1000.
     * A message that can never start goes there at once, whatever this is; so it only counts failures that are not the
     * message's own, and a high number lets healthy messages outlast an outage. @default 1000
     */
    maxReceiveCount?: pulumi.Input<number> | undefined;
    /** Days that a message is kept while nobody takes it, 1 to 14. @default 14 */
    retentionDays?: pulumi.Input<number> | undefined;
    /**
     * ARN of the KMS key that encrypts both queues. Its key policy must let the senders use it.
     * @default keys that SQS owns
     */
    kmsKeyArn?: pulumi.Input<string> | undefined;
    /** Tags of both queues. @default none */
    tags?: Tags | undefined;
}

/**
 * A FIFO queue in high-throughput mode. Messages of one group are accepted in order; two messages with the same body, or
 * the same deduplication id, within five minutes and one group are one. Both queues refuse plain HTTP.
 */
export class WorkQueue extends pulumi.ComponentResource {
    readonly queue: aws.sqs.Queue;
    readonly deadLetterQueue: aws.sqs.Queue;
    readonly url: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    readonly deadLetterQueueUrl: pulumi.Output<string>;
    readonly deadLetterQueueArn: pulumi.Output<string>;
    readonly functionTimeoutSeconds: pulumi.Output<number>;
    /** ARN of the key that encrypts the queues; undefined if it is SQS's own. */
    readonly kmsKeyArn: pulumi.Output<string> | undefined;
    /** The queue's page in AWS's console. */
    readonly consoleUrl: pulumi.Output<string>;
    readonly deadLetterQueueConsoleUrl: pulumi.Output<string>;

    constructor(name: string, args: WorkQueueArgs = {}, options?: pulumi.ComponentResourceOptions) {
        super("turnstile:index:WorkQueue", name, {}, options);
        checkArguments("WorkQueue", name, mistakes(name, args));
        const part = { parent: this, name, args };

        this.deadLetterQueue = makeDeadLetterQueue(part);
        this.functionTimeoutSeconds = pulumi.output(
            args.functionTimeoutSeconds ?? DEFAULT.functionTimeoutSeconds,
        );
        this.queue = makeQueue(part, this.deadLetterQueue, this.functionTimeoutSeconds);
        serveOnly(`${name}-redrive-allow-policy`, this.deadLetterQueue, this.queue, { parent: this });
        refusePlainHttp(`${name}-policy`, this.queue, { parent: this });
        refusePlainHttp(`${name}-dead-letter-policy`, this.deadLetterQueue, { parent: this });

        this.kmsKeyArn = args.kmsKeyArn === undefined ? undefined : pulumi.output(args.kmsKeyArn);
        this.url = this.queue.url;
        this.arn = this.queue.arn;
        this.deadLetterQueueUrl = this.deadLetterQueue.url;
        this.deadLetterQueueArn = this.deadLetterQueue.arn;
        this.consoleUrl = queuePage(this.queue);
        this.deadLetterQueueConsoleUrl = queuePage(this.deadLetterQueue);
        const { url, arn, deadLetterQueueUrl, deadLetterQueueArn } = this;
        this.registerOutputs({ url, arn, deadLetterQueueUrl, deadLetterQueueArn });
    }
}

/** More than an execution can carry, so that the starter refuses a message which is too large; dead letters have attributes besides. */
const MAX_MESSAGE_BYTES = 256 * 1024;
const MAX_DEAD_LETTER_BYTES = 1024 * 1024;

/** Lambda asks for a visibility timeout of six times the function's. */
const VISIBILITY_FACTOR = 6;

/** SQS names have 80 characters; Pulumi adds eight and `.fifo`, and the longest of ours is `-dead-letter`. */
const MAX_NAME = 55;

function mistakes(name: string, args: WorkQueueArgs): Mistake[] {
    const { functionTimeoutSeconds = DEFAULT.functionTimeoutSeconds } = args;
    const leastVisibility =
        typeof functionTimeoutSeconds === "number" ? functionTimeoutSeconds * VISIBILITY_FACTOR : 0;
    return [
        nameMistake(name, MAX_NAME),
        numberMistake("functionTimeoutSeconds", functionTimeoutSeconds, RANGE.functionTimeoutSeconds),
        numberMistake("visibilityTimeoutSeconds", args.visibilityTimeoutSeconds, {
            from: leastVisibility,
            to: RANGE.visibilityTimeoutSeconds.to,
            unit: "seconds (six times functionTimeoutSeconds, or more)",
        }),
        numberMistake("maxReceiveCount", args.maxReceiveCount, RANGE.maxReceiveCount),
        numberMistake("retentionDays", args.retentionDays, RANGE.retentionDays),
        textMistake("kmsKeyArn", args.kmsKeyArn, KMS_KEY_ARN),
    ];
}

function makeDeadLetterQueue({ parent, name, args }: Part<WorkQueueArgs>): aws.sqs.Queue {
    return new aws.sqs.Queue(
        `${name}-dead-letter`,
        {
            ...queueEncryption(args.kmsKeyArn),
            fifoQueue: true,
            // Kept as long as SQS can: it is all that is left of a message.
            messageRetentionSeconds: MAX_RETENTION_SECONDS,
            maxMessageSize: MAX_DEAD_LETTER_BYTES,
            tags: args.tags,
        },
        { parent },
    );
}

function makeQueue(
    { parent, name, args }: Part<WorkQueueArgs>,
    deadLetterQueue: aws.sqs.Queue,
    functionTimeoutSeconds: pulumi.Output<number>,
): aws.sqs.Queue {
    return new aws.sqs.Queue(
        name,
        {
            ...queueEncryption(args.kmsKeyArn),
            fifoQueue: true,
            contentBasedDeduplication: true,
            deduplicationScope: "messageGroup",
            fifoThroughputLimit: "perMessageGroupId",
            maxMessageSize: MAX_MESSAGE_BYTES,
            messageRetentionSeconds: pulumi
                .output(args.retentionDays ?? DEFAULT.retentionDays)
                .apply((days) => days * 86_400),
            visibilityTimeoutSeconds:
                args.visibilityTimeoutSeconds ??
                functionTimeoutSeconds.apply((timeout) => timeout * VISIBILITY_FACTOR),
            redrivePolicy: redriveTo(deadLetterQueue, args.maxReceiveCount ?? DEFAULT.maxReceiveCount),
            tags: args.tags,
        },
        { parent },
    );
}

function queuePage(queue: aws.sqs.Queue): pulumi.Output<string> {
    return consolePage(
        queue.arn,
        "sqs/v3/home",
        queue.url.apply((url) => `/queues/${encodeURIComponent(url)}`),
    );
}
