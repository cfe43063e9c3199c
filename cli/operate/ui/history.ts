/** Slots, limit and line as the looks of one server have seen them, and as the first look tells of the time before. Only what changed is kept, and the oldest goes first. */
import type { LiveHistory } from "../../page/live-data.ts";

export interface Numbers {
    readonly holders: number;
    /** Null: not known. */
    readonly limit: number | null;
    readonly waiting: number;
}

export interface Moment extends Numbers {
    /** Milliseconds since 1970. */
    readonly at: number;
}

/** Moments that are kept. */
const MOST = 2000;

export class History {
    private readonly found: Moment[] = [];

    /** Whether nothing has been seen yet. */
    get isEmpty(): boolean {
        return this.found.length === 0;
    }

    add(at: number, { holders, limit, waiting }: Numbers): void {
        const numbers = { holders, limit, waiting };
        const last = this.found.at(-1);
        // The clock of AWS, as its answers show it, may step back.
        if (last && (at <= last.at || isSame(last, numbers))) return;
        this.found.push({ at, ...numbers });
        if (this.found.length > MOST) this.found.shift();
    }

    /** With the last numbers once more at `now`. */
    columns(now: number): LiveHistory {
        const last = this.found.at(-1);
        const all = last && now > last.at ? [...this.found, { ...last, at: now }] : this.found;
        return {
            times: all.map(({ at }) => at),
            holders: all.map(({ holders }) => holders),
            limits: all.map(({ limit }) => limit),
            waiting: all.map(({ waiting }) => waiting),
        };
    }
}

function isSame(one: Numbers, other: Numbers): boolean {
    return one.holders === other.holders && one.limit === other.limit && one.waiting === other.waiting;
}
