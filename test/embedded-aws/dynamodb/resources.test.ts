/** Recorded tables and items, as a deployment makes, changes and deletes them. */
import assert from "node:assert/strict";
import { UnsupportedError } from "../../../embedded-aws/service.ts";
import { DynamoDbWorld, streamArn, tableArn, tableInputs, tableName, worldWithTable } from "./world.ts";

const tableItem = "aws:dynamodb/tableItem:TableItem";
const Key = { poolName: { S: "daily" }, entry: { S: "settings" } };

function settings(limit: number): Record<string, unknown> {
    return {
        tableName,
        hashKey: "poolName",
        rangeKey: "entry",
        item: JSON.stringify({ ...Key, limit: { N: `${limit}` } }),
    };
}

function stored(world: DynamoDbWorld): unknown {
    return world.on("GetItem", { Key }).Item;
}

describe("DynamoDB: a table", () => {
    it("is found by name and by ARN, its stream by its own", () => {
        const world = worldWithTable();
        assert.equal(world.on("DescribeTable", { TableName: tableArn }).Table.TableName, tableName);
        assert.notEqual(world.find(streamArn), undefined);
    });

    it("without a stream has none", () => {
        const world = worldWithTable({ streamEnabled: undefined, streamViewType: undefined });
        assert.equal(world.find(streamArn), undefined);
        assert.equal(world.on("DescribeTable", {}).Table.LatestStreamArn, undefined);
    });

    it("must be on demand", () => {
        assert.throws(
            () => worldWithTable({ billingMode: undefined }),
            (error) => error instanceof UnsupportedError && error.message.includes("PROVISIONED"),
        );
    });

    it("cannot have the name of another one", () => {
        const world = worldWithTable();
        assert.throws(() => world.createTable(), {
            name: "ResourceInUseException",
            message: "Table already exists: turnstile",
        });
    });

    it("defines just the attributes of its keys", () => {
        assert.throws(() => worldWithTable({ attributes: tableInputs.attributes.slice(0, 2) }), {
            message:
                /Some index key attributes are not defined in AttributeDefinitions. Keys: \[linePosition\]/,
        });
        assert.throws(() => worldWithTable({ localSecondaryIndexes: undefined }), {
            message: 'all attributes must be indexed. Unused attributes: ["linePosition"]',
        });
    });

    it("needs its encryption key to exist", () => {
        assert.throws(
            () => worldWithTable({ serverSideEncryption: { enabled: true, kmsKeyArn: "arn:aws:kms:none" } }),
            {
                message: /KMS validation error: Key 'arn:aws:kms:none' does not exist/,
            },
        );
    });

    it("is deleted with everything in it, unless it is protected", () => {
        const world = new DynamoDbWorld();
        const table = world.createTable({ deletionProtectionEnabled: true });
        assert.throws(() => world.remove(table), { message: /currently protected against deletion/ });
        world.remove(world.update(table, { ...table.inputs, deletionProtectionEnabled: false }));
        assert.throws(() => world.on("GetItem", { Key }), { name: "ResourceNotFoundException" });
        assert.equal(world.find(tableArn), undefined);
        assert.equal(world.find(streamArn), undefined);
    });

    it("keeps its keys: another deployment that changes them is not supported", () => {
        const world = new DynamoDbWorld();
        const table = world.createTable();
        assert.throws(
            () => world.update(table, { ...table.inputs, rangeKey: "linePosition" }),
            UnsupportedError,
        );
    });
});

describe("DynamoDB: a table item", () => {
    it("is put as declared", () => {
        const world = worldWithTable();
        world.create(tableItem, "settings", settings(10));
        assert.deepEqual(stored(world), { ...Key, limit: { N: "10" } });
    });

    it("is refused if the table has one with its key", () => {
        const world = worldWithTable();
        world.create(tableItem, "settings", settings(10));
        assert.throws(() => world.create(tableItem, "again", settings(11)), {
            name: "ConditionalCheckFailedException",
        });
        assert.deepEqual(stored(world), { ...Key, limit: { N: "10" } });
    });

    it("needs its table", () => {
        assert.throws(() => new DynamoDbWorld().create(tableItem, "settings", settings(10)), {
            name: "ResourceNotFoundException",
        });
    });

    it("is made as declared by a later deployment, what others added included", () => {
        const world = worldWithTable();
        const first = world.create(tableItem, "settings", settings(10));
        world.on("UpdateItem", {
            Key,
            UpdateExpression: "SET x = :x",
            ExpressionAttributeValues: { ":x": { N: "1" } },
        });
        world.update(first, settings(20));
        assert.deepEqual(stored(world), { ...Key, limit: { N: "20" } });
    });

    it("is not written by a later deployment that changes nothing", () => {
        const world = worldWithTable();
        const first = world.create(tableItem, "settings", settings(10));
        const units = world.counters["dynamodb.writeUnits"];
        world.update(first, settings(10));
        assert.equal(world.counters["dynamodb.writeUnits"], units);
    });

    it("with another key takes the place of the one before", () => {
        const world = worldWithTable();
        const first = world.create(tableItem, "settings", settings(10));
        world.update(first, {
            ...settings(10),
            item: JSON.stringify({ poolName: { S: "hourly" }, entry: { S: "settings" } }),
        });
        assert.equal(stored(world), undefined);
        assert.equal(world.on("Scan", {}).Count, 1);
    });

    it("that is not JSON is refused, and the error names it", () => {
        assert.throws(() => worldWithTable().create(tableItem, "settings", { ...settings(1), item: "{" }), {
            message: /item is not JSON/,
        });
    });
});
