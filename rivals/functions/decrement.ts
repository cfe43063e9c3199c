/** Counts down at each event that an execution has ended: it cannot tell an event that comes twice. */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { required } from "../../functions/lib/platform.ts";
import type { Handler, Platform } from "../../functions/lib/platform.ts";
import { LOCK_KEY } from "../designs/lib/parts.ts";

export function create({ env, dynamodb, log }: Platform): Handler {
    const TableName = required(env, "TABLE_NAME");
    return async () => {
        try {
            await dynamodb.send(
                new UpdateItemCommand({
                    TableName,
                    Key: LOCK_KEY,
                    UpdateExpression: "ADD #count :less",
                    ConditionExpression: "#count >= :one",
                    ExpressionAttributeNames: { "#count": "counter" },
                    ExpressionAttributeValues: { ":less": { N: "-1" }, ":one": { N: "1" } },
                }),
            );
        } catch (error) {
            // As in the sample: the event is gone, and the slot with it.
            log.error("not counted down", { error: String(error) });
        }
    };
}
