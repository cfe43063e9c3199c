/** Query: the items of one partition, by a range of sort keys, of the table or of an index. */
import type { QueryInput, QueryOutput } from "@aws-sdk/client-dynamodb";
import type { Engine } from "../engine.ts";
import { validation } from "../errors.ts";
import { bind } from "../expressions.ts";
import { keyConditions, keyRange } from "../key-range.ts";
import type { KeyRange } from "../key-range.ts";
import { admitStartKey, checkFilter, checkLimit, checkSelect, checkStartKey } from "../pages.ts";
import { PAGE_MEMBERS, readPage } from "../pages.ts";
import { checkMembers } from "../requests.ts";
import type { Members } from "../requests.ts";
import type { LocalIndex, Row, Table } from "../table.ts";
import { keyOrder } from "../values.ts";
import type { AttributeValue, Item } from "../values.ts";

const MEMBERS: Members = { ...PAGE_MEMBERS, KeyConditionExpression: "any", ScanIndexForward: "any" };

export function query(engine: Engine, input: QueryInput): QueryOutput {
    checkMembers("Query", input, MEMBERS);
    checkLimit(input.Limit);
    const start = admitStartKey(input.ExclusiveStartKey);
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
    const keyNames = keys.map(({ name }) => name);
    checkStartNames(table, keyNames, start);
    const range = keyRange(conditions, keys, start);
    checkStartKey(table, start);
    checkSelect(input, index);
    checkFilter(table, expressions, keyNames);

    const isForward = input.ScanIndexForward !== false;
    const rows = rowsInRange(table, index, range, start, isForward);
    return readPage(engine, { table, index, rows }, input, expressions);
}

function indexOf(table: Table, name: string | undefined): LocalIndex | undefined {
    if (name === undefined) return undefined;
    const index = table.indexes.find((one) => one.name === name);
    if (!index) throw validation(`The table does not have the specified index: ${name}`);
    return index;
}

/** A start key has the key attributes of the table and of what is queried, and no others. */
function checkStartNames(table: Table, keyNames: readonly string[], start: Item | undefined): void {
    const names = new Set([...table.keys.map(({ name }) => name), ...keyNames]);
    if (start && Object.keys(start).length !== names.size)
        throw validation("The provided starting key is invalid");
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
    const orderOf = index ? (row: Row) => row.indexOrders[at] as string : (row: Row) => row.order;
    const position = start && positionOf(table, index, start);
    const isBeforeStart = (row: Row): boolean =>
        position !== undefined && comesBefore([orderOf(row), row.order], position);
    const isStart = (row: Row): boolean =>
        position !== undefined && orderOf(row) === position[0] && row.order === position[1];
    const rows = isForward
        ? list.ascend((row) => range.isBelow(orderOf(row)) || isBeforeStart(row) || isStart(row))
        : list.descend((row) => !range.isAbove(orderOf(row)) && (!position || isBeforeStart(row)));
    for (const row of rows) {
        if (isForward ? range.isAbove(orderOf(row)) : range.isBelow(orderOf(row))) return;
        yield row;
    }
}

/** Where a key is in the order of a query: by the sort key of what is queried, then by the table's. */
type Position = readonly [string, string];

function positionOf(table: Table, index: LocalIndex | undefined, start: Item): Position {
    const { sortKey } = table.options;
    const order = sortKey ? keyOrder(start[sortKey.name] as AttributeValue) : "";
    return [index ? keyOrder(start[index.sortKey.name] as AttributeValue) : order, order];
}

function comesBefore(a: Position, b: Position): boolean {
    return a[0] === b[0] ? a[1] < b[1] : a[0] < b[0];
}
