/**
 * What a write request wants, checked as far as that is possible without the item: which item, on what condition, and
 * what becomes of it. Single writes, batches and transactions carry plans out, each in its way.
 */
import type {
    ConditionCheck,
    DeleteItemInput,
    PutItemInput,
    UpdateItemInput,
} from "@aws-sdk/client-dynamodb";
import { evaluate } from "./condition.ts";
import type { Engine } from "./engine.ts";
import { invalidParameter, validation } from "./errors.ts";
import { bind, type Expressions } from "./expressions.ts";
import { headOf, resolve, type Path } from "./paths.ts";
import type { Row, Table } from "./table.ts";
import { applyUpdate, type Action, type UpdateOperand } from "./update.ts";
import { admitItem, equalItems, itemSize, maxItemSize, typeOf, type Item, type ValueType } from "./values.ts";

/** An item after a write, or nothing, which takes no bytes. */
export interface Outcome {
    readonly item: Item | undefined;
    readonly size: number;
}

export interface Plan {
    readonly table: Table;
    /** Has at least the key attributes. */
    readonly key: Item;
    /** Whether the condition holds, if there is one. */
    readonly allows: (row: Row | undefined) => boolean;
    /** What becomes of the item that is there. Throws if the update does not fit it. */
    readonly outcome: (row: Row | undefined) => Outcome;
    /** For an update, the paths that it writes to. */
    readonly paths: readonly Path[];
}

/** A plan whose expressions are checked, and whose table and key are looked at when it is called. */
export type Draughted = () => Plan;

type Put = Pick<PutItemInput, "TableName" | "Item" | ExpressionMembers>;
type Update = Pick<UpdateItemInput, "TableName" | "Key" | "UpdateExpression" | ExpressionMembers>;
type Delete = Pick<DeleteItemInput, "TableName" | "Key" | ExpressionMembers>;
type ExpressionMembers = "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues";

export function planPut(engine: Engine, input: Put): Draughted {
    const item = admitItem(input.Item);
    const size = itemSize(item);
    if (size > maxItemSize) throw validation("Item size has exceeded the maximum allowed size");
    const expressions = bind(input, ["ConditionExpression"]);
    return () => {
        const table = engine.table(input.TableName as string);
        table.checkItem(item);
        checkConditionPaths(table, expressions);
        return {
            table,
            key: item,
            allows: allowed(expressions),
            outcome: (row) => ({ item: row && equalItems(row.item, item) ? row.item : item, size }),
            paths: [],
        };
    };
}

export function planDelete(engine: Engine, input: Delete): Draughted {
    const key = admitItem(input.Key);
    const expressions = bind(input, ["ConditionExpression"]);
    return () => {
        const table = engine.table(input.TableName as string);
        table.checkKey(key);
        checkConditionPaths(table, expressions);
        return {
            table,
            key,
            allows: allowed(expressions),
            outcome: () => ({ item: undefined, size: 0 }),
            paths: [],
        };
    };
}

/** A condition on an item that stays as it is. */
export function planCheck(engine: Engine, input: ConditionCheck): Draughted {
    const draughted = planDelete(engine, input);
    return () => ({ ...draughted(), outcome: (row) => ({ item: row?.item, size: row?.size ?? 0 }) });
}

export function planUpdate(engine: Engine, input: Update): Draughted {
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
            allows: allowed(expressions),
            outcome: (row) => updated(table, expressions, key, row),
            paths: update ? update.actions.map(({ path }) => resolve(path, bindings)) : [],
        };
    };
}

function checkConditionPaths(table: Table, { condition, bindings }: Expressions): void {
    if (condition) table.checkKeyPaths(condition.paths, bindings);
}

function allowed({ condition, bindings }: Expressions): Plan["allows"] {
    if (!condition) return () => true;
    return (row) => evaluate(condition.root, row?.item, bindings);
}

function updated(table: Table, { update, bindings }: Expressions, key: Item, row: Row | undefined): Outcome {
    const before = row?.item ?? key;
    const sizeBefore = row?.size ?? itemSize(key);
    if (!update) return { item: before, size: sizeBefore };
    const { item, size } = applyUpdate(update, before, sizeBefore, bindings);
    if (size > maxItemSize) throw validation("Item size to update has exceeded the maximum allowed size");
    table.checkIndexKeys(item, true);
    return { item, size };
}

/** No update of a key attribute, of a part of one, or of an index key to another type. */
function checkTargets(table: Table, { update, bindings }: Expressions): void {
    if (!update) return;
    const heads = update.actions.map(({ path }) => headOf(path, bindings));
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
