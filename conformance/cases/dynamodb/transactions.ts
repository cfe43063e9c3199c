/** TransactWriteItems: all or nothing, its limits, its tokens. */
import { Key, TableName, put, transact, values } from "./form.ts";
import type { Cases } from "./form.ts";

export const check = (ConditionExpression: string, entry = "settings"): object => ({
    ConditionCheck: { TableName, Key: { ...Key, entry: { S: entry } }, ConditionExpression },
});

export const transactions: Cases = {
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
