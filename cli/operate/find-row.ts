/** Finds the row of a message by what a person types: its id, the beginning of its id, or the name of its execution. */
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { messageIdOf } from "../../slots/holder.ts";
import { readRow } from "../../slots/items.ts";
import { ENTRY, POSITION, TABLE } from "../../slots/table.ts";
import type { Row } from "../../slots/table.ts";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { eachRow, readQueue } from "./pool.ts";
import type { Session } from "./session.ts";

/** A row, and how many stand before it if it is in line. */
export interface Found {
    readonly row: Row;
    readonly ahead?: number;
}

/** A shorter beginning of an id fits too many messages. */
const SHORTEST = 4;

/** How many ids are listed where several fit. */
const LISTED = 5;

export async function findRow(session: Session, text: string): Promise<Found> {
    if (text.length < SHORTEST) {
        throw new CommandError(
            "id-too-short",
            `${JSON.stringify(text)} is too short; give at least ${SHORTEST} characters of the id`,
            { exitCode: EXIT.usage },
        );
    }
    const rows = await rowsThatBegin(session, messageIdOf(text));
    const [row, ...others] = rows;
    if (!row) throw await noneFits(session, text);
    if (others.length > 0) throw severalFit(text, rows);
    return row.position?.startsWith(POSITION.wait) === true
        ? { row, ahead: await countBefore(session, row.position) }
        : { row };
}

/** The rows of messages whose ids begin with a text: the id is the row's key. One more than can be listed, at most. */
async function rowsThatBegin({ aws, operator }: Session, id: string): Promise<Row[]> {
    const input = {
        TableName: operator.tableName,
        ConsistentRead: true,
        KeyConditionExpression: `${TABLE.partitionKey} = :pool AND begins_with(${TABLE.sortKey}, :row)`,
        ExpressionAttributeValues: { ":pool": { S: operator.pool }, ":row": { S: ENTRY.row(id) } },
        Limit: LISTED + 1,
    };
    const { Items = [] } = await aws.dynamodb.send(new QueryCommand(input));
    return Items.map(readRow);
}

/** How many stand in line before a position. */
async function countBefore(session: Session, position: string): Promise<number> {
    let ahead = 0;
    await eachRow(session, POSITION.wait, (row) => {
        if ((row.position ?? "") < position) ahead++;
    });
    return ahead;
}

function severalFit(text: string, found: readonly Row[]): CommandError {
    const ids = found.slice(0, LISTED).map(({ messageId }) => messageId);
    const more = found.length > LISTED ? ", …" : "";
    return new CommandError(
        "several-messages",
        `several messages begin with ${text}: ${ids.join(", ")}${more}`,
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
