/**
 * DynamoDB: tables on demand with local indexes, stream and time to live, and the operations on items. Behaviour and
 * errors follow the Amazon DynamoDB Developer Guide and API Reference, and are compared with other implementations in
 * the tests. Not modelled: reads that lag behind, global indexes, provisioned capacity, the size limit of an item
 * collection, and the legacy parameters that expressions replaced.
 */
import type { DescribeTableInput, DescribeTableOutput } from "@aws-sdk/client-dynamodb";
import type { Operation, ResourceKind, Service, World } from "../../service.ts";
import { batchGetItem, batchWriteItem } from "./batches.ts";
import { describe } from "./describe.ts";
import { Engine } from "./engine.ts";
import { getItem, query, scan } from "./reads.ts";
import { checkMembers } from "./requests.ts";
import {
    createItem,
    createTable,
    removeItem,
    removeTable,
    tableInputs,
    tableItemInputs,
    updateItem as updateTableItem,
    updateTable,
} from "./resources.ts";
import { Transactions } from "./transactions.ts";
import { deleteItem, putItem, updateItem } from "./writes.ts";

export class DynamoDbService implements Service {
    readonly operations: Readonly<Record<string, Operation>>;
    readonly kinds: Readonly<Record<string, ResourceKind>>;
    private readonly engine: Engine;

    constructor(world: World) {
        const engine = new Engine(world);
        const transactions = new Transactions(engine);
        this.engine = engine;
        this.operations = {
            BatchGetItem: this.counted((input: never) => batchGetItem(engine, input)),
            BatchWriteItem: this.counted((input: never) => batchWriteItem(engine, input)),
            DeleteItem: this.counted((input: never) => deleteItem(engine, input)),
            DescribeTable: this.counted((input: never) => this.describeTable(input)),
            GetItem: this.counted((input: never) => getItem(engine, input)),
            PutItem: this.counted((input: never) => putItem(engine, input)),
            Query: this.counted((input: never) => query(engine, input)),
            Scan: this.counted((input: never) => scan(engine, input)),
            TransactWriteItems: this.counted((input: never) => transactions.transactWriteItems(input)),
            UpdateItem: this.counted((input: never) => updateItem(engine, input)),
        };
        this.kinds = {
            "aws:dynamodb/table:Table": {
                inputs: tableInputs,
                create: (resource) => createTable(engine, resource),
                update: (resource, previous) => updateTable(engine, resource, previous),
                remove: (resource) => removeTable(engine, resource),
            },
            "aws:dynamodb/tableItem:TableItem": {
                inputs: tableItemInputs,
                create: (resource) => createItem(engine, resource),
                update: (resource, previous) => updateTableItem(engine, resource, previous),
                remove: (resource) => removeItem(engine, resource),
            },
        };
    }

    private describeTable(input: DescribeTableInput): DescribeTableOutput {
        checkMembers("DescribeTable", input, { TableName: "required" });
        return { Table: describe(this.engine.table(input.TableName as string)) };
    }

    private counted(operation: (input: never) => unknown): Operation {
        const { world } = this.engine;
        return (input) => {
            world.count("dynamodb.requests", 1);
            try {
                return operation(input);
            } catch (error) {
                if (isThrottle(error)) world.count("dynamodb.throttled", 1);
                throw error;
            }
        };
    }
}

function isThrottle(error: unknown): boolean {
    return error instanceof Error && error.name === "ThrottlingException";
}
