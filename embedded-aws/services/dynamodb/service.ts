/**
 * DynamoDB: tables on demand with local indexes, stream and time to live, and the operations on items. Behaviour and
 * errors follow the Amazon DynamoDB Developer Guide and API Reference, and are compared with other implementations in
 * the tests. Not modelled: reads that lag behind, global indexes, provisioned capacity, the size limit of an item
 * collection, and the legacy parameters that expressions replaced.
 */
import type { Operation, ResourceKind, Service, World } from "../../service.ts";
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

export class DynamoDbService implements Service {
    readonly name = "dynamodb";
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
            DescribeTable: this.counted((input: never) => describeTable(engine, input)),
            GetItem: this.counted((input: never) => getItem(engine, input)),
            PutItem: this.counted((input: never) => putItem(engine, input)),
            Query: this.counted((input: never) => query(engine, input)),
            Scan: this.counted((input: never) => scan(engine, input)),
            TransactWriteItems: this.counted((input: never) => transactions.transactWriteItems(input)),
            UpdateItem: this.counted((input: never) => updateItem(engine, input)),
        };
        this.kinds = {
            "aws:dynamodb/table:Table": {
                inputs: TABLE_INPUTS,
                create: (resource) => createTable(engine, resource),
                update: (resource, previous) => updateTable(engine, resource, previous),
                remove: (resource) => removeTable(engine, resource),
            },
            "aws:dynamodb/tableItem:TableItem": {
                inputs: TABLE_ITEM_INPUTS,
                create: (resource) => createItem(engine, resource),
                update: (resource, previous) => updateTableItem(engine, resource, previous),
                remove: (resource) => removeItem(engine, resource),
            },
        };
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
