import assert from "node:assert/strict";
import { LambdaFixture, minute, refuses, second, write, type StreamEvent } from "./fixture.ts";
import type { TableStream } from "../../../embedded-aws/services/dynamodb/stream.ts";

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

    it("hand over a batch as often and as late as a listener says, and others meanwhile", async () => {
        const { fixture, stream, batches, times } = streamed(() => undefined, { batchSize: 1 });
        const deliveries = [[10 * second], [0, 5 * second], [0]];
        fixture.lambda.onBatch(() => deliveries.shift() ?? [0]);
        for (const id of ["late", "twice", "once", "more"]) write(stream, id);
        await fixture.pass(minute);
        assert.deepEqual(batches, [["twice"], ["once"], ["more"], ["twice"], ["late"]]);
        assert.deepEqual(times, [0, 0, 0, 5, 10]);
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
