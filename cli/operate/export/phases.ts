/** What a message did and when, from what AWS keeps of it: the states of its execution, and its Glue runs. */
import type { Phase } from "../../page/data.ts";
import { HOLDING_STATES, STATE } from "../../../workflow/states.ts";

/** A state of the execution, from its beginning on. Milliseconds since 1970. */
export interface Entered {
    readonly state: string;
    readonly at: number;
}

/** Milliseconds since 1970. */
export interface RunTimes {
    readonly startedAt: number;
    /** Since when its script runs; undefined while it is brought up. */
    readonly runningAt: number | undefined;
    readonly endedAt: number | undefined;
}

export interface Span {
    readonly phase: Phase;
    readonly from: number;
    readonly to: number;
}

export interface Story {
    readonly acceptedAt: number;
    /** The end of the message, or now. */
    readonly until: number;
    /** In order. */
    readonly entered: readonly Entered[];
    /** In the order of their starts. */
    readonly runs: readonly RunTimes[];
    readonly cooldownMillis: number;
}

/** States without a slot in which a message waits for something else than its turn. */
const PAUSES: ReadonlySet<string> = new Set([STATE.backOff, "Wait for capacity"]);

const IN_LINE: ReadonlySet<string> = new Set(["Enter line", "Wait in line", "Pause", "Acquire slot"]);

/** One phase after the other, without gaps, from the accepting to the end. */
export function phasesOf({ acceptedAt, until, entered, runs, cooldownMillis }: Story): Span[] {
    const spans: Span[] = [];
    const add = (phase: Phase, from: number, to: number): void => {
        const last = spans.at(-1);
        const begin = Math.max(from, last?.to ?? acceptedAt);
        const end = Math.min(to, until);
        if (end <= begin) return;
        if (last?.phase === phase) spans[spans.length - 1] = { ...last, to: end };
        else spans.push({ phase, from: begin, to: end });
    };
    add("waiting", acceptedAt, entered[0]?.at ?? until);
    for (let i = 0; i < entered.length;) {
        const { state, at } = entered[i] ?? { state: "", at: until };
        if (!HOLDING_STATES.has(state)) {
            add(phaseOf(state), at, entered[i + 1]?.at ?? until);
            i++;
            continue;
        }
        let next = i;
        while (HOLDING_STATES.has(entered[next]?.state ?? "")) next++;
        withSlot(at, entered[next]?.at ?? until, runs, cooldownMillis, add);
        i = next;
    }
    return spans;
}

function phaseOf(state: string): Phase {
    if (IN_LINE.has(state)) return "waiting";
    return PAUSES.has(state) ? "backing off" : "closing";
}

/**
 * The time in which an execution has a slot, by the runs that were started in it. AWS keeps nowhere when the slot came back: it is
 * after the end of the last run and the cooldown, when the reaper frees it, and often long before the execution notices.
 */
function withSlot(
    from: number,
    to: number,
    runs: readonly RunTimes[],
    cooldownMillis: number,
    add: (phase: Phase, from: number, to: number) => void,
): void {
    // Glue dates a start a little before the execution has its answer.
    const own = runs.filter(({ startedAt }) => startedAt >= from - CLOCK_NOISE && startedAt < to);
    let at = from;
    for (const { runningAt, endedAt = to } of own) {
        add("starting", at, runningAt ?? endedAt);
        add("running", runningAt ?? endedAt, endedAt);
        at = Math.max(at, endedAt);
    }
    if (own.length === 0) {
        add("starting", at, to);
        return;
    }
    add("cooling down", at, at + cooldownMillis);
    add("closing", at + cooldownMillis, to);
}

/** Two services' clocks may differ by so much, in milliseconds. */
const CLOCK_NOISE = 2000;
