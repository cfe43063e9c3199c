import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/service.ts";
import { Key, put } from "./items.ts";
import { worldWithTable } from "./world.ts";

describe("DynamoDB: conditions", () => {
    const holds = (attributes: object, ConditionExpression: string, values: object = {}): boolean => {
        const world = worldWithTable();
        put(world, attributes);
        const needed = Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {};
        try {
            world.on("DeleteItem", { Key, ConditionExpression, ...needed });
            return true;
        } catch (error) {
            if (error instanceof AwsError && error.name === "ConditionalCheckFailedException") return false;
            throw error;
        }
    };

    it("compare numbers as numbers, however long", () => {
        assert.equal(holds({ n: { N: "9" } }, "n < :n", { ":n": { N: "10" } }), true);
        assert.equal(holds({ n: { N: "1.0" } }, "n = :n", { ":n": { N: "1" } }), true);
        const long = "0.12345678901234567890123456789012345";
        assert.equal(holds({ n: { N: `${long}6` } }, "n > :n", { ":n": { N: `${long}5` } }), true);
        assert.equal(holds({ n: { N: "-2" } }, "n < :n", { ":n": { N: "-1.99999999999999999" } }), true);
    });

    it("are false for values of different types and for what is missing, except <>", () => {
        assert.equal(holds({ n: { S: "1" } }, "n = :n", { ":n": { N: "1" } }), false);
        assert.equal(holds({ n: { S: "1" } }, "n < :n", { ":n": { N: "2" } }), false);
        assert.equal(holds({}, "n < :n", { ":n": { N: "2" } }), false);
        assert.equal(holds({}, "n <> :n", { ":n": { N: "2" } }), true);
        assert.equal(holds({}, "a = b"), false);
    });

    it("refuse to compare a path with itself by BETWEEN and IN, as by other operators", () => {
        for (const text of ["n BETWEEN :v AND n", "n IN (:v, n)"]) {
            assert.throws(() => holds({}, text, { ":v": { N: "1" } }), /first operand must be distinct/);
        }
        assert.equal(holds({ n: { N: "1" }, k: { N: "1" } }, "n BETWEEN k AND k"), true);
    });

    it("refuse BETWEEN for types without an order", () => {
        const values = { ":v": { BOOL: true } };
        assert.throws(
            () => holds({}, "n BETWEEN :v AND :v", values),
            /function: BETWEEN, operand type: BOOL/,
        );
    });

    it("may have 300 operators", () => {
        const text = (count: number): string => Array.from({ length: count }, () => "n = :v").join(" OR ");
        assert.equal(holds({}, text(150), { ":v": { N: "1" } }), false);
        assert.throws(() => holds({}, text(151), { ":v": { N: "1" } }), /operator count: 301/);
    });

    it("cannot look into a key", () => {
        assert.throws(() => holds({}, "attribute_exists(entry.a)"), /must be scalars; .* Key: entry/);
        assert.throws(
            () => holds({}, "attribute_exists(linePosition[0])"),
            /must be scalars; .* IndexKey: linePosition/,
        );
    });

    it("compare lists and maps by content", () => {
        const value = { M: { a: { L: [{ SS: ["x", "y"] }] } } };
        const same = { M: { a: { L: [{ SS: ["y", "x"] }] } } };
        assert.equal(holds({ m: value }, "m = :m", { ":m": same }), true);
        assert.equal(holds({ m: { L: [value] } }, "contains(m, :m)", { ":m": same }), true);
        assert.equal(holds({ m: value }, "m = :m", { ":m": { M: {} } }), false);
    });

    it("bind NOT before AND before OR", () => {
        const values = { ":t": { BOOL: true } };
        const bools = { a: { BOOL: true }, b: { BOOL: false } };
        assert.equal(holds(bools, "a = :t OR a = :t AND b = :t", values), true);
        assert.equal(holds(bools, "(a = :t OR a = :t) AND b = :t", values), false);
        assert.equal(holds(bools, "NOT b = :t AND a = :t", values), true);
    });

    it("count the entries of a map with size", () => {
        assert.equal(
            holds({ m: { M: { a: { N: "1" }, b: { N: "1" } } } }, "size(m) = :n", { ":n": { N: "2" } }),
            true,
        );
        assert.equal(holds({ m: { N: "12" } }, "size(m) >= :n", { ":n": { N: "0" } }), false);
    });
});
