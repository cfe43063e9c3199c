/** The stream of an embedded table, and the expiry of its items. */
import assert from "node:assert/strict";
import type { StreamRecord } from "../../../embedded-aws/services/dynamodb/stream.ts";
import type { DynamoDbWorld } from "./world.ts";
import { streamArn, worldWithTable } from "./world.ts";

const Key = { poolName: { S: "daily" }, entry: { S: "job#1" } };
const hour = 60 * 60 * 1000;
const day = 24 * hour;

function put(world: DynamoDbWorld, attributes: object): void {
    world.on("PutItem", { Item: { ...Key, ...attributes } });
}

function numbers(records: readonly StreamRecord[]): (string | undefined)[] {
    return records.map(({ dynamodb }) => dynamodb.NewImage?.["n"]?.N);
}

describe("DynamoDB: a stream", () => {
    it("has a record of each insertion, change and removal", () => {
        const world = worldWithTable();
        put(world, { n: { N: "1" } });
        put(world, { n: { N: "2" } });
        world.on("DeleteItem", { Key });
        const records = world.stream.read(undefined, 10);
        assert.deepEqual(
            records.map(({ eventName, dynamodb: { Keys, OldImage, NewImage } }) => [
                eventName,
                Keys,
                OldImage,
                NewImage,
            ]),
            [
                ["INSERT", Key, undefined, { ...Key, n: { N: "1" } }],
                ["MODIFY", Key, { ...Key, n: { N: "1" } }, { ...Key, n: { N: "2" } }],
                ["REMOVE", Key, { ...Key, n: { N: "2" } }, undefined],
            ],
        );
    });

    it("describes a record as Lambda gets it", async () => {
        const world = worldWithTable({ streamViewType: "NEW_IMAGE" });
        await world.pass(1500);
        put(world, { n: { N: "1" } });
        assert.deepEqual(JSON.parse(JSON.stringify(world.stream.read(undefined, 1)[0])), {
            eventID: "00000000000000000000000000000001",
            eventName: "INSERT",
            eventVersion: "1.1",
            eventSource: "aws:dynamodb",
            awsRegion: "eu-west-1",
            eventSourceARN: streamArn,
            dynamodb: {
                ApproximateCreationDateTime: Date.UTC(2026, 0, 1) / 1000 + 1,
                Keys: Key,
                NewImage: { ...Key, n: { N: "1" } },
                SequenceNumber: "100000000000000000001",
                SizeBytes: 23 + 26,
                StreamViewType: "NEW_IMAGE",
            },
        });
    });

    it("has no record of a write that changes nothing", () => {
        const world = worldWithTable();
        put(world, { m: { M: { a: { N: "1" } } }, l: { L: [{ S: "x" }] } });
        put(world, { m: { M: { a: { N: "1.0" } } }, l: { L: [{ S: "x" }] } });
        const update = (UpdateExpression: string): unknown =>
            world.on("UpdateItem", {
                Key,
                UpdateExpression,
                ExpressionAttributeValues: { ":v": { N: "1" } },
            });
        update("SET m.a = if_not_exists(m.a, :v)");
        update("SET m.a = :v REMOVE m.b");
        world.on("UpdateItem", {
            Key,
            UpdateExpression: "REMOVE l[0] SET l[7] = :x",
            ExpressionAttributeValues: { ":x": { S: "x" } },
        });
        world.on("DeleteItem", { Key: { ...Key, entry: { S: "other" } } });
        assert.equal(world.stream.read(undefined, 10).length, 1);
    });

    it("has no record of a refused write", () => {
        const world = worldWithTable();
        assert.throws(() =>
            world.on("PutItem", { Item: Key, ConditionExpression: "attribute_exists(poolName)" }),
        );
        assert.equal(world.stream.latest, undefined);
    });

    it("gives a reader what comes after its position, as often as it asks", () => {
        const world = worldWithTable();
        for (const N of ["1", "2", "3", "4"]) put(world, { n: { N } });
        const [first] = world.stream.read(undefined, 1);
        const after = first?.dynamodb.SequenceNumber;
        assert.deepEqual(numbers(world.stream.read(after, 2)), ["2", "3"]);
        assert.deepEqual(numbers(world.stream.read(after, 2)), ["2", "3"]);
        assert.deepEqual(numbers(world.stream.read(world.stream.latest, 2)), []);
    });

    it("notifies its readers of each record until they stop", () => {
        const world = worldWithTable();
        let notified = 0;
        const stop = world.stream.onRecord(() => notified++);
        put(world, { n: { N: "1" } });
        put(world, { n: { N: "1" } });
        put(world, { n: { N: "2" } });
        assert.equal(notified, 2);
        stop();
        put(world, { n: { N: "3" } });
        assert.equal(notified, 2);
    });

    it("forgets what its only reader is done with, and nothing else", () => {
        const world = worldWithTable();
        world.stream.onRecord(() => undefined);
        let after: string | undefined;
        for (let i = 0; i < 5000; i++) {
            put(world, { n: { N: String(i) } });
            if (i % 10 !== 9) continue;
            const records = world.stream.read(after, 7);
            assert.equal(records.length, 7);
            after = records.at(-1)?.dynamodb.SequenceNumber;
        }
        const rest = world.stream.read(after, 10_000);
        assert.equal(rest.length, 1500);
        assert.deepEqual(numbers(world.stream.read(undefined, 10_000)), numbers(rest));
        assert.deepEqual(numbers(rest).slice(0, 2), ["3500", "3501"]);
    });

    it("keeps records for a day, read or not", async () => {
        const world = worldWithTable();
        world.stream.onRecord(() => undefined);
        put(world, { n: { N: "1" } });
        await world.pass(day - hour);
        put(world, { n: { N: "2" } });
        assert.deepEqual(numbers(world.stream.read(undefined, 10)), ["1", "2"]);
        await world.pass(2 * hour);
        assert.deepEqual(numbers(world.stream.read(undefined, 10)), ["2"]);
    });

    it("keeps the last thousand while nobody reads, for a reader to come", () => {
        const world = worldWithTable();
        for (let i = 0; i < 3000; i++) put(world, { n: { N: String(i) } });
        const records = world.stream.read(undefined, 10_000);
        assert.deepEqual([records.length, numbers(records)[0]], [1000, "2000"]);
    });
});

describe("DynamoDB: time to live", () => {
    const now = Date.UTC(2026, 0, 1) / 1000;

    it("deletes an item some time after it expired, as the service", async () => {
        const world = worldWithTable();
        put(world, { expires: { N: String(now + 3600) } });
        await world.pass(hour + 1000);
        assert.notEqual(world.on("GetItem", { Key }).Item, undefined);
        await world.pass(hour);
        assert.equal(world.on("GetItem", { Key }).Item, undefined);
        const record = world.stream.read(undefined, 10).at(-1);
        assert.equal(record?.eventName, "REMOVE");
        assert.deepEqual(record.userIdentity, { type: "Service", principalId: "dynamodb.amazonaws.com" });
        assert.equal(world.counters["dynamodb.writeUnits"], 1);
    });

    it("leaves items that expire later, never, in the wrong type or more than five years ago", async () => {
        const world = worldWithTable();
        const kept = [
            {},
            { N: String(now + 10 * 86400) },
            { S: String(now) },
            { N: String(now - 6 * 365 * 86400) },
        ];
        kept.forEach((expires, i) => {
            put(world, { entry: { S: `kept#${i}` }, ...(Object.keys(expires).length > 0 && { expires }) });
        });
        put(world, { expires: { N: String(now + 1) } });
        await world.pass(day);
        const entries = (world.on("Scan", {}).Items as { entry: { S: string } }[]).map(
            ({ entry }) => entry.S,
        );
        assert.deepEqual(entries, ["kept#0", "kept#1", "kept#2", "kept#3"]);
    });

    it("schedules nothing when nothing can expire", async () => {
        const world = worldWithTable();
        put(world, { n: { N: "1" } });
        const start = world.clock.now();
        await world.clock.run();
        assert.equal(world.clock.now(), start);
    });

    it("ends by itself when everything has expired, one item after the other", async () => {
        const world = worldWithTable();
        for (let i = 0; i < 5; i++)
            put(world, { entry: { S: `job#${i}` }, expires: { N: String(now + i * 86400) } });
        await world.clock.run();
        assert.equal(world.on("Scan", {}).Count, 0);
        assert.equal(world.clock.now(), (now + 4 * 86400) * 1000 + hour);
    });
});
