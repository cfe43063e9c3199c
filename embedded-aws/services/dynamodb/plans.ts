/**
 * What a write request wants, checked as far as that is possible without the item: which item, on what condition, and
 * what becomes of it. Single writes, batches and transactions carry plans out, each in its way.
 */
import { evaluate } from "./condition.ts";
import type { Expressions } from "./expressions.ts";
import type { Path } from "./paths.ts";
import type { Row, Table } from "./table.ts";
import type { Item } from "./values.ts";

/** The members of a request that belong to its condition. */
export type ConditionMembers =
    "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues";

/** An item after a write, or nothing, which takes no bytes. */
export interface Outcome {
    readonly item: Item | undefined;
    readonly size: number;
}

export interface Plan {
    readonly table: Table;
    /** Has at least the key attributes. */
    readonly key: Item;
    /** Whether the condition is true, if there is one. */
    readonly allows: (row: Row | undefined) => boolean;
    /** What becomes of the item that is there. Throws if the update does not fit it. */
    readonly outcome: (row: Row | undefined) => Outcome;
    /** For an update, the paths that it writes to. */
    readonly paths: readonly Path[];
}

/**
 * A plan whose values and expressions are checked already. The call checks the table and the key. Of a request with several
 * writes, AWS checks all expressions first.
 */
export type PreparedPlan = () => Plan;

export function checkConditionPaths(table: Table, { condition, bindings }: Expressions): void {
    if (condition) table.checkKeyPaths(condition.paths, bindings);
}

/** The condition of a plan; without one, every item will do, and none. */
export function conditionOf({ condition, bindings }: Expressions): Plan["allows"] {
    if (!condition) return () => true;
    return (row) => evaluate(condition.root, row?.item, bindings);
}
