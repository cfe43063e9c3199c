/** Watches that an execution which died in line is found when its turn comes, though no event told of its death. */
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
    private readonly dead = new Set<string>();

    constructor(watched: Watched) {
        this.watched = watched;
        if (!isQuiet(watched.scenario)) return;
        watched.events.onExecutionEnd(({ name }) => this.dead.add(messageIdOf(name)));
        // A person redrove it.
        watched.events.onTransition((name) => this.dead.delete(messageIdOf(name)));
        watched.table.listen({ rowChanged: (before, after) => this.rowChanged(before, after) });
    }

    private rowChanged(before: Row | undefined, after: Row | undefined): void {
        const { journal, table, world } = this.watched;
        const hadTurn =
            before?.position?.startsWith(POSITION.wait) && after?.position?.startsWith(POSITION.run);
        if (hadTurn !== true || !after || !this.dead.has(after.name)) return;
        journal.count("dead in line");
        world.clock.after(FOUND_WITHIN_MILLIS, () => {
            if (!this.dead.has(after.name) || !table.open.has(after.name)) return;
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
