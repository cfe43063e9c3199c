/** A message in a queue, and the checksums that SQS gives for it. */
import { hash } from "node:crypto";
import type { MessageAttributeValue } from "@aws-sdk/client-sqs";
import type { HeapItem } from "../../heap.ts";

export type Attributes = Readonly<Record<string, MessageAttributeValue>>;

/** What is sent. The queue makes a message of it. */
export interface Content {
    readonly body: string;
    readonly attributes: Attributes;
    /** Bytes: the body and the attributes' names, types and values. */
    readonly size: number;
    readonly group?: string | undefined;
    readonly deduplicationId?: string | undefined;
    readonly traceHeader?: string | undefined;
    readonly sender: string;
}

/** `delayed` and `inFlight` end at `due`. A `gone` message is deleted, moved or expired. */
export type MessageState = "delayed" | "ready" | "inFlight" | "gone";

export interface Message extends HeapItem {
    readonly id: string;
    readonly content: Content;
    /** A later message has a larger number, in all queues. */
    readonly sequence: number;
    /** The message expires by this time. A dead letter of a standard queue keeps the time of its source. */
    readonly sentAt: number;
    /** When it arrived in its queue. */
    readonly arrivedAt: number;
    /** The queue that dead-lettered it, when SQS itself did. */
    readonly deadLetterSourceArn: string | undefined;
    state: MessageState;
    /** When the delay or the visibility timeout ends. */
    due: number;
    receiveCount: number;
    firstReceivedAt: number;
    /** The valid receipt handle: that of the latest receive. */
    receipt: string;
    /** When the valid handle was given out. The visibility timeout ends at most twelve hours later. */
    receivedAt: number;
    /** Whether it is among the first 120,000 of a FIFO queue. */
    isInReach: boolean;
}

/** FIFO: 20 digits, larger for a later message. */
export function sequenceNumber(message: Pick<Message, "sequence">): string {
    return "1888" + String(message.sequence * 256).padStart(16, "0");
}

export function md5OfBody(body: string): string {
    return hash("md5", body);
}

/** SQS Developer Guide, "Calculating the MD5 message digest for message attributes". */
export function md5OfAttributes(attributes: Attributes): string | undefined {
    const names = Object.keys(attributes).sort((a, b) => (a < b ? -1 : 1));
    if (names.length === 0) return undefined;
    const parts: Buffer[] = [];
    for (const name of names) {
        const { DataType, StringValue, BinaryValue } = attributes[name] as MessageAttributeValue;
        const isBinary = DataType?.startsWith("Binary") ?? false;
        const value = isBinary ? Buffer.from(BinaryValue ?? []) : Buffer.from(StringValue ?? "");
        for (const part of [Buffer.from(name), Buffer.from(DataType ?? "")]) parts.push(lengthOf(part), part);
        parts.push(Buffer.of(isBinary ? 2 : 1), lengthOf(value), value);
    }
    return hash("md5", Buffer.concat(parts));
}

function lengthOf(part: Buffer): Buffer {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    return length;
}
