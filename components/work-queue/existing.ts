/** A queue that exists already: whether it can be a workflow's, as far as its resource says. */
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULT } from "../allowed-values.ts";
import { errorOf, show } from "../arguments.ts";
import type { Mistake, Subject } from "../arguments.ts";
import type { WorkQueueArgs } from "../work-queue.ts";

/**
 * A queue of yours, with its dead-letter queue.
 * @example
 * ```ts
 * const existing: ExistingQueueArgs = {
 *     queue: aws.sqs.Queue.get("orders", "https://sqs.eu-west-1.amazonaws.com/123456789012/orders.fifo"),
 *     deadLetterQueue: aws.sqs.Queue.get(
 *         "failed-orders",
 *         "https://sqs.eu-west-1.amazonaws.com/123456789012/failed-orders.fifo",
 *     ),
 * };
 *
 * new WorkQueue("orders", { existing });
 * ```
 */
export interface ExistingQueueArgs {
    /** The FIFO queue. Its redrive policy names the other one. */
    queue: aws.sqs.Queue;
    /** The FIFO queue that gets the messages whose job fails for good, of this queue alone. */
    deadLetterQueue: aws.sqs.Queue;
}

/** Arguments that are settings of the queue itself. Whoever made the queue has them. */
const OF_THE_QUEUE = [
    "visibilityTimeoutSeconds",
    "maxReceiveCount",
    "retentionDays",
    "senders",
    "tags",
] as const satisfies readonly (keyof WorkQueueArgs)[];

/** Mistakes that are known at once. */
export function existingMistakes(args: Partial<WorkQueueArgs>): Mistake[] {
    const { existing } = args;
    if (existing === undefined) return [];
    const given: Partial<ExistingQueueArgs> | null = existing;
    if (typeof given !== "object" || given === null)
        return [`existing is ${show(given)}; expected { queue, deadLetterQueue }`];
    return [
        ...(["queue", "deadLetterQueue"] as const).map((field) =>
            isQueue(given[field])
                ? undefined
                : `existing.${field} is no aws.sqs.Queue; expected one that the program declares, or aws.sqs.Queue.get`,
        ),
        ...OF_THE_QUEUE.filter((field) => args[field] !== undefined).map(
            (field) =>
                `${field} and existing are both given; expected one of them: set it where the queue is made`,
        ),
    ];
}

function isQueue(value: unknown): boolean {
    return pulumi.CustomResource.isInstance(value) && "redrivePolicy" in value;
}

/** An output that fails once something is known of the queues that no workflow can use. */
export function checkExisting(
    subject: Subject,
    { queue, deadLetterQueue }: ExistingQueueArgs,
    { functionTimeoutSeconds = DEFAULT.functionTimeoutSeconds, kmsKeyArn }: WorkQueueArgs,
): pulumi.Output<void> {
    const known = pulumi.output({
        fifo: queue.fifoQueue,
        deadLetterFifo: deadLetterQueue.fifoQueue,
        visibility: queue.visibilityTimeoutSeconds,
        redrivePolicy: queue.redrivePolicy,
        deadLetterArn: deadLetterQueue.arn,
        key: queue.kmsMasterKeyId,
        deadLetterKey: deadLetterQueue.kmsMasterKeyId,
        timeout: functionTimeoutSeconds,
    });
    return known.apply((queues) => {
        const mistakes = queueMistakes(queues, kmsKeyArn !== undefined);
        if (mistakes.some((mistake) => mistake !== undefined)) throw errorOf(subject, mistakes);
    });
}

/** What a program's unit tests, or a resource that is read, do not say is undefined, and no mistake. */
interface Known {
    readonly fifo?: boolean | undefined;
    readonly deadLetterFifo?: boolean | undefined;
    readonly visibility?: number | undefined;
    readonly redrivePolicy?: string | undefined;
    readonly deadLetterArn?: string;
    readonly key?: string | undefined;
    readonly deadLetterKey?: string | undefined;
    readonly timeout: number;
}

function queueMistakes(known: Known, hasKey: boolean): Mistake[] {
    const { visibility, timeout } = known;
    return [
        known.fifo === false
            ? "existing.queue is no FIFO queue; expected one with fifoQueue: true"
            : undefined,
        known.deadLetterFifo === false
            ? "existing.deadLetterQueue is no FIFO queue; expected one, as SQS does for the dead letters of a FIFO queue"
            : undefined,
        visibility !== undefined && visibility < 6 * timeout
            ? `visibilityTimeoutSeconds of existing.queue is ${visibility}; expected ${6 * timeout} or more (six times functionTimeoutSeconds)`
            : undefined,
        redriveMistake(known),
        ...(hasKey
            ? []
            : [keyMistake("queue", known.key), keyMistake("deadLetterQueue", known.deadLetterKey)]),
    ];
}

function redriveMistake({ redrivePolicy, deadLetterArn }: Known): Mistake {
    if (redrivePolicy === undefined || redrivePolicy === "" || deadLetterArn === undefined) return undefined;
    const { deadLetterTargetArn } = JSON.parse(redrivePolicy) as { deadLetterTargetArn?: string };
    if (deadLetterTargetArn === undefined || deadLetterTargetArn === deadLetterArn) return undefined;
    return `the redrive policy of existing.queue names ${deadLetterTargetArn}; expected existing.deadLetterQueue, ${deadLetterArn}`;
}

function keyMistake(field: keyof ExistingQueueArgs, key: string | undefined): Mistake {
    if (key === undefined || key === "") return undefined;
    return `existing.${field} is encrypted with the KMS key ${key}; expected its ARN in kmsKeyArn, for the permissions to use it`;
}
