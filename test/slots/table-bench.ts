/** The product's table on the embedded AWS, with one pool, for tests of the protocol's writes. */
import assert from "node:assert/strict";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { DynamoDbService } from "../../embedded-aws/index.ts";
import type { Item } from "../../slots/items.ts";
import { keyOf } from "../../slots/table.ts";
import type { Put, Update } from "../../slots/writes.ts";
import { FakeWorld, user } from "../embedded-aws/fake-world.ts";

/** For the arguments of a write: the table and its pool. */
export const AT = { table: "slots", pool: "etl" } as const;

export class TableBench {
    readonly world = new FakeWorld({ partitionWriteUnitsPerSecond: 1e9 });
    /** Milliseconds since 1970. */
    now = Date.parse("2026-03-01T12:00:00Z");

    constructor() {
        this.world.add(new DynamoDbService(this.world));
        this.world.create(
            "aws:dynamodb/table:Table",
            AT.table,
            {
                name: AT.table,
                hashKey: "poolName",
                rangeKey: "entry",
                billingMode: "PAY_PER_REQUEST",
                attributes: ["poolName", "entry", "linePosition"].map((name) => ({ name, type: "S" })),
                localSecondaryIndexes: [{ name: "line", rangeKey: "linePosition", projectionType: "ALL" }],
            },
            { arn: this.world.arn("dynamodb", "table/slots") },
        );
    }

    get iso(): string {
        return new Date(this.now).toISOString();
    }

    /** A conditional write; false when its condition did not hold. */
    update(input: Update): boolean {
        return this.conditional("UpdateItem", input);
    }

    put(input: Put): boolean {
        return this.conditional("PutItem", input);
    }

    item(entry: string): Item | undefined {
        const input = { TableName: AT.table, Key: keyOf(AT.pool, entry), ConsistentRead: true };
        const { Item } = this.world.call("dynamodb", "GetItem", input, user) as {
            Item?: Record<string, AttributeValue>;
        };
        return Item;
    }

    private conditional(operation: string, input: object): boolean {
        try {
            this.world.call("dynamodb", operation, input, user);
            return true;
        } catch (error) {
            assert.equal((error as Error).name, "ConditionalCheckFailedException", String(error));
            return false;
        }
    }
}
