/** Watches the slots: how many are in use, whose they are, and what runs on them. */
import type { GlueRun } from "../../embedded-aws/index.ts";
import { holderId, isLater, messageIdOf, parseHolderId } from "../../slots/holder.ts";
import type { Holder } from "../../slots/holder.ts";
import { readSettings, readWorkflow } from "../../slots/items.ts";
import { ENTRY, HOLDER_ARGUMENT, POSITION } from "../../slots/table.ts";
import type { Gate } from "../../slots/table.ts";
import type { Watched } from "./watched.ts";

export const SLOT_PROPERTIES = {
    limit: "runs never exceed the limit that was in force when the youngest of them acquired its slot",
    grant: "a slot is granted only below the limit",
    oneRun: "a slot has one run",
    hasSlot: "a run starts only with a slot",
    release: "a slot is released only when its run is over",
    mayStart: "the reaper frees no slot on which an execution may start a run",
    cooldown: "a slot stays taken for the cooldown after its run",
    remade: "a gate that is made again has a holder for each run that goes on",
} as const;

/** The states that start a run, and those that may lead back to them on the same slot. */
const STARTING_STATES: ReadonlySet<string> = new Set([
    "Run job",
    "Is the job over",
    "Ask the reaper",
    "Was it started",
    "Pause before starting",
]);

/** Where the rows of executions stand that were woken, and may have a slot. */
const WOKEN_POSITIONS = [POSITION.run, POSITION.ask];

const MINUTE = 60_000;

/** Step Functions waits for whole seconds. */
const ROUNDING_SECONDS = 1;

/** Three sweeps of the reaper. */
const MENDED_AFTER_MILLIS = 12 * MINUTE;

export class SlotWatch {
    /**
     * When somebody last deleted the gate or put an older one back. Until the reaper has swept without faults, runs whose slots
     * it lost are not held against the protocol.
     */
    private gateTouched = -Infinity;
    private readonly watched: Watched;
    private readonly acquired = new Map<string, { readonly time: number; readonly limit: number }>();
    private readonly live = new Map<string, GlueRun>();
    private readonly ended = new Map<string, GlueRun>();
    private readonly runs = new Map<string, number>();
    /** The newest holder that an execution was, by its message. */
    private readonly newest = new Map<string, Holder>();
    private shortestCooldown = Infinity;

    constructor(watched: Watched) {
        this.watched = watched;
        watched.table.listen({
            gateChanged: (before, after) => this.gateChanged(before, after),
            settingsChanged: () => this.cooldown(),
        });
        watched.events.onRunStart((run) => this.runStarted(run));
        watched.events.onRunEnd((run) => this.runEnded(run));
        this.cooldown();
    }

    get running(): number {
        return this.live.size;
    }

    isRunning(holder: string): boolean {
        return [...this.live.values()].some((run) => run.arguments[HOLDER_ARGUMENT] === holder);
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
        if (!before && after && this.watched.by() === "reaper") this.checkRemade(after);
        const [old, present] = [before?.holders ?? {}, after?.holders ?? {}];
        for (const holder of Object.keys(present)) if (!(holder in old)) this.wasAcquired(holder, after);
        for (const holder of Object.keys(old)) if (!(holder in present)) this.wasReleased(holder);
    }

    private wasAcquired(holder: string, gate: Gate | undefined): void {
        const { journal, by } = this.watched;
        const size = Object.keys(gate?.holders ?? {}).length;
        const limit = gate?.limit ?? 0;
        this.cooldown();
        this.noteNewest(holder);
        journal.count("acquired");
        journal.note(`${by()} puts in ${holder}: ${size} of ${limit}`);
        if (!this.acquired.has(holder)) this.acquired.set(holder, { time: this.watched.now(), limit });
        // The reaper puts back holders that an older gate lost: they have their slots already.
        if (by() === "states" && size > limit)
            journal.violate(SLOT_PROPERTIES.grant, `${holder} got slot ${size} of ${limit}`, [holder]);
    }

    /** An older gate that is put back has holders that their executions have left: they start no run any more. */
    private noteNewest(id: string): void {
        const holder = parseHolderId(id);
        if (!holder) return;
        const newest = this.newest.get(holder.message);
        if (!newest || isLater(holder, newest)) this.newest.set(holder.message, holder);
    }

    /**
     * What the reaper read may have been older than the runs of the last minute, and by what reads lag behind. Of another job than
     * the pool's it knows only the runs of executions that were woken. Without its row nobody can tell whose a run is.
     */
    private checkRemade({ holders }: Gate): void {
        const { journal, now, scenario, table } = this.watched;
        const { glue, executions, histories = 0 } = scenario.lag;
        const shown = now() - MINUTE - Math.max(glue, executions, histories);
        const job = readWorkflow(table.items.get(ENTRY.workflow))?.job;
        journal.count("gates made again");
        for (const run of this.live.values()) {
            const holder = run.arguments[HOLDER_ARGUMENT] ?? "";
            const row = table.rows.get(parseHolderId(holder)?.message ?? "");
            if (run.startedOn > shown || !row || holders[holder]) continue;
            const wasWoken = WOKEN_POSITIONS.some((each) => row.position?.startsWith(each));
            if (run.job.name !== job && !(row.holder === holder && wasWoken)) continue;
            journal.violate(SLOT_PROPERTIES.remade, `${holder} is missing`, [holder]);
        }
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
        this.checkCooldown(holder);
        if (by() === "reaper" && !this.runs.has(holder)) this.checkStart(holder);
    }

    private checkStart(holder: string): void {
        const { message, redrives } = parseHolderId(holder) ?? {};
        const newest = this.newest.get(message ?? "");
        if (!newest || holderId(newest) !== holder) return;
        for (const { name, state = "", status, redriveCount } of this.watched.events.executions()) {
            const isIts = messageIdOf(name) === message && redriveCount === redrives;
            if (!isIts || status !== "RUNNING" || !STARTING_STATES.has(state)) continue;
            const what = `${holder} lost its slot in ${state}`;
            this.watched.journal.violate(SLOT_PROPERTIES.mayStart, what, [holder]);
        }
    }

    private checkCooldown(holder: string): void {
        const { by, journal, now, scenario } = this.watched;
        const run = this.ended.get(holder);
        if (run?.completedOn === undefined) return;
        // An execution that asked has the reaper's word for it, and both have Glue's for when the run ended.
        const ahead = Math.max(0, scenario.clocks.reaper) + Math.max(0, -(scenario.glueClock ?? 0));
        const seconds = (now() + ahead - run.completedOn) / 1000 + ROUNDING_SECONDS;
        if (seconds >= this.cooldown()) return;
        const what = `${by()} released the slot of ${holder} ${seconds.toFixed(1)} s after ${run.id} ended`;
        journal.violate(SLOT_PROPERTIES.cooldown, what, [holder, run.id]);
    }

    /** The shortest cooldown that was configured so far: an execution keeps that with which it began. */
    private cooldown(): number {
        const settings = readSettings(this.watched.table.items.get(ENTRY.settings));
        const present = "value" in settings ? settings.value.cooldownSeconds : 0;
        return (this.shortestCooldown = Math.min(this.shortestCooldown, present));
    }

    private runEnded(run: GlueRun): void {
        this.live.delete(run.id);
        const holder = run.arguments[HOLDER_ARGUMENT];
        if (holder !== undefined) this.ended.set(holder, run);
    }

    private runStarted(run: GlueRun): void {
        const { journal, table } = this.watched;
        const holder = run.arguments[HOLDER_ARGUMENT];
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
