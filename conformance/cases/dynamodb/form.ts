/** What a case is made of, and the requests and values that many of them share. */
import { isoAfter } from "../../../slots/times.ts";
import { suiteTable } from "./suite.ts";
import type { Request } from "./suite.ts";

export interface Case {
    readonly title: string;
    /** Carried out in this order, from an empty table on. */
    readonly requests: readonly Request[];
}

/** The cases of one theme, by their titles. */
export type Cases = Readonly<Record<string, readonly Request[]>>;

export const TableName = suiteTable.TableName;
export const Key = { poolName: { S: "daily" }, entry: { S: "gate" } };
export const at = { table: TableName, pool: "daily" };
export const now = "2026-03-01T12:00:00.000Z";
export const later = (seconds: number): string => isoAfter(Date.parse(now), seconds);
export const settings = { poolName: { S: "daily" }, entry: { S: "settings" }, limit: { N: "2" } };

export const put = (attributes: object, more: object = {}): Request => ({
    operation: "PutItem",
    input: { TableName, Item: { ...Key, ...attributes }, ...more },
});
export const get = (more: object = {}): Request => ({
    operation: "GetItem",
    input: { TableName, Key, ConsistentRead: true, ...more },
});
export const update = (UpdateExpression: string | undefined, more: object = {}): Request => ({
    operation: "UpdateItem",
    input: {
        TableName,
        Key,
        ReturnValues: "ALL_NEW",
        ...(UpdateExpression && { UpdateExpression }),
        ...more,
    },
});
export const remove = (more: object = {}): Request => ({
    operation: "DeleteItem",
    input: { TableName, Key, ReturnValues: "ALL_OLD", ...more },
});
export const query = (more: object): Request => ({
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
export const transact = (TransactItems: readonly object[], more: object = {}): Request => ({
    operation: "TransactWriteItems",
    input: { TransactItems, ...more },
});
export const product = (write: object): Request => ({
    operation: "Item" in write ? "PutItem" : "UpdateItem",
    input: { ...write, ...("Item" in write ? {} : { ReturnValues: "ALL_NEW" }) },
});
export const values = (given: object): object => ({ ExpressionAttributeValues: given });
export const when = (ConditionExpression: string, given?: object, names?: object): object => ({
    ConditionExpression,
    ...(given && { ExpressionAttributeValues: given }),
    ...(names && { ExpressionAttributeNames: names }),
});

export const slot = { M: { since: { S: now }, job: { S: "job" }, format: { N: "1" } } };

export const line = (positions: readonly string[]): Request[] =>
    positions.map((position, i) => ({
        operation: "PutItem",
        input: {
            TableName,
            Item: {
                ...Key,
                entry: { S: `job#${i}` },
                linePosition: { S: position },
                n: { N: String(i) },
            },
        },
    }));
export const positions = ["wait#5#b", "wait#5#a", "run#1", "wait#1#c", "open#3", "wait#9#d"];
export const inLine = { IndexName: "line" };
