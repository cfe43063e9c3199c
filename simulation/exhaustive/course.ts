/**
 * The course of one message: its execution, its row, its slots, its runs, its letter, what is under way to them, and the
 * reaper at work on it. All ids are `SELF`. Of the rest of the world a course knows how many others hold slots.
 */
import type { Item } from "../../slots/items.ts";
import { ENTRY, keyOf, OUTCOME, POSITION, TABLE } from "../../slots/table.ts";
import { open } from "../../slots/writes.ts";
import type { Fault } from "./bounds.ts";
import type { Call, Execution } from "./execution.ts";
import { executionArn, iso, JOB, NOW, PAST, POOL, SELF, TABLE_NAME } from "./names.ts";

/** A run of the Glue job. */
export interface Run {
    readonly id: string;
    readonly holder: string;
    readonly state: "RUNNING" | "SUCCEEDED" | "FAILED" | "STOPPED";
}

export type Who = "execution" | "reaper" | "dispatcher" | "person";

export interface LateCall {
    readonly by: Who;
    readonly call: Call;
}

export type Slots = NonNullable<Item[string]["M"]>;

export interface Course {
    readonly execution: Execution;
    readonly row: Item;
    /** Its entries in the gate's holders. */
    readonly slots: Slots;
    readonly runs: readonly Run[];
    /** Who sent its letter to the dead-letter queue, if anybody did. */
    readonly letter: "" | "execution" | "reaper";
    /** Whether a person has ended its execution's wait, to take the message out of the line. */
    readonly isCancelled: boolean;
    /** The questions in the reaper's queue: one may have come late. */
    readonly questions: readonly string[];
    /** Calls that are still on their way: their callers have given up. */
    readonly late: readonly LateCall[];
    /** Where the reaper is that looks at it; -1 if none does. */
    readonly reaper: number;
}

/** What a course needs to know of the others. */
export interface Around {
    /** How many other messages' holders there are. */
    readonly holders: number;
    readonly isSilent: boolean;
    /** The faults that may still come. */
    readonly faults: ReadonlySet<Fault>;
}

export function courseOf(execution: Execution): Course {
    const { Item } = open({
        ...{ table: TABLE_NAME, pool: POOL, name: SELF, messageId: SELF, group: "g", bodyHash: "h" },
        ...{ execution: executionArn(SELF), job: JOB, now: iso(NOW) },
        position: `${POSITION.open}${iso(NOW)}#${SELF}`,
    });
    return {
        ...{ execution, row: plainRow(Item, 0), slots: {}, runs: [], letter: "", questions: [] },
        ...{ isCancelled: false, late: [], reaper: -1 },
    };
}

/** A row with equal moments where no decision tells them apart, and without what only people and the stream's filter read. */
export function plainRow(row: Item, visits: number): Item {
    const { run: _run, expires: _expires, joinedFrom: _from, joinSequence, ...others } = row;
    const sequence = joinSequence && {
        joinSequence: { N: String(plainSequence(Number(joinSequence.N), visits)) },
    };
    const rest: Item = { ...others, ...sequence };
    const position = row[TABLE.lineKey]?.S ?? "";
    const [kind = ""] = position.split("#");
    const begins = `${kind}#`;
    if (begins === POSITION.wait) return rest;
    const moment = position.slice(begins.length, begins.length + iso(NOW).length);
    const isPast = begins === POSITION.run && Date.parse(moment) < NOW - 1000;
    return {
        ...rest,
        [TABLE.lineKey]: { S: `${begins}${iso(isPast ? PAST : NOW)}#${SELF}` },
        ...(rest["ended"] && { ended: { S: iso(NOW) } }),
    };
}

/** A join's sequence, in which visits of the line from the last that is told apart on are one. */
function plainSequence(sequence: number, visits: number): number {
    const redrives = Math.floor(sequence / 1_000_000_000) * 1_000_000_000;
    return Math.min(sequence, redrives + visits * 1000);
}

/** What the dispatcher looks at of a row. */
const DISPATCHED = [TABLE.partitionKey, TABLE.sortKey, "messageId", "holder", "token", "execution"];

/** A row, as far as the dispatcher looks at it. */
export function forDispatcher(row: Item): Item {
    return Object.fromEntries(Object.entries(row).filter(([name]) => DISPATCHED.includes(name)));
}

/** The gate, as a course sees it. */
export function gateOf(slots: Slots, others: Slots, limit: number, isSilent: boolean): Item {
    return {
        ...keyOf(POOL, ENTRY.gate),
        format: { N: "1" },
        holders: { M: { ...others, ...slots } },
        limit: { N: String(limit) },
        dispatcherSeen: { S: iso(isSilent ? PAST : NOW) },
    };
}

export function isOver({ state }: Run): boolean {
    return state !== "RUNNING";
}

export function hasEnded({ row }: Course): boolean {
    return row["ended"] !== undefined;
}

/** Whether nothing of the message is left: it has ended, and holds, waits for and runs nothing. */
export function isSettled(course: Course): boolean {
    const { execution, row, slots, runs, letter, late, reaper } = course;
    const outcome = row["outcome"]?.S;
    return (
        execution.status !== "RUNNING" &&
        (outcome === OUTCOME.done ||
            outcome === OUTCOME.cancelled ||
            (outcome === OUTCOME.deadLettered && letter !== "")) &&
        Object.keys(slots).length === 0 &&
        row["token"] === undefined &&
        runs.every(isOver) &&
        late.length === 0 &&
        reaper === -1
    );
}

export function runPositionIsFresh(row: Item): boolean {
    const position = row[TABLE.lineKey]?.S ?? "";
    return position.startsWith(POSITION.run) && position.includes(iso(NOW));
}

/** Its wake-up lies so far back that the dispatcher no longer counts its turn. */
export function turnOver(course: Course): Course {
    const position = `${POSITION.run}${iso(PAST)}#${SELF}`;
    return { ...course, row: { ...course.row, [TABLE.lineKey]: { S: position } } };
}

/** The same course after some minutes. What came first comes first still. */
export function aged(course: Course): Course {
    const { row, slots, questions } = course;
    const older = runPositionIsFresh(row) ? turnOver(course).row : row;
    const joined = row["joined"]?.S;
    const ask = row["ask"]?.M;
    const { idle, asked } = row;
    return {
        ...course,
        row: {
            ...older,
            ...(joined !== undefined && { joined: { S: agedMoment(joined) } }),
            ...(idle && { idle: agedNote(idle) }),
            ...(asked && { asked: agedNote(asked) }),
            ...(ask && { ask: { M: { ...ask, since: { S: agedMoment(ask["since"]?.S ?? "") } } } }),
        },
        slots: Object.fromEntries(
            Object.entries(slots).map(([holder, slot]) => {
                const since = Number(slot.M?.["since"]?.N);
                return [
                    holder,
                    { M: { ...slot.M, since: { N: String(since < NOW ? since : since - NOW + PAST) } } },
                ];
            }),
        ),
        questions: questions.map((question) =>
            question.replace(/"since":"([^"]+)"/, (_, since: string) => `"since":"${agedMoment(since)}"`),
        ),
    };
}

/** Since when the reaper knows that a holder can start no run. */
function agedNote({ M: note = {} }: Item[string]): { M: Slots } {
    const moment = (name: string) => ({ S: agedMoment(note[name]?.S ?? "") });
    return { M: { ...note, since: moment("since"), seen: moment("seen") } };
}

/** Whether the reaper has noted lately that a holder can start no run: the grace that began then is not over. */
export function hasFreshNote({ idle, asked }: Item): boolean {
    return [idle, asked].some((note) => (note?.M?.["seen"]?.S ?? "") >= iso(NOW));
}

function agedMoment(moment: string): string {
    const millis = Date.parse(moment);
    return iso(millis < NOW ? millis : millis - NOW + PAST);
}
