/** The units that reads, writes and transactions report. */
import { check } from "./transactions.ts";
import { Key, TableName, get, inLine, put, query, remove, transact, update, values } from "./form.ts";
import type { Cases } from "./form.ts";

const total = { ReturnConsumedCapacity: "INDEXES" };

export const capacity: Cases = {
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
