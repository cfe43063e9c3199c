/**
 * A run as the page reads it: one JSON object, with the messages in columns so that ten thousand of them stay small. Times are
 * whole milliseconds since the first message was sent, by the run's clock.
 */

/** The version of the object. The first number goes up when an older page would misread a newer object. */
export const FORMAT = "turnstile.run/1.0";

/** What a message does, from its sending to its end. `phases` has their indexes. */
export const PHASES = ["waiting", "starting", "running", "cooling down", "closing", "backing off"] as const;
export type Phase = (typeof PHASES)[number];

/** How a message ended. `outcomes` has their indexes. */
export const OUTCOMES = ["not ended", "done", "failed"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A run of the Glue job: its id, its terminal state or "" without one, and its cause if causes are shown. */
export type RunRecord = readonly [id: string, state: string, cause?: string];

/** By message, in the order of sending. */
export interface MessageColumns {
    readonly labels: readonly string[];
    readonly ids: readonly string[];
    /** Indexes of `groups`. */
    readonly groups: readonly number[];
    readonly sent: readonly number[];
    /** One phase after the other, from the sending on: its index, then how long it took. */
    readonly phases: readonly (readonly number[])[];
    readonly outcomes: readonly number[];
    readonly runs: readonly (readonly RunRecord[])[];
    /** Why a message failed, by its index; only where causes are shown. */
    readonly causes?: Readonly<Record<number, string>>;
    /** Only where bodies are shown. */
    readonly bodies?: readonly string[];
}

/** The gate after each write that changed how many hold a slot, or the limit. */
export interface GateColumns {
    /** Milliseconds since the entry before. */
    readonly after: readonly number[];
    readonly holders: readonly number[];
    readonly limits: readonly number[];
}

export interface NamedValue {
    readonly name: string;
    readonly value: string;
}

/** Messages that failed for one cause. */
export interface FailureGroup {
    readonly cause: string;
    readonly count: number;
    /** The first of them, as the user knows it. */
    readonly first: string;
}

export interface RunData {
    readonly format: typeof FORMAT;
    readonly stack: string;
    /** How the run went: all done, something failed, or not to the end. */
    readonly verdict: { readonly kind: "good" | "failed" | "unfinished"; readonly sentence: string };
    readonly numbers: readonly NamedValue[];
    readonly settings: readonly NamedValue[];
    readonly failures: readonly FailureGroup[];
    /** When the first message was sent: milliseconds since 1970. */
    readonly startedAt: number;
    /** How long the run took, in milliseconds. */
    readonly took: number;
    readonly groups: readonly string[];
    readonly messages: MessageColumns;
    readonly gate: GateColumns;
}
