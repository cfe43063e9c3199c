/**
 * The row of a message: whoever delivers the message again finds what became of it there. The first delivery writes it, before
 * anything else happens to the message; each later one gets it back instead.
 */
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { readRow } from "../../slots/items.ts";
import { openPosition, OUTCOME } from "../../slots/table.ts";
import type { Outcome, Row } from "../../slots/table.ts";
import { rowExpiry } from "../../slots/times.ts";
import { open, recordRefusal } from "../../slots/writes.ts";
import type { Put } from "../../slots/writes.ts";
import { errorName } from "../lib/errors.ts";
import { executionArn, executionName } from "../lib/execution.ts";
import { METRIC } from "../lib/metrics.ts";
import { hashOf } from "./received.ts";
import type { Message, Starter } from "./received.ts";

/** What an item collection may take (DynamoDB Developer Guide, "Item collections in Local Secondary Indexes"). */
const MAX_COLLECTION_GIGABYTES = 10;

/** Opens the row of a message that can start. Returns the row that is there already. */
export async function openRow(starter: Starter, message: Message): Promise<Row | undefined> {
    const now = new Date(starter.platform.now()).toISOString();
    const row = open({
        ...described(starter, message),
        execution: executionArn(starter.stateMachine, executionName(message.group, message.id)),
        job: starter.job,
        position: openPosition(now, message.id),
        now,
    });
    return put(starter, row);
}

/** Marks a message that can never start, before its letter is sent. Returns the row that is there already. */
export function markRefusal(starter: Starter, message: Message): Promise<Row | undefined> {
    return putRefusal(starter, message, undefined);
}

/** Records that a message that can never start has ended: its letter was sent. */
export async function closeRefusal(starter: Starter, message: Message): Promise<void> {
    await putRefusal(starter, message, OUTCOME.deadLettered);
}

/** Whether a row is only the mark of a message that can never start: it never was in the line. */
export function isMark({ position, ended }: Row): boolean {
    return position === undefined && ended === undefined;
}

function putRefusal(
    starter: Starter,
    message: Message,
    outcome: Outcome | undefined,
): Promise<Row | undefined> {
    const now = starter.platform.now();
    const row = recordRefusal({
        ...described(starter, message),
        ...(outcome !== undefined && { outcome }),
        expires: rowExpiry(now),
        now: new Date(now).toISOString(),
    });
    return put(starter, row);
}

/** What each row says of its message. */
function described({ table, pool }: Starter, { id, group, body }: Message) {
    return { table, pool, name: id, messageId: id, group, bodyHash: hashOf(body) };
}

/** Returns the row that is there already, if that cannot be replaced. */
async function put(starter: Starter, row: Put): Promise<Row | undefined> {
    try {
        const written = await starter.platform.dynamodb.send(
            new PutItemCommand({ ...row, ReturnItemCollectionMetrics: "SIZE" }),
        );
        reportSize(starter, written.ItemCollectionMetrics?.SizeEstimateRangeGB?.[0]);
        return undefined;
    } catch (error) {
        if (errorName(error) === "ItemCollectionSizeLimitExceededException") {
            reportSize(starter, MAX_COLLECTION_GIGABYTES);
        }
        if (errorName(error) !== "ConditionalCheckFailedException") throw error;
        return readRow((error as ConditionalCheckFailedException).Item ?? {});
    }
}

/** All rows of a pool are in one item collection, whose size only a write to it shows. */
function reportSize({ platform, pool }: Starter, gigabytes: number | undefined): void {
    if (gigabytes !== undefined) platform.metrics({ [METRIC.itemCollectionSize]: gigabytes }, { pool });
}
