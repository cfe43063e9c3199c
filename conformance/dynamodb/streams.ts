/**
 * Reads a table's stream through the API of DynamoDB Streams, in its own protocol, JSON over HTTP: nothing else needs a client of the service.
 * DynamoDB Local checks no signature.
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** The compared part of "Record" in the DynamoDB Streams API reference. */
export interface StreamRecord {
    readonly eventName: string;
    readonly dynamodb: {
        readonly Keys: Record<string, AttributeValue>;
        readonly NewImage?: Record<string, AttributeValue>;
        readonly OldImage?: Record<string, AttributeValue>;
        readonly SequenceNumber: string;
        readonly StreamViewType: string;
        readonly SizeBytes: number;
    };
}

interface Shard {
    readonly ShardId: string;
    readonly ParentShardId?: string;
}

/** Reads one stream from its beginning, in order. */
export class StreamReader {
    private readonly endpoint: string;
    private readonly streamArn: string;
    private iterator: string | undefined;
    private shard: string | undefined;

    constructor(endpoint: string, streamArn: string) {
        this.endpoint = endpoint;
        this.streamArn = streamArn;
    }

    /** The records since the last call. */
    async read(): Promise<StreamRecord[]> {
        const all: StreamRecord[] = [];
        for (;;) {
            this.iterator ??= await this.nextShard();
            if (this.iterator === undefined) return all;
            const answer = (await this.call("GetRecords", { ShardIterator: this.iterator, Limit: 1000 })) as {
                Records: StreamRecord[];
                NextShardIterator?: string;
            };
            all.push(...answer.Records.map(restored));
            this.iterator = answer.NextShardIterator;
            if (this.iterator !== undefined && answer.Records.length === 0) return all;
        }
    }

    /** An iterator at the start of the next shard; undefined if there is none yet. */
    private async nextShard(): Promise<string | undefined> {
        const { StreamDescription } = (await this.call("DescribeStream", { StreamArn: this.streamArn })) as {
            StreamDescription: { Shards: Shard[] };
        };
        const next = StreamDescription.Shards.find(
            ({ ParentShardId, ShardId }) =>
                ShardId !== this.shard && (this.shard === undefined || ParentShardId === this.shard),
        );
        if (!next) return undefined;
        this.shard = next.ShardId;
        const { ShardIterator } = (await this.call("GetShardIterator", {
            StreamArn: this.streamArn,
            ShardId: next.ShardId,
            ShardIteratorType: "TRIM_HORIZON",
        })) as { ShardIterator: string };
        return ShardIterator;
    }

    private async call(operation: string, input: object): Promise<unknown> {
        const answer = await fetch(this.endpoint, {
            method: "POST",
            headers: {
                "content-type": "application/x-amz-json-1.0",
                "x-amz-target": `DynamoDBStreams_20120810.${operation}`,
                authorization:
                    "AWS4-HMAC-SHA256 Credential=none/20261123/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none",
            },
            body: JSON.stringify(input),
        });
        const text = await answer.text();
        if (!answer.ok) throw new Error(`${operation} of the stream answered ${answer.status}: ${text}`);
        return JSON.parse(text);
    }
}

/** DynamoDB Local writes an empty map as `{}`, a value of no type; nothing else is written so. */
function restored(record: StreamRecord): StreamRecord {
    return JSON.parse(JSON.stringify(record), (name, part: unknown) => {
        const isEmpty =
            typeof part === "object" &&
            part !== null &&
            !Array.isArray(part) &&
            Object.keys(part).length === 0;
        return isEmpty && name !== "M" ? { M: {} } : part;
    }) as StreamRecord;
}
