/**
 * Who is next: the one place that decides the order in which slots are offered. Pure, and asked again at every change,
 * so it needs no memory: what it is shown is what it decides on.
 */
import type { Gate, Row } from "./table.ts";

/** A row whose execution is parked and can be told. */
export interface Waiter extends Row {
    readonly holder: string;
    readonly token: string;
}

export interface Decision {
    /** Waiters who get a turn now, in the order of the line. */
    readonly turns: readonly Waiter[];
    /** Everybody who is to be told that it is their turn, in the order of the line: `turns`, and who has one already but still sleeps. */
    readonly woken: readonly Waiter[];
    /** Turns that were not used in time. */
    readonly expired: readonly string[];
    /** Whether there are waiters for free slots who get no turn yet, because so many have one already. */
    readonly hasBacklog: boolean;
}

/**
 * The most live turns. Every take writes the whole gate, so that a thousand woken at once would only throttle each other
 * until their turns have expired; the next get theirs as these are taken.
 */
export const MAX_TURNS = 25;

/** Turns that have not expired, of those who have not taken their slots. */
function liveTurns(gate: Gate, now: string): number {
    return Object.entries(gate.turns).filter(([holder, until]) => until > now && !gate.holders[holder])
        .length;
}

/** Slots that neither a holder nor a live turn claims at `now` (ISO 8601). */
export function freeSlots(gate: Gate, now: string): number {
    return Math.max(0, (gate.limit ?? 0) - Object.keys(gate.holders).length - liveTurns(gate, now));
}

/**
 * @param line open rows in the order of their positions, from the head of the line; it may be a part of the line
 * @param now ISO 8601
 */
export function whoIsNext(gate: Gate, line: Iterable<Row>, now: string): Decision {
    const turns: Waiter[] = [];
    const woken: Waiter[] = [];
    let free = freeSlots(gate, now);
    let mayGive = MAX_TURNS - liveTurns(gate, now);
    let hasBacklog = false;
    const hasRoom = Object.keys(gate.holders).length < (gate.limit ?? 0);
    for (const row of line) {
        if (!isWaiting(row)) continue;
        const holds = gate.holders[row.holder] !== undefined;
        const hasTurn = (gate.turns[row.holder] ?? "") > now;
        // Without room its turn is of no use to it now: woken, it would be denied and stand in line again.
        if (holds || (hasTurn && hasRoom)) {
            woken.push(row);
        } else if (!hasTurn && free > 0 && mayGive > 0) {
            free--;
            mayGive--;
            turns.push(row);
            woken.push(row);
        } else if (!hasTurn && free > 0) {
            hasBacklog = true;
            break;
        }
    }
    const renewed = new Set(turns.map((row) => row.holder));
    const expired = Object.entries(gate.turns).flatMap(([holder, until]) =>
        until <= now && !renewed.has(holder) ? [holder] : [],
    );
    return { turns, woken, expired, hasBacklog };
}

function isWaiting(row: Row): row is Waiter {
    return row.token !== undefined && row.holder !== undefined;
}
