/**
 * Time to live: deletes items some time after the second in one of their attributes. AWS says "within a few days"; here it
 * is an hour. There is one event of the clock, for the item that expires first, and none if no item ever expires.
 */
import type { Clock, Timer } from "../../clock.ts";
import { get } from "./values.ts";
import type { Item } from "./values.ts";

const DELAY_MILLIS = 60 * 60 * 1000;
/** "Using time to live (TTL) in DynamoDB": an item that expired more than five years ago stays. */
const OLDEST_SECONDS = 5 * 365 * 24 * 60 * 60;

/** What expiry needs of the table. */
export interface Expirable {
    items(): Iterable<Item>;
    delete(item: Item): void;
}

export class Expiry {
    private readonly attribute: string;
    private readonly clock: Clock;
    private readonly table: Expirable;
    private timer: Timer | undefined;

    constructor(attribute: string, clock: Clock, table: Expirable) {
        this.attribute = attribute;
        this.clock = clock;
        this.table = table;
    }

    /** An item was written. It may be the first to expire. */
    note(item: Item): void {
        const expiresAt = this.expiryOf(item);
        if (expiresAt !== undefined) this.schedule(expiresAt + DELAY_MILLIS);
    }

    stop(): void {
        this.clock.cancel(this.timer);
    }

    private schedule(time: number): void {
        if (this.timer && this.timer.time <= time) return;
        this.clock.cancel(this.timer);
        this.timer = this.clock.at(time, () => this.sweep());
    }

    private sweep(): void {
        this.timer = undefined;
        const now = this.clock.now();
        const expired: Item[] = [];
        let next = Infinity;
        for (const item of this.table.items()) {
            const expiresAt = this.expiryOf(item);
            if (expiresAt === undefined) continue;
            if (expiresAt < now) expired.push(item);
            else next = Math.min(next, expiresAt);
        }
        for (const item of expired) this.table.delete(item);
        if (next < Infinity) this.schedule(Math.max(next, now) + DELAY_MILLIS);
    }

    /** Milliseconds since 1970; undefined if the item stays. */
    private expiryOf(item: Item): number | undefined {
        const text = get(item, this.attribute)?.N;
        if (text === undefined) return undefined;
        const seconds = Number(text);
        return seconds < this.clock.now() / 1000 - OLDEST_SECONDS ? undefined : seconds * 1000;
    }
}
