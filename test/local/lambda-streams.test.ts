import assert from "node:assert/strict";
import { hour, LambdaFixture, minute, refuses, second, write, type StreamEvent } from "./lambda-fixture.ts";
import type { TableStream } from "../../local/services/dynamodb/stream.ts";

/** A fixture with a stream that a function reads, and the ids that it saw, by batch. */
function streamed(
    respond: (ids: string[], event: StreamEvent) => unknown,
    mapping: Record<string, unknown> = {},
): { fixture: LambdaFixture; stream: TableStream; batches: string[][]; times: number[] } {
    const fixture = new LambdaFixture({ model: { invokeMillis: 0, pollMillis: 0 } });
    const batches: string[][] = [];
    const times: number[] = [];
    fixture.fn("follows", (event: StreamEvent) => {
        const ids = event.Records.map(({ dynamodb }) => dynamodb.Keys.id.S);
        batches.push(ids);
        times.push(fixture.seconds);
        return respond(ids, event);
    });
    const stream = fixture.stream("table");
    fixture.map(stream.arn, "follows", mapping);
    return { fixture, stream, batches, times };
}

function fail(): never {
    throw new Error("no");
}

function failing(event: StreamEvent, id: string): object {
    const record = event.Records.find(({ dynamodb }) => dynamodb.Keys.id.S === id);
    return { batchItemFailures: record ? [{ itemIdentifier: record.dynamodb.SequenceNumber }] : [] };
}

describe("Lambda: mappings of a table's stream", () => {
    it("hand over records in order, as Lambda's events, batch after batch", async () => {
        const seen: StreamEvent[] = [];
        const { fixture, stream, batches } = streamed((_ids, event) => void seen.push(event), {
            batchSize: 2,
        });
        for (const id of ["1", "2", "3", "4", "5"]) write(stream, id);
        await fixture.pass(second);
        assert.deepEqual(batches, [["1", "2"], ["3", "4"], ["5"]]);
        const record = seen[0]?.Records[0] as unknown as Record<string, unknown>;
        assert.equal(record["eventName"], "INSERT");
        assert.equal(record["eventSource"], "aws:dynamodb");
        assert.equal(record["eventSourceARN"], stream.arn);
        assert.deepEqual((record["dynamodb"] as Record<string, unknown>)["NewImage"], { id: { S: "1" } });
    });

    it("begin with what comes, or with everything that is there, as their starting position says", async () => {
        for (const [startingPosition, expected] of [
            ["LATEST", [["new"]]],
            ["TRIM_HORIZON", [["old", "new"]]],
        ] as const) {
            const fixture = new LambdaFixture();
            const batches: string[][] = [];
            fixture.fn(
                "follows",
                (event: StreamEvent) =>
                    void batches.push(event.Records.map(({ dynamodb }) => dynamodb.Keys.id.S)),
            );
            const stream = fixture.stream("table");
            write(stream, "old");
            fixture.map(stream.arn, "follows", { startingPosition });
            write(stream, "new");
            await fixture.pass(second);
            assert.deepEqual(batches, expected, startingPosition);
        }
    });

    it("invoke the function only with records that a filter matches", async () => {
        const pattern = JSON.stringify({
            dynamodb: {
                Keys: { id: { S: [{ prefix: "gate" }] } },
                NewImage: { token: { S: [{ exists: true }] } },
            },
        });
        const { fixture, stream, batches } = streamed(() => undefined, {
            filterCriteria: { filters: [{ pattern }] },
        });
        write(stream, "job#1", { token: { S: "t" } });
        write(stream, "gate#1");
        await fixture.pass(second);
        assert.equal(fixture.count("lambda.invocations"), 0);
        write(stream, "gate#2", { token: { S: "t" } });
        await fixture.pass(second);
        assert.deepEqual(batches, [["gate#2"]]);
    });

    it("gather a batch within their window", async () => {
        const { fixture, stream, batches, times } = streamed(() => undefined, {
            batchSize: 3,
            maximumBatchingWindowInSeconds: 10,
        });
        write(stream, "1");
        await fixture.pass(6 * second);
        write(stream, "2");
        await fixture.pass(6 * second);
        for (const id of ["3", "4", "5", "6"]) write(stream, id);
        await fixture.pass(minute);
        assert.deepEqual(batches, [["1", "2"], ["3", "4", "5"], ["6"]]);
        assert.deepEqual(times, [10, 12, 22]);
    });

    it("try a failed batch again, later and later, before anything that came after it", async () => {
        let failures = 3;
        const { fixture, stream, batches, times } = streamed(() => (failures-- > 0 ? fail() : undefined));
        write(stream, "1");
        await fixture.pass(0.5 * second);
        write(stream, "2");
        await fixture.pass(minute);
        assert.deepEqual(batches, [["1"], ["1"], ["1"], ["1"], ["2"]]);
        assert.deepEqual(times, [0, 1, 3, 7, 7]);
    });

    it("give a batch up after the attempts that are allowed, and tell the destination which records", async () => {
        const fixture = new LambdaFixture({ model: { invokeMillis: 0, pollMillis: 0 } });
        const seen: string[] = [];
        fixture.fn("follows", (event: StreamEvent) => {
            seen.push(...event.Records.map(({ dynamodb }) => dynamodb.Keys.id.S));
            if (seen.at(-1) === "bad") fail();
        });
        const stream = fixture.stream("table");
        const failures = fixture.queue("failures");
        fixture.map(stream.arn, "follows", {
            maximumRetryAttempts: 2,
            destinationConfig: { onFailure: { destinationArn: failures } },
        });
        write(stream, "bad");
        await fixture.pass(100);
        write(stream, "good");
        await fixture.pass(minute);
        assert.deepEqual(seen, ["bad", "bad", "bad", "good"]);
        const [body] = fixture.bodies(failures);
        const record = JSON.parse(body ?? "") as Record<string, Record<string, unknown>>;
        assert.equal(record["requestContext"]?.["condition"], "RetryAttemptsExhausted");
        assert.equal(record["requestContext"]?.["approximateInvokeCount"], 3);
        assert.equal(record["DDBStreamBatchInfo"]?.["batchSize"], 1);
        assert.equal(record["DDBStreamBatchInfo"]?.["streamArn"], stream.arn);
    });

    it("give records up that are too old", async () => {
        const { fixture, stream, batches } = streamed((ids) => (ids.includes("bad") ? fail() : undefined), {
            maximumRecordAgeInSeconds: 60,
        });
        write(stream, "bad");
        await fixture.pass(90 * second);
        write(stream, "good");
        await fixture.pass(2 * minute);
        assert.deepEqual(batches.at(-1), ["good"]);
        assert.equal(fixture.count("lambda.discardedRecords"), 1);
    });

    it("without any limit give up when the stream forgets, after a day", async () => {
        const { fixture, stream, batches } = streamed((ids) => (ids.includes("bad") ? fail() : undefined));
        write(stream, "bad");
        await fixture.pass(23 * hour);
        assert.deepEqual(batches.at(-1), ["bad"]);
        await fixture.pass(2 * hour);
        write(stream, "good");
        await fixture.pass(second);
        assert.deepEqual(batches.at(-1), ["good"]);
    });

    it("halve a failed batch if they bisect, until the bad record is alone", async () => {
        const done: string[] = [];
        const { fixture, stream, batches } = streamed(
            (ids) => (ids.includes("3") ? fail() : done.push(...ids)),
            {
                bisectBatchOnFunctionError: true,
                maximumRetryAttempts: 0,
            },
        );
        for (const id of ["1", "2", "3", "4"]) write(stream, id);
        await fixture.pass(minute);
        assert.deepEqual(batches, [["1", "2", "3", "4"], ["1", "2"], ["3", "4"], ["3"], ["4"]]);
        assert.deepEqual(done, ["1", "2", "4"]);
    });

    it("go on from the first record that is reported", async () => {
        let isBroken = true;
        const { fixture, stream, batches } = streamed(
            (_ids, event) => {
                if (!isBroken) return { batchItemFailures: [] };
                isBroken = false;
                return failing(event, "2");
            },
            { functionResponseTypes: ["ReportBatchItemFailures"] },
        );
        for (const id of ["1", "2", "3"]) write(stream, id);
        await fixture.pass(minute);
        assert.deepEqual(batches, [
            ["1", "2", "3"],
            ["2", "3"],
        ]);
    });

    it("take a report without a sequence number of the batch for failure", async () => {
        let answers = 0;
        const { fixture, stream, batches } = streamed(
            () => (answers++ === 0 ? { batchItemFailures: [{ itemIdentifier: "" }] } : undefined),
            { functionResponseTypes: ["ReportBatchItemFailures"] },
        );
        write(stream, "1");
        write(stream, "2");
        await fixture.pass(minute);
        assert.deepEqual(batches, [
            ["1", "2"],
            ["1", "2"],
        ]);
    });

    it("process lanes in parallel, each item's records in order in one of them", async () => {
        const fixture = new LambdaFixture({ interleaved: true });
        let running = 0;
        let most = 0;
        const order = new Map<string, number[]>();
        fixture.fn("follows", async (event: StreamEvent) => {
            most = Math.max(most, ++running);
            await new Promise<void>((resolve) => void fixture.world.clock.after(second, resolve));
            for (const { dynamodb } of event.Records) {
                const id = dynamodb.Keys.id.S;
                order.set(id, [...(order.get(id) ?? []), Number(dynamodb.SequenceNumber.slice(1))]);
            }
            running--;
        });
        const stream = fixture.stream("table");
        fixture.map(stream.arn, "follows", { parallelizationFactor: 4, batchSize: 2 });
        for (let i = 0; i < 60; i++) write(stream, `item${i % 7}`);
        await fixture.pass(5 * minute);
        assert(most > 1 && most <= 4, `${most} at once`);
        assert.equal([...order.values()].flat().length, 60);
        for (const sequence of order.values())
            assert.deepEqual(
                sequence,
                sequence.toSorted((a, b) => a - b),
            );
    });

    it("are refused without a stream or a starting position, or with what is for queues", () => {
        const fixture = new LambdaFixture();
        fixture.fn("follows", () => undefined);
        const stream = fixture.stream("table");
        const name = "InvalidParameterValueException";
        refuses(
            () => fixture.map(fixture.world.arn("dynamodb", "table/t/stream/x"), "follows"),
            name,
            /^Stream not found/,
        );
        refuses(
            () => fixture.map(stream.arn, "follows", { startingPosition: undefined }),
            name,
            /startingPosition/,
        );
        refuses(
            () => fixture.map(stream.arn, "follows", { scalingConfig: { maximumConcurrency: 2 } }),
            name,
            /scalingConfig/,
        );
        refuses(
            () => fixture.map(stream.arn, "follows", { parallelizationFactor: 11 }),
            name,
            /parallelizationFactor/,
        );
        refuses(
            () => fixture.map(stream.arn, "follows", { maximumRecordAgeInSeconds: 59 }),
            name,
            /maximumRecordAge/,
        );
    });
});
