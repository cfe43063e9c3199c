/** BatchWriteItem: up to 25 puts and deletes, each by itself. */
import type { BatchWriteItemInput, BatchWriteItemOutput, WriteRequest } from "@aws-sdk/client-dynamodb";
import { AwsError } from "../../../service.ts";
import { checkDistinct, requestsOf } from "../batches.ts";
import { UnitsByTable } from "../capacity.ts";
import type { Engine } from "../engine.ts";
import { validation } from "../errors.ts";
import type { Plan, PreparedPlan } from "../plans.ts";
import { checkMembers, CHOICES, constraint, constraints } from "../requests.ts";
import type { Members } from "../requests.ts";
import { prepareDelete } from "./delete-item.ts";
import { preparePut } from "./put-item.ts";

const MAX_WRITES = 25;

const MEMBERS: Members = {
    RequestItems: "required",
    ReturnConsumedCapacity: CHOICES.consumedCapacity,
    ReturnItemCollectionMetrics: CHOICES.collectionMetrics,
};

interface PlannedWrite {
    readonly request: WriteRequest;
    readonly plan: Plan;
}

export function batchWriteItem(engine: Engine, input: BatchWriteItemInput): BatchWriteItemOutput {
    checkMembers("BatchWriteItem", input, MEMBERS);
    const requested = requestsOf(input.RequestItems, "BatchWriteItem");
    checkCount(input, requested);
    const prepared = requested.flatMap(([name, requests]) =>
        requests.map((request) => ({ request, plan: prepare(engine, name, request) })),
    );
    const planned = prepared.map(({ request, plan }) => ({ request, plan: plan() }));
    checkDistinct(planned.map(({ plan }) => plan));
    return carryOut(engine, planned, input.ReturnConsumedCapacity);
}

function checkCount(
    { RequestItems }: BatchWriteItemInput,
    requested: readonly (readonly [string, readonly WriteRequest[]])[],
): void {
    const count = requested.reduce((sum, [, requests]) => sum + requests.length, 0);
    if (count <= MAX_WRITES && requested.every(([, requests]) => requests.length > 0)) return;
    const rule = `Member must have length less than or equal to ${MAX_WRITES}, Member must have length greater than or equal to 1`;
    throw constraints([constraint(RequestItems, "RequestItems", `satisfy constraint: [${rule}]`)]);
}

function prepare(engine: Engine, TableName: string, request: WriteRequest): PreparedPlan {
    const { PutRequest, DeleteRequest } = request;
    if ((PutRequest === undefined) === (DeleteRequest === undefined)) {
        throw validation(
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
        );
    }
    if (PutRequest) return preparePut(engine, { TableName, Item: PutRequest.Item });
    return prepareDelete(engine, { TableName, Key: DeleteRequest?.Key });
}

/** Writes that a hot partition key refuses are returned as unprocessed. Throws if that is all of them. */
function carryOut(
    engine: Engine,
    planned: readonly PlannedWrite[],
    requestedCapacity: string | undefined,
): BatchWriteItemOutput {
    const unprocessed: Record<string, WriteRequest[]> = {};
    const units = new UnitsByTable();
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
        table.admitSize(target, item, size);
        const written = table.commit(target, item, size);
        engine.countWrite(table, written);
        units.of(table.name).add(written);
    }
    if (units.isEmpty) throw refusal;
    return { UnprocessedItems: unprocessed, ...units.report(requestedCapacity) };
}
