/**
 * A queue and the life of its messages: sent, perhaps delayed, received and in flight, then deleted, visible again,
 * dead-lettered or expired. Time is lazy: what is due happens at the next operation. A queue has a timer only if it has
 * listeners and something is delayed or in flight. The timer is for what is due first.
 */
import { hash } from "node:crypto";
import type { Timer } from "../../clock.ts";
import { Heap } from "../../heap.ts";
import { AwsError } from "../../service.ts";
import type { World } from "../../service.ts";
import { single } from "../lib/metrics.ts";
import type { Datapoint, Measured } from "../lib/metrics.ts";
import { Deduplication } from "./deduplication.ts";
import { Deque } from "./deque.ts";
import { invalidValue, receiptHandleHasExpired, receiptHandleIsInvalid } from "./errors.ts";
import { FifoLine, StandardLine, type Line } from "./line.ts";
import type { Content, Message } from "./message.ts";
import type { QueueSettings } from "./settings.ts";

/** SQS Developer Guide, "Message quotas": messages in flight, for both types of queue. */
const MAX_IN_FLIGHT = 120_000;
/** "Amazon SQS visibility timeout": no message stays in flight longer than twelve hours from when it was received. */
const MAX_VISIBILITY_SECONDS = 43_200;

/** What a queue needs from its service. */
export interface QueueHost {
    readonly world: World;
    nextSequence(): number;
    /** The queue under an ARN, if it accepts dead letters of `source`. */
    deadLetterQueue(arn: string, source: Queue): Queue | undefined;
}

/** What a sender gets. */
export type Receipt = Pick<Message, "id" | "sequence">;

/** A message as a receive gave it out. */
interface Given {
    readonly message: Message;
    readonly receipt: string;
    due: number;
}

/** The metrics that CloudWatch has of a queue. */
export const QUEUE_METRICS = [
    "ApproximateAgeOfOldestMessage",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesVisible",
];

/** A queue, as found under its ARN. */
export class Queue implements Measured {
    readonly arn: string;
    readonly url: string;
    readonly name: string;
    readonly settings: QueueSettings;
    readonly createdAt: number;
    modifiedAt: number;
    purgedAt = -Infinity;
    private readonly host: QueueHost;
    private readonly line: Line;
    private readonly messages = new Map<string, Message>();
    /** Messages that are delayed or in flight, by when that ends. */
    private readonly waiting = new Heap<Message>(
        (a, b) => a.due < b.due || (a.due === b.due && a.sequence < b.sequence),
    );
    /** Every message in the order of arrival, for retention. Gone ones are dropped when they are half of it. */
    private readonly byAge = new Deque<Message>();
    /** Dead letters of a standard queue, by when they were first sent. They expire before messages that arrived earlier. */
    private readonly aged: Message[] = [];
    private readonly accepted = new Deduplication<Receipt>();
    private readonly attempts = new Deduplication<readonly Given[]>();
    private readonly listeners: (() => void)[] = [];
    private inFlight = 0;
    private receipts = 0;
    private timer: Timer | undefined;

    constructor(
        host: QueueHost,
        identity: { arn: string; url: string; name: string },
        settings: QueueSettings,
    ) {
        this.host = host;
        this.arn = identity.arn;
        this.url = identity.url;
        this.name = identity.name;
        this.settings = settings;
        this.line = settings.fifo ? new FifoLine() : new StandardLine();
        this.createdAt = host.world.clock.now();
        this.modifiedAt = this.createdAt;
    }

    /** Calls `listener` whenever there may be more to receive than before. */
    onArrival(listener: () => void): void {
        this.listeners.push(listener);
        this.schedule();
    }

    /**
     * The number of messages by state. `visible` includes messages that a FIFO queue holds back behind others of their
     * group.
     */
    counts(): { visible: number; inFlight: number; delayed: number } {
        this.catchUp();
        const delayed = this.waiting.size - this.inFlight;
        return { visible: this.messages.size - this.waiting.size, inFlight: this.inFlight, delayed };
    }

    /** "Available CloudWatch metrics for Amazon SQS". */
    measure(metric: string): Datapoint | undefined {
        const counts = this.counts();
        switch (metric) {
            case "ApproximateNumberOfMessagesVisible":
                return single(counts.visible);
            case "ApproximateNumberOfMessagesNotVisible":
                return single(counts.inFlight);
            case "ApproximateNumberOfMessagesDelayed":
                return single(counts.delayed);
            case "ApproximateAgeOfOldestMessage": {
                // The same page: messages that were received three times and never deleted are left out.
                const oldest = this.byAge.find(
                    ({ state, receiveCount }) => state !== "gone" && receiveCount < 3,
                );
                // "Setting-up dead-letter queue retention": of a dead letter, since it was moved.
                return oldest && single(Math.floor((this.now() - oldest.arrivedAt) / 1000));
            }
            default:
                return undefined;
        }
    }

    /** Adds a message, or returns the earlier one that this is a duplicate of. */
    send(content: Content, delaySeconds: number): Receipt {
        this.catchUp();
        if (!this.settings.fifo) return this.add(content, { delaySeconds });
        const deduplicationId = content.deduplicationId ?? hash("sha256", content.body);
        const perGroup = this.settings.deduplicationScope === "messageGroup";
        const key = perGroup ? `${content.group ?? ""} ${deduplicationId}` : deduplicationId;
        const earlier = this.accepted.find(key, this.now());
        if (earlier) return earlier;
        const { id, sequence } = this.add({ ...content, deduplicationId }, { delaySeconds });
        this.accepted.add(key, { id, sequence }, this.now());
        return { id, sequence };
    }

    /**
     * Adds a message that a move task brings: a new one with a new id and time. Not documented, and chosen here: it keeps the
     * deduplication id that it had in the dead-letter queue, is never a duplicate, and makes none of what is sent later.
     */
    takeMoved(content: Content): void {
        this.catchUp();
        this.add(content, { delaySeconds: 0 });
    }

    /** @param attemptId for FIFO queues: a receive that is repeated with the same id gets the same messages again */
    receive(count: number, visibilitySeconds: number, attemptId?: string): Message[] {
        this.catchUp();
        const id = this.settings.fifo ? attemptId : undefined;
        const again = id === undefined ? undefined : this.receiveAgain(id, visibilitySeconds);
        if (again) return again;
        const room = MAX_IN_FLIGHT - this.inFlight;
        if (room <= 0 && !this.settings.fifo) {
            throw new AwsError(
                "OverLimit",
                "Too many messages in flight: the queue's limit is 120,000.",
                403,
            );
        }
        const taken = this.line.take(Math.min(count, room), (message) => this.deadLetter(message));
        const now = this.now();
        for (const message of taken) {
            message.state = "inFlight";
            message.due = now + visibilitySeconds * 1000;
            message.receiveCount++;
            if (message.receiveCount === 1 || message.firstReceivedAt === 0) message.firstReceivedAt = now;
            message.receivedAt = now;
            message.receipt = `AQEB${message.id}${(++this.receipts).toString(36)}`;
            this.inFlight++;
            this.waiting.push(message);
        }
        if (id !== undefined) {
            const given = taken.map((message) => ({ message, receipt: message.receipt, due: message.due }));
            this.attempts.add(id, given, now);
        }
        this.schedule();
        return taken;
    }

    delete(handle: string): void {
        this.catchUp();
        const message = this.findByHandle(handle);
        if (!message) return;
        if (this.settings.fifo) this.checkInForce(message, handle);
        // "DeleteMessage", API Reference: with an old handle of a standard queue's message the call succeeds and
        // deletes nothing.
        if (message.receipt === handle) this.remove(message);
        this.schedule();
    }

    changeVisibility(handle: string, seconds: number): void {
        this.catchUp();
        const message = this.findByHandle(handle);
        if (message && this.settings.fifo) this.checkInForce(message, handle);
        if (message?.state !== "inFlight" || message.receipt !== handle) {
            throw invalidValue(
                "ReceiptHandle",
                handle,
                "Message does not exist or is not available for visibility timeout change.",
            );
        }
        const due = this.now() + seconds * 1000;
        if (due > message.receivedAt + MAX_VISIBILITY_SECONDS * 1000) {
            throw invalidValue(
                "VisibilityTimeout",
                seconds,
                `Total VisibilityTimeout for the message is beyond the limit [${MAX_VISIBILITY_SECONDS} seconds]`,
            );
        }
        this.waiting.remove(message);
        message.due = due;
        this.waiting.push(message);
        this.catchUp();
        this.schedule();
    }

    /** Removes the oldest message that could be received, for a move task. One that is not `movable` stays. */
    takeForMove(movable: (message: Message) => boolean): Message | "refused" | undefined {
        this.catchUp();
        const [message] = this.line.take(1, () => false);
        if (!message) return undefined;
        if (!movable(message)) {
            this.line.putBack(message);
            return "refused";
        }
        message.state = "inFlight";
        this.inFlight++;
        this.remove(message);
        return message;
    }

    purge(): void {
        for (const message of this.messages.values()) message.state = "gone";
        this.messages.clear();
        this.waiting.clear();
        this.byAge.clear();
        this.aged.length = 0;
        this.line.clear();
        this.inFlight = 0;
        this.purgedAt = this.now();
        this.schedule();
    }

    /**
     * "Amazon SQS delay queues": a new delay applies to the messages that a FIFO queue has already, but not to those of
     * a standard queue.
     */
    applyNewDelay(): void {
        if (!this.settings.fifo) return;
        this.catchUp();
        for (const message of this.messages.values()) {
            if (message.state === "inFlight" || message.receiveCount > 0) continue;
            const due = message.sentAt + this.settings.delaySeconds * 1000;
            if (message.state === "ready" && due <= this.now()) continue;
            this.waiting.remove(message);
            message.state = "delayed";
            message.due = due;
            this.waiting.push(message);
        }
        this.catchUp();
        this.schedule();
    }

    /**
     * "ReceiveMessage", API Reference: for five minutes the same messages with the same handles, hidden again, unless
     * one of them was deleted or had its visibility changed.
     */
    private receiveAgain(attemptId: string, visibilitySeconds: number): Message[] | undefined {
        const given = this.attempts.find(attemptId, this.now()) ?? [];
        const isSame = ({ message, receipt, due }: Given): boolean =>
            message.state === "inFlight" && message.receipt === receipt && message.due === due;
        if (given.length === 0 || !given.every(isSame)) return undefined;
        for (const each of given) {
            this.waiting.remove(each.message);
            each.due = each.message.due = this.now() + visibilitySeconds * 1000;
            this.waiting.push(each.message);
        }
        this.schedule();
        return given.map(({ message }) => message);
    }

    private add(
        content: Content,
        { delaySeconds, from, source }: { delaySeconds: number; from?: Message; source?: string },
    ): Message {
        const { world } = this.host;
        const now = world.clock.now();
        // SQS Developer Guide, "Using dead-letter queues": a standard queue's message keeps its age. A FIFO queue's
        // message starts again.
        const sentAt = from && !this.settings.fifo ? from.sentAt : now;
        const message: Message = {
            id: from?.id ?? world.random.uuid(),
            content,
            sequence: this.host.nextSequence(),
            sentAt,
            arrivedAt: now,
            deadLetterSourceArn: source,
            state: delaySeconds > 0 ? "delayed" : "ready",
            due: delaySeconds > 0 ? now + delaySeconds * 1000 : 0,
            receiveCount: from?.receiveCount ?? 0,
            firstReceivedAt: from?.firstReceivedAt ?? 0,
            receipt: "",
            receivedAt: 0,
            isInReach: false,
            heapIndex: -1,
        };
        this.messages.set(message.id, message);
        this.byAge.push(message);
        if (sentAt < now) this.insertAged(message);
        if (message.state === "delayed") this.waiting.push(message);
        const isMore = this.line.add(message);
        this.schedule();
        if (isMore) this.announce();
        return message;
    }

    /** Does what is due until now. */
    private catchUp(): void {
        const now = this.now();
        let isMore = this.expire({ first: () => this.aged[0], shift: () => this.aged.shift() });
        isMore = this.expire(this.byAge) || isMore;
        for (let next = this.waiting.peek(); next && next.due <= now; next = this.waiting.peek()) {
            this.waiting.pop();
            const was = next.state;
            next.state = "ready";
            if (was === "inFlight") this.inFlight--;
            isMore = (was === "inFlight" ? this.line.putBack(next) : this.line.release(next)) || isMore;
        }
        if (isMore) this.announce();
    }

    /** Drops expired and gone messages from the start of a list that is in their order. */
    private expire(line: Pick<Deque<Message>, "first" | "shift">): boolean {
        let isMore = false;
        for (let oldest = line.first(); oldest; oldest = line.first()) {
            const isGone = oldest.state === "gone";
            if (!isGone && !this.isExpired(oldest)) break;
            line.shift();
            if (!isGone) isMore = this.drop(oldest) || isMore;
        }
        return isMore;
    }

    private insertAged(message: Message): void {
        const { aged } = this;
        const isLater = ({ sentAt }: Message): boolean => sentAt <= message.sentAt;
        aged.splice(aged.findLastIndex(isLater) + 1, 0, message);
    }

    private remove(message: Message): void {
        if (this.drop(message)) this.announce();
    }

    private drop(message: Message): boolean {
        const was = message.state;
        this.forget(message);
        return this.line.remove(message, was);
    }

    private forget(message: Message): void {
        if (message.state === "inFlight") this.inFlight--;
        message.state = "gone";
        this.messages.delete(message.id);
        this.waiting.remove(message);
        if (this.byAge.length > 1024 && this.byAge.length > 2 * this.messages.size) {
            this.byAge.filter((each) => each.state !== "gone");
        }
    }

    /** Whether a message goes instead of being received: it has expired, or was received too often and is dead-lettered. */
    private deadLetter(message: Message): boolean {
        const policy = this.settings.redrivePolicy;
        const isExpired = this.isExpired(message);
        const isTooOften = policy !== undefined && message.receiveCount >= policy.maxReceiveCount;
        if (!isExpired && !isTooOften) return false;
        const target = isExpired
            ? undefined
            : this.host.deadLetterQueue(policy?.deadLetterTargetArn ?? "", this);
        if (!isExpired && !target) return false;
        this.forget(message);
        this.line.remove(message, "ready");
        // "Learn how to configure a dead-letter queue redrive": the message's id takes the place of its deduplication id, so
        // two messages that share one are both kept. Not documented, and chosen here: what is sent to the dead-letter queue
        // later under this id is no duplicate.
        const content = { ...message.content, deduplicationId: message.id };
        const moved = this.settings.fifo ? content : message.content;
        target?.add(moved, { delaySeconds: 0, from: message, source: this.arn });
        return true;
    }

    private isExpired(message: Message): boolean {
        return message.sentAt + this.settings.messageRetentionPeriod * 1000 <= this.now();
    }

    private findByHandle(handle: string): Message | undefined {
        if (!/^AQEB[0-9a-f-]{36}[0-9a-z]+$/.test(handle)) throw receiptHandleIsInvalid();
        return this.messages.get(handle.slice(4, 40));
    }

    private checkInForce(message: Message, handle: string): void {
        if (message.state !== "inFlight" || message.receipt !== handle) throw receiptHandleHasExpired(handle);
    }

    private announce(): void {
        for (const listener of this.listeners) listener();
    }

    /** Sets the timer for what is due first, if there are listeners. */
    private schedule(): void {
        if (this.listeners.length === 0) return;
        const { clock } = this.host.world;
        const next = this.waiting.peek();
        if (this.timer && (!next || next.due < this.timer.time)) {
            clock.cancel(this.timer);
            this.timer = undefined;
        }
        if (!next || this.timer) return;
        this.timer = clock.at(next.due, () => {
            this.timer = undefined;
            this.catchUp();
            this.schedule();
        });
    }

    private now(): number {
        return this.host.world.clock.now();
    }
}
