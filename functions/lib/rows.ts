/** Reads of the table that several functions make: single items, and rows by their position. All reads are consistent. */
import { GetItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { readRow } from "../../slots/items.ts";
import type { Item } from "../../slots/items.ts";
import { keyOf, TABLE } from "../../slots/table.ts";
import type { Row } from "../../slots/table.ts";
import type { Platform } from "./platform.ts";

/** Where to read. */
export interface Source {
    readonly platform: Pick<Platform, "dynamodb">;
    readonly table: string;
    readonly pool: string;
}

/** A page's end: where the next one begins. */
export type Next = Record<string, AttributeValue>;

export async function getItem(at: Source, entry: string): Promise<Item | undefined> {
    const key = keyOf(at.pool, entry);
    const read = new GetItemCommand({ TableName: at.table, Key: key, ConsistentRead: true });
    return (await at.platform.dynamodb.send(read)).Item;
}

/** A page of the open rows whose position begins with `position`, in the order of their positions. */
export async function queryRows(
    at: Source,
    position: string,
    limit: number,
    from?: Next,
): Promise<{ rows: Row[]; next: Next | undefined }> {
    return query(at, `begins_with(${TABLE.lineKey}, :position)`, { ":position": position }, limit, from);
}

/** The rows whose position begins with `kind` and is `position` or comes after it. */
export async function rowsSince(at: Source, position: string, kind: string): Promise<Row[]> {
    const condition = `${TABLE.lineKey} BETWEEN :from AND :to`;
    // Moments follow the kind, and a tilde sorts after each of their characters.
    const values = { ":from": position, ":to": `${kind}~` };
    const found: Row[] = [];
    let from: Next | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
        const answer = await query(at, condition, values, LARGE_PAGE, from);
        found.push(...answer.rows);
        from = answer.next;
        if (!from) break;
    }
    return found;
}

async function query(
    at: Source,
    condition: string,
    values: Readonly<Record<string, string>>,
    limit: number,
    from: Next | undefined,
): Promise<{ rows: Row[]; next: Next | undefined }> {
    const texts = Object.entries(values).map(([name, S]) => [name, { S }] as const);
    const { Items = [], LastEvaluatedKey } = await at.platform.dynamodb.send(
        new QueryCommand({
            TableName: at.table,
            IndexName: TABLE.lineIndex,
            ConsistentRead: true,
            KeyConditionExpression: `${TABLE.partitionKey} = :pool AND ${condition}`,
            ExpressionAttributeValues: { ":pool": { S: at.pool }, ...Object.fromEntries(texts) },
            Limit: limit,
            ...(from && { ExclusiveStartKey: from }),
        }),
    );
    return { rows: Items.map(readRow), next: LastEvaluatedKey };
}

/** Rows read at once, and pages read at most: more than the rows of a pool's holders. */
const PAGE = 100;
const LARGE_PAGE = 1000;
const MAX_PAGES = 20;

/** Rows that `rowsSince` reads at most: with so many, there may be more. */
export const MAX_ROWS_SINCE = LARGE_PAGE * MAX_PAGES;

/**
 * The open rows whose position begins with `position`, the oldest first: those that fit, `most` of them at most. Rows that do
 * not fit must not hide those behind them, so it reads on.
 */
export async function allRows(
    at: Source,
    position: string,
    { fits = () => true, most = Infinity }: { fits?: (row: Row) => boolean; most?: number } = {},
): Promise<Row[]> {
    const found: Row[] = [];
    let from: Next | undefined;
    for (let page = 0; page < MAX_PAGES && found.length < most; page++) {
        const { rows, next } = await queryRows(at, position, PAGE, from);
        for (const row of rows) if (fits(row) && found.length < most) found.push(row);
        from = next;
        if (!from) break;
    }
    return found;
}
