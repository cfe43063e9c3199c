/** Watches the messages that the reaper saves: it marks their rows, and their executions must never go on from there. */
import { messageIdOf } from "../../slots/holder.ts";
import type { Row } from "../../slots/table.ts";
import type { Watched } from "./watched.ts";

export const SAVED_PROPERTIES = {
    isDead: "no message is saved whose execution has joined the line since it died",
    stays: "an execution whose message is being saved does not join the line",
} as const;

export class SavedWatch {
    private readonly watched: Watched;
    /** When executions last died, by their messages. */
    private readonly died = new Map<string, number>();

    constructor(watched: Watched) {
        this.watched = watched;
        watched.events.onExecutionEnd(({ name }) => this.died.set(messageIdOf(name), watched.now()));
        watched.table.listen({ rowChanged: (before, after) => this.rowChanged(before, after) });
    }

    private rowChanged(before: Row | undefined, after: Row | undefined): void {
        if (!after?.saving) return;
        const { name, joined = "" } = after;
        const { journal } = this.watched;
        if (before && !before.saving) {
            journal.count("rows marked");
            if (Date.parse(joined) > (this.died.get(name) ?? Infinity) && this.isRunning(name))
                journal.violate(SAVED_PROPERTIES.isDead, `${name} is marked`, [name]);
        }
        if (before?.saving && before.joined !== joined && after.ended === undefined)
            journal.violate(SAVED_PROPERTIES.stays, `${name} joins`, [name]);
    }

    private isRunning(message: string): boolean {
        return this.watched.events
            .executions()
            .some(({ name, status }) => status === "RUNNING" && messageIdOf(name) === message);
    }
}
