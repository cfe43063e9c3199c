/** Every expression that goes wrong, or nearly, by itself. */
import * as expressions from "./expressions.ts";
import { TableName, get, line, positions, put, remove, update, values } from "./form.ts";
import type { Cases } from "./form.ts";
import type { Request } from "./suite.ts";

const item = put({ n: { N: "1" }, s: { S: "a" }, l: { L: [{ N: "1" }] } });
const number = { ":v": { N: "1" } };
const text = { ":v": { S: "daily" } };

/** The values that an expression names, if it names any. */
function needed(expression: string, given: object): object {
    return expression.includes(":v") ? values(given) : {};
}

function each(
    prefix: string,
    all: readonly string[],
    requests: (expression: string) => readonly Request[],
): Cases {
    return Object.fromEntries(all.map((expression) => [`${prefix} "${expression}"`, requests(expression)]));
}

export const wrong: Cases = {
    ...each("condition", expressions.conditions, (ConditionExpression) => [
        item,
        remove({ ConditionExpression, ...needed(ConditionExpression, number) }),
    ]),
    ...each("update", expressions.updates, (UpdateExpression) => [
        item,
        // An update may be the empty text, which update() takes for none.
        update(undefined, { UpdateExpression, ...needed(UpdateExpression, number) }),
    ]),
    ...each("projection", expressions.projections, (ProjectionExpression) => [
        item,
        get({ ProjectionExpression }),
    ]),
    ...each("key condition", expressions.keyConditions, (KeyConditionExpression) => [
        ...line(positions.slice(0, 2)),
        {
            operation: "Query",
            input: { TableName, KeyConditionExpression, ...needed(KeyConditionExpression, text) },
        },
    ]),
};
