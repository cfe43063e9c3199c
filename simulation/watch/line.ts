/** Watches the line: its order, and that nobody sleeps beside a free slot. */
import { narrowed } from "../../slots/breaker.ts";
import { parseHolderId } from "../../slots/holder.ts";
import { freeSlots } from "../../slots/next.ts";
import { POSITION } from "../../slots/table.ts";
import type { Gate, Row } from "../../slots/table.ts";
import type { Watched } from "./watched.ts";

export const LINE_PROPERTIES = {
    order: "a slot goes to the first in line",
    awake: "no slot with a waiter stays free for more than ten minutes",
} as const;

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A join is seen by the next look at the line, not by one under way. */
const SEEN_AFTER_MILLIS = 3 * SECOND;

export class LineWatch {
    private readonly watched: Watched;
    /** The last position of an execution in line, and when it was woken from there. */
    private readonly stood = new Map<string, { position: string; woken: number }>();
    private freeSince: number | undefined;

    constructor(watched: Watched) {
        this.watched = watched;
        watched.table.listen({
            rowChanged: (before, after) => this.rowChanged(before, after),
            gateChanged: (before, after) => this.gateChanged(before, after),
        });
    }

    /** Call each minute while there are no faults. */
    look(): void {
        const { table, journal, now } = this.watched;
        const { gate } = table;
        const free = gate ? freeSlots(narrowed(gate, now())) : 0;
        const waiter =
            free > 0
                ? this.waiters().find(({ joined = "" }) => Date.parse(joined) < now() - MINUTE)
                : undefined;
        if (!waiter) return void (this.freeSince = undefined);
        this.freeSince ??= now();
        const minutes = (now() - this.freeSince) / MINUTE;
        if (minutes <= 10) return;
        journal.violate(LINE_PROPERTIES.awake, `${waiter.name} sleeps beside ${free} free slots`, [
            waiter.name,
        ]);
        this.freeSince = now();
    }

    private waiters(): Row[] {
        return [...this.watched.table.open.values()].filter(
            ({ token, position = "" }) => token !== undefined && position.startsWith(POSITION.wait),
        );
    }

    private rowChanged(before: Row | undefined, after: Row | undefined): void {
        const position = before?.position ?? "";
        if (!after || !position.startsWith(POSITION.wait) || after.position === position) return;
        this.stood.set(after.name, { position, woken: this.watched.now() });
    }

    private gateChanged(before: Gate | undefined, after: Gate | undefined): void {
        const { scenario, by } = this.watched;
        if (scenario.calmFrom > 0 || by() !== "states") return;
        for (const holder of Object.keys(after?.holders ?? {})) {
            if (holder in (before?.holders ?? {})) continue;
            this.checkOrder(holder);
        }
    }

    private checkOrder(holder: string): void {
        const name = parseHolderId(holder)?.message ?? "";
        const stood = this.stood.get(name);
        if (!stood) return;
        this.watched.journal.count("order checked");
        const passed = this.waiters().find(
            ({ position = "", joined = "" }) =>
                position < stood.position && Date.parse(joined) < stood.woken - SEEN_AFTER_MILLIS,
        );
        if (!passed) return;
        const what = `${name} acquires before ${passed.name}`;
        this.watched.journal.violate(LINE_PROPERTIES.order, what, [name, passed.name]);
    }
}
