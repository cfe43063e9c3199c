/** What a FIFO queue accepted in the last five minutes (SQS Developer Guide, "Exactly-once processing in Amazon SQS"). */

const INTERVAL_MILLIS = 5 * 60 * 1000;

interface Accepted<T> {
    readonly at: number;
    readonly what: T;
}

/** Accepted ids, each with what was accepted. Two generations are kept, so nothing is ever searched for. */
export class Deduplication<T> {
    private current = new Map<string, Accepted<T>>();
    private previous = new Map<string, Accepted<T>>();
    private turnedAt = 0;

    /** What was accepted under `id` within the interval. */
    find(id: string, now: number): T | undefined {
        const accepted = this.current.get(id) ?? this.previous.get(id);
        return accepted && now - accepted.at < INTERVAL_MILLIS ? accepted.what : undefined;
    }

    add(id: string, what: T, now: number): void {
        if (now - this.turnedAt >= INTERVAL_MILLIS) {
            this.previous = this.current;
            this.current = new Map();
            this.turnedAt = now;
        }
        this.current.set(id, { at: now, what });
    }
}
