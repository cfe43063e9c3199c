/** Reads of the table that several functions make: single items, and rows by their position. Always consistent. */
import { GetItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import type { AttributeValue, QueryCommandOutput } from "@aws-sdk/client-dynamodb";
import type { Item } from "../../slots/items.ts";
import { TABLE } from "../../slots/table.ts";
import type { Platform } from "./platform.ts";

/** Where to read. */
export interface Source {
    readonly platform: Pick<Platform, "dynamodb">;
    readonly table: string;
    readonly pool: string;
}

export async function getItem(at: Source, entry: string): Promise<Item | undefined> {
    const key = { [TABLE.partitionKey]: { S: at.pool }, [TABLE.sortKey]: { S: entry } };
    const read = new GetItemCommand({ TableName: at.table, Key: key, ConsistentRead: true });
    return (await at.platform.dynamodb.send(read)).Item;
}

/** A page of the open rows whose position begins with `position`, in the order of their positions. */
export function queryRows(
    at: Source,
    position: string,
    limit: number,
    from?: Record<string, AttributeValue>,
): Promise<QueryCommandOutput> {
    return at.platform.dynamodb.send(
        new QueryCommand({
            TableName: at.table,
            IndexName: TABLE.lineIndex,
            ConsistentRead: true,
            KeyConditionExpression: `${TABLE.partitionKey} = :pool AND begins_with(${TABLE.lineKey}, :position)`,
            ExpressionAttributeValues: { ":pool": { S: at.pool }, ":position": { S: position } },
            Limit: limit,
            ...(from && { ExclusiveStartKey: from }),
        }),
    );
}
