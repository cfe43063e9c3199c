/** What reads and writes of the embedded DynamoDB consume, and how much one partition key can take. */
import assert from "node:assert/strict";
import type { ConsumedCapacity } from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import { numberSize } from "../../../embedded-aws/services/dynamodb/numbers.ts";
import { admitItem, itemSize } from "../../../embedded-aws/services/dynamodb/values.ts";
import { AwsError } from "../../../embedded-aws/service.ts";
import { DynamoDbWorld, tableArn, tableName, worldWithTable } from "./world.ts";

const Key = { poolName: { S: "daily" }, entry: { S: "gate" } };
const kilobytes = (count: number): object => ({ body: { S: "x".repeat(count * 1024 - 48) } });

type Consuming = "PutItem" | "DeleteItem" | "GetItem" | "Query";

function write(world: DynamoDbWorld, attributes: object): ConsumedCapacity {
    return consumed(world, "PutItem", { Item: { ...Key, ...attributes } });
}

function consumed(world: DynamoDbWorld, operation: Consuming, input: object): ConsumedCapacity {
    return world.on(operation, { ...input, ReturnConsumedCapacity: "INDEXES" }).ConsumedCapacity ?? {};
}

describe("DynamoDB: write units", () => {
    it("are one for each KiB begun, of the larger of before and after", () => {
        const world = worldWithTable();
        assert.equal(write(world, {}).CapacityUnits, 1);
        assert.equal(write(world, kilobytes(3)).CapacityUnits, 3);
        assert.equal(write(world, {}).CapacityUnits, 3);
        assert.equal(consumed(world, "DeleteItem", { Key }).CapacityUnits, 1);
    });

    it("count the index: a put, a move, a change, a removal, and nothing for nothing", () => {
        const world = worldWithTable();
        const index = (attributes: object): unknown => write(world, attributes).LocalSecondaryIndexes;
        const units = (CapacityUnits: number): object => ({ line: { CapacityUnits } });
        assert.equal(index({}), undefined);
        assert.deepEqual(index({ linePosition: { S: "wait" } }), units(1));
        assert.deepEqual(index({ linePosition: { S: "run" } }), units(2));
        assert.deepEqual(index({ linePosition: { S: "run" }, ...kilobytes(2) }), units(2));
        assert.equal(index({ linePosition: { S: "run" }, ...kilobytes(2) }), undefined);
        assert.deepEqual(index({ ...kilobytes(2) }), units(2));
    });

    it("are paid for a refused condition, too, by the size of what is there", () => {
        const world = worldWithTable();
        write(world, kilobytes(5));
        const before = world.counters["dynamodb.writeUnits"] ?? 0;
        const refused = { Key, ConditionExpression: "attribute_exists(nothing)" };
        assert.throws(() => world.on("DeleteItem", refused), { name: "ConditionalCheckFailedException" });
        assert.equal((world.counters["dynamodb.writeUnits"] ?? 0) - before, 5);
    });

    it("are twice as many in a transaction", () => {
        const world = worldWithTable();
        const Put = { TableName: tableName, Item: { ...Key, linePosition: { S: "wait" } } };
        const output = world.send("TransactWriteItems", {
            TransactItems: [{ Put }],
            ReturnConsumedCapacity: "TOTAL",
        });
        assert.deepEqual(output.ConsumedCapacity, [
            { TableName: tableName, CapacityUnits: 4, WriteCapacityUnits: 4 },
        ]);
        assert.equal(world.counters["dynamodb.writeUnits"], 4);
    });

    it("follow the size of the item through any updates", () => {
        const name = fc.constantFrom("a", "b", "c");
        const leaf = fc.oneof(
            fc.record({ S: fc.string({ maxLength: 5 }) }),
            fc.record({ N: fc.integer().map(String) }),
            fc.record({ SS: fc.uniqueArray(fc.constantFrom("x", "yy", "é"), { minLength: 1 }) }),
            fc.constant({ BOOL: true }),
        );
        const tree = fc.oneof(
            leaf,
            fc.record({ M: fc.dictionary(name, leaf, { maxKeys: 3 }) }),
            fc.record({ L: fc.array(leaf, { maxLength: 3 }) }),
        );
        const update = fc.oneof(
            fc.record({
                verb: fc.constant("SET"),
                path: fc.constantFrom("a", "b", "m.a", "m.b", "l[0]", "l[5]"),
                value: tree,
            }),
            fc.record({
                verb: fc.constant("REMOVE"),
                path: fc.constantFrom("a", "m.a", "m.b", "l[0]"),
                value: fc.constant(null),
            }),
        );
        fc.assert(
            fc.property(fc.array(update, { maxLength: 20 }), (updates) => {
                const world = worldWithTable();
                world.on("PutItem", { Item: { ...Key, m: { M: {} }, l: { L: [] } } });
                for (const { verb, path, value } of updates) {
                    world.on("UpdateItem", {
                        Key,
                        UpdateExpression: value ? `${verb} ${path} = :v` : `${verb} ${path}`,
                        ...(value && { ExpressionAttributeValues: { ":v": value } }),
                    });
                }
                const { Item } = world.on("GetItem", { Key });
                assert.equal(world.on("DescribeTable", {}).Table.TableSizeBytes, itemSize(admitItem(Item)));
            }),
        );
    });

    it("take numbers by their digits", () => {
        // One byte, and one for each pair of digits on either side of the decimal point.
        const sizes = {
            "0": 1,
            "1": 2,
            "10": 2,
            "99": 2,
            "100": 2,
            "123": 3,
            "-1": 3,
            "1.5": 3,
            "0.01": 2,
            "1767225600000": 6,
        };
        for (const [number, size] of Object.entries(sizes)) assert.equal(numberSize(number), size, number);
    });
});

describe("DynamoDB: read units", () => {
    it("are one for each 4 KiB begun, and half of it without consistency", () => {
        const world = worldWithTable();
        write(world, kilobytes(9));
        assert.equal(consumed(world, "GetItem", { Key, ConsistentRead: true }).CapacityUnits, 3);
        assert.equal(consumed(world, "GetItem", { Key }).CapacityUnits, 1.5);
    });

    it("of a query are those of all its items together, on the index if it goes there", () => {
        const world = worldWithTable();
        for (const entry of ["a", "b", "c"])
            write(world, { entry: { S: entry }, linePosition: { S: entry }, ...kilobytes(2) });
        const query = {
            IndexName: "line",
            ConsistentRead: true,
            KeyConditionExpression: "poolName = :p",
            ExpressionAttributeValues: { ":p": { S: "daily" } },
        };
        assert.deepEqual(consumed(world, "Query", query), {
            TableName: tableName,
            CapacityUnits: 2,
            Table: { CapacityUnits: 0 },
            LocalSecondaryIndexes: { line: { CapacityUnits: 2 } },
        });
        assert.equal(world.counters["dynamodb.readUnits"], 2);
    });
});

describe("DynamoDB: a partition key", () => {
    const hot = (): DynamoDbWorld => {
        const world = new DynamoDbWorld({ partitionWriteUnitsPerSecond: 1000 });
        world.createTable();
        return world;
    };
    const writeUntilThrottled = (world: DynamoDbWorld): number => {
        for (let i = 0; i < 5000; i++) {
            try {
                world.on("PutItem", { Item: Key });
            } catch (error) {
                assert.ok(error instanceof AwsError);
                assert.equal(error.name, "ThrottlingException");
                return i;
            }
        }
        return Infinity;
    };

    it("takes 1,000 units at once and 1,000 more each second", async () => {
        const world = hot();
        assert.equal(writeUntilThrottled(world), 1000);
        await world.pass(500);
        assert.equal(writeUntilThrottled(world), 500);
        await world.pass(60_000);
        assert.equal(writeUntilThrottled(world), 1000);
        assert.equal(world.counters["dynamodb.throttled"], 3);
        assert.equal(world.counters["dynamodb.writeUnits"], 2500);
    });

    it("that is too hot does not slow another one", () => {
        const world = hot();
        writeUntilThrottled(world);
        world.on("PutItem", { Item: { ...Key, poolName: { S: "hourly" } } });
    });

    it("pays for the index and for refused conditions, too", () => {
        const world = hot();
        world.on("PutItem", { Item: { ...Key, linePosition: { S: "wait" }, ...kilobytes(100) } });
        const refused = { Key, ConditionExpression: "attribute_not_exists(linePosition)" };
        for (let i = 0; i < 8; i++) {
            assert.throws(() => world.on("DeleteItem", refused), { name: "ConditionalCheckFailedException" });
        }
        assert.equal(world.counters["dynamodb.writeUnits"], 1000);
        assert.throws(() => world.on("DeleteItem", refused), { name: "ThrottlingException" });
    });

    it("says which table is throttled and why", () => {
        const world = hot();
        writeUntilThrottled(world);
        assert.throws(
            () => world.on("PutItem", { Item: Key }),
            (error: AwsError) => {
                assert.deepEqual(error.details, {
                    throttlingReasons: [
                        { reason: "TableWriteKeyRangeThroughputExceeded", resource: tableArn },
                    ],
                });
                return error.message.startsWith(
                    "Throughput exceeds the current capacity of your table or index.",
                );
            },
        );
    });

    it("that is throttled leaves a batch's writes unprocessed", () => {
        const world = hot();
        writeUntilThrottled(world);
        const requests = ["daily", "hourly"].map((S) => ({
            PutRequest: { Item: { ...Key, poolName: { S } } },
        }));
        const input = { RequestItems: { [tableName]: requests } };
        const output = world.send("BatchWriteItem", input);
        assert.deepEqual(output.UnprocessedItems, { [tableName]: [requests[0]] });
    });
});
