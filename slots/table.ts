/**
 * The table: its keys and its items. Every item has one owner, named at its type. Only this folder spells attribute names.
 */

import { MESSAGE_ID_JSONATA } from "./holder.ts";

/** Names of the table's keys and of its local index. DynamoDB reserves the words "pool" and "position". */
export const TABLE = {
    partitionKey: "poolName",
    sortKey: "entry",
    /** The line: rows by position, the open and the closed. A local index, because only local indexes can be read consistently. */
    lineIndex: "line",
    lineKey: "linePosition",
    /** When DynamoDB may delete a closed row: seconds since 1970. */
    expiryAttribute: "expires",
} as const;

/** The version of the items' shapes. It goes up when an older reader would misread a newer item. */
export const FORMAT = 1;

/** The most slots a pool may have: one gate item (400 KB) holds every holder. */
export const MAX_LIMIT = 1000;

/** Sort keys. */
export const ENTRY = {
    settings: "settings",
    override: "override",
    gate: "gate",
    workflow: "workflow",
    row: (messageId: string): string => `job#${messageId}`,
} as const;

/** The key of an item of a pool. */
export function keyOf(pool: string, entry: string): Record<string, { S: string }> {
    return { [TABLE.partitionKey]: { S: pool }, [TABLE.sortKey]: { S: entry } };
}

/** Arguments that name the pool and the holder of a Glue run. A message may use no name that begins with `--turnstile-`. */
export const POOL_ARGUMENT = "--turnstile-pool";
export const HOLDER_ARGUMENT = "--turnstile-holder";

/** Item `settings`: what the program configures. Only Pulumi writes it. */
export interface Settings {
    /** How many jobs may run at once: 0 (none) to `MAX_LIMIT`. */
    readonly limit: number;
    /** Seconds that a slot stays taken after its run has ended, until Glue no longer counts the run. */
    readonly cooldownSeconds: number;
    /** After how many messages in a row that failed for good the breaker is open; 0 or absent: never. */
    readonly pauseAfterFailures?: number;
}

/** Item `workflow`: what serves the pool now. Only Pulumi writes it. */
export interface Workflow {
    /** ARN of the state machine. */
    readonly stateMachine: string;
    /** Name of the Glue job. */
    readonly job: string;
    readonly deadLetterQueueUrl: string;
}

/** Item `override`: another limit for a while. Only the operator writes it; deployments leave it alone. */
export interface Override {
    /** The limit in force instead of the configured one; 0 pauses. */
    readonly limit: number;
    readonly by: string;
    readonly why: string;
    /** When it ends by itself: milliseconds since 1970; absent: it lasts until the item is deleted. */
    readonly until?: number;
}

/**
 * A slot that is taken. What the row of its message knows, such as the Glue job, is not repeated here: every acquire and
 * every release pays for the whole gate.
 */
export interface Slot {
    /** When its holder acquired it: milliseconds since 1970; NaN if that cannot be read. */
    readonly since: number;
    /** Whether its holder is at the message's last attempt; absent if not, or if an older release wrote it. */
    readonly isLast?: true;
}

/** Item `gate`: the slots of one pool. Executions and the reaper write the holders; the dispatcher writes the rest. */
export interface Gate {
    /** Holder id → slot. The number of slots in use is the size of this map; there is no counter beside it. */
    readonly holders: Readonly<Record<string, Slot>>;
    /** The limit in force; absent: no slot is granted. */
    readonly limit?: number;
    /** When the dispatcher last reported that it is alive, ISO 8601. */
    readonly dispatcherSeen: string;
    /** Whether the dispatcher has more executions to wake once some of those that it woke have acquired their slots. */
    readonly hasBacklog: boolean;
    /** The setting, as the acquire compares it; absent: there is no breaker. */
    readonly pauseAfterFailures?: number;
    /** How many messages in a row have failed for good; absent: none. Whoever removes a holder writes it and what follows. */
    readonly failures?: number;
    /** When the first attempt failed that no success has followed, less the shortest pause: milliseconds since 1970. */
    readonly failingSince?: number;
    /** After which moment an open breaker lets the next job in: milliseconds since 1970. */
    readonly probeAfter?: number;
    /** After which moment it does so at the latest: milliseconds since 1970. */
    readonly probeBy?: number;
}

/** What the last write to a gate was. The stream's filter passes those that may have left a slot free. */
export const CHANGE = {
    acquire: "acquire",
    release: "release",
    restore: "restore",
    heartbeat: "heartbeat",
    limit: "limit",
    close: "close",
} as const;

/** The value of the gate's attribute `backlog`. While the attribute is there, the stream's filter passes acquires too. */
export const BACKLOG = "yes";

/** How a message ended. */
export const OUTCOME = {
    done: "done",
    deadLettered: "deadLettered",
    /** A person took it out of the line. */
    cancelled: "cancelled",
} as const;
export type Outcome = (typeof OUTCOME)[keyof typeof OUTCOME];

/** Item `job#<message id>`: the record of one accepted message. The starter opens it; whoever sees the end closes it, once. */
export interface Row {
    /** What its key ends in: the message's id. */
    readonly name: string;
    readonly messageId: string;
    readonly group: string;
    /** SHA-256 of the body: a message with the same id and another body is another message. */
    readonly bodyHash: string;
    /**
     * Where the message is: `open#…` before it joins the line, `wait#…` in line, `run#…` after the dispatcher woke its
     * execution, `ask#…` while the execution asks how its job ended, `end#…` once its row is closed.
     */
    readonly position?: string;
    /** The holder id under which it waits in line. */
    readonly holder?: string;
    /** The token that wakes its execution, only while the execution waits on it. */
    readonly token?: string;
    /** The execution's ARN. */
    readonly execution: string;
    /** The Glue job that it runs: the starter's at first, its execution's own from the first join on. */
    readonly job: string;
    /** The attempt at the job, from 1. */
    readonly attempt: number;
    /** When the starter opened it, ISO 8601. */
    readonly opened: string;
    /** When its execution last joined the line, ISO 8601. */
    readonly joined?: string;
    /** The sequence of its last join. */
    readonly joinSequence?: number;
    /** When its execution, redriven, last confirmed that the row is open, ISO 8601. */
    readonly confirmed?: string;
    /** Present while the reaper sends the message to the dead-letter queue: from then on its execution may go on no more. */
    readonly saving?: Saving;
    /** When the message ended, ISO 8601. */
    readonly ended?: string;
    readonly outcome?: Outcome;
    /** The question of an execution that does not know how its job ended, while it waits for the answer. */
    readonly ask?: Ask;
    /** Where the reaper goes on to look for the execution's runs, if very many newer ones hide them. */
    readonly search?: Search;
    /** Since when the reaper has known that the execution has left a slot, and can start no run on it any more. */
    readonly idle?: Idle;
    /** Since when the reaper has known of the last question that the execution asked: until it is answered it starts no run. */
    readonly asked?: Idle;
}

/** Why the reaper saves a message. It marks the row before it sends the letter, and whoever comes after it sends the same. */
export interface Saving {
    /** The cause, as the letter has it. */
    readonly cause: string;
    /** The id of the last Glue run, or `NO_RUN`. */
    readonly run: string;
}

/**
 * Since when a holder can start no run any more, by two clocks. How long ago that is, the reaper asks its own clock alone:
 * the difference of two clocks would be part of the answer.
 */
export interface Idle {
    /** By Step Functions' clock, ISO 8601. */
    readonly since: string;
    /** When the reaper first saw it, by its own clock, ISO 8601. */
    readonly seen: string;
    /** Whose slot the execution has left, if that is known: it stays so, whatever becomes of the execution. */
    readonly holder?: string;
}

/**
 * A search for an execution's Glue runs that takes the reaper more than one invocation. It lists the job's runs from the
 * newest back to `floor`; later passes list what came meanwhile, back to `upTo`.
 */
export interface Search {
    /** The Glue job. */
    readonly job: string;
    /** How far back it looks, ISO 8601. */
    readonly floor: string;
    /** Up to when every run was seen, by Glue's clock, ISO 8601; absent before the first pass has come to its end. */
    readonly upTo?: string | undefined;
    /** Glue's token for the next page of a pass, while one is under way. */
    readonly next?: string | undefined;
    /** Up to when that pass sees every run, ISO 8601. */
    readonly began?: string | undefined;
    /** The ids of the execution's runs that it has found. */
    readonly runs: readonly string[];
}

/** The question of an execution that does not know how its job ended. It stands on the execution's row. */
export interface Ask {
    readonly holder: string;
    /** The Glue job. */
    readonly job: string;
    /** The run's id if the execution saw it start, else `NO_RUN`. */
    readonly run: string;
    /** When its slot was acquired, ISO 8601. */
    readonly acquired: string;
    /** Since when the execution starts no run, ISO 8601. */
    readonly since: string;
    /** Whether Glue answered its start with an error. */
    readonly isAnswered: boolean;
    /** The token under which the execution waits for the answer. */
    readonly token: string;
}

/** What the position of an open row begins with. */
export const POSITION = { open: "open#", wait: "wait#", run: "run#", ask: "ask#" } as const;

/** What the position of a closed row begins with: by it the messages are found that ended lately. */
export const END_POSITION = "end#";

/** What decides the order of the line: priority first, then arrival. */
export interface Arrival {
    /** 0 (first) to 9 (last). */
    readonly priority: number;
    /** SQS's SentTimestamp, ISO 8601. */
    readonly sentAt: string;
    /** SQS's SequenceNumber. */
    readonly sequence: string;
}

/** A position in line. Compared as text, positions have the order of the line. */
export function waitPosition(arrival: Arrival): string {
    return `${POSITION.wait}${arrival.priority}#${arrival.sentAt}#${arrival.sequence}`;
}

/** The JSONata expression of `waitPosition`; `message` is the expression of the message. */
export function waitPositionJsonata(message: string): string {
    return `'${POSITION.wait}' & $string(${message}.priority) & '#' & ${message}.sentAt & '#' & ${message}.sequence`;
}

/** The position of a row whose execution has not joined the line yet. */
export function openPosition(since: string, name: string): string {
    return `${POSITION.open}${since}#${name}`;
}

/** The position of a row whose execution was woken at the moment `woken`. */
export function runPosition(woken: string, name: string): string {
    return `${POSITION.run}${woken}#${name}`;
}

/** The position of a row that was closed at the moment `ended`. */
export function endPosition(ended: string, name: string): string {
    return `${END_POSITION}${ended}#${name}`;
}

/** The JSONata expression of `endPosition` for an execution that closes its row now. */
export const END_POSITION_JSONATA = `'${END_POSITION}' & $now() & '#' & ${MESSAGE_ID_JSONATA}`;

/** The position of a row whose execution asks how its job ended, since the moment `since`. */
export function askPosition(since: string, name: string): string {
    return `${POSITION.ask}${since}#${name}`;
}

/** The JSONata expression of the position of an execution that lets others go first: out of the line, as before it joined. */
export const ASIDE_POSITION_JSONATA = `'${POSITION.open}' & $now() & '#' & ${MESSAGE_ID_JSONATA}`;
