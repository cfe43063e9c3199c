/** The clean-up of AWS's sample: takes the slot of an execution that ended without success, if it still owns one. */
import { GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { required } from "../../functions/lib/platform.ts";
import type { Handler, Platform } from "../../functions/lib/platform.ts";
import { COUNT } from "../designs/lib/owner-count.ts";
import { LOCK_KEY } from "../designs/lib/parts.ts";

export function create({ env, dynamodb }: Platform): Handler {
    const TableName = required(env, "TABLE_NAME");
    return async (event) => {
        const { detail } = event as { detail: { executionArn: string } };
        const owner = { "#owner": detail.executionArn };
        const { Item } = await dynamodb.send(
            new GetItemCommand({
                TableName,
                Key: LOCK_KEY,
                ProjectionExpression: "#owner",
                ExpressionAttributeNames: owner,
            }),
        );
        if (Item === undefined || Object.keys(Item).length === 0) return;
        try {
            await dynamodb.send(
                new UpdateItemCommand({
                    TableName,
                    Key: LOCK_KEY,
                    UpdateExpression: "SET #count = #count - :one REMOVE #owner",
                    ConditionExpression: "attribute_exists(#owner)",
                    ExpressionAttributeNames: { ...owner, "#count": COUNT },
                    ExpressionAttributeValues: { ":one": { N: "1" } },
                }),
            );
        } catch (error) {
            if ((error as Error).name !== "ConditionalCheckFailedException") throw error;
        }
    };
}
