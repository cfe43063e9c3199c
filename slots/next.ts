/**
 * Who is next: the one place that decides the order in which slots are offered. A pure function, called again at every
 * change: it decides on what it is shown and remembers nothing.
 */
import type { Gate, Row } from "./table.ts";

/** A row whose execution waits on a token and can be woken. */
export interface Waiter extends Row {
    readonly holder: string;
    readonly token: string;
}

export interface Decision {
    /** Waiters to wake, in the order of the line: those whose turn it is, and holders that still wait. */
    readonly toWake: readonly Waiter[];
    /** Whether some waiters for free slots are not woken yet, because `MAX_TURNS` turns are live. */
    readonly hasBacklog: boolean;
}

/**
 * The most live turns. Every acquire writes the whole gate: a thousand executions woken at once would throttle each other
 * until their turns were over. The next ones are woken as these acquire their slots.
 */
export const MAX_TURNS = 25;

/** How many slots have no holder. */
export function freeSlots({ limit = 0, holders }: Gate): number {
    return Math.max(0, limit - Object.keys(holders).length);
}

/**
 * Decides whom to wake. A row in `woken` whose execution is no holder has a live turn: it may acquire its slot any moment. The
 * gate must have been read before the rows. Otherwise an execution could acquire its slot between the two reads and be
 * in neither.
 * @param line open rows in the order of their positions, from the head of the line; a part of the line is enough
 * @param woken the rows of the executions that were woken lately
 */
export function whoIsNext(gate: Gate, line: Iterable<Row>, woken: Iterable<Row>): Decision {
    const turns = liveTurns(gate, woken);
    const toWake: Waiter[] = [];
    let free = freeSlots(gate) - turns.size;
    let mayWake = MAX_TURNS - turns.size;
    for (const row of line) {
        if (!isWaiting(row) || turns.has(row.name)) continue;
        if (gate.holders[row.holder]) {
            toWake.push(row);
            continue;
        }
        if (free <= 0) continue;
        if (mayWake <= 0) return { toWake, hasBacklog: true };
        free--;
        mayWake--;
        toWake.push(row);
    }
    return { toWake, hasBacklog: false };
}

/** The names of the rows that have a live turn. */
function liveTurns(gate: Gate, woken: Iterable<Row>): Set<string> {
    const names = new Set<string>();
    for (const { name, holder } of woken) {
        if (holder !== undefined && !gate.holders[holder]) names.add(name);
    }
    return names;
}

/** Whether an execution waits on the row's token, as far as the row says. */
export function isWaiting(row: Row): row is Waiter {
    return row.token !== undefined && row.holder !== undefined;
}
