/** Reads of the table that several functions make: single items, and rows by their place. Always consistent. */
import { GetItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import type { AttributeValue, QueryCommandOutput } from "@aws-sdk/client-dynamodb";
import type { Item } from "../../slots/items.ts";
import { TABLE } from "../../slots/table.ts";
import type { Platform } from "./platform.ts";

/** Where to read. */
export interface Source {
    readonly platform: Pick<Platform, "dynamodb">;
    readonly table: string;
    readonly process: string;
}

export async function getItem(at: Source, entry: string): Promise<Item | undefined> {
    const key = { [TABLE.partitionKey]: { S: at.process }, [TABLE.sortKey]: { S: entry } };
    const read = new GetItemCommand({ TableName: at.table, Key: key, ConsistentRead: true });
    return (await at.platform.dynamodb.send(read)).Item;
}

/** A page of the open rows whose place begins with `place`, in the order of their places. */
export function queryRows(
    at: Source,
    place: string,
    limit: number,
    from?: Record<string, AttributeValue>,
): Promise<QueryCommandOutput> {
    return at.platform.dynamodb.send(
        new QueryCommand({
            TableName: at.table,
            IndexName: TABLE.lineIndex,
            ConsistentRead: true,
            KeyConditionExpression: `${TABLE.partitionKey} = :process AND begins_with(${TABLE.lineKey}, :place)`,
            ExpressionAttributeValues: { ":process": { S: at.process }, ":place": { S: place } },
            Limit: limit,
            ...(from && { ExclusiveStartKey: from }),
        }),
    );
}
