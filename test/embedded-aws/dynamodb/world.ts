/** A world with nothing but DynamoDB in it, and the table that the tests use. */
import type * as sdk from "@aws-sdk/client-dynamodb";
import { DynamoDbService } from "../../../embedded-aws/index.ts";
import type { Model, Resource, TableStream } from "../../../embedded-aws/index.ts";
import { FakeWorld, user } from "../fake-world.ts";

export const tableName = "turnstile";
export const tableArn = `arn:aws:dynamodb:eu-west-1:123456789012:table/${tableName}`;
export const streamArn = `${tableArn}/stream/2026-01-01T00:00:00.000`;

/** What the program declares for its table, nearly. */
export const tableInputs = {
    name: tableName,
    hashKey: "poolName",
    rangeKey: "entry",
    billingMode: "PAY_PER_REQUEST",
    attributes: [
        { name: "poolName", type: "S" },
        { name: "entry", type: "S" },
        { name: "linePosition", type: "S" },
    ],
    localSecondaryIndexes: [{ name: "line", rangeKey: "linePosition", projectionType: "ALL" }],
    streamEnabled: true,
    streamViewType: "NEW_AND_OLD_IMAGES",
    ttl: { attributeName: "expires", enabled: true },
} as const;

/** What operations answer, by their names. */
interface Outputs {
    readonly BatchGetItem: sdk.BatchGetItemOutput;
    readonly BatchWriteItem: sdk.BatchWriteItemOutput;
    readonly DeleteItem: sdk.DeleteItemOutput;
    readonly DescribeTable: { readonly Table: sdk.TableDescription };
    readonly GetItem: sdk.GetItemOutput;
    readonly PutItem: sdk.PutItemOutput;
    readonly Query: sdk.QueryOutput;
    readonly Scan: sdk.ScanOutput;
    readonly TransactWriteItems: sdk.TransactWriteItemsOutput;
    readonly UpdateItem: sdk.UpdateItemOutput;
}

export class DynamoDbWorld extends FakeWorld {
    readonly dynamodb: DynamoDbService;

    constructor(model: Partial<Model> = {}) {
        super(model);
        this.dynamodb = this.add(new DynamoDbService(this));
    }

    /** Creates the tests' table, with other inputs if given. */
    createTable(inputs: Readonly<Record<string, unknown>> = {}): Resource {
        const all = Object.entries({ ...tableInputs, ...inputs }).filter(([, value]) => value !== undefined);
        return this.create("aws:dynamodb/table:Table", tableName, Object.fromEntries(all), {
            arn: tableArn,
            streamArn,
        });
    }

    /** Calls an operation on the tests' table. */
    on<O extends keyof Outputs>(operation: O, input: object): Outputs[O] {
        return this.send(operation, { TableName: tableName, ...input });
    }

    /** Calls an operation whose input names its tables elsewhere. */
    send<O extends keyof Outputs>(operation: O, input: object): Outputs[O] {
        return this.call("dynamodb", operation, input, user) as Outputs[O];
    }

    get stream(): TableStream {
        return this.find(streamArn) as TableStream;
    }
}

/** The tests' world with its table, which is never throttled. */
export function worldWithTable(inputs: Readonly<Record<string, unknown>> = {}): DynamoDbWorld {
    const world = new DynamoDbWorld({ partitionWriteUnitsPerSecond: 1e9 });
    world.createTable(inputs);
    return world;
}
