/** How long the protocol waits for what. Each is a trade: shorter costs more writes or calls, longer delays a repair. */

/** A turn not used by then has expired: its waiter is dead, or was told too late. The next minute's look always sees that. */
export const TURN_SECONDS = 50;

/** The dispatcher says that it lives at most this often (a write to a gate feeds the stream that calls it). */
export const HEARTBEAT_SECONDS = 55;

/** After this much silence of the dispatcher, executions take slots without a turn. Five missed heartbeats. */
export const SILENCE_SECONDS = 300;

/** A start whose reply was lost may still be on its way; only after this long does "no run" mean that there is none. */
export const START_GRACE_SECONDS = 120;

/** The first recheck of an execution in line; each one after waits as long as it has waited already. */
export const RECHECK_SECONDS = 300;

/**
 * The longest wait between two rechecks, without jitter. Up to it each takes as long as all the waiting before, so that
 * their number grows with the logarithm of the wait; with the jitter, an outage of the dispatcher at most triples a wait.
 */
export const MAX_RECHECK_SECONDS = 7 * 86_400;

/** Closed rows are kept this long: longer than a queue can hold a message (14 days), so that a late delivery is recognised. */
export const ROW_RETENTION_DAYS = 21;

/** `seconds` before or after a moment, ISO 8601. */
export function isoAfter(now: number, seconds: number): string {
    return new Date(now + seconds * 1000).toISOString();
}
