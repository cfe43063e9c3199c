/** Watches the turns: who may acquire a slot because it was woken, and who because nobody wakes anybody. */
import { isOpen, narrowed } from "../../slots/breaker.ts";
import { parseHolderId } from "../../slots/holder.ts";
import { freeSlots } from "../../slots/next.ts";
import type { Gate, Row } from "../../slots/table.ts";
import { isoAfter, SILENCE_SECONDS, WOKEN_SECONDS } from "../../slots/times.ts";
import type { Watched } from "./watched.ts";

export const TURN_PROPERTIES = {
    turn: "a slot is granted only to an execution that was woken, unless the dispatcher is silent",
    vain: "in a run without faults nobody is woken in vain",
    silence: "an execution that looks while the dispatcher is silent gets a free slot",
} as const;

/** How long a write may take from its caller to the table: the longest slow call, and the longest late one. */
const UNDER_WAY_MILLIS = 30_000;

/** How long after its wake-up an execution may use its turn. */
const TURN_MILLIS = WOKEN_SECONDS * 1000 + UNDER_WAY_MILLIS;

export class TurnWatch {
    private readonly watched: Watched;
    /** The message of each token that stood on a row. */
    private readonly tokens = new Map<string, string>();
    /** When the execution of each message was last woken. */
    private readonly woken = new Map<string, number>();
    /** When somebody last said that the dispatcher is alive who may say so. */
    private reported = -Infinity;

    constructor(watched: Watched) {
        this.watched = watched;
        watched.table.listen({
            rowChanged: (_, after) => this.rowChanged(after),
            gateChanged: (before, after) => this.gateChanged(before, after),
        });
    }

    /** A task's success was sent under a token. */
    wasWoken(token: string): void {
        const message = this.tokens.get(token);
        if (message !== undefined) this.woken.set(message, this.watched.now());
    }

    /** A holder was refused a slot. */
    wasRefused(holder: string): void {
        const { journal, now, scenario, table } = this.watched;
        const ahead = Math.max(0, scenario.clocks.dispatcher, scenario.clocks.reaper);
        const silence = now() - this.reported - ahead - UNDER_WAY_MILLIS;
        const { gate } = table;
        // The breaker may open after the wake-up.
        if (scenario.calmFrom === 0 && this.sinceWoken(holder) <= TURN_MILLIS && !(gate && isOpen(gate)))
            journal.violate(TURN_PROPERTIES.vain, `${holder} was refused`, [holder]);
        if (!gate || silence < SILENCE_SECONDS * 1000) return;
        const free = freeSlots(narrowed(gate, now() - UNDER_WAY_MILLIS));
        journal.count("refused in silence");
        if (free === 0) return;
        journal.violate(TURN_PROPERTIES.silence, `refused beside ${free} free slots`);
    }

    private rowChanged(after: Row | undefined): void {
        if (after?.token !== undefined) this.tokens.set(after.token, after.name);
    }

    private gateChanged(before: Gate | undefined, after: Gate | undefined): void {
        const { by, now } = this.watched;
        if (by() === "dispatcher" || (by() === "reaper" && !before)) this.reported = now();
        if (by() !== "states") return;
        for (const holder of Object.keys(after?.holders ?? {}))
            if (!(holder in (before?.holders ?? {}))) this.check(holder, before);
    }

    private check(holder: string, before: Gate | undefined): void {
        const { journal, now } = this.watched;
        const since = this.sinceWoken(holder);
        if (since <= TURN_MILLIS) return;
        if ((before?.dispatcherSeen ?? "") < isoAfter(now(), -SILENCE_SECONDS)) {
            journal.count("acquired in silence");
            return;
        }
        journal.violate(TURN_PROPERTIES.turn, `${holder} was woken ${since / 1000} s ago`, [holder]);
    }

    /** Milliseconds since the execution of a holder was woken. */
    private sinceWoken(holder: string): number {
        return this.watched.now() - (this.woken.get(parseHolderId(holder)?.message ?? "") ?? -Infinity);
    }
}
