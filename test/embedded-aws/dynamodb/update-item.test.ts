import assert from "node:assert/strict";
import fc from "fast-check";
import { item, Key, MISSING_PATH, put, refusal, refusesWith } from "./items.ts";
import { worldWithTable } from "./world.ts";

/** The write by which an execution acquires a slot. */
const ACQUIRE = {
    Key,
    UpdateExpression: "SET holders.#me = if_not_exists(holders.#me, :slot) REMOVE turns.#me",
    ConditionExpression:
        "attribute_exists(holders.#me) OR " +
        "(size(holders) < #limit AND (turns.#me > :now OR dispatcherSeen < :fiveMinutesAgo))",
    ExpressionAttributeNames: { "#me": "job-1/1/0", "#limit": "limit" },
    ExpressionAttributeValues: {
        ":slot": { S: "since" },
        ":now": { N: "100" },
        ":fiveMinutesAgo": { N: "40" },
    },
};

/** A gate with some slots in use. */
function gate(holders: readonly string[], limit: number, turns: Record<string, unknown> = {}): object {
    return {
        ...Key,
        limit: { N: String(limit) },
        dispatcherSeen: { N: "90" },
        holders: { M: Object.fromEntries(holders.map((holder) => [holder, { S: "since" }])) },
        turns: { M: turns },
    };
}

describe("DynamoDB: UpdateItem", () => {
    it("acquires a slot on a turn while there is room", () => {
        const world = worldWithTable();
        world.on("PutItem", { Item: gate(["job-0/1/0"], 2, { "job-1/1/0": { N: "160" } }) });
        world.on("UpdateItem", ACQUIRE);
        assert.deepEqual(Object.keys(item(world)?.["holders"]?.M ?? {}), ["job-0/1/0", "job-1/1/0"]);
        assert.deepEqual(item(world)?.["turns"], { M: {} });
    });

    it("refuses a slot when all are in use, and says what is there if asked", () => {
        const world = worldWithTable();
        const full = gate(["job-0/1/0"], 1, { "job-1/1/0": { N: "160" } });
        world.on("PutItem", { Item: full });
        const error = refusal(() =>
            world.on("UpdateItem", { ...ACQUIRE, ReturnValuesOnConditionCheckFailure: "ALL_OLD" }),
        );
        assert.equal(error.name, "ConditionalCheckFailedException");
        assert.equal(error.message, "The conditional request failed");
        assert.deepEqual(error.details, { Item: full });
    });

    it("does not say what is there if not asked", () => {
        const world = worldWithTable();
        world.on("PutItem", { Item: gate([], 0) });
        assert.deepEqual(refusal(() => world.on("UpdateItem", ACQUIRE)).details, {});
    });

    it("refuses a slot at a gate that does not exist", () => {
        refusesWith(
            () => worldWithTable().on("UpdateItem", ACQUIRE),
            "The conditional request failed",
            "ConditionalCheckFailedException",
        );
    });

    it("fails on a path below a missing map only when the condition passed", () => {
        const world = worldWithTable();
        put(world, { limit: { N: "1" } });
        const update = {
            Key,
            UpdateExpression: "SET holders.#me = :one",
            ExpressionAttributeNames: { "#me": "job" },
            ExpressionAttributeValues: { ":one": { N: "1" } },
        };
        refusesWith(() => world.on("UpdateItem", update), MISSING_PATH);
        refusesWith(
            () => world.on("UpdateItem", { ...update, ConditionExpression: "attribute_exists(holders)" }),
            "The conditional request failed",
            "ConditionalCheckFailedException",
        );
    });

    it("makes an item that was not there, with its key", () => {
        const world = worldWithTable();
        world.on("UpdateItem", {
            Key,
            UpdateExpression: "SET holders = if_not_exists(holders, :none)",
            ExpressionAttributeValues: { ":none": { M: {} } },
        });
        assert.deepEqual(item(world), { ...Key, holders: { M: {} } });
    });

    it("lets every right-hand side see the item as it was", () => {
        const world = worldWithTable();
        put(world, { a: { N: "1" }, b: { N: "2" } });
        world.on("UpdateItem", { Key, UpdateExpression: "SET a = b, b = a" });
        assert.deepEqual(item(world), { ...Key, a: { N: "2" }, b: { N: "1" } });
    });

    it("takes the indexes of a list as they were before the update", () => {
        const world = worldWithTable();
        put(world, { steps: { L: ["a", "b", "c", "d"].map((S) => ({ S })) } });
        world.on("UpdateItem", {
            Key,
            UpdateExpression: "REMOVE steps[0], steps[2] SET steps[9] = :z, steps[8] = :y",
            ExpressionAttributeValues: { ":y": { S: "y" }, ":z": { S: "z" } },
        });
        assert.deepEqual(item(world)?.["steps"], { L: ["b", "d", "y", "z"].map((S) => ({ S })) });
    });

    it("returns what was asked for of the item before or after", () => {
        const world = worldWithTable();
        put(world, { n: { N: "1" }, s: { S: "same" } });
        const update = (ReturnValues: string): unknown =>
            world.on("UpdateItem", {
                Key,
                UpdateExpression: "ADD n :one",
                ExpressionAttributeValues: { ":one": { N: "1" } },
                ReturnValues,
            }).Attributes;
        assert.equal(update("NONE"), undefined);
        assert.deepEqual(update("UPDATED_OLD"), { n: { N: "2" } });
        assert.deepEqual(update("UPDATED_NEW"), { n: { N: "4" } });
        assert.deepEqual(update("ALL_OLD"), { ...Key, n: { N: "4" }, s: { S: "same" } });
        assert.deepEqual(update("ALL_NEW"), { ...Key, n: { N: "6" }, s: { S: "same" } });
    });

    it("leaves the outputs of earlier requests as they were", () => {
        const world = worldWithTable();
        world.on("PutItem", { Item: gate(["job-0/1/0"], 9, { "job-1/1/0": { N: "160" } }) });
        const before = item(world);
        const copy = structuredClone(before);
        world.on("UpdateItem", ACQUIRE);
        assert.deepEqual(before, copy);
    });

    it("changes large maps as it does small ones, and leaves what was read before as it was", () => {
        const name = fc.integer({ min: 0, max: 60 }).map((i) => `job-${i}/1/0`);
        const change = fc.record({ name, value: fc.option(fc.integer()), isRead: fc.boolean() });
        fc.assert(
            fc.property(fc.array(change, { maxLength: 200, size: "max" }), (changes) => {
                const world = worldWithTable();
                const model = new Map(Array.from({ length: 30 }, (_, i) => [`job-${i}/1/0`, { N: `${i}` }]));
                put(world, { holders: { M: Object.fromEntries(model) } });
                const read: [unknown, object][] = [];
                for (const { name, value, isRead } of changes) {
                    if (value === null) model.delete(name);
                    else model.set(name, { N: `${value}` });
                    world.on("UpdateItem", {
                        Key,
                        UpdateExpression: value === null ? "REMOVE holders.#h" : "SET holders.#h = :n",
                        ExpressionAttributeNames: { "#h": name },
                        ...(value !== null && { ExpressionAttributeValues: { ":n": { N: `${value}` } } }),
                    });
                    if (isRead) read.push([item(world)?.["holders"], { M: Object.fromEntries(model) }]);
                }
                world.on("UpdateItem", {
                    Key,
                    UpdateExpression: "SET n = :n",
                    ConditionExpression: "size(holders) = :n",
                    ExpressionAttributeValues: { ":n": { N: `${model.size}` } },
                });
                for (const [actual, expected] of read) assert.deepEqual(actual, expected);
            }),
            { numRuns: 30 },
        );
    });

    it("keeps nothing of the input, which the caller may change", () => {
        const world = worldWithTable();
        const value = { M: { a: { S: "1" } } };
        put(world, { value });
        value.M.a.S = "2";
        assert.deepEqual(item(world)?.["value"], { M: { a: { S: "1" } } });
    });

    it("adds numbers of 38 digits exactly", () => {
        const world = worldWithTable();
        put(world, { n: { N: "12345678901234567890123456789012345678" } });
        world.on("UpdateItem", {
            Key,
            UpdateExpression: "SET n = n - :n",
            ExpressionAttributeValues: { ":n": { N: "0.00" } },
        });
        world.on("UpdateItem", {
            Key,
            UpdateExpression: "ADD n :n",
            ExpressionAttributeValues: { ":n": { N: "1" } },
        });
        assert.deepEqual(item(world)?.["n"], { N: "12345678901234567890123456789012345679" });
    });

    it("refuses an item that would be larger than 400 KB", () => {
        const world = worldWithTable();
        put(world, { a: { S: "x".repeat(300_000) } });
        const update = {
            Key,
            UpdateExpression: "SET b = :b",
            ExpressionAttributeValues: { ":b": { S: "x".repeat(120_000) } },
        };
        refusesWith(
            () => world.on("UpdateItem", update),
            "Item size to update has exceeded the maximum allowed size",
        );
        refusesWith(
            () => put(world, { a: { S: "x".repeat(410_000) } }),
            "Item size has exceeded the maximum allowed size",
        );
    });

    it("refuses a reserved word as an attribute's name", () => {
        refusesWith(
            () =>
                worldWithTable().on("UpdateItem", {
                    Key,
                    UpdateExpression: "SET limit = :n",
                    ExpressionAttributeValues: { ":n": { N: "1" } },
                }),
            "Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: limit",
        );
    });

    it("shows the token that does not fit and its neighbours", () => {
        // As AWS answers: aws/aws-cdk#7591.
        refusesWith(
            () =>
                worldWithTable().on("UpdateItem", {
                    Key,
                    UpdateExpression: "ADD hits : incr",
                    ExpressionAttributeValues: { ":incr": { N: "1" } },
                }),
            'Invalid UpdateExpression: Syntax error; token: ":", near: "hits : incr"',
        );
    });

    it("needs every name and value to be used and every placeholder to be defined", () => {
        const update = { Key, UpdateExpression: "SET a = :a" };
        const values = { ":a": { N: "1" } };
        const refused = (rest: object, message: string): void =>
            refusesWith(() => worldWithTable().on("UpdateItem", { ...update, ...rest }), message);
        refused(
            {},
            "Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :a",
        );
        refused(
            { ExpressionAttributeValues: { ...values, ":b": { N: "1" } } },
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}",
        );
        refused(
            { ExpressionAttributeValues: values, ExpressionAttributeNames: { "#b": "b" } },
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}",
        );
    });

    it("does not confuse attributes with members of JavaScript objects", () => {
        const world = worldWithTable();
        const names = { "#a": "__proto__", "#b": "constructor", "#c": "toString" };
        put(world, { m: { M: {} } });
        const exists = "attribute_exists(#a) OR attribute_exists(#b) OR attribute_exists(m.#c)";
        refusesWith(
            () =>
                world.on("DeleteItem", { Key, ConditionExpression: exists, ExpressionAttributeNames: names }),
            "The conditional request failed",
            "ConditionalCheckFailedException",
        );
        world.on("UpdateItem", {
            Key,
            UpdateExpression: "SET #a = :v, #b = :v, m.#a = :v, m.#c = :v",
            ExpressionAttributeNames: names,
            ExpressionAttributeValues: { ":v": { S: "value" } },
        });
        const stored = item(world) ?? {};
        assert.deepEqual(Object.keys(stored).sort(), ["__proto__", "constructor", "entry", "m", "poolName"]);
        assert.deepEqual(Object.keys(stored["m"]?.M ?? {}).sort(), ["__proto__", "toString"]);
    });
});

describe("DynamoDB: what fits", () => {
    const nested = (levels: number): object => (levels === 1 ? { S: "x" } : { M: { a: nested(levels - 1) } });
    const update = (UpdateExpression: string, value: object): unknown =>
        worldWithTable().on("UpdateItem", {
            Key,
            UpdateExpression,
            ExpressionAttributeValues: { ":v": value },
        });

    it("are 32 levels of a value", () => {
        const world = worldWithTable();
        put(world, { m: nested(32) });
        refusesWith(
            () => put(world, { m: nested(33) }),
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit",
        );
    });

    it("are 1024 bytes of an index key", () => {
        const position = (length: number): object => ({ linePosition: { S: "x".repeat(length) } });
        put(worldWithTable(), position(1024));
        const message = "One or more parameter values were invalid: Size limit exceeded";
        refusesWith(() => put(worldWithTable(), position(1025)), message);
        refusesWith(() => update("SET linePosition = :v", { S: "x".repeat(1025) }), message);
    });

    it("are 300 operators of an update", () => {
        const text = (count: number): string =>
            `SET ${Array.from({ length: count }, (_, i) => `a${i}=:v+:v`).join(",")}`;
        update(text(300), { N: "1" });
        assert.throws(() => update(text(301), { N: "1" }), /operator count: 301/);
    });
});
