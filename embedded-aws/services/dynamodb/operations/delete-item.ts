/** DeleteItem: removes the item with a key. Having none is no error. */
import type { DeleteItemInput, DeleteItemOutput } from "@aws-sdk/client-dynamodb";
import type { Engine } from "../engine.ts";
import { bind } from "../expressions.ts";
import { checkConditionPaths, conditionOf } from "../plans.ts";
import type { ConditionMembers, PreparedPlan } from "../plans.ts";
import { checkMembers } from "../requests.ts";
import type { Members } from "../requests.ts";
import { carryOut, checkReturnsOnlyOld, outputOf, WRITE_MEMBERS } from "../single-write.ts";
import { admitItem } from "../values.ts";

const MEMBERS: Members = { ...WRITE_MEMBERS, Key: "required" };

export function deleteItem(engine: Engine, input: DeleteItemInput): DeleteItemOutput {
    checkMembers("DeleteItem", input, MEMBERS);
    checkReturnsOnlyOld(input.ReturnValues);
    const plan = prepareDelete(engine, input)();

    const { before, units } = carryOut(engine, plan, input.ReturnValuesOnConditionCheckFailure);
    const returned = input.ReturnValues === "ALL_OLD" ? before : undefined;
    return outputOf(plan, returned, units, input);
}

/** Also a delete of a batch, which has no condition, and of a transaction. */
export function prepareDelete(
    engine: Engine,
    input: Pick<DeleteItemInput, "TableName" | "Key" | ConditionMembers>,
): PreparedPlan {
    const key = admitItem(input.Key);
    const expressions = bind(input, ["ConditionExpression"]);
    return () => {
        const table = engine.table(input.TableName as string);
        table.checkKey(key);
        checkConditionPaths(table, expressions);
        return {
            table,
            key,
            allows: conditionOf(expressions),
            outcome: () => ({ item: undefined, size: 0 }),
            paths: [],
        };
    };
}
