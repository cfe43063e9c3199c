/**
 * DynamoDB: tables on demand with local indexes, stream and time to live, and the operations on items. Behaviour and
 * errors follow the Amazon DynamoDB Developer Guide and API Reference, and are compared with other implementations in
 * the tests. Not modelled: reads that lag behind, global indexes, provisioned capacity, the size limit of an item
 * collection, and the legacy parameters that expressions replaced.
 */
import type { TransactWriteItemsInput } from "@aws-sdk/client-dynamodb";
import type { Operation, Operations, ResourceKinds, Service, World } from "../../service.ts";
import { Engine } from "./engine.ts";
import { batchGetItem } from "./operations/batch-get-item.ts";
import { batchWriteItem } from "./operations/batch-write-item.ts";
import { deleteItem } from "./operations/delete-item.ts";
import { describeTable } from "./operations/describe-table.ts";
import { getItem } from "./operations/get-item.ts";
import { putItem } from "./operations/put-item.ts";
import { query } from "./operations/query.ts";
import { scan } from "./operations/scan.ts";
import { Transactions } from "./operations/transact-write-items.ts";
import { updateItem } from "./operations/update-item.ts";
import {
    createItem,
    createTable,
    removeItem,
    removeTable,
    TABLE_INPUTS,
    TABLE_ITEM_INPUTS,
    updateItem as updateTableItem,
    updateTable,
} from "./resources.ts";
import type { WriteListener } from "./table.ts";

export class DynamoDbService implements Service {
    readonly operations: Operations = {
        BatchGetItem: this.counted(batchGetItem),
        BatchWriteItem: this.counted(batchWriteItem),
        DeleteItem: this.counted(deleteItem),
        DescribeTable: this.counted(describeTable),
        GetItem: this.counted(getItem),
        ListTables: () => ({ TableNames: [...this.engine.tables.keys()].sort() }),
        PutItem: this.counted(putItem),
        Query: this.counted(query),
        Scan: this.counted(scan),
        TransactWriteItems: this.counted(this.transactWriteItems.bind(this)),
        UpdateItem: this.counted(updateItem),
    };
    readonly kinds: ResourceKinds = {
        "aws:dynamodb/table:Table": {
            inputs: TABLE_INPUTS,
            create: (resource) => createTable(this.engine, resource),
            update: (resource, previous) => updateTable(this.engine, resource, previous),
            remove: (resource) => removeTable(this.engine, resource),
        },
        "aws:dynamodb/tableItem:TableItem": {
            inputs: TABLE_ITEM_INPUTS,
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

    /** Calls `listener` within every write that changes an item, whoever makes it. It must not call services. */
    onWrite(listener: WriteListener): void {
        this.engine.writeListeners.push(listener);
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

function isThrottle(error: unknown): boolean {
    return error instanceof Error && error.name === "ThrottlingException";
}
