/**
 * One reader for all pages that are open: whoever asks gets the same look, so many viewers cost as much as one, and without
 * viewers nothing is read. A look that fails, or takes long, leaves the one before, with its age.
 */
import { pricesOf } from "../../lib/prices.ts";
import type { LiveAnswer, LiveCount, LiveData, LiveProblem } from "../../page/live-data.ts";
import type { Session } from "../session.ts";
import { History } from "./history.ts";
import { look } from "./look.ts";
import { Meter } from "./meter.ts";
import { problemOf } from "./problem.ts";

export interface Timing {
    /** Milliseconds from one look to the next. */
    readonly interval: number;
    /** Milliseconds that have passed, by a clock that never steps back. */
    readonly passed: () => number;
    /** Waits so many milliseconds. */
    readonly wait: (millis: number) => Promise<void>;
}

/** How long whoever asks waits for a look, before the one before is told instead. Milliseconds. */
const PATIENCE = 4000;

/** A look that takes longer is given up, and another one begins. Milliseconds. */
const GIVEN_UP = 30_000;

/** A line that does not fit on the page is counted so often at most: that reads up to 5,000 rows. Milliseconds. */
const COUNTED_EVERY = 30_000;

export class Reader {
    private readonly session: Session;
    private readonly timing: Timing;
    private readonly history = new History();
    private readonly meter: Meter;
    private lastCount: { readonly at: number; readonly count: LiveCount } | undefined;
    private last: { readonly data: LiveData; readonly at: number } | undefined;
    private problem: LiveProblem | undefined;
    private looking: Promise<void> | undefined;
    private looks = 0;
    private begun = -Infinity;

    constructor(session: Session, timing: Timing) {
        this.session = session;
        this.timing = timing;
        this.meter = new Meter(pricesOf(session.operator.region).prices);
    }

    async answer(): Promise<LiveAnswer> {
        const { interval, passed, wait } = this.timing;
        if (passed() - this.begun >= GIVEN_UP) this.looking = undefined;
        if (passed() - this.begun >= interval) this.looking ??= this.lookNow();
        if (this.looking) {
            const isLate = await Promise.race([
                this.looking.then(() => false),
                wait(PATIENCE).then(() => true),
            ]);
            if (isLate) this.problem ??= { message: "AWS has not answered yet." };
        }
        return {
            ...(this.last && { data: this.last.data, age: passed() - this.last.at }),
            ...(this.problem && { problem: this.problem }),
        };
    }

    /** Something was changed: the next one who asks gets a new look, not one that has begun. */
    expire(): void {
        this.begun = -Infinity;
    }

    private async lookNow(): Promise<void> {
        const { passed } = this.timing;
        const number = ++this.looks;
        const at = passed();
        this.begun = at;
        try {
            const session = this.meter.session({ ...this.session, partial: [] });
            const data = await look(session, {
                history: this.history,
                longLine: (count) => this.counted(count),
            });
            if (number !== this.looks) return;
            this.last = { data: { ...data, lookDollars: this.meter.dollarsALook }, at };
            this.problem = undefined;
        } catch (error) {
            if (number === this.looks) this.problem = problemOf(this.session.explain(error));
        } finally {
            if (number === this.looks) this.looking = undefined;
        }
    }

    private async counted(count: () => Promise<LiveCount>): Promise<LiveCount> {
        const { passed } = this.timing;
        if (!this.lastCount || passed() - this.lastCount.at >= COUNTED_EVERY) {
            this.lastCount = { at: passed(), count: await count() };
        }
        return this.lastCount.count;
    }
}
