/**
 * The operator's writes of the item `override`. Each is conditional on the item that the operator has seen: whoever else has
 * changed it meanwhile is not overruled unseen.
 */
import type { Item } from "./items.ts";
import { ENTRY, TABLE } from "./table.ts";
import type { Override } from "./table.ts";
import type { Value } from "./writes.ts";

interface Seen {
    readonly table: string;
    readonly pool: string;
    /** The item as it was read; undefined if it was not there. */
    readonly seen: Item | undefined;
}

/** The part of a write that says what must still be so. */
interface Condition {
    ConditionExpression: string;
    ExpressionAttributeNames?: Record<string, string>;
    ExpressionAttributeValues?: Item;
}

/** The arguments of a DynamoDB PutItem call. */
export type OverridePut = Condition & { TableName: string; Item: Record<string, Value> };

/** The arguments of a DynamoDB DeleteItem call. */
export type OverrideDelete = Condition & { TableName: string; Key: Record<string, Value> };

/** Puts an override in the place of what was seen. */
export function putOverride({ table, pool, seen, override }: Seen & { override: Override }): OverridePut {
    const { limit, by, why, until } = override;
    return {
        TableName: table,
        Item: {
            ...key(pool),
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
    return { TableName: table, Key: key(pool), ...unchanged(seen) };
}

function key(pool: string): Record<string, Value> {
    return { [TABLE.partitionKey]: { S: pool }, [TABLE.sortKey]: { S: ENTRY.override } };
}

function unchanged(seen: Item | undefined): Condition {
    if (!seen) return { ConditionExpression: `attribute_not_exists(${TABLE.partitionKey})` };
    const names: Record<string, string> = {};
    const values: Record<string, Item[string]> = {};
    const parts = ["limit", "by", "why", "until"].map((name) => {
        names[`#${name}`] = name;
        const value = seen[name];
        if (!value) return `attribute_not_exists(#${name})`;
        values[`:${name}`] = value;
        return `#${name} = :${name}`;
    });
    return {
        ConditionExpression: `attribute_exists(${TABLE.partitionKey}) AND ${parts.join(" AND ")}`,
        ExpressionAttributeNames: names,
        ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
    };
}
