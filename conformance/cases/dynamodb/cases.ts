/**
 * Named cases that implementations of DynamoDB are compared by, for what random requests meet too seldom: the writes of the product on
 * gates in every state, limits, types, reserved words, empty values, transactions, pages. What is right is not said here: all must
 * answer alike, or the difference is known.
 */
import * as gates from "../../../slots/gate.ts";
import { isoAfter, SILENCE_SECONDS } from "../../../slots/times.ts";
import * as writes from "../../../slots/writes.ts";
import { suiteTable } from "./suite.ts";
import type { Request } from "./suite.ts";

export interface Case {
    readonly title: string;
    /** Carried out in this order in an empty table. */
    readonly requests: readonly Request[];
}

const TableName = suiteTable.TableName;
const Key = { poolName: { S: "daily" }, entry: { S: "gate" } };
const at = { table: TableName, pool: "daily" };
const now = "2026-03-01T12:00:00.000Z";
const later = (seconds: number): string => isoAfter(Date.parse(now), seconds);
const settings = { poolName: { S: "daily" }, entry: { S: "settings" }, limit: { N: "2" } };

const put = (attributes: object, more: object = {}): Request => ({
    operation: "PutItem",
    input: { TableName, Item: { ...Key, ...attributes }, ...more },
});
const get = (more: object = {}): Request => ({
    operation: "GetItem",
    input: { TableName, Key, ConsistentRead: true, ...more },
});
const update = (UpdateExpression: string | undefined, more: object = {}): Request => ({
    operation: "UpdateItem",
    input: {
        TableName,
        Key,
        ReturnValues: "ALL_NEW",
        ...(UpdateExpression && { UpdateExpression }),
        ...more,
    },
});
const remove = (more: object = {}): Request => ({
    operation: "DeleteItem",
    input: { TableName, Key, ReturnValues: "ALL_OLD", ...more },
});
const query = (more: object): Request => ({
    operation: "Query",
    input: {
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: "poolName = :p",
        ...more,
        ExpressionAttributeValues: {
            ":p": { S: "daily" },
            ...(more as { ExpressionAttributeValues?: object }).ExpressionAttributeValues,
        },
    },
});
const transact = (TransactItems: readonly object[], more: object = {}): Request => ({
    operation: "TransactWriteItems",
    input: { TransactItems, ...more },
});
const product = (write: object): Request => ({
    operation: "Item" in write ? "PutItem" : "UpdateItem",
    input: { ...write, ...("Item" in write ? {} : { ReturnValues: "ALL_NEW" }) },
});
const values = (given: object): object => ({ ExpressionAttributeValues: given });
const when = (ConditionExpression: string, given?: object, names?: object): object => ({
    ConditionExpression,
    ...(given && { ExpressionAttributeValues: given }),
    ...(names && { ExpressionAttributeNames: names }),
});

const slot = { M: { since: { S: now }, job: { S: "job" }, format: { N: "1" } } };
const gate = (holders: readonly string[], turns: Readonly<Record<string, string>>, limit?: number): Request =>
    put({
        holders: { M: Object.fromEntries(holders.map((holder) => [holder, slot])) },
        turns: { M: Object.fromEntries(Object.entries(turns).map(([id, until]) => [id, { S: until }])) },
        dispatcherSeen: { S: now },
        ...(limit !== undefined && { limit: { N: String(limit) } }),
    });
const take = (holder: string, moment = now): Request =>
    product(
        writes.acquire({
            ...{ ...at, holder, job: "job", now: moment },
            silentSince: isoAfter(Date.parse(moment), -SILENCE_SECONDS),
        }),
    );
const release = (holder: string): Request => product(writes.release({ ...at, holder }));
const giveTurns = (turns: readonly string[], expired: readonly string[], hasBacklog: boolean): Request =>
    product(writes.giveTurns({ ...at, turns, expired, hasBacklog, until: later(50), now }));
const row = { ...at, name: "a", messageId: "m", group: "g", bodyHash: "h", execution: "e", job: "job", now };
const open = product(writes.open({ ...row, position: "open#1#a" }));
const join = (token: string): Request =>
    product(writes.join({ ...row, token, holder: "a/1/0", position: "wait#5#1#1" }));
const clearToken = (token: string): Request =>
    product(writes.clearToken({ ...row, token, position: "run#1#a" }));
const close = (outcome: string): Request =>
    product(writes.close({ ...row, outcome, run: "jr", expires: "1800000000" }));
const setLimit = (limit: number | undefined, read: object | undefined): Request =>
    transact(
        gates.setLimit({
            ...{ ...at, limit, settings: read as never, override: undefined, now },
            holders: { "x/1/0": { since: now, job: "job", format: 1 } },
        }),
    );
const line = (positions: readonly string[]): Request[] =>
    positions.map((position, i) => ({
        operation: "PutItem",
        input: {
            TableName,
            Item: {
                poolName: Key.poolName,
                entry: { S: `job#${i}` },
                linePosition: { S: position },
                n: { N: String(i) },
            },
        },
    }));
const positions = ["wait#5#b", "wait#5#a", "run#1", "wait#1#c", "open#3", "wait#9#d"];
const inLine = { IndexName: "line" };

const protocol: Readonly<Record<string, readonly Request[]>> = {
    "take without a gate": [take("a/1/0")],
    "take without a limit": [gate([], { "a/1/0": later(50) }), take("a/1/0")],
    "take on a turn": [gate(["x/1/0"], { "a/1/0": later(50) }, 2), take("a/1/0"), take("a/1/0", later(1))],
    "take without a turn": [gate([], {}, 2), take("a/1/0")],
    "take on a expired turn": [gate([], { "a/1/0": now }, 2), take("a/1/0")],
    "take when all slots are in use": [gate(["x/1/0"], { "a/1/0": later(50) }, 1), take("a/1/0")],
    "take in the dispatcher's silence": [
        gate([], {}, 1),
        take("a/1/0", later(300)),
        take("a/1/0", later(301)),
    ],
    "take at a limit of 0": [gate([], { "a/1/0": later(50) }, 0), take("a/1/0")],
    "take at a gate whose limit is text": [
        put({ holders: { M: {} }, turns: { M: {} }, limit: { S: "2" }, dispatcherSeen: { S: "2020" } }),
        take("a/1/0"),
    ],
    "take at a gate without maps": [put({ limit: { N: "2" }, dispatcherSeen: { S: "2020" } }), take("a/1/0")],
    "take at a gate whose holders are a list": [
        put({ holders: { L: [] }, turns: { M: {} }, limit: { N: "2" }, dispatcherSeen: { S: "2020" } }),
        take("a/1/0"),
    ],
    "give back": [gate(["a/1/0", "b/1/0"], { "a/1/0": later(50) }, 2), release("a/1/0"), release("a/1/0")],
    "give back without a gate": [release("a/1/0")],
    "give turns": [gate([], { "z/1/0": now }, 2), giveTurns(["a/1/0", "b/1/0"], ["z/1/0"], true)],
    "give no turns": [gate([], {}, 2), giveTurns([], [], false), giveTurns([], [], true)],
    "give as many turns as can be": [
        gate([], {}, 1000),
        giveTurns(
            Array.from({ length: 25 }, (_, i) => `a${i}/1/0`),
            Array.from({ length: 100 }, (_, i) => `z${i}/1/0`),
            true,
        ),
    ],
    "give turns without a gate": [giveTurns(["a/1/0"], [], false)],
    "forget turns that are not there": [gate([], {}, 2), giveTurns([], ["y/1/0", "z/1/0"], false)],
    "open twice": [open, open],
    "join, be woken, join again": [open, join("t1"), clearToken("t0"), clearToken("t1"), join("t2")],
    "join without a row": [join("t")],
    "close twice, and in another way": [open, join("t"), close("done"), close("done"), close("deadLettered")],
    "join after the end": [open, close("done"), join("t"), clearToken("t")],
    "confirm that a row is open": [
        open,
        product(writes.confirmOpen(row)),
        close("done"),
        product(writes.confirmOpen(row)),
    ],
    "set a limit": [put({}, { Item: settings }), setLimit(2, settings), setLimit(undefined, settings)],
    "set a limit without settings": [setLimit(2, undefined)],
    "set a limit when the settings have changed": [put({}, { Item: settings }), setLimit(3, undefined)],
    "set a limit when the settings differ": [
        put({}, { Item: { ...settings, until: { S: now } } }),
        setLimit(2, settings),
        setLimit(2, { ...settings, until: { S: now } }),
    ],
};

const reads: Readonly<Record<string, readonly Request[]>> = {
    "get what is not there": [get()],
    "get some attributes": [
        put({ n: { N: "1" }, holders: { M: { a: slot, b: slot } }, l: { L: [{ S: "a" }, { S: "b" }] } }),
        get({ ProjectionExpression: "holders.a.since, l[1], missing, n" }),
        get({ ProjectionExpression: "#p", ExpressionAttributeNames: { "#p": "poolName" } }),
    ],
    "query the line in order": [...line(positions), query({ ...inLine })],
    "query the line backwards": [...line(positions), query({ ...inLine, ScanIndexForward: false })],
    "query those that wait": [
        ...line(positions),
        query({
            ...inLine,
            KeyConditionExpression: "poolName = :p AND begins_with(linePosition, :w)",
            ...values({ ":w": { S: "wait#" } }),
            Limit: 2,
        }),
    ],
    "query a page at a time": [
        ...line(positions),
        query({ Limit: 1 }),
        query({ ...inLine, Limit: 2, ScanIndexForward: false }),
    ],
    "query a page of a range": [
        ...line(positions),
        query({
            KeyConditionExpression: "poolName = :p AND entry BETWEEN :a AND :b",
            ...values({ ":a": { S: "job#1" }, ":b": { S: "job#3" } }),
            Limit: 1,
        }),
        query({
            KeyConditionExpression: "poolName = :p AND entry BETWEEN :a AND :b",
            ...values({ ":a": { S: "job#1" }, ":b": { S: "job#3" } }),
            Limit: 1,
            ScanIndexForward: false,
        }),
    ],
    "query from a key outside the range": [
        ...line(positions),
        query({
            KeyConditionExpression: "poolName = :p AND entry > :a",
            ...values({ ":a": { S: "job#2" } }),
            ExclusiveStartKey: { poolName: Key.poolName, entry: { S: "job#1" } },
        }),
    ],
    "query from a key of another partition": [
        ...line(positions),
        query({ ExclusiveStartKey: { poolName: { S: "hourly" }, entry: { S: "job#1" } } }),
    ],
    "query from the end of the range": [
        ...line(positions),
        query({
            KeyConditionExpression: "poolName = :p AND entry BETWEEN :a AND :b",
            ...values({ ":a": { S: "job#1" }, ":b": { S: "job#3" } }),
            ExclusiveStartKey: { poolName: Key.poolName, entry: { S: "job#1" } },
            ScanIndexForward: false,
        }),
    ],
    "query with a filter": [
        ...line(positions),
        query({ FilterExpression: "n > :one", ...values({ ":one": { N: "1" } }), Limit: 3 }),
    ],
    "query counts alone": [...line(positions), query({ ...inLine, Select: "COUNT" })],
    "query with an empty text": [
        query({ KeyConditionExpression: "poolName = :p AND entry = :e", ...values({ ":e": { S: "" } }) }),
        query({ ...values({ ":p": { S: "" } }) }),
    ],
    "query an index that is not there": [query({ IndexName: "missing" })],
    "query with a limit of 0": [query({ Limit: 0 })],
    "query a filter on a key": [query({ FilterExpression: "entry = :p" })],
    "query without the partition key": [
        query({ KeyConditionExpression: "entry = :p" }),
        query({ KeyConditionExpression: "poolName = :p AND n = :p" }),
        query({ KeyConditionExpression: "poolName.a = :p" }),
    ],
    "query a range that is upside down": [
        query({
            KeyConditionExpression: "poolName = :p AND entry BETWEEN :a AND :b",
            ...values({ ":a": { S: "b" }, ":b": { S: "a" } }),
        }),
    ],
    "query with a wrong key type": [
        query({ KeyConditionExpression: "poolName = :p AND entry = :e", ...values({ ":e": { N: "1" } }) }),
    ],
    "pages end at 1 MB": [
        ...[1, 2, 3, 4].map((i): Request => ({
            operation: "PutItem",
            input: {
                TableName,
                Item: { poolName: Key.poolName, entry: { S: `big#${i}` }, s: { S: "x".repeat(390_000) } },
            },
        })),
        query({ ProjectionExpression: "entry" }),
    ],
};

const updates: Readonly<Record<string, readonly Request[]>> = {
    "make an item without an expression": [update(undefined), get()],
    "an empty expression": [update("")].map(({ operation, input }) => ({
        operation,
        input: { ...input, UpdateExpression: "" },
    })),
    "set below a map that is not there": [update("SET holders.a = :v", values({ ":v": { N: "1" } }))],
    "set below a text": [put({ s: { S: "a" } }), update("SET s.a = :v", values({ ":v": { N: "1" } }))],
    "remove below a map that is not there": [update("REMOVE holders.a")],
    "remove an entry that is not there": [put({ holders: { M: {} } }), update("REMOVE holders.a, holders.b")],
    "remove the last entry": [put({ holders: { M: { a: slot } } }), update("REMOVE holders.a")],
    "return what was updated": [
        put({ holders: { M: { a: slot, b: slot } }, n: { N: "1" } }),
        update("SET holders.a = :v, n = n + :v", {
            ...values({ ":v": { N: "1" } }),
            ReturnValues: "UPDATED_NEW",
        }),
        update("REMOVE holders.a SET n = n - :v", {
            ...values({ ":v": { N: "1" } }),
            ReturnValues: "UPDATED_OLD",
        }),
        update("REMOVE holders.b", { ReturnValues: "UPDATED_NEW" }),
    ],
    "right-hand sides see the item as it was": [
        put({ a: { N: "1" }, b: { N: "2" } }),
        update("SET a = b, b = a"),
        update("SET a = a + b, b = if_not_exists(c, b) REMOVE d"),
    ],
    "swap map entries": [
        put({ m: { M: { a: { N: "1" }, b: { N: "2" } } } }),
        update("SET m.a = m.b, m.b = m.a"),
    ],
    "if_not_exists of a nested path": [
        put({ holders: { M: { a: slot } } }),
        update(
            "SET holders.a = if_not_exists(holders.a, :v), holders.b = if_not_exists(holders.b, :v)",
            values({ ":v": { N: "1" } }),
        ),
    ],
    "if_not_exists with a path on the right that is not there": [update("SET a = if_not_exists(b, c)")],
    "set to what is not there": [put({ n: { N: "1" } }), update("SET a = b"), update("SET a = b + n")],
    "add to what is not there": [
        update("ADD n :v, tags :t", values({ ":v": { N: "5" }, ":t": { SS: ["b", "a"] } })),
    ],
    "add to a nested number": [
        put({ m: { M: { n: { N: "1" } } } }),
        update("ADD m.n :v, m.k :v", values({ ":v": { N: "-2.5" } })),
    ],
    "add a number to a text": [put({ s: { S: "a" } }), update("ADD s :v", values({ ":v": { N: "1" } }))],
    "set and add": [
        put({ n: { N: "1" }, k: { N: "1" } }),
        update("SET n = n + :v ADD k :v REMOVE s", values({ ":v": { N: "1" } })),
    ],
    "delete the last of a set": [
        put({ tags: { SS: ["a"] } }),
        update("DELETE tags :t", values({ ":t": { SS: ["a", "b"] } })),
    ],
    "append to a list": [
        put({ l: { L: [{ N: "1" }] } }),
        update("SET l = list_append(l, :v)", values({ ":v": { L: [{ S: "x" }] } })),
        update("SET l[9] = :v, l[8] = :w", values({ ":v": { S: "last" }, ":w": { S: "before" } })),
        update("REMOVE l[0], l[2]"),
    ],
    "append to a list that is not there": [
        update(
            "SET l = list_append(if_not_exists(l, :none), :v)",
            values({ ":v": { L: [{ S: "x" }] }, ":none": { L: [] } }),
        ),
        update("SET k = list_append(k, :v)", values({ ":v": { L: [{ S: "x" }] } })),
    ],
    "append a text": [
        put({ l: { L: [] } }),
        update("SET l = list_append(l, :v)", values({ ":v": { S: "x" } })),
    ],
    "change the position in line": [
        put({ linePosition: { S: "wait#1" } }),
        update("SET linePosition = :p", values({ ":p": { S: "run#1" } })),
        update("REMOVE linePosition"),
        query({ ...inLine }),
    ],
    "change the position to a number": [update("SET linePosition = :p", values({ ":p": { N: "1" } }))],
    "change the position to nothing": [update("SET linePosition = :p", values({ ":p": { S: "" } }))],
    "change the position to what is a number": [put({ n: { N: "1" } }), update("SET linePosition = n")],
    "put a position that is a number": [put({ linePosition: { N: "1" } })],
    "put a position of no length": [put({ linePosition: { S: "" } })],
    "change a key": [update("SET entry = :p", values({ ":p": { S: "x" } }))],
    "a wrong path and a missing one": [
        put({ holders: { M: {} }, s: { S: "a" } }),
        update("SET holders[0] = :v - holders.a", values({ ":v": { N: "1" } })),
    ],
    "a missing path and a wrong type": [
        put({ l: { L: [] } }),
        update("SET x = :v - n, k = l + :v", values({ ":v": { N: "1" } })),
    ],
    "a wrong path and a wrong type": [
        put({ holders: { M: {} }, s: { S: "a" } }),
        update("SET holders[0] = s + :v", values({ ":v": { N: "1" } })),
    ],
    "add a text, and delete one": [
        update("ADD s :v", values({ ":v": { S: "x" } })),
        update("DELETE s :v", values({ ":v": { S: "x" } })),
    ],
    "overlapping paths": [
        put({ m: { M: { a: { M: {} } } } }),
        update("SET m.a = :v REMOVE m", values({ ":v": { N: "1" } })),
        update("SET m.a.b = :v, m.a = :v", values({ ":v": { N: "1" } })),
        update("SET m = :v REMOVE m", values({ ":v": { N: "1" } })),
        update("REMOVE m SET n = :v, m = :v", values({ ":v": { N: "1" } })),
    ],
    "conflicting paths": [update("SET m.a = :v, m[0] = :v", values({ ":v": { N: "1" } }))],
    "a section twice": [update("SET a = :v SET b = :v", values({ ":v": { N: "1" } }))],
};

const numbers: Readonly<Record<string, readonly Request[]>> = {
    "numbers lose their zeros": [
        put({ n: { N: "0010.500" }, k: { N: "-0" }, x: { N: "1E3" }, l: { N: "1e-7" } }),
        get(),
    ],
    "numbers in maps lose their zeros": [
        put({ m: { M: { n: { N: "007" } } }, l: { L: [{ N: "1.50" }] } }),
        get(),
    ],
    "numbers in sets lose their zeros": [put({ tags: { NS: ["01", "2.50"] } }), get()],
    "38 digits": [
        put({ n: { N: "9".repeat(38) } }),
        update("SET n = n + :one", values({ ":one": { N: "1" } })),
        update("SET n = n + :half", values({ ":half": { N: "0.5" } })),
        put({ n: { N: "1".repeat(39) } }),
    ],
    "digits beyond the 38th": [
        put({ n: { N: "1" } }),
        update("SET n = n + :tiny", values({ ":tiny": { N: "1e-38" } })),
        update("ADD k :a", values({ ":a": { N: "1e37" } })),
        update("ADD k :b", values({ ":b": { N: "0.04" } })),
    ],
    magnitude: [
        put({ n: { N: "9.9999999999999999999999999999999999999E+125" } }),
        put({ n: { N: "1e126" } }),
        put({ n: { N: "1e-130" } }),
        put({ n: { N: "1e-131" } }),
        put({ n: { N: "5e125" } }),
        update("SET n = n + n"),
    ],
    "decimal arithmetic": [
        put({ n: { N: "0.1" } }),
        update("SET n = n + :v", values({ ":v": { N: "0.2" } })),
        update("SET n = n - :v", values({ ":v": { N: "0.3" } })),
    ],
    "arithmetic with a text": [
        put({ s: { S: "1" } }),
        update("SET n = s + :v", values({ ":v": { N: "1" } })),
        update("SET n = :s + :v", values({ ":v": { N: "1" }, ":s": { S: "1" } })),
    ],
    "no number at all": [
        put({ n: { N: "" } }),
        put({ n: { N: "one" } }),
        put({ n: { N: " 1" } }),
        put({ n: { N: "1 " } }),
        put({ n: { N: "0x10" } }),
        put({ n: { N: "NaN" } }),
        put({ n: { N: "+1" } }),
        get(),
    ],
};

const types: Readonly<Record<string, readonly Request[]>> = {
    "empty values": [
        put({ s: { S: "" }, l: { L: [] }, m: { M: {} }, b: { B: new Uint8Array() } }),
        get(),
        update("SET k = :v", values({ ":v": { S: "" } })),
    ],
    "empty sets": [put({ tags: { SS: [] } }), put({ tags: { NS: [] } }), put({ tags: { BS: [] } })],
    "doubles in sets": [put({ tags: { SS: ["a", "a"] } }), put({ tags: { NS: ["1", "1.0"] } })],
    "an empty text in a set": [put({ tags: { SS: ["", "a"] } }), get()],
    "two types at once": [put({ n: { N: "1", S: "1" } }), put({ n: {} }), put({ n: { NULL: false } })],
    "empty keys": [
        put({ entry: { S: "" } }),
        put({ poolName: { S: "" } }),
        get({ Key: { poolName: { S: "" }, entry: { S: "a" } } }),
        update("SET n = :v", {
            ...values({ ":v": { N: "1" } }),
            Key: { poolName: { S: "d" }, entry: { S: "" } },
        }),
        remove({ Key: { poolName: { S: "d" }, entry: { S: "" } } }),
    ],
    "wrong keys": [
        get({ Key: { poolName: { S: "d" } } }),
        get({ Key: { poolName: { S: "d" }, entry: { N: "1" } } }),
        get({ Key: { ...Key, linePosition: { S: "x" } } }),
        put({ entry: { N: "1" } }),
        put({}, { Item: { poolName: { S: "d" } } }),
        update("SET n = :v", { ...values({ ":v": { N: "1" } }), Key: { poolName: { S: "d" } } }),
        remove({ Key: { poolName: { S: "d" }, linePosition: { S: "d" } } }),
    ],
    "long keys": [
        put({ entry: { S: "x".repeat(1024) } }),
        put({ entry: { S: "x".repeat(1025) } }),
        put({ poolName: { S: "é".repeat(1024) } }),
        put({ poolName: { S: "é".repeat(1024) + "x" } }),
        get({ Key: { poolName: { S: "x".repeat(2049) }, entry: { S: "a" } } }),
    ],
    "a long position": [
        put({ linePosition: { S: "x".repeat(1025) } }),
        update("SET linePosition = :v", values({ ":v": { S: "x".repeat(1025) } })),
    ],
    "items of 400 KB": [
        put({ s: { S: "x".repeat(400 * 1024 - 23) } }),
        put({ s: { S: "x".repeat(400 * 1024 - 22) } }),
        put({ s: { S: "x".repeat(400 * 1024 - 100) } }, {}),
        update("SET k = :v", { ...values({ ":v": { S: "y".repeat(200) } }), ReturnValues: "NONE" }),
    ],
    "31 and 32 levels": [31, 32].map((depth) => put({ m: nested(depth) })),
    "33 levels": [put({ m: nested(33) })],
    "34 levels": [put({ m: nested(34) })],
    "keys that look like prototypes": [
        put({
            __proto__x: { S: "a" },
            constructor: { S: "b" },
            holders: { M: { toString: { S: "c" }, constructor: { N: "1" } } },
        }),
        update("SET holders.#a = :v, holders.#b = :v", {
            ...values({ ":v": { N: "1" } }),
            ExpressionAttributeNames: { "#a": "hasOwnProperty", "#b": "constructor" },
        }),
        get({ ProjectionExpression: "constructor, toString, holders.toString" }),
    ],
    "order of texts": [
        ...["z", "é", "a", "Z", "\u{1F600}", "\uFFFD", "\uE000"].map((entry) => put({ entry: { S: entry } })),
        query({ ProjectionExpression: "entry" }),
    ],
    "no such table": [get({ TableName: "missing" }), update("SET n = n", { TableName: "missing" })],
    "delete and its old values": [put({ n: { N: "1" } }), remove(), remove()],
    "return values that there are not": [
        put({}, { ReturnValues: "ALL_NEW" }),
        remove({ ReturnValues: "UPDATED_NEW" }),
        update("SET n = n", { ReturnValues: "SOME" }),
    ],
};

const full = {
    n: { N: "1" },
    s: { S: "ab" },
    t: { BOOL: true },
    l: { L: [{ S: "a" }] },
    m: { M: { a: { N: "1" } } },
    tags: { SS: ["a", "b"] },
};
const holding = (condition: string, given?: object, names?: object): readonly Request[] => [
    put(full),
    remove({ ...when(condition, given, names), ReturnValuesOnConditionCheckFailure: "ALL_OLD" }),
];
const conditions: Readonly<Record<string, readonly Request[]>> = {
    "two paths that are both missing": holding("missing = absent"),
    "two paths that are both missing and differ": holding("missing <> absent"),
    "a missing path and a value": holding("missing <> :v", { ":v": { N: "1" } }),
    "size of what is missing": holding("size(missing) < :v", { ":v": { N: "1" } }),
    "size of a number": holding("size(n) < :v", { ":v": { N: "9" } }),
    "size of a map, a list, a set, a text": holding(
        "size(m) = :one AND size(l) = :one AND size(tags) = :two AND size(s) = :two",
        { ":one": { N: "1" }, ":two": { N: "2" } },
    ),
    "size compared with a text": holding("size(m) < :v", { ":v": { S: "9" } }),
    "equal lists and maps": holding("l = :l AND m = :m", {
        ":l": { L: [{ S: "a" }] },
        ":m": { M: { a: { N: "1.0" } } },
    }),
    "equal sets in another order": holding("tags = :t", { ":t": { SS: ["b", "a"] } }),
    "compare across types": holding("n < :v OR s > :w", { ":v": { S: "9" }, ":w": { N: "1" } }),
    "compare a boolean": holding("t < :v", { ":v": { BOOL: false } }),
    "equal booleans": holding("t = :v", { ":v": { BOOL: true } }),
    "IN with a missing path": holding("n IN (missing, :v)", { ":v": { N: "1.0" } }),
    "IN with one value": holding("n IN (:v)", { ":v": { N: "2" } }),
    "BETWEEN paths": holding("n BETWEEN n AND n"),
    "BETWEEN upside down": holding("n BETWEEN :a AND :b", { ":a": { N: "2" }, ":b": { N: "1" } }),
    "begins_with a number": holding("begins_with(n, :v)", { ":v": { S: "1" } }),
    "begins_with of a wrong operand": holding("begins_with(s, :v)", { ":v": { N: "1" } }),
    "contains in a text, a set, a list": holding(
        "contains(s, :a) AND contains(tags, :a) AND contains(l, :a)",
        { ":a": { S: "a" } },
    ),
    "contains in a number": holding("contains(n, :v)", { ":v": { N: "1" } }),
    "contains itself": holding("contains(s, s)"),
    attribute_type: holding("attribute_type(m, :m) AND attribute_type(t, :b)", {
        ":m": { S: "M" },
        ":b": { S: "BOOL" },
    }),
    "attribute_type that there is not": holding("attribute_type(m, :m)", { ":m": { S: "MAP" } }),
    "attribute_type of a number": holding("attribute_type(m, :m)", { ":m": { N: "1" } }),
    "attribute_exists below a text": holding("attribute_not_exists(s.a) AND attribute_not_exists(m.a.b)"),
    precedence: holding("n = :two OR n = :one AND NOT s = :s", {
        ":one": { N: "1" },
        ":two": { N: "2" },
        ":s": { S: "ab" },
    }),
    "a condition on a key": holding("attribute_exists(poolName) AND entry = :e", { ":e": { S: "gate" } }),
    "a condition below a key": holding("attribute_exists(poolName.a)"),
    "a condition below an index key": holding("attribute_exists(linePosition[0])"),
    "IN with itself": holding("n IN (:v, n)", { ":v": { N: "2" } }),
    "BETWEEN itself and more": holding("n BETWEEN n AND :v", { ":v": { N: "2" } }),
    "BETWEEN without an order": holding("t BETWEEN :v AND :v", { ":v": { BOOL: true } }),
    "BETWEEN across types": holding("n BETWEEN :a AND :b", { ":a": { N: "0" }, ":b": { S: "b" } }),
    "a reserved word": [
        remove(when("limit = :v", { ":v": { N: "1" } })),
        remove(when("attribute_exists(token)")),
        remove(when("attribute_exists(linePosition) AND attribute_exists(outcome)")),
        update("SET ttl = :v", values({ ":v": { N: "1" } })),
    ],
    "a name that is not used": holding("n = :v", { ":v": { N: "1" } }, { "#unused": "n" }),
    "a value that is not used": holding("n = :v", { ":v": { N: "1" }, ":w": { N: "1" } }),
    "a name that is not given": holding("#n = :v", { ":v": { N: "1" } }),
    "a value that is not given": holding("n = :v AND s = :w", { ":v": { N: "1" } }),
    "a name of a wrong form": holding("n = :v", { ":v": { N: "1" } }, { n: "n" }),
    "names and values without an expression": [
        remove({ ExpressionAttributeNames: { "#n": "n" } }),
        remove(values({ ":v": { N: "1" } })),
    ],
    "an empty name": holding("#n = :v", { ":v": { N: "1" } }, { "#n": "" }),
    "a condition that is not there": [
        update("SET n = :v", {
            ...when("attribute_exists(n)", { ":v": { N: "1" } }),
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
    ],
    "a long expression": [
        remove(when(`n = :v${" ".repeat(4090)}`, { ":v": { N: "1" } })),
        remove(when(`n = :v${" ".repeat(4091)}`, { ":v": { N: "1" } })),
    ],
    "300 operators": [
        remove(when(Array.from({ length: 150 }, () => "n = :v").join(" OR "), { ":v": { N: "1" } })),
    ],
    "301 operators": [
        remove(when(Array.from({ length: 151 }, () => "n = :v").join(" OR "), { ":v": { N: "1" } })),
    ],
    "300 operators in an update, and more": [300, 301].map((length) =>
        update(`SET ${Array.from({ length }, (_, i) => `a${i}=:v+:v`).join(",")}`, {
            ...values({ ":v": { N: "1" } }),
            ReturnValues: "NONE",
        }),
    ),
};

const check = (ConditionExpression: string, entry = "settings"): object => ({
    ConditionCheck: { TableName, Key: { poolName: Key.poolName, entry: { S: entry } }, ConditionExpression },
});
const transactions: Readonly<Record<string, readonly Request[]>> = {
    "all of it": [
        transact([
            check("attribute_not_exists(entry)"),
            { Put: { TableName, Item: { ...Key, n: { N: "1" } } } },
            {
                Update: {
                    TableName,
                    Key: { ...Key, entry: { S: "b" } },
                    UpdateExpression: "SET n = :v",
                    ...values({ ":v": { N: "1" } }),
                },
            },
            { Delete: { TableName, Key: { ...Key, entry: { S: "c" } } } },
        ]),
    ],
    "none of it": [
        put({ n: { N: "1" } }),
        transact([
            { Put: { TableName, Item: { ...Key, entry: { S: "b" } } } },
            {
                Put: {
                    TableName,
                    Item: Key,
                    ConditionExpression: "attribute_not_exists(entry)",
                    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
                },
            },
            check("attribute_exists(entry)"),
        ]),
    ],
    "an item twice": [
        transact([check("attribute_exists(entry)", "gate"), { Put: { TableName, Item: Key } }]),
    ],
    "nothing in it": [transact([])],
    "too much in it": [
        transact(Array.from({ length: 101 }, (_, i) => check("attribute_not_exists(n)", `job#${i}`))),
    ],
    "a hundred in it": [
        transact(Array.from({ length: 100 }, (_, i) => check("attribute_not_exists(n)", `job#${i}`))),
    ],
    "an update that does not fit": [
        put({ s: { S: "a" } }),
        transact([
            { Update: { TableName, Key, UpdateExpression: "SET s.a = :v", ...values({ ":v": { N: "1" } }) } },
            check("attribute_exists(entry)"),
        ]),
        transact([
            {
                Update: {
                    TableName,
                    Key,
                    UpdateExpression: "SET n = s + :v",
                    ...values({ ":v": { N: "1" } }),
                },
            },
        ]),
    ],
    "a wrong key": [
        transact([{ Put: { TableName, Item: { poolName: { S: "d" } } } }]),
        transact([{ Delete: { TableName, Key: { poolName: { S: "d" } } } }]),
    ],
    "a wrong expression": [transact([check("attribute_exists(")]), transact([check("limit = n")])],
    "no such table in it": [transact([{ Put: { TableName: "missing", Item: Key } }])],
    "two actions at once": [
        transact([{ ...check("attribute_not_exists(n)"), Put: { TableName, Item: Key } }]),
    ],
    "the same token again": [
        transact(
            [{ Update: { TableName, Key, UpdateExpression: "ADD n :v", ...values({ ":v": { N: "1" } }) } }],
            { ClientRequestToken: "token-1" },
        ),
        transact(
            [{ Update: { TableName, Key, UpdateExpression: "ADD n :v", ...values({ ":v": { N: "1" } }) } }],
            { ClientRequestToken: "token-1" },
        ),
        transact(
            [{ Update: { TableName, Key, UpdateExpression: "ADD n :v", ...values({ ":v": { N: "2" } }) } }],
            { ClientRequestToken: "token-1" },
        ),
    ],
};

const total = { ReturnConsumedCapacity: "INDEXES" };
const capacity: Readonly<Record<string, readonly Request[]>> = {
    "of a write": [
        put({ n: { N: "1" } }, total),
        put({ s: { S: "x".repeat(3000) } }, total),
        update("SET n = :v", { ...values({ ":v": { N: "1" } }), ...total }),
        remove(total),
    ],
    "of a write in the line": [
        put({ linePosition: { S: "a" } }, total),
        update("SET linePosition = :v", { ...values({ ":v": { S: "b" } }), ...total }),
        update("SET n = :v", { ...values({ ":v": { N: "1" } }), ...total }),
        update("REMOVE linePosition", total),
    ],
    "of a write that changes nothing": [
        put({ linePosition: { S: "a" } }),
        put({ linePosition: { S: "a" } }, total),
    ],
    "of a read": [
        put({ s: { S: "x".repeat(5000) } }),
        get(total),
        get({ ...total, ConsistentRead: false }),
        query(total),
        query({ ...total, ...inLine }),
    ],
    "of a transaction": [
        transact(
            [{ Put: { TableName, Item: { ...Key, n: { N: "1" } } } }, check("attribute_not_exists(n)")],
            total,
        ),
    ],
};

/** Every case, by its title. */
export const cases: readonly Case[] = Object.entries({
    protocol,
    read: reads,
    update: updates,
    number: numbers,
    type: types,
    condition: conditions,
    transaction: transactions,
    capacity,
}).flatMap(([kind, all]) =>
    Object.entries(all).map(([title, requests]) => ({ title: `${kind}: ${title}`, requests })),
);

function nested(depth: number): object {
    let value: object = { S: "deep" };
    for (let i = 1; i < depth; i++) value = { M: { a: value } };
    return value;
}
