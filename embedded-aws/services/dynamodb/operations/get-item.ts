/** GetItem: one item, or parts of it, by its key. */
import type { GetItemInput, GetItemOutput } from "@aws-sdk/client-dynamodb";
import { readUnits, Units } from "../capacity.ts";
import type { Engine } from "../engine.ts";
import { bind } from "../expressions.ts";
import { project } from "../projection.ts";
import { checkMembers, CHOICES } from "../requests.ts";
import type { Members } from "../requests.ts";
import { admitItem } from "../values.ts";

const MEMBERS: Members = {
    TableName: "required",
    Key: "required",
    ConsistentRead: "any",
    ProjectionExpression: "any",
    ExpressionAttributeNames: "any",
    ReturnConsumedCapacity: CHOICES.consumedCapacity,
};

export function getItem(engine: Engine, input: GetItemInput): GetItemOutput {
    checkMembers("GetItem", input, MEMBERS);
    const key = admitItem(input.Key);
    const { projection } = bind(input, ["ProjectionExpression"]);
    const table = engine.table(input.TableName as string);
    table.checkKey(key);

    const row = table.find(key);
    const units = new Units();
    units.table = readUnits(row?.size ?? 0, input.ConsistentRead === true);
    engine.countRead(table, units);
    const consumed = units.report(table.name, input.ReturnConsumedCapacity);
    return {
        ...(row && { Item: projection ? project(row.item, projection) : row.item }),
        ...(consumed && { ConsumedCapacity: consumed }),
    } as GetItemOutput;
}
