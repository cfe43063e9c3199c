/**
 * Watches that an execution which died in line is found when its turn comes, though no event told of its death: nobody waits on
 * its token, and whoever sent the token tells the reaper. An execution that was woken and died after that is another matter:
 * nobody meets it, and an event or a sweep finds it.
 */
import { messageIdOf } from "../../slots/holder.ts";
import { POSITION } from "../../slots/table.ts";
import type { Row } from "../../slots/table.ts";
import type { Scenario } from "../scenario.ts";
import type { Watched } from "./watched.ts";

export const DEAD_WAITER_PROPERTIES = {
    found: "the message of an execution that died in line is saved when its turn comes",
} as const;

const FOUND_WITHIN_MILLIS = 5 * 60_000;

export class DeadWaiterWatch {
    private readonly watched: Watched;
    /** The messages of dead executions, with the number of the death. */
    private readonly dead = new Map<string, number>();
    private deaths = 0;
    /** The tokens on which an execution waited when they were sent. */
    private readonly heard = new Set<string>();

    constructor(watched: Watched) {
        this.watched = watched;
        if (!isQuiet(watched.scenario)) return;
        watched.events.onExecutionEnd(({ name }) => this.dead.set(messageIdOf(name), ++this.deaths));
        // A person redrove it.
        watched.events.onTransition((name) => this.dead.delete(messageIdOf(name)));
        watched.table.listen({ rowChanged: (before, after) => this.rowChanged(before, after) });
    }

    /** A task's success was sent under a token, and its execution goes on. */
    wasWoken(token: string): void {
        this.heard.add(token);
    }

    private rowChanged(before: Row | undefined, after: Row | undefined): void {
        const { journal, table, world } = this.watched;
        const hadTurn =
            before?.position?.startsWith(POSITION.wait) && after?.position?.startsWith(POSITION.run);
        if (hadTurn !== true || !after || this.heard.has(before?.token ?? "")) return;
        const death = this.dead.get(after.name);
        if (death === undefined) return;
        journal.count("dead in line");
        world.clock.after(FOUND_WITHIN_MILLIS, () => {
            if (this.dead.get(after.name) !== death || !table.open.has(after.name)) return;
            journal.violate(DEAD_WAITER_PROPERTIES.found, `${after.name} is still open`, [after.name]);
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
