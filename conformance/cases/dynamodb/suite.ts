/**
 * Random requests by which implementations of DynamoDB are compared, right and wrong, to the operations that the product
 * uses; and the form in which the outcomes are compared. It knows no implementation.
 */
import fc from "fast-check";
import { conditions, keyConditions, projections, updates } from "./expressions.ts";

/** An implementation of the DynamoDB API. */
export interface Implementation {
    readonly name: string;
    /** Calls an operation of the API with the SDK's input: resolves to the output, rejects with the SDK's error. */
    call(operation: string, input: object): Promise<unknown>;
}

/** A request, to be sent to each implementation. */
export interface Request {
    readonly operation: string;
    readonly input: Readonly<Record<string, unknown>>;
}

/** The outcome of a request, ready for comparison: plain JSON, without what may differ. */
export interface Outcome {
    readonly output?: unknown;
    readonly error?: string;
    readonly message?: string;
    /** More of an error: the item that was there, or why a transaction was cancelled. */
    readonly details?: unknown;
}

/** CreateTable's input for the table that the requests are for. */
export const suiteTable = {
    TableName: "turnstile",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
        { AttributeName: "poolName", AttributeType: "S" },
        { AttributeName: "entry", AttributeType: "S" },
        { AttributeName: "linePosition", AttributeType: "S" },
    ],
    KeySchema: [
        { AttributeName: "poolName", KeyType: "HASH" },
        { AttributeName: "entry", KeyType: "RANGE" },
    ],
    LocalSecondaryIndexes: [
        {
            IndexName: "line",
            KeySchema: [
                { AttributeName: "poolName", KeyType: "HASH" },
                { AttributeName: "linePosition", KeyType: "RANGE" },
            ],
            Projection: { ProjectionType: "ALL" },
        },
    ],
} as const;

const TableName = suiteTable.TableName;

export async function outcomeOf(
    implementation: Implementation,
    { operation, input }: Request,
): Promise<Outcome> {
    try {
        return { output: comparable(operation, input, await implementation.call(operation, input)) };
    } catch (error) {
        if (!(error instanceof Error)) throw error;
        const details = detailsOf(error);
        return {
            error: error.name,
            // Where an expression's syntax is wrong, how the place is shown is a matter of the parser.
            message: error.message.replace(/(Syntax error;).*/s, "$1"),
            ...(details !== undefined && { details }),
        };
    }
}

type Value = Readonly<Record<string, unknown>>;
type Attributes = Readonly<Record<string, Value>>;

/** An expression with the names and values that it needs. */
export interface Expression {
    readonly text: string;
    readonly names: Readonly<Record<string, string>>;
    readonly values: Readonly<Record<string, Value>>;
}

export const pools = ["daily", "hourly"];
const entries = ["gate", "job#1", "job#2", "job#3", "settings"];

const numberText = fc.oneof(
    fc.integer({ min: -20, max: 20 }).map(String),
    fc.constantFrom(
        "0.5",
        "1.50",
        "-0.25",
        "1e3",
        "12345678901234567890.5",
        "1E-10",
        "007",
        "-0",
        "1767225600000",
    ),
);
const shortText = fc.constantFrom("a", "ab", "abc", "b", "wait#5", "é", "run");
const scalar: fc.Arbitrary<Value> = fc.oneof(
    { weight: 3, arbitrary: fc.record({ S: shortText }) },
    { weight: 3, arbitrary: fc.record({ N: numberText }) },
    fc.constant({ BOOL: true }),
    fc.constant({ NULL: true }),
    fc.constantFrom({ B: Uint8Array.of(1, 2) }, { B: Uint8Array.of(2, 255) }),
);
const stringSet = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 3 });
const numberSet = fc.uniqueArray(fc.constantFrom("1", "2", "3.5", "-4"), { minLength: 1, maxLength: 3 });
const set: fc.Arbitrary<Value> = fc.oneof(fc.record({ SS: stringSet }), fc.record({ NS: numberSet }));
const list: fc.Arbitrary<Value> = fc.record({ L: fc.array(scalar, { maxLength: 3 }) });
const map: fc.Arbitrary<Value> = fc.record({
    M: fc.dictionary(fc.constantFrom("a", "b", "holder/1/0", "size"), scalar, { maxKeys: 3 }),
});
const position = fc.constantFrom("wait#1#", "wait#5#", "wait#9#", "run#");

/** Values by attribute: an attribute mostly has the same type, as in a real program. */
const valueOf: Readonly<Record<string, fc.Arbitrary<Value>>> = {
    n: fc.record({ N: numberText }),
    k: fc.record({ N: numberText }),
    s: fc.record({ S: shortText }),
    limit: fc.record({ N: numberText }),
    x: scalar,
    tags: set,
    l: list,
    holders: map,
};
const plainNames = ["n", "k", "s", "x", "tags", "l", "holders"];

const key = fc.record({ pool: fc.constantFrom(...pools), entry: fc.constantFrom(...entries) });
export const Key = key.map(({ pool, entry }) => ({ poolName: { S: pool }, entry: { S: entry } }));
const attributes = fc.record(valueOf, { requiredKeys: [] }) as fc.Arbitrary<Attributes>;

/** An item; its position in the line is its own, for nobody promises an order of equal positions. */
export const Item = fc.tuple(key, attributes, fc.option(position)).map(([{ pool, entry }, rest, at]) => ({
    poolName: { S: pool },
    entry: { S: entry },
    ...rest,
    ...(at !== null && { linePosition: { S: at + entry } }),
}));

/** A path, some of it by placeholder. */
const path: fc.Arbitrary<Expression> = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...plainNames).map((name) => raw(name)) },
    fc.constantFrom(...plainNames, "limit").map((name) => named(`#${name}`, { [`#${name}`]: name })),
    fc.constantFrom("a", "b", "size", "holder/1/0").map((name) => named("holders.#h", { "#h": name })),
    fc
        .constantFrom("holders.a", "holders.b", "l[0]", "l[1]", "l[2]", "x.a", "holders[0]", "l.a")
        .map((text) => raw(text)),
);
const topPath: fc.Arbitrary<Expression> = fc.constantFrom(...plainNames).map((name) => raw(name));
const literal = (value: fc.Arbitrary<Value>): fc.Arbitrary<Expression> =>
    value.map((one) => valued(`:${hash(one)}`, { [`:${hash(one)}`]: one }));
const sortable = literal(fc.oneof(fc.record({ S: shortText }), fc.record({ N: numberText })));
const anyScalar = literal(scalar);
const size = path.map((one) => join`size(${one})`);

const predicate: fc.Arbitrary<Expression> = fc.oneof(
    fc.tuple(path, fc.constantFrom("=", "<>"), anyScalar).map(([a, sign, b]) => join`${a} ${raw(sign)} ${b}`),
    fc
        .tuple(path, fc.constantFrom("<", "<=", ">", ">="), sortable)
        .map(([a, sign, b]) => join`${a} ${raw(sign)} ${b}`),
    fc.tuple(sortable, fc.constantFrom("<", "="), path).map(([a, sign, b]) => join`${a} ${raw(sign)} ${b}`),
    fc
        .tuple(size, fc.constantFrom("<", ">=", "="), literal(fc.record({ N: numberText })))
        .map(([a, sign, b]) => join`${a} ${raw(sign)} ${b}`),
    fc
        .constantFrom(
            "attribute_exists(n) AND n < k",
            "attribute_exists(n) AND k >= n",
            "size(holders) < #limit",
        )
        .map((text) => (text.includes("#") ? named(text, { "#limit": "limit" }) : raw(text))),
    fc.tuple(path, sortable, sortable).map(([a, b, c]) => join`${a} BETWEEN ${b} AND ${c}`),
    fc.tuple(path, anyScalar, anyScalar).map(([a, b, c]) => join`${a} in (${b}, ${c})`),
    path.map((one) => join`attribute_exists(${one})`),
    path.map((one) => join`attribute_not_exists(${one})`),
    fc
        .tuple(
            path,
            literal(fc.constantFrom({ S: "N" }, { S: "M" }, { S: "SS" }, { S: "S" }, { S: "Q" }, { N: "1" })),
        )
        .map(([one, type]) => join`attribute_type(${one}, ${type})`),
    fc.tuple(path, sortable).map(([one, prefix]) => join`begins_with(${one}, ${prefix})`),
    fc.tuple(topPath, sortable).map(([one, element]) => join`contains(${one}, ${element})`),
);

export const condition: fc.Arbitrary<Expression> = fc.letrec<{ tree: Expression }>((tie) => ({
    tree: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        { weight: 3, arbitrary: predicate },
        fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => join`${a} AND ${b}`),
        fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => join`${a} or ${b}`),
        tie("tree").map((one) => join`NOT (${one})`),
        tie("tree").map((one) => join`(${one})`),
    ),
})).tree;

/** A path to what is no map or list, mostly. */
const scalarPath: fc.Arbitrary<Expression> = fc
    .constantFrom("n", "k", "s", "x", "tags", "holders.a", "l[0]")
    .map(raw);
const operand: fc.Arbitrary<Expression> = fc.oneof(
    { weight: 3, arbitrary: literal(scalar) },
    scalarPath,
    fc.tuple(scalarPath, literal(scalar)).map(([a, b]) => join`if_not_exists(${a}, ${b})`),
    fc.tuple(path, literal(fc.record({ N: numberText }))).map(([a, b]) => join`${a} + ${b}`),
    fc.tuple(literal(fc.record({ N: numberText })), path).map(([a, b]) => join`${a} - ${b}`),
    fc
        .tuple(path, literal(fc.constant({ N: "1" })), literal(fc.constant({ N: "0" })))
        .map(([a, one, zero]) => join`if_not_exists(${a}, ${zero}) + ${one}`),
    literal(list).map((more) => join`list_append(${raw("l")}, ${more})`),
);
const assignment = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(path, operand).map(([a, b]) => join`${a} = ${b}`) },
    literal(map).map((value) => join`holders = ${value}`),
    literal(list).map((value) => join`l = list_append(${value}, ${value})`),
    position.map((at) => valued("linePosition = :position", { ":position": { S: at } })),
);
const section = fc.oneof(
    {
        weight: 3,
        arbitrary: fc
            .array(assignment, { minLength: 1, maxLength: 2 })
            .map((all) => join`SET ${commas(all)}`),
    },
    fc
        .array(fc.oneof(path, fc.constant(raw("linePosition"))), { minLength: 1, maxLength: 2 })
        .map((all) => join`REMOVE ${commas(all)}`),
    fc.tuple(path, literal(fc.oneof(fc.record({ N: numberText }), set))).map(([a, b]) => join`ADD ${a} ${b}`),
    fc
        .tuple(fc.oneof(topPath, fc.constant(raw("tags"))), literal(set))
        .map(([a, b]) => join`delete ${a} ${b}`),
);
/** One or two sections. */
export const anyUpdate = fc
    .uniqueArray(section, { minLength: 1, maxLength: 2, selector: ({ text }) => text.slice(0, 3) })
    .map((all) => all.reduce((a, b) => join`${a} ${b}`));
/**
 * Elements of the same list are not changed twice, and SET does not meet ADD or DELETE, where some implementations lose track of
 * what is what.
 */
export const update = anyUpdate.filter(
    ({ text }) => (text.match(/l\[/g)?.length ?? 0) < 2 && !(/SET/.test(text) && /ADD|delete/.test(text)),
);

const putRequest = fc
    .tuple(
        Item,
        optional(condition),
        fc.constantFrom("ALL_OLD", "ALL_OLD", "NONE", undefined, undefined, "ALL_NEW"),
    )
    .map(([item, when, ReturnValues]) =>
        request("PutItem", { Item: item, ReturnValues }, { ConditionExpression: when }),
    );
const deleteRequest = fc
    .tuple(Key, optional(condition), fc.constantFrom("ALL_OLD", "NONE", undefined))
    .map(([one, when, ReturnValues]) =>
        request("DeleteItem", { Key: one, ReturnValues }, { ConditionExpression: when }),
    );
const updateRequest = fc
    .tuple(
        Key,
        update,
        optional(condition),
        fc.constantFrom("ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW", "NONE", undefined),
    )
    .map(([one, what, when, ReturnValues]) =>
        request(
            "UpdateItem",
            { Key: one, ReturnValues },
            { UpdateExpression: ownPlace(what, one.entry.S), ConditionExpression: when },
        ),
    );
const badRequest = fc.oneof(
    fc
        .tuple(Key, fc.constantFrom(...conditions))
        .map(([one, text]) => wrong("DeleteItem", { Key: one, ConditionExpression: text }, text)),
    fc
        .tuple(Key, fc.constantFrom(...updates), fc.constantFrom({ N: "1" }, { S: "a" }))
        .map(([one, text, value]) => wrong("UpdateItem", { Key: one, UpdateExpression: text }, text, value)),
    fc
        .tuple(Key, fc.constantFrom(...projections))
        .map(([one, text]) => wrong("GetItem", { Key: one, ProjectionExpression: text }, text)),
    fc.constantFrom(...conditions).map((text) => wrong("Query", { KeyConditionExpression: text }, text)),
    fc
        .constantFrom(...keyConditions)
        .map((text) => wrong("Query", { KeyConditionExpression: text }, text, { S: "daily" })),
    fc.constantFrom<Request>(
        { operation: "GetItem", input: { TableName, Key: { poolName: { S: "daily" } } } },
        { operation: "GetItem", input: { TableName, Key: { poolName: { S: "daily" }, entry: { N: "1" } } } },
        {
            operation: "GetItem",
            input: { TableName, Key: { poolName: { S: "daily" }, linePosition: { S: "1" } } },
        },
        {
            operation: "GetItem",
            input: { TableName: "missing", Key: { poolName: { S: "daily" }, entry: { S: "1" } } },
        },
        { operation: "PutItem", input: { TableName, Item: { poolName: { S: "daily" } } } },
        { operation: "PutItem", input: { TableName, Item: { poolName: { S: "daily" }, entry: { N: "1" } } } },
        {
            operation: "PutItem",
            input: {
                TableName,
                Item: { poolName: { S: "daily" }, entry: { S: "1" }, linePosition: { N: "1" } },
            },
        },
        {
            operation: "PutItem",
            input: { TableName, Item: { poolName: { S: "d".repeat(2049) }, entry: { S: "1" } } },
        },
        {
            operation: "PutItem",
            input: { TableName, Item: { poolName: { S: "d" }, entry: { S: "1".repeat(1025) } } },
        },
        ...(
            [
                { N: "one" },
                { N: "1e126" },
                { N: "1e-131" },
                { N: "1".repeat(39) },
                { SS: [] },
                { SS: ["a", "a"] },
                { NS: ["1", "1.0"] },
                { L: [{ N: "" }] },
            ] as Value[]
        ).map((x) => ({
            operation: "PutItem",
            input: { TableName, Item: { poolName: { S: "daily" }, entry: { S: "bad" }, x } },
        })),
    ),
);

const projection = fc
    .uniqueArray(fc.constantFrom("entry", "n", "s", "holders.a", "holders.b", "l[1]", "l[0]", "tags"), {
        minLength: 1,
        maxLength: 4,
    })
    .map((all) => raw(all.join(", ")));
const getRequest = fc
    .tuple(Key, fc.option(projection), fc.boolean())
    .map(([one, parts, ConsistentRead]) =>
        request("GetItem", { Key: one, ConsistentRead }, { ProjectionExpression: parts }),
    );

/** A condition on the key that a query goes by. */
const sortCondition = (attribute: string, texts: fc.Arbitrary<string>): fc.Arbitrary<Expression> =>
    fc.oneof(
        fc
            .tuple(fc.constantFrom("=", "<", "<=", ">", ">="), texts)
            .map(([sign, text]) => valued(`${attribute} ${sign} :from`, { ":from": { S: text } })),
        texts.map((text) => valued(`begins_with(${attribute}, :from)`, { ":from": { S: text } })),
        fc.tuple(texts, texts).map(([a, b]) => {
            const [from = "", to = ""] = [a, b].sort();
            return valued(`${attribute} BETWEEN :from AND :to`, { ":from": { S: from }, ":to": { S: to } });
        }),
    );
const queryRequest = fc.boolean().chain((isIndex) =>
    fc
        .tuple(
            fc.constantFrom(...pools, "none"),
            fc.option(
                isIndex
                    ? sortCondition(
                          "linePosition",
                          fc.constantFrom("wait#", "wait#5#", "wait#5#job#2", "run#", "z"),
                      )
                    : sortCondition("entry", fc.constantFrom(...entries, "job#", "a", "z")),
            ),
            optional(condition),
            optional(projection),
            optional(fc.integer({ min: 1, max: 4 })),
            fc.boolean(),
            fc.boolean(),
            optional(fc.constantFrom(...entries)),
        )
        .map(([pool, sort, filter, parts, Limit, ScanIndexForward, isCount, start]) => {
            const whole = valued("poolName = :p", { ":p": { S: pool } });
            const startKey = start === null ? undefined : startKeyOf(pool, start, isIndex);
            return request(
                "Query",
                {
                    ...(isIndex && { IndexName: "line" }),
                    ScanIndexForward,
                    ConsistentRead: true,
                    ...(Limit !== null && { Limit }),
                    ...(startKey && { ExclusiveStartKey: startKey }),
                    ...(isCount && !parts && { Select: "COUNT" }),
                },
                {
                    KeyConditionExpression: sort ? join`${whole} AND ${sort}` : whole,
                    FilterExpression: filter,
                    ProjectionExpression: parts,
                },
            );
        }),
);
const scanRequest = optional(condition).map((filter) => request("Scan", {}, { FilterExpression: filter }));
const batchGetRequest = fc
    .uniqueArray(Key, { minLength: 1, maxLength: 5, selector: (one) => JSON.stringify(one) })
    .map((Keys) => ({ operation: "BatchGetItem", input: { RequestItems: { [TableName]: { Keys } } } }));
const batchWriteRequest = fc
    .uniqueArray(Item, {
        minLength: 1,
        maxLength: 4,
        selector: ({ poolName, entry }) => JSON.stringify([poolName, entry]),
    })
    .map((items) => items.map((one, i) => (i === 1 ? deletion(one) : { PutRequest: { Item: one } })))
    .map((requests) => ({ operation: "BatchWriteItem", input: { RequestItems: { [TableName]: requests } } }));

export const anyRequest = fc.oneof(
    { weight: 2, arbitrary: putRequest },
    { weight: 12, arbitrary: updateRequest },
    { weight: 2, arbitrary: deleteRequest },
    { weight: 2, arbitrary: getRequest },
    { weight: 6, arbitrary: queryRequest },
    { weight: 1, arbitrary: scanRequest },
    { weight: 1, arbitrary: batchGetRequest },
    { weight: 1, arbitrary: batchWriteRequest },
    { weight: 6, arbitrary: badRequest },
);

/** Requests in a row for an empty table: some items first, then anything. */
export const requests: fc.Arbitrary<Request[]> = fc
    .tuple(
        fc.array(Item, { minLength: 4, maxLength: 8 }),
        fc.array(anyRequest, { minLength: 5, maxLength: 40, size: "max" }),
    )
    .map(([items, rest]) => [...items.map((one) => request("PutItem", { Item: one }, {})), ...rest]);

/** Mostly absent. */
function optional<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
    return fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

/** A position in the line is the item's own, for nobody promises an order of equal positions. */
export function ownPlace(expression: Expression, entry: string): Expression {
    const at = expression.values[":position"];
    if (!at) return expression;
    return {
        ...expression,
        values: { ...expression.values, ":position": { S: `${String(at["S"])}${entry}` } },
    };
}

function deletion({ poolName, entry }: { poolName: Value; entry: Value }): object {
    return { DeleteRequest: { Key: { poolName, entry } } };
}

function startKeyOf(pool: string, entry: string, isIndex: boolean): Attributes {
    return {
        poolName: { S: pool },
        entry: { S: entry },
        ...(isIndex && { linePosition: { S: `wait#5#${entry}` } }),
    };
}

/** A request with its expressions and exactly the names and values that they need. */
export function request(
    operation: string,
    input: Readonly<Record<string, unknown>>,
    expressions: Readonly<Record<string, Expression | null>>,
): Request {
    const given = Object.entries(expressions).filter(
        (entry): entry is [string, Expression] => entry[1] !== null,
    );
    const names = Object.assign({}, ...given.map(([, { names }]) => names)) as Record<string, string>;
    const values = Object.assign({}, ...given.map(([, { values }]) => values)) as Record<string, Value>;
    return {
        operation,
        input: {
            TableName,
            ...input,
            ...Object.fromEntries(given.map(([name, { text }]) => [name, text])),
            ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }),
            ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
        },
    };
}

/** A request with a wrong expression, which may use `:v`. */
function wrong(
    operation: string,
    input: Readonly<Record<string, unknown>>,
    text: string,
    value: Value = { N: "1" },
): Request {
    const values = text.includes(":v") ? { ExpressionAttributeValues: { ":v": value } } : {};
    return { operation, input: { TableName, ...input, ...values } };
}

function raw(text: string): Expression {
    return { text, names: {}, values: {} };
}

function named(text: string, names: Readonly<Record<string, string>>): Expression {
    return { text, names, values: {} };
}

function valued(text: string, values: Readonly<Record<string, Value>>): Expression {
    return { text, names: {}, values };
}

function join(strings: TemplateStringsArray, ...parts: readonly Expression[]): Expression {
    return {
        text: strings.reduce((text, string, i) => text + string + (parts[i]?.text ?? ""), ""),
        names: Object.assign({}, ...parts.map(({ names }) => names)) as Expression["names"],
        values: Object.assign({}, ...parts.map(({ values }) => values)) as Expression["values"],
    };
}

function commas(parts: readonly Expression[]): Expression {
    return parts.reduce((a, b) => join`${a}, ${b}`);
}

/** A placeholder's name from its value, so that equal values share one and others do not clash. */
function hash(value: Value): string {
    const text = JSON.stringify(value, (_, part: unknown) => (part instanceof Uint8Array ? [...part] : part));
    let sum = 7;
    for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 0xffffff;
    return `v${sum.toString(36)}`;
}

/** The embedded services keep an error's members in `details`, the SDK on the error itself. */
function detailsOf(error: Error & { details?: object }): unknown {
    const { Item, CancellationReasons } = { ...error, ...error.details } as Record<string, unknown>;
    if (Item === undefined && CancellationReasons === undefined) return undefined;
    return plainValue({ Item, CancellationReasons });
}

/** An output without what may differ: capacity that was not asked for, the order of scans, of sets and of batches, empty results. */
function comparable(operation: string, input: Request["input"], output: unknown): unknown {
    const { $metadata: _, ConsumedCapacity, ...rest } = output as Record<string, unknown>;
    const isAsked = input["ReturnConsumedCapacity"] !== undefined;
    const plain = plainValue(isAsked ? { ...rest, ConsumedCapacity } : rest) as Record<string, unknown>;
    if (Object.keys(plain.Attributes ?? {}).length === 0) delete plain.Attributes;
    if (operation === "Scan") plain.Items = sorted(plain.Items);
    if (operation === "BatchGetItem") {
        plain.Responses = Object.fromEntries(
            Object.entries(plain.Responses as object).map(([name, items]) => [name, sorted(items)]),
        );
    }
    return plain;
}

function sorted(list: unknown): unknown {
    return (list as unknown[]).map((one) => JSON.stringify(one)).sort();
}

export function plainValue(value: unknown): unknown {
    if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
    if (Array.isArray(value)) return value.map(plainValue);
    if (typeof value !== "object" || value === null) return value;
    const names = Object.keys(value).sort();
    return Object.fromEntries(
        names.flatMap((name) => {
            const part = plainValue((value as Record<string, unknown>)[name]);
            if (part === undefined) return [];
            return [[name, name === "SS" || name === "NS" ? (part as string[]).sort() : part]];
        }),
    );
}
