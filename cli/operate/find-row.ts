/** Finds the row of a message by what a person types: its id, the beginning of its id, or the name of its execution. */
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { getItem } from "../../functions/lib/rows.ts";
import { readRow } from "../../slots/items.ts";
import { ENTRY, POSITION, TABLE } from "../../slots/table.ts";
import type { Row } from "../../slots/table.ts";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { eachRow, readQueue, sourceOf } from "./pool.ts";
import type { Session } from "./session.ts";

/** A row, and how many stand before it if it is in line. */
export interface Found {
    readonly row: Row;
    readonly ahead?: number;
}

/** A shorter beginning of an id fits too many messages. */
const SHORTEST = 4;

/** Pages of the whole pool that are read for a message that has ended. A page has 1 MB. */
const MAX_PAGES = 40;

/** How many ids are listed where several fit. */
const LISTED = 5;

export async function findRow(session: Session, text: string): Promise<Found> {
    if (text.length < SHORTEST) {
        throw new CommandError(
            "id-too-short",
            `${JSON.stringify(text)} is too short; give at least ${SHORTEST} characters of the id`,
            {
                exitCode: EXIT.usage,
            },
        );
    }
    const named = await getItem(sourceOf(session), ENTRY.row(text));
    const open = await openRows(session, text);
    const isWhole = open.length === 1 && open[0]?.row.messageId === text;
    const ended = named || isWhole ? [] : await endedRows(session, text);
    const found = open.length > 0 || !named ? [...open, ...ended] : [{ row: readRow(named) }];
    const [first, ...others] = found;
    if (first && others.length === 0) return first;
    throw first ? severalFit(text, found) : await noneFits(session, text);
}

/** Those whose rows are in the index: the message has not ended. */
async function openRows(session: Session, text: string): Promise<Found[]> {
    const found: Found[] = [];
    for (const position of Object.values(POSITION)) {
        let ahead = 0;
        await eachRow(session, position, (row) => {
            if (fits(row, text)) found.push({ row, ...(position === POSITION.wait && { ahead }) });
            ahead++;
        });
    }
    return found;
}

async function endedRows({ aws, operator }: Session, text: string): Promise<Found[]> {
    const found: Found[] = [];
    const input = {
        TableName: operator.tableName,
        ConsistentRead: true,
        KeyConditionExpression: `${TABLE.partitionKey} = :pool AND begins_with(${TABLE.sortKey}, :rows)`,
        FilterExpression: "attribute_exists(ended) AND begins_with(messageId, :id)",
        ExpressionAttributeValues: {
            ":pool": { S: operator.pool },
            ":rows": { S: ENTRY.row("") },
            ":id": { S: text },
        },
    };
    let ExclusiveStartKey: Record<string, never> | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
        const from = ExclusiveStartKey && { ExclusiveStartKey };
        const answer = await aws.dynamodb.send(new QueryCommand({ ...input, ...from }));
        found.push(...(answer.Items ?? []).map((item) => ({ row: readRow(item) })));
        ExclusiveStartKey = answer.LastEvaluatedKey as Record<string, never> | undefined;
        if (!ExclusiveStartKey) break;
    }
    return found;
}

function fits(row: Row, text: string): boolean {
    return row.messageId.startsWith(text) || row.name === text;
}

function severalFit(text: string, found: readonly Found[]): CommandError {
    const ids = found.slice(0, LISTED).map(({ row }) => row.messageId);
    const more = found.length > LISTED ? ", …" : "";
    return new CommandError(
        "several-messages",
        `${found.length} messages begin with ${text}: ${ids.join(", ")}${more}`,
        {
            exitCode: EXIT.notFound,
            hint: "give more of the id",
        },
    );
}

async function noneFits(session: Session, text: string): Promise<CommandError> {
    const queue = await readQueue(session, session.operator.queueUrl);
    const inQueue = queue ? queue.visible + queue.inFlight : 0;
    return new CommandError("no-such-message", `No message that was accepted begins with ${text}.`, {
        exitCode: EXIT.notFound,
        hint:
            inQueue > 0
                ? `it may be in the work queue, where ${inQueue} are not accepted yet; turnstile failed looks at dead letters`
                : "the work queue is empty; turnstile failed looks at dead letters",
    });
}
