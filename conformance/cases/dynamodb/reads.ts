/** GetItem and Query: projections, ranges, pages, start keys, filters. */
import { Key, TableName, get, inLine, line, positions, put, query, slot, values } from "./form.ts";
import type { Cases } from "./form.ts";
import type { Request } from "./suite.ts";

export const reads: Cases = {
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
    ...eachRange("=", "<", "<=", ">", ">="),
    "query a range from the other side": ["<", "<=", ">", ">=", "="].flatMap((sign) => [
        ...line(positions),
        query({
            KeyConditionExpression: `:p = poolName AND :e ${sign} entry`,
            ...values({ ":e": { S: "job#3" } }),
        }),
    ]),
    "query by the beginning, a page at a time": [
        ...line(positions),
        query({
            KeyConditionExpression: "poolName = :p AND begins_with(entry, :e)",
            ...values({ ":e": { S: "job#" } }),
            Limit: 2,
            ScanIndexForward: false,
        }),
    ],
    "query from a key that is none": [
        ...line(positions),
        query({ ExclusiveStartKey: { poolName: { S: "daily" } } }),
        query({ ExclusiveStartKey: { ...Key, entry: { N: "1" } } }),
        query({ ...inLine, ExclusiveStartKey: Key }),
    ],
    "query with a set for a key": [
        query({ KeyConditionExpression: "poolName = :p AND entry = :e", ...values({ ":e": { SS: ["a"] } }) }),
        query({ KeyConditionExpression: "poolName = :p AND entry > :e", ...values({ ":e": { SS: ["a"] } }) }),
        query({
            KeyConditionExpression: "poolName = :p AND entry > :e",
            ...values({ ":e": { BOOL: true } }),
        }),
    ],
    "query what an index does not have": [
        query({ ...inLine, Select: "ALL_PROJECTED_ATTRIBUTES" }),
        query({ Select: "ALL_PROJECTED_ATTRIBUTES" }),
        query({ Select: "SPECIFIC_ATTRIBUTES" }),
        query({ Select: "COUNT", ProjectionExpression: "n" }),
        query({ Select: "SOME" }),
    ],
    "get parts of a list and of a map": [
        put({ l: { L: ["a", "b", "c"].map((S) => ({ S })) }, holders: { M: { a: slot, b: slot } } }),
        get({ ProjectionExpression: "l[2], l[0], l[7]" }),
        get({ ProjectionExpression: "l[0].a, holders[0], holders.c" }),
        get({ ProjectionExpression: "holders.a.since, holders.b.since, holders.a.job" }),
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
            ExclusiveStartKey: { ...Key, entry: { S: "job#1" } },
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
            ExclusiveStartKey: { ...Key, entry: { S: "job#1" } },
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
                Item: { ...Key, entry: { S: `big#${i}` }, s: { S: "x".repeat(390_000) } },
            },
        })),
        query({ ProjectionExpression: "entry" }),
    ],
};

/** Queries of the sort keys on one side of another, page by page. */
function eachRange(...signs: readonly string[]): Cases {
    return Object.fromEntries(
        signs.map((sign) => [
            `query the entries ${sign} another`,
            [
                ...line(positions),
                query({
                    KeyConditionExpression: `poolName = :p AND entry ${sign} :e`,
                    ...values({ ":e": { S: "job#3" } }),
                    Limit: 2,
                }),
            ],
        ]),
    );
}
