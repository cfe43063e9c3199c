/** What BatchGetItem and BatchWriteItem have in common. */
import { validation } from "./errors.ts";
import type { Table } from "./table.ts";
import type { Item } from "./values.ts";

/** The requests of a batch by their tables' names. Throws if there are none. */
export function requestsOf<T>(
    items: Record<string, T> | undefined,
    operation: string,
): readonly (readonly [string, T])[] {
    const requested = Object.entries(items ?? {});
    if (requested.length > 0) return requested;
    throw validation(`The requestItems parameter is required for ${operation}`);
}

/** Throws if two requests of a batch are for the same item. */
export function checkDistinct(targets: readonly { readonly table: Table; readonly key: Item }[]): void {
    const seen = new Set(targets.map(({ table, key }) => table.identityOf(key)));
    if (seen.size < targets.length) throw validation("Provided list of item keys contains duplicates");
}
