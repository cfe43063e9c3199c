import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Message, SendMessageRequest } from "@aws-sdk/client-sqs";
import fc from "fast-check";
import { AwsError } from "../../../embedded-aws/service.ts";
import type { Caller } from "../../../embedded-aws/service.ts";
import { SqsService } from "../../../embedded-aws/services/sqs/index.ts";
import type { Queue } from "../../../embedded-aws/services/sqs/index.ts";
import { FakeWorld, user } from "../fake-world.ts";

const second = 1000;
const minute = 60 * second;
const day = 24 * 60 * minute;
const events: Caller = {
    principal: "events.amazonaws.com",
    sourceArn: "arn:aws:events:eu-west-1:123456789012:rule/r",
};

/** A world with SQS in it, and the operations on one of its queues. */
class Fixture {
    readonly world = new FakeWorld();
    readonly sqs = this.world.add(new SqsService(this.world));

    queue(name: string, inputs: Record<string, unknown> = {}): QueueFixture {
        const physical = inputs["fifoQueue"] === true ? `${name}.fifo` : name;
        const arn = this.world.arn("sqs", physical);
        const url = `https://sqs.${this.world.region}.amazonaws.com/${this.world.account}/${physical}`;
        this.world.create("aws:sqs/queue:Queue", name, inputs, { name: physical, arn, url, id: url });
        return new QueueFixture(this.world, arn, url);
    }

    fifo(name: string, inputs: Record<string, unknown> = {}): QueueFixture {
        return this.queue(name, { fifoQueue: true, contentBasedDeduplication: true, ...inputs });
    }

    call(operation: string, input: object, caller = user): Record<string, unknown> {
        return this.world.call("sqs", operation, input, caller) as Record<string, unknown>;
    }

    pass(milliseconds: number): Promise<void> {
        return this.world.pass(milliseconds);
    }
}

class QueueFixture {
    readonly world: FakeWorld;
    readonly arn: string;
    readonly url: string;

    constructor(world: FakeWorld, arn: string, url: string) {
        this.world = world;
        this.arn = arn;
        this.url = url;
    }

    call(operation: string, input: object = {}, caller = user): Record<string, unknown> {
        return this.world.call("sqs", operation, { QueueUrl: this.url, ...input }, caller) as Record<
            string,
            unknown
        >;
    }

    send(body: string, input: Partial<SendMessageRequest> = {}): Record<string, string> {
        return this.call("SendMessage", { MessageBody: body, ...input }) as Record<string, string>;
    }

    /** Sends to a message group. */
    post(group: string, ...bodies: string[]): void {
        for (const body of bodies) this.send(body, { MessageGroupId: group });
    }

    /** Sends many messages in batches: body0, body1 … */
    fill(count: number, body: string, input: object = {}): void {
        for (let i = 0; i < count; i += 10) {
            const Entries = Array.from({ length: 10 }, (_, n) => ({
                Id: `${n}`,
                MessageBody: `${body}${i + n}`,
                ...input,
            }));
            this.call("SendMessageBatch", { Entries });
        }
    }

    receive(count = 10, input: object = {}): Message[] {
        const all = { MessageSystemAttributeNames: ["All"], MessageAttributeNames: ["All"] };
        const output = this.call("ReceiveMessage", { MaxNumberOfMessages: count, ...all, ...input });
        return (output["Messages"] ?? []) as Message[];
    }

    bodies(count = 10): (string | undefined)[] {
        return this.receive(count).map(({ Body }) => Body);
    }

    delete({ ReceiptHandle }: Message): void {
        this.call("DeleteMessage", { ReceiptHandle });
    }

    attributes(...AttributeNames: string[]): Record<string, string> {
        return this.call("GetQueueAttributes", { AttributeNames })["Attributes"] as Record<string, string>;
    }
}

function refuses(action: () => unknown, name: string, message: RegExp): void {
    assert.throws(action, (error) => {
        assert(error instanceof AwsError, String(error));
        assert.equal(error.name, name);
        assert.match(error.message, message);
        return true;
    });
}

describe("SQS: standard queues", () => {
    it("gives a message out once until its visibility timeout ends, counting how often", async () => {
        const fixture = new Fixture();
        const queue = fixture.queue("jobs", { visibilityTimeoutSeconds: 60 });
        const sentAt = fixture.world.clock.now();
        const { MessageId } = queue.send("hello");
        await fixture.pass(5 * second);
        const [first] = queue.receive();
        assert.deepEqual(queue.receive(), []);
        await fixture.pass(60 * second);
        const [again] = queue.receive();
        assert.equal(first?.MessageId, MessageId);
        assert.equal(again?.MessageId, MessageId);
        assert.notEqual(first?.ReceiptHandle, again?.ReceiptHandle);
        assert.deepEqual(again?.Attributes, {
            SenderId: fixture.world.account,
            SentTimestamp: String(sentAt),
            ApproximateReceiveCount: "2",
            ApproximateFirstReceiveTimestamp: String(sentAt + 5 * second),
        });
    });

    it("forgets a deleted message, and takes a second delete for done", async () => {
        const fixture = new Fixture();
        const queue = fixture.queue("jobs");
        queue.send("hello");
        const [message] = queue.receive() as [Message];
        queue.delete(message);
        queue.delete(message);
        await fixture.pass(day);
        assert.deepEqual(queue.receive(), []);
    });

    it("makes a message visible at once, or later, by ChangeMessageVisibility", async () => {
        const fixture = new Fixture();
        const queue = fixture.queue("jobs");
        queue.send("hello");
        const [first] = queue.receive() as [Message];
        queue.call("ChangeMessageVisibility", { ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 0 });
        const [second_] = queue.receive() as [Message];
        queue.call("ChangeMessageVisibility", {
            ReceiptHandle: second_.ReceiptHandle,
            VisibilityTimeout: 600,
        });
        await fixture.pass(599 * second);
        assert.deepEqual(queue.bodies(), []);
        await fixture.pass(second);
        assert.deepEqual(queue.bodies(), ["hello"]);
        const ReceiptHandle = first.ReceiptHandle;
        refuses(
            () => queue.call("ChangeMessageVisibility", { ReceiptHandle, VisibilityTimeout: 10 }),
            "InvalidParameterValue",
            /not available for visibility timeout change/,
        );
    });
});

describe("SQS: FIFO queues", () => {
    it("gives a group's messages back in order, however they become visible", async () => {
        const fixture = new Fixture();
        const queue = fixture.fifo("jobs", { visibilityTimeoutSeconds: 10 });
        queue.post("a", "a1", "a2", "a3", "a4");
        const [, second_, third] = queue.receive(3) as [Message, Message, Message];
        queue.call("ChangeMessageVisibility", { ReceiptHandle: third.ReceiptHandle, VisibilityTimeout: 0 });
        queue.call("ChangeMessageVisibility", { ReceiptHandle: second_.ReceiptHandle, VisibilityTimeout: 5 });
        assert.deepEqual(queue.bodies(), []);
        await fixture.pass(10 * second);
        assert.deepEqual(queue.bodies(), ["a1", "a2", "a3", "a4"]);
    });

    it("delivers each group in order and each message once, whatever is received, deleted and timed out (property)", async () => {
        const step = fc.oneof(
            fc.record({ do: fc.constant("send" as const), group: fc.integer({ min: 0, max: 3 }) }),
            fc.record({ do: fc.constant("receive" as const), count: fc.integer({ min: 1, max: 10 }) }),
            fc.record({ do: fc.constant("delete" as const), pick: fc.nat() }),
            fc.record({ do: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 20 }) }),
        );
        await fc.assert(
            fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
                const fixture = new Fixture();
                const queue = fixture.fifo("jobs", { visibilityTimeoutSeconds: 10 });
                const waiting = new Map<string, string[]>();
                let inFlight: { message: Message; until: number }[] = [];
                for (const [index, each] of steps.entries()) {
                    const now = fixture.world.clock.now();
                    inFlight = inFlight.filter(({ until }) => until > now);
                    if (each.do === "send") {
                        const group = `g${each.group}`;
                        queue.post(group, `m${index}`);
                        waiting.set(group, [...(waiting.get(group) ?? []), `m${index}`]);
                    } else if (each.do === "receive") {
                        const blocked = new Set(inFlight.map(({ message }) => groupOf(message)));
                        const messages = queue.receive(each.count);
                        const seen = new Map<string, number>();
                        for (const message of messages) {
                            const group = groupOf(message);
                            assert(!blocked.has(group), `${group} was given out while in flight`);
                            const position = seen.get(group) ?? 0;
                            assert.equal(message.Body, waiting.get(group)?.[position]);
                            seen.set(group, position + 1);
                            inFlight.push({ message, until: now + 10 * second });
                        }
                        const free = [...waiting]
                            .filter(([group]) => !blocked.has(group))
                            .flatMap(([, all]) => all);
                        assert.equal(messages.length, Math.min(each.count, free.length));
                    } else if (each.do === "delete") {
                        const picked = inFlight[each.pick % Math.max(1, inFlight.length)];
                        if (!picked) continue;
                        queue.delete(picked.message);
                        inFlight = inFlight.filter((other) => other !== picked);
                        const group = groupOf(picked.message);
                        waiting.set(
                            group,
                            (waiting.get(group) ?? []).filter((body) => body !== picked.message.Body),
                        );
                    } else {
                        await fixture.pass(each.seconds * second);
                    }
                }
            }),
            { numRuns: 150 },
        );
    });

    it("numbers messages with 20 digits that grow", () => {
        const queue = new Fixture().fifo("jobs");
        const numbers = ["1", "2", "3"].map(
            (body) => queue.send(body, { MessageGroupId: "a" })["SequenceNumber"] as string,
        );
        for (const number of numbers) assert.match(number, /^\d{20}$/);
        assert.deepEqual([...numbers].sort(), numbers);
        assert.equal(new Set(numbers).size, 3);
        assert.equal(queue.receive()[0]?.Attributes?.SequenceNumber, numbers[0]);
    });

    it("takes the same content for a duplicate within five minutes, even after it was deleted", async () => {
        const fixture = new Fixture();
        const queue = fixture.fifo("jobs");
        const first = queue.send("x", { MessageGroupId: "a" });
        queue.delete(queue.receive()[0] as Message);
        await fixture.pass(5 * minute - 1);
        const repeated = queue.send("x", { MessageGroupId: "a" });
        assert.deepEqual(repeated, first);
        assert.deepEqual(queue.bodies(), []);
        await fixture.pass(1);
        assert.notEqual(queue.send("x", { MessageGroupId: "a" })["MessageId"], first["MessageId"]);
        const hash = createHash("sha256").update("x").digest("hex");
        assert.equal(queue.receive()[0]?.Attributes?.MessageDeduplicationId, hash);
    });

    it("needs a group, and something to tell duplicates by", () => {
        const fixture = new Fixture();
        const queue = fixture.fifo("jobs", { contentBasedDeduplication: false });
        refuses(
            () => queue.send("x"),
            "MissingParameter",
            /^The request must contain the parameter MessageGroupId\.$/,
        );
        refuses(
            () => queue.send("x", { MessageGroupId: "a" }),
            "InvalidParameterValue",
            /ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly/,
        );
    });

    it("delays by the queue's delay alone", async () => {
        const fixture = new Fixture();
        const queue = fixture.fifo("jobs", { delaySeconds: 10 });
        refuses(
            () => queue.send("x", { MessageGroupId: "a", DelaySeconds: 5 }),
            "InvalidParameterValue",
            /^Value 5 for parameter DelaySeconds is invalid/,
        );
        queue.post("a", "a1");
        await fixture.pass(5 * second);
        queue.post("a", "a2");
        assert.deepEqual(queue.bodies(), []);
        await fixture.pass(5 * second);
        const [a1] = queue.receive() as [Message];
        assert.equal(a1.Body, "a1");
        queue.delete(a1);
        await fixture.pass(5 * second);
        assert.deepEqual(queue.bodies(), ["a2"]);
    });

    it("refuses a handle whose visibility timeout is over", async () => {
        const fixture = new Fixture();
        const queue = fixture.fifo("jobs", { visibilityTimeoutSeconds: 10 });
        queue.post("a", "a1");
        const [message] = queue.receive() as [Message];
        await fixture.pass(10 * second);
        refuses(
            () => queue.delete(message),
            "InvalidParameterValue",
            /Reason: The receipt handle has expired\.$/,
        );
        const Entries = [{ Id: "1", ReceiptHandle: message.ReceiptHandle }];
        const { Failed } = queue.call("DeleteMessageBatch", { Entries });
        assert.deepEqual(Failed, [
            {
                Id: "1",
                SenderFault: true,
                Code: "ReceiptHandleIsInvalid",
                Message: "The receipt handle has expired",
            },
        ]);
    });
});

describe("SQS: dead-letter queues", () => {
    function pair(
        fifo: boolean,
        maxReceiveCount = 2,
    ): { fixture: Fixture; queue: QueueFixture; dead: QueueFixture } {
        const fixture = new Fixture();
        const kind = fifo ? { fifoQueue: true, contentBasedDeduplication: true } : {};
        const dead = fixture.queue("dead", { ...kind, messageRetentionSeconds: 1_209_600 });
        const redrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount });
        const queue = fixture.queue("jobs", { ...kind, redrivePolicy, visibilityTimeoutSeconds: 10 });
        return { fixture, queue, dead };
    }

    it("takes a message that was received too often, with its id, group and source", async () => {
        const { fixture, queue, dead } = pair(true);
        queue.post("a", "poison", "next");
        const { MessageId } = queue.receive(1)[0] as Message;
        await fixture.pass(10 * second);
        queue.receive(1);
        await fixture.pass(10 * second);
        assert.deepEqual(dead.bodies(), []);
        assert.deepEqual(queue.bodies(1), ["next"]);
        const [message] = dead.receive() as [Message];
        assert.equal(message.MessageId, MessageId);
        assert.equal(message.Attributes?.MessageGroupId, "a");
        assert.equal(message.Attributes?.DeadLetterQueueSourceArn, queue.arn);
        assert.equal(message.Attributes?.ApproximateReceiveCount, "3");
    });

    it("must exist, be of the same type, and allow its source", () => {
        const fixture = new Fixture();
        const policy = (arn: string): { redrivePolicy: string } => ({
            redrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 3 }),
        });
        const standard = fixture.queue("standard");
        const denying = fixture.queue("denying", {
            redriveAllowPolicy: JSON.stringify({ redrivePermission: "denyAll" }),
        });
        const missing = fixture.world.arn("sqs", "missing");
        refuses(
            () => fixture.queue("a", policy(missing)),
            "InvalidParameterValue",
            /Dead letter target does not exist/,
        );
        refuses(() => fixture.fifo("b", policy(standard.arn)), "InvalidParameterValue", /same type of queue/);
        refuses(
            () => fixture.queue("c", policy(denying.arn)),
            "InvalidParameterValue",
            /redrive allow policy/,
        );
    });

    it("takes nothing of a queue that its redrive allow policy leaves out", async () => {
        const { fixture, queue, dead } = pair(false, 1);
        const redriveAllowPolicy = JSON.stringify({
            redrivePermission: "byQueue",
            sourceQueueArns: [fixture.world.arn("sqs", "other")],
        });
        fixture.world.create("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "allow", {
            queueUrl: dead.url,
            redriveAllowPolicy,
        });
        queue.send("poison");
        queue.receive();
        await fixture.pass(10 * second);
        assert.deepEqual(queue.bodies(), ["poison"]);
        assert.deepEqual(dead.bodies(), []);
    });

    it("is the only source that a move task has", () => {
        const { fixture, queue } = pair(false);
        refuses(
            () => fixture.call("StartMessageMoveTask", { SourceArn: queue.arn }),
            "InvalidParameterValue",
            /^Source queue must be configured as a Dead Letter Queue\.$/,
        );
        refuses(
            () => fixture.call("StartMessageMoveTask", { SourceArn: fixture.world.arn("sqs", "missing") }),
            "ResourceNotFoundException",
            /SourceArn parameter doesn't exist/,
        );
    });
});

describe("SQS: requests", () => {
    it("are refused for a queue that does not exist", () => {
        const fixture = new Fixture();
        const QueueUrl = `https://sqs.eu-west-1.amazonaws.com/${fixture.world.account}/missing`;
        refuses(
            () => fixture.call("SendMessage", { QueueUrl, MessageBody: "x" }),
            "QueueDoesNotExist",
            /does not exist/,
        );
        refuses(
            () => fixture.call("GetQueueUrl", { QueueName: "missing" }),
            "QueueDoesNotExist",
            /does not exist/,
        );
    });

    it("find a queue by account and name, whatever host the URL has", () => {
        const fixture = new Fixture();
        const queue = fixture.queue("jobs");
        fixture.call("SendMessage", {
            QueueUrl: `http://localhost:4566/${fixture.world.account}/jobs`,
            MessageBody: "x",
        });
        assert.deepEqual(queue.bodies(), ["x"]);
        assert.deepEqual(fixture.call("GetQueueUrl", { QueueName: "jobs" }), { QueueUrl: queue.url });
    });

    it("carry the checksums that SDK clients verify", () => {
        const queue = new Fixture().queue("jobs");
        const MessageAttributes = {
            cause: { DataType: "String", StringValue: "Glue failed" },
            attempt: { DataType: "Number", StringValue: "2" },
            trace: { DataType: "Binary", BinaryValue: Uint8Array.of(1, 2, 3) },
        };
        const sent = queue.send("héllo", { MessageAttributes });
        const [message] = queue.receive() as [Message];
        assert.equal(sent["MD5OfMessageBody"], createHash("md5").update("héllo").digest("hex"));
        assert.equal(message.MD5OfBody, sent["MD5OfMessageBody"]);
        assert.deepEqual(message.MessageAttributes, MessageAttributes);
        assert.equal(message.MD5OfMessageAttributes, sent["MD5OfMessageAttributes"]);
        // The example of "Calculating the MD5 message digest for message attributes", worked out by hand.
        const parts = [
            "attempt",
            "Number",
            1,
            "2",
            "cause",
            "String",
            1,
            "Glue failed",
            "trace",
            "Binary",
            2,
            Uint8Array.of(1, 2, 3),
        ];
        const hash = createHash("md5");
        for (const part of parts) {
            if (typeof part === "number") hash.update(Uint8Array.of(part));
            else hash.update(Uint8Array.of(0, 0, 0, part.length)).update(part);
        }
        assert.equal(sent["MD5OfMessageAttributes"], hash.digest("hex"));
    });

    it("return only the attributes that are asked for", () => {
        const queue = new Fixture().queue("jobs");
        const text = (StringValue: string): object => ({ DataType: "String", StringValue });
        queue.send("x", { MessageAttributes: { "a.b": text("1"), "a.c": text("2"), d: text("3") } as never });
        const [message] = queue.call("ReceiveMessage", {
            MessageAttributeNames: ["a.*"],
            MessageSystemAttributeNames: ["SentTimestamp"],
        })["Messages"] as [Message];
        assert.deepEqual(Object.keys(message.MessageAttributes ?? {}), ["a.b", "a.c"]);
        assert.deepEqual(Object.keys(message.Attributes ?? {}), ["SentTimestamp"]);
    });

    it("are refused with what AWS does not take in a message", () => {
        const fixture = new Fixture();
        const queue = fixture.queue("jobs", { maxMessageSize: 2048 });
        const cases: [Partial<SendMessageRequest>, string, RegExp][] = [
            [{ MessageBody: "" }, "MissingParameter", /MessageBody/],
            [{ MessageBody: "a\u0000" }, "InvalidMessageContents", /#x9/],
            [{ MessageBody: "\ud800" }, "InvalidMessageContents", /#x9/],
            [{ MessageBody: "x".repeat(2049) }, "InvalidParameterValue", /shorter than 2048 bytes/],
            [{ MessageBody: "é".repeat(1025) }, "InvalidParameterValue", /shorter than 2048 bytes/],
            [{ DelaySeconds: 901 }, "InvalidParameterValue", /DelaySeconds/],
            [{ MessageDeduplicationId: "d" }, "InvalidParameterValue", /MessageDeduplicationId/],
            [{ MessageGroupId: "a b" }, "InvalidParameterValue", /alphanumeric and punctuation/],
            [
                { MessageAttributes: { a: { DataType: "String", StringValue: "" } } },
                "InvalidParameterValue",
                /non-empty value/,
            ],
            [
                { MessageAttributes: { a: { DataType: "Text", StringValue: "x" } } },
                "InvalidParameterValue",
                /Binary, Number, and String/,
            ],
            [
                { MessageAttributes: { a: { DataType: "Number", StringValue: "x" } } },
                "InvalidParameterValue",
                /to a number/,
            ],
            [
                { MessageAttributes: { "AWS.a": { DataType: "String", StringValue: "x" } } },
                "InvalidParameterValue",
                /AWS/,
            ],
            [
                { MessageAttributes: manyAttributes(11) },
                "InvalidParameterValue",
                /\[11\] exceeds the allowed maximum \[10\]/,
            ],
        ];
        for (const [input, name, message] of cases) {
            refuses(() => queue.call("SendMessage", { MessageBody: "x", ...input }), name, message);
        }
        queue.send("x".repeat(1600), { MessageAttributes: manyAttributes(10) });
        queue.send("😀\t\n\r");
    });

    it("in batches succeed and fail by entry, but are refused whole when malformed", () => {
        const queue = new Fixture().fifo("jobs");
        const entry = (Id: string, MessageBody: string): object => ({ Id, MessageBody, MessageGroupId: "a" });
        const batch = (...Entries: object[]): Record<string, unknown> =>
            queue.call("SendMessageBatch", { Entries });
        const { Successful, Failed } = batch(entry("1", "one"), entry("2", ""), entry("3", "three"));
        assert.deepEqual(
            (Successful as { Id: string }[]).map(({ Id }) => Id),
            ["1", "3"],
        );
        const [failed] = Failed as [Record<string, unknown>];
        assert.deepEqual(
            [failed["Id"], failed["SenderFault"], failed["Code"]],
            ["2", true, "MissingParameter"],
        );
        assert.equal("Failed" in batch(entry("1", "four")), false);
        assert.deepEqual(queue.bodies(), ["one", "three", "four"]);
        refuses(() => batch(), "EmptyBatchRequest", /at least one/);
        refuses(() => batch(entry("1", "a"), entry("1", "b")), "BatchEntryIdsNotDistinct", /Id 1 repeated/);
        refuses(() => batch(entry("a b", "a")), "InvalidBatchEntryId", /alphanumeric/);
        const eleven = Array.from({ length: 11 }, (_, index) => entry(String(index), "x"));
        refuses(() => batch(...eleven), "TooManyEntriesInBatchRequest", /You have sent 11/);
        const big = entry("1", "x".repeat(600_000));
        refuses(() => batch(big, { ...big, Id: "2" }), "BatchRequestTooLong", /1200000 bytes/);
    });

    it("are counted, one for every 64 KB", () => {
        const fixture = new Fixture();
        const queue = fixture.queue("jobs");
        queue.send("x".repeat(65_537));
        assert.equal(fixture.world.counters["sqs.requests"], 2);
    });
});

describe("SQS: declared queues", () => {
    it("show their settings as attributes", () => {
        const queue = new Fixture().fifo("jobs", {
            deduplicationScope: "messageGroup",
            fifoThroughputLimit: "perMessageGroupId",
            visibilityTimeoutSeconds: 360,
            messageRetentionSeconds: 1_209_600,
            sqsManagedSseEnabled: true,
        });
        const all = queue.attributes("All");
        assert.equal(all["QueueArn"], queue.arn);
        assert.equal(all["FifoQueue"], "true");
        assert.equal(all["DeduplicationScope"], "messageGroup");
        assert.equal(all["VisibilityTimeout"], "360");
        // The provider sends its own default, which is less than what SQS can do.
        assert.equal(all["MaximumMessageSize"], "262144");
        assert.equal("KmsMasterKeyId" in all, false);
    });

    it("are refused with settings that AWS does not take", () => {
        const fixture = new Fixture();
        refuses(
            () => fixture.queue("a", { visibilityTimeoutSeconds: 43_201 }),
            "InvalidAttributeValue",
            /VisibilityTimeout/,
        );
        refuses(
            () => fixture.queue("b", { contentBasedDeduplication: true }),
            "InvalidAttributeName",
            /ContentBased/,
        );
        refuses(
            () => fixture.fifo("c", { fifoThroughputLimit: "perMessageGroupId" }),
            "InvalidAttributeValue",
            /messageGroup/,
        );
        refuses(() => fixture.queue("d.fifo"), "InvalidParameterValue", /alphanumeric/);
        refuses(
            () => fixture.queue("e", { redrivePolicy: "{}" }),
            "InvalidParameterValue",
            /deadLetterTargetArn/,
        );
    });

    it("refuse messages when their key does not exist, and events under the key that AWS manages", () => {
        const fixture = new Fixture();
        const unknown = fixture.queue("a", { kmsMasterKeyId: fixture.world.arn("kms", "key/none") });
        refuses(() => unknown.send("x"), "KmsNotFound", /does not exist/);
        const policy = allow(fixture.world.arn("sqs", "b"), "events.amazonaws.com");
        const managed = fixture.queue("b", { kmsMasterKeyId: "alias/aws/sqs", policy });
        managed.send("x");
        refuses(
            () => managed.call("SendMessage", { MessageBody: "x" }, events),
            "KmsAccessDenied",
            /GenerateDataKey/,
        );
    });

    it("let a service in only by their policy", () => {
        const fixture = new Fixture();
        const queue = fixture.queue("jobs");
        const deliver = (): unknown => queue.call("SendMessage", { MessageBody: "x" }, events);
        refuses(deliver, "AccessDenied", /no resource-based policy allows the sqs:SendMessage action/);
        fixture.world.create("aws:sqs/queuePolicy:QueuePolicy", "policy", {
            queueUrl: queue.url,
            policy: allow(queue.arn, "events.amazonaws.com", {
                ArnEquals: { "aws:SourceArn": events.sourceArn },
            }),
        });
        deliver();
        const other = { ...events, sourceArn: `${events.sourceArn ?? ""}2` };
        refuses(
            () => queue.call("SendMessage", { MessageBody: "x" }, other),
            "AccessDenied",
            /not authorized/,
        );
    });

    it("keep everybody out whom their policy denies", () => {
        const fixture = new Fixture();
        const arn = fixture.world.arn("sqs", "jobs");
        const statement = { Effect: "Deny", Principal: "*", Action: "sqs:*", Resource: arn };
        const queue = fixture.queue("jobs", {
            policy: JSON.stringify({ Version: "2012-10-17", Statement: statement }),
        });
        refuses(() => queue.send("x"), "AccessDenied", /explicit deny/);
    });
});

describe("SQS: listeners", () => {
    it("hear when something can be received that could not before, without any polling", async () => {
        const fixture = new Fixture();
        const queue = fixture.fifo("jobs", { visibilityTimeoutSeconds: 20, delaySeconds: 10 });
        const heard: number[] = [];
        const start = fixture.world.clock.now();
        (fixture.world.find(queue.arn) as Queue).onArrival(() =>
            heard.push((fixture.world.clock.now() - start) / second),
        );
        queue.post("a", "a1", "a2");
        await fixture.world.clock.run();
        assert.deepEqual(heard, [10]);
        queue.receive(1);
        await fixture.world.clock.run();
        assert.deepEqual(heard, [10, 30]);
        const [first] = queue.receive(1) as [Message];
        queue.delete(first);
        assert.deepEqual(heard, [10, 30, 30]);
    });

    it("cost a queue without anything delayed or in flight no event", async () => {
        const fixture = new Fixture();
        const queue = fixture.queue("jobs");
        (fixture.world.find(queue.arn) as Queue).onArrival(() => undefined);
        queue.send("x");
        queue.delete(queue.receive()[0] as Message);
        const before = fixture.world.clock.now();
        await fixture.world.clock.run();
        assert.equal(fixture.world.clock.now(), before);
    });
});

function groupOf(message: Message): string {
    return message.Attributes?.MessageGroupId ?? "";
}

function manyAttributes(count: number): NonNullable<SendMessageRequest["MessageAttributes"]> {
    return Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`a${index}`, { DataType: "String", StringValue: "x" }]),
    );
}

function allow(arn: string, service: string, condition?: object): string {
    const statement = {
        Effect: "Allow",
        Principal: { Service: service },
        Action: "sqs:SendMessage",
        Resource: arn,
        ...(condition && { Condition: condition }),
    };
    return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
}
