import assert from "node:assert/strict";
import fc from "fast-check";
import type { QueryOutput } from "@aws-sdk/client-dynamodb";
import { Key, put, refusesWith } from "./items.ts";
import { worldWithTable } from "./world.ts";
import type { DynamoDbWorld } from "./world.ts";

describe("DynamoDB: Query", () => {
    const line = (world: DynamoDbWorld, count: number): void => {
        for (let i = 0; i < count; i++) {
            put(world, {
                entry: { S: `job#${String(i).padStart(4, "0")}` },
                ...(i % 2 === 0 && { linePosition: { S: `wait#5#${String(count - i).padStart(4, "0")}` } }),
                state: { S: i % 3 === 0 ? "ready" : "waiting" },
            });
        }
    };
    const query = (world: DynamoDbWorld, rest: object): QueryOutput =>
        world.on("Query", {
            KeyConditionExpression: "poolName = :p",
            ExpressionAttributeValues: { ":p": { S: "daily" } },
            ...rest,
        });
    const entriesOf = ({ Items = [] }: QueryOutput): unknown[] => Items.map(({ entry }) => entry?.S);

    it("of the index gives those in it, in the order of their position", () => {
        const world = worldWithTable();
        line(world, 6);
        const output = query(world, { IndexName: "line", ConsistentRead: true });
        assert.deepEqual(entriesOf(output), ["job#0004", "job#0002", "job#0000"]);
        assert.deepEqual([output.Count, output.ScannedCount, output.LastEvaluatedKey], [3, 3, undefined]);
    });

    it("goes through all pages to the same items, whatever the limit and the direction", () => {
        const world = worldWithTable();
        line(world, 1200);
        fc.assert(
            fc.property(
                fc.integer({ min: 1, max: 700 }),
                fc.boolean(),
                fc.boolean(),
                (Limit, ScanIndexForward, isIndex) => {
                    const options = { Limit, ScanIndexForward, ...(isIndex && { IndexName: "line" }) };
                    const found: unknown[] = [];
                    let start: unknown;
                    do {
                        const page = query(world, {
                            ...options,
                            ...(start ? { ExclusiveStartKey: start } : {}),
                        });
                        found.push(...entriesOf(page));
                        start = page.LastEvaluatedKey;
                    } while (start);
                    const all = Array.from({ length: 1200 }, (_, i) => i)
                        .filter((i) => !isIndex || i % 2 === 0)
                        .map((i) => `job#${String(i).padStart(4, "0")}`);
                    assert.deepEqual(found, isIndex === ScanIndexForward ? all.reverse() : all);
                },
            ),
            { numRuns: 30 },
        );
    });

    it("follows an item to its new position, and out of the index", () => {
        const world = worldWithTable();
        line(world, 3);
        const move = (entry: string, update: object): unknown =>
            world.on("UpdateItem", { Key: { ...Key, entry: { S: entry } }, ...update });
        move("job#0000", {
            UpdateExpression: "SET linePosition = :p",
            ExpressionAttributeValues: { ":p": { S: "run#1" } },
        });
        assert.deepEqual(entriesOf(query(world, { IndexName: "line" })), ["job#0000", "job#0002"]);
        move("job#0002", { UpdateExpression: "REMOVE linePosition" });
        assert.deepEqual(entriesOf(query(world, { IndexName: "line" })), ["job#0000"]);
        world.on("DeleteItem", { Key: { ...Key, entry: { S: "job#0000" } } });
        assert.deepEqual(entriesOf(query(world, { IndexName: "line" })), []);
    });

    it("ends a page at the limit before it filters, and at a MiB", () => {
        const world = worldWithTable();
        line(world, 10);
        const filtered = query(world, {
            Limit: 4,
            FilterExpression: "#s = :s",
            ExpressionAttributeNames: { "#s": "state" },
            ExpressionAttributeValues: { ":p": { S: "daily" }, ":s": { S: "ready" } },
        });
        assert.deepEqual([entriesOf(filtered), filtered.ScannedCount], [["job#0000", "job#0003"], 4]);
        assert.deepEqual(filtered.LastEvaluatedKey, { ...Key, entry: { S: "job#0003" } });
        for (let i = 0; i < 5; i++)
            put(world, { entry: { S: `large#${i}` }, body: { S: "x".repeat(300_000) } });
        const large = query(world, {
            KeyConditionExpression: "poolName = :p AND begins_with(entry, :l)",
            ExpressionAttributeValues: { ":p": { S: "daily" }, ":l": { S: "large#" } },
        });
        assert.deepEqual(large.LastEvaluatedKey, { ...Key, entry: { S: "large#3" } });
    });

    it("returns only a count if the request asks for it", () => {
        const world = worldWithTable();
        line(world, 5);
        const output = query(world, { Select: "COUNT" });
        assert.deepEqual(output, { Count: 5, ScannedCount: 5 });
    });

    it("sorts strings by their UTF-8 bytes", () => {
        const world = worldWithTable();
        const sorted = ["a", "é", "\u{ffee}", "\u{1f600}", "\u{1f600}a"];
        for (const entry of [...sorted].reverse()) put(world, { entry: { S: entry } });
        assert.deepEqual(entriesOf(query(world, {})), sorted);
    });

    it("sorts numbers as numbers", () => {
        const world = worldWithTable({
            attributes: [
                { name: "poolName", type: "S" },
                { name: "entry", type: "N" },
            ],
            localSecondaryIndexes: undefined,
        });
        const number = fc.oneof(
            fc.integer().map(String),
            fc
                .tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: -120, max: 120 }))
                .map(([a, b]) => `${a}e${b}`),
        );
        fc.assert(
            fc.property(fc.array(number, { maxLength: 20 }), (numbers) => {
                for (const N of numbers)
                    world.on("PutItem", { Item: { poolName: { S: "daily" }, entry: { N } } });
                const stored = (query(world, {}).Items ?? []).map(({ entry }) => Number(entry?.N));
                assert.deepEqual(
                    stored,
                    [...new Set([...stored, ...numbers.map(Number)])].sort((a, b) => a - b),
                );
            }),
            { numRuns: 30 },
        );
    });

    it("of an unknown index names it", () => {
        refusesWith(
            () => query(worldWithTable(), { IndexName: "queue" }),
            "The table does not have the specified index: queue",
        );
    });

    it("of an index that has only keys gives those, and fetches the rest at a cost if the request asks for it", () => {
        const world = worldWithTable({
            localSecondaryIndexes: [{ name: "line", rangeKey: "linePosition", projectionType: "KEYS_ONLY" }],
        });
        put(world, { linePosition: { S: "wait" }, state: { S: "ready" } });
        const keys = { ...Key, linePosition: { S: "wait" } };
        const options = { IndexName: "line", ConsistentRead: true, ReturnConsumedCapacity: "TOTAL" };
        const projected = query(world, options);
        assert.deepEqual(projected.Items, [keys]);
        assert.equal(projected.ConsumedCapacity?.CapacityUnits, 1);
        const fetched = query(world, { ...options, Select: "ALL_ATTRIBUTES" });
        assert.deepEqual(fetched.Items, [{ ...keys, state: { S: "ready" } }]);
        assert.equal(fetched.ConsumedCapacity?.CapacityUnits, 2);
    });
});

describe("DynamoDB: Scan", () => {
    it("goes through all partitions page by page", () => {
        const world = worldWithTable();
        const written = Array.from({ length: 40 }, (_, i) => [`p${i % 4}`, `e${i}`]);
        for (const [pool, entry] of written) put(world, { poolName: { S: pool }, entry: { S: entry } });
        const found: unknown[][] = [];
        let start: unknown;
        do {
            const page = world.on("Scan", { Limit: 7, ...(start ? { ExclusiveStartKey: start } : {}) });
            found.push(...(page.Items ?? []).map(({ poolName, entry }) => [poolName?.S, entry?.S]));
            start = page.LastEvaluatedKey;
        } while (start);
        assert.deepEqual(found.sort(), written.sort());
    });
});
