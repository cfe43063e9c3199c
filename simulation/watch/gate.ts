/** Watches what the dispatcher writes into the gate: the limit, and that it is alive. */
import { readOverride } from "../../slots/items.ts";
import { wantedLimit } from "../../slots/gate.ts";
import { ENTRY } from "../../slots/table.ts";
import type { Gate } from "../../slots/table.ts";
import { SILENCE_SECONDS } from "../../slots/times.ts";
import type { Watched } from "./watched.ts";

export const GATE_PROPERTIES = {
    limit: "a limit is set only while settings and override ask for it",
    follows: "the limit follows settings and override within ten minutes",
    seen: "a dispatcher that lives is seen at least every five minutes",
} as const;

const MINUTE = 60_000;

const MENDED_WITHIN_MILLIS = 10 * MINUTE;

export class GateWatch {
    private readonly watched: Watched;
    /** Since when properties do not hold. */
    private readonly wrongSince = new Map<string, number>();

    constructor(watched: Watched) {
        this.watched = watched;
        watched.table.listen({ gateChanged: (before, after) => this.gateChanged(before, after) });
    }

    /** Call each minute while there are no faults. */
    look(): void {
        const { gate } = this.watched.table;
        if (!gate) return;
        const { clocks } = this.watched.scenario;
        const silence = this.watched.now() - Date.parse(gate.dispatcherSeen) - Math.abs(clocks.dispatcher);
        this.note(this.wanted().includes(gate.limit), GATE_PROPERTIES.follows, `it is ${String(gate.limit)}`);
        this.note(silence < SILENCE_SECONDS * 1000, GATE_PROPERTIES.seen, `last at ${gate.dispatcherSeen}`);
    }

    /** A property may not hold for a while: faults have just ended, or somebody put an older gate back. */
    private note(holds: boolean, property: string, what: string): void {
        const now = this.watched.now();
        const since = this.wrongSince.get(property) ?? now;
        if (!holds && now - since > MENDED_WITHIN_MILLIS) this.watched.journal.violate(property, what);
        if (holds) this.wrongSince.delete(property);
        else this.wrongSince.set(property, since);
    }

    private gateChanged(before: Gate | undefined, after: Gate | undefined): void {
        const { journal, by } = this.watched;
        if (!after || by() !== "dispatcher" || after.limit === before?.limit) return;
        if (!this.wanted().includes(after.limit))
            journal.violate(GATE_PROPERTIES.limit, `the dispatcher sets ${String(after.limit)}`);
    }

    /** The limits that may be in force: an override that ends by itself may have ended by the dispatcher's clock, or not. */
    private wanted(): (number | undefined)[] {
        const { items } = this.watched.table;
        const [settings, override] = [items.get(ENTRY.settings), items.get(ENTRY.override)];
        const { clocks } = this.watched.scenario;
        const present = this.watched.now() + clocks.dispatcher;
        const isOver = (now: number): boolean => {
            const read = readOverride(override, now);
            return "value" in read && read.value === undefined;
        };
        const moments =
            isOver(present) && !isOver(present - MINUTE) ? [present, present - MINUTE] : [present];
        return moments.map((now) => wantedLimit(settings, override, now).limit);
    }
}
