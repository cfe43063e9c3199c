/** UpdateItem: what expressions do, and which of them are refused. */
import { get, inLine, put, query, slot, update, values } from "./form.ts";
import type { Cases } from "./form.ts";

export const updates: Cases = {
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
