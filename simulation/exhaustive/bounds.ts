/** What bounds an exploration: how many messages, how large the limit, which faults, and how many of each on one path. */

/** The faults. `invocations` above 1 adds one more: functions that work side by side. */
export const FAULTS = {
    failure: "a job fails",
    abort: "a person aborts an execution",
    redrive: "a person redrives an execution that was aborted",
    drop: "a person takes a message out of the line, at once or some time after looking at it",
    kill: "a function dies between two calls",
    lost: "a call fails, or is done and its reply is lost",
    late: "a call fails for its caller, and arrives at a later moment",
    silence: "the dispatcher has been silent for five minutes",
} as const;
export type Fault = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as Fault[];

export interface Bounds {
    /** How many messages there are, each with its execution: 1 to 4. */
    readonly executions: number;
    /** The slots of the pool. */
    readonly limit: number;
    /** How many invocations of the dispatcher are under way at once, at most. */
    readonly dispatchers: number;
    /** How many invocations of the reaper are under way at once, at most; two of them are about different messages. */
    readonly reapers: number;
    /** Whether the reaper also looks at the slots of executions that go on, as its sweep does. */
    readonly sweeps: boolean;
    /** The most of each fault on one path. */
    readonly faults: Readonly<Record<Fault, number>>;
    /** The most faults of all kinds on one path. */
    readonly most: number;
    /** After so many visits of the line, an execution's further visits are taken for one. */
    readonly visits: number;
    /** After so many wake-ups in vain, further ones are taken for one; from 3 on an execution steps aside as it does. */
    readonly wakes: number;
}

/** How many faults of each kind a path has had, as one number. */
export class Spent {
    private readonly weights: Readonly<Record<Fault, number>>;
    private readonly bounds: Bounds;
    private readonly leftAfter = new Map<number, ReadonlySet<Fault>>();

    constructor(bounds: Bounds) {
        this.bounds = bounds;
        const weights: Partial<Record<Fault, number>> = {};
        let weight = 1;
        for (const fault of FAULT_NAMES) {
            weights[fault] = weight;
            weight *= bounds.faults[fault] + 1;
        }
        this.weights = weights as Record<Fault, number>;
    }

    /** What is spent with one more fault; undefined if a bound does not allow it. */
    plus(spent: number, fault: Fault): number | undefined {
        if (this.of(spent, fault) >= this.bounds.faults[fault]) return undefined;
        return this.total(spent) >= this.bounds.most ? undefined : spent + this.weights[fault];
    }

    /** The faults that may still come. */
    left(spent: number): ReadonlySet<Fault> {
        let left = this.leftAfter.get(spent);
        if (!left) {
            left = new Set(FAULT_NAMES.filter((fault) => this.plus(spent, fault) !== undefined));
            this.leftAfter.set(spent, left);
        }
        return left;
    }

    private of(spent: number, fault: Fault): number {
        return Math.floor(spent / this.weights[fault]) % (this.bounds.faults[fault] + 1);
    }

    private total(spent: number): number {
        let total = 0;
        for (const fault of FAULT_NAMES) total += this.of(spent, fault);
        return total;
    }
}
