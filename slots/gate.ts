/**
 * The gate follows the settings and the operator's override. The write is one transaction with a check that both still
 * are what was read, so a slow dispatcher can never put back an older limit.
 */
import type { AttributeValue, TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { readOverride, readSettings } from "./items.ts";
import type { Item } from "./items.ts";
import { CHANGE, ENTRY, FORMAT, TABLE } from "./table.ts";

/** The limit that should be in force; `limit: undefined` grants nothing, and `problem` says why. */
export interface Wanted {
    readonly limit: number | undefined;
    readonly problem?: string;
}

/** What settings and override together ask for at `now` (milliseconds since 1970). An override that makes no sense grants nothing. */
export function wantedLimit(settings: Item | undefined, override: Item | undefined, now: number): Wanted {
    const configured = readSettings(settings);
    if ("problem" in configured) return { limit: undefined, problem: configured.problem };
    const instead = readOverride(override, now);
    if ("problem" in instead) return { limit: undefined, problem: instead.problem };
    return { limit: instead.value?.limit ?? configured.value.limit };
}

/** Makes the gate if it is not there, and sets its limit, provided that settings and override are still as they were read. */
export function setLimit(at: {
    table: string;
    process: string;
    limit: number | undefined;
    settings: Item | undefined;
    override: Item | undefined;
    now: string;
}): TransactWriteItem[] {
    const key = (entry: string): Record<string, AttributeValue> => ({
        [TABLE.partitionKey]: { S: at.process },
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
                    "SET holders = if_not_exists(holders, :none), turns = if_not_exists(turns, :none), " +
                    "dispatcherSeen = if_not_exists(dispatcherSeen, :now), #format = :format, lastChange = :change" +
                    (at.limit === undefined ? " REMOVE #limit" : ", #limit = :limit"),
                ExpressionAttributeNames: { "#limit": "limit", "#format": "format" },
                ExpressionAttributeValues: {
                    ":none": { M: {} },
                    ":now": { S: at.now },
                    ":change": { S: CHANGE.limit },
                    ":format": { N: String(FORMAT) },
                    ...(at.limit !== undefined && { ":limit": { N: String(at.limit) } }),
                },
            },
        },
    ];
}

/** The condition that an item is as it was read: absent, or with the same limit and the same end. */
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
