/**
 * Completion: the one place that decides whether the work of a holder is over, so that somebody else may release its slot.
 * A slot is released only on proof. What could not be seen counts as "it may still run".
 */

/** What is known of one Glue run that carries a holder's id. */
export interface Run {
    readonly id: string;
    /** Glue's JobRunState. */
    readonly state: string;
    /** Milliseconds since 1970. */
    readonly startedOn: number;
    /** Milliseconds since 1970; absent while it has not ended. */
    readonly completedOn?: number;
    /** When Glue last changed the run: milliseconds since 1970. */
    readonly changedOn?: number;
    readonly error?: string;
}

/** How the work of a holder ended. */
export interface End {
    /** Glue's terminal JobRunState, or `NONE`: there was no run. */
    readonly state: string;
    /** The run's id, or `NO_RUN`. */
    readonly run: string;
    readonly error: string;
    /** Milliseconds since 1970; 0 without a run. */
    readonly completedOn: number;
}

export type Completion =
    /** The work is over: the slot may be released. */
    | { readonly isComplete: true; readonly end: End }
    /** Not yet, and why. Worth another look after `lookAgainMillis`, if that is known. */
    | { readonly isComplete: false; readonly why: string; readonly lookAgainMillis?: number };

/** Stands for a run's id while there is none: neither a message attribute nor the validators accept an empty text. */
export const NO_RUN = "none";

/**
 * Glue's terminal states (Glue API reference, "JobRunState"). STOPPING and WAITING are not among them: the job runs, or
 * will run.
 */
export const TERMINAL_STATES: readonly string[] = [
    "SUCCEEDED",
    "FAILED",
    "STOPPED",
    "TIMEOUT",
    "ERROR",
    "EXPIRED",
];

/** What Glue's message says of a run that it accepted and could not give workers: a regular expression. */
export const LACKS_CAPACITY = "exceeded maximum concurrent capacity";

/** Whether a run failed because the account had no capacity for it. */
export function isForLackOfCapacity(error: string): boolean {
    return new RegExp(LACKS_CAPACITY, "i").test(error);
}

/** Whether a Glue run in this state can never run again. */
export function isTerminal(state: string): boolean {
    return TERMINAL_STATES.includes(state);
}

/** What the decision rests on. */
export interface Evidence {
    /** Every Glue run with the holder's id, including a retry that Glue itself made. */
    readonly runs: readonly Run[];
    /**
     * Since when the holder can start no run any more (its execution ended, went on to another attempt or redrive, or
     * asks itself): milliseconds since 1970, by the clock of `now`; undefined while it can.
     */
    readonly idleSince: number | undefined;
    /** Seconds after `idleSince` for which a start may be in flight, unseen. */
    readonly graceSeconds: number;
    /** Seconds that a slot stays taken after the end of its run. */
    readonly cooldownSeconds: number;
    /** When the runs were listed: milliseconds since 1970. A run that started later may be missing. */
    readonly now: number;
}

/** Whether the work of a holder is over, and how it ended. */
export function completionOf(evidence: Evidence): Completion {
    const { runs, cooldownSeconds, now } = evidence;
    const live = runs.find((run) => !isTerminal(run.state));
    if (live) return { isComplete: false, why: `run ${live.id} is ${live.state}` };
    const [first, ...others] = runs;
    if (!first) return completionWithoutRun(evidence);
    const end = endOf(first, others);
    // Two clocks: Glue's and the reaper's. If that is wrong, Glue refuses the next start for a while, and it is tried again.
    const cooledDown = Math.max(...runs.map((run) => run.completedOn ?? 0)) + cooldownSeconds * 1000;
    if (cooldownSeconds > 0 && cooledDown > now) {
        return { isComplete: false, why: `run ${end.run} cools down`, lookAgainMillis: cooledDown - now };
    }
    return { isComplete: true, end };
}

function completionWithoutRun({ idleSince, graceSeconds, now }: Evidence): Completion {
    if (idleSince === undefined) {
        return { isComplete: false, why: "no run yet, and its execution goes on" };
    }
    const certain = idleSince + graceSeconds * 1000;
    if (certain > now) {
        return { isComplete: false, why: "a start may be in flight", lookAgainMillis: certain - now };
    }
    const end = { state: "NONE", run: NO_RUN, error: "no Glue run was started", completedOn: 0 };
    return { isComplete: true, end };
}

/** A success counts, whatever else ran; otherwise the run that started last. */
function endOf(first: Run, others: readonly Run[]): End {
    const run = others.reduce((best, other) => (outranks(other, best) ? other : best), first);
    return { state: run.state, run: run.id, error: run.error ?? "", completedOn: run.completedOn ?? 0 };
}

function outranks(one: Run, other: Run): boolean {
    const succeeded = one.state === "SUCCEEDED";
    if (succeeded !== (other.state === "SUCCEEDED")) return succeeded;
    return one.startedOn > other.startedOn;
}
