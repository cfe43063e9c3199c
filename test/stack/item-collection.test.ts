/** How many messages fit into a pool: docs/limits.md, against the size of real rows. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { ROW_RETENTION_DAYS } from "../../slots/times.ts";
import { HOUR, withStack } from "./test-stack.ts";
import type { TestStack } from "./test-stack.ts";

/** 10 GB, the smaller of its readings (DynamoDB Developer Guide, "Item collections in Local Secondary Indexes"). */
const COLLECTION_BYTES = 10e9;

const user = { principal: "user" };

/** The bytes of the only row in the table, which it loses; the index has the row a second time. */
function takeRow(stack: TestStack): number {
    const TableName = stack.output("tableName");
    const call = (operation: string, input: object): unknown =>
        stack.world.call("dynamodb", operation, { TableName, ...input }, user);
    const size = (): number =>
        (call("DescribeTable", {}) as { Table: { TableSizeBytes: number } }).Table.TableSizeBytes;
    const rows = (call("Scan", {}) as { Items: Record<string, { S: string }>[] }).Items.filter(({ entry }) =>
        entry?.S.startsWith("job#"),
    );
    assert.equal(rows.length, 1);
    const [{ poolName, entry } = {}] = rows;
    const before = size();
    call("DeleteItem", { Key: { poolName, entry } });
    return 2 * (before - size());
}

/** How many rows a day fit if each takes so many bytes. */
function rowsADay(bytes: number): number {
    return COLLECTION_BYTES / ROW_RETENTION_DAYS / bytes;
}

describe("The rows of a pool", () => {
    it("fit for as many messages a day as docs/limits.md says", async () => {
        await withStack({}, async (stack) => {
            const sizes: number[] = [];
            // SQS takes groups of 1 to 128 characters (API Reference, "SendMessage").
            for (const group of ["g", "g".repeat(128)]) {
                stack.send({}, group);
                await stack.untilEnded(sizes.length + 1, 2 * HOUR);
                await stack.pass(HOUR);
                sizes.push(takeRow(stack));
            }
            const [most, least] = sizes.map((bytes) => Math.floor(rowsADay(bytes) / 10_000) * 10_000);
            const shown = (count = 0): string => count.toLocaleString("en");
            const limits = readFileSync(new URL("../../docs/limits.md", import.meta.url), "utf8");
            assert.ok(
                limits.includes(`some ${shown(least)} to ${shown(most)} messages a day`),
                `${sizes.join(" and ")} bytes make ${shown(least)} to ${shown(most)} messages a day`,
            );
        });
    });
});
