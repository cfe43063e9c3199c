/** Reads how a pool is now: its limit, who holds its slots, and who waits. All of it is read through functions of slots/. */
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { getItem, MAX_ROWS_SINCE, queryRows, rowsSince } from "../../functions/lib/rows.ts";
import type { Source } from "../../functions/lib/rows.ts";
import { parseHolderId } from "../../slots/holder.ts";
import { readGate, readOverride, readRow, readSettings } from "../../slots/items.ts";
import type { Item, ReadResult } from "../../slots/items.ts";
import { END_POSITION, endPosition, ENTRY, OUTCOME, POSITION } from "../../slots/table.ts";
import type { Gate, Outcome, Override, Row, Settings } from "../../slots/table.ts";
import type { Session } from "./session.ts";
import { unlessDenied } from "./session.ts";

export interface Pool {
    /** Milliseconds since 1970, when the gate was read. */
    readonly now: number;
    readonly settings: ReadResult<Settings>;
    readonly override: ReadResult<Override | undefined>;
    /** As it is in the table, in force or not. */
    readonly overrideItem: Item | undefined;
    /** Undefined while there is none. */
    readonly gate: Gate | undefined;
}

/** Whose slot it is. */
export interface Holding {
    readonly holder: string;
    /** Milliseconds since 1970. */
    readonly since: number;
    /** The row of its message, if it could be read. */
    readonly row: Row | undefined;
}

/** The head of the line, and how long the line is. */
export interface Line {
    readonly head: readonly Row[];
    readonly waiting: Count;
}

/** How many there are; `isExact: false`: at least so many. */
export interface Count {
    readonly count: number;
    readonly isExact: boolean;
}

export function sourceOf({ aws, operator }: Session): Source {
    return { platform: aws, table: operator.tableName, pool: operator.pool };
}

export async function readPool(session: Session): Promise<Pool> {
    const source = sourceOf(session);
    const [settings, overrideItem, gate] = await Promise.all(
        [ENTRY.settings, ENTRY.override, ENTRY.gate].map((entry) => getItem(source, entry)),
    );
    const now = session.aws.now();
    return {
        now,
        settings: readSettings(settings),
        override: readOverride(overrideItem, now),
        overrideItem,
        gate: readGate(gate),
    };
}

/** Those who hold slots, the longest first. */
export async function readHoldings(session: Session, gate: Gate | undefined): Promise<Holding[]> {
    const slots = Object.entries(gate?.holders ?? {})
        .map(([holder, slot]) => ({ holder, since: slot.since }))
        .sort((one, other) => one.since - other.since);
    const source = sourceOf(session);
    return inTurns(slots, async ({ holder, since }) => {
        const message = parseHolderId(holder)?.message;
        const item = message === undefined ? undefined : await getItem(source, ENTRY.row(message));
        return { holder, since, row: item && readRow(item) };
    });
}

/** Rows read in one query, and counted at most. */
const PAGE = 500;
const MAX_COUNTED = 5000;

/** The first rows of the line, at most `most` of them, and how many there are. */
export async function readLine(session: Session, most: number): Promise<Line> {
    const head: Row[] = [];
    const waiting = await eachRow(session, POSITION.wait, (row) => {
        if (head.length < most) head.push(row);
    });
    return { head, waiting };
}

/** Calls `see` with each open row whose position begins so, in their order; counts them. */
export async function eachRow(session: Session, position: string, see: (row: Row) => void): Promise<Count> {
    let count = 0;
    let from: Awaited<ReturnType<typeof queryRows>>["next"];
    do {
        const { rows, next } = await queryRows(sourceOf(session), position, PAGE, from);
        for (const row of rows) see(row);
        count += rows.length;
        from = next;
    } while (from && count < MAX_COUNTED);
    return { count, isExact: from === undefined };
}

/** Seconds that a slot stays taken after the end of its run. */
export function cooldownOf({ operator }: Session, { settings }: Pool): number {
    return "value" in settings ? settings.value.cooldownSeconds : operator.cooldownSeconds;
}

/** How messages ended since a moment (milliseconds since 1970): by their rows, which stand at the moment of their end. */
export async function readEnded(
    session: Session,
    since: number,
): Promise<{ readonly done: number; readonly failed: number; readonly isExact: boolean }> {
    const rows = await rowsSince(
        sourceOf(session),
        endPosition(new Date(since).toISOString(), ""),
        END_POSITION,
    );
    const ended = (outcome: Outcome): number => rows.filter((row) => row.outcome === outcome).length;
    const counts = { done: ended(OUTCOME.done), failed: ended(OUTCOME.deadLettered) };
    return { ...counts, isExact: rows.length < MAX_ROWS_SINCE };
}

/** How many messages a queue has, as SQS says it: about. Undefined if the caller may not know. */
export async function readQueue(
    session: Session,
    url: string,
): Promise<{ readonly visible: number; readonly inFlight: number } | undefined> {
    const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
    const input = { QueueUrl: url, AttributeNames: [...names] };
    const read = session.aws.sqs.send(new GetQueueAttributesCommand(input));
    const answer = await unlessDenied(session, "sqs:GetQueueAttributes", url, read);
    if (!answer) return undefined;
    const [visible, inFlight] = names.map((name) => Number(answer.Attributes?.[name] ?? 0));
    return { visible: visible ?? 0, inFlight: inFlight ?? 0 };
}

/** Works on a few at a time, and gives the results in order. */
export async function inTurns<T, U>(values: readonly T[], work: (value: T) => Promise<U>): Promise<U[]> {
    const atOnce = 20;
    const results: U[] = [];
    for (let i = 0; i < values.length; i += atOnce) {
        results.push(...(await Promise.all(values.slice(i, i + atOnce).map(work))));
    }
    return results;
}
