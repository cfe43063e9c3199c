/** Watches the breaker: whom it lets in, and what it counts. */
import type { GlueRun } from "../../embedded-aws/index.ts";
import { isOpen, narrowed } from "../../slots/breaker.ts";
import { isForLackOfCapacity } from "../../slots/completion.ts";
import { freeSlots } from "../../slots/next.ts";
import { HOLDER_ARGUMENT } from "../../slots/table.ts";
import type { Gate } from "../../slots/table.ts";
import type { Watched } from "./watched.ts";

export const BREAKER_PROPERTIES = {
    barred: "an open breaker grants a slot only to a probe, after its pause",
    counts: "the breaker counts the messages in a row that failed for good",
} as const;

export class BreakerWatch {
    private readonly watched: Watched;
    private readonly runs = new Map<string, GlueRun>();

    constructor(watched: Watched) {
        this.watched = watched;
        watched.table.listen({ gateChanged: (before, after) => this.gateChanged(before, after) });
        watched.events.onRunStart((run) => this.runs.set(run.arguments[HOLDER_ARGUMENT] ?? "", run));
    }

    private gateChanged(before: Gate | undefined, after: Gate | undefined): void {
        const { by } = this.watched;
        if (!before || !after || by() === "people") return;
        const [old, present] = [before.holders, after.holders];
        for (const holder of Object.keys(present))
            if (!(holder in old) && by() === "states") this.wasAcquired(holder, before);
        for (const holder of Object.keys(old))
            if (!(holder in present)) this.wasReleased(holder, before, after);
    }

    private wasAcquired(holder: string, before: Gate): void {
        const { journal, now, scenario } = this.watched;
        // The pause is over by the clock of whoever wakes, or by the execution's own.
        const { dispatcher, reaper } = scenario.clocks;
        const latest = now() + Math.max(0, dispatcher, reaper);
        if (!isOpen(before) || freeSlots(narrowed(before, latest)) > 0) return;
        journal.violate(BREAKER_PROPERTIES.barred, `${holder} got a slot of an open breaker`, [holder]);
    }

    private wasReleased(holder: string, before: Gate, after: Gate): void {
        const run = this.runs.get(holder);
        if (!run?.isTerminal) return;
        const isLast = before.holders[holder]?.isLast === true;
        const failed = run.state === "FAILED" && !isForLackOfCapacity(run.errorMessage ?? "");
        if (run.state !== "SUCCEEDED" && !(failed && isLast)) return;
        const expected = failed ? (before.failures ?? 0) + 1 : 0;
        const found = after.failures ?? 0;
        if (found === expected) return;
        this.watched.journal.violate(
            BREAKER_PROPERTIES.counts,
            `${holder} ended ${run.state}, and the breaker counts ${found}, not ${expected}`,
            [holder],
        );
    }
}
