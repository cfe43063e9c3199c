/** Clients of the servers that the suite runs against, and the table as the program declares it. */
import * as sdk from "@aws-sdk/client-dynamodb";
import { suiteTable } from "../cases/dynamodb/suite.ts";

export function clientOf(endpoint: string): sdk.DynamoDBClient {
    return new sdk.DynamoDBClient({
        endpoint,
        region: "eu-west-1",
        credentials: { accessKeyId: "none", secretAccessKey: "none" },
        maxAttempts: 1,
    });
}

/** Creates the table, with a stream of new images as in the program. Returns the stream's ARN, or "" where there are no streams. */
export async function createTable(
    client: sdk.DynamoDBClient,
    name: string = suiteTable.TableName,
): Promise<string> {
    const { TableDescription } = await client.send(
        new sdk.CreateTableCommand({
            ...(suiteTable as unknown as sdk.CreateTableCommandInput),
            TableName: name,
            StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
        }),
    );
    await sdk.waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName: name });
    return TableDescription?.LatestStreamArn ?? "";
}

/** Deletes every item. */
export async function empty(client: sdk.DynamoDBClient, name: string = suiteTable.TableName): Promise<void> {
    const read = { TableName: name, ProjectionExpression: "poolName, entry", ConsistentRead: true };
    for await (const { Items = [] } of sdk.paginateScan({ client }, read)) {
        for (let i = 0; i < Items.length; i += 25) {
            const requests = Items.slice(i, i + 25).map((Key) => ({ DeleteRequest: { Key } }));
            await client.send(new sdk.BatchWriteItemCommand({ RequestItems: { [name]: requests } }));
        }
    }
}
