/** The messages that ended last: their rows stand in the order of their ends, and are read from the newest on. */
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { readRow } from "../../../slots/items.ts";
import { END_POSITION, endPosition, TABLE } from "../../../slots/table.ts";
import type { Row } from "../../../slots/table.ts";
import type { Session } from "../session.ts";

/** @param since milliseconds since 1970 */
export async function latestEnded({ aws, operator }: Session, since: number, most: number): Promise<Row[]> {
    const { Items = [] } = await aws.dynamodb.send(
        new QueryCommand({
            TableName: operator.tableName,
            IndexName: TABLE.lineIndex,
            ConsistentRead: true,
            ScanIndexForward: false,
            KeyConditionExpression: `${TABLE.partitionKey} = :pool AND ${TABLE.lineKey} BETWEEN :from AND :to`,
            ExpressionAttributeValues: {
                ":pool": { S: operator.pool },
                ":from": { S: endPosition(new Date(since).toISOString(), "") },
                // A moment follows, and a tilde sorts after each of its characters.
                ":to": { S: `${END_POSITION}~` },
            },
            Limit: most,
        }),
    );
    return Items.map(readRow);
}
