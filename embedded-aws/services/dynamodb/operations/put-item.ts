/** PutItem: an item takes the place of the one with the same key, if there is one. */
import type { PutItemInput, PutItemOutput } from "@aws-sdk/client-dynamodb";
import type { Engine } from "../engine.ts";
import { validation } from "../errors.ts";
import { bind } from "../expressions.ts";
import { checkConditionPaths, conditionOf } from "../plans.ts";
import type { ConditionMembers, PreparedPlan } from "../plans.ts";
import { checkMembers } from "../requests.ts";
import type { Members } from "../requests.ts";
import { carryOut, checkReturnsOnlyOld, outputOf, WRITE_MEMBERS } from "../single-write.ts";
import { admitItem, equalItems, itemSize, MAX_ITEM_BYTES } from "../values.ts";

const MEMBERS: Members = { ...WRITE_MEMBERS, Item: "required" };

export function putItem(engine: Engine, input: PutItemInput): PutItemOutput {
    checkMembers("PutItem", input, MEMBERS);
    checkReturnsOnlyOld(input.ReturnValues);
    const plan = preparePut(engine, input)();

    const { before, units } = carryOut(engine, plan, input.ReturnValuesOnConditionCheckFailure);
    const returned = input.ReturnValues === "ALL_OLD" ? before : undefined;
    return outputOf(plan, returned, units, input);
}

/** Also a put of a batch, which has no condition, and of a transaction. */
export function preparePut(
    engine: Engine,
    input: Pick<PutItemInput, "TableName" | "Item" | ConditionMembers>,
): PreparedPlan {
    const item = admitItem(input.Item);
    const size = itemSize(item);
    if (size > MAX_ITEM_BYTES) throw validation("Item size has exceeded the maximum allowed size");
    const expressions = bind(input, ["ConditionExpression"]);
    return () => {
        const table = engine.table(input.TableName as string);
        table.checkItem(item);
        checkConditionPaths(table, expressions);
        return {
            table,
            key: item,
            allows: conditionOf(expressions),
            outcome: (row) => ({ item: row && equalItems(row.item, item) ? row.item : item, size }),
            paths: [],
        };
    };
}
