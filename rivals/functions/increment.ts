/** Counts up and starts an execution, or sends the message again. As in the sample, every other error is only logged. */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import type { SQSEvent, SQSRecord } from "aws-lambda";
import { required } from "../../functions/lib/platform.ts";
import type { Handler, Platform } from "../../functions/lib/platform.ts";
import { LOCK_KEY } from "../designs/lib/parts.ts";

/** Seconds for which a message that found no slot is delayed. */
const DELAY = { from: 15, to: 120 };

export function create({ env, dynamodb, sfn, sqs, log }: Platform): Handler {
    const TableName = required(env, "TABLE_NAME");
    const QueueUrl = required(env, "QUEUE_URL");
    const stateMachineArn = required(env, "STATE_MACHINE_ARN");
    const limit = required(env, "LIMIT");
    const start = async ({ body }: SQSRecord): Promise<void> => {
        await dynamodb.send(
            new UpdateItemCommand({
                TableName,
                Key: LOCK_KEY,
                UpdateExpression: "ADD #count :one",
                ConditionExpression: "#count < :limit",
                ExpressionAttributeNames: { "#count": "counter" },
                ExpressionAttributeValues: { ":one": { N: "1" }, ":limit": { N: limit } },
            }),
        );
        await sfn.send(new StartExecutionCommand({ stateMachineArn, input: body }));
    };
    const handle = async (record: SQSRecord): Promise<void> => {
        try {
            await start(record);
        } catch (error) {
            const { name, message } = error as Error;
            log.error("not started", { name, message });
            if (name !== "ConditionalCheckFailedException") return;
            const { messageId, body: MessageBody } = record;
            await sqs
                .send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds: delayOf(messageId) }))
                .catch((again: unknown) => log.error("not sent again", { error: String(again) }));
        }
    };
    return async (event) => {
        for (const record of (event as SQSEvent).Records) await handle(record);
    };
}

/** At random, and yet the same each time: each message that is sent again has an id of its own. */
function delayOf(messageId: string): number {
    const share = Number.parseInt(messageId.slice(0, 8), 16) / 2 ** 32;
    return Math.floor(DELAY.from + share * (DELAY.to - DELAY.from + 1));
}
