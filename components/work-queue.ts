/** The queue that messages are sent to, and the dead-letter queue that gets those whose job fails for good. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULT, isWithin, KMS_KEY_ARN, RANGE, wordsOf } from "./allowed-values.ts";
import type { Range } from "./allowed-values.ts";
import { checkArguments, nameMistake, numberRule, textRule, unlessFailed } from "./arguments.ts";
import type { Demands, Others, Tags } from "./arguments.ts";
import { autonamingMistakes } from "./autonaming.ts";
import { inputsOf } from "./inputs.ts";
import { consolePage } from "./location.ts";
import type { Part } from "./part.ts";
import { MAX_RETENTION_SECONDS, queueEncryption, redriveTo, serveOnly, setQueuePolicy } from "./queues.ts";
import { checkExisting, existingMistakes } from "./work-queue/existing.ts";
import type { ExistingQueueArgs } from "./work-queue/existing.ts";
import { checkSenders, senderStatement } from "./work-queue/senders.ts";
import type { SenderArgs } from "./work-queue/senders.ts";

/**
 * What a {@link WorkQueue} is made of.
 * @example
 * ```ts
 * const args: WorkQueueArgs = { retentionDays: 4, tags: { team: "data" } };
 *
 * new WorkQueue("daily", args);
 * new WorkQueue("backfill", { ...args, retentionDays: 14 });
 * ```
 */
export interface WorkQueueArgs {
    /**
     * Timeout of the function that reads the queue, 1 to 900 seconds. It must be long enough for a batch of ten messages. Up
     * to 45 seconds, a message that returns after the function died returns within five minutes, in which SQS still
     * recognises its double in the dead-letter queue.
     * @default 40
     */
    functionTimeoutSeconds?: pulumi.Input<number> | undefined;
    /**
     * Seconds for which the queue hides a message that was received, 6 to 43,200. At least six times the function's timeout:
     * then a function that Lambda throttles is retried before the message returns (Lambda Developer Guide, "Using Lambda with
     * Amazon SQS").
     * @default six times `functionTimeoutSeconds`
     * @example
     * ```ts
     * new WorkQueue("reports", { functionTimeoutSeconds: 60, visibilityTimeoutSeconds: 600 });
     * ```
     */
    visibilityTimeoutSeconds?: pulumi.Input<number> | undefined;
    /**
     * How often a message may return to the queue before SQS moves it to the dead-letter queue, 1 to 1000. A message that can
     * never start moves there at once. So this counts only failures that are not the message's own, such as an outage of
     * Step Functions; a high number lets healthy messages outlast it.
     * @default 1000
     */
    maxReceiveCount?: pulumi.Input<number> | undefined;
    /**
     * Days after which SQS deletes a message that is still in the queue, 1 to 14. The dead-letter queue always keeps messages
     * for 14 days.
     * @default 14
     */
    retentionDays?: pulumi.Input<number> | undefined;
    /**
     * ARN of the KMS key that encrypts both queues. Its key policy must let the senders use it.
     * @default SQS's own keys
     */
    kmsKeyArn?: pulumi.Input<string> | undefined;
    /**
     * Who may send messages, besides roles of the account whose own policies let them: services, and other accounts.
     * @default nobody
     * @example
     * A rule of EventBridge that sends a message each night:
     *
     * ```ts
     * const rule = new aws.cloudwatch.EventRule("nightly", { scheduleExpression: "cron(0 2 * * ? *)" });
     * const nightly = new WorkQueue("nightly", {
     *     senders: [{ principal: "events.amazonaws.com", sourceArn: rule.arn }],
     * });
     *
     * new aws.cloudwatch.EventTarget("nightly", {
     *     rule: rule.name,
     *     arn: nightly.arn,
     *     sqsTarget: { messageGroupId: "nightly" },
     *     input: JSON.stringify({ arguments: { "--report": "nightly" } }),
     * });
     * ```
     */
    senders?: SenderArgs[] | undefined;
    /**
     * A queue that exists already, and its dead-letter queue, instead of new ones. Their settings and policies stay those of
     * whoever made them, so the arguments for these are refused. What is known of the queues is checked: both are FIFO, the queue
     * hides a message for six times the function's timeout, its redrive policy names the dead-letter queue, and `kmsKeyArn` is
     * given if they are encrypted with a key.
     * @default new queues
     * @example
     * ```ts
     * const deadLetterQueue = new aws.sqs.Queue("dead-letters", { fifoQueue: true, messageRetentionSeconds: 1_209_600 });
     * const redrivePolicy = pulumi.jsonStringify({ deadLetterTargetArn: deadLetterQueue.arn, maxReceiveCount: 1000 });
     * const mine = new aws.sqs.Queue("mine", { fifoQueue: true, visibilityTimeoutSeconds: 240, redrivePolicy });
     *
     * new WorkQueue("reports", { existing: { queue: mine, deadLetterQueue } });
     * ```
     */
    existing?: ExistingQueueArgs | undefined;
    /** Tags of both queues. @default none */
    tags?: Tags | undefined;
}

/**
 * A FIFO queue for messages, and the dead-letter queue that gets the messages whose job fails for good.
 *
 * The queue is in high-throughput mode: messages of one group are accepted in order, groups side by side. Two messages of one
 * group with the same body, or with the same deduplication id, count as one if they are sent within five minutes. Both queues
 * are encrypted and refuse plain HTTP.
 *
 * @example
 *
 * #### Make a queue
 *
 * ```ts
 * const queue = new WorkQueue("reports");
 *
 * export const queueUrl = queue.url;
 * ```
 *
 * #### Give up on old messages
 *
 * Messages that nobody accepted for four days are of no use any more.
 *
 * ```ts
 * new WorkQueue("reports", { retentionDays: 4 });
 * ```
 *
 * #### Protect it for production
 *
 * Your own key encrypts both queues, and Pulumi refuses to delete them.
 *
 * ```ts
 * const kmsKeyArn = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
 *
 * new WorkQueue("reports", { kmsKeyArn }, { protect: true });
 * ```
 */
export class WorkQueue extends pulumi.ComponentResource {
    /** The component's name in the program. */
    readonly name: string;
    readonly queue: aws.sqs.Queue;
    readonly deadLetterQueue: aws.sqs.Queue;
    /** Where to send messages. */
    readonly url: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    readonly deadLetterQueueUrl: pulumi.Output<string>;
    readonly deadLetterQueueArn: pulumi.Output<string>;
    /** Timeout of the function that reads the queue. */
    readonly functionTimeoutSeconds: pulumi.Output<number>;
    /** ARN of the key that encrypts the queues; undefined if SQS's own keys do. */
    readonly kmsKeyArn: pulumi.Output<string> | undefined;
    /** The queue's page in AWS's console. */
    readonly consoleUrl: pulumi.Output<string>;
    /** The dead-letter queue's page in AWS's console. */
    readonly deadLetterQueueConsoleUrl: pulumi.Output<string>;

    constructor(name: string, given: WorkQueueArgs = {}, options?: pulumi.ComponentResourceOptions) {
        super("turnstile:index:WorkQueue", name, inputsOf(given), options);
        const args = checkArguments("WorkQueue", name, given, DEMANDS);
        const part = { parent: this, name, args };
        this.name = name;

        this.functionTimeoutSeconds = pulumi.output(
            args.functionTimeoutSeconds ?? DEFAULT.functionTimeoutSeconds,
        );
        const { queue, deadLetterQueue, checks } = args.existing
            ? useExisting(part, args.existing)
            : makeQueues(part, this.functionTimeoutSeconds);
        this.queue = queue;
        this.deadLetterQueue = deadLetterQueue;

        this.kmsKeyArn = args.kmsKeyArn === undefined ? undefined : pulumi.output(args.kmsKeyArn);
        this.url = unlessFailed(queue.url, checks);
        this.arn = unlessFailed(queue.arn, checks);
        this.deadLetterQueueUrl = this.deadLetterQueue.url;
        this.deadLetterQueueArn = this.deadLetterQueue.arn;
        this.consoleUrl = queuePage(this.queue);
        this.deadLetterQueueConsoleUrl = queuePage(this.deadLetterQueue);
        const { url, arn, deadLetterQueueUrl, deadLetterQueueArn } = this;
        this.registerOutputs({ url, arn, deadLetterQueueUrl, deadLetterQueueArn });
    }
}

/** More than an execution can carry: the starter refuses a message that is too large, with the reason. */
const MAX_MESSAGE_BYTES = 256 * 1024;

/** A dead letter has its message's body and attributes besides. */
const MAX_DEAD_LETTER_BYTES = 1024 * 1024;

/** Lambda asks for a visibility timeout of six times the function's timeout. */
const VISIBILITY_FACTOR = 6;

/** SQS names have 80 characters; Pulumi adds eight and `.fifo`, and the longest of ours is `-dead-letter`. */
const MAX_NAME = 55;

const DEMANDS: Demands<WorkQueueArgs> = {
    fields: {
        functionTimeoutSeconds: undefined,
        visibilityTimeoutSeconds: undefined,
        maxReceiveCount: undefined,
        retentionDays: undefined,
        kmsKeyArn: undefined,
        senders: undefined,
        existing: undefined,
        tags: undefined,
    },
    rules: {
        functionTimeoutSeconds: numberRule(RANGE.functionTimeoutSeconds),
        visibilityTimeoutSeconds: {
            besides: ["functionTimeoutSeconds"],
            expects: (others) => wordsOf(visibilityRange(others)),
            accepts: (value, others) => isWithin(visibilityRange(others), value as number),
        },
        maxReceiveCount: numberRule(RANGE.maxReceiveCount),
        retentionDays: numberRule(RANGE.retentionDays),
        kmsKeyArn: textRule(KMS_KEY_ARN),
    },
    mistakes: (name, args) => [
        nameMistake(name, MAX_NAME),
        ...(args.existing === undefined ? autonamingMistakes("WorkQueue", name) : []),
        ...existingMistakes(args),
    ],
    within: (subject, args) => {
        const { checked: senders, mistakes } = checkSenders(subject, args.senders);
        return { checked: { senders }, mistakes };
    },
};

function visibilityRange({ functionTimeoutSeconds = DEFAULT.functionTimeoutSeconds }: Others): Range {
    return {
        from: Number(functionTimeoutSeconds) * VISIBILITY_FACTOR,
        to: RANGE.visibilityTimeoutSeconds.to,
        unit: "seconds (six times functionTimeoutSeconds, or more)",
    };
}

interface Queues {
    readonly queue: aws.sqs.Queue;
    readonly deadLetterQueue: aws.sqs.Queue;
    /** What must not fail before somebody uses them. */
    readonly checks: pulumi.Output<void>[];
}

function useExisting({ name, args }: Part<WorkQueueArgs>, existing: ExistingQueueArgs): Queues {
    return { ...existing, checks: [checkExisting({ component: "WorkQueue", name }, existing, args)] };
}

function makeQueues(part: Part<WorkQueueArgs>, functionTimeoutSeconds: pulumi.Output<number>): Queues {
    const { parent, name, args } = part;
    const deadLetterQueue = makeDeadLetterQueue(part);
    const queue = makeQueue(part, deadLetterQueue, functionTimeoutSeconds);
    serveOnly(`${name}-redrive-allow-policy`, deadLetterQueue, queue, { parent });
    const senders = (args.senders ?? []).map((sender, i) => senderStatement(sender, i, queue.arn));
    setQueuePolicy(`${name}-policy`, queue, senders, { parent });
    setQueuePolicy(`${name}-dead-letter-policy`, deadLetterQueue, [], { parent });
    return { queue, deadLetterQueue, checks: [] };
}

function makeDeadLetterQueue({ parent, name, args }: Part<WorkQueueArgs>): aws.sqs.Queue {
    return new aws.sqs.Queue(
        `${name}-dead-letter`,
        {
            ...queueEncryption(args.kmsKeyArn),
            fifoQueue: true,
            // As long as SQS can keep it: nothing else is left of the message.
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
