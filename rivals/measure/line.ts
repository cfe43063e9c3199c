/** What can be seen of a line from outside: when messages were sent, and when their jobs began and ended in Glue. */
import { idealMakespan } from "../../cli/run/statistics.ts";

/** A job that begins less than this before an earlier one's does not overtake it: both got a slot of the same moment. */
const TOGETHER_MILLIS = 1000;

export class Line {
    private readonly limit: number;
    private readonly now: () => number;
    private readonly sentAt: number;
    /** By message; undefined until its job begins for the first time. */
    private readonly began: (number | undefined)[];
    /** In the order of beginning; NaN until the run has ended. */
    private readonly durations: number[] = [];
    private readonly goingOn = new Map<string, { readonly nth: number; readonly began: number }>();
    private waiting: number;
    private running = 0;
    private lastEnd: number;
    private lastChange: number;
    private idleMillis = 0;
    private idleUntilLastBegin = 0;
    /** Runs of messages that had a run before. */
    repeated = 0;
    peak = 0;

    /** All messages are sent now, in the order of their numbers. */
    constructor(messages: number, limit: number, now: () => number) {
        this.limit = limit;
        this.now = now;
        this.began = Array.from({ length: messages }, () => undefined);
        this.waiting = messages;
        this.sentAt = now();
        this.lastEnd = this.sentAt;
        this.lastChange = this.sentAt;
    }

    /** A run begins to count, for the message of a number. */
    runBegins(id: string, message: number): void {
        this.pass();
        this.idleUntilLastBegin = this.idleMillis;
        this.goingOn.set(id, { nth: this.durations.push(Number.NaN) - 1, began: this.now() });
        this.peak = Math.max(this.peak, ++this.running);
        if (this.began[message] !== undefined) this.repeated++;
        else {
            this.began[message] = this.now();
            this.waiting--;
        }
    }

    runEnds(id: string): void {
        const run = this.goingOn.get(id);
        // A queued run that was stopped never began.
        if (!run) return;
        this.pass();
        this.goingOn.delete(id);
        this.running--;
        this.durations[run.nth] = this.now() - run.began;
        this.lastEnd = this.now();
    }

    get isQuiet(): boolean {
        return this.running === 0;
    }

    /** When a job began or ended last. */
    get lastSeen(): number {
        return this.lastChange;
    }

    /** From the first message sent to the last job ended, in seconds. */
    get makespan(): number {
        return (this.lastEnd - this.sentAt) / 1000;
    }

    /** The makespan of the same jobs on the same slots, if none were ever idle. */
    get ideal(): number {
        const durations = this.durations.filter((duration) => !Number.isNaN(duration));
        return idealMakespan(durations, this.limit) / 1000;
    }

    /** Seconds that slots stood empty while a message waited, of all slots together, until the last job began. */
    get idleSeconds(): number {
        return this.idleUntilLastBegin / 1000;
    }

    /** How many jobs began before the job of a message that had been sent earlier. */
    get overtakes(): number {
        const order = [...this.began.entries()]
            .filter((entry): entry is [number, number] => entry[1] !== undefined)
            .sort(([a, one], [b, other]) => one - other || a - b);
        let overtakes = 0;
        let later = order.length;
        let first = Infinity;
        for (let i = order.length - 1; i >= 0; i--) {
            const [message, began] = order[i] as [number, number];
            for (; later > 0 && (order[later - 1] as [number, number])[1] >= began + TOGETHER_MILLIS; later--)
                first = Math.min(first, (order[later - 1] as [number, number])[0]);
            if (first < message) overtakes++;
        }
        return overtakes;
    }

    private pass(): void {
        const now = this.now();
        if (this.waiting > 0)
            this.idleMillis += Math.max(0, this.limit - this.running) * (now - this.lastChange);
        this.lastChange = now;
    }
}
