/** What the watchers of one pool share. */
import type { EmbeddedWorld } from "../../embedded-aws/index.ts";
import type { Journal } from "../journal.ts";
import type { Scenario } from "../scenario.ts";
import type { PoolEvents } from "./pool-events.ts";
import type { TableView } from "./table-view.ts";

export interface Watched {
    readonly world: EmbeddedWorld;
    /** The items of the pool. */
    readonly table: TableView;
    /** Its runs and executions. */
    readonly events: PoolEvents;
    readonly journal: Journal;
    readonly scenario: Scenario;
    /** Milliseconds since 1970. */
    readonly now: () => number;
    /** Who makes the call that is under way; `people` where it is nobody of the stack. */
    readonly by: () => string;
}
