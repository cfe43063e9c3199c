/**
 * The operator's writes of the item `override`. Each is conditional on the item that the operator has seen: whoever else has
 * changed it meanwhile is not overruled unseen.
 */
import type { Item } from "./items.ts";
import { ENTRY, keyOf, TABLE } from "./table.ts";
import type { Override } from "./table.ts";
import { sameAs } from "./unchanged.ts";
import type { Unchanged } from "./unchanged.ts";
import type { Value } from "./writes.ts";

interface Seen {
    readonly table: string;
    readonly pool: string;
    /** The item as it was read; undefined if it was not there. */
    readonly seen: Item | undefined;
}

/** The arguments of a DynamoDB PutItem call. */
export type OverridePut = Unchanged & { TableName: string; Item: Record<string, Value> };

/** The arguments of a DynamoDB DeleteItem call. */
export type OverrideDelete = Unchanged & { TableName: string; Key: Record<string, Value> };

/** Puts an override in the place of what was seen. */
export function putOverride({ table, pool, seen, override }: Seen & { override: Override }): OverridePut {
    const { limit, by, why, until } = override;
    return {
        TableName: table,
        Item: {
            ...keyOf(pool, ENTRY.override),
            limit: { N: String(limit) },
            by: { S: by },
            why: { S: why },
            ...(until !== undefined && { until: { S: new Date(until).toISOString() } }),
        },
        ...unchanged(seen),
    };
}

/** Takes the override that was seen away: the configured limit is in force again. */
export function deleteOverride({ table, pool, seen }: Seen): OverrideDelete {
    return { TableName: table, Key: keyOf(pool, ENTRY.override), ...unchanged(seen) };
}

function unchanged(seen: Item | undefined): Unchanged {
    const same = sameAs(seen, ["limit", "by", "why", "until"]);
    if (!seen) return same;
    const isThere = `attribute_exists(${TABLE.partitionKey})`;
    return { ...same, ConditionExpression: `${isThere} AND ${same.ConditionExpression}` };
}
