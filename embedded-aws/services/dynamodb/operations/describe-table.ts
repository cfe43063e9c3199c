/** DescribeTable: a table's keys, indexes, stream and sizes. */
import type {
    DescribeTableInput,
    DescribeTableOutput,
    LocalSecondaryIndexDescription,
    Projection,
    TableDescription,
} from "@aws-sdk/client-dynamodb";
import type { Engine } from "../engine.ts";
import { checkMembers } from "../requests.ts";
import type { KeyAttribute, LocalIndex, Table } from "../table.ts";

export function describeTable(engine: Engine, input: DescribeTableInput): DescribeTableOutput {
    checkMembers("DescribeTable", input, { TableName: "required" });
    return { Table: describe(engine.table(input.TableName as string)) };
}

function describe(table: Table): TableDescription {
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
            LocalSecondaryIndexes: indexes.map((index) => describeIndex(table, index)),
        }),
        ...(stream && {
            LatestStreamArn: stream.arn,
            LatestStreamLabel: stream.arn.slice(stream.arn.lastIndexOf("/") + 1),
            StreamSpecification: { StreamEnabled: true, StreamViewType: stream.viewType },
        }),
    };
}

function describeIndex(
    table: Table,
    { name, sortKey, included }: LocalIndex,
): LocalSecondaryIndexDescription {
    return {
        IndexName: name,
        IndexArn: `${table.arn}/index/${name}`,
        KeySchema: keySchema(table.options.partitionKey, sortKey),
        Projection: projectionOf(included),
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

function projectionOf(included: readonly string[] | undefined): Projection {
    if (!included) return { ProjectionType: "ALL" };
    if (included.length === 0) return { ProjectionType: "KEYS_ONLY" };
    return { ProjectionType: "INCLUDE", NonKeyAttributes: [...included] };
}
