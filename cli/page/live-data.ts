/**
 * A pool as the live page reads it: one JSON object, as it was at one moment. Moments are milliseconds since 1970 by the clock
 * of AWS. Bodies are not in it.
 */
import type { Phase } from "./data.ts";

/** The version of the object. The first number goes up when an older page would misread a newer object. */
export const LIVE_FORMAT = "turnstile.page/1.0";

/** Messages of one kind that are read, and shown, at most: in line, with a slot, ended and so on. */
export const MOST = 200;

/** Where a message is. `between`: it neither waits in line nor has a slot. */
export const LIVE_STATES = ["running", "waiting", "between", "failed", "cancelled", "done"] as const;
export type LiveState = (typeof LIVE_STATES)[number];

export interface LiveReason {
    readonly code: string;
    readonly class: "trouble" | "held" | "normal";
    readonly text: string;
    /** The command that changes it. */
    readonly change?: string;
}

export interface LiveMessage {
    readonly id: string;
    readonly group: string;
    readonly state: LiveState;
    readonly attempt: number;
    /** Its place in line, from 1. */
    readonly place?: number;
    /** Why it is where it is; only while it has not ended. */
    readonly reason?: string;
    /** When it will start. */
    readonly start?: number;
    /** When it was accepted. */
    readonly opened: number;
    /** One phase after the other, from `opened` on: which, and until when. */
    readonly phases: readonly (readonly [phase: Phase, to: number])[];
    /** Its Glue runs: id, and the state that Glue gives it. */
    readonly runs: readonly (readonly [id: string, state: string])[];
}

/** A slot that is taken. */
export interface LiveSlot {
    readonly holder: string;
    /** The message's id, or the holder's name if that is none of Turnstile's. */
    readonly message: string;
    /** Undefined if that cannot be read. */
    readonly since?: number;
    /** The state of its run, or `starting`. */
    readonly state: string;
}

/** How many; `isExact: false`: at least so many. */
export interface LiveCount {
    readonly count: number;
    readonly isExact: boolean;
}

/** Slots, limit and line from each moment on at which one of them changed. The limit is null where nobody has looked. */
export interface LiveHistory {
    readonly times: readonly number[];
    readonly holders: readonly number[];
    readonly limits: readonly (number | null)[];
    readonly waiting: readonly number[];
}

export interface LiveData {
    readonly format: typeof LIVE_FORMAT;
    readonly stack: string;
    readonly region: string;
    readonly pool: string;
    readonly job: string;
    readonly now: number;
    /** The limit in force; null: no slot is granted. */
    readonly limit: number | null;
    readonly configured: number | null;
    /** Who changed the limit, until when and why, as a sentence has it. */
    readonly override?: string;
    readonly isPaused: boolean;
    readonly slots: readonly LiveSlot[];
    readonly line: LiveCount;
    /** Messages in the work queue that are not accepted yet; null: the caller may not know. */
    readonly queue: number | null;
    readonly deadLetters: number | null;
    readonly lastHour: { readonly done: number; readonly failed: number; readonly isExact: boolean };
    /** Seconds since the dispatcher was seen; null: never. */
    readonly dispatcherSeen: number | null;
    /** How long half of the latest runs took at most, in seconds. */
    readonly usualSeconds?: number;
    /** Why the first in line does not start. */
    readonly reasons: readonly LiveReason[];
    /** Those with a slot, the line, those between, then those that ended within the last hour, the newest first. */
    readonly messages: readonly LiveMessage[];
    /** Whether there are more that have not ended than are in `messages`. */
    readonly hasMore: boolean;
    readonly history: LiveHistory;
    /** What AWS charges for a look, on average: US dollars, at list prices. */
    readonly lookDollars?: number;
    /** What the caller may not read, such as `glue:GetJobRuns`. */
    readonly missing: readonly string[];
}

/** What the server answers: the latest data, and whether they are as old as they should be. */
export interface LiveAnswer {
    readonly data?: LiveData;
    /** Milliseconds since the data were read. */
    readonly age?: number;
    /** Why there are no newer ones. */
    readonly problem?: LiveProblem;
}

export interface LiveProblem {
    readonly message: string;
    readonly hint?: string;
}

/** What the server that gives a page its data was told. It stands in the page itself. */
export interface LiveSetting {
    readonly isReadOnly: boolean;
    readonly hasBodies: boolean;
    /** Seconds from one look to the next. */
    readonly interval: number;
}

/** A dead letter. */
export interface LiveLetter {
    readonly messageId: string;
    readonly group: string;
    readonly cause: string;
    readonly attempts: number | null;
    readonly since: string | null;
}

/** The dead letters, as `turnstile failed` tells of them. */
export interface LiveLetters {
    readonly causes: readonly {
        readonly cause: string;
        readonly count: number;
        readonly first: string | null;
        readonly last: string | null;
        readonly messageIds: readonly string[];
    }[];
    readonly items: readonly LiveLetter[];
    readonly total: number;
}

/** What happened to a message, as `turnstile why` tells it. */
export interface LiveStory {
    readonly now: string;
    readonly message: {
        readonly messageId: string;
        readonly group: string;
        readonly attempt: number;
        readonly opened: string;
        readonly joined: string | null;
        readonly ended: string | null;
        readonly outcome: string | null;
        readonly place: number | null;
    };
    readonly start: { readonly at: string; readonly from: string; readonly to: string } | null;
    readonly basis: { readonly runs: number; readonly medianSeconds: number } | null;
    readonly spentSeconds: Readonly<Record<string, number>> | null;
    readonly reasons: readonly LiveReason[];
    readonly execution: { readonly status: string; readonly error?: string; readonly cause?: string } | null;
    readonly runs: readonly {
        readonly id: string;
        readonly state: string;
        readonly startedOn: string | null;
        readonly completedOn: string | null;
        readonly cause?: string;
    }[];
    readonly pages: { readonly execution: string };
}

/** What a person asks for: a command of `turnstile`, with what it takes. */
export interface LiveChange {
    readonly command: "pause" | "resume" | "limit" | "reset" | "retry" | "cancel" | "free";
    /** The new limit. */
    readonly limit?: number;
    /** How long, such as `2h`. */
    readonly for?: string;
    readonly reason?: string;
    /** Ids of the messages whose letters are sent again; the one that is stopped; the holder whose slot is freed. */
    readonly ids?: readonly string[];
    /** Whether a message that is stopped leaves no dead letter. */
    readonly drop?: boolean;
}

/** What will happen, or what has. */
export interface LiveOutcome {
    /** Under which the person says yes or no; absent: it is over. */
    readonly question?: string;
    /** What the command has said. */
    readonly text: string;
    /** The exit code of the command, once it is over. */
    readonly code?: number;
}
