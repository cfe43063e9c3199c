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
    readonly told: readonly Waiter[];
    /** Turns that were not used in time. */
    readonly lapsed: readonly string[];
    /** Slots that nobody could be found for in what was shown of the line. */
    readonly free: number;
}

/** Slots that neither a holder nor a live turn claims at `now` (ISO 8601). */
export function freeSlots(gate: Gate, now: string): number {
    let claimed = Object.keys(gate.holders).length;
    for (const [holder, until] of Object.entries(gate.turns)) {
        if (until > now && !gate.holders[holder]) claimed++;
    }
    return Math.max(0, (gate.limit ?? 0) - claimed);
}

/**
 * @param line open rows in the order of their places, from the head of the line; it may be a part of the line
 * @param now ISO 8601
 */
export function whoIsNext(gate: Gate, line: Iterable<Row>, now: string): Decision {
    const turns: Waiter[] = [];
    const told: Waiter[] = [];
    let free = freeSlots(gate, now);
    const hasRoom = Object.keys(gate.holders).length < (gate.limit ?? 0);
    for (const row of line) {
        if (!isWaiting(row)) continue;
        const holds = gate.holders[row.holder] !== undefined;
        const hasTurn = (gate.turns[row.holder] ?? "") > now;
        // Without room its turn is of no use to it now: told, it would be denied and stand in line again.
        if (holds || (hasTurn && hasRoom)) {
            told.push(row);
        } else if (!hasTurn && free > 0) {
            free--;
            turns.push(row);
            told.push(row);
        }
    }
    const renewed = new Set(turns.map((row) => row.holder));
    const lapsed = Object.keys(gate.turns).filter(
        (holder) => (gate.turns[holder] ?? "") <= now && !renewed.has(holder),
    );
    return { turns, told, lapsed, free };
}

function isWaiting(row: Row): row is Waiter {
    return row.token !== undefined && row.holder !== undefined;
}
