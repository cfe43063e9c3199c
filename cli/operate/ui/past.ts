/**
 * Slots and line before the first look, from what messages did. It is exact for as long as all are known that have not ended,
 * or have ended since. The limit of that time is not kept anywhere.
 */
import type { LiveMessage } from "../../page/live-data.ts";
import type { Phase } from "../../page/data.ts";
import type { Moment } from "./history.ts";

const WITH_SLOT: ReadonlySet<Phase> = new Set(["starting", "running", "cooling down"]);

export function pastOf(messages: readonly LiveMessage[], from: number, to: number): Moment[] {
    const changes: [at: number, holders: number, waiting: number][] = [];
    for (const { opened, phases } of messages) {
        let began = opened;
        for (const [phase, end] of phases) {
            const [holds, waits] = [Number(WITH_SLOT.has(phase)), Number(phase === "waiting")];
            changes.push([Math.max(from, began), holds, waits], [end, -holds, -waits]);
            began = end;
        }
    }
    changes.sort(([one], [other]) => one - other);
    const moments: Moment[] = [{ at: from, holders: 0, waiting: 0, limit: null }];
    let [holders, waiting] = [0, 0];
    for (const [at, holds, waits] of changes) {
        holders += holds;
        waiting += waits;
        if (at >= from && at < to) moments.push({ at, holders, waiting, limit: null });
    }
    // Of several changes in one millisecond the last one counts.
    return moments.filter(({ at }, i) => moments[i + 1]?.at !== at);
}
