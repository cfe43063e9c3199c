/** Slots, limit and line as the looks of one server have seen them. Only what changed is kept, and the oldest goes first. */
import type { LiveHistory } from "../../page/live-data.ts";

export interface Numbers {
    readonly holders: number;
    readonly limit: number;
    readonly waiting: number;
}

/** Moments that are kept. */
const MOST = 2000;

export class History {
    private readonly found: (Numbers & { readonly at: number })[] = [];

    add(at: number, numbers: Numbers): void {
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
