/**
 * Reads the protocol's items as DynamoDB returns them. A missing item is no error; a wrong one is: settings that make no
 * sense grant nothing, and the reader says why.
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { BREAKER_ATTRIBUTES } from "./breaker.ts";
import { ENTRY, MAX_LIMIT, TABLE } from "./table.ts";
import type { Ask, Gate, Idle, Outcome, Override, Row, Search, Settings, Slot, Workflow } from "./table.ts";

/** An item as the SDK returns it. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** A value that was read, or why it cannot be used. */
export type ReadResult<T> = { readonly value: T } | { readonly problem: string };

/** The gate, or undefined while the dispatcher has not made it. */
export function readGate(item: Item | undefined): Gate | undefined {
    const slots = item?.["holders"]?.M;
    if (!slots) return undefined;
    const holders: Record<string, Slot> = {};
    for (const id of Object.keys(slots)) holders[id] = readSlot(slots[id]);
    const numbers: Partial<Record<(typeof GATE_NUMBERS)[number], number>> = {};
    for (const name of GATE_NUMBERS) {
        const value = item[name]?.N;
        if (value !== undefined) numbers[name] = Number(value);
    }
    return {
        holders,
        ...numbers,
        dispatcherSeen: item["dispatcherSeen"]?.S ?? "",
        hasBacklog: item["backlog"] !== undefined,
    };
}

const GATE_NUMBERS = ["limit", "pauseAfterFailures", ...BREAKER_ATTRIBUTES] as const;

function readSlot(slot: AttributeValue | undefined): Slot {
    const fields = slot?.M;
    const since = Number(fields?.["since"]?.N ?? Number.NaN);
    return fields?.["isLast"]?.BOOL === true ? { since, isLast: true } : { since };
}

/** The row of a message. The dispatcher reads the head of the line again and again, so this makes one object and no more. */
export function readRow(item: Item): Row {
    const row: Mutable<Row> = {
        name: textOf(item, TABLE.sortKey)?.slice(ENTRY.row("").length) ?? "",
        messageId: textOf(item, "messageId") ?? "",
        group: textOf(item, "group") ?? "",
        bodyHash: textOf(item, "bodyHash") ?? "",
        execution: textOf(item, "execution") ?? "",
        job: textOf(item, "job") ?? "",
        attempt: Number(item["attempt"]?.N ?? 1),
        opened: textOf(item, "opened") ?? "",
    };
    const position = textOf(item, TABLE.lineKey);
    if (position !== undefined) row.position = position;
    for (const name of OPTIONAL_TEXTS) {
        const text = textOf(item, name);
        if (text !== undefined) row[name] = text;
    }
    const outcome = textOf(item, "outcome") as Outcome | undefined;
    if (outcome !== undefined) row.outcome = outcome;
    const ask = readAsk(item["ask"]);
    if (ask) row.ask = ask;
    const search = readSearch(item["search"]);
    if (search) row.search = search;
    const joinSequence = item["joinSequence"]?.N;
    if (joinSequence !== undefined) row.joinSequence = Number(joinSequence);
    const { saving, idle, asked } = item;
    if (saving?.M) row.saving = { cause: textIn(saving.M, "cause"), run: textIn(saving.M, "run") };
    if (idle?.M) row.idle = readIdle(idle.M);
    if (asked?.M) row.asked = readIdle(asked.M);
    return row;
}

const OPTIONAL_TEXTS = ["holder", "token", "joined", "confirmed", "ended"] as const;

type Mutable<T> = { -readonly [member in keyof T]: T[member] };

function textOf(item: Item, name: string): string | undefined {
    return item[name]?.S;
}

/** A text in a map; empty if it is missing. */
function textIn(fields: Item, name: string): string {
    return fields[name]?.S ?? "";
}

function readAsk(value: AttributeValue | undefined): Ask | undefined {
    const fields = value?.M;
    if (!fields) return undefined;
    const text = (name: string): string => textIn(fields, name);
    return {
        holder: text("holder"),
        job: text("job"),
        run: text("run"),
        acquired: text("acquired"),
        since: text("since"),
        isAnswered: fields["isAnswered"]?.BOOL === true,
        token: text("token"),
    };
}

function readIdle(fields: Item): Idle {
    const holder = fields["holder"]?.S;
    const moments = { since: textIn(fields, "since"), seen: textIn(fields, "seen") };
    return holder === undefined ? moments : { ...moments, holder };
}

function readSearch(value: AttributeValue | undefined): Search | undefined {
    const fields = value?.M;
    if (!fields) return undefined;
    const { job, floor, upTo, next, began, runs } = fields;
    return {
        job: job?.S ?? "",
        floor: floor?.S ?? "",
        ...(upTo?.S !== undefined && { upTo: upTo.S }),
        ...(next?.S !== undefined && { next: next.S }),
        ...(began?.S !== undefined && { began: began.S }),
        runs: (runs?.L ?? []).map((run) => run.S ?? ""),
    };
}

/** The configured settings, checked: a person may have changed the item. */
export function readSettings(item: Item | undefined): ReadResult<Settings> {
    if (!item) return { problem: "there is no settings item" };
    const limit = readLimit(item["limit"]);
    if ("problem" in limit) return { problem: `settings: ${limit.problem}` };
    const cooldown = item["cooldownSeconds"];
    const cooldownSeconds = cooldown === undefined ? 0 : Number(cooldown.N ?? Number.NaN);
    if (!(cooldownSeconds >= 0)) {
        return {
            problem: `settings: cooldownSeconds is ${show(cooldown)}, not a number of seconds from 0 up`,
        };
    }
    const pause = item["pauseAfterFailures"];
    const pauseAfterFailures = pause === undefined ? 0 : Number(pause.N ?? Number.NaN);
    if (!Number.isInteger(pauseAfterFailures) || pauseAfterFailures < 0) {
        return {
            problem: `settings: pauseAfterFailures is ${show(pause)}, not a whole number from 0 up`,
        };
    }
    return {
        value: {
            limit: limit.value,
            cooldownSeconds,
            ...(pauseAfterFailures > 0 && { pauseAfterFailures }),
        },
    };
}

/** What serves the pool, or undefined while no workflow has been deployed for it. */
export function readWorkflow(item: Item | undefined): Workflow | undefined {
    const stateMachine = item?.["stateMachine"]?.S;
    const job = item?.["job"]?.S;
    const deadLetterQueueUrl = item?.["deadLetterQueueUrl"]?.S;
    if (stateMachine === undefined || job === undefined || deadLetterQueueUrl === undefined) return undefined;
    return { stateMachine, job, deadLetterQueueUrl };
}

/** The attributes of an override. People write it, so any other attribute is a misspelt one. */
const OVERRIDE_ATTRIBUTES = [TABLE.partitionKey, TABLE.sortKey, "limit", "by", "why", "until"] as const;

/**
 * The operator's override, if one is in force at `now` (milliseconds since 1970). One that makes no sense in any attribute
 * is a problem, never "no override": the operator meant to change the limit.
 */
export function readOverride(item: Item | undefined, now: number): ReadResult<Override | undefined> {
    if (!item) return { value: undefined };
    const until = readMoment(item["until"]);
    if ("problem" in until) return { problem: `override: until is ${until.problem}` };
    const unknown = Object.keys(item).find((name) => !OVERRIDE_ATTRIBUTES.some((known) => known === name));
    if (unknown !== undefined) {
        return { problem: `override: unknown attribute ${unknown}; expected limit, by, why, until` };
    }
    const limit = readLimit(item["limit"]);
    if ("problem" in limit) return { problem: `override: ${limit.problem}` };
    for (const name of ["by", "why"] as const) {
        if (item[name] !== undefined && item[name].S === undefined) {
            return { problem: `override: ${name} is ${show(item[name])}, not a text` };
        }
    }
    if (until.value !== undefined && until.value <= now) return { value: undefined };
    return {
        value: {
            limit: limit.value,
            by: item["by"]?.S ?? "",
            why: item["why"]?.S ?? "",
            ...(until.value !== undefined && { until: until.value }),
        },
    };
}

/** A date and a time with its zone, as ISO 8601 writes them. */
const DATE_AND_TIME = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/;

/** Seconds since 1970 up to the year 5138; a larger number is in milliseconds. */
const MAX_EPOCH_SECONDS = 100_000_000_000;

/** A moment that a person wrote, in milliseconds since 1970; undefined if there is none. */
function readMoment(value: AttributeValue | undefined): ReadResult<number | undefined> {
    if (value === undefined) return { value: undefined };
    if (value.N !== undefined) {
        const seconds = Number(value.N);
        if (seconds >= 0 && seconds <= MAX_EPOCH_SECONDS) return { value: seconds * 1000 };
    } else if (value.S !== undefined) {
        const date = DATE_AND_TIME.exec(value.S)?.[1];
        const moment = Date.parse(value.S);
        // JavaScript takes 30 February for 2 March.
        const exists = date !== undefined && new Date(`${date}T00:00:00Z`).toJSON()?.startsWith(date);
        if (exists === true && !Number.isNaN(moment)) return { value: moment };
    }
    return {
        problem: `${show(value)}; expected a date and time with its zone such as 2027-01-31T18:00:00Z, or seconds since 1970`,
    };
}

function readLimit(value: AttributeValue | undefined): ReadResult<number> {
    const limit = value?.N === undefined ? Number.NaN : Number(value.N);
    if (Number.isInteger(limit) && limit >= 0 && limit <= MAX_LIMIT) return { value: limit };
    return { problem: `limit is ${show(value)}, not a whole number from 0 to ${MAX_LIMIT}` };
}

function show(value: AttributeValue | undefined): string {
    return JSON.stringify(value) ?? "missing";
}
