/** The values of one metric, added up by the minute, for as long as an alarm can look back. */
import type { Datapoint } from "../lib/metrics.ts";

export const MINUTE = 60_000;

/** Minutes that are kept: an alarm looks at a day, and at a little more when data are missing. */
const KEPT_MINUTES = 26 * 60;

interface Bucket {
    /** Whole minutes since 1970. */
    readonly minute: number;
    sum: number;
    count: number;
    minimum: number;
    maximum: number;
}

export class Series {
    /** In the order of time. Minutes without values are left out. */
    private buckets: Bucket[] = [];

    add(time: number, values: Datapoint): void {
        const at = Math.floor(time / MINUTE);
        let i = this.buckets.length;
        while (i > 0 && (this.buckets[i - 1] as Bucket).minute > at) i--;
        const before = this.buckets[i - 1];
        if (before?.minute === at) return merge(before, values);
        const { sum, count, minimum, maximum } = values;
        this.buckets.splice(i, 0, { minute: at, sum, count, minimum, maximum });
        if (this.buckets.length > 2 * KEPT_MINUTES) this.buckets = this.buckets.slice(-KEPT_MINUTES);
    }

    /** Whether there is a value since a time. */
    hasSince(time: number): boolean {
        const last = this.buckets.at(-1);
        return last !== undefined && last.minute * MINUTE >= time;
    }

    /** The latest `count` periods before `end`, oldest first. Undefined: no value in that period. */
    periods(end: number, periodMillis: number, count: number): (Datapoint | undefined)[] {
        const periods = new Array<Bucket | undefined>(count).fill(undefined);
        const [last, length] = [Math.floor(end / MINUTE), periodMillis / MINUTE];
        for (let i = this.buckets.length - 1; i >= 0; i--) {
            const bucket = this.buckets[i] as Bucket;
            if (bucket.minute >= last) continue;
            const index = count - 1 - Math.floor((last - 1 - bucket.minute) / length);
            if (index < 0) break;
            const period = periods[index];
            if (period) merge(period, bucket);
            else periods[index] = { ...bucket };
        }
        return periods;
    }
}

function merge(into: Bucket, values: Datapoint): void {
    into.sum += values.sum;
    into.count += values.count;
    into.minimum = Math.min(into.minimum, values.minimum);
    into.maximum = Math.max(into.maximum, values.maximum);
}
