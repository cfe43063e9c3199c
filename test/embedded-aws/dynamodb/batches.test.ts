import assert from "node:assert/strict";
import { Key, put, refusesWith } from "./items.ts";
import { tableName, worldWithTable } from "./world.ts";

describe("DynamoDB: BatchGetItem and BatchWriteItem", () => {
    const RequestItems = (requests: object): object => ({ RequestItems: { [tableName]: requests } });

    it("write and read several items at once", () => {
        const world = worldWithTable();
        put(world, { n: { N: "1" } });
        const other = { ...Key, entry: { S: "settings" } };
        const requests = [{ DeleteRequest: { Key } }, { PutRequest: { Item: other } }];
        const written = world.send("BatchWriteItem", RequestItems(requests));
        assert.deepEqual(written, { UnprocessedItems: {} });
        const read = world.send("BatchGetItem", RequestItems({ Keys: [Key, other], ConsistentRead: true }));
        assert.deepEqual(read, { Responses: { [tableName]: [other] }, UnprocessedKeys: {} });
    });

    it("refuse the same key twice", () => {
        const world = worldWithTable();
        const message = "Provided list of item keys contains duplicates";
        refusesWith(() => world.send("BatchGetItem", RequestItems({ Keys: [Key, Key] })), message);
        const requests = [{ DeleteRequest: { Key } }, { PutRequest: { Item: Key } }];
        refusesWith(() => world.send("BatchWriteItem", RequestItems(requests)), message);
    });
});
