import assert from "node:assert/strict";
import { isReserved } from "../../../embedded-aws/services/dynamodb/reserved-words.ts";
import { UnsupportedError } from "../../../embedded-aws/service.ts";
import { Key, put, refusesWith } from "./items.ts";
import { worldWithTable } from "./world.ts";

describe("DynamoDB: requests", () => {
    it("for a table that does not exist find no resource", () => {
        refusesWith(
            () => worldWithTable().on("GetItem", { TableName: "other", Key }),
            "Requested resource not found",
            "ResourceNotFoundException",
        );
    });

    it("with legacy parameters are not supported, by name", () => {
        assert.throws(
            () => worldWithTable().on("PutItem", { Item: Key, Expected: {} }),
            (error) => error instanceof UnsupportedError && error.message.includes("Expected"),
        );
    });

    it("with a parameter that AWS does not have are invalid, by name", () => {
        refusesWith(
            () => worldWithTable().on("PutItem", { Item: Key, Condition: "x" }),
            "One or more parameter values were invalid: PutItem has no parameter Condition",
        );
    });

    it("report all wrong choices at once", () => {
        refusesWith(
            () =>
                worldWithTable().on("DeleteItem", {
                    Key,
                    ReturnValues: "OLD",
                    ReturnConsumedCapacity: "ALL",
                }),
            "2 validation errors detected: Value 'OLD' at 'returnValues' failed to satisfy constraint: Member must satisfy " +
                "enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]; Value 'ALL' at 'returnConsumedCapacity' " +
                "failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]",
        );
    });

    it("know all 573 reserved words, in any case", () => {
        for (const word of [
            "limit",
            "token",
            "Group",
            "STATUS",
            "ttl",
            "sequence",
            "override",
            "until",
            "state",
            "zone",
        ]) {
            assert.equal(isReserved(word), true, word);
        }
        for (const word of ["holders", "linePosition", "entry", "process1", "turns"])
            assert.equal(isReserved(word), false, word);
    });
});

describe("DynamoDB: DescribeTable", () => {
    it("shows keys, index and stream", () => {
        const world = worldWithTable();
        put(world, { n: { N: "1" } });
        const { Table } = world.on("DescribeTable", {});
        assert.deepEqual(Table.KeySchema, [
            { AttributeName: "poolName", KeyType: "HASH" },
            { AttributeName: "entry", KeyType: "RANGE" },
        ]);
        assert.equal(Table.LocalSecondaryIndexes?.[0]?.IndexName, "line");
        assert.equal(Table.StreamSpecification?.StreamViewType, "NEW_AND_OLD_IMAGES");
        assert.equal(Table.ItemCount, 1);
    });
});
