import assert from "node:assert/strict";
import { AwsError } from "../../local/services/service.ts";
import { LambdaFixture, minute, refuses, second, type SqsEvent } from "./lambda-fixture.ts";

const reporting = { functionResponseTypes: ["ReportBatchItemFailures"] };

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

/** Reports these bodies of an event as failed. */
function failing(event: SqsEvent, ...bodies: string[]): object {
    const failed = event.Records.filter(({ body }) => bodies.includes(body));
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
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

    it("hand over several messages of a group in order, up to ten, and one batch of a group at a time", async () => {
        const { fixture, queue, batches } = fifo(() => undefined);
        fixture.runtime.durationMillis = second;
        for (let i = 1; i <= 12; i++) fixture.send(queue, `a${i}`, "a");
        fixture.send(queue, "b1", "b");
        await fixture.pass(0.5 * second);
        assert.deepEqual(batches, [["a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "a10"], ["b1"]]);
        await fixture.pass(second);
        assert.deepEqual(batches.slice(2), [["a11", "a12"]]);
    });

    it("take the whole batch for failed when the function fails: it comes back after the visibility timeout", async () => {
        const times: number[] = [];
        const { fixture, queue, batches } = fifo(() => {
            times.push(fixture.seconds);
            if (times.length === 1) throw new Error("no");
        });
        fixture.send(queue, "a1", "a");
        fixture.send(queue, "a2", "a");
        await fixture.pass(minute);
        assert.deepEqual(batches, [
            ["a1", "a2"],
            ["a1", "a2"],
        ]);
        assert.deepEqual(times, [0, 30]);
        assert.equal(fixture.size(queue), 0);
    });

    it("take back only what is reported, and block the group until it is visible again", async () => {
        let isBroken = true;
        const { fixture, queue, batches } = fifo(
            (_bodies, event) => (isBroken ? failing(event, "a2", "a3") : undefined),
            reporting,
        );
        for (const body of ["a1", "a2", "a3"]) fixture.send(queue, body, "a");
        await fixture.pass(second);
        isBroken = false;
        fixture.send(queue, "a4", "a");
        fixture.send(queue, "b1", "b");
        await fixture.pass(minute);
        assert.deepEqual(batches, [["a1", "a2", "a3"], ["b1"], ["a2", "a3", "a4"]]);
        assert.equal(fixture.size(queue), 0);
    });

    it("dead-letter what failed too often and go on with the group", async () => {
        const { fixture, queue, dead, batches } = fifo(
            (_bodies, event) => failing(event, "poison"),
            reporting,
        );
        fixture.send(queue, "poison", "a");
        fixture.send(queue, "fine", "b");
        await fixture.pass(5 * minute);
        assert.deepEqual(batches, [["poison", "fine"], ["poison"], ["poison"]]);
        assert.deepEqual(fixture.bodies(dead), ["poison"]);
    });

    it("ignore reports unless ReportBatchItemFailures is on", async () => {
        const { fixture, queue } = fifo((_bodies, event) => failing(event, "a1"));
        fixture.send(queue, "a1", "a");
        await fixture.pass(second);
        assert.equal(fixture.size(queue), 0);
    });

    it("read reports by AWS's rules: what is no report is failure, nothing to report is success", async () => {
        const success: unknown[] = [
            undefined,
            null,
            {},
            { batchItemFailures: [] },
            { batchItemFailures: null },
            { other: 1 },
        ];
        const failure: unknown[] = [
            "text",
            ["list"],
            { batchItemFailures: {} },
            { batchItemFailures: [null] },
            { batchItemFailures: [{ itemIdentifier: "" }] },
            { batchItemFailures: [{ itemIdentifier: null }] },
            { batchItemFailures: [{ identifier: "x" }] },
            { batchItemFailures: [{ itemIdentifier: "unknown" }] },
        ];
        for (const [answers, left] of [
            [success, 0],
            [failure, 2],
        ] as const) {
            for (const answer of answers) {
                const { fixture, queue } = fifo(() => answer, reporting);
                fixture.send(queue, "a1", "a");
                fixture.send(queue, "a2", "a");
                await fixture.pass(second);
                assert.equal(fixture.size(queue), left, JSON.stringify(answer));
            }
        }
    });

    it("keep to the maximum concurrency", async () => {
        let running = 0;
        let most = 0;
        const fixture = new LambdaFixture({ interleaved: true, model: { invokeMillis: 10 } });
        fixture.fn("reads", async () => {
            most = Math.max(most, ++running);
            await new Promise<void>((resolve) => void fixture.world.clock.after(100, resolve));
            running--;
        });
        const queue = fixture.fifo("jobs");
        fixture.map(queue, "reads", { batchSize: 1, scalingConfig: { maximumConcurrency: 3 } });
        for (let i = 0; i < 20; i++) fixture.send(queue, `m${i}`, `g${i}`);
        await fixture.pass(2 * second);
        assert.equal(most, 3);
        assert.equal(fixture.size(queue), 0);
    });

    it("try a throttled batch again until it would be visible", async () => {
        const { fixture, queue, batches } = fifo(() => undefined);
        const resource = fixture.fnNamed("reads");
        resource.configuration = { ...resource.configuration, reservedConcurrency: 0 };
        fixture.send(queue, "a1", "a");
        await fixture.pass(10 * second);
        assert.deepEqual(batches, []);
        resource.configuration = { ...resource.configuration, reservedConcurrency: 5 };
        await fixture.pass(minute);
        assert.deepEqual(batches, [["a1"]]);
        assert.equal(fixture.size(queue), 0);
    });

    it("wait while they are disabled, and say so", async () => {
        const { fixture, queue, batches, uuid } = fifo(() => undefined, { enabled: false });
        const describe = (operation: string, input: object): Record<string, unknown> =>
            fixture.world.call(
                "lambda",
                operation,
                { UUID: uuid, ...input },
                { principal: "user" },
            ) as Record<string, unknown>;
        fixture.send(queue, "a1", "a");
        await fixture.pass(minute);
        assert.deepEqual(batches, []);
        assert.equal(describe("GetEventSourceMapping", {})["State"], "Disabled");
        assert.equal(describe("UpdateEventSourceMapping", { Enabled: true })["State"], "Enabled");
        await fixture.pass(second);
        assert.deepEqual(batches, [["a1"]]);
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
    it("drop what no filter matches", async () => {
        const fixture = new LambdaFixture();
        const seen: string[] = [];
        fixture.fn("reads", (event: SqsEvent) => void seen.push(...event.Records.map(({ body }) => body)));
        const queue = fixture.queue("jobs");
        const patterns = [{ body: { kind: ["sweep"] } }, { body: { size: [{ numeric: [">", 5] }] } }];
        fixture.map(queue, "reads", {
            filterCriteria: { filters: patterns.map((pattern) => ({ pattern: JSON.stringify(pattern) })) },
        });
        const bodies = ['{"kind":"sweep"}', '{"kind":"other"}', '{"size":6}', '{"size":5}', "text"];
        for (const body of bodies) fixture.send(queue, body);
        await fixture.pass(second);
        assert.deepEqual(seen, ['{"kind":"sweep"}', '{"size":6}']);
        assert.equal(fixture.size(queue), 0);
        assert.equal(fixture.count("lambda.invocations"), 1);
    });

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

    it("begin with five batches at once and add three hundred a minute", async () => {
        const fixture = new LambdaFixture({ interleaved: true });
        let running = 0;
        let most = 0;
        fixture.fn("reads", async () => {
            most = Math.max(most, ++running);
            await new Promise<void>((resolve) => void fixture.world.clock.after(2 * second, resolve));
            running--;
        });
        const queue = fixture.queue("jobs");
        fixture.map(queue, "reads", { batchSize: 1 });
        for (let i = 0; i < 500; i++) fixture.send(queue, `m${i}`);
        await fixture.pass(second);
        assert.equal(most, 5);
        await fixture.pass(10 * second);
        assert(most > 20 && most <= 55, `${most} at once`);
        await fixture.pass(2 * minute);
        assert.equal(fixture.size(queue), 0);
    });

    it("split what is more than an invocation's six megabytes", async () => {
        const fixture = new LambdaFixture();
        const sizes: number[] = [];
        fixture.fn("reads", (event: SqsEvent) => void sizes.push(event.Records.length));
        const queue = fixture.queue("jobs", { maxMessageSize: 1_048_576 });
        for (let i = 0; i < 10; i++) fixture.send(queue, "x".repeat(1_000_000));
        fixture.map(queue, "reads");
        fixture.send(queue, "wake");
        await fixture.pass(minute);
        // The eleventh message is a batch of its own, beside the first six.
        assert.deepEqual(sizes, [6, 1, 4]);
        assert.equal(fixture.size(queue), 0);
    });
});
