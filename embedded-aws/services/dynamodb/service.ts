/**
 * DynamoDB: tables on demand with local indexes, stream and time to live, and the operations on items. Behaviour and
 * errors follow the Amazon DynamoDB Developer Guide and API Reference, and are compared with other implementations in
 * the tests. Not modelled: reads that lag behind, global indexes, provisioned capacity, the size limit of an item
 * collection, and the legacy parameters that expressions replaced.
 */
import type {
    DescribeTableInput,
    DescribeTableOutput,
    TransactWriteItemsInput,
} from "@aws-sdk/client-dynamodb";
import type { Operation, Operations, ResourceKinds, Service, World } from "../../service.ts";
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
    readonly operations: Operations = {
        BatchGetItem: this.counted(batchGetItem),
        BatchWriteItem: this.counted(batchWriteItem),
        DeleteItem: this.counted(deleteItem),
        DescribeTable: this.counted(describeTable),
        GetItem: this.counted(getItem),
        PutItem: this.counted(putItem),
        Query: this.counted(query),
        Scan: this.counted(scan),
        TransactWriteItems: this.counted(this.transactWriteItems.bind(this)),
        UpdateItem: this.counted(updateItem),
    };
    readonly kinds: ResourceKinds = {
        "aws:dynamodb/table:Table": {
            inputs: tableInputs,
            create: (resource) => createTable(this.engine, resource),
            update: (resource, previous) => updateTable(this.engine, resource, previous),
            remove: (resource) => removeTable(this.engine, resource),
        },
        "aws:dynamodb/tableItem:TableItem": {
            inputs: tableItemInputs,
            create: (resource) => createItem(this.engine, resource),
            update: (resource, previous) => updateTableItem(this.engine, resource, previous),
            remove: (resource) => removeItem(this.engine, resource),
        },
    };
    private readonly engine: Engine;
    private readonly transactions: Transactions;

    constructor(world: World) {
        this.engine = new Engine(world);
        this.transactions = new Transactions(this.engine);
    }

    private transactWriteItems(_engine: Engine, input: TransactWriteItemsInput): unknown {
        return this.transactions.transactWriteItems(input);
    }

    /** An operation that counts its requests, and those that were throttled. */
    private counted(operation: (engine: Engine, input: never) => unknown): Operation {
        return (input) => {
            const { engine } = this;
            engine.world.count("dynamodb.requests", 1);
            try {
                return operation(engine, input);
            } catch (error) {
                if (isThrottle(error)) engine.world.count("dynamodb.throttled", 1);
                throw error;
            }
        };
    }
}

function describeTable(engine: Engine, input: DescribeTableInput): DescribeTableOutput {
    checkMembers("DescribeTable", input, { TableName: "required" });
    return { Table: describe(engine.table(input.TableName as string)) };
}

function isThrottle(error: unknown): boolean {
    return error instanceof Error && error.name === "ThrottlingException";
}
