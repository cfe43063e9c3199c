/** The embedded DynamoDB: the operations on items, what they answer and what they refuse. */
import assert from "node:assert/strict";
import type { AttributeValue, QueryOutput, TransactWriteItemsOutput } from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import { AwsError, UnsupportedError } from "../../../embedded-aws/service.ts";
import { isReserved } from "../../../embedded-aws/services/dynamodb/reserved-words.ts";
import { tableName, worldWithTable, type DynamoDbWorld } from "./world.ts";

const Key = { poolName: { S: "daily" }, entry: { S: "gate" } };
const missingPath = "The document path provided in the update expression is invalid for update";
const take = {
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

function item(world: DynamoDbWorld, key: object = Key): Record<string, AttributeValue> | undefined {
    return world.on("GetItem", { Key: key, ConsistentRead: true }).Item;
}

function put(world: DynamoDbWorld, attributes: object): void {
    world.on("PutItem", { Item: { ...Key, ...attributes } });
}

function refusal(action: () => unknown): AwsError {
    try {
        action();
    } catch (error) {
        assert.ok(error instanceof AwsError, String(error));
        return error;
    }
    throw new assert.AssertionError({ message: "nothing was refused" });
}

function refusesWith(action: () => unknown, message: string, name = "ValidationException"): void {
    const error = refusal(action);
    assert.deepEqual([error.name, error.message], [name, message]);
}

describe("DynamoDB: UpdateItem", () => {
    it("takes a slot on a turn while there is room", () => {
        const world = worldWithTable();
        world.on("PutItem", { Item: gate(["job-0/1/0"], 2, { "job-1/1/0": { N: "160" } }) });
        world.on("UpdateItem", take);
        assert.deepEqual(Object.keys(item(world)?.["holders"]?.M ?? {}), ["job-0/1/0", "job-1/1/0"]);
        assert.deepEqual(item(world)?.["turns"], { M: {} });
    });

    it("refuses a slot when all are in use, and says what is there if asked", () => {
        const world = worldWithTable();
        const full = gate(["job-0/1/0"], 1, { "job-1/1/0": { N: "160" } });
        world.on("PutItem", { Item: full });
        const error = refusal(() =>
            world.on("UpdateItem", { ...take, ReturnValuesOnConditionCheckFailure: "ALL_OLD" }),
        );
        assert.equal(error.name, "ConditionalCheckFailedException");
        assert.equal(error.message, "The conditional request failed");
        assert.deepEqual(error.details, { Item: full });
    });

    it("does not say what is there if not asked", () => {
        const world = worldWithTable();
        world.on("PutItem", { Item: gate([], 0) });
        assert.deepEqual(refusal(() => world.on("UpdateItem", take)).details, {});
    });

    it("refuses a slot at a gate that does not exist", () => {
        refusesWith(
            () => worldWithTable().on("UpdateItem", take),
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
        refusesWith(() => world.on("UpdateItem", update), missingPath);
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
        world.on("UpdateItem", take);
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

    it("refuses attributes called by a reserved word", () => {
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

    it("shows the token that it stumbles over and its neighbours", () => {
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

    it("wants every name and value used and every placeholder defined", () => {
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

    it("does not confuse attributes with what JavaScript objects have", () => {
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

describe("DynamoDB: Query", () => {
    const line = (world: DynamoDbWorld, count: number): void => {
        for (let i = 0; i < count; i++) {
            put(world, {
                entry: { S: `job#${String(i).padStart(4, "0")}` },
                ...(i % 2 === 0 && { linePosition: { S: `wait#5#${String(count - i).padStart(4, "0")}` } }),
                state: { S: i % 3 === 0 ? "ready" : "waiting" },
            });
        }
    };
    const query = (world: DynamoDbWorld, rest: object): QueryOutput =>
        world.on("Query", {
            KeyConditionExpression: "poolName = :p",
            ExpressionAttributeValues: { ":p": { S: "daily" } },
            ...rest,
        });
    const entriesOf = ({ Items = [] }: QueryOutput): unknown[] => Items.map(({ entry }) => entry?.S);

    it("of the index gives those in it, in the order of their position", () => {
        const world = worldWithTable();
        line(world, 6);
        const output = query(world, { IndexName: "line", ConsistentRead: true });
        assert.deepEqual(entriesOf(output), ["job#0004", "job#0002", "job#0000"]);
        assert.deepEqual([output.Count, output.ScannedCount, output.LastEvaluatedKey], [3, 3, undefined]);
    });

    it("goes through all pages to the same items, whatever the limit and the direction", () => {
        const world = worldWithTable();
        line(world, 1200);
        fc.assert(
            fc.property(
                fc.integer({ min: 1, max: 700 }),
                fc.boolean(),
                fc.boolean(),
                (Limit, ScanIndexForward, isIndex) => {
                    const options = { Limit, ScanIndexForward, ...(isIndex && { IndexName: "line" }) };
                    const found: unknown[] = [];
                    let start: unknown;
                    do {
                        const page = query(world, {
                            ...options,
                            ...(start ? { ExclusiveStartKey: start } : {}),
                        });
                        found.push(...entriesOf(page));
                        start = page.LastEvaluatedKey;
                    } while (start);
                    const all = Array.from({ length: 1200 }, (_, i) => i)
                        .filter((i) => !isIndex || i % 2 === 0)
                        .map((i) => `job#${String(i).padStart(4, "0")}`);
                    assert.deepEqual(found, isIndex === ScanIndexForward ? all.reverse() : all);
                },
            ),
            { numRuns: 30 },
        );
    });

    it("follows an item to its new position, and out of the index", () => {
        const world = worldWithTable();
        line(world, 3);
        const move = (entry: string, update: object): unknown =>
            world.on("UpdateItem", { Key: { ...Key, entry: { S: entry } }, ...update });
        move("job#0000", {
            UpdateExpression: "SET linePosition = :p",
            ExpressionAttributeValues: { ":p": { S: "run#1" } },
        });
        assert.deepEqual(entriesOf(query(world, { IndexName: "line" })), ["job#0000", "job#0002"]);
        move("job#0002", { UpdateExpression: "REMOVE linePosition" });
        assert.deepEqual(entriesOf(query(world, { IndexName: "line" })), ["job#0000"]);
        world.on("DeleteItem", { Key: { ...Key, entry: { S: "job#0000" } } });
        assert.deepEqual(entriesOf(query(world, { IndexName: "line" })), []);
    });

    it("ends a page at the limit before it filters, and at a MiB", () => {
        const world = worldWithTable();
        line(world, 10);
        const filtered = query(world, {
            Limit: 4,
            FilterExpression: "#s = :s",
            ExpressionAttributeNames: { "#s": "state" },
            ExpressionAttributeValues: { ":p": { S: "daily" }, ":s": { S: "ready" } },
        });
        assert.deepEqual([entriesOf(filtered), filtered.ScannedCount], [["job#0000", "job#0003"], 4]);
        assert.deepEqual(filtered.LastEvaluatedKey, { ...Key, entry: { S: "job#0003" } });
        for (let i = 0; i < 5; i++)
            put(world, { entry: { S: `large#${i}` }, body: { S: "x".repeat(300_000) } });
        const large = query(world, {
            KeyConditionExpression: "poolName = :p AND begins_with(entry, :l)",
            ExpressionAttributeValues: { ":p": { S: "daily" }, ":l": { S: "large#" } },
        });
        assert.deepEqual(large.LastEvaluatedKey, { ...Key, entry: { S: "large#3" } });
    });

    it("only counts if told so", () => {
        const world = worldWithTable();
        line(world, 5);
        const output = query(world, { Select: "COUNT" });
        assert.deepEqual(output, { Count: 5, ScannedCount: 5 });
    });

    it("sorts strings by their UTF-8 bytes", () => {
        const world = worldWithTable();
        const sorted = ["a", "é", "\u{ffee}", "\u{1f600}", "\u{1f600}a"];
        for (const entry of [...sorted].reverse()) put(world, { entry: { S: entry } });
        assert.deepEqual(entriesOf(query(world, {})), sorted);
    });

    it("sorts numbers as numbers", () => {
        const world = worldWithTable({
            attributes: [
                { name: "poolName", type: "S" },
                { name: "entry", type: "N" },
            ],
            localSecondaryIndexes: undefined,
        });
        const number = fc.oneof(
            fc.integer().map(String),
            fc
                .tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: -120, max: 120 }))
                .map(([a, b]) => `${a}e${b}`),
        );
        fc.assert(
            fc.property(fc.array(number, { maxLength: 20 }), (numbers) => {
                for (const N of numbers)
                    world.on("PutItem", { Item: { poolName: { S: "daily" }, entry: { N } } });
                const stored = (query(world, {}).Items ?? []).map(({ entry }) => Number(entry?.N));
                assert.deepEqual(
                    stored,
                    [...new Set([...stored, ...numbers.map(Number)])].sort((a, b) => a - b),
                );
            }),
            { numRuns: 30 },
        );
    });

    it("of an unknown index names it", () => {
        refusesWith(
            () => query(worldWithTable(), { IndexName: "queue" }),
            "The table does not have the specified index: queue",
        );
    });

    it("of an index that has only keys gives those, and fetches the rest at a cost if told so", () => {
        const world = worldWithTable({
            localSecondaryIndexes: [{ name: "line", rangeKey: "linePosition", projectionType: "KEYS_ONLY" }],
        });
        put(world, { linePosition: { S: "wait" }, state: { S: "ready" } });
        const keys = { ...Key, linePosition: { S: "wait" } };
        const options = { IndexName: "line", ConsistentRead: true, ReturnConsumedCapacity: "TOTAL" };
        const projected = query(world, options);
        assert.deepEqual(projected.Items, [keys]);
        assert.equal(projected.ConsumedCapacity?.CapacityUnits, 1);
        const fetched = query(world, { ...options, Select: "ALL_ATTRIBUTES" });
        assert.deepEqual(fetched.Items, [{ ...keys, state: { S: "ready" } }]);
        assert.equal(fetched.ConsumedCapacity?.CapacityUnits, 2);
    });
});

describe("DynamoDB: Scan", () => {
    it("goes through all partitions page by page", () => {
        const world = worldWithTable();
        const written = Array.from({ length: 40 }, (_, i) => [`p${i % 4}`, `e${i}`]);
        for (const [pool, entry] of written) put(world, { poolName: { S: pool }, entry: { S: entry } });
        const found: unknown[][] = [];
        let start: unknown;
        do {
            const page = world.on("Scan", { Limit: 7, ...(start ? { ExclusiveStartKey: start } : {}) });
            found.push(...(page.Items ?? []).map(({ poolName, entry }) => [poolName?.S, entry?.S]));
            start = page.LastEvaluatedKey;
        } while (start);
        assert.deepEqual(found.sort(), written.sort());
    });
});

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
    it("tells keys, index and stream", () => {
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
