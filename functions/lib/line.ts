/**
 * The line, as the dispatcher and the reaper's sweep look at it: who waits at its head, who was woken lately, and how to wake
 * those whose turn it is.
 */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { SendTaskSuccessCommand } from "@aws-sdk/client-sfn";
import { wakeUpFrom } from "../../slots/breaker.ts";
import type { WakeUp } from "../../slots/breaker.ts";
import { readRow } from "../../slots/items.ts";
import { freeSlots, isWaiting, MAX_TURNS } from "../../slots/next.ts";
import type { Waiter } from "../../slots/next.ts";
import { ENTRY, POSITION, runPosition } from "../../slots/table.ts";
import type { Gate, Row } from "../../slots/table.ts";
import { isoAfter, TURN_SECONDS } from "../../slots/times.ts";
import { clearToken } from "../../slots/writes.ts";
import { conditionHeld, errorFields, isTokenGone } from "./errors.ts";
import { forEach } from "./for-each.ts";
import { METRIC } from "./metrics.ts";
import type { Platform } from "./platform.ts";
import { getItem, queryRows, rowsSince } from "./rows.ts";
import type { Next, Source } from "./rows.ts";

/** Rows read at once, and pages read at most, in one look at the line. */
export const LINE_PAGE = 100;
const MAX_PAGES = 20;

/** Rows of the first page beyond those that are needed: a few at the head may just have been woken, or not wait yet. */
const SPARE_ROWS = 9;

/** A pool, for whoever looks at its line. */
interface Pool extends Source {
    readonly platform: Platform;
}

/**
 * Rows from the head of the line, as many as it takes to find a waiter for each free slot.
 * @param isMeasured reads a whole page at least, so that the length of the line shows
 */
export async function headOfLine(at: Source, gate: Gate, isMeasured: boolean): Promise<Row[]> {
    const rows: Row[] = [];
    // One more than may have a turn now shows that there is a backlog.
    const enough = Math.min(freeSlots(gate), MAX_TURNS + 1);
    let size = isMeasured ? LINE_PAGE : enough + SPARE_ROWS;
    let waiting = 0;
    let from: Next | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
        const answer = await queryRows(at, POSITION.wait, size, from);
        size = LINE_PAGE;
        for (const row of answer.rows) {
            rows.push(row);
            if (row.token !== undefined && !gate.holders[row.holder ?? ""]) waiting++;
        }
        from = answer.next;
        if (!from || waiting >= enough) break;
    }
    return rows;
}

/** The rows whose executions were woken so lately that their turns may be live. Nobody asks while nobody waits. */
export async function wokenLately(at: Pool, line: readonly Row[]): Promise<Row[]> {
    if (line.length === 0) return [];
    return rowsSince(at, runPosition(isoAfter(at.platform.now(), -TURN_SECONDS), ""), POSITION.run);
}

/**
 * Wakes all of them, even if one fails. The failure then has the look repeated, and an alarm sees it.
 * @param gate by which their turn has come
 */
export async function wake(
    at: Pool,
    gate: Gate,
    waiters: readonly Waiter[],
    onGone: (waiter: Waiter) => Promise<unknown>,
): Promise<void> {
    const output = wakeUpFrom(gate);
    await forEach(waiters, (waiter) => wakeOne(at, waiter, output, onGone));
}

/**
 * Wakes an execution: that is its turn. If the call fails, its token stays on the row, and the next look wakes it. If no
 * execution waits on the token, it is mostly just rechecking; but it may be dead, which `onGone` finds out.
 */
async function wakeOne(
    at: Pool,
    waiter: Waiter,
    output: WakeUp,
    onGone: (waiter: Waiter) => Promise<unknown>,
): Promise<void> {
    const { platform } = at;
    const { dynamodb, log, sfn } = platform;
    const { name, token, messageId, holder } = waiter;
    const fields = { pool: at.pool, messageId, holder };
    let isGone = false;
    try {
        await sfn.send(new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify(output) }));
        platform.metrics({ [METRIC.waiterWoken]: 1 }, { pool: at.pool });
        log.info("waiter woken", fields);
    } catch (error) {
        log.warn("could not wake a waiter", { ...fields, ...errorFields(error) });
        if (!isTokenGone(error)) throw error;
        isGone = true;
    }
    const position = runPosition(new Date(platform.now()).toISOString(), name);
    const write = clearToken({ table: at.table, pool: at.pool, name, token, position });
    const isCleared = await conditionHeld(dynamodb.send(new UpdateItemCommand(write)));
    if (!isGone) return;
    platform.metrics({ [METRIC.waiterGone]: 1 }, { pool: at.pool });
    const item = isCleared ? undefined : await getItem(at, ENTRY.row(name));
    const row = item && readRow(item);
    // It has joined again meanwhile. That calls no dispatcher, because it stood in line already.
    if (row && isWaiting(row) && row.token !== token) return wakeOne(at, row, output, onGone);
    await onGone(waiter);
}
