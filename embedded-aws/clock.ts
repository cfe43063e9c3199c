/**
 * The one clock of the embedded AWS: a heap of events ordered by (time, sequence). Every handler is awaited
 * before the next event is popped, so asynchronous code runs in the same order each time. At `speed: Infinity`
 * time jumps from event to event; at a finite speed the loop sleeps in between, and the same programs run live.
 */

/** An event that was scheduled and may still be cancelled. */
export interface Timer {
    /** When it is due: milliseconds since 1970. */
    readonly time: number;
}

/** What an event does when it is due. A promise is awaited before the next event is popped. */
export type Task = () => void | Promise<void>;

export interface ClockOptions {
    /** Where time begins: milliseconds since 1970. @default 2026-01-01T00:00:00Z */
    start?: number;
    /** Virtual milliseconds for each millisecond of the wall: 1 is real time. @default Infinity: as fast as it goes */
    speed?: number;
}

interface Event extends Timer {
    readonly sequence: number;
    task: Task | undefined;
}

export class Clock {
    private readonly heap: Event[] = [];
    private readonly speed: number;
    private readonly start: number;
    private readonly wallStart: number;
    private time: number;
    private sequence = 0;
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

    /** Schedules `task` at `time` (milliseconds since 1970; the past counts as now), after whatever is due then already. */
    at(time: number, task: Task): Timer {
        const event: Event = { time: Math.max(time, this.time), sequence: this.sequence++, task };
        this.push(event);
        this.wake?.();
        return event;
    }

    /** Schedules `task` in `delay` milliseconds. */
    after(delay: number, task: Task): Timer {
        return this.at(this.time + delay, task);
    }

    /** Takes a scheduled event back; one that ran or was cancelled already is ignored. */
    cancel(timer: Timer | undefined): void {
        if (timer) (timer as Event).task = undefined;
    }

    /** Schedules `task` for now, from outside of the loop: a finished process, a request on a socket. */
    post(task: Task): void {
        this.at(Math.max(this.time, this.wallTime()), task);
    }

    /** Keeps time from advancing (and the loop from ending) until the returned function is called: a real process is under way. */
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
     * While it is not released, the loop lets every promise that can go on do so before it pops the next event. For
     * code that awaits events of this very clock, and so cannot be awaited itself.
     */
    drainPromises(): () => void {
        this.drains++;
        let held = true;
        return () => {
            if (held) this.drains--;
            held = false;
        };
    }

    /** Runs events until `stop` is called or nothing is left to run. */
    async run(): Promise<void> {
        this.stopped = false;
        while (!this.isStopped()) {
            const event = this.heap[0];
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
                // While that was awaited, a promise may have posted an event that is due before.
                if (!mayAdvance || this.heap[0] !== event) continue;
            }
            this.pop();
            this.time = Math.max(this.time, event.time);
            const task = event.task;
            event.task = undefined;
            const result = task();
            if (result) await result;
            if (this.drains > 0) await new Promise((resolve) => setImmediate(resolve));
        }
    }

    /** Ends `run` after the event that is being handled. What is scheduled stays, and another `run` goes on with it. */
    stop(): void {
        this.stopped = true;
        this.wake?.();
    }

    private isStopped(): boolean {
        return this.stopped;
    }

    /** Waits until time may move on to `time`; false when something else happened first and the heap must be looked at again. */
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

function before(a: Event, b: Event): boolean {
    return a.time < b.time || (a.time === b.time && a.sequence < b.sequence);
}
