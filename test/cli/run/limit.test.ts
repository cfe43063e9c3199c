/** Which of a program's limits `npm start` and `npx turnstile run` hold a run to. */
import assert from "node:assert/strict";
import { limitOf, StackError } from "../../../cli/run/stack.ts";
import type { RecordedProgram, Resource } from "../../../embedded-aws/index.ts";

describe("The limit of a run", () => {
    it("is that of the pool which the output operator names", () => {
        for (const [pool, limit] of Object.entries(LIMITS)) assert.equal(limitOf(program({ pool })), limit);
    });

    it("is that of the table's only pool where no output names one", () => {
        assert.equal(limitOf(program({}, { daily: 5 })), 5);
    });

    it("is not there for a pool without settings, which says how to name another", () => {
        assert.throws(
            () => limitOf(program({ pool: "weekly" })),
            (error) =>
                error instanceof StackError &&
                /pool weekly has no settings.*operatorOutput/.test(error.message),
        );
    });
});

const LIMITS: Readonly<Record<string, number>> = { backfill: 2, daily: 5 };

/** A program with these pools on one table. */
function program(outputs: Readonly<Record<string, unknown>>, limits = LIMITS): RecordedProgram {
    const tableName = "slots";
    const resources = Object.entries(limits).map(([pool, limit]): Resource => {
        const item = { poolName: { S: pool }, entry: { S: "settings" }, limit: { N: String(limit) } };
        return {
            type: "aws:dynamodb/tableItem:TableItem",
            name: pool,
            urn: pool,
            inputs: { tableName, item: JSON.stringify(item) },
            outputs: {},
        };
    });
    const location = { account: "123456789012", region: "us-east-1", partition: "aws" } as const;
    return { project: "reports", stack: "dev", ...location, resources, outputs: { tableName, ...outputs } };
}
