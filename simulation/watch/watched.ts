/** What the watchers share. */
import type { EmbeddedWorld } from "../../embedded-aws/index.ts";
import type { Journal } from "../journal.ts";
import type { Scenario } from "../scenario.ts";
import type { TableView } from "./table-view.ts";

export interface Watched {
    readonly world: EmbeddedWorld;
    readonly table: TableView;
    readonly journal: Journal;
    readonly scenario: Scenario;
    /** Milliseconds since 1970. */
    readonly now: () => number;
    /** Who makes the call that is under way; `people` where it is nobody of the stack. */
    readonly by: () => string;
}
