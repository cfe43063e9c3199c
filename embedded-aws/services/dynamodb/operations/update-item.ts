/** UpdateItem: changes attributes of an item, or makes an item of the key if there is none. */
import type { UpdateItemInput, UpdateItemOutput } from "@aws-sdk/client-dynamodb";
import type { Engine } from "../engine.ts";
import { invalidParameter, validation } from "../errors.ts";
import { bind } from "../expressions.ts";
import type { Expressions } from "../expressions.ts";
import { checkConditionPaths, conditionOf } from "../plans.ts";
import type { ConditionMembers, Outcome, Plan, PreparedPlan } from "../plans.ts";
import { project } from "../projection.ts";
import { checkMembers } from "../requests.ts";
import type { Members } from "../requests.ts";
import { carryOut, outputOf, WRITE_MEMBERS } from "../single-write.ts";
import type { Written } from "../single-write.ts";
import type { Row, Table } from "../table.ts";
import { applyUpdate } from "../update.ts";
import type { Action, UpdateOperand } from "../update.ts";
import { admitItem, itemSize, MAX_ITEM_BYTES, typeOf } from "../values.ts";
import type { Item, ValueType } from "../values.ts";

const MEMBERS: Members = { ...WRITE_MEMBERS, Key: "required", UpdateExpression: "any" };

export function updateItem(engine: Engine, input: UpdateItemInput): UpdateItemOutput {
    checkMembers("UpdateItem", input, MEMBERS);
    const plan = prepareUpdate(engine, input)();

    const written = carryOut(engine, plan, input.ReturnValuesOnConditionCheckFailure);
    const returned = returnedBy(plan, written, input.ReturnValues);
    return outputOf(plan, returned, written.units, input);
}

/** Also an update of a transaction. */
export function prepareUpdate(
    engine: Engine,
    input: Pick<UpdateItemInput, "TableName" | "Key" | "UpdateExpression" | ConditionMembers>,
): PreparedPlan {
    const key = admitItem(input.Key);
    const expressions = bind(input, ["UpdateExpression", "ConditionExpression"]);
    return () => {
        const table = engine.table(input.TableName as string);
        table.checkKey(key);
        checkTargets(table, expressions);
        checkConditionPaths(table, expressions);
        const { update, bindings } = expressions;
        return {
            table,
            key,
            allows: conditionOf(expressions),
            outcome: (row) => updated(table, expressions, key, row),
            paths: update ? update.actions.map(({ path }) => bindings.resolve(path)) : [],
        };
    };
}

/** No update of a key attribute, of a part of one, or of an index key to another type. */
function checkTargets(table: Table, { update, bindings }: Expressions): void {
    if (!update) return;
    const heads = update.actions.map(({ path }) => bindings.headOf(path));
    for (const { name } of table.keys) {
        if (!heads.includes(name)) continue;
        throw invalidParameter(`Cannot update attribute ${name}. This attribute is part of the key`);
    }
    update.actions.forEach((action, i) => {
        const index = table.indexes.find(({ sortKey }) => sortKey.name === heads[i]);
        if (!index || action.path.length > 1) return;
        const type = typeAfter(action, (name) => typeOf(bindings.valueOf(name)));
        if (type && type !== index.sortKey.type)
            throw table.indexTypeMismatch(index.name, index.sortKey, type);
    });
    table.checkKeyPaths(update.paths, bindings);
}

/** The type that an action leaves at its path, as far as the expression alone says. */
function typeAfter(action: Action, typeOfValue: (name: string) => ValueType): ValueType | undefined {
    if (action.kind === "REMOVE") return undefined;
    if (action.kind !== "SET") return typeOfValue(action.value);
    return operandType(action.operand, typeOfValue);
}

function operandType(
    operand: UpdateOperand,
    typeOfValue: (name: string) => ValueType,
): ValueType | undefined {
    if (operand.kind === "path") return undefined;
    if (operand.kind === "value") return typeOfValue(operand.name);
    if (operand.name === "list_append") return "L";
    if (operand.name === "if_not_exists")
        return operandType(operand.operands[1] as UpdateOperand, typeOfValue);
    return "N";
}

function updated(table: Table, { update, bindings }: Expressions, key: Item, row: Row | undefined): Outcome {
    const before = row?.item ?? key;
    const sizeBefore = row?.size ?? itemSize(key);
    if (!update) return { item: before, size: sizeBefore };
    const { item, size } = applyUpdate(update, before, sizeBefore, bindings);
    if (size > MAX_ITEM_BYTES) throw validation("Item size to update has exceeded the maximum allowed size");
    table.checkIndexKeys(item, true);
    return { item, size };
}

function returnedBy(plan: Plan, { before, after }: Written, which: string | undefined): Item | undefined {
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
