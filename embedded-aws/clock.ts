/**
 * The one clock of the embedded AWS: its events, ordered by time, then by the order in which they were scheduled.
 * The loop awaits every task before it runs the next event. So asynchronous code runs in the same order each time.
 */

/** An event that was scheduled and may still be cancelled. */
export interface Timer {
    /** When it is due: milliseconds since 1970. */
    readonly time: number;
}

/** What an event does when it is due. The loop awaits a promise before it runs the next event. */
export type Task = () => void | Promise<void>;

export interface ClockOptions {
    /** Where time begins: milliseconds since 1970. @default 2026-01-01T00:00:00Z */
    start?: number;
    /** Virtual milliseconds for each real millisecond: 1 is real time. @default Infinity: as fast as it goes */
    speed?: number;
}

interface Event extends Timer {
    readonly sequence: number;
    /** Whether it came from outside of the loop, by `post`. */
    readonly isPosted: boolean;
    task: Task | undefined;
}

/** What happened once between the events of a clock, for `replay`. */
export interface Past {
    /** When: milliseconds since 1970. */
    readonly time: number;
    /** How many events had run by then that nobody posted: `Clock.handled`. */
    readonly after: number;
    readonly task: Task;
}

/** The events of a clock do not lead to what is replayed: something else decides now what they do. */
export class ReplayError extends Error {
    override readonly name = "ReplayError";
}

/** Time has parts of so many milliseconds. Events are sorted when their part comes: most of the far ones are cancelled by then. */
const PART_MILLIS = 600_000;

/** `run` gives up after this many events at one instant that were scheduled at that same instant. */
const MAX_EVENTS_WITHOUT_DELAY = 1_000_000;

/**
 * A clock whose time moves from event to event. At `speed: Infinity` it jumps, and takes no real time; at a finite speed
 * the loop sleeps in between, and the same programs run live.
 *
 *     const clock = new Clock({ start: 0 });
 *     const rings: number[] = [];
 *     const ring = () => {
 *         rings.push(clock.now());
 *         clock.after(60_000, ring);
 *     };
 *     clock.after(60_000, ring); //               rings every minute, for ever
 *     clock.at(150_000, () => clock.stop()); //   but the run ends after two minutes and a half
 *     await clock.run(); //                       at once
 *     rings; //                                   [60_000, 120_000]
 *     clock.now(); //                             150_000; another run() would go on from here
 *
 * A task that schedules another one with no delay, which schedules another one, and so on, keeps time from advancing.
 * After a million such events at one instant `run` throws an error that says what to do.
 */
export class Clock {
    /** The events of all parts of time before `firstLater`. */
    private readonly heap: Event[] = [];
    /** Those of the other parts, as they were scheduled. */
    private readonly later = new Map<number, Event[]>();
    private firstLater = -Infinity;
    private readonly speed: number;
    private start: number;
    private wallStart: number;
    private ran = 0;
    private time: number;
    private sequence = 0;
    private firstCounted = 0;
    private eventsWithoutDelay = 0;
    private stopped = false;
    private holds = 0;
    private drains = 0;
    private wake: (() => void) | undefined;

    constructor(options: ClockOptions = {}) {
        this.start = options.start ?? Date.UTC(2026, 0, 1);
        this.speed = options.speed ?? Infinity;
        this.time = this.start;
        this.wallStart = performance.now();
    }

    /** The present: milliseconds since 1970, the due time of the event that is being handled. */
    now(): number {
        return this.time;
    }

    /** Schedules `task` at `time` (milliseconds since 1970; the past counts as now), after what is due then already. */
    at(time: number, task: Task): Timer {
        return this.schedule(time, task, false);
    }

    /** Schedules `task` in `delay` milliseconds. */
    after(delay: number, task: Task): Timer {
        return this.at(this.time + delay, task);
    }

    /** Cancels a scheduled event. Does nothing if it ran or was cancelled already. */
    cancel(timer: Timer | undefined): void {
        if (timer) (timer as Event).task = undefined;
    }

    /** Schedules `task` for now, from outside the loop: when a real process has ended, or a request comes in on a socket. */
    post(task: Task): void {
        this.schedule(this.wallTime(), task, true);
    }

    /** How many events have run, without those that were posted. What was posted stands between two of them. */
    get handled(): number {
        return this.ran;
    }

    /** How many events have been scheduled. A task that leaves it alone has set nothing in motion. */
    get scheduled(): number {
        return this.sequence;
    }

    /**
     * Keeps time from advancing, and the loop from ending, until the returned function is called. For what takes real time,
     * such as a process of the operating system: call this when it starts, the returned function when it has ended, and
     * `post` for what came of it. Events that are due at the present instant still run. Calling the function twice is
     * harmless. At a finite speed time passes anyway, and only the end of the loop waits.
     */
    hold(): () => void {
        this.holds++;
        let held = true;
        return () => {
            if (!held) return;
            held = false;
            this.holds--;
            this.wake?.();
        };
    }

    /**
     * Lets promises settle between events until the returned function is called: the loop runs no event while code that
     * awaited a promise can go on. For code that awaits events of this very clock. The loop cannot await such code: each
     * would wait for the other.
     */
    drainPromises(): () => void {
        this.drains++;
        let held = true;
        return () => {
            if (held) this.drains--;
            held = false;
        };
    }

    /**
     * Runs events until `stop` is called or no event is left. Rejects with what a task throws, and with an error if time never
     * advances. What is still scheduled stays, and another `run` goes on with it.
     */
    async run(): Promise<void> {
        this.stopped = false;
        this.beginCount();
        while (!this.isStopped()) {
            const event = this.first();
            if (!event) {
                if (this.holds === 0) return;
                await this.sleep(Infinity);
                continue;
            }
            if (!event.task) {
                this.pop();
                continue;
            }
            if (event.time > this.time) {
                const mayAdvance = await this.mayAdvanceTo(event.time);
                // While that was awaited, a promise may have posted an event that is due before, or cancelled this one.
                if (!mayAdvance || this.heap[0] !== event || this.isCancelled(event)) continue;
            }
            const result = this.handle(event, event.task);
            if (result) await result;
            if (this.drains > 0) await settled();
        }
    }

    /**
     * Runs again what happened on a clock of the same start: the clock's own events, as fast as it goes, and between them the
     * tasks that were posted then, each at its place. Time is then that of the last. Rejects with a `ReplayError` if the events
     * are others than they were.
     */
    async replay(past: Iterable<Past>): Promise<void> {
        for (const { time, after, task } of past) {
            while (this.ran < after && (await this.step(time)));
            const next = this.next();
            if (this.ran !== after || time < this.time || (next && next.time < time)) {
                const when = new Date(time).toISOString();
                throw new ReplayError(`other events than before lead to what happened at ${when}`);
            }
            if (time > this.time) this.advanceTo(time);
            const result = task();
            if (result) await result;
            await settled();
        }
    }

    /** Runs what is due up to `time` as fast as it goes. Then it is `time`, and from there on it passes at the clock's speed. */
    async catchUp(time: number): Promise<void> {
        while (await this.step(time));
        if (time > this.time) this.advanceTo(time);
        this.start = this.time;
        this.wallStart = performance.now();
    }

    /** Ends `run` after the present event. */
    stop(): void {
        this.stopped = true;
        this.wake?.();
    }

    private schedule(time: number, task: Task, isPosted: boolean): Event {
        const event: Event = { time: Math.max(time, this.time), sequence: this.sequence++, task, isPosted };
        const part = Math.floor(event.time / PART_MILLIS);
        if (part < this.firstLater) this.push(event);
        else this.postpone(event, part);
        this.wake?.();
        return event;
    }

    /** Runs an event whose time has come. */
    private handle(event: Event, task: Task): void | Promise<void> {
        this.pop();
        if (event.time > this.time) this.advanceTo(event.time);
        else if (event.sequence >= this.firstCounted) this.countEventWithoutDelay();
        if (!event.isPosted) this.ran++;
        event.task = undefined;
        return task();
    }

    /** Runs the next event if it is due by `time`, and lets everything that waits for a promise go on. */
    private async step(time: number): Promise<boolean> {
        const event = this.next();
        if (event?.task === undefined || event.time > time) return false;
        const result = this.handle(event, event.task);
        if (result) await result;
        await settled();
        return true;
    }

    /** The next event that nobody has cancelled. */
    private next(): Event | undefined {
        for (;;) {
            const event = this.first();
            if (!event || event.task) return event;
            this.pop();
        }
    }

    /** The event that is due first. */
    private first(): Event | undefined {
        while (this.heap.length === 0 && this.later.size > 0) this.takeUpNextPart();
        return this.heap[0];
    }

    /** Sorts the events of the next part of time that has any. */
    private takeUpNextPart(): void {
        let part = Infinity;
        for (const other of this.later.keys()) part = Math.min(part, other);
        const events = this.later.get(part) ?? [];
        this.later.delete(part);
        this.firstLater = part + 1;
        for (const event of events) if (event.task) this.push(event);
    }

    private isCancelled(event: Event): boolean {
        return event.task === undefined;
    }

    private isStopped(): boolean {
        return this.stopped;
    }

    private advanceTo(time: number): void {
        this.time = time;
        this.beginCount();
    }

    /** What is scheduled from here on, without a delay, counts as keeping time from advancing. */
    private beginCount(): void {
        this.firstCounted = this.sequence;
        this.eventsWithoutDelay = 0;
    }

    private countEventWithoutDelay(): void {
        if (++this.eventsWithoutDelay <= MAX_EVENTS_WITHOUT_DELAY) return;
        const count = MAX_EVENTS_WITHOUT_DELAY.toLocaleString("en-US");
        throw new Error(
            `Time does not advance: more than ${count} events were scheduled at ${new Date(this.time).toISOString()} for the ` +
                `same instant. Something schedules itself again and again without a delay. Fix it, for example: ` +
                `clock.after(1000, task) instead of clock.after(0, task).`,
        );
    }

    /** Waits until time may move on to `time`. False if something else happened first: then look at the heap again. */
    private async mayAdvanceTo(time: number): Promise<boolean> {
        if (this.speed === Infinity) {
            if (this.holds === 0) return true;
            await this.sleep(Infinity);
            return false;
        }
        const ahead = (time - this.wallTime()) / this.speed;
        if (ahead <= 0) return true;
        await this.sleep(ahead);
        return false;
    }

    private wallTime(): number {
        if (this.speed === Infinity) return this.time;
        return this.start + (performance.now() - this.wallStart) * this.speed;
    }

    private sleep(milliseconds: number): Promise<void> {
        // The loop is not busy with itself: the real world decides what comes next.
        this.beginCount();
        return new Promise((resolve) => {
            const timer = setTimeout(done, Math.min(milliseconds, 0x3fffffff));
            const clock = this as Clock;
            function done(): void {
                clearTimeout(timer);
                clock.wake = undefined;
                resolve();
            }
            this.wake = done;
        });
    }

    private postpone(event: Event, part: number): void {
        const events = this.later.get(part);
        if (events) events.push(event);
        else this.later.set(part, [event]);
    }

    private push(event: Event): void {
        const heap = this.heap;
        let i = heap.length;
        while (i > 0) {
            const parent = (i - 1) >> 1;
            if (!before(event, heap[parent] as Event)) break;
            heap[i] = heap[parent] as Event;
            i = parent;
        }
        heap[i] = event;
    }

    private pop(): void {
        const heap = this.heap;
        const last = heap.pop() as Event;
        if (heap.length === 0) return;
        let i = 0;
        for (;;) {
            let child = 2 * i + 1;
            if (child >= heap.length) break;
            if (child + 1 < heap.length && before(heap[child + 1] as Event, heap[child] as Event)) child++;
            if (!before(heap[child] as Event, last)) break;
            heap[i] = heap[child] as Event;
            i = child;
        }
        heap[i] = last;
    }
}

/**
 * Settles when no promise can go on any more. Among promises, Node runs what is posted for the next tick once none of them can;
 * hence the first `await`, because outside of them a tick comes first. It saves the turn of the event loop that `setImmediate` takes.
 */
async function settled(): Promise<void> {
    await Promise.resolve();
    await new Promise<void>((resolve) => process.nextTick(resolve));
}

function before(a: Event, b: Event): boolean {
    return a.time < b.time || (a.time === b.time && a.sequence < b.sequence);
}
