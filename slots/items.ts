/**
 * Reads the protocol's items as DynamoDB returns them. A missing item is no error; a wrong one is: settings that make no
 * sense grant nothing, and the reader says why.
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { MAX_LIMIT, TABLE } from "./table.ts";
import type { Gate, Outcome, Override, Row, Settings, Slot, Workflow } from "./table.ts";

/** An item as the SDK returns it. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** A value that was read, or why it cannot be used. */
export type ReadResult<T> = { readonly value: T } | { readonly problem: string };

/** The gate, or undefined while the dispatcher has not made it. */
export function readGate(item: Item | undefined): Gate | undefined {
    if (!item?.["holders"]?.M || !item["turns"]?.M) return undefined;
    const holders: Record<string, Slot> = {};
    for (const [id, slot] of Object.entries(item["holders"].M)) holders[id] = readSlot(slot);
    const turns: Record<string, string> = {};
    for (const [id, until] of Object.entries(item["turns"].M)) turns[id] = until.S ?? "";
    const limit = item["limit"]?.N;
    return {
        holders,
        turns,
        ...(limit !== undefined && { limit: Number(limit) }),
        dispatcherSeen: item["dispatcherSeen"]?.S ?? "",
        hasBacklog: item["backlog"] !== undefined,
    };
}

function readSlot({ M: fields = {} }: AttributeValue): Slot {
    return {
        since: fields["since"]?.S ?? "",
        job: fields["job"]?.S ?? "",
        format: Number(fields["format"]?.N ?? 0),
    };
}

/** The row of a message. */
export function readRow(item: Item): Row {
    const text = (name: string): string | undefined => item[name]?.S;
    const row: Record<string, string | undefined> = {
        name: text(TABLE.sortKey)?.slice("job#".length) ?? "",
        messageId: text("messageId") ?? "",
        group: text("group") ?? "",
        bodyHash: text("bodyHash") ?? "",
        execution: text("execution") ?? "",
        job: text("job") ?? "",
        opened: text("opened") ?? "",
    };
    const position = text(TABLE.lineKey);
    if (position !== undefined) row["position"] = position;
    for (const name of ["holder", "token", "ended", "outcome", "joined"] as const) {
        const value = text(name);
        if (value !== undefined) row[name] = value;
    }
    return row as unknown as Row & { outcome?: Outcome };
}

/** The configured settings, checked: a person may have changed the item. */
export function readSettings(item: Item | undefined): ReadResult<Settings> {
    if (!item) return { problem: "there is no settings item" };
    const limit = readLimit(item["limit"]);
    if ("problem" in limit) return { problem: `settings: ${limit.problem}` };
    const settle = Number(item["cooldownSeconds"]?.N ?? 0);
    if (!(settle >= 0))
        return { problem: `settings: cooldownSeconds is ${JSON.stringify(item["cooldownSeconds"])}` };
    return { value: { limit: limit.value, cooldownSeconds: settle } };
}

/** What serves the pool, or undefined while no workflow has been deployed for it. */
export function readWorkflow(item: Item | undefined): Workflow | undefined {
    const stateMachine = item?.["stateMachine"]?.S;
    const job = item?.["job"]?.S;
    const deadLetterQueueUrl = item?.["deadLetterQueueUrl"]?.S;
    if (stateMachine === undefined || job === undefined || deadLetterQueueUrl === undefined) return undefined;
    return { stateMachine, job, deadLetterQueueUrl };
}

/** The operator's override, if one is in force at `now` (milliseconds since 1970). */
export function readOverride(item: Item | undefined, now: number): ReadResult<Override | undefined> {
    if (!item) return { value: undefined };
    const until = item["until"]?.S;
    if (until !== undefined && !(Date.parse(until) > now)) return { value: undefined };
    const limit = readLimit(item["limit"]);
    if ("problem" in limit) return { problem: `override: ${limit.problem}` };
    return {
        value: {
            limit: limit.value,
            by: item["by"]?.S ?? "",
            why: item["why"]?.S ?? "",
            ...(until !== undefined && { until }),
        },
    };
}

function readLimit(value: AttributeValue | undefined): ReadResult<number> {
    const limit = value?.N === undefined ? Number.NaN : Number(value.N);
    if (Number.isInteger(limit) && limit >= 0 && limit <= MAX_LIMIT) return { value: limit };
    return { problem: `limit is ${JSON.stringify(value)}, not a whole number from 0 to ${MAX_LIMIT}` };
}
