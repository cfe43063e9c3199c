/**
 * Slots that should have been free seconds ago: the event of their run was lost, or the invocation that looked at it died. Glue's
 * list, which was read for another run, shows that theirs have ended. So any event of the pool finds them, long before the sweep.
 */
import { look } from "./free-slots.ts";
import { errorFields } from "../lib/errors.ts";
import type { Reaper, Suspect } from "./invocation.ts";

/** What ended less than this ago is looked at for its own event, which takes half a second, and perhaps a second look or a third. */
const OVERDUE_MILLIS = 5000;

/** What ended longer ago than this, a sweep has looked at. It reports what it cannot free; not every event should report that, too. */
const SWEPT_MILLIS = 300_000;

/** Looks of one invocation at most: each takes some calls. */
const MOST = 20;

/** Looks at overdue holders, as far as this invocation has listed their runs. Leaves the rest to the sweep, and what fails. */
export async function lookAtOverdue(reaper: Reaper): Promise<void> {
    try {
        for (const suspect of (await overdue(reaper)).slice(0, MOST)) await look(reaper, suspect);
    } catch (error) {
        reaper.platform.log.error("could not look at the slot of another run", errorFields(error));
    }
}

async function overdue({ cache, ended, platform, runs }: Reaper): Promise<Suspect[]> {
    const now = platform.now();
    const suspects = new Map<string, Suspect>();
    for (const { pool, job } of ended) {
        const holders = (await cache.gate(pool))?.holders ?? {};
        const isOther = (holder: string): boolean =>
            holders[holder] !== undefined && ended.every((each) => each.holder !== holder);
        for (const { holder, run } of runs.ended(job, isOther)) {
            const cooledDown = (run.completedOn ?? now) + (await cache.cooldownSeconds(pool)) * 1000;
            if (now - cooledDown < OVERDUE_MILLIS || now - cooledDown > SWEPT_MILLIS) continue;
            suspects.set(holder, { pool, holder, run: run.id });
        }
    }
    return [...suspects.values()];
}
