/**
 * Since when a holder without a run can start none any more, by the reaper's own clock. "No run" proves something only some
 * time after that. When an execution ended or asked, Step Functions' clock says; to compare that with another clock would make
 * the difference of the two a part of the grace. So the reaper notes on the row when it saw it first, and counts from there.
 */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { Row } from "../../slots/table.ts";
import { noteIdle } from "../../slots/writes.ts";
import { conditionHeld } from "../lib/errors.ts";
import type { Reaper } from "./invocation.ts";

/** Two clocks are never this far apart: AWS refuses a call whose signature is dated more than minutes off. Milliseconds. */
const MOST_APART = 600_000;

/** Why a holder can start no run: its execution asks how its job ended, or has left the slot. */
export type Why = { readonly asks: true } | { readonly left: string | undefined };

/**
 * The moment from which a grace counts: milliseconds since 1970, by the reaper's clock. What the row notes of a later moment
 * counts for an earlier one too: the reaper saw it after both. Without a row, or long after, no note is needed.
 * @param since by Step Functions' clock: milliseconds since 1970
 * @param why with `left`, the holder if one is meant: the note of it stands even if `since` moves, as with each join of the line
 */
export async function idleByOwnClock(
    reaper: Pick<Reaper, "platform" | "table">,
    pool: string,
    row: Row | undefined,
    since: number,
    why: Why,
): Promise<number> {
    const certain = since + MOST_APART;
    if (!row) return certain;
    const began = new Date(since).toISOString();
    const attribute = "asks" in why ? "asked" : "idle";
    const holder = "left" in why ? why.left : undefined;
    const noted = row[attribute];
    if (noted && (noted.since >= began || (holder !== undefined && noted.holder === holder))) {
        return Math.min(certain, Date.parse(noted.seen));
    }
    const now = reaper.platform.now();
    if (certain <= now) return certain;
    const seen = new Date(now).toISOString();
    const idle = { since: began, seen, ...(holder !== undefined && { holder }) };
    const write = noteIdle({ table: reaper.table, pool, name: row.name, attribute, idle });
    // If another invocation was first, the next look finds its note.
    await conditionHeld(reaper.platform.dynamodb.send(new UpdateItemCommand(write)));
    return now;
}
