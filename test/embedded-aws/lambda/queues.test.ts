import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/service.ts";
import { LambdaFixture, minute, refuses, second, type SqsEvent } from "./fixture.ts";

/** A fixture with a FIFO queue that a function reads, and what the function saw. */
function fifo(
    respond: (bodies: string[], event: SqsEvent) => unknown,
    mapping: Record<string, unknown> = {},
    queue: Record<string, unknown> = {},
): { fixture: LambdaFixture; queue: string; dead: string; batches: string[][]; uuid: string } {
    const fixture = new LambdaFixture({ model: { invokeMillis: 0, pollMillis: 0 } });
    const batches: string[][] = [];
    fixture.fn("reads", (event: SqsEvent) => {
        const bodies = event.Records.map(({ body }) => body);
        batches.push(bodies);
        return respond(bodies, event);
    });
    const dead = fixture.fifo("dead");
    const redrivePolicy = JSON.stringify({ deadLetterTargetArn: dead, maxReceiveCount: 3 });
    const arn = fixture.fifo("jobs", { visibilityTimeoutSeconds: 30, redrivePolicy, ...queue });
    const uuid = fixture.map(arn, "reads", mapping);
    return { fixture, queue: arn, dead, batches, uuid };
}

describe("Lambda: mappings of FIFO queues", () => {
    it("hand over messages as Lambda's events and delete what succeeded", async () => {
        const seen: SqsEvent[] = [];
        const { fixture, queue } = fifo((_bodies, event) => void seen.push(event));
        fixture.send(queue, "hello", "a");
        await fixture.pass(second);
        const [record, ...others] = seen[0]?.Records ?? [];
        assert.deepEqual(others, []);
        const { messageId, receiptHandle, attributes, ...rest } = record as SqsEvent["Records"][number];
        assert.match(messageId, /^[0-9a-f-]{36}$/);
        assert.match(receiptHandle, /^AQEB/);
        assert.equal(attributes["MessageGroupId"], "a");
        assert.equal(attributes["ApproximateReceiveCount"], "1");
        assert.equal(attributes["SentTimestamp"], String(fixture.start));
        assert.match(attributes["SequenceNumber"] ?? "", /^\d{20}$/);
        assert.deepEqual(rest, {
            body: "hello",
            messageAttributes: {},
            md5OfBody: "5d41402abc4b2a76b9719d911017c592",
            eventSource: "aws:sqs",
            eventSourceARN: queue,
            awsRegion: "eu-west-1",
        });
        assert.equal(fixture.size(queue), 0);
    });

    it("call SQS as the function's role on behalf of the mapping, and only when there is something", async () => {
        const { fixture, queue, uuid } = fifo(() => undefined);
        const before = fixture.world.calls.length;
        await fixture.pass(10 * minute);
        assert.equal(fixture.world.calls.length, before);
        fixture.send(queue, "a1", "a");
        await fixture.pass(10 * minute);
        const calls = fixture.world.calls.slice(before).filter(({ caller }) => caller.principal !== "user");
        assert.deepEqual(
            calls.map(({ operation }) => operation),
            ["ReceiveMessage", "DeleteMessageBatch"],
        );
        const sourceArn = fixture.world.arn("lambda", `event-source-mapping:${uuid}`);
        for (const { caller } of calls) {
            assert.deepEqual(caller, {
                principal: "lambda.amazonaws.com",
                roleArn: fixture.roleArn,
                sourceArn,
            });
        }
    });

    it("go on after calls of theirs were refused", async () => {
        const { fixture, queue, batches } = fifo(() => undefined);
        const call = fixture.world.call.bind(fixture.world);
        let refusals = 2;
        fixture.world.call = (service, operation, input, caller) => {
            if (caller.principal === "lambda.amazonaws.com" && refusals-- > 0) {
                throw new AwsError(
                    "RequestThrottled",
                    "The request was denied due to request throttling.",
                    403,
                );
            }
            return call(service, operation, input, caller);
        };
        fixture.send(queue, "a1", "a");
        await fixture.pass(5 * second);
        assert.deepEqual(batches, [["a1"]]);
        assert.equal(fixture.size(queue), 0);
    });

    it("are refused with a queue that is not there, or whose visibility timeout is shorter than the function's", () => {
        const fixture = new LambdaFixture();
        fixture.fn("reads", () => undefined, { timeout: 60 });
        const short = fixture.fifo("short", { visibilityTimeoutSeconds: 59 });
        refuses(
            () => fixture.map(short, "reads"),
            "InvalidParameterValueException",
            /^Queue visibility timeout: 59 seconds is less than Function timeout: 60 seconds$/,
        );
        refuses(
            () => fixture.map(fixture.world.arn("sqs", "missing.fifo"), "reads"),
            "InvalidParameterValueException",
            /ReceiveMessage.*QueueDoesNotExist/,
        );
        const good = fixture.fifo("good", { visibilityTimeoutSeconds: 60 });
        refuses(() => fixture.map(good, "missing"), "ResourceNotFoundException", /Function not found/);
        fixture.map(good, "reads");
        refuses(() => fixture.map(good, "reads"), "ResourceConflictException", /already exists/);
        const bad: Record<string, unknown>[] = [
            { batchSize: 11 },
            { maximumBatchingWindowInSeconds: 1 },
            { scalingConfig: { maximumConcurrency: 1 } },
            { startingPosition: "LATEST" },
            { functionResponseTypes: ["Nonsense"] },
            { filterCriteria: { filters: [{ pattern: '{"body":"text"}' }] } },
        ];
        for (const inputs of bad)
            refuses(() => fixture.map(good, "reads", inputs), "InvalidParameterValueException", /./);
    });
});

describe("Lambda: mappings of standard queues", () => {
    it("gather a large batch within their window", async () => {
        const fixture = new LambdaFixture({ model: { pollMillis: 0, invokeMillis: 0 } });
        const seen: [number, number][] = [];
        fixture.fn("reads", (event: SqsEvent) => void seen.push([fixture.seconds, event.Records.length]));
        const queue = fixture.queue("jobs", { visibilityTimeoutSeconds: 120 });
        fixture.map(queue, "reads", { batchSize: 25, maximumBatchingWindowInSeconds: 20 });
        for (let i = 0; i < 30; i++) fixture.send(queue, `m${i}`);
        await fixture.pass(10 * second);
        fixture.send(queue, "late");
        await fixture.pass(minute);
        assert.deepEqual(seen, [
            [0, 25],
            [20, 6],
        ]);
        assert.equal(fixture.size(queue), 0);
    });
});
