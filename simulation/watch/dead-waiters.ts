/**
 * Watches that an execution which died in line is found when its turn comes, though no event told of its death. That is promised:
 * whoever sends the token to an execution that is dead notices, for nobody waits on it, and tells the reaper. The reaper looks
 * until the job of the message is over, and then saves the message. So there are five minutes from the turn, or, if a run of the
 * message still goes on then, from the look that comes after its end.
 *
 * An execution that was woken and died after that is another matter: nobody meets it, and an event or a sweep finds it. Nor is
 * anything promised of one that people redrive, or whose row they delete.
 */
import { messageIdOf } from "../../slots/holder.ts";
import { POSITION } from "../../slots/table.ts";
import type { Row } from "../../slots/table.ts";
import type { Scenario } from "../scenario.ts";
import { messageOf } from "../work.ts";
import type { Watched } from "./watched.ts";

export const DEAD_WAITER_PROPERTIES = {
    found: "the message of an execution that died in line is saved when its turn comes",
} as const;

const MINUTE = 60_000;

const FOUND_WITHIN_MILLIS = 5 * MINUTE;

/** The longest pause between two looks of the reaper at a dead execution whose job goes on. */
const LOOKED_AT_AGAIN_MILLIS = 16 * MINUTE;

export class DeadWaiterWatch {
    private readonly watched: Watched;
    /** The messages of executions that have ended. */
    private readonly dead = new Set<string>();
    /** The tokens on which an execution waited when they were sent. */
    private readonly heard = new Set<string>();
    /** The runs that go on, by their messages. */
    private readonly runs = new Map<string, Set<string>>();
    /** Messages that are to be saved, with the time until which: milliseconds since 1970; Infinity while a run goes on. */
    private readonly due = new Map<string, number>();

    constructor(watched: Watched) {
        this.watched = watched;
        if (!isQuiet(watched.scenario)) return;
        const { events, table } = watched;
        events.onExecutionEnd(({ name }) => this.dead.add(messageIdOf(name)));
        events.onTransition((name) => this.isRedriven(messageIdOf(name)));
        events.onRunStart((run) => this.runStarted(messageOf(run), run.id));
        events.onRunEnd((run) => this.runEnded(messageOf(run), run.id));
        table.listen({ rowChanged: (before, after) => this.rowChanged(before, after) });
    }

    /** A task's success was sent under a token, and its execution goes on. */
    wasWoken(token: string): void {
        this.heard.add(token);
    }

    private isRedriven(message: string): void {
        this.dead.delete(message);
        this.due.delete(message);
    }

    private runStarted(message: string, run: string): void {
        this.runs.set(message, (this.runs.get(message) ?? new Set()).add(run));
        if (this.due.has(message)) this.due.set(message, Infinity);
    }

    private runEnded(message: string, run: string): void {
        const runs = this.runs.get(message);
        runs?.delete(run);
        if (runs?.size === 0) this.runs.delete(message);
        if (this.due.has(message) && !this.runs.has(message))
            this.expectWithin(message, LOOKED_AT_AGAIN_MILLIS + FOUND_WITHIN_MILLIS);
    }

    private rowChanged(before: Row | undefined, after: Row | undefined): void {
        const name = (after ?? before)?.name ?? "";
        if (!this.watched.table.open.has(name)) this.due.delete(name);
        else if (before && after) this.rowMoved(before, after);
    }

    private rowMoved({ position: from = "", token = "" }: Row, { name, position: to = "" }: Row): void {
        const hadTurn = from.startsWith(POSITION.wait) && to.startsWith(POSITION.run);
        if (!hadTurn || this.heard.has(token) || !this.dead.has(name)) return;
        this.watched.journal.count("dead in line");
        if (this.runs.has(name)) this.due.set(name, Infinity);
        else this.expectWithin(name, FOUND_WITHIN_MILLIS);
    }

    private expectWithin(message: string, millis: number): void {
        const { journal, now, world } = this.watched;
        const due = now() + millis;
        this.due.set(message, due);
        world.clock.after(millis, () => {
            if (this.due.get(message) !== due) return;
            journal.violate(DEAD_WAITER_PROPERTIES.found, `${message} is still open`, [message]);
        });
    }
}

/** Whether nothing keeps the dispatcher and the reaper from what they do. */
function isQuiet({ acts, outages, rates, streamStops, timeOuts = 0 }: Scenario): boolean {
    const callers = ["dispatcher", "reaper", "mapping"] as const;
    const haveFaults = callers.some((caller) => Object.keys(rates[caller] ?? {}).length > 0);
    const isPurged = acts.some(({ kind }) => kind === "purgeReaperQueue");
    return !haveFaults && timeOuts === 0 && outages.length === 0 && streamStops.length === 0 && !isPurged;
}
