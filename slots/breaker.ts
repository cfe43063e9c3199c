/**
 * The breaker: keeps a broken job from emptying the line into the dead-letter queue. Whichever write removes a holder from the
 * gate also notes how the holder's job ended. After so many messages in a row that failed for good the breaker is open: one
 * job at a time, a probe, and a growing pause after each that fails. The first success closes it.
 *
 * The holder's removal is conditional, so each end is noted once. The breaker only narrows the acquire, so it cannot let a
 * job in above the limit.
 */
import { isForLackOfCapacity } from "./completion.ts";
import type { End } from "./completion.ts";
import type { Gate, Slot } from "./table.ts";
import { MAX_PROBE_PAUSE_SECONDS, MIN_PROBE_PAUSE_SECONDS } from "./times.ts";

/** What the end of a holder's work says about the job. */
export const VERDICT = {
    succeeded: "succeeded",
    /** The attempt failed, and the message has another: it puts the next probe off, and does not count. */
    failed: "failed",
    /** The message's last attempt failed: it counts. */
    failedForGood: "failedForGood",
    /** The run was stopped by hand, had no capacity, or never was: it says nothing of the job. */
    none: "none",
} as const;
export type Verdict = (typeof VERDICT)[keyof typeof VERDICT];

/** What the end of a holder's work says about the job, as far as Glue shows it. */
export function verdictOf({ state, error }: End, slot: Slot): Verdict {
    if (state === "SUCCEEDED") return VERDICT.succeeded;
    if (state === "NONE" || state === "STOPPED" || isForLackOfCapacity(error)) return VERDICT.none;
    return slot.isLast === true ? VERDICT.failedForGood : VERDICT.failed;
}

/** The gate's attributes while jobs fail. Without them the breaker is closed. */
export const BREAKER_ATTRIBUTES = ["failures", "failingSince", "probeAfter", "probeBy"] as const;

/**
 * The condition under which the breaker lets a job in: its part of the acquire. A gate without `pauseAfterFailures` has no
 * breaker. A gate whose `probeAfter` somebody removed lets a probe in at once. `:now` is the present, or the moment that the
 * wake-up told (`WakeUp`).
 */
export const BREAKER_CONDITION =
    "(attribute_not_exists(failures) OR attribute_not_exists(pauseAfterFailures) OR failures < pauseAfterFailures OR " +
    "(size(holders) < :one AND (attribute_not_exists(probeAfter) OR probeAfter < :now OR probeBy < :now)))";

/** What a verdict adds to the update that removes the holder. */
export interface Note {
    /** Behind the rest of `SET` and of `REMOVE`. */
    readonly sets: string;
    readonly removes: string;
    /** The numbers in it. */
    readonly values: Readonly<Record<string, Multiple>>;
}

/** A number that depends on the present: `times` the milliseconds since 1970, and `plus`. */
export interface Multiple {
    readonly times: 0 | 1 | 2;
    readonly plus: number;
}

/**
 * The pause until the next probe is as long again as the job has been failing: now + (now - failingSince). A first failure
 * counts as a minute old, so no pause is shorter. DynamoDB adds two operands at most, hence `:twiceNow`. Both Step Functions'
 * clock and the reaper's write these moments, so a pause may be off by their difference: still there is one probe at a time.
 */
const PUT_OFF: Note = {
    sets:
        ", failingSince = if_not_exists(failingSince, :begin), probeBy = :latest, " +
        "probeAfter = :twiceNow - if_not_exists(failingSince, :begin)",
    removes: "",
    values: {
        ":begin": { times: 1, plus: -MIN_PROBE_PAUSE_SECONDS * 1000 },
        ":latest": { times: 1, plus: MAX_PROBE_PAUSE_SECONDS * 1000 },
        ":twiceNow": { times: 2, plus: 0 },
    },
};

/** What each verdict adds. */
export const NOTES: Readonly<Record<Verdict, Note>> = {
    succeeded: { sets: "", removes: `, ${BREAKER_ATTRIBUTES.join(", ")}`, values: {} },
    failed: PUT_OFF,
    failedForGood: {
        sets: `, failures = if_not_exists(failures, :zero) + :one${PUT_OFF.sets}`,
        removes: "",
        values: { ...PUT_OFF.values, ":zero": { times: 0, plus: 0 }, ":one": { times: 0, plus: 1 } },
    },
    none: { sets: "", removes: "", values: {} },
};

/** Whether so many messages in a row have failed for good that only probes are let in. */
export function isOpen({ failures, pauseAfterFailures }: Gate): boolean {
    return failures !== undefined && pauseAfterFailures !== undefined && failures >= pauseAfterFailures;
}

/** After which moment the next probe may start: milliseconds since 1970; for a breaker that is open. */
export function nextProbe({ probeAfter = 0, probeBy = Infinity }: Gate): number {
    return Math.min(probeAfter, probeBy);
}

/** What an execution is told when it is woken. */
export interface WakeUp {
    /**
     * Of an open breaker: the end of the pause that is over by the clock of whoever wakes it (milliseconds since 1970). Its own clock
     * may be behind that one. It would be denied, join the line and be woken again, until both agree.
     */
    readonly pausedUntil?: number;
}

/** The wake-up of the next in line, whom the gate has a slot for. */
export function wakeUpFrom(gate: Gate): WakeUp {
    return isOpen(gate) ? { pausedUntil: nextProbe(gate) } : {};
}

/**
 * The gate for whoever asks how many slots are free at `now` (milliseconds since 1970): while the breaker is open, with a
 * limit that lets in nobody, or one probe.
 */
export function narrowed(gate: Gate, now: number): Gate {
    if (!isOpen(gate) || gate.limit === undefined) return gate;
    const held = Object.keys(gate.holders).length;
    const room = held === 0 && nextProbe(gate) < now ? 1 : 0;
    return { ...gate, limit: Math.min(gate.limit, held + room) };
}
