/** Watches the slots: how many are in use, whose they are, and what runs on them. */
import { GlueService } from "../../embedded-aws/index.ts";
import type { GlueRun } from "../../embedded-aws/index.ts";
import { isOpen, narrowed } from "../../slots/breaker.ts";
import { freeSlots } from "../../slots/next.ts";
import { HOLDER_ARGUMENT } from "../../slots/table.ts";
import type { Gate } from "../../slots/table.ts";
import type { Watched } from "./watched.ts";

export const SLOT_PROPERTIES = {
    limit: "runs never exceed the limit that was in force when the youngest of them acquired its slot",
    grant: "a slot is granted only below the limit",
    breaker: "an open breaker grants a slot only to a probe, after its pause",
    oneRun: "a slot has one run",
    hasSlot: "a run starts only with a slot",
    release: "a slot is released only when its run is over",
} as const;

/** Three sweeps of the reaper. */
const MENDED_AFTER_MILLIS = 12 * 60_000;

export class SlotWatch {
    /**
     * When somebody last deleted the gate or put an older one back. Until the reaper has swept without faults, runs whose slots
     * it lost are not held against the protocol.
     */
    private gateTouched = -Infinity;
    private readonly watched: Watched;
    private readonly acquired = new Map<string, { readonly time: number; readonly limit: number }>();
    private readonly live = new Map<string, GlueRun>();
    private readonly runs = new Map<string, number>();

    constructor(watched: Watched) {
        this.watched = watched;
        const glue = watched.world.service(GlueService);
        watched.table.listen({ gateChanged: (before, after) => this.gateChanged(before, after) });
        glue.onStart((run) => this.runStarted(run));
        glue.onEnd((run) => this.live.delete(run.id));
    }

    get running(): number {
        return this.live.size;
    }

    /** Somebody deletes the gate or puts an older one back. */
    gateIsTouched(): void {
        this.gateTouched = this.watched.now();
    }

    private get isGateMended(): boolean {
        const { journal, now, scenario } = this.watched;
        if (this.gateTouched === -Infinity) return true;
        return (
            now() > this.gateTouched + MENDED_AFTER_MILLIS &&
            journal.elapsed > scenario.calmFrom + MENDED_AFTER_MILLIS
        );
    }

    private gateChanged(before: Gate | undefined, after: Gate | undefined): void {
        const [old, present] = [before?.holders ?? {}, after?.holders ?? {}];
        for (const holder of Object.keys(present))
            if (!(holder in old)) this.wasAcquired(holder, before, after);
        for (const holder of Object.keys(old)) if (!(holder in present)) this.wasReleased(holder);
    }

    private wasAcquired(holder: string, before: Gate | undefined, gate: Gate | undefined): void {
        const { journal, by } = this.watched;
        const size = Object.keys(gate?.holders ?? {}).length;
        const limit = gate?.limit ?? 0;
        journal.count("acquired");
        journal.note(`${by()} puts in ${holder}: ${size} of ${limit}`);
        if (!this.acquired.has(holder)) this.acquired.set(holder, { time: this.watched.now(), limit });
        // The reaper puts back holders that an older gate lost: they have their slots already.
        if (by() === "states" && size > limit)
            journal.violate(SLOT_PROPERTIES.grant, `${holder} got slot ${size} of ${limit}`, [holder]);
        const isBarred = before && isOpen(before) && freeSlots(narrowed(before, this.watched.now())) === 0;
        if (by() === "states" && isBarred === true)
            journal.violate(SLOT_PROPERTIES.breaker, `${holder} got a slot of an open breaker`, [holder]);
    }

    private wasReleased(holder: string): void {
        const { journal, by } = this.watched;
        journal.count("released");
        journal.note(`${by()} takes out ${holder}`);
        if (by() === "people") return;
        for (const run of this.live.values()) {
            if (run.arguments[HOLDER_ARGUMENT] !== holder) continue;
            const what = `${by()} released the slot of ${holder} while ${run.id} is ${run.state}`;
            journal.violate(SLOT_PROPERTIES.release, what, [holder, run.id]);
        }
    }

    private runStarted(run: GlueRun): void {
        const { journal, table } = this.watched;
        const holder = run.arguments[HOLDER_ARGUMENT];
        journal.note(`run ${run.id} starts for ${holder ?? "somebody else"}`);
        if (holder === undefined) return;
        journal.count("runs");
        this.live.set(run.id, run);
        const runs = (this.runs.get(holder) ?? 0) + 1;
        this.runs.set(holder, runs);
        if (runs > 1) journal.violate(SLOT_PROPERTIES.oneRun, `${holder} started run ${runs}`, [holder]);
        if (!(holder in (table.gate?.holders ?? {})) && this.isGateMended)
            journal.violate(SLOT_PROPERTIES.hasSlot, `${run.id} starts for ${holder}, which has none`, [
                holder,
            ]);
        this.checkLimit(holder);
    }

    private checkLimit(holder: string): void {
        let youngest = { time: -1, limit: 0 };
        for (const run of this.live.values()) {
            const own = this.acquired.get(run.arguments[HOLDER_ARGUMENT] ?? "");
            if (own && own.time >= youngest.time) youngest = own;
        }
        if (this.live.size <= youngest.limit || !this.isGateMended) return;
        const what = `${this.live.size} runs at limit ${youngest.limit} when ${holder} started`;
        this.watched.journal.violate(SLOT_PROPERTIES.limit, what, [holder]);
    }
}
