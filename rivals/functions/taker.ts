/** Takes a slot under a name that it makes itself, then starts the execution of that name. Raises when all slots are taken. */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import type { SQSEvent } from "aws-lambda";
import { required } from "../../functions/lib/platform.ts";
import type { Handler, Platform } from "../../functions/lib/platform.ts";
import { COUNT } from "../designs/lib/owner-count.ts";
import { LOCK_KEY } from "../designs/lib/parts.ts";
import { eachAlone } from "./starter.ts";

export function create(platform: Platform): Handler {
    const { env, dynamodb, sfn } = platform;
    const TableName = required(env, "TABLE_NAME");
    const stateMachineArn = required(env, "STATE_MACHINE_ARN");
    const limit = required(env, "LIMIT");
    return (event, { awsRequestId: name }) =>
        eachAlone(event as SQSEvent, async ({ body }) => {
            await dynamodb.send(
                new UpdateItemCommand({
                    TableName,
                    Key: LOCK_KEY,
                    UpdateExpression: "SET #count = #count + :one, #owner = :now",
                    ConditionExpression: "#count < :limit AND attribute_not_exists(#owner)",
                    ExpressionAttributeNames: { "#count": COUNT, "#owner": name },
                    ExpressionAttributeValues: {
                        ":one": { N: "1" },
                        ":limit": { N: limit },
                        ":now": { S: new Date(platform.now()).toISOString() },
                    },
                }),
            );
            await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: body }));
        });
}
