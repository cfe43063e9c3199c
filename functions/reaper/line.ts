/**
 * The reaper's look at the line, with each sweep: the dispatcher's own look, for the day on which there is no dispatcher. It
 * never reports that the dispatcher is alive. While that is silent, executions that nobody woke may acquire slots too.
 */
import { narrowed } from "../../slots/breaker.ts";
import { readGate } from "../../slots/items.ts";
import { freeSlots, whoIsNext } from "../../slots/next.ts";
import { ENTRY } from "../../slots/table.ts";
import { nameOfExecution } from "../lib/execution.ts";
import { headOfLine, wake, wokenLately } from "../lib/line.ts";
import { getItem } from "../lib/rows.ts";
import { sourceOf } from "./invocation.ts";
import type { LookAgain, Reaper } from "./invocation.ts";
import { rescue } from "./rescue.ts";

/** Seconds after which those that were woken have acquired their slots, so that the next ones can be woken. */
const NEXT_TURNS_SECONDS = 2;

/** Wakes the head of the line. While more are to be woken, it asks to look again. */
export async function sweepLine(reaper: Reaper, pool: string): Promise<LookAgain> {
    const source = sourceOf(reaper, pool);
    // Read afresh: the gate must have been read before the rows, and after the slots that this sweep has freed.
    const read = readGate(await getItem(source, ENTRY.gate));
    const gate = read && narrowed(read, reaper.platform.now());
    if (!gate || freeSlots(gate) === 0) return undefined;
    const line = await headOfLine(source, gate, false);
    const at = { platform: reaper.platform, table: reaper.table, pool };
    const next = whoIsNext(gate, line, await wokenLately(at, line));
    await wake(at, gate, next.toWake, ({ execution }) =>
        rescue(reaper, { pool, execution: nameOfExecution(execution) }),
    );
    return next.hasBacklog ? NEXT_TURNS_SECONDS : undefined;
}
