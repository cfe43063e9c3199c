/**
 * What is over: the one place that decides whether a slot may be freed by somebody other than its holder. A slot is
 * given back only on proof; whatever could not be seen counts as "it may still run".
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
    readonly error?: string;
}

/** How the work of a holder ended. */
export interface End {
    /** Glue's terminal JobRunState, or `NONE`: there was no run. */
    readonly state: string;
    readonly run: string;
    readonly error: string;
    /** Milliseconds since 1970; 0 without a run. */
    readonly completedOn: number;
}

export type Verdict =
    /** The slot may be freed. */
    | { readonly over: true; readonly end: End }
    /** Not yet; worth looking again in so many milliseconds, if that is known. */
    | { readonly over: false; readonly why: string; readonly lookAgainMillis?: number };

/** The workflow's state in which the job runs. An execution that never entered it has started nothing. */
export const RUN_STATE = "Run job";

/** The state that comes after the message was sent to the dead-letter queue. An execution that entered it has sent it. */
export const DEAD_LETTERED_STATE = "Close as dead-lettered";

/** STOPPING and WAITING are not: the job runs, or will (Glue API reference, "JobRunState"). */
const TERMINAL = new Set(["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"]);

/** Whether a Glue run in this state can never run again. */
export function isTerminal(state: string): boolean {
    return TERMINAL.has(state);
}

/** The terminal states, for the state machine's own check of a failure's cause. */
export const TERMINAL_STATES: readonly string[] = [...TERMINAL];

/**
 * @param runs every Glue run with the holder's id, a retry that Glue itself made included
 * @param idleSince since when the holder cannot start a run any more (its execution ended, went on to another attempt
 *     or redrive, or itself asks): milliseconds since 1970; undefined while it can
 * @param graceSeconds how long a start may be in flight, unseen, after that
 * @param cooldownSeconds how long a slot stays taken after the end of its run
 * @param now milliseconds since 1970
 */
export function completionOf(at: {
    runs: readonly Run[];
    idleSince: number | undefined;
    graceSeconds: number;
    cooldownSeconds: number;
    now: number;
}): Verdict {
    const going = at.runs.find((run) => !isTerminal(run.state));
    if (going) return { over: false, why: `run ${going.id} is ${going.state}` };
    const [first, ...others] = at.runs;
    if (!first) return withoutRun(at);
    const end = outcome(first, others);
    const settled = Math.max(...at.runs.map((run) => run.completedOn ?? 0)) + at.cooldownSeconds * 1000;
    if (settled > at.now)
        return { over: false, why: `run ${end.run} settles`, lookAgainMillis: settled - at.now };
    return { over: true, end };
}

function withoutRun({
    idleSince,
    graceSeconds,
    now,
}: {
    idleSince: number | undefined;
    graceSeconds: number;
    now: number;
}): Verdict {
    if (idleSince === undefined) return { over: false, why: "no run yet, and its execution goes on" };
    const certain = idleSince + graceSeconds * 1000;
    if (certain > now)
        return { over: false, why: "a start may be in flight", lookAgainMillis: certain - now };
    return {
        over: true,
        end: { state: "NONE", run: "none", error: "no Glue run was started", completedOn: 0 },
    };
}

/** A success counts, whatever else ran; otherwise the last run speaks. */
function outcome(first: Run, others: readonly Run[]): End {
    const run = others.reduce((best, other) => (outranks(other, best) ? other : best), first);
    return { state: run.state, run: run.id, error: run.error ?? "", completedOn: run.completedOn ?? 0 };
}

function outranks(one: Run, other: Run): boolean {
    const succeeded = one.state === "SUCCEEDED";
    if (succeeded !== (other.state === "SUCCEEDED")) return succeeded;
    return one.startedOn > other.startedOn;
}
