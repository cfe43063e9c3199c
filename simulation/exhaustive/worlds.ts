/** The small worlds of docs/proof.md. Each is as large as can be explored in a few minutes. */
import type { Bounds, Fault } from "./bounds.ts";

/** Each of these once, the others never. */
function once(...faults: Fault[]): Bounds["faults"] {
    const has = (fault: Fault): number => (faults.includes(fault) ? 1 : 0);
    return {
        ...{ failure: has("failure"), abort: has("abort"), redrive: has("redrive"), drop: has("drop") },
        kill: has("kill"),
        ...{ lost: has("lost"), late: has("late"), silence: has("silence") },
    };
}

const SMALL = { limit: 1, dispatchers: 1, reapers: 1, sweeps: false, visits: 1, wakes: 0 } as const;

export const WORLDS = {
    /** One message, and one fault of any kind. */
    alone: {
        ...{ ...SMALL, executions: 1, most: 1 },
        faults: once("failure", "abort", "kill", "lost", "late", "silence"),
    },
    /** One message whose execution is aborted and redriven. */
    redriven: { ...SMALL, executions: 1, most: 2, faults: once("abort", "redrive") },
    /** Two messages and one slot; one execution is aborted. */
    aborted: { ...SMALL, executions: 2, most: 1, faults: once("abort") },
    /** One message that a person takes out of the line, and the dispatcher is silent, or a function dies. */
    dropped: { ...SMALL, executions: 1, most: 2, faults: once("drop", "kill", "silence") },
    /** Two messages and one slot; one of the messages is taken out of the line. */
    left: { ...SMALL, executions: 2, most: 1, faults: once("drop") },
    /** Two messages and one slot; the dispatcher runs twice at once, may die, and may fall silent. */
    twice: { ...SMALL, executions: 2, dispatchers: 2, reapers: 0, most: 1, faults: once("kill", "silence") },
    /** Three messages and one slot, beside the reaper. */
    crowd: { ...SMALL, executions: 3, most: 0, faults: once() },
    /** Three messages and two slots; the dispatcher may die. */
    slots: { ...SMALL, executions: 3, limit: 2, reapers: 0, most: 1, faults: once("kill") },
} as const satisfies Record<string, Bounds>;
