/**
 * What a run was like, from four moments: a message is sent, a Glue run starts, it ends, a message is through. Numbers only, so
 * that ten thousand jobs cost no more memory than their messages.
 */
import { Numbers, quantile } from "./numbers.ts";

/** How a message ended. */
export type Ending = "done" | "failed";

export interface Timings {
    /** From a message's sending to the first start of its job, in seconds. */
    readonly waitMedian: number;
    readonly wait95: number;
    /** From the first message sent to the last job ended, in seconds. */
    readonly makespan: number;
    /** The makespan of the same jobs, in the same order, with not a moment between two of them, in seconds. */
    readonly idealMakespan: number;
    /** How long a slot that came free stood empty although somebody waited, in seconds. */
    readonly idleMedian: number;
    readonly idle95: number;
    /** Seconds that jobs held slots, in total. */
    readonly busy: number;
}

export class Statistics {
    /** By message, in the order of sending; NaN until it happens. */
    private readonly sentAt = new Numbers();
    private readonly startedAt = new Numbers();
    private readonly endings = new Numbers();
    /** By Glue run, in the order of starting. */
    private readonly runStarts = new Numbers();
    private readonly runEnds = new Numbers();
    private readonly idle = new Numbers();
    /** When slots came free that nobody has taken yet, oldest first. */
    private readonly freed = new Numbers();
    private freedTaken = 0;
    private messagesStarted = 0;
    private firstRuns = 0;
    running = 0;
    peak = 0;
    done = 0;
    failed = 0;
    /** When something last happened. */
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

    /** Messages whose job has not started yet and which have not ended without one. */
    get waiting(): number {
        return this.sent - this.messagesStarted;
    }

    get ended(): number {
        return this.done + this.failed;
    }

    /** Returns the message's index, which the other moments are told by. */
    messageSent(now: number): number {
        this.sentAt.push(now);
        this.startedAt.push(Number.NaN);
        this.endings.push(Number.NaN);
        this.lastChange = now;
        return this.sent - 1;
    }

    /** Returns the run's index. A run that no message asked for has the message -1. */
    runStarted(message: number, now: number): number {
        if (message >= 0 && Number.isNaN(this.startedAt.at(message))) {
            this.startedAt.set(message, now);
            this.messagesStarted++;
            this.firstRuns++;
        }
        if (this.freedTaken < this.freed.length) this.idle.push(now - this.freed.at(this.freedTaken++));
        this.runStarts.push(now);
        this.runEnds.push(Number.NaN);
        this.running++;
        this.peak = Math.max(this.peak, this.running);
        this.lastChange = now;
        return this.runs - 1;
    }

    runEnded(run: number, now: number): void {
        if (!Number.isNaN(this.runEnds.at(run))) return;
        this.runEnds.set(run, now);
        this.running--;
        if (this.waiting > 0) this.freed.push(now);
        this.lastChange = now;
    }

    messageEnded(message: number, ending: Ending, now: number): void {
        if (this.hasEnded(message)) return;
        this.endings.set(message, now);
        if (Number.isNaN(this.startedAt.at(message))) this.messagesStarted++;
        if (ending === "done") this.done++;
        else this.failed++;
        this.lastChange = now;
    }

    hasEnded(message: number): boolean {
        return !Number.isNaN(this.endings.at(message));
    }

    /** Indexes of messages that have not ended. */
    *open(): Generator<number> {
        for (let message = 0; message < this.sent; message++) {
            if (!this.hasEnded(message)) yield message;
        }
    }

    /** Seconds until everything has run, if jobs take as long as those so far have; NaN while none has ended. */
    secondsLeft(limit: number, now: number, total: number): number {
        let durations = 0;
        let ended = 0;
        let spent = 0;
        for (let run = 0; run < this.runs; run++) {
            const end = this.runEnds.at(run);
            if (Number.isNaN(end)) {
                spent += now - this.runStarts.at(run);
            } else {
                durations += end - this.runStarts.at(run);
                ended++;
            }
        }
        if (ended === 0) return Number.NaN;
        const each = durations / ended;
        const ahead = Math.max(0, total - this.sent) + this.waiting;
        const left = ahead * each + Math.max(0, this.running * each - spent);
        return left / Math.max(1, Math.min(limit, ahead + this.running)) / 1000;
    }

    timings(limit: number, now: number): Timings {
        const waits = new Numbers();
        for (let message = 0; message < this.sent; message++) {
            const wait = this.startedAt.at(message) - this.sentAt.at(message);
            if (!Number.isNaN(wait)) waits.push(wait / 1000);
        }
        const durations = new Numbers();
        let last = Number.NaN;
        for (let run = 0; run < this.runs; run++) {
            const end = Number.isNaN(this.runEnds.at(run)) ? now : this.runEnds.at(run);
            durations.push((end - this.runStarts.at(run)) / 1000);
            last = Number.isNaN(last) ? end : Math.max(last, end);
        }
        const idle = this.idle.all().map((milliseconds) => milliseconds / 1000);
        return {
            waitMedian: quantile(waits.all(), 0.5),
            wait95: quantile(waits.all(), 0.95),
            makespan: (last - this.sentAt.at(0)) / 1000,
            idealMakespan: idealMakespan(durations.all(), limit),
            idleMedian: quantile(idle, 0.5),
            idle95: quantile(idle, 0.95),
            busy: durations.all().reduce((total, duration) => total + duration, 0),
        };
    }
}

/** How long `limit` slots need for jobs of these durations when each takes the first slot that comes free, in this order. */
export function idealMakespan(durations: ArrayLike<number>, limit: number): number {
    const slots = new Float64Array(Math.max(1, Math.min(limit, durations.length)));
    let makespan = 0;
    for (let job = 0; job < durations.length; job++) {
        let first = 0;
        for (let slot = 1; slot < slots.length; slot++) {
            if ((slots[slot] as number) < (slots[first] as number)) first = slot;
        }
        slots[first] = (slots[first] as number) + (durations[job] as number);
        makespan = Math.max(makespan, slots[first] as number);
    }
    return makespan;
}
