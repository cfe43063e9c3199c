/**
 * The stress test of the original problem: a limit of ten, all messages at once, and a tail: Glue counts a run for half a
 * minute after it has succeeded. What Step Functions shows of executions is two seconds old, as "eventually consistent" may
 * mean. Does an eleventh job start, and why?
 *
 * It runs twice: with room in the job's MaxConcurrentRuns, so that nothing but the rival keeps the limit, and with
 * MaxConcurrentRuns at the limit, so that Glue refuses an eleventh.
 */
import { RIVALS } from "../designs/index.ts";
import { turnstileWith } from "../designs/turnstile.ts";
import type { Rival } from "../rival.ts";
import { measure } from "./measure.ts";
import type { Measured } from "./measure.ts";

export const STRESS = {
    limit: 10,
    messages: 60,
    jobSeconds: 300,
    tailSeconds: 30,
    readLagSeconds: 2,
    faults: "none",
} as const;

/** Turnstile with the setting that is there for such a job. */
export const cooled = turnstileWith(
    "turnstile-cooldown",
    "Turnstile, cooldown 30 s",
    { cooldownSeconds: String(STRESS.tailSeconds) },
    "A slot comes back when Glue has stopped counting its run, so there is none by Glue's count either.",
);

export const STRESSED: readonly Rival[] = RIVALS.flatMap((rival) =>
    rival.name === "turnstile" ? [rival, cooled] : [rival],
);

export interface Stressed {
    readonly withRoom: Measured;
    /** MaxConcurrentRuns is the limit. */
    readonly withoutRoom: Measured;
}

export async function stress(rival: Rival, seed: number): Promise<Stressed> {
    const load = { ...STRESS, seed };
    const withRoom = await measure(rival, { ...load, maxConcurrentRuns: 1000 });
    const withoutRoom = await measure(rival, { ...load, maxConcurrentRuns: STRESS.limit });
    if (!withRoom || !withoutRoom) throw new Error("A run without a budget of time cannot exceed it.");
    return { withRoom, withoutRoom };
}
