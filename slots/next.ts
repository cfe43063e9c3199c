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
    /** Waiters that get a turn now, in the order of the line. */
    readonly turns: readonly Waiter[];
    /** Waiters to wake, in the order of the line: `turns`, and those that have a turn or a slot already but still wait. */
    readonly toWake: readonly Waiter[];
    /** Holder ids of turns that were not used in time. */
    readonly expired: readonly string[];
    /** Whether some waiters for free slots get no turn yet, because `MAX_TURNS` are live. */
    readonly hasBacklog: boolean;
}

/**
 * The most live turns. Every acquire writes the whole gate: a thousand executions woken at once would throttle each other
 * until their turns expired. The next ones get their turns as these are used.
 */
export const MAX_TURNS = 25;

/** How many turns have not expired and not been used. */
function liveTurns(gate: Gate, now: string): number {
    return Object.entries(gate.turns).filter(([holder, until]) => until > now && !gate.holders[holder])
        .length;
}

/** How many slots neither a holder nor a live turn claims at `now` (ISO 8601). */
export function freeSlots(gate: Gate, now: string): number {
    return Math.max(0, (gate.limit ?? 0) - Object.keys(gate.holders).length - liveTurns(gate, now));
}

/**
 * Decides who gets a turn and whom to wake.
 * @param line open rows in the order of their positions, from the head of the line; a part of the line is enough
 * @param now ISO 8601
 */
export function whoIsNext(gate: Gate, line: Iterable<Row>, now: string): Decision {
    const turns: Waiter[] = [];
    const toWake: Waiter[] = [];
    let free = freeSlots(gate, now);
    let mayGive = MAX_TURNS - liveTurns(gate, now);
    let hasBacklog = false;
    const hasRoom = Object.keys(gate.holders).length < (gate.limit ?? 0);
    for (const row of line) {
        if (!isWaiting(row)) continue;
        const isHolder = gate.holders[row.holder] !== undefined;
        const hasTurn = (gate.turns[row.holder] ?? "") > now;
        // Without room its turn is useless now: woken, it would be denied and join the line again.
        if (isHolder || (hasTurn && hasRoom)) {
            toWake.push(row);
        } else if (!hasTurn && free > 0 && mayGive > 0) {
            free--;
            mayGive--;
            turns.push(row);
            toWake.push(row);
        } else if (!hasTurn && free > 0) {
            hasBacklog = true;
            break;
        }
    }
    const renewed = new Set(turns.map((row) => row.holder));
    const expired = Object.entries(gate.turns).flatMap(([holder, until]) =>
        until <= now && !renewed.has(holder) ? [holder] : [],
    );
    return { turns, toWake, expired, hasBacklog };
}

function isWaiting(row: Row): row is Waiter {
    return row.token !== undefined && row.holder !== undefined;
}
