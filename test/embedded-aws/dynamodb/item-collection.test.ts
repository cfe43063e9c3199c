import assert from "node:assert/strict";
import { item, Key, refusal, refusesWith } from "./items.ts";
import { DynamoDbWorld, tableName } from "./world.ts";

/** A world whose item collections have 10,000 bytes at most, so that 1,000 bytes count as a GB. */
function small(inputs: Readonly<Record<string, unknown>> = {}): DynamoDbWorld {
    const world = new DynamoDbWorld({ partitionWriteUnitsPerSecond: 1e9, itemCollectionBytes: 10_000 });
    world.createTable(inputs);
    return world;
}

const TOO_LARGE = "The total size of an item collection has exceeded the maximum limit of 10 gigabytes.";
const EXCEEDED = "ItemCollectionSizeLimitExceededException";

/** An item of so many bytes, in the table alone. */
const sized = (entry: string, bytes: number): object => {
    const keys = "poolName".length + "daily".length + "entry".length + entry.length;
    return { ...Key, entry: { S: entry }, b: { S: "x".repeat(bytes - keys - 1) } };
};
const put = (world: DynamoDbWorld, Item: object, more: object = {}) => world.on("PutItem", { Item, ...more });
const range = (world: DynamoDbWorld, Item: object): unknown =>
    put(world, Item, { ReturnItemCollectionMetrics: "SIZE" }).ItemCollectionMetrics?.SizeEstimateRangeGB;

// DynamoDB Developer Guide, "Item collections in Local Secondary Indexes".
describe("DynamoDB: an item collection", () => {
    it("may grow to its limit", () => {
        const world = small();
        put(world, sized("a", 6000));
        put(world, sized("b", 4000));
        refusesWith(() => put(world, sized("c", 20)), TOO_LARGE, EXCEEDED);
        assert.equal(item(world, { ...Key, entry: { S: "c" } }), undefined);
    });

    it("may shrink beyond its limit, but not grow", () => {
        const world = small();
        put(world, sized("a", 6000));
        put(world, sized("b", 4000));
        const append = {
            Key: { ...Key, entry: { S: "b" } },
            UpdateExpression: "SET c = :c",
            ExpressionAttributeValues: { ":c": { S: "x" } },
        };
        refusesWith(() => world.on("UpdateItem", append), TOO_LARGE, EXCEEDED);
        put(world, sized("a", 5990));
        world.on("UpdateItem", append);
        world.on("DeleteItem", { Key: { ...Key, entry: { S: "a" } } });
        put(world, sized("d", 5000));
    });

    it("counts an item once more for each index that it is in", () => {
        const world = small();
        put(world, { ...sized("a", 4000), linePosition: { S: "wait" } });
        refusesWith(() => put(world, sized("b", 2000)), TOO_LARGE, EXCEEDED);
        world.on("UpdateItem", {
            Key: { ...Key, entry: { S: "a" } },
            UpdateExpression: "REMOVE linePosition",
        });
        put(world, sized("b", 2000));
    });

    it("counts of an index only what is in it", () => {
        const world = small({
            localSecondaryIndexes: [{ name: "line", rangeKey: "linePosition", projectionType: "KEYS_ONLY" }],
        });
        put(world, { ...sized("a", 9000), linePosition: { S: "wait" } });
        put(world, sized("b", 900));
    });

    it("is that of one partition key", () => {
        const world = small();
        put(world, sized("a", 9000));
        put(world, { ...sized("a", 9000), poolName: { S: "other" } });
    });

    it("has no limit in a table without a local index", () => {
        const world = small({
            attributes: [
                { name: "poolName", type: "S" },
                { name: "entry", type: "S" },
            ],
            localSecondaryIndexes: undefined,
        });
        put(world, sized("a", 9000));
        assert.equal(range(world, sized("b", 9000)), undefined);
    });

    it("reports the GB between which its size is, if the request asks for it", () => {
        const world = small();
        assert.equal(put(world, sized("a", 100)).ItemCollectionMetrics, undefined);
        assert.deepEqual(range(world, sized("a", 100)), [0, 1]);
        assert.deepEqual(range(world, sized("b", 8000)), [8, 9]);
        const deleted = world.on("DeleteItem", {
            Key: { ...Key, entry: { S: "b" } },
            ReturnItemCollectionMetrics: "SIZE",
        });
        assert.deepEqual(deleted.ItemCollectionMetrics, {
            ItemCollectionKey: { poolName: { S: "daily" } },
            SizeEstimateRangeGB: [0, 1],
        });
    });

    it("cancels a transaction that would make it too large, with the reason", () => {
        const world = small();
        put(world, sized("a", 9990));
        const write = (Item: object): object => ({ Put: { TableName: tableName, Item } });
        const TransactItems = [
            { Delete: { TableName: tableName, Key: { ...Key, entry: { S: "none" } } } },
            write(sized("b", 100)),
        ];
        const error = refusal(() => world.send("TransactWriteItems", { TransactItems }));
        assert.deepEqual(error.details, {
            CancellationReasons: [
                { Code: "None" },
                { Code: "ItemCollectionSizeLimitExceeded", Message: TOO_LARGE },
            ],
        });
    });

    it("refuses a batch that would make it too large", () => {
        const world = small();
        put(world, sized("a", 9990));
        const RequestItems = { [tableName]: [{ PutRequest: { Item: sized("b", 100) } }] };
        refusesWith(() => world.send("BatchWriteItem", { RequestItems }), TOO_LARGE, EXCEEDED);
    });
});
