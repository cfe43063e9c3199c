/** What a run leaves behind: counts, violations and, when it is wanted, a trace of everything. */
import { createHash } from "node:crypto";

/** A property that did not hold. */
export interface Violation {
    /** The property, in a sentence that is the same for every run. */
    readonly property: string;
    /** What happened. */
    readonly what: string;
    /** Seconds from the beginning of the run. */
    readonly seconds: number;
    /** The messages, holders and runs that it is about: texts that the trace has as well. */
    readonly about: readonly string[];
}

/** More violations than these are only counted: the first ones tell the story. */
const MAX_VIOLATIONS = 20;

/** Characters that are hashed at once. */
const PENDING = 10_000;

export class Journal {
    readonly violations: Violation[] = [];
    readonly counts = new Map<string, number>();
    readonly lines: string[] = [];
    private readonly now: () => number;
    private readonly begin: number;
    private readonly keepsTrace: boolean;
    private readonly hash = createHash("sha256");
    /** Noted, and not yet in the hash: many short texts would take longer than one. */
    private pending = "";

    constructor(now: () => number, keepsTrace: boolean) {
        this.now = now;
        this.begin = now();
        this.keepsTrace = keepsTrace;
    }

    /** Milliseconds from the beginning of the run. */
    get elapsed(): number {
        return this.now() - this.begin;
    }

    count(what: string, by = 1): void {
        this.counts.set(what, (this.counts.get(what) ?? 0) + by);
    }

    violate(property: string, what: string, about: readonly string[] = []): void {
        this.note(`VIOLATION: ${property}: ${what}`);
        this.count("violations");
        if (this.violations.length >= MAX_VIOLATIONS) return;
        this.violations.push({ property, what, seconds: this.elapsed / 1000, about });
    }

    /** A line of the trace. */
    note(text: string): void {
        const line = `${(this.elapsed / 1000).toFixed(3)} ${text}`;
        this.pending += line;
        if (this.pending.length > PENDING) this.hashPending();
        if (this.keepsTrace) this.lines.push(line);
    }

    /** A short hash of everything that was noted. */
    digest(): string {
        this.hashPending();
        return this.hash.copy().digest("hex").slice(0, 16);
    }

    private hashPending(): void {
        this.hash.update(this.pending);
        this.pending = "";
    }
}
