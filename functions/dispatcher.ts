/**
 * The dispatcher: makes the gate follow the settings and wakes the head of the line. It acts on what is in the table, not on
 * what has changed. So it may be called too often, run twice at once, and die anywhere. It never touches holders: it can
 * neither leak a slot nor grant one too many.
 */
import { TransactWriteItemsCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { TransactionCanceledException, TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import type { DynamoDBStreamEvent } from "aws-lambda";
import { narrowed } from "../slots/breaker.ts";
import { setLimit, wantedLimit } from "../slots/gate.ts";
import { readGate } from "../slots/items.ts";
import { freeSlots, whoIsNext } from "../slots/next.ts";
import { ENTRY, POSITION, TABLE } from "../slots/table.ts";
import type { Gate } from "../slots/table.ts";
import { HEARTBEAT_SECONDS, isoAfter } from "../slots/times.ts";
import { heartbeat } from "../slots/writes.ts";
import { measure } from "./dispatcher/gauges.ts";
import { errorFields, errorName } from "./lib/errors.ts";
import { nameOfExecution } from "./lib/execution.ts";
import { forEach } from "./lib/for-each.ts";
import { headOfLine, wake, wokenLately } from "./lib/line.ts";
import { METRIC } from "./lib/metrics.ts";
import { deployed, required } from "./lib/platform.ts";
import type { Handler, Platform } from "./lib/platform.ts";
import { getItem, queryRows } from "./lib/rows.ts";

/** How often a transaction is tried that conflicts with other writes of the same items. Each of those takes milliseconds. */
const TRANSACTION_TRIES = 5;

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
            poolsOf(event as DynamoDBStreamEvent | { sweep: true }, pools),
            ({ pool, isSweep }) => dispatch({ platform, table, pool, reaperQueueUrl }, isSweep),
            ({ pool }, error) => platform.log.error("could not dispatch", { pool, ...errorFields(error) }),
        );
    };
}

export const handler = deployed(create);

/** The pools that an event is about. A sweep, or a change of settings or override, looks at everything of its pools. */
function poolsOf(
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
    if ((isSweep || !gate) && (await followSettings(at, gate))) {
        gate = readGate(await getItem(at, ENTRY.gate));
    }
    if (!gate) return;
    const offered = narrowed(gate, at.platform.now());
    const line = isSweep || freeSlots(offered) > 0 ? await headOfLine(at, offered, isSweep) : [];
    if (isSweep) await measure(at, gate, line);
    const next = whoIsNext(offered, line, await wokenLately(at, line));
    // First the mark: each of those that wake now calls for the next one when it acquires its slot.
    await report(at, gate, next.hasBacklog);
    await wake(at, gate, next.toWake, (waiter) =>
        askReaper(at, { rescue: { pool: at.pool, execution: nameOfExecution(waiter.execution) } }),
    );
    // An acquire from before the mark called nobody: this look stands in for it.
    if (next.hasBacklog && !gate.hasBacklog) await dispatch(at, false);
}

/** Makes the gate, and sets its limit to what settings and override ask for. True if it wrote the gate. */
async function followSettings(at: Dispatcher, gate: Gate | undefined): Promise<boolean> {
    const { log } = at.platform;
    const settings = await getItem(at, ENTRY.settings);
    const override = await getItem(at, ENTRY.override);
    const present = at.platform.now();
    const wanted = wantedLimit(settings, override, present);
    if (wanted.problem !== undefined) reportUnreadableLimit(at, wanted.problem);
    const { limit, pauseAfterFailures } = wanted;
    if (gate && gate.limit === limit && gate.pauseAfterFailures === pauseAfterFailures) return false;
    // Rows of woken executions without a gate: it was there once, and only the reaper can tell who holds a slot.
    if (!gate && (await hasWokenRows(at))) {
        log.error("the gate is gone: no slot is granted until the reaper has made it again", {
            pool: at.pool,
        });
        await askReaper(at, { rebuild: { pool: at.pool } });
        return false;
    }
    const now = new Date(present).toISOString();
    const follow = { limit, pauseAfterFailures, gate, settings, override };
    const write = setLimit({ ...at, ...follow, now });
    const reasons = await reasonsOfCancellation(at, write);
    if (reasons) {
        const why = reasons.includes("ConditionalCheckFailed")
            ? "settings, override or limit changed meanwhile: the next look follows them"
            : "the limit could not be written: the next look tries again";
        log.warn(why, { pool: at.pool, limit, reasons });
        return false;
    }
    log.info("limit in force", { pool: at.pool, limit, before: gate?.limit, pauseAfterFailures });
    return true;
}

function reportUnreadableLimit({ platform, pool }: Dispatcher, problem: string): void {
    platform.metrics({ [METRIC.limitUnreadable]: 1 }, { pool });
    platform.log.error("no slot is granted: the limit cannot be read", { pool, problem });
}

/**
 * Makes a transaction. If it is cancelled, returns the codes of the reasons. Executions write the gate all the time, and
 * neither DynamoDB nor the SDK retries a transaction that conflicts with such a write, so this does, at once.
 */
async function reasonsOfCancellation(
    at: Dispatcher,
    TransactItems: TransactWriteItem[],
): Promise<string[] | undefined> {
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

/** Whether executions were woken that have not ended: some of them may hold slots. */
async function hasWokenRows(at: Dispatcher): Promise<boolean> {
    for (const position of [POSITION.run, POSITION.ask]) {
        if ((await queryRows(at, position, 1)).rows.length > 0) return true;
    }
    return false;
}

/** Reports that the dispatcher is alive, and whether there is a backlog, if either is due. */
async function report(at: Dispatcher, gate: Gate, hasBacklog: boolean): Promise<void> {
    const present = at.platform.now();
    const isSilent = !(gate.dispatcherSeen > isoAfter(present, -HEARTBEAT_SECONDS));
    if (!isSilent && hasBacklog === gate.hasBacklog) return;
    const write = heartbeat({ ...at, hasBacklog, now: new Date(present).toISOString() });
    await at.platform.dynamodb.send(new UpdateItemCommand(write));
}

async function askReaper(at: Dispatcher, message: object): Promise<void> {
    await at.platform.sqs.send(
        new SendMessageCommand({ QueueUrl: at.reaperQueueUrl, MessageBody: JSON.stringify(message) }),
    );
}
