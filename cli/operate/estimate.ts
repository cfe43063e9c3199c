/**
 * When those in line will start, by how long the latest runs took: who is next gets the slot that is free next. A range shows
 * how far off that may be. With too few runs, or while nothing starts, there is no estimate.
 */
import { isOpen } from "../../slots/breaker.ts";
import type { Pool } from "./pool.ts";
import { poolReasons } from "./reasons.ts";
import { quantile, usualSeconds } from "./runs.ts";
import type { RunView } from "./runs.ts";
import { isoTime } from "./when.ts";

/** Moments in milliseconds since 1970. */
export interface Start {
    readonly at: number;
    readonly from: number;
    readonly to: number;
}

export interface Estimates {
    /** Of each that waits, in the order of the line; empty if nothing can be said. */
    readonly starts: readonly Start[];
    /** What they rest on. */
    readonly basis?: { readonly runs: number; readonly medianSeconds: number };
    /** Before this moment nothing starts: milliseconds since 1970. */
    readonly notBefore?: number;
}

/** @param count how many that wait are asked for, from the head of the line */
export function estimate(pool: Pool, runs: readonly RunView[], cooldown: number, count: number): Estimates {
    const { gate, now } = pool;
    const took = usualSeconds(runs);
    const medianSeconds = quantile(took, 0.5);
    const notBefore = heldUntil(pool);
    if (!gate?.limit || medianSeconds === undefined || isOpen(gate) || isInTrouble(pool))
        return { starts: [], ...(notBefore !== undefined && { notBefore }) };
    const { limit } = gate;
    const held = Object.entries(gate.holders).map(([holder, { since }]) => {
        const run = runs.find((each) => each.holder === holder);
        return (now - (run?.startedOn ?? (Number.isNaN(since) ? now : since))) / 1000;
    });
    const play = (share: number): number[] =>
        startsAfter(
            held.map((elapsed) => remaining(took, elapsed, share) + cooldown),
            { limit, seconds: (quantile(took, share) ?? 0) + cooldown, count },
        ).map((seconds) => now + seconds * 1000);
    const [at, from, to] = [play(0.5), play(0.25), play(0.75)];
    const starts = at.map((moment, i) => ({ at: moment, from: from[i] ?? moment, to: to[i] ?? moment }));
    return { starts, basis: { runs: took.length, medianSeconds } };
}

/** The end of an override that lets nobody start. */
function heldUntil({ gate, override }: Pool): number | undefined {
    const instead = "value" in override ? override.value : undefined;
    return gate?.limit === 0 ? instead?.until : undefined;
}

function isInTrouble(pool: Pool): boolean {
    return poolReasons(pool).some((reason) => reason.class === "trouble");
}

/** How long a run goes on that has run for so many seconds: as those did that took longer. */
function remaining(took: readonly number[], elapsed: number, share: number): number {
    const longer = took.filter((seconds) => seconds > elapsed);
    const total = longer[Math.min(longer.length - 1, Math.floor(share * longer.length))];
    return total === undefined ? 0 : total - elapsed;
}

/** In how many seconds each of the line starts. */
function startsAfter(
    busy: readonly number[],
    { limit, seconds, count }: { limit: number; seconds: number; count: number },
): number[] {
    const idle = Array.from({ length: Math.max(0, limit - busy.length) }, () => 0);
    // Above the limit, those that end first make no room.
    const free = [...idle, ...busy].sort((one, other) => one - other).slice(-limit);
    const starts: number[] = [];
    for (let i = 0; i < count; i++) {
        const next = free.shift() ?? 0;
        starts.push(next);
        insert(free, next + seconds);
    }
    return starts;
}

function insert(sorted: number[], value: number): void {
    let [low, high] = [0, sorted.length];
    while (low < high) {
        const middle = (low + high) >> 1;
        if ((sorted[middle] ?? Infinity) <= value) low = middle + 1;
        else high = middle;
    }
    sorted.splice(low, 0, value);
}

export function startJson(start: Start | undefined): object | null {
    return start ? { at: isoTime(start.at), from: isoTime(start.from), to: isoTime(start.to) } : null;
}

/** `~23:05`, with the day in front if it is another one. */
export function startText(start: Start | undefined, now: number): string {
    return start ? `~${dayAndMinute(start.at, now)}` : "";
}

/** `23:05`, in the zone of this machine. */
export function dayAndMinute(millis: number, now: number): string {
    const date = new Date(millis);
    const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
    if (date.toDateString() === new Date(now).toDateString()) return time;
    return `${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

function two(value: number): string {
    return String(value).padStart(2, "0");
}
