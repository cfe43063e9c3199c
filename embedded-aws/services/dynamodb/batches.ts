/** BatchGetItem and BatchWriteItem: single reads and writes together, each by itself. */
import type {
    BatchGetItemInput,
    BatchGetItemOutput,
    BatchWriteItemInput,
    BatchWriteItemOutput,
    KeysAndAttributes,
    WriteRequest,
} from "@aws-sdk/client-dynamodb";
import { AwsError } from "../../service.ts";
import { readUnits, Units } from "./capacity.ts";
import type { Engine } from "./engine.ts";
import { validation } from "./errors.ts";
import { bind } from "./expressions.ts";
import type { Path } from "./paths.ts";
import { planDelete, planPut, type Plan } from "./plans.ts";
import { project } from "./projection.ts";
import { checkMembers, choices, constraint, constraints, type Members } from "./requests.ts";
import type { Table } from "./table.ts";
import { admitItem, keyOrder, type AttributeValue, type Item } from "./values.ts";

const maxWrites = 25;
const maxKeys = 100;
/** "BatchGetItem" in the quotas. */
const maxResponseBytes = 16 * 1024 * 1024;

const writeMembers: Members = {
    RequestItems: "required",
    ReturnConsumedCapacity: choices.consumedCapacity,
    ReturnItemCollectionMetrics: choices.collectionMetrics,
};
const getMembers: Members = { RequestItems: "required", ReturnConsumedCapacity: choices.consumedCapacity };
const keysMembers: Members = {
    Keys: "required",
    ConsistentRead: "any",
    ProjectionExpression: "any",
    ExpressionAttributeNames: "any",
};

interface PlannedWrite {
    readonly request: WriteRequest;
    readonly plan: Plan;
}

export function batchWriteItem(engine: Engine, input: BatchWriteItemInput): BatchWriteItemOutput {
    checkMembers("BatchWriteItem", input, writeMembers);
    const requested = requestsOf(input.RequestItems, "BatchWriteItem");
    const count = requested.reduce((sum, [, requests]) => sum + requests.length, 0);
    if (count > maxWrites || requested.some(([, requests]) => requests.length === 0)) {
        const rule = `Member must have length less than or equal to ${maxWrites}, Member must have length greater than or equal to 1`;
        throw constraints([constraint(input.RequestItems, "RequestItems", `satisfy constraint: [${rule}]`)]);
    }
    const draughted = requested.flatMap(([name, requests]) => {
        return requests.map((request) => ({ request, plan: planRequest(engine, name, request) }));
    });
    const planned = draughted.map(({ request, plan }) => ({ request, plan: plan() }));
    checkDistinct(planned.map(({ plan }) => plan));
    return carryOut(engine, planned, input.ReturnConsumedCapacity);
}

function planRequest(engine: Engine, TableName: string, request: WriteRequest): () => Plan {
    const { PutRequest, DeleteRequest } = request;
    if ((PutRequest === undefined) === (DeleteRequest === undefined)) {
        throw validation(
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
        );
    }
    if (PutRequest) return planPut(engine, { TableName, Item: PutRequest.Item });
    return planDelete(engine, { TableName, Key: DeleteRequest?.Key });
}

function carryOut(
    engine: Engine,
    planned: readonly PlannedWrite[],
    requestedCapacity: string | undefined,
): BatchWriteItemOutput {
    const unprocessed: Record<string, WriteRequest[]> = {};
    const unitsOf = new Map<Table, Units>();
    let refusal: unknown;
    for (const { request, plan } of planned) {
        const { table } = plan;
        const target = table.locate(plan.key);
        try {
            table.admitWrite(target.partition);
        } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            refusal = error;
            (unprocessed[table.name] ??= []).push(request);
            continue;
        }
        const { item, size } = plan.outcome(target.row);
        const units = table.commit(target, item, size);
        engine.countWrite(units);
        unitsOrNew(unitsOf, table).add(units);
    }
    if (unitsOf.size === 0) throw refusal;
    return { UnprocessedItems: unprocessed, ...reports(unitsOf, requestedCapacity) };
}

export function batchGetItem(engine: Engine, input: BatchGetItemInput): BatchGetItemOutput {
    checkMembers("BatchGetItem", input, getMembers);
    const requested = requestsOf(input.RequestItems, "BatchGetItem").map(([name, request]) =>
        plannedRead(name, request),
    );
    if (requested.reduce((sum, { keys }) => sum + keys.length, 0) > maxKeys) {
        throw validation("Too many items requested for the BatchGetItem call");
    }
    const responses: Record<string, Item[]> = {};
    const unprocessed: Record<string, KeysAndAttributes> = {};
    const unitsOf = new Map<Table, Units>();
    let bytes = 0;
    for (const read of requested) {
        const table = engine.table(read.name);
        read.keys.forEach((key) => table.checkKey(key));
        checkDistinct(read.keys.map((key) => ({ table, key })));
        const units = unitsOrNew(unitsOf, table);
        const items: Item[] = (responses[read.name] = []);
        for (const key of read.keys) {
            const row = table.find(key);
            if (bytes + (row?.size ?? 0) > maxResponseBytes) {
                const left = (unprocessed[read.name] ??= { ...read.request, Keys: [] });
                left.Keys?.push(key as never);
                continue;
            }
            bytes += row?.size ?? 0;
            units.table += readUnits(row?.size ?? 0, read.request.ConsistentRead === true);
            if (row) items.push(read.projection ? project(row.item, read.projection) : row.item);
        }
        engine.countRead(units);
    }
    return {
        Responses: responses,
        UnprocessedKeys: unprocessed,
        ...reports(unitsOf, input.ReturnConsumedCapacity),
    } as BatchGetItemOutput;
}

interface PlannedRead {
    readonly name: string;
    readonly request: KeysAndAttributes;
    readonly keys: readonly Item[];
    readonly projection: readonly Path[] | undefined;
}

function plannedRead(name: string, request: KeysAndAttributes): PlannedRead {
    checkMembers("BatchGetItem", request, keysMembers);
    const { projection } = bind(request, ["ProjectionExpression"]);
    const keys = (request.Keys ?? []).map((key) => admitItem(key));
    if (keys.length > 0 && keys.length <= maxKeys) return { name, request, keys, projection };
    const rule = keys.length === 0 ? "greater than or equal to 1" : `less than or equal to ${maxKeys}`;
    throw validation(
        `1 validation error detected: Value at 'RequestItems.${name}.member.Keys' failed to satisfy constraint: ` +
            `Member must have length ${rule}`,
    );
}

function requestsOf<T>(
    items: Record<string, T> | undefined,
    operation: string,
): readonly (readonly [string, T])[] {
    const requested = Object.entries(items ?? {});
    if (requested.length > 0) return requested;
    throw validation(`The requestItems parameter is required for ${operation}`);
}

function checkDistinct(targets: readonly { readonly table: Table; readonly key: Item }[]): void {
    const seen = new Set(targets.map(identity));
    if (seen.size < targets.length) throw validation("Provided list of item keys contains duplicates");
}

/** A text that is the same for the same item of the same table only. */
export function identity({ table, key }: { readonly table: Table; readonly key: Item }): string {
    return JSON.stringify([
        table.name,
        ...table.keys.map(({ name }) => keyOrder(key[name] as AttributeValue)),
    ]);
}

function unitsOrNew(unitsOf: Map<Table, Units>, table: Table): Units {
    const units = unitsOf.get(table) ?? new Units();
    unitsOf.set(table, units);
    return units;
}

function reports(unitsOf: ReadonlyMap<Table, Units>, requested: string | undefined): object {
    const consumed = [...unitsOf].flatMap(([table, units]) => units.report(table.name, requested) ?? []);
    return consumed.length > 0 ? { ConsumedCapacity: consumed } : {};
}
