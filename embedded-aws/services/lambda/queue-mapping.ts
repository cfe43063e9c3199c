/**
 * An event source mapping of a queue. It receives batches, invokes the function with each, and deletes the messages
 * that succeeded. A message that failed stays, and comes back when its visibility timeout ends. The queue itself keeps
 * the batches of a FIFO queue in order, one at a time for each message group (Lambda Developer Guide, "Using Lambda
 * with Amazon SQS"). Two things are simpler than on AWS: pollers wait until the queue wakes them, and errors of a
 * function do not slow them down.
 */
import type { Message } from "@aws-sdk/client-sqs";
import type { SQSMessageAttributes, SQSRecord } from "aws-lambda";
import type { Timer } from "../../clock.ts";
import { AwsError } from "../../service.ts";
import type { Caller } from "../../service.ts";
import { Queue } from "../sqs/index.ts";
import { invalid, isRecursion, isRefusal, isThrottle } from "./errors.ts";
import { callerOf } from "./invoker.ts";
import { headerOf } from "./lineage.ts";
import {
    countThatFits,
    failuresOf,
    matcherOf,
    type Mapping,
    type MappingHost,
    type MappingSettings,
} from "./mapping.ts";
import type { InvocationOutcome } from "./outcome.ts";

/** Standard queues, the same page, "Scaling behavior": five batches at once, and up to 300 more each minute. */
const RAMP = { first: 5, perMinute: 300, last: 1250 };
/** The actions that CreateEventSourceMapping checks the function's role for (the same page, "Setting up an execution role"). */
const NEEDED = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];
/** How many messages a request to SQS can have. */
const REQUEST_MESSAGES = 10;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A batch that the function works on. */
interface Batch {
    readonly records: SQSRecord[];
    /** When its visibility timeout ends. After that it is not invoked with any more. */
    readonly visibleAt: number;
    throttles: number;
}

export class QueueMapping implements Mapping {
    readonly uuid: string;
    settings: MappingSettings;
    readonly fn: MappingHost["fn"];
    enabled: boolean;
    private readonly host: MappingHost;
    private readonly caller: Caller;
    private readonly queueUrl: string;
    private readonly isFifo: boolean;
    private readonly visibilityMillis: number;
    private matches;
    private running = 0;
    private busySince: number | undefined;
    private poll: Timer | undefined;
    private isPolling = false;
    /** Whether there may be something to receive as soon as there is room. */
    private hasMore = false;
    /** Standard queues with a batching window: messages that were received and wait for more. */
    private collected: SQSRecord[] = [];
    private collectedSince = 0;
    private collectedUntil: Timer | undefined;
    private isWindowOver = false;

    constructor(host: MappingHost, uuid: string, enabled: boolean) {
        this.host = host;
        this.uuid = uuid;
        this.enabled = enabled;
        this.settings = host.settings;
        this.fn = host.fn;
        this.matches = matcherOf(host.settings.filters);
        this.caller = callerOf(host.fn, host.mappingArn);
        const { queueUrl, attributes } = this.describeQueue();
        this.queueUrl = queueUrl;
        this.isFifo = attributes["FifoQueue"] === "true";
        const visibility = Number(attributes["VisibilityTimeout"]);
        this.visibilityMillis = visibility * SECOND;
        const timeout = host.fn.configuration.timeoutSeconds;
        if (visibility < timeout) {
            throw invalid(
                `Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${timeout} seconds`,
            );
        }
        const queue = host.world.find(host.settings.eventSourceArn) as Queue;
        queue.onArrival(() => this.wake());
        // Messages that are there already do not arrive any more.
        if (queue.counts().visible > 0) this.wake();
    }

    wake(): void {
        if (this.isPolling) this.hasMore = true;
        if (!this.enabled || this.poll || this.isPolling) return;
        const { clock, model } = this.host.world;
        this.poll = clock.after(model.pollMillis, () => {
            this.poll = undefined;
            this.pollNow();
        });
    }

    configure(settings: MappingSettings): void {
        this.settings = settings;
        this.matches = matcherOf(settings.filters);
    }

    close(): void {
        this.enabled = false;
        this.host.world.clock.cancel(this.poll);
        this.host.world.clock.cancel(this.collectedUntil);
    }

    /** Starts as many invocations as there are batches and free concurrency. */
    private pollNow(): void {
        if (this.isPolling) return;
        this.isPolling = true;
        try {
            this.busySince ??= this.host.world.clock.now();
            do {
                this.hasMore = false;
                while (this.hasRoom() && this.pollOnce());
            } while (this.hasMore && this.hasRoom());
            if (!this.hasRoom()) this.hasMore = true;
            if (this.running === 0) this.busySince = undefined;
        } catch (error) {
            if (!isRefusal(error)) throw error;
            this.host.world.clock.after(SECOND, () => this.wake());
        } finally {
            this.isPolling = false;
        }
    }

    /** One round of receiving. False: there is nothing more for now. */
    private pollOnce(): boolean {
        const { batchSize, windowSeconds } = this.settings;
        const room = Math.min(REQUEST_MESSAGES, batchSize - this.collected.length);
        const messages = room > 0 ? this.receive(room) : [];
        if (this.collected.length === 0) this.collectedSince = this.host.world.clock.now();
        this.collected.push(...this.filter(messages));
        const isFull = this.collected.length >= batchSize;
        if (this.collected.length > 0) {
            if (windowSeconds === 0 || isFull || this.isWindowOver) this.dispatchCollected();
            else
                this.collectedUntil ??= this.host.world.clock.after(windowSeconds * SECOND, () =>
                    this.endWindow(),
                );
        }
        return messages.length === room;
    }

    private endWindow(): void {
        this.isWindowOver = true;
        this.pollNow();
    }

    private dispatchCollected(): void {
        const { clock } = this.host.world;
        clock.cancel(this.collectedUntil);
        this.collectedUntil = undefined;
        this.isWindowOver = false;
        const records = this.collected;
        this.collected = [];
        const visibleAt = this.collectedSince + this.visibilityMillis;
        this.running++;
        this.invoke({ records, visibleAt, throttles: 0 });
    }

    private receive(count: number): readonly Message[] {
        const input = {
            QueueUrl: this.queueUrl,
            MaxNumberOfMessages: count,
            MessageSystemAttributeNames: ["All"],
            MessageAttributeNames: ["All"],
        };
        const output = this.host.world.call("sqs", "ReceiveMessage", input, this.caller) as {
            Messages?: Message[];
        };
        return output.Messages ?? [];
    }

    /** The records that pass the filters. The other messages are deleted. */
    private filter(messages: readonly Message[]): SQSRecord[] {
        const records = messages.map((message) => this.record(message));
        const { matches } = this;
        if (!matches) return records;
        const [wanted, unwanted]: [SQSRecord[], SQSRecord[]] = [[], []];
        for (const record of records) (matches(forFilter(record)) ? wanted : unwanted).push(record);
        this.delete(unwanted);
        return wanted;
    }

    private invoke(batch: Batch): void {
        const size = countThatFits(batch.records);
        const records = batch.records.slice(0, size);
        const rest = batch.records.slice(size);
        const { world, invoker, fn } = this.host;
        try {
            invoker.start(
                fn,
                { Records: records },
                (outcome) => this.finish(records, outcome, { ...batch, records: rest }),
                { cause: headerOf(records, fn) },
            );
        } catch (error) {
            // The messages come back when their visibility timeout ends.
            if (isRecursion(error)) return this.free();
            if (!isThrottle(error)) throw error;
            // "Backoff strategy for failed invocations": throttled batches are retried until they would be visible again.
            const delay = Math.min(SECOND * 2 ** batch.throttles++, MINUTE);
            const isLost = world.clock.now() + delay >= batch.visibleAt;
            world.clock.after(delay, () => (isLost ? this.free() : this.invoke(batch)));
        }
    }

    private finish(records: readonly SQSRecord[], outcome: InvocationOutcome, rest: Batch): void {
        const failed = this.failed(records, outcome);
        this.isPolling = true;
        try {
            this.delete(
                failed.size === 0 ? records : records.filter(({ messageId }) => !failed.has(messageId)),
            );
        } catch (error) {
            if (!isRefusal(error)) throw error;
        } finally {
            this.isPolling = false;
        }
        if (rest.records.length > 0 && failed.size === 0) return this.invoke(rest);
        this.free();
    }

    private free(): void {
        this.running--;
        if (this.hasMore) this.pollNow();
        else if (this.running === 0) this.busySince = undefined;
    }

    private failed(records: readonly SQSRecord[], outcome: InvocationOutcome): ReadonlySet<string> {
        if (outcome.kind === "returned" && !this.settings.reportsItemFailures) return new Set();
        const ids = records.map(({ messageId }) => messageId);
        return outcome.kind === "returned" ? failuresOf(outcome.payload, ids) : new Set(ids);
    }

    private delete(records: readonly SQSRecord[]): void {
        for (let i = 0; i < records.length; i += REQUEST_MESSAGES) {
            const Entries = records
                .slice(i, i + REQUEST_MESSAGES)
                .map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
            this.host.world.call(
                "sqs",
                "DeleteMessageBatch",
                { QueueUrl: this.queueUrl, Entries },
                this.caller,
            );
        }
    }

    private hasRoom(): boolean {
        return this.enabled && this.running < this.concurrency();
    }

    /** How many batches the function may work on at once. */
    private concurrency(): number {
        const { maximumConcurrency } = this.settings;
        if (this.isFifo) return maximumConcurrency ?? this.host.world.model.lambdaConcurrency;
        const busy = this.host.world.clock.now() - (this.busySince ?? this.host.world.clock.now());
        const pollers = Math.min(RAMP.last, RAMP.first + Math.floor((busy / MINUTE) * RAMP.perMinute));
        return Math.min(pollers, maximumConcurrency ?? pollers);
    }

    /** Looks up the queue as the function's role. Throws what CreateEventSourceMapping would. */
    private describeQueue(): { queueUrl: string; attributes: Record<string, string> } {
        const { world } = this.host;
        const resource = this.settings.eventSourceArn;
        for (const operation of NEEDED) {
            if (world.allows(this.caller, { action: `sqs:${operation}`, resource })) continue;
            throw invalid(
                `The provided execution role does not have permissions to call ${operation} on SQS`,
            );
        }
        const queue = world.find(resource);
        const QueueUrl = queue instanceof Queue ? queue.url : resource;
        try {
            const wanted = { QueueUrl, AttributeNames: ["FifoQueue", "VisibilityTimeout"] };
            const { Attributes } = world.call("sqs", "GetQueueAttributes", wanted, this.caller) as {
                Attributes: Record<string, string>;
            };
            return { queueUrl: QueueUrl, attributes: Attributes };
        } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            throw invalid(
                `Error occurred while ReceiveMessage. SQS Error Code: ${error.name}. SQS Error Message: ${error.message}`,
            );
        }
    }

    private record(message: Message): SQSRecord {
        const record: SQSRecord = {
            messageId: message.MessageId ?? "",
            receiptHandle: message.ReceiptHandle ?? "",
            body: message.Body ?? "",
            attributes: message.Attributes as unknown as SQSRecord["attributes"],
            messageAttributes: attributesOf(message.MessageAttributes),
            md5OfBody: message.MD5OfBody ?? "",
            eventSource: "aws:sqs",
            eventSourceARN: this.settings.eventSourceArn,
            awsRegion: this.host.world.region,
        };
        if (message.MD5OfMessageAttributes !== undefined)
            record.md5OfMessageAttributes = message.MD5OfMessageAttributes;
        return record;
    }
}

function attributesOf(attributes: Message["MessageAttributes"]): SQSMessageAttributes {
    const result: SQSMessageAttributes = {};
    for (const name in attributes) {
        const { DataType = "", StringValue, BinaryValue } = attributes[name] ?? { DataType: undefined };
        result[name] = {
            ...(StringValue !== undefined && { stringValue: StringValue }),
            ...(BinaryValue !== undefined && { binaryValue: Buffer.from(BinaryValue).toString("base64") }),
            stringListValues: [],
            binaryListValues: [],
            dataType: DataType,
        };
    }
    return result;
}

/** Filters look into a body that is JSON ("Properly filtering Amazon SQS messages"). */
function forFilter(record: SQSRecord): object {
    try {
        return { ...record, body: JSON.parse(record.body) as unknown };
    } catch {
        return record;
    }
}
