/** What Query and Scan have in common: each reads rows in some order, a page at a time. */
import type { QueryInput, QueryOutput, ScanInput } from "@aws-sdk/client-dynamodb";
import { AwsError } from "../../service.ts";
import { readUnits, Units } from "./capacity.ts";
import { evaluate } from "./condition.ts";
import type { Engine } from "./engine.ts";
import { invalidParameter, validation } from "./errors.ts";
import type { Expressions } from "./expressions.ts";
import { project } from "./projection.ts";
import { CHOICES, constraint, constraints } from "./requests.ts";
import type { Members } from "./requests.ts";
import { pick } from "./table.ts";
import type { LocalIndex, Row, Table } from "./table.ts";
import { admitItem, itemSize } from "./values.ts";
import type { Item } from "./values.ts";

const MAX_PAGE_BYTES = 1024 * 1024;

/** The members that both understand. */
export const PAGE_MEMBERS: Members = {
    TableName: "required",
    IndexName: "any",
    ConsistentRead: "any",
    ExclusiveStartKey: "any",
    ExpressionAttributeNames: "any",
    ExpressionAttributeValues: "any",
    FilterExpression: "any",
    Limit: "any",
    ProjectionExpression: "any",
    ReturnConsumedCapacity: CHOICES.consumedCapacity,
    Select: CHOICES.select,
};

/** Where a page is read: a table or an index of it, and its rows from behind the start key. */
export interface Source {
    readonly table: Table;
    readonly index: LocalIndex | undefined;
    readonly rows: Iterable<Row>;
}

export function checkLimit(limit: number | undefined): void {
    if (limit === undefined || limit >= 1) return;
    throw constraints([constraint(limit, "Limit", "have value greater than or equal to 1")]);
}

export function admitStartKey(start: object | undefined): Item | undefined {
    return start && asStartKey(() => admitItem(start));
}

/** The start key of an index holds the table's key, too. */
export function checkStartKey(table: Table, start: Item | undefined): void {
    if (!start) return;
    const names = table.keys.map(({ name }) => name);
    asStartKey(() => table.checkKey(pick(start, names)));
}

export function checkSelect(input: QueryInput | ScanInput, index: LocalIndex | undefined): void {
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

/** A filter is for what the key condition cannot say: it may not contain these key attributes. */
export function checkFilter(
    table: Table,
    { filter, projection, bindings }: Expressions,
    keys: readonly string[],
): void {
    if (projection) table.checkKeyPaths(projection, bindings);
    if (!filter) return;
    for (const path of filter.paths) {
        const head = bindings.headOf(path);
        if (!keys.includes(head)) continue;
        throw validation(
            `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${head}`,
        );
    }
    table.checkKeyPaths(filter.paths, bindings);
}

/** Reads rows until the page is full: the limit of rows, or a MiB of them. */
export function readPage(
    engine: Engine,
    source: Source,
    input: QueryInput | ScanInput,
    expressions: Expressions,
): QueryOutput {
    const { table, index } = source;
    const page = collect(source.rows, viewOf(source, input, expressions), input, expressions);
    const units = new Units();
    if (index) units.addIndex(index.name, readUnits(page.bytes, isConsistent(input)));
    else units.table = readUnits(page.bytes, isConsistent(input));
    units.table += page.fetchedUnits;
    engine.countRead(table, units);
    const consumed = units.report(table.name, input.ReturnConsumedCapacity);
    return {
        ...(input.Select !== "COUNT" && { Items: page.items }),
        Count: page.count,
        ScannedCount: page.scanned,
        ...(page.last && { LastEvaluatedKey: startKeyAfter(page.last, table, index) }),
        ...(consumed && { ConsumedCapacity: consumed }),
    } as QueryOutput;
}

interface Page {
    /** Empty if only their number is wanted. */
    readonly items: readonly Item[];
    readonly count: number;
    readonly scanned: number;
    readonly bytes: number;
    /** Read units for what the index does not have. */
    readonly fetchedUnits: number;
    /** The last row of a full page; undefined if no rows are left. */
    readonly last: Row | undefined;
}

function collect(
    rows: Iterable<Row>,
    view: View,
    input: QueryInput | ScanInput,
    { filter, bindings, projection }: Expressions,
): Page {
    const items: Item[] = [];
    let count = 0;
    let scanned = 0;
    let bytes = 0;
    let fetchedUnits = 0;
    for (const row of rows) {
        scanned++;
        const item = view.itemOf(row);
        bytes += view.projected ? itemSize(pick(row.item, view.projected)) : row.size;
        if (view.isFetched) fetchedUnits += readUnits(row.size, isConsistent(input));
        if (!filter || evaluate(filter.root, item, bindings)) {
            count++;
            if (input.Select !== "COUNT") items.push(projection ? project(item, projection) : item);
        }
        const isFull = scanned === input.Limit || bytes >= MAX_PAGE_BYTES;
        if (isFull) return { items, count, scanned, bytes, fetchedUnits, last: row };
    }
    return { items, count, scanned, bytes, fetchedUnits, last: undefined };
}

/** What a query of an index sees of an item: what the index has, or all of it, fetched from the table at a cost. */
interface View {
    readonly projected: readonly string[] | undefined;
    readonly isFetched: boolean;
    readonly itemOf: (row: Row) => Item;
}

function viewOf({ table, index }: Source, input: QueryInput | ScanInput, { projection }: Expressions): View {
    const projected = index && table.projections[table.indexes.indexOf(index)];
    const wanted = projection?.map(([head]) => head as string);
    const isFetched =
        projected !== undefined &&
        (input.Select === "ALL_ATTRIBUTES" || wanted?.some((name) => !projected.includes(name)) === true);
    return {
        projected,
        isFetched,
        itemOf: projected && !isFetched ? ({ item }) => pick(item, projected) : ({ item }) => item,
    };
}

function isConsistent({ ConsistentRead }: QueryInput | ScanInput): boolean {
    return ConsistentRead === true;
}

function startKeyAfter({ item }: Row, table: Table, index: LocalIndex | undefined): Item {
    const names = table.keys.map(({ name }) => name);
    return pick(item, index ? [...names, index.sortKey.name] : names);
}

function asStartKey<T>(check: () => T): T {
    try {
        return check();
    } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        throw new AwsError(error.name, `The provided starting key is invalid: ${error.message}`);
    }
}
