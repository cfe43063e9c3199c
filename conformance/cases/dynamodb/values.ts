/** Numbers, types, keys and sizes: how values are stored, and which are refused. */
import { Key, get, put, query, remove, update, values } from "./form.ts";
import type { Cases } from "./form.ts";

export const numbers: Cases = {
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

export const types: Cases = {
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

function nested(depth: number): object {
    let value: object = { S: "deep" };
    for (let i = 1; i < depth; i++) value = { M: { a: value } };
    return value;
}
