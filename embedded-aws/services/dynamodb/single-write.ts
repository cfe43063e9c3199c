/** What PutItem, UpdateItem and DeleteItem have in common: each carries out one plan. */
import type { UpdateItemOutput } from "@aws-sdk/client-dynamodb";
import { AwsError } from "../../service.ts";
import type { Units } from "./capacity.ts";
import type { Engine } from "./engine.ts";
import { validation } from "./errors.ts";
import type { Outcome, Plan } from "./plans.ts";
import { CHOICES } from "./requests.ts";
import type { Members } from "./requests.ts";
import type { Item } from "./values.ts";

/** The members that all three understand. */
export const WRITE_MEMBERS: Members = {
    TableName: "required",
    ConditionExpression: "any",
    ExpressionAttributeNames: "any",
    ExpressionAttributeValues: "any",
    ReturnConsumedCapacity: CHOICES.consumedCapacity,
    ReturnItemCollectionMetrics: CHOICES.collectionMetrics,
    ReturnValues: CHOICES.returnValues,
    ReturnValuesOnConditionCheckFailure: CHOICES.onFailure,
};

/** A write that was carried out. */
export interface Written {
    readonly before: Item | undefined;
    readonly after: Outcome;
    readonly units: Units;
}

/** PutItem and DeleteItem can return only what was there before. */
export function checkReturnsOnlyOld(returnValues: string | undefined): void {
    if (returnValues !== undefined && returnValues !== "ALL_OLD" && returnValues !== "NONE") {
        throw validation("ReturnValues can only be ALL_OLD or NONE");
    }
}

/**
 * Writes what the plan says. Throws if the partition key is too hot, or if the condition refuses; a refused write is paid
 * for, too. `onFailure` is the request's ReturnValuesOnConditionCheckFailure.
 */
export function carryOut(engine: Engine, plan: Plan, onFailure: string | undefined): Written {
    const { table, key } = plan;
    const target = table.locate(key);
    const { row } = target;
    const before = row?.item;
    table.admitWrite(target.partition);
    if (!plan.allows(row)) {
        engine.countWrite(table, table.refusedUnits(target));
        throw conditionFailed(onFailure === "ALL_OLD" ? before : undefined);
    }
    const after = plan.outcome(row);
    table.admitSize(target, after.item, after.size);
    const units = table.commit(target, after.item, after.size);
    engine.countWrite(table, units);
    return { before, after, units };
}

/** The output, with the attributes to return, if any, and what the request asks for besides. */
export function outputOf(
    plan: Plan,
    attributes: Item | undefined,
    units: Units,
    requested: {
        readonly ReturnConsumedCapacity?: string | undefined;
        readonly ReturnItemCollectionMetrics?: string | undefined;
    },
): Pick<UpdateItemOutput, "Attributes" | "ConsumedCapacity" | "ItemCollectionMetrics"> {
    const consumed = units.report(plan.table.name, requested.ReturnConsumedCapacity);
    const isAsked = requested.ReturnItemCollectionMetrics === "SIZE";
    const collection = isAsked ? plan.table.collectionMetrics(plan.key) : undefined;
    return {
        ...(attributes && Object.keys(attributes).length > 0 && { Attributes: attributes }),
        ...(consumed && { ConsumedCapacity: consumed }),
        ...(collection && { ItemCollectionMetrics: collection }),
    } as UpdateItemOutput;
}

function conditionFailed(item: Item | undefined): AwsError {
    const details = item ? { Item: item } : {};
    return new AwsError("ConditionalCheckFailedException", "The conditional request failed", 400, details);
}
