/**
 * The dispatcher: makes the gate follow the settings and gives turns to the head of the line. It looks at what is there,
 * not at what has changed, so it may be called too often, run twice at once and die anywhere. It never touches holders:
 * it can neither leak a slot nor grant one too many.
 */
import { TransactWriteItemsCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type {
    AttributeValue,
    TransactionCanceledException,
    TransactWriteItem,
} from "@aws-sdk/client-dynamodb";
import { SendTaskSuccessCommand } from "@aws-sdk/client-sfn";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import type { DynamoDBStreamEvent } from "aws-lambda";
import { holdersOf, setLimit, wantedLimit } from "../slots/gate.ts";
import { readGate, readRow } from "../slots/items.ts";
import { freeSlots, MAX_TURNS, whoIsNext } from "../slots/next.ts";
import type { Decision, Waiter } from "../slots/next.ts";
import { ENTRY, POSITION, runPosition, TABLE } from "../slots/table.ts";
import type { Gate, Row } from "../slots/table.ts";
import { HEARTBEAT_SECONDS, isoAfter, TURN_SECONDS } from "../slots/times.ts";
import { clearToken, giveTurns } from "../slots/writes.ts";
import { METRIC } from "./lib/metrics.ts";
import { deployed, errorName, errorText, forEach, conditionHeld, required } from "./lib/platform.ts";
import type { Handler, Platform } from "./lib/platform.ts";
import { getItem, queryRows } from "./lib/rows.ts";

/** Rows read at once, and pages read at most, in one look at the line. */
const PAGE = 100;
const MAX_PAGES = 20;

/** Turns forgotten in one write: its expression may have 4 KB (DynamoDB quotas, "Expression parameters"). */
const MAX_EXPIRED_PER_WRITE = 100;

/** How often a transaction is made that meets other writes of the same items. Each of those takes milliseconds. */
const TRANSACTION_TRIES = 5;

/** Errors that mean that nobody waits on a token any more. */
const TOKEN_GONE = new Set(["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"]);

interface Dispatcher {
    readonly platform: Platform;
    readonly table: string;
    readonly pool: string;
    readonly reaperQueueUrl: string;
}

export function create(platform: Platform): Handler {
    const table = required(platform.env, "TABLE_NAME");
    const reaperQueueUrl = required(platform.env, "REAPER_QUEUE_URL");
    const pools = JSON.parse(required(platform.env, "POOLS")) as string[];
    return async (event) => {
        await forEach(
            whatToLookAt(event as DynamoDBStreamEvent | { sweep: true }, pools),
            ({ pool, isSweep }) => dispatch({ platform, table, pool, reaperQueueUrl }, isSweep),
            ({ pool }, error) =>
                platform.log.error("could not dispatch", {
                    pool,
                    error: errorName(error),
                    cause: errorText(error),
                }),
        );
    };
}

export const handler = deployed(create);

/** The pools that an event is about. A sweep, or a change of settings or override, looks at everything. */
function whatToLookAt(
    event: DynamoDBStreamEvent | { sweep: true },
    pools: readonly string[],
): { pool: string; isSweep: boolean }[] {
    if ("sweep" in event) return pools.map((pool) => ({ pool, isSweep: true }));
    const seen = new Map<string, boolean>();
    for (const record of event.Records) {
        const pool = record.dynamodb?.Keys?.[TABLE.partitionKey]?.S ?? "";
        const entry = record.dynamodb?.Keys?.[TABLE.sortKey]?.S;
        const isSweep = entry === ENTRY.settings || entry === ENTRY.override;
        if (pools.includes(pool)) seen.set(pool, isSweep || seen.get(pool) === true);
    }
    return [...seen].map(([pool, isSweep]) => ({ pool, isSweep }));
}

async function dispatch(at: Dispatcher, isSweep: boolean): Promise<void> {
    let gate = readGate(await getItem(at, ENTRY.gate));
    if ((isSweep || !gate) && (await followSettings(at, gate)))
        gate = readGate(await getItem(at, ENTRY.gate));
    if (!gate) return;
    const present = at.platform.now();
    const now = new Date(present).toISOString();
    const free = freeSlots(gate, now);
    const line =
        isSweep || free > 0 || Object.keys(gate.turns).length > 0 ? await headOfLine(at, gate, free) : [];
    if (isSweep) measure(at, gate, line);
    const next = whoIsNext(gate, line, now);
    await giveOut(at, gate, next);
    // Whoever took a slot before the mark was there called nobody: this look does it for them.
    if (next.hasBacklog && !gate.hasBacklog) await dispatch(at, false);
}

/** Makes the gate, and its limit what settings and override ask for. True if it was written. */
async function followSettings(at: Dispatcher, gate: Gate | undefined): Promise<boolean> {
    const settings = await getItem(at, ENTRY.settings);
    const override = await getItem(at, ENTRY.override);
    const present = at.platform.now();
    const wanted = wantedLimit(settings, override, present);
    if (wanted.problem !== undefined) {
        at.platform.metric(METRIC.limitUnreadable, 1, { pool: at.pool });
        at.platform.log.error("nothing is granted: the limit cannot be read", {
            pool: at.pool,
            problem: wanted.problem,
        });
    }
    if (gate && gate.limit === wanted.limit) return false;
    const now = new Date(present).toISOString();
    const holders = gate ? {} : holdersOf(await rowsOnSlots(at), now);
    if (Object.keys(holders).length > 0) {
        at.platform.log.warn("the gate was gone: made again with the holders that the rows show", {
            pool: at.pool,
            holders: Object.keys(holders),
        });
    }
    const refused = await cancelled(
        at,
        setLimit({ ...at, limit: wanted.limit, settings, override, holders, now }),
    );
    if (refused) {
        const why = refused.includes("ConditionalCheckFailed")
            ? "the settings changed meanwhile: the next look follows them"
            : "the limit could not be written: the next look tries again";
        at.platform.log.warn(why, { pool: at.pool, limit: wanted.limit, reasons: refused });
        return false;
    }
    at.platform.log.info("limit in force", {
        pool: at.pool,
        limit: wanted.limit,
        before: gate?.limit,
    });
    return true;
}

/**
 * Makes a transaction; when it was cancelled, the codes of its reasons. Executions write the gate all the time, so one that met
 * such a write is made again at once: neither DynamoDB nor the SDK does that.
 */
async function cancelled(at: Dispatcher, TransactItems: TransactWriteItem[]): Promise<string[] | undefined> {
    for (let tries = 1; ; tries++) {
        try {
            await at.platform.dynamodb.send(new TransactWriteItemsCommand({ TransactItems }));
            return undefined;
        } catch (error) {
            if (errorName(error) !== "TransactionCanceledException") throw error;
            const { CancellationReasons = [] } = error as Partial<TransactionCanceledException>;
            const codes = CancellationReasons.map(({ Code = "" }) => Code);
            const mayPass = codes.every((code) => code === "None" || code === "TransactionConflict");
            if (!mayPass || tries === TRANSACTION_TRIES) return codes;
        }
    }
}

/** Rows from the head of the line, as far as it takes to find a waiter for each free slot. */
async function headOfLine(at: Dispatcher, gate: Gate, free: number): Promise<Row[]> {
    const rows: Row[] = [];
    let waiting = 0;
    let from: Record<string, AttributeValue> | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
        const answer = await queryRows(at, POSITION.wait, PAGE, from);
        for (const row of (answer.Items ?? []).map(readRow)) {
            rows.push(row);
            const holder = row.holder ?? "";
            if (row.token !== undefined && !gate.turns[holder] && !gate.holders[holder]) waiting++;
        }
        from = answer.LastEvaluatedKey;
        // One more than may get a turn now: then it is known that there is a backlog.
        if (!from || waiting >= Math.min(free, MAX_TURNS + 1)) break;
    }
    return rows;
}

/** The rows that may hold slots, for a gate that is not there: those that were told. */
async function rowsOnSlots(at: Dispatcher): Promise<Row[]> {
    const rows: Row[] = [];
    let from: Record<string, AttributeValue> | undefined;
    do {
        const answer = await queryRows(at, POSITION.run, PAGE, from);
        rows.push(...(answer.Items ?? []).map(readRow));
        from = answer.LastEvaluatedKey;
    } while (from);
    return rows;
}

/** Gives the turns, forgets the expired ones, says that the dispatcher lives if that was not said lately, and tells the waiters. */
async function giveOut(at: Dispatcher, gate: Gate, next: Decision): Promise<void> {
    const present = at.platform.now();
    const isSilent = !(gate.dispatcherSeen > isoAfter(present, -HEARTBEAT_SECONDS));
    const turns = next.turns.map((waiter) => waiter.holder);
    const expired = next.expired.slice(0, MAX_EXPIRED_PER_WRITE);
    if (turns.length > 0 || expired.length > 0 || next.hasBacklog !== gate.hasBacklog || isSilent) {
        const times = { until: isoAfter(present, TURN_SECONDS), now: new Date(present).toISOString() };
        await update(at, giveTurns({ ...at, ...times, turns, expired, hasBacklog: next.hasBacklog }));
    }
    // Everybody is woken, whatever befalls one; failing then has the rest tried again, and an alarm go off if that goes on.
    await forEach(next.woken, (waiter) => wake(at, waiter));
}

/** Wakes an execution whose turn it is. Its token stays on the row if that could not be said: it is told again. */
async function wake(at: Dispatcher, waiter: Waiter): Promise<void> {
    const { log, sfn } = at.platform;
    const fields = { pool: at.pool, messageId: waiter.messageId, holder: waiter.holder };
    let isGone = false;
    try {
        await sfn.send(new SendTaskSuccessCommand({ taskToken: waiter.token, output: "{}" }));
        at.platform.metric(METRIC.waiterWoken, 1, { pool: at.pool });
        log.info("turn given", fields);
    } catch (error) {
        log.warn("could not be told that it is its turn", {
            ...fields,
            error: errorName(error),
            cause: errorText(error),
        });
        if (!TOKEN_GONE.has(errorName(error))) throw error;
        isGone = true;
    }
    const position = runPosition(new Date(at.platform.now()).toISOString(), waiter.name);
    await conditionHeld(update(at, clearToken({ ...at, name: waiter.name, token: waiter.token, position })));
    if (isGone) await report(at, waiter);
}

/** Nobody waits on a row's token: mostly because its execution just looks by itself, but it may be dead. The reaper finds out. */
async function report(at: Dispatcher, waiter: Waiter): Promise<void> {
    at.platform.metric(METRIC.waiterGone, 1, { pool: at.pool });
    const message = { rescue: { pool: at.pool, execution: waiter.name } };
    await at.platform.sqs.send(
        new SendMessageCommand({ QueueUrl: at.reaperQueueUrl, MessageBody: JSON.stringify(message) }),
    );
}

/** What a dashboard shows and alarms look at. The line is measured as far as it was read: 100 means 100 or more. */
function measure(at: Dispatcher, gate: Gate, line: readonly Row[]): void {
    const dimensions = { pool: at.pool };
    at.platform.metric(METRIC.dispatched, 1, dimensions);
    at.platform.metric(METRIC.slotsInUse, Object.keys(gate.holders).length, dimensions);
    at.platform.metric(METRIC.limit, gate.limit ?? 0, dimensions);
    const waiting = line.filter((row) => gate.holders[row.holder ?? ""] === undefined).length;
    at.platform.metric(METRIC.waiting, Math.min(PAGE, waiting), dimensions);
}

function update(at: Dispatcher, write: ConstructorParameters<typeof UpdateItemCommand>[0]): Promise<unknown> {
    return at.platform.dynamodb.send(new UpdateItemCommand(write));
}
