/**
 * The stream of a table: one record for each write that changed an item, in order, as Lambda gets them. Binary values are
 * bytes, not base64.
 */
import type { Clock } from "../../clock.ts";
import { itemSize } from "./values.ts";
import type { Item } from "./values.ts";

export type StreamViewType = "KEYS_ONLY" | "NEW_IMAGE" | "OLD_IMAGE" | "NEW_AND_OLD_IMAGES";

/** "Record" and "StreamRecord" of the DynamoDB Streams API reference. */
export interface StreamRecord {
    readonly eventID: string;
    readonly eventName: "INSERT" | "MODIFY" | "REMOVE";
    readonly eventVersion: "1.1";
    readonly eventSource: "aws:dynamodb";
    readonly awsRegion: string;
    readonly eventSourceARN: string;
    readonly dynamodb: {
        /** Seconds since 1970. */
        readonly ApproximateCreationDateTime: number;
        readonly Keys: Item;
        readonly NewImage?: Item;
        readonly OldImage?: Item;
        readonly SequenceNumber: string;
        readonly SizeBytes: number;
        readonly StreamViewType: StreamViewType;
    };
    /** Present if the item was deleted because it had expired. */
    readonly userIdentity?: { readonly type: "Service"; readonly principalId: "dynamodb.amazonaws.com" };
}

/** A write that changed something. */
export interface StreamChange {
    readonly keys: Item;
    readonly before: Item | undefined;
    readonly after: Item | undefined;
    readonly isExpiry: boolean;
}

/** "Data retention limit for DynamoDB Streams" is 24 hours. After that, unread records are lost. */
const RETENTION_MILLIS = 24 * 60 * 60 * 1000;
/** Most records kept while there is no reader, for one that starts at TRIM_HORIZON. AWS keeps them all. */
const MAX_UNREAD = 1_000;

/**
 * A stream of one shard, registered in the world under the stream's ARN. A reader calls `onRecord` to learn that something
 * was written, and `read` to get it. It keeps its own position:
 *
 *     const stream = world.find(streamArn) as TableStream;
 *     let after = startingPosition === "LATEST" ? stream.latest : undefined;
 *     const stop = stream.onRecord(() => …);        // schedule an event of the clock; do no work here
 *     const records = stream.read(after, 100);      // the same ones again until `after` moves
 *     after = records.at(-1)?.dynamodb.SequenceNumber;
 *
 * If there is one reader, `read(after, …)` also drops the records up to `after`. If there are several, records stay for 24
 * hours.
 */
export class TableStream {
    readonly arn: string;
    readonly viewType: StreamViewType;
    private readonly region: string;
    private readonly clock: Clock;
    private readonly listeners = new Set<() => void>();
    /** `records[0]` has the sequence number `first`. Dropped records are undefined until the beginning is cut off. */
    private records: (StreamRecord | undefined)[] = [];
    private head = 0;
    private first = 1;

    constructor(arn: string, viewType: StreamViewType, region: string, clock: Clock) {
        this.arn = arn;
        this.viewType = viewType;
        this.region = region;
        this.clock = clock;
    }

    /** The sequence number of the newest record, to read what comes after; undefined if there was none yet. */
    get latest(): string | undefined {
        const last = this.first + this.records.length - 1;
        return last === 0 ? undefined : sequenceNumber(last);
    }

    /**
     * Calls `listener` after each write that made a record. That is still within the write: the listener may note or schedule
     * something, but must not call services. Returns a function that ends this.
     */
    onRecord(listener: () => void): () => void {
        const reader = (): void => listener();
        this.listeners.add(reader);
        return () => {
            this.listeners.delete(reader);
        };
    }

    /** Up to `max` records, oldest first, after the one with this sequence number; undefined: from the oldest one on. */
    read(after: string | undefined, max: number): readonly StreamRecord[] {
        const next = after === undefined ? 0 : Number(BigInt(after) - SEQUENCE_BASE) + 1;
        this.forgetOld();
        if (this.listeners.size === 1) this.forget(next - this.first);
        const start = Math.max(next - this.first, this.head);
        return this.records.slice(start, start + max) as StreamRecord[];
    }

    /** Adds the record of a write. */
    append(change: StreamChange): void {
        this.records.push(this.recordOf(change, this.first + this.records.length));
        if (this.listeners.size === 0) this.forget(this.records.length - MAX_UNREAD);
        this.forgetOld();
        for (const listener of this.listeners) listener();
    }

    private recordOf({ keys, before, after, isExpiry }: StreamChange, sequence: number): StreamRecord {
        const { viewType } = this;
        const hasNew = after !== undefined && (viewType === "NEW_IMAGE" || viewType === "NEW_AND_OLD_IMAGES");
        const hasOld =
            before !== undefined && (viewType === "OLD_IMAGE" || viewType === "NEW_AND_OLD_IMAGES");
        return {
            eventID: sequence.toString(16).padStart(32, "0"),
            eventName: before === undefined ? "INSERT" : after === undefined ? "REMOVE" : "MODIFY",
            eventVersion: "1.1",
            eventSource: "aws:dynamodb",
            awsRegion: this.region,
            dynamodb: {
                ApproximateCreationDateTime: Math.floor(this.clock.now() / 1000),
                Keys: keys,
                ...(hasNew && { NewImage: after }),
                ...(hasOld && { OldImage: before }),
                SequenceNumber: sequenceNumber(sequence),
                get SizeBytes() {
                    return itemSize(keys) + (hasNew ? itemSize(after) : 0) + (hasOld ? itemSize(before) : 0);
                },
                StreamViewType: viewType,
            },
            eventSourceARN: this.arn,
            ...(isExpiry && { userIdentity: { type: "Service", principalId: "dynamodb.amazonaws.com" } }),
        };
    }

    /** Drops the records before this index. */
    private forget(index: number): void {
        const end = Math.min(index, this.records.length);
        for (; this.head < end; this.head++) this.records[this.head] = undefined;
        if (this.head < 256 || this.head * 2 < this.records.length) return;
        this.records = this.records.slice(this.head);
        this.first += this.head;
        this.head = 0;
    }

    private forgetOld(): void {
        const oldest = Math.floor((this.clock.now() - RETENTION_MILLIS) / 1000);
        let end = this.head;
        while (end < this.records.length && createdAt(this.records[end]) < oldest) end++;
        if (end > this.head) this.forget(end);
    }
}

/** Sequence numbers have 21 to 40 digits. */
const SEQUENCE_BASE = 10n ** 20n;

function sequenceNumber(sequence: number): string {
    return `1${String(sequence).padStart(20, "0")}`;
}

function createdAt(record: StreamRecord | undefined): number {
    return record ? record.dynamodb.ApproximateCreationDateTime : -Infinity;
}
