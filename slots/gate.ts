/**
 * The gate follows the settings and the operator's override. One transaction writes the limit and checks that both items
 * are still what was read, so a slow dispatcher can never restore an older limit.
 */
import type { TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { readOverride, readSettings } from "./items.ts";
import type { Item } from "./items.ts";
import { CHANGE, ENTRY, FORMAT, keyOf } from "./table.ts";
import type { Gate } from "./table.ts";
import { sameAs } from "./unchanged.ts";
import { NOT_WHOLE } from "./writes.ts";

/** The limit that should be in force. `limit: undefined` grants no slot; `problem` says why. */
export interface Wanted {
    readonly limit: number | undefined;
    /** After how many failures in a row the breaker is open; absent: there is no breaker. */
    readonly pauseAfterFailures?: number;
    readonly problem?: string;
}

/** The limit that settings and override ask for at `now` (milliseconds since 1970). An override that makes no sense grants nothing. */
export function wantedLimit(settings: Item | undefined, override: Item | undefined, now: number): Wanted {
    const configured = readSettings(settings);
    if ("problem" in configured) return { limit: undefined, problem: configured.problem };
    const instead = readOverride(override, now);
    if ("problem" in instead) return { limit: undefined, problem: instead.problem };
    const { limit, pauseAfterFailures } = configured.value;
    return {
        limit: instead.value?.limit ?? limit,
        ...(pauseAfterFailures !== undefined && { pauseAfterFailures }),
    };
}

/**
 * Sets the gate's limit, and makes the gate if it is not there, on condition that settings, override and the gate's limit are
 * still what was read.
 */
export function setLimit(at: {
    table: string;
    pool: string;
    limit: number | undefined;
    /** Undefined: there is no breaker. */
    pauseAfterFailures?: number | undefined;
    /** The gate as it was read; undefined if it was not there. */
    gate: Gate | undefined;
    settings: Item | undefined;
    override: Item | undefined;
    now: string;
}): TransactWriteItem[] {
    const unchanged = (entry: string, item: Item | undefined, inWhat: readonly string[]) => ({
        ConditionCheck: { TableName: at.table, Key: keyOf(at.pool, entry), ...sameAs(item, inWhat) },
    });
    return [
        unchanged(ENTRY.settings, at.settings, ["limit", "pauseAfterFailures"]),
        unchanged(ENTRY.override, at.override, ["limit", "until"]),
        {
            Update: {
                TableName: at.table,
                Key: keyOf(at.pool, ENTRY.gate),
                UpdateExpression:
                    "SET holders = if_not_exists(holders, :none), " +
                    "dispatcherSeen = if_not_exists(dispatcherSeen, :now), #format = :format, lastChange = :change" +
                    setOrRemove([
                        ["#limit", ":limit", at.limit],
                        ["pauseAfterFailures", ":pause", at.pauseAfterFailures],
                    ]),
                ConditionExpression: conditionOnGate(at.gate),
                ExpressionAttributeNames: { "#limit": "limit", "#format": "format" },
                ExpressionAttributeValues: {
                    ":none": { M: {} },
                    ":now": { S: at.now },
                    ":change": { S: CHANGE.limit },
                    ":format": { N: String(FORMAT) },
                    ...(at.limit !== undefined && { ":limit": { N: String(at.limit) } }),
                    ...(at.pauseAfterFailures !== undefined && {
                        ":pause": { N: String(at.pauseAfterFailures) },
                    }),
                    ...(at.gate?.limit !== undefined && { ":before": { N: String(at.gate.limit) } }),
                },
            },
        },
    ];
}

/** The rest of an update: sets each attribute that has a value, and removes the others. */
function setOrRemove(changes: readonly (readonly [string, string, number | undefined])[]): string {
    const sets = changes.filter(([, , value]) => value !== undefined);
    const removes = changes.filter(([, , value]) => value === undefined).map(([name]) => name);
    return (
        sets.map(([name, value]) => `, ${name} = ${value}`).join("") +
        (removes.length > 0 ? ` REMOVE ${removes.join(", ")}` : "")
    );
}

/** The condition that the gate is still what was read: absent or not whole, or with the same limit. */
function conditionOnGate(gate: Gate | undefined): string {
    if (!gate) return NOT_WHOLE;
    if (gate.limit === undefined) return "attribute_exists(holders) AND attribute_not_exists(#limit)";
    return "attribute_exists(holders) AND #limit = :before";
}
