/**
 * An event source mapping of a table's stream. It reads the shard in order, drops the records that no filter matches,
 * and invokes the function with one batch after the other. A batch that fails is tried again until it succeeds, has
 * used up its attempts or is too old (Lambda Developer Guide, "Using AWS Lambda with Amazon DynamoDB"). With a
 * parallelization factor the shard has that many lanes. All records of an item are in one lane.
 */
import type { Timer } from "../../clock.ts";
import { UnsupportedError } from "../../service.ts";
import type { Caller } from "../../service.ts";
import type { StreamRecord, TableStream } from "../dynamodb/index.ts";
import { deliver } from "./destination.ts";
import { invalid, isThrottle } from "./errors.ts";
import { callerOf, responseContext } from "./invoker.ts";
import {
    countThatFits,
    failuresOf,
    matcherOf,
    type Mapping,
    type MappingHost,
    type MappingSettings,
} from "./mapping.ts";
import type { InvocationOutcome } from "./outcome.ts";

const SECOND = 1000;
const MAX_PAUSE_MILLIS = 60 * SECOND;
/** How long DynamoDB keeps records: a day. */
const RETENTION_MILLIS = 24 * 60 * 60 * SECOND;

/** Records that the function works on. */
interface Batch {
    readonly records: readonly StreamRecord[];
    /** Its failed invocations that count as attempts. */
    attempts: number;
    /** Failures and throttles in a row, which the pause depends on. */
    setbacks: number;
    invocations: number;
}

interface Lane {
    /** Matching records that are in no batch yet. */
    records: StreamRecord[];
    /** Batches before these records: the one under way, and those to try again. */
    batches: Batch[];
    isBusy: boolean;
    /** When the batching window ends. */
    until: Timer | undefined;
    isWindowOver: boolean;
}

export class StreamMapping implements Mapping {
    readonly uuid: string;
    settings: MappingSettings;
    readonly fn: MappingHost["fn"];
    enabled: boolean;
    private readonly host: MappingHost;
    private readonly stream: TableStream;
    private readonly caller: Caller;
    private matches;
    private readonly lanes: readonly Lane[];
    private readonly stopListening: () => void;
    private after: string | undefined;
    private poll: Timer | undefined;

    constructor(host: MappingHost, uuid: string, enabled: boolean) {
        this.host = host;
        this.uuid = uuid;
        this.enabled = enabled;
        this.settings = host.settings;
        this.fn = host.fn;
        this.matches = matcherOf(host.settings.filters);
        const { eventSourceArn, startingPosition, parallelization } = host.settings;
        const stream = host.world.find(eventSourceArn);
        if (!stream) throw invalid(`Stream not found: ${eventSourceArn}`);
        this.stream = stream as TableStream;
        this.caller = callerOf(host.fn, host.mappingArn);
        if (!this.mayRead() || !this.may("DescribeStream") || !this.may("ListStreams", "*")) {
            throw invalid(
                `Cannot access stream ${eventSourceArn}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.`,
            );
        }
        if (startingPosition !== "LATEST" && startingPosition !== "TRIM_HORIZON") {
            throw invalid(
                `startingPosition is ${startingPosition ?? "absent"}, expected LATEST or TRIM_HORIZON for a table's stream.`,
            );
        }
        this.after = startingPosition === "LATEST" ? this.stream.latest : undefined;
        this.lanes = Array.from({ length: parallelization }, newLane);
        this.stopListening = this.stream.onRecord(() => this.wake());
        this.wake();
    }

    wake(): void {
        if (!this.enabled || this.poll) return;
        const { clock, model } = this.host.world;
        this.poll = clock.after(model.pollMillis, () => {
            this.poll = undefined;
            this.read();
        });
    }

    configure(settings: MappingSettings): void {
        if (settings.parallelization !== this.lanes.length) {
            throw new UnsupportedError(
                "lambda: a mapping's parallelization factor cannot be changed once it exists",
            );
        }
        this.settings = settings;
        this.matches = matcherOf(settings.filters);
    }

    close(): void {
        this.enabled = false;
        this.stopListening();
        this.host.world.clock.cancel(this.poll);
        for (const lane of this.lanes) this.host.world.clock.cancel(lane.until);
    }

    private mayRead(): boolean {
        return this.may("GetShardIterator") && this.may("GetRecords");
    }

    /** The stream is encrypted with its table's key. */
    private may(operation: string, resource = this.settings.eventSourceArn): boolean {
        const need = { action: `dynamodb:${operation}`, resource };
        if (operation !== "GetRecords") return this.host.world.allows(this.caller, need);
        const of = resource.slice(0, resource.indexOf("/stream/"));
        const key = { of, through: "dynamodb", actions: ["kms:Decrypt"] } as const;
        return this.host.world.allows(this.caller, { ...need, key });
    }

    /** Reads as long as a lane has less than a batch. */
    private read(): void {
        const { batchSize } = this.settings;
        // Lambda tries again until the role may read.
        if (!this.mayRead()) return void this.host.world.clock.after(MAX_PAUSE_MILLIS, () => this.wake());
        while (this.enabled) {
            const isHungry = this.lanes.some((lane) => !lane.isBusy && lane.records.length < batchSize);
            const records = isHungry ? this.stream.read(this.after, batchSize) : [];
            const last = records.at(-1);
            if (!last) break;
            this.after = last.dynamodb.SequenceNumber;
            for (const record of records) {
                if (this.matches && !this.matches(record)) continue;
                this.laneOf(record).records.push(record);
            }
            for (const lane of this.lanes) this.advance(lane);
        }
        for (const lane of this.lanes) this.advance(lane);
    }

    private advance(lane: Lane): void {
        if (lane.isBusy || !this.enabled) return;
        const batch = lane.batches[0] ?? this.nextBatch(lane);
        if (batch) this.invoke(lane, batch);
    }

    /** Makes a batch of the records in a lane, unless the window is open and there may be more. */
    private nextBatch(lane: Lane): Batch | undefined {
        const { batchSize, windowSeconds } = this.settings;
        const { clock } = this.host.world;
        if (lane.records.length === 0) return undefined;
        if (windowSeconds > 0 && lane.records.length < batchSize && !lane.isWindowOver) {
            lane.until ??= clock.after(windowSeconds * SECOND, () => {
                lane.until = undefined;
                lane.isWindowOver = true;
                this.advance(lane);
            });
            return undefined;
        }
        clock.cancel(lane.until);
        lane.until = undefined;
        lane.isWindowOver = false;
        const records = fitting(lane.records.slice(0, batchSize));
        lane.records = lane.records.slice(records.length);
        for (const delay of this.host.deliveries(this.fn, records)) this.line(lane, records, delay);
        return lane.batches[0] ?? this.nextBatch(lane);
    }

    private line(lane: Lane, records: readonly StreamRecord[], delay: number): void {
        if (delay === 0) return void lane.batches.push(newBatch(records));
        this.host.world.clock.after(delay, () => {
            lane.batches.push(newBatch(records));
            this.advance(lane);
        });
    }

    private invoke(lane: Lane, batch: Batch): void {
        if (this.isTooOld(batch)) return this.discard(lane, batch, "RecordAgeExceeded");
        const { invoker, fn } = this.host;
        lane.isBusy = true;
        try {
            invoker.start(fn, { Records: batch.records }, (outcome) => this.finish(lane, batch, outcome));
            batch.invocations++;
            const { ApproximateCreationDateTime: writtenAt = 0 } = batch.records.at(-1)?.dynamodb ?? {};
            fn.statistics.IteratorAge.add(this.host.world.clock.now() - writtenAt * SECOND);
        } catch (error) {
            if (!isThrottle(error)) throw error;
            this.pause(lane, batch);
        }
    }

    private finish(lane: Lane, batch: Batch, outcome: InvocationOutcome): void {
        const from = this.firstFailed(batch, outcome);
        if (from === undefined) return this.done(lane);
        const { bisects, maximumRetryAttempts } = this.settings;
        const rest = batch.records.slice(from);
        if (from > 0) {
            // Some records succeeded, so the rest counts its attempts from zero.
            lane.batches[0] = newBatch(rest);
            return this.pause(lane, lane.batches[0]);
        }
        if (bisects && rest.length > 1) {
            // "How Lambda processes records": splitting a batch does not count as an attempt.
            const middle = Math.ceil(rest.length / 2);
            const halves = [rest.slice(0, middle), rest.slice(middle)];
            lane.batches.splice(
                0,
                1,
                ...halves.map((half) => ({ ...newBatch(half), attempts: batch.attempts })),
            );
            return this.pause(lane, batch);
        }
        batch.attempts++;
        if (maximumRetryAttempts >= 0 && batch.attempts > maximumRetryAttempts) {
            return this.discard(lane, batch, "RetryAttemptsExhausted", outcome);
        }
        this.pause(lane, batch);
    }

    /** The index of the first record to try again. Undefined: all succeeded. */
    private firstFailed(batch: Batch, outcome: InvocationOutcome): number | undefined {
        if (outcome.kind === "failed") return 0;
        if (!this.settings.reportsItemFailures) return undefined;
        const failed = failuresOf(outcome.payload, batch.records.map(sequenceOf));
        const first = batch.records.findIndex((record) => failed.has(sequenceOf(record)));
        return first === -1 ? undefined : first;
    }

    private done(lane: Lane): void {
        lane.batches.shift();
        lane.isBusy = false;
        this.read();
    }

    /** Tries the first batch of a lane again after a pause, which grows. AWS publishes that it waits, but not how long. */
    private pause(lane: Lane, batch: Batch): void {
        const delay = Math.min(SECOND * 2 ** batch.setbacks++, MAX_PAUSE_MILLIS);
        const next = lane.batches[0];
        if (next) next.setbacks = batch.setbacks;
        this.host.world.clock.after(delay, () => {
            lane.isBusy = false;
            this.advance(lane);
        });
    }

    private isTooOld({ records }: Batch): boolean {
        const { maximumRecordAgeSeconds: limit } = this.settings;
        const created = (records[0]?.dynamodb.ApproximateCreationDateTime ?? 0) * SECOND;
        const age = this.host.world.clock.now() - created;
        return age > (limit === -1 ? RETENTION_MILLIS : limit * SECOND);
    }

    /**
     * "Retaining discarded records for a DynamoDB event source": the destination gets the positions of the records, not
     * their contents.
     */
    private discard(lane: Lane, batch: Batch, condition: string, outcome?: InvocationOutcome): void {
        const { settings } = this;
        const { world, fn, mappingArn } = this.host;
        const [first, last] = [batch.records[0], batch.records.at(-1)];
        world.count("lambda.discardedRecords", batch.records.length);
        if (settings.onFailure !== undefined && first && last) {
            const record = {
                requestContext: {
                    requestId: world.random.uuid(),
                    functionArn: fn.arn,
                    condition,
                    approximateInvokeCount: batch.invocations,
                },
                ...(outcome && { responseContext: responseContext(outcome) }),
                version: "1.0",
                timestamp: new Date(world.clock.now()).toISOString(),
                DDBStreamBatchInfo: {
                    shardId: "shardId-00000000000000000000-00000001",
                    startSequenceNumber: sequenceOf(first),
                    endSequenceNumber: sequenceOf(last),
                    approximateArrivalOfFirstRecord: arrival(first),
                    approximateArrivalOfLastRecord: arrival(last),
                    batchSize: batch.records.length,
                    streamArn: settings.eventSourceArn,
                },
            };
            deliver(world, settings.onFailure, JSON.stringify(record), callerOf(fn, mappingArn));
        }
        this.done(lane);
    }

    private laneOf({ dynamodb }: StreamRecord): Lane {
        const { lanes } = this;
        if (lanes.length === 1) return lanes[0] as Lane;
        return lanes[hash(JSON.stringify(dynamodb.Keys)) % lanes.length] as Lane;
    }
}

function newLane(): Lane {
    return { records: [], batches: [], isBusy: false, until: undefined, isWindowOver: false };
}

function newBatch(records: readonly StreamRecord[]): Batch {
    return { records, attempts: 0, setbacks: 0, invocations: 0 };
}

/** The first records that fit into one payload. The text is measured only when it may not fit, because that is slow. */
function fitting(records: readonly StreamRecord[]): readonly StreamRecord[] {
    const sizes = records.length > 1 ? records.map(({ dynamodb }) => dynamodb.SizeBytes) : [];
    const isSmall = sizes.reduce((sum, size) => sum + size, 0) < 256 * 1024;
    return isSmall ? records : records.slice(0, countThatFits(records));
}

function sequenceOf(record: StreamRecord): string {
    return record.dynamodb.SequenceNumber;
}

function arrival(record: StreamRecord): string {
    return new Date(record.dynamodb.ApproximateCreationDateTime * SECOND).toISOString();
}

/** FNV-1a. */
function hash(text: string): number {
    let value = 0x811c9dc5;
    for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
    return value;
}
