/**
 * The gate follows the settings and the operator's override. One transaction writes the limit and checks that both items
 * are still what was read, so a slow dispatcher can never restore an older limit.
 */
import type { AttributeValue, TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { readOverride, readSettings } from "./items.ts";
import type { Item } from "./items.ts";
import { CHANGE, ENTRY, FORMAT, TABLE } from "./table.ts";
import type { Gate } from "./table.ts";
import { NOT_WHOLE } from "./writes.ts";

/** The limit that should be in force. `limit: undefined` grants no slot; `problem` says why. */
export interface Wanted {
    readonly limit: number | undefined;
    readonly problem?: string;
}

/** The limit that settings and override ask for at `now` (milliseconds since 1970). An override that makes no sense grants nothing. */
export function wantedLimit(settings: Item | undefined, override: Item | undefined, now: number): Wanted {
    const configured = readSettings(settings);
    if ("problem" in configured) return { limit: undefined, problem: configured.problem };
    const instead = readOverride(override, now);
    if ("problem" in instead) return { limit: undefined, problem: instead.problem };
    return { limit: instead.value?.limit ?? configured.value.limit };
}

/**
 * Sets the gate's limit, and makes the gate if it is not there, on condition that settings, override and the gate's limit are
 * still what was read.
 */
export function setLimit(at: {
    table: string;
    pool: string;
    limit: number | undefined;
    /** The gate as it was read; undefined if it was not there. */
    gate: Gate | undefined;
    settings: Item | undefined;
    override: Item | undefined;
    now: string;
}): TransactWriteItem[] {
    const key = (entry: string): Record<string, AttributeValue> => ({
        [TABLE.partitionKey]: { S: at.pool },
        [TABLE.sortKey]: { S: entry },
    });
    const unchanged = (entry: string, item: Item | undefined): TransactWriteItem => ({
        ConditionCheck: { TableName: at.table, Key: key(entry), ...sameAs(item) },
    });
    return [
        unchanged(ENTRY.settings, at.settings),
        unchanged(ENTRY.override, at.override),
        {
            Update: {
                TableName: at.table,
                Key: key(ENTRY.gate),
                UpdateExpression:
                    "SET holders = if_not_exists(holders, :none), " +
                    "dispatcherSeen = if_not_exists(dispatcherSeen, :now), #format = :format, lastChange = :change" +
                    (at.limit === undefined ? " REMOVE #limit" : ", #limit = :limit"),
                ConditionExpression: conditionOnGate(at.gate),
                ExpressionAttributeNames: { "#limit": "limit", "#format": "format" },
                ExpressionAttributeValues: {
                    ":none": { M: {} },
                    ":now": { S: at.now },
                    ":change": { S: CHANGE.limit },
                    ":format": { N: String(FORMAT) },
                    ...(at.limit !== undefined && { ":limit": { N: String(at.limit) } }),
                    ...(at.gate?.limit !== undefined && { ":before": { N: String(at.gate.limit) } }),
                },
            },
        },
    ];
}

/** The condition that the gate is still what was read: absent or not whole, or with the same limit. */
function conditionOnGate(gate: Gate | undefined): string {
    if (!gate) return NOT_WHOLE;
    if (gate.limit === undefined) return "attribute_exists(holders) AND attribute_not_exists(#limit)";
    return "attribute_exists(holders) AND #limit = :before";
}

/** The condition that an item is still what was read: absent, or with the same limit and the same end. */
function sameAs(item: Item | undefined): {
    ConditionExpression: string;
    ExpressionAttributeNames?: Record<string, string>;
    ExpressionAttributeValues?: Record<string, AttributeValue>;
} {
    if (!item) return { ConditionExpression: `attribute_not_exists(${TABLE.partitionKey})` };
    const names: Record<string, string> = {};
    const values: Record<string, AttributeValue> = {};
    const parts = ["limit", "until"].map((name) => {
        names[`#${name}`] = name;
        const value = item[name];
        if (!value) return `attribute_not_exists(#${name})`;
        values[`:${name}`] = value;
        return `#${name} = :${name}`;
    });
    return {
        ConditionExpression: parts.join(" AND "),
        ExpressionAttributeNames: names,
        ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
    };
}
