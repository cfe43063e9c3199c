/** How long a message has been in which kind of state so far, from the history of its execution. */
import { errorName } from "../../functions/lib/errors.ts";
import { eventsBackwards } from "../../functions/reaper/executions.ts";
import { HOLDING_STATES, STATE } from "../../workflow/states.ts";
import type { Row } from "../../slots/table.ts";
import { isDenied } from "./aws-errors.ts";
import type { Session } from "./session.ts";
import { unlessDenied } from "./session.ts";

/** What a message did for how long. */
export const SPENT = {
    inLine: "in line",
    backingOff: "backing off after a failed attempt",
    withoutCapacity: "while Glue had no capacity",
    steppingAside: "before it tried the table again",
    running: "with a slot",
    ending: "ending",
} as const;
export type Spent = keyof typeof SPENT;

export type Past = Readonly<Partial<Record<Spent, number>>>;

/** Seconds by what was done; undefined if the caller may not see the history, or there is none. */
export async function readPast(session: Session, row: Row, now: number): Promise<Past | undefined> {
    const { execution, ended } = row;
    const history = read(session, execution, now).catch((error: unknown) => {
        // Step Functions keeps the history of an execution that has ended for 90 days.
        const mayBeGone = ended !== undefined || errorName(error) === "ExecutionDoesNotExist";
        if (isDenied(error) || !mayBeGone) throw error;
        return undefined;
    });
    return unlessDenied(session, "states:GetExecutionHistory", execution, history);
}

async function read({ aws }: Session, executionArn: string, now: number): Promise<Past> {
    const spent: Partial<Record<Spent, number>> = {};
    let until = now;
    for await (const event of eventsBackwards({ ...aws, ...NO_PLATFORM }, executionArn)) {
        const at = event.timestamp?.getTime() ?? until;
        if (/^Execution(Succeeded|Failed|Aborted|TimedOut)$/.test(event.type ?? "")) until = at;
        const state = event.stateEnteredEventDetails?.name;
        if (state === undefined) continue;
        const what = spentIn(state);
        spent[what] = (spent[what] ?? 0) + Math.max(0, until - at) / 1000;
        until = at;
    }
    return spent;
}

/** The reading of a history neither logs nor measures. */
const NO_PLATFORM = {
    env: {},
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    metrics: () => undefined,
};

function spentIn(state: string): Spent {
    if (state === "Enter line" || state === "Wait in line") return "inLine";
    if (state === "Back off") return "backingOff";
    if (state === "Wait for capacity" || state === "Pause before starting") return "withoutCapacity";
    if (state === "Pause" || state === "Acquire slot") return "steppingAside";
    if (HOLDING_STATES.has(state)) return "running";
    return "ending";
}

/** States of an execution that this file knows by name, besides those with a slot. A test holds them against the definition. */
export const KNOWN_STATES: readonly string[] = [
    "Enter line",
    "Wait in line",
    "Back off",
    "Wait for capacity",
    "Pause before starting",
    "Pause",
    "Acquire slot",
    STATE.runJob,
];
