/** Watches the line: its order, that nobody sleeps beside a free slot, and that nobody falls out of it. */
import { narrowed } from "../../slots/breaker.ts";
import { messageIdOf, parseHolderId } from "../../slots/holder.ts";
import { freeSlots } from "../../slots/next.ts";
import { POSITION } from "../../slots/table.ts";
import type { Gate, Row } from "../../slots/table.ts";
import type { MessageWatch } from "./messages.ts";
import type { Watched } from "./watched.ts";

export const LINE_PROPERTIES = {
    order: "a slot goes to the first in line",
    prompt: "in a run without faults a free slot with a waiter is taken within two minutes",
    awake: "no slot with a waiter stays free for more than ten minutes",
    stays: "a waiter stands in line until its token is taken off its row",
    holder: "an execution that has a slot waits in line for ten minutes at most",
} as const;

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A join is seen by the next look at the line, not by one under way. */
const SEEN_AFTER_MILLIS = 3 * SECOND;

const TAKEN_WITHIN_MILLIS = 2 * MINUTE;

/** Two sweeps of the reaper, which stands in for a dispatcher that is away, and some time for calls. */
const WOKEN_WITHIN_MILLIS = 10 * MINUTE;

/** The states in which an execution waits in line. */
const WAITING_STATES: ReadonlySet<string> = new Set(["Enter line", "Wait in line"]);

export class LineWatch {
    private readonly watched: Watched;
    /** Where a message belongs in line, by its id: as text, in the order of the line. */
    private readonly placeOf: (message: string) => string;
    /** Whether whoever looks at the line can see a message: people may have deleted its row, and its token with it. */
    private readonly isSeen: (message: string) => boolean;
    /** When an execution in line was last woken. */
    private readonly woken = new Map<string, number>();
    /** The states that executions are in, and since when. */
    private readonly states = new Map<string, { readonly state: string; readonly since: number }>();
    private freeSince: number | undefined;
    /** The executions that have a slot and wait in line, and since when that is so. */
    private readonly waitingHolders = new Map<string, number>();
    private idleSince: number | undefined;

    constructor(watched: Watched, messages: Pick<MessageWatch, "placeInLine" | "isDeleted">) {
        this.watched = watched;
        this.placeOf = (message) => messages.placeInLine(message);
        this.isSeen = (message) => !messages.isDeleted(message);
        watched.events.onTransition((execution, state) =>
            this.states.set(messageIdOf(execution), { state, since: watched.now() }),
        );
        watched.events.onExecutionEnd(({ name }) => this.states.delete(messageIdOf(name)));
        watched.table.listen({
            rowChanged: (before, after) => {
                this.checkPrompt();
                this.rowChanged(before, after);
            },
            gateChanged: (before, after) => {
                this.checkPrompt();
                this.gateChanged(before, after);
            },
        });
    }

    /** Call each minute while there are no faults. */
    look(): void {
        this.lookAtHolders();
        const { table, journal, now } = this.watched;
        const { gate } = table;
        const free = gate ? freeSlots(narrowed(gate, now())) : 0;
        const waiter = free > 0 ? this.sleeper(now() - MINUTE) : undefined;
        if (waiter === undefined) return void (this.freeSince = undefined);
        this.freeSince ??= now();
        const minutes = (now() - this.freeSince) / MINUTE;
        if (minutes <= 10) return;
        journal.violate(LINE_PROPERTIES.awake, `${waiter} sleeps beside ${free} free slots`, [waiter]);
        this.freeSince = now();
    }

    /**
     * A slot may be granted late, when its execution waits in line again. One that got it while the dispatcher was silent has left the
     * line, though its row has not.
     */
    private lookAtHolders(): void {
        const { table, journal, now } = this.watched;
        for (const { name, holder = "", token, position = "" } of table.open.values()) {
            const isInLine = token !== undefined && position.startsWith(POSITION.wait);
            const waits = isInLine && WAITING_STATES.has(this.states.get(name)?.state ?? "");
            if (!waits || !table.gate?.holders[holder]) {
                this.waitingHolders.delete(name);
                continue;
            }
            const since = this.waitingHolders.get(name) ?? now();
            this.waitingHolders.set(name, since);
            if (now() - since <= WOKEN_WITHIN_MILLIS) continue;
            journal.violate(LINE_PROPERTIES.holder, `${holder} waits in line`, [holder]);
            this.waitingHolders.delete(name);
        }
    }

    /** A message whose execution has waited in line since before a moment, whether or not its row says so. */
    private sleeper(before: number): string | undefined {
        for (const [message, { state, since }] of this.states) {
            if (since > before || !WAITING_STATES.has(state)) continue;
            if (!this.isSeen(message)) continue;
            const { token, position = "" } = this.watched.table.open.get(message) ?? {};
            const stepsAside = token !== undefined && position.startsWith(POSITION.open);
            if (!stepsAside) return message;
        }
        return undefined;
    }

    /** Looks at each write, after it: what has held since the last one held all the time between. */
    private checkPrompt(): void {
        const { journal, now, scenario, table } = this.watched;
        if (scenario.calmFrom > 0) return;
        const since = this.idleSince;
        if (since !== undefined && now() - since > TAKEN_WITHIN_MILLIS) {
            journal.violate(LINE_PROPERTIES.prompt, `it was free for ${(now() - since) / SECOND} s`);
            this.idleSince = undefined;
        }
        const isIdle =
            table.gate !== undefined &&
            freeSlots(narrowed(table.gate, now())) > 0 &&
            this.waiters().length > 0;
        if (!isIdle) this.idleSince = undefined;
        else this.idleSince ??= now();
    }

    private waiters(): Row[] {
        return [...this.watched.table.open.values()].filter(
            ({ token, position = "" }) => token !== undefined && position.startsWith(POSITION.wait),
        );
    }

    private rowChanged(before: Row | undefined, after: Row | undefined): void {
        if (after) this.checkStays(after);
        const position = before?.position ?? "";
        if (!after || !position.startsWith(POSITION.wait) || after.position === position) return;
        this.woken.set(after.name, this.watched.now());
    }

    /** A token that an earlier visit of the line has left on the row is no waiter's. */
    private checkStays({ name, token, position = "", joined = "" }: Row): void {
        if (token === undefined || position.startsWith(POSITION.wait) || position.startsWith(POSITION.open))
            return;
        const { state, since } = this.states.get(name) ?? { state: "", since: Infinity };
        // The table's moments are whole milliseconds.
        if (!WAITING_STATES.has(state) || Date.parse(joined) < Math.floor(since)) return;
        this.watched.journal.violate(LINE_PROPERTIES.stays, `${name} goes to ${position}`, [name]);
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
        const woken = this.woken.get(name);
        if (woken === undefined) return;
        this.watched.journal.count("order checked");
        const passed = this.waiters().find(
            (waiter) =>
                this.placeOf(waiter.name) < this.placeOf(name) &&
                Date.parse(waiter.joined ?? "") < woken - SEEN_AFTER_MILLIS,
        );
        if (!passed) return;
        const what = `${name} acquires before ${passed.name}`;
        this.watched.journal.violate(LINE_PROPERTIES.order, what, [name, passed.name]);
    }
}
