/** The lowest limit at which all is done in time. */
import { MAX_LIMIT } from "../../slots/table.ts";
import type { Trial } from "./trial.ts";

/** Undefined where a trial was interrupted. */
type Try = (limit: number) => Promise<Trial | undefined>;

export interface Search {
    readonly jobs: number;
    /** Seconds that all jobs together run at least. */
    readonly workSeconds: number;
    readonly doneBySeconds: number;
}

/**
 * The trial with the lowest limit that is done in time; "none" if no limit is. A higher limit is not slower, so it looks from
 * the limit that a machine without any pauses would need upwards, in steps that double, then between the last two.
 */
export async function lowestLimit(search: Search, attempt: Try): Promise<Trial | "none" | undefined> {
    const { jobs, workSeconds, doneBySeconds } = search;
    const highest = Math.min(jobs, MAX_LIMIT);
    const first = Math.max(1, Math.ceil(workSeconds / doneBySeconds));
    if (first > highest) return "none";
    let tooLow = first - 1;
    let found: Trial | undefined;
    for (let [limit, step] = [first, 1]; found === undefined; step *= 2) {
        const trial = await attempt(limit);
        if (!trial) return undefined;
        if (trial.timings.makespan <= doneBySeconds) found = trial;
        else if (limit === highest) return "none";
        else [tooLow, limit] = [limit, Math.min(highest, limit + step)];
    }
    while (found.limit - tooLow > 1) {
        const trial = await attempt(Math.floor((found.limit + tooLow) / 2));
        if (!trial) return undefined;
        if (trial.timings.makespan <= doneBySeconds) found = trial;
        else tooLow = trial.limit;
    }
    return found;
}
