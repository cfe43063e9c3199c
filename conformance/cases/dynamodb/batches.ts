/** BatchGetItem and BatchWriteItem: what they find and write, and which of them are refused. */
import { Key, TableName, line, positions, slot } from "./form.ts";
import type { Cases } from "./form.ts";
import type { Request } from "./suite.ts";

const entry = (name: string): object => ({ ...Key, entry: { S: name } });
const read = (Keys: readonly object[], more: object = {}): Request => ({
    operation: "BatchGetItem",
    input: { RequestItems: { [TableName]: { Keys, ...more } } },
});
const write = (...requests: readonly object[]): Request => ({
    operation: "BatchWriteItem",
    input: { RequestItems: { [TableName]: requests } },
});
const putting = (Item: object): object => ({ PutRequest: { Item } });
const deleting = (one: object): object => ({ DeleteRequest: { Key: one } });
const many = (count: number): readonly object[] => Array.from({ length: count }, (_, i) => entry(`job#${i}`));

export const batches: Cases = {
    "get some of them": [
        ...line(positions),
        read([entry("job#0"), entry("job#9"), entry("job#1")], { ConsistentRead: true }),
    ],
    "get parts of them": [
        write(putting({ ...entry("job#0"), holders: { M: { a: slot } } })),
        read([entry("job#0")], {
            ProjectionExpression: "holders.#a.since",
            ExpressionAttributeNames: { "#a": "a" },
        }),
        read([entry("job#0")], { ProjectionExpression: "#missing" }),
    ],
    "get one twice": [read([entry("job#0"), entry("job#0")])],
    "get none": [read([])],
    "get a hundred": [read(many(100))],
    "get a hundred and one": [read(many(101))],
    "get by a wrong key": [read([{ poolName: { S: "daily" } }])],
    "get of no table": [
        { operation: "BatchGetItem", input: { RequestItems: {} } },
        { operation: "BatchGetItem", input: { RequestItems: { missing: { Keys: [Key] } } } },
    ],
    "write and delete": [
        ...line(positions),
        write(
            putting({ ...entry("job#0"), n: { N: "7" } }),
            deleting(entry("job#1")),
            deleting(entry("job#9")),
        ),
    ],
    "write one twice": [write(putting(entry("job#0")), putting(entry("job#0")))],
    "write and delete the same": [write(putting(entry("job#0")), deleting(entry("job#0")))],
    "write none": [write()],
    "write 25": [write(...many(25).map(putting))],
    "write 26": [write(...many(26).map(putting))],
    "write by a wrong key": [
        write(putting({ poolName: { S: "daily" } })),
        write(deleting({ poolName: { S: "daily" } })),
        write(putting({ ...Key, linePosition: { N: "1" } })),
    ],
    "write nothing at all": [write({})],
    "write to no table": [
        { operation: "BatchWriteItem", input: { RequestItems: {} } },
        { operation: "BatchWriteItem", input: { RequestItems: { missing: [putting(Key)] } } },
    ],
};
