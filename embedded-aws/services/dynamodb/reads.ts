/** GetItem, Query and Scan. */
import type {
    GetItemInput,
    GetItemOutput,
    QueryInput,
    QueryOutput,
    ScanInput,
    ScanOutput,
} from "@aws-sdk/client-dynamodb";
import { AwsError, UnsupportedError } from "../../service.ts";
import { readUnits, Units } from "./capacity.ts";
import { evaluate } from "./condition.ts";
import type { Engine } from "./engine.ts";
import { invalidParameter, validation } from "./errors.ts";
import { bind, type Expressions } from "./expressions.ts";
import { keyConditions, keyRange, type KeyRange } from "./key-range.ts";
import { headOf } from "./paths.ts";
import { project } from "./projection.ts";
import { checkMembers, choices, constraint, constraints, type Members } from "./requests.ts";
import { pick, type LocalIndex, type Row, type Table } from "./table.ts";
import { admitItem, itemSize, keyOrder, type AttributeValue, type Item } from "./values.ts";

const maxPageBytes = 1024 * 1024;

const getMembers: Members = {
    TableName: "required",
    Key: "required",
    ConsistentRead: "any",
    ProjectionExpression: "any",
    ExpressionAttributeNames: "any",
    ReturnConsumedCapacity: choices.consumedCapacity,
};
const pageMembers: Members = {
    TableName: "required",
    IndexName: "any",
    ConsistentRead: "any",
    ExclusiveStartKey: "any",
    ExpressionAttributeNames: "any",
    ExpressionAttributeValues: "any",
    FilterExpression: "any",
    Limit: "any",
    ProjectionExpression: "any",
    ReturnConsumedCapacity: choices.consumedCapacity,
    Select: choices.select,
};
const queryMembers: Members = { ...pageMembers, KeyConditionExpression: "any", ScanIndexForward: "any" };

export function getItem(engine: Engine, input: GetItemInput): GetItemOutput {
    checkMembers("GetItem", input, getMembers);
    const key = admitItem(input.Key);
    const { projection } = bind(input, ["ProjectionExpression"]);
    const table = engine.table(input.TableName as string);
    table.checkKey(key);
    const row = table.find(key);
    const units = new Units();
    units.table = readUnits(row?.size ?? 0, input.ConsistentRead === true);
    engine.countRead(units);
    const consumed = units.report(table.name, input.ReturnConsumedCapacity);
    return {
        ...(row && { Item: projection ? project(row.item, projection) : row.item }),
        ...(consumed && { ConsumedCapacity: consumed }),
    } as GetItemOutput;
}

export function query(engine: Engine, input: QueryInput): QueryOutput {
    checkMembers("Query", input, queryMembers);
    checkLimit(input.Limit);
    const start = input.ExclusiveStartKey && admitStart(input.ExclusiveStartKey);
    if (input.KeyConditionExpression === undefined) {
        throw validation(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
        );
    }
    const expressions = bind(input, ["ProjectionExpression", "FilterExpression", "KeyConditionExpression"]);
    const conditions = keyConditions(expressions);
    const table = engine.table(input.TableName as string);
    const index = indexOf(table, input.IndexName);
    const keys = index ? [table.options.partitionKey, index.sortKey] : table.keys;
    const startNames = new Set([...table.keys, ...keys].map(({ name }) => name));
    if (start && Object.keys(start).length !== startNames.size)
        throw validation("The provided starting key is invalid");
    const range = keyRange(conditions, keys, start);
    if (start) checkTableKey(table, start);
    checkSelect(input, index);
    checkFilter(
        table,
        expressions,
        keys.map(({ name }) => name),
    );
    const isForward = input.ScanIndexForward !== false;
    return readPage(
        engine,
        table,
        index,
        input,
        expressions,
        rowsInRange(table, index, range, start, isForward),
    );
}

export function scan(engine: Engine, input: ScanInput): ScanOutput {
    checkMembers("Scan", input, pageMembers);
    if (input.IndexName !== undefined)
        throw new UnsupportedError("dynamodb Scan: IndexName is not supported");
    checkLimit(input.Limit);
    const start = input.ExclusiveStartKey && admitStart(input.ExclusiveStartKey);
    const expressions = bind(input, ["ProjectionExpression", "FilterExpression"]);
    const table = engine.table(input.TableName as string);
    if (start) checkTableKey(table, start);
    checkSelect(input, undefined);
    checkFilter(table, expressions, []);
    return readPage(engine, table, undefined, input, expressions, allRows(table, start));
}

/** Reads rows until the page is full: the limit of rows, or a MiB of them. */
function readPage(
    engine: Engine,
    table: Table,
    index: LocalIndex | undefined,
    input: QueryInput | ScanInput,
    { filter, bindings, projection }: Expressions,
    rows: Iterable<Row>,
): QueryOutput {
    const view = viewOf(
        table,
        index,
        input,
        projection?.map(([head]) => head as string),
    );
    const items: Item[] = [];
    let last: Row | undefined;
    let isFull = false;
    let scanned = 0;
    let count = 0;
    let bytes = 0;
    let fetchedUnits = 0;
    for (const row of rows) {
        last = row;
        scanned++;
        const item = view.itemOf(row);
        bytes += view.projected ? itemSize(pick(row.item, view.projected)) : row.size;
        if (view.isFetched) fetchedUnits += readUnits(row.size, input.ConsistentRead === true);
        if (!filter || evaluate(filter.root, item, bindings)) {
            count++;
            if (input.Select !== "COUNT") items.push(projection ? project(item, projection) : item);
        }
        isFull = scanned === input.Limit || bytes >= maxPageBytes;
        if (isFull) break;
    }
    const units = new Units();
    const read = readUnits(bytes, input.ConsistentRead === true);
    if (index) units.addIndex(index.name, read);
    else units.table = read;
    units.table += fetchedUnits;
    engine.countRead(units);
    const consumed = units.report(table.name, input.ReturnConsumedCapacity);
    return {
        ...(input.Select !== "COUNT" && { Items: items }),
        Count: count,
        ScannedCount: scanned,
        ...(isFull && last && { LastEvaluatedKey: startKeyOf(table, index, last.item) }),
        ...(consumed && { ConsumedCapacity: consumed }),
    } as QueryOutput;
}

/** What a query of an index sees of an item: what the index has, or all of it, fetched from the table at a cost. */
interface View {
    readonly projected: readonly string[] | undefined;
    readonly isFetched: boolean;
    readonly itemOf: (row: Row) => Item;
}

function viewOf(
    table: Table,
    index: LocalIndex | undefined,
    input: QueryInput | ScanInput,
    wanted: readonly string[] | undefined,
): View {
    const projected = index && table.projections[table.indexes.indexOf(index)];
    const isFetched =
        projected !== undefined &&
        (input.Select === "ALL_ATTRIBUTES" || wanted?.some((name) => !projected.includes(name)) === true);
    return {
        projected,
        isFetched,
        itemOf: projected && !isFetched ? ({ item }) => pick(item, projected) : ({ item }) => item,
    };
}

/** The rows in the order of the query, from behind the start key. */
function* rowsInRange(
    table: Table,
    index: LocalIndex | undefined,
    range: KeyRange,
    start: Item | undefined,
    isForward: boolean,
): Generator<Row> {
    const partition = table.partition(keyOrder(range.partition));
    if (!partition) return;
    const at = index ? table.indexes.indexOf(index) : -1;
    const list = index ? (partition.indexes[at] as (typeof partition.indexes)[number]) : partition.sorted;
    const orderOf = index ? (row: Row) => row.places[at] as string : (row: Row) => row.order;
    const startOrder = start && placeOf(table, index, start);
    const isBeforeStart = (row: Row): boolean =>
        startOrder !== undefined && comesBefore([orderOf(row), row.order], startOrder);
    const isStart = (row: Row): boolean =>
        startOrder !== undefined && orderOf(row) === startOrder[0] && row.order === startOrder[1];
    const rows = isForward
        ? list.ascend((row) => range.isBelow(orderOf(row)) || isBeforeStart(row) || isStart(row))
        : list.descend((row) => !range.isAbove(orderOf(row)) && (!startOrder || isBeforeStart(row)));
    for (const row of rows) {
        if (isForward ? range.isAbove(orderOf(row)) : range.isBelow(orderOf(row))) return;
        yield row;
    }
}

function* allRows(table: Table, start: Item | undefined): Generator<Row> {
    const { partitionKey, sortKey } = table.options;
    const from = start && keyOrder(start[partitionKey.name] as AttributeValue);
    const after = start && (sortKey ? keyOrder(start[sortKey.name] as AttributeValue) : "");
    for (const { order, sorted } of table.allPartitions()) {
        if (from !== undefined && order < from) continue;
        yield* sorted.ascend((row) => order === from && after !== undefined && row.order <= after);
    }
}

/** The sortable keys of a start key: the one queried by, then the table's. */
function placeOf(table: Table, index: LocalIndex | undefined, start: Item): readonly [string, string] {
    const { sortKey } = table.options;
    const order = sortKey ? keyOrder(start[sortKey.name] as AttributeValue) : "";
    return [index ? keyOrder(start[index.sortKey.name] as AttributeValue) : order, order];
}

function comesBefore(a: readonly [string, string], b: readonly [string, string]): boolean {
    return a[0] === b[0] ? a[1] < b[1] : a[0] < b[0];
}

function startKeyOf(table: Table, index: LocalIndex | undefined, item: Item): Item {
    return pick(item, [...table.keys.map(({ name }) => name), ...(index ? [index.sortKey.name] : [])]);
}

function indexOf(table: Table, name: string | undefined): LocalIndex | undefined {
    if (name === undefined) return undefined;
    const index = table.indexes.find((one) => one.name === name);
    if (!index) throw validation(`The table does not have the specified index: ${name}`);
    return index;
}

function admitStart(start: object): Item {
    return asStart(() => admitItem(start));
}

/** The start key of an index holds the table's key, too. */
function checkTableKey(table: Table, start: Item): void {
    asStart(() =>
        table.checkKey(
            pick(
                start,
                table.keys.map(({ name }) => name),
            ),
        ),
    );
}

function asStart<T>(check: () => T): T {
    try {
        return check();
    } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        throw new AwsError(error.name, `The provided starting key is invalid: ${error.message}`);
    }
}

function checkLimit(limit: number | undefined): void {
    if (limit === undefined || limit >= 1) return;
    throw constraints([constraint(limit, "Limit", "have value greater than or equal to 1")]);
}

function checkSelect(input: QueryInput | ScanInput, index: LocalIndex | undefined): void {
    const { Select: select, ProjectionExpression: projection } = input;
    if (select === "SPECIFIC_ATTRIBUTES" && projection === undefined) {
        throw invalidParameter(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
        );
    }
    if (select === "ALL_PROJECTED_ATTRIBUTES" && !index) {
        throw invalidParameter("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
    }
    if (projection === undefined || select === undefined || select === "SPECIFIC_ATTRIBUTES") return;
    const what = select === "COUNT" ? "only the COUNT" : select;
    throw validation(`Cannot specify the ProjectionExpression when choosing to get ${what}`);
}

/** A filter is for what the key condition cannot say: no key attributes in it. */
function checkFilter(
    table: Table,
    { filter, projection, bindings }: Expressions,
    keys: readonly string[],
): void {
    if (projection) table.checkKeyPaths(projection, bindings);
    if (!filter) return;
    for (const path of filter.paths) {
        const head = headOf(path, bindings);
        if (!keys.includes(head)) continue;
        throw validation(
            `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${head}`,
        );
    }
    table.checkKeyPaths(filter.paths, bindings);
}
