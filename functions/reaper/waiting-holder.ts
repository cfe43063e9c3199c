/**
 * Holders that wait in line: their acquires arrived late, after they had joined it. The dispatcher wakes those that it meets at the
 * head of the line; the reaper, which looks at every holder, finds one that stands further back.
 */
import { isWaiting } from "../../slots/next.ts";
import { POSITION } from "../../slots/table.ts";
import type { Row } from "../../slots/table.ts";
import { wake } from "../lib/line.ts";
import type { Reaper, Suspect } from "./invocation.ts";

/** @param row the row of the holder's message, read after the gate */
export async function wakeIfInLine(reaper: Reaper, { pool, holder }: Suspect, row: Row): Promise<void> {
    const isInLine = row.position?.startsWith(POSITION.wait) === true;
    if (!isInLine || !isWaiting(row) || row.holder !== holder) return;
    const gate = await reaper.cache.gate(pool);
    if (!gate) return;
    const at = { platform: reaper.platform, table: reaper.table, pool };
    // Whom nobody can wake is dead, or has gone on: the sweep looks at it anyway.
    await wake(at, gate, [row], () => Promise.resolve());
}
