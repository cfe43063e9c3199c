/** How long the protocol waits for what. Shorter costs more writes or calls; longer delays a repair. */

/**
 * A turn that is not used within this time after the wake-up no longer counts: its waiter is dead, or cannot reach the table.
 * An acquire takes a tenth of a second, and some seconds while the table is busy.
 */
export const TURN_SECONDS = 20;

/** For this long after its wake-up, by its own clock, an execution may use its turn. */
export const WOKEN_SECONDS = 60;

/** The dispatcher reports that it is alive at most this often, with every second sweep: each write to a gate pays for all of it. */
export const HEARTBEAT_SECONDS = 110;

/** After this much silence of the dispatcher, executions acquire slots without a turn. Two missed heartbeats. */
export const SILENCE_SECONDS = 300;

/** A start whose reply was lost may still be on its way. "No run" proves that there is none only after this long. */
export const START_GRACE_SECONDS = 120;

/** As long as that after a start that Glue answered with an error: GetJobRuns may not show its run at once. */
export const ANSWERED_GRACE_SECONDS = 30;

/** An execution that asks how its job ended asks again after this long: its question may have been lost. */
export const ASK_AGAIN_SECONDS = 3600;

/**
 * The first recheck of an execution in line, without jitter. Each later one comes after as long again as the execution has
 * waited. A recheck only matters while neither the dispatcher nor the reaper looks at the line.
 */
export const RECHECK_SECONDS = 4 * 3600;

/**
 * The longest wait between two rechecks, without jitter. Up to it the intervals double, and the number of rechecks grows
 * with the logarithm of the wait. With the jitter, an outage of the dispatcher at most triples a wait.
 */
export const MAX_RECHECK_SECONDS = 7 * 86_400;

/** The shortest pause between two probes of an open breaker: a dispatcher that looks every minute notices no shorter one. */
export const MIN_PROBE_PAUSE_SECONDS = 60;

/** The longest: after this long a job that was mended is noticed. */
export const MAX_PROBE_PAUSE_SECONDS = 1800;

/** Closed rows are kept this long. A queue holds a message for 14 days at most, so every late delivery finds its row. */
export const ROW_RETENTION_DAYS = 21;

/** When DynamoDB may delete a row that ends at `now` (milliseconds since 1970): seconds since 1970, a number as DynamoDB takes it. */
export function rowExpiry(now: number): string {
    return String(Math.floor(now / 1000) + ROW_RETENTION_DAYS * 86_400);
}

/** `seconds` before or after a moment, ISO 8601. */
export function isoAfter(now: number, seconds: number): string {
    return new Date(now + seconds * 1000).toISOString();
}
