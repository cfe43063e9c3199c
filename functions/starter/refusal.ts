/** Messages that can never start: each goes to the dead-letter queue, once, with the reason. */
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { readRow } from "../../slots/items.ts";
import { OUTCOME } from "../../slots/table.ts";
import type { Outcome, Row } from "../../slots/table.ts";
import { rowExpiry } from "../../slots/times.ts";
import { recordRefusal } from "../../slots/writes.ts";
import { sendDeadLetter } from "../lib/dead-letter.ts";
import { errorFields, errorName } from "../lib/errors.ts";
import { executionName } from "../lib/execution.ts";
import { METRIC } from "../lib/metrics.ts";
import type { Refusal } from "./message.ts";
import { hashOf } from "./received.ts";
import type { Message, Received, Starter } from "./received.ts";

/**
 * Sends a message that can never start to the dead-letter queue, once, and records that. The log gets the broken rule, not
 * the body.
 */
export async function refuse(
    starter: Starter,
    { message, dropped, deliveries }: Received,
    { problem, rule }: Refusal | { problem: string; rule: "size" | "id" },
): Promise<void> {
    const { platform, pool } = starter;
    // The row of the id belongs to the message that was accepted under it.
    const isRecorded = rule !== "id";
    if (isRecorded && deliveries > 1 && (await wasRefused(starter, message))) {
        const name = executionName(message.group, message.id);
        platform.log.info("message delivered again after it had ended: nothing started", {
            messageId: message.id,
            execution: name,
        });
        return;
    }
    await sendDeadLetter(platform, {
        queueUrl: starter.deadLetterQueue,
        pool,
        messageId: message.id,
        group: message.group,
        body: message.body,
        cause: `MessageRefused: ${problem}`,
        attributes: message.attributes,
    });
    if (isRecorded) await record(starter, message);
    platform.log.warn("message can never start: sent to the dead-letter queue", {
        pool,
        messageId: message.id,
        rule,
        ...dropped,
    });
    platform.metric(METRIC.messageRefused, 1, { pool });
}

/**
 * Records that a message has ended, if that can be done. It has its letter: bringing the message back to record that would only
 * send another one.
 */
async function record(starter: Starter, message: Message): Promise<void> {
    try {
        await putRefusal(starter, message, OUTCOME.deadLettered);
    } catch (error) {
        starter.platform.log.warn(
            "the refusal was not recorded: another delivery would send a second letter",
            {
                pool: starter.pool,
                messageId: message.id,
                ...errorFields(error),
            },
        );
    }
}

/** Whether an earlier delivery of a message that can never start has sent its letter. */
async function wasRefused(starter: Starter, message: Message): Promise<boolean> {
    const there = await putRefusal(starter, message, undefined);
    return there?.ended !== undefined;
}

/** Returns the row that is there already, if that cannot be replaced. */
async function putRefusal(
    starter: Starter,
    message: Message,
    outcome: Outcome | undefined,
): Promise<Row | undefined> {
    const now = starter.platform.now();
    const row = recordRefusal({
        table: starter.table,
        pool: starter.pool,
        name: message.id,
        messageId: message.id,
        group: message.group,
        bodyHash: hashOf(message.body),
        ...(outcome !== undefined && { outcome }),
        expires: rowExpiry(now),
        now: new Date(now).toISOString(),
    });
    try {
        await starter.platform.dynamodb.send(new PutItemCommand(row));
        return undefined;
    } catch (error) {
        if (errorName(error) !== "ConditionalCheckFailedException") throw error;
        return readRow((error as ConditionalCheckFailedException).Item ?? {});
    }
}
