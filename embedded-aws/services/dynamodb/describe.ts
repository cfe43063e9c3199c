/** What DescribeTable says of a table. */
import type { TableDescription } from "@aws-sdk/client-dynamodb";
import type { KeyAttribute, Table } from "./table.ts";

export function describe(table: Table): TableDescription {
    const { partitionKey, sortKey, indexes, stream } = table.options;
    const attributes = new Map(
        [...table.keys, ...indexes.map((index) => index.sortKey)].map((key) => [key.name, key]),
    );
    return {
        TableName: table.name,
        TableArn: table.arn,
        TableStatus: "ACTIVE",
        CreationDateTime: new Date(table.createdAt),
        AttributeDefinitions: [...attributes.values()].map(({ name, type }) => ({
            AttributeName: name,
            AttributeType: type,
        })),
        KeySchema: keySchema(partitionKey, sortKey),
        BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
        ItemCount: table.itemCount,
        TableSizeBytes: table.itemBytes,
        ...(indexes.length > 0 && {
            LocalSecondaryIndexes: indexes.map((index) => ({
                IndexName: index.name,
                IndexArn: `${table.arn}/index/${index.name}`,
                KeySchema: keySchema(partitionKey, index.sortKey),
                Projection: projectionOf(index.included),
            })),
        }),
        ...(stream && {
            LatestStreamArn: stream.arn,
            LatestStreamLabel: stream.arn.slice(stream.arn.lastIndexOf("/") + 1),
            StreamSpecification: { StreamEnabled: true, StreamViewType: stream.viewType },
        }),
    };
}

function keySchema(
    partitionKey: KeyAttribute,
    sortKey: KeyAttribute | undefined,
): TableDescription["KeySchema"] {
    return [
        { AttributeName: partitionKey.name, KeyType: "HASH" },
        ...(sortKey ? [{ AttributeName: sortKey.name, KeyType: "RANGE" as const }] : []),
    ];
}

function projectionOf(
    included: readonly string[] | undefined,
): NonNullable<NonNullable<TableDescription["LocalSecondaryIndexes"]>[number]["Projection"]> {
    if (!included) return { ProjectionType: "ALL" };
    if (included.length === 0) return { ProjectionType: "KEYS_ONLY" };
    return { ProjectionType: "INCLUDE", NonKeyAttributes: [...included] };
}
