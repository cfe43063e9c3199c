/**
 * Watches the alarms: what needs a person sets one off, and nothing else does. Each minute it looks for what a person must know,
 * from outside: the queues, the override and the gate.
 */
import { CloudWatchService } from "../../embedded-aws/index.ts";
import type { GlueRun } from "../../embedded-aws/index.ts";
import { isOpen } from "../../slots/breaker.ts";
import { readOverride } from "../../slots/items.ts";
import { ENTRY } from "../../slots/table.ts";
import type { PoolOutputs } from "../programs.ts";
import type { Watched } from "./watched.ts";

export const ALARM_PROPERTIES = {
    raised: "what needs a person sets off an alarm",
    founded: "an alarm goes off only for what it says",
    calm: "a run without faults and people sets off no alarm but of dead letters and of an open breaker",
} as const;

const MINUTE = 60_000;

/** An alarm is evaluated some periods after what it says is over. */
const FOUNDED_FOR_MILLIS = 15 * MINUTE;

/** After the deployment the dispatcher has never looked yet. */
const DEPLOYED_AFTER_MILLIS = 10 * MINUTE;

/** Whoever watches the pool for the alarms of slots cannot tell while it is away, and then these go off. */
const DISPATCHER = ["dispatcher-silent", "dispatcher-errors"];

/** While the reaper cannot look, its own alarms stand for those of slots. */
const REAPER = ["reaper-errors", "reaper-stuck", "reaper-dead-letters"];

const NEEDS = {
    letter: { alarms: ["dead-letters"], minutes: 3 },
    wrongOverride: { alarms: ["limit-unreadable", ...DISPATCHER], minutes: 12 },
    openBreaker: { alarms: ["breaker-open", ...DISPATCHER], minutes: 15 },
    silence: { alarms: DISPATCHER, minutes: 12 },
    // The reaper waits for an hour first.
    deafRun: { alarms: ["slot-stuck", ...REAPER], minutes: 85 },
    notAccepted: { alarms: ["oldest-message", "starter-stuck", "starter-errors"], minutes: 45 },
} as const;
type Need = keyof typeof NEEDS;
const ALL_NEEDS = Object.keys(NEEDS) as Need[];

/** Alarms that say of one thing that it is there. */
const SAYS: Readonly<Record<string, Need>> = {
    "dead-letters": "letter",
    "limit-unreadable": "wrongOverride",
    "breaker-open": "openBreaker",
};

export class AlarmWatch {
    private readonly watched: Watched;
    private readonly pool: PoolOutputs;
    /** The runs that have not ended. */
    private readonly runs = new Set<GlueRun>();
    /** The alarms that are on. */
    private readonly on = new Set<string>();
    /** The messages of the work queue that have no row yet, and when each was sent. */
    private readonly unaccepted = new Map<string, number>();
    /** Since when each need is there, and when it was last seen. */
    private readonly since = new Map<Need, number>();
    private readonly seen = new Map<Need, number>();
    /** The needs that an alarm has answered. */
    private readonly answered = new Set<Need>();

    constructor(watched: Watched, pool: PoolOutputs) {
        this.watched = watched;
        this.pool = pool;
        const { world, table } = watched;
        // A breaker, or an override, may come and go between two looks.
        table.listen({
            rowChanged: (_, after) => void this.unaccepted.delete(after?.messageId ?? ""),
            gateChanged: () => this.noteIfThere("openBreaker"),
            overrideChanged: () => this.noteIfThere("wrongOverride"),
        });
        watched.events.onRunStart((run) => this.runs.add(run));
        watched.events.onRunEnd((run) => this.runs.delete(run));
        world.service(CloudWatchService).onChange(({ name }, { to }) => this.changed(name, to));
        const tick = (): void => {
            world.clock.after(MINUTE, tick);
            this.look();
        };
        world.clock.after(MINUTE, tick);
    }

    /** A message was sent to the work queue. */
    messageSent(id: string): void {
        this.unaccepted.set(id, this.watched.now());
    }

    /** People purged the work queue: what nobody had accepted is gone. */
    queueIsPurged(): void {
        this.unaccepted.clear();
    }

    isOn(what: string): boolean {
        return this.on.has(what);
    }

    private changed(name: string, state: string): void {
        const { journal, scenario, now } = this.watched;
        if (!name.startsWith(this.pool.alarms)) return;
        const what = name.slice(this.pool.alarms.length).replace(/-[0-9a-f]{7}$/, "");
        if (state !== "ALARM") return void this.on.delete(what);
        this.on.add(what);
        journal.count(`alarm ${what}`);
        journal.note(`alarm ${what} goes off`);
        this.findNeeds();
        const need = SAYS[what];
        if (need && (this.seen.get(need) ?? -Infinity) < now() - FOUNDED_FOR_MILLIS)
            journal.violate(ALARM_PROPERTIES.founded, what, [`alarm ${what}`]);
        if (scenario.calmFrom > 0 || what === "dead-letters" || what === "breaker-open") return;
        if (what === "dispatcher-silent" && journal.elapsed < DEPLOYED_AFTER_MILLIS) return;
        journal.violate(ALARM_PROPERTIES.calm, what, [`alarm ${what}`]);
    }

    private look(): void {
        this.findNeeds();
        for (const [need, since] of this.since) this.check(need, since);
    }

    private findNeeds(): void {
        const now = this.watched.now();
        for (const need of ALL_NEEDS) {
            if (this.isThere(need)) {
                if (!this.since.has(need)) this.since.set(need, now);
                this.seen.set(need, now);
            } else {
                this.since.delete(need);
                this.answered.delete(need);
            }
        }
    }

    private noteIfThere(need: Need): void {
        if (this.isThere(need)) this.seen.set(need, this.watched.now());
    }

    private check(need: Need, since: number): void {
        const { journal, now } = this.watched;
        const { alarms, minutes } = NEEDS[need];
        if (this.answered.has(need)) return;
        if (alarms.some((what) => this.on.has(what))) return void this.answered.add(need);
        if (now() - since <= minutes * MINUTE) return;
        const what = `${need} for ${minutes} minutes, and none of ${alarms.join(", ")} is on`;
        journal.violate(ALARM_PROPERTIES.raised, what, alarms);
        this.answered.add(need);
    }

    private isThere(need: Need): boolean {
        const { world, table, now, journal, scenario } = this.watched;
        const { gate } = table;
        switch (need) {
            case "letter": {
                const input = {
                    QueueUrl: this.pool.deadLetterQueueUrl,
                    AttributeNames: ["ApproximateNumberOfMessages"],
                };
                const { Attributes } = world.call("sqs", "GetQueueAttributes", input, {
                    principal: "user",
                }) as { Attributes: Record<string, string> };
                return Number(Attributes["ApproximateNumberOfMessages"]) > 0;
            }
            case "wrongOverride":
                return "problem" in readOverride(table.items.get(ENTRY.override), now());
            case "openBreaker":
                return gate !== undefined && isOpen(gate);
            case "silence":
                return gate !== undefined && Date.parse(gate.dispatcherSeen) < now() - 5 * MINUTE;
            case "deafRun":
                // Nobody sweeps while schedules are skipped.
                return (
                    journal.elapsed > scenario.calmFrom &&
                    [...this.runs].some(({ state }) => state === "STOPPING")
                );
            case "notAccepted": {
                // Messages are in the order in which they were sent.
                const [oldest] = this.unaccepted.values();
                return oldest !== undefined && oldest < now() - 5 * MINUTE;
            }
        }
    }
}
