/**
 * The statistics of a run, from four kinds of moments: a message is sent, a Glue run starts, a Glue run ends, a message has
 * ended. It keeps nothing but numbers, so that ten thousand jobs cost little more memory than their messages.
 */

/** How a message ended. */
export type Ending = "done" | "failed";

export interface Timings {
    /** From a message's sending to the first start of its job, in seconds: the median, the 95th percentile and the longest. */
    readonly waitMedian: number;
    readonly wait95: number;
    readonly waitLongest: number;
    /** From the first message sent to the last job ended, in seconds. */
    readonly makespan: number;
    /** The makespan of the same jobs in the same order if no slot were ever idle between two of them, in seconds. */
    readonly idealMakespan: number;
    /** How long a free slot stood idle while somebody waited, in seconds: the median and the 95th percentile. */
    readonly idleMedian: number;
    readonly idle95: number;
    /** Seconds that jobs held slots, in total. */
    readonly busy: number;
}

/** Moments of one message, in milliseconds since 1970; NaN for what has not happened. */
export interface Times {
    readonly sent: number;
    /** Its first run. */
    readonly started: number;
    readonly ended: number;
    /** Runs that were started for it. */
    readonly attempts: number;
}

export class Statistics {
    // Plain arrays: while they have nothing but doubles in them, V8 keeps them at eight bytes a number.
    /** By message, in the order of sending; NaN until it happens. */
    private readonly sentAt: number[] = [];
    private readonly startedAt: number[] = [];
    private readonly endings: number[] = [];
    private readonly attempts: number[] = [];
    /** By Glue run, in the order of starting; NaN until it happens. */
    private readonly runStarts: number[] = [];
    private readonly runEnds: number[] = [];
    private readonly idleMillis: number[] = [];
    /** When slots came free while somebody waited, in order; the first `reused` of them have a new holder. */
    private readonly freed: number[] = [];
    private reused = 0;
    private messagesStarted = 0;
    private firstRuns = 0;
    running = 0;
    peak = 0;
    done = 0;
    failed = 0;
    /** The time of the last of these moments. */
    lastChange = 0;

    get sent(): number {
        return this.sentAt.length;
    }

    get runs(): number {
        return this.runStarts.length;
    }

    /** Runs that were not their message's first. */
    get furtherAttempts(): number {
        return this.runs - this.firstRuns;
    }

    /** Messages that have not ended and whose job has not started yet. */
    get waiting(): number {
        return this.sent - this.messagesStarted;
    }

    get ended(): number {
        return this.done + this.failed;
    }

    /** Returns the message's index, by which the other methods know it. */
    messageSent(now: number): number {
        this.sentAt.push(now);
        this.startedAt.push(Number.NaN);
        this.endings.push(Number.NaN);
        this.attempts.push(0);
        this.lastChange = now;
        return this.sent - 1;
    }

    /** Returns the run's index. A run that no message asked for has the message -1. */
    runStarted(message: number, now: number): number {
        if (message >= 0) this.attempts[message] = at(this.attempts, message) + 1;
        if (message >= 0 && Number.isNaN(at(this.startedAt, message))) {
            this.startedAt[message] = now;
            this.messagesStarted++;
            this.firstRuns++;
        }
        if (this.reused < this.freed.length) this.idleMillis.push(now - at(this.freed, this.reused++));
        this.runStarts.push(now);
        this.runEnds.push(Number.NaN);
        this.running++;
        this.peak = Math.max(this.peak, this.running);
        this.lastChange = now;
        return this.runs - 1;
    }

    /** @param run its index */
    runEnded(run: number, now: number): void {
        if (!Number.isNaN(at(this.runEnds, run))) return;
        this.runEnds[run] = now;
        this.running--;
        if (this.waiting > 0) this.freed.push(now);
        this.lastChange = now;
    }

    /** Only the first end of a message counts. */
    messageEnded(message: number, ending: Ending, now: number): void {
        if (this.hasEnded(message)) return;
        this.endings[message] = now;
        if (Number.isNaN(at(this.startedAt, message))) this.messagesStarted++;
        if (ending === "done") this.done++;
        else this.failed++;
        this.lastChange = now;
    }

    hasEnded(message: number): boolean {
        return !Number.isNaN(at(this.endings, message));
    }

    /** What a message has been through so far. */
    times(message: number): Times {
        return {
            sent: at(this.sentAt, message),
            started: at(this.startedAt, message),
            ended: at(this.endings, message),
            attempts: at(this.attempts, message),
        };
    }

    /** Indexes of messages that have not ended. */
    *open(): Generator<number> {
        for (let message = 0; message < this.sent; message++) {
            if (!this.hasEnded(message)) yield message;
        }
    }

    /**
     * Seconds until every job has run, if they take as long as those so far. NaN while none has ended, and while all that is
     * left has taken longer already.
     */
    secondsLeft(limit: number, now: number, total: number): number {
        let durations = 0;
        let ended = 0;
        let spent = 0;
        for (let run = 0; run < this.runs; run++) {
            const start = at(this.runStarts, run);
            const end = at(this.runEnds, run);
            if (Number.isNaN(end)) {
                spent += now - start;
            } else {
                durations += end - start;
                ended++;
            }
        }
        if (ended === 0) return Number.NaN;
        const each = durations / ended;
        const ahead = Math.max(0, total - this.sent) + this.waiting;
        const left = ahead * each + Math.max(0, this.running * each - spent);
        if (left === 0) return Number.NaN;
        return left / Math.max(1, Math.min(limit, ahead + this.running)) / 1000;
    }

    /** Jobs that still run at `now` count as if they ended then. */
    timings(limit: number, now: number): Timings {
        const waits = this.startedAt
            .map((started, message) => (started - at(this.sentAt, message)) / 1000)
            .filter((wait) => !Number.isNaN(wait));
        const ends = this.runEnds.map((end) => (Number.isNaN(end) ? now : end));
        const durations = ends.map((end, run) => (end - at(this.runStarts, run)) / 1000);
        const last = ends.reduce((latest, end) => Math.max(latest, end), -Infinity);
        const idle = this.idleMillis.map((millis) => millis / 1000);
        return {
            waitMedian: quantile(waits, 0.5),
            wait95: quantile(waits, 0.95),
            waitLongest: quantile(waits, 1),
            makespan: ends.length === 0 ? Number.NaN : (last - at(this.sentAt, 0)) / 1000,
            idealMakespan: idealMakespan(durations, limit),
            idleMedian: quantile(idle, 0.5),
            idle95: quantile(idle, 0.95),
            busy: durations.reduce((total, duration) => total + duration, 0),
        };
    }
}

/** The number that a share of the numbers, from 0 to 1, does not exceed (nearest rank); NaN of none. */
export function quantile(values: readonly number[], share: number): number {
    const sorted = Float64Array.from(values).sort();
    return at(sorted, Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1)));
}

/** How long `limit` slots need for jobs of these durations if each job, in this order, gets the first slot that comes free. */
export function idealMakespan(durations: readonly number[], limit: number): number {
    const slots = new Float64Array(Math.max(1, Math.min(limit, durations.length)));
    let makespan = 0;
    for (const duration of durations) {
        let first = 0;
        for (let slot = 1; slot < slots.length; slot++) {
            if (at(slots, slot) < at(slots, first)) first = slot;
        }
        slots[first] = at(slots, first) + duration;
        makespan = Math.max(makespan, at(slots, first));
    }
    return makespan;
}

/** A number of a list; NaN where the list has none. */
function at(numbers: readonly number[] | Float64Array, index: number): number {
    return numbers[index] ?? Number.NaN;
}
