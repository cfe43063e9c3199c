import assert from "node:assert/strict";
import type { TransactWriteItemsOutput } from "@aws-sdk/client-dynamodb";
import { item, Key, put, refusal, refusesWith } from "./items.ts";
import { tableName, worldWithTable } from "./world.ts";
import type { DynamoDbWorld } from "./world.ts";

describe("DynamoDB: TransactWriteItems", () => {
    const transact = (world: DynamoDbWorld, items: object[], rest: object = {}): TransactWriteItemsOutput => {
        const TransactItems = items.map((item) =>
            Object.fromEntries(
                Object.entries(item).map(([kind, input]) => [
                    kind,
                    { TableName: tableName, ...(input as object) },
                ]),
            ),
        );
        return world.send("TransactWriteItems", { TransactItems, ...rest });
    };
    const other = { ...Key, entry: { S: "job#1" } };

    it("does everything", () => {
        const world = worldWithTable();
        put(world, { n: { N: "1" } });
        transact(world, [
            { ConditionCheck: { Key, ConditionExpression: "attribute_exists(n)" } },
            { Put: { Item: other, ConditionExpression: "attribute_not_exists(entry)" } },
        ]);
        assert.deepEqual(item(world, other), other);
    });

    it("does nothing if one condition fails, and gives each one's reason in order", () => {
        const world = worldWithTable();
        const error = refusal(() =>
            transact(world, [
                { Put: { Item: other } },
                {
                    Update: {
                        Key,
                        UpdateExpression: "SET n = :n",
                        ConditionExpression: "attribute_exists(n)",
                        ExpressionAttributeValues: { ":n": { N: "1" } },
                    },
                },
            ]),
        );
        assert.equal(error.name, "TransactionCanceledException");
        assert.equal(
            error.message,
            "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]",
        );
        assert.deepEqual(error.details, {
            CancellationReasons: [
                { Code: "None" },
                { Code: "ConditionalCheckFailed", Message: "The conditional request failed" },
            ],
        });
        assert.equal(item(world, other), undefined);
    });

    it("refuses two actions on one item", () => {
        refusesWith(
            () => transact(worldWithTable(), [{ Put: { Item: Key } }, { Delete: { Key } }]),
            "Transaction request cannot include multiple operations on one item",
        );
    });

    it("with the same token does the same thing once, for ten minutes", async () => {
        const world = worldWithTable();
        const add = {
            Update: { Key, UpdateExpression: "ADD n :n", ExpressionAttributeValues: { ":n": { N: "1" } } },
        };
        const ClientRequestToken = "token";
        transact(world, [add], { ClientRequestToken });
        transact(world, [add], { ClientRequestToken });
        assert.deepEqual(item(world)?.["n"], { N: "1" });
        assert.equal(
            refusal(() => transact(world, [{ Delete: { Key } }], { ClientRequestToken })).name,
            "IdempotentParameterMismatchException",
        );
        await world.pass(10 * 60 * 1000);
        transact(world, [add], { ClientRequestToken });
        assert.deepEqual(item(world)?.["n"], { N: "2" });
    });
});
