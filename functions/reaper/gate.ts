/**
 * Keeps the gate true to what runs. A gate that somebody deleted, or replaced by an older copy, has lost holders whose jobs
 * run: without them a job above the limit could start. Executions tell by their history how far they are; a row alone does
 * not, because a woken execution need not have got its slot. Of a slot that an execution has left behind, only Glue tells.
 */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { completionOf } from "../../slots/completion.ts";
import { isLater, parseHolderId } from "../../slots/holder.ts";
import type { Holder } from "../../slots/holder.ts";
import { readGate } from "../../slots/items.ts";
import { ENTRY, POSITION } from "../../slots/table.ts";
import type { Row, Slot } from "../../slots/table.ts";
import { START_GRACE_SECONDS } from "../../slots/times.ts";
import { remakeGate, restoreHolder } from "../../slots/writes.ts";
import { HOLDING_STATES } from "../../workflow/states.ts";
import { conditionHeld } from "../lib/errors.ts";
import { METRIC } from "../lib/metrics.ts";
import { allRows, getItem } from "../lib/rows.ts";
import { eventsBackwards, executionOfRow, isBehind } from "./executions.ts";
import { idleByOwnClock } from "./idle.ts";
import { sourceOf } from "./invocation.ts";
import type { Reaper } from "./invocation.ts";
import { knownRuns } from "./known-runs.ts";

/** Pages of a job's newest runs in which a sweep, and the making of a gate, look for runs that were left behind: 200, and 1,000 runs. */
const SWEEP_PAGES = 1;
const REBUILD_PAGES = 5;

/** Where the rows of executions stand whose histories are read: those that were woken. */
const WOKEN = [POSITION.run, POSITION.ask];

/**
 * A run that started so long after its execution had left the slot was started by a person, with the arguments of that one:
 * milliseconds. It covers a start in flight, and clocks that differ.
 */
const OUTSIDE_AFTER_MILLIS = 600_000;

/** A holder that has a slot by all that can be seen. */
interface Found {
    readonly holder: string;
    /** Milliseconds since 1970. */
    readonly since: number;
}

/** Puts holders back that the gate has lost. */
export async function sweepGate(reaper: Reaper, pool: string): Promise<void> {
    const gate = await reaper.cache.gate(pool);
    if (gate) await putBack(reaper, pool, await holdersWithoutSlot(reaper, pool, gate.holders));
}

/**
 * Puts holders back whose executions have left them, while Glue shows that their jobs run. An execution that has just gone on is left
 * to the next sweep: Glue's list may lag behind, and a slot that was released a moment ago must not be taken again.
 */
export async function sweepRuns(reaper: Reaper, pool: string): Promise<void> {
    const gate = await reaper.cache.gate(pool);
    if (!gate) return;
    const leftBefore = reaper.platform.now() - START_GRACE_SECONDS * 1000;
    const left = await holdersLeftBehind(reaper, pool, gate.holders, { pages: SWEEP_PAGES, leftBefore });
    await putBack(reaper, pool, left);
}

async function putBack(reaper: Reaper, pool: string, found: readonly Found[]): Promise<void> {
    for (const { holder, since } of found) {
        const write = restoreHolder({ table: reaper.table, pool, holder, since: String(since) });
        if (!(await conditionHeld(reaper.platform.dynamodb.send(new UpdateItemCommand(write))))) continue;
        reaper.platform.log.error("the gate had lost a holder whose job may run: put back", { pool, holder });
        reaper.platform.metrics({ [METRIC.holderRestored]: 1 }, { pool });
    }
}

/** Makes a gate that is gone, with the holders that executions and Glue show. The dispatcher sets its limit. */
export async function rebuildGate(reaper: Reaper, pool: string): Promise<void> {
    const { platform } = reaper;
    const source = sourceOf(reaper, pool);
    if (readGate(await getItem(source, ENTRY.gate))) return;
    const holders: Record<string, Slot> = {};
    for (const { holder, since } of await holdersWithoutSlot(reaper, pool, {})) holders[holder] = { since };
    const left = await holdersLeftBehind(reaper, pool, holders, {
        pages: REBUILD_PAGES,
        leftBefore: Infinity,
    });
    for (const { holder, since } of left) holders[holder] = { since };
    const write = remakeGate({
        table: reaper.table,
        pool,
        holders,
        now: new Date(platform.now()).toISOString(),
    });
    if (await conditionHeld(platform.dynamodb.send(new UpdateItemCommand(write)))) {
        platform.log.error("the gate was gone: made again with the holders that executions and Glue show", {
            pool,
            holders: Object.keys(holders),
        });
        platform.metrics({ [METRIC.holderRestored]: Object.keys(holders).length }, { pool });
    } else if (!readGate(await getItem(source, ENTRY.gate))) {
        throw new Error(
            `The gate of pool ${pool} cannot be read: its holders are no map. No slot is granted. Delete the item "gate": it is made again with what runs.`,
        );
    }
}

/** The holders of woken and asking executions that have a slot by all that can be seen, and none in `holders`. */
async function holdersWithoutSlot(
    reaper: Reaper,
    pool: string,
    holders: Readonly<Record<string, Slot>>,
): Promise<Found[]> {
    const found: Found[] = [];
    for (const position of WOKEN) {
        const fits = ({ holder }: Row): boolean => holder !== undefined && !holders[holder];
        for (const row of await allRows(sourceOf(reaper, pool), position, { fits })) {
            const since = await holdingSince(reaper, pool, row, row.holder ?? "");
            if (since !== undefined) found.push({ holder: row.holder ?? "", since });
        }
    }
    return found;
}

/**
 * The holders that are not in `holders`, whose executions have gone on without them, or have never joined the line, while Glue
 * shows that their runs have not ended.
 * @param leftBefore only of executions that went on before this: milliseconds since 1970
 */
async function holdersLeftBehind(
    reaper: Reaper,
    pool: string,
    holders: Readonly<Record<string, Slot>>,
    { pages, leftBefore }: { pages: number; leftBefore: number },
): Promise<Found[]> {
    const workflow = await reaper.cache.workflow(pool);
    if (!workflow) return [];
    const found: Found[] = [];
    for (const { holder, startedOn } of await reaper.runs.live(workflow.job, pool, pages)) {
        if (holders[holder]) continue;
        const parts = parseHolderId(holder);
        const row = parts && (await reaper.cache.row(pool, parts.message));
        if (!row) continue;
        const left = leftAt(row, holder, parts);
        if (left !== undefined && (left > leftBefore || startedOn > left + OUTSIDE_AFTER_MILLIS)) continue;
        found.push({ holder, since: startedOn });
    }
    return found;
}

/**
 * When an execution went on without a slot, as its row shows: milliseconds since 1970. Infinity: it may be about to. Undefined: it
 * may have the slot still, because it acquired that without joining the line.
 */
function leftAt(row: Row, holder: string, parts: Holder): number | undefined {
    const { ended, joined, position } = row;
    if (ended !== undefined) return Date.parse(ended);
    if (row.holder === holder) return WOKEN.some((each) => position?.startsWith(each)) ? Infinity : undefined;
    const present = parseHolderId(row.holder ?? "");
    return present && joined !== undefined && isLater(present, parts) ? Date.parse(joined) : undefined;
}

/**
 * Since when a holder has a slot: milliseconds since 1970; undefined if it has none. Its execution must be in a state with a slot, and its
 * work must not be over: the reaper frees a slot at Glue's event, before the execution notices.
 */
async function holdingSince(
    reaper: Reaper,
    pool: string,
    row: Row,
    holder: string,
): Promise<number | undefined> {
    const execution = await executionOfRow(reaper, pool, row);
    // One that succeeded has released its slot, or will have it freed.
    if (!execution || execution.status === "SUCCEEDED") return undefined;
    const acquired = await acquiredAt(reaper, execution.executionArn ?? row.execution);
    if (!acquired) return undefined;
    const known = knownRuns(reaper, pool, row, holder);
    const runs = await reaper.runs.ofHolder(row.job, holder, acquired.getTime(), known);
    // It may run, as far as anybody can tell.
    if (runs === "searching") return acquired.getTime();
    const found = runs === "job deleted" ? [] : runs;
    const goesOn = execution.status === "RUNNING" || isBehind(execution, holder);
    const ended = goesOn ? undefined : execution.stopDate?.getTime();
    const isCounting = found.length === 0 && ended !== undefined;
    const { isComplete } = completionOf({
        runs: found,
        idleSince: isCounting ? await idleByOwnClock(reaper, pool, row, ended, { left: holder }) : ended,
        graceSeconds: START_GRACE_SECONDS,
        cooldownSeconds: await reaper.cache.cooldownSeconds(pool),
        now: reaper.runs.listedAt(row.job),
    });
    return isComplete ? undefined : acquired.getTime();
}

/** When an execution acquired the slot that it has, by the states that it entered; undefined if it has none. */
async function acquiredAt(reaper: Reaper, executionArn: string): Promise<Date | undefined> {
    let holds = false;
    for await (const event of eventsBackwards(reaper.platform, executionArn)) {
        const state = event.stateEnteredEventDetails?.name;
        if (state === undefined) continue;
        if (!HOLDING_STATES.has(state)) return holds ? event.timestamp : undefined;
        holds = true;
    }
    return undefined;
}
