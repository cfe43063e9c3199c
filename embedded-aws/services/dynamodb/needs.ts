/** What a role needs to be allowed for the operations of DynamoDB (Service Authorization Reference). */
import { READ, remembering, text } from "../../authorization/needs.ts";
import { arnIn } from "../../location.ts";
import type { Context, KeyUse, Need, Needs, NeedsOf, World } from "../../service.ts";
import { Table } from "./table.ts";

/** Expressions whose comparisons are remembered. */
const MAX_EXPRESSIONS = 1_000;

type Input = Readonly<Record<string, unknown>>;

export const NEEDS: Needs = {
    GetItem: item("GetItem", "Key"),
    PutItem: item("PutItem", "Item"),
    UpdateItem: item("UpdateItem", "Key"),
    DeleteItem: item("DeleteItem", "Key"),
    Query: (input, world) => search("Query", input, world),
    Scan: (input, world) => search("Scan", input, world),
    BatchGetItem: (input, world) => batch("BatchGetItem", input, world),
    BatchWriteItem: (input, world) => batch("BatchWriteItem", input, world),
    TransactWriteItems: transaction,
    DescribeTable: ({ TableName }, world) => ({
        action: "dynamodb:DescribeTable",
        resource: tableArn(world, TableName),
    }),
};

function item(operation: string, keyMember: string): NeedsOf {
    const action = `dynamodb:${operation}`;
    return (input, world) => {
        const resource = tableArn(world, input["TableName"]);
        return {
            action,
            resource,
            context: () => {
                const keys = leadingKeys(world, resource, [input[keyMember]]);
                const { ReturnValues } = input;
                if (ReturnValues === undefined) return keys;
                return { ...keys, "dynamodb:ReturnValues": text(ReturnValues) };
            },
            key: keyOfTable(resource),
        };
    };
}

/** A query of an index is checked on the index alone. */
function search(operation: string, input: Input, world: World): Need {
    const { IndexName, Select } = input;
    const table = tableArn(world, input["TableName"]);
    return {
        action: `dynamodb:${operation}`,
        resource: IndexName === undefined ? table : `${table}/index/${text(IndexName)}`,
        context: () => ({
            ...(operation === "Query" && queriedKey(world, table, input)),
            ...(Select !== undefined && { "dynamodb:Select": text(Select) }),
        }),
        key: keyOfTable(table),
    };
}

function batch(operation: string, { RequestItems }: Input, world: World): Need[] {
    return Object.entries((RequestItems ?? {}) as Record<string, unknown>).map(([name, requests]) => {
        const resource = tableArn(world, name);
        const items = Array.isArray(requests)
            ? (requests as { PutRequest?: { Item: unknown }; DeleteRequest?: { Key: unknown } }[]).map(
                  ({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key,
              )
            : ((requests as { Keys?: unknown[] }).Keys ?? []);
        return {
            action: `dynamodb:${operation}`,
            resource,
            context: () => leadingKeys(world, resource, items),
            key: keyOfTable(resource),
        };
    });
}

/** "DynamoDB transactions: IAM": each item needs what it would need alone, and a check has an action of its own. */
function transaction({ TransactItems }: Input, world: World): Need[] {
    const actions = {
        Put: "dynamodb:PutItem",
        Update: "dynamodb:UpdateItem",
        Delete: "dynamodb:DeleteItem",
        ConditionCheck: "dynamodb:ConditionCheckItem",
    };
    return ((TransactItems ?? []) as Partial<Record<keyof typeof actions, Input>>[]).flatMap((entry) =>
        (Object.keys(actions) as (keyof typeof actions)[]).flatMap((kind) => {
            const part = entry[kind];
            if (!part) return [];
            const resource = tableArn(world, part["TableName"]);
            return {
                action: actions[kind],
                resource,
                context: () => ({
                    ...leadingKeys(world, resource, [part["Key"] ?? part["Item"]]),
                    "dynamodb:EnclosingOperation": "TransactWriteItems",
                }),
                key: keyOfTable(resource),
            };
        }),
    );
}

function tableArn(world: World, name: unknown): string {
    return tableArnOf(world, text(name));
}

const tableArnOf = remembering((world: World, name) =>
    name.startsWith("arn:") ? name : arnIn(world, "dynamodb", `table/${name}`),
);

function keyOfTable(of: string): KeyUse {
    return { of, through: "dynamodb", actions: READ };
}

/** The partition keys that a request names. */
function leadingKeys(world: World, table: string, items: readonly unknown[]): Context {
    const found = world.find(table);
    if (!(found instanceof Table)) return {};
    const { name } = found.options.partitionKey;
    const values: string[] = [];
    for (const item of items) {
        const value = (item as Record<string, Record<string, unknown>> | undefined)?.[name];
        const key = value && textOf(value);
        if (key !== undefined && !values.includes(key)) values.push(key);
    }
    return { "dynamodb:LeadingKeys": values };
}

/** The partition key that a query asks for: the one attribute that is compared with `=` and is the table's. */
function queriedKey(world: World, table: string, input: Input): Context {
    const found = world.find(table);
    if (!(found instanceof Table)) return {};
    const names = (input["ExpressionAttributeNames"] ?? {}) as Record<string, string>;
    const values = (input["ExpressionAttributeValues"] ?? {}) as Record<string, Record<string, unknown>>;
    const expression = text(input["KeyConditionExpression"] ?? "");
    for (const [name, placeholder] of comparisonsIn(expression)) {
        const value = values[placeholder];
        if ((names[name] ?? name) === found.keys[0]?.name && value) {
            return { "dynamodb:LeadingKeys": [textOf(value)] };
        }
    }
    return {};
}

type Comparison = readonly [name: string, placeholder: string];

const comparisons = new Map<string, readonly Comparison[]>();

/** What an expression compares with `=`. The same few expressions come again and again. */
function comparisonsIn(expression: string): readonly Comparison[] {
    let found = comparisons.get(expression);
    if (!found) {
        if (comparisons.size >= MAX_EXPRESSIONS) comparisons.clear();
        const matches = expression.matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g);
        found = Array.from(matches, ([, name = "", placeholder = ""]): Comparison => [name, placeholder]);
        comparisons.set(expression, found);
    }
    return found;
}

/** The value of a key attribute as IAM compares it. */
function textOf(attribute: Readonly<Record<string, unknown>>): string {
    const [value] = Object.values(attribute);
    return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : text(value);
}
