/** PutItem, UpdateItem and DeleteItem. */
import type {
    DeleteItemInput,
    DeleteItemOutput,
    PutItemInput,
    PutItemOutput,
    UpdateItemInput,
    UpdateItemOutput,
} from "@aws-sdk/client-dynamodb";
import { AwsError } from "../../service.ts";
import type { Units } from "./capacity.ts";
import type { Engine } from "./engine.ts";
import { validation } from "./errors.ts";
import { planDelete, planPut, planUpdate, type Outcome, type Plan } from "./plans.ts";
import { project } from "./projection.ts";
import { checkMembers, choices, type Members } from "./requests.ts";
import type { Item } from "./values.ts";

const common: Members = {
    TableName: "required",
    ConditionExpression: "any",
    ExpressionAttributeNames: "any",
    ExpressionAttributeValues: "any",
    ReturnConsumedCapacity: choices.consumedCapacity,
    ReturnItemCollectionMetrics: choices.collectionMetrics,
    ReturnValues: choices.returnValues,
    ReturnValuesOnConditionCheckFailure: choices.onFailure,
};
const putMembers: Members = { ...common, Item: "required" };
const deleteMembers: Members = { ...common, Key: "required" };
const updateMembers: Members = { ...common, Key: "required", UpdateExpression: "any" };

type Input = PutItemInput | UpdateItemInput | DeleteItemInput;

interface Written {
    readonly before: Item | undefined;
    readonly after: Outcome;
    readonly units: Units;
}

export function putItem(engine: Engine, input: PutItemInput): PutItemOutput {
    checkMembers("PutItem", input, putMembers);
    checkReturnValues(input.ReturnValues);
    const plan = planPut(engine, input)();
    const { before, units } = write(engine, plan, input);
    return output(plan, input, input.ReturnValues === "ALL_OLD" ? before : undefined, units);
}

export function deleteItem(engine: Engine, input: DeleteItemInput): DeleteItemOutput {
    checkMembers("DeleteItem", input, deleteMembers);
    checkReturnValues(input.ReturnValues);
    const plan = planDelete(engine, input)();
    const { before, units } = write(engine, plan, input);
    return output(plan, input, input.ReturnValues === "ALL_OLD" ? before : undefined, units);
}

export function updateItem(engine: Engine, input: UpdateItemInput): UpdateItemOutput {
    checkMembers("UpdateItem", input, updateMembers);
    const plan = planUpdate(engine, input)();
    const written = write(engine, plan, input);
    return output(plan, input, returned(plan, input.ReturnValues, written), written.units);
}

/** What a refused condition answers. */
export function conditionFailed(item: Item | undefined, returnValues: string | undefined): AwsError {
    return new AwsError(
        "ConditionalCheckFailedException",
        "The conditional request failed",
        400,
        item && returnValues === "ALL_OLD" ? { Item: item } : {},
    );
}

function write(engine: Engine, plan: Plan, input: Input): Written {
    const { table, key } = plan;
    const target = table.locate(key);
    const { row } = target;
    const before = row?.item;
    table.admitWrite(target.partition);
    if (!plan.allows(row)) {
        engine.countWrite(table.refusedUnits(target));
        throw conditionFailed(before, input.ReturnValuesOnConditionCheckFailure);
    }
    const after = plan.outcome(row);
    const units = table.commit(target, after.item, after.size);
    engine.countWrite(units);
    return { before, after, units };
}

function returned(plan: Plan, which: string | undefined, { before, after }: Written): Item | undefined {
    switch (which) {
        case "ALL_OLD":
            return before;
        case "ALL_NEW":
            return after.item;
        case "UPDATED_OLD":
            return before && project(before, plan.paths);
        case "UPDATED_NEW":
            return after.item && project(after.item, plan.paths);
        default:
            return undefined;
    }
}

function output(plan: Plan, input: Input, attributes: Item | undefined, units: Units): UpdateItemOutput {
    const consumed = units.report(plan.table.name, input.ReturnConsumedCapacity);
    return {
        ...(attributes && Object.keys(attributes).length > 0 && { Attributes: attributes }),
        ...(consumed && { ConsumedCapacity: consumed }),
    } as UpdateItemOutput;
}

function checkReturnValues(which: string | undefined): void {
    if (which !== undefined && which !== "ALL_OLD" && which !== "NONE") {
        throw validation("ReturnValues can only be ALL_OLD or NONE");
    }
}
