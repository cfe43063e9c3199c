/**
 * The table: its keys, and what stands in it. Every item has one owner; who writes what is said at each type. Nothing
 * outside this folder spells an attribute's name.
 */

/** Names of the table's keys and of its local index. */
export const TABLE = {
    partitionKey: "poolName",
    sortKey: "entry",
    /** The line: open rows by position. Local, because only a local index can be read consistently. */
    lineIndex: "line",
    lineKey: "linePosition",
    /** Closed rows expire by it: seconds since 1970. */
    expiryAttribute: "expires",
} as const;

/** The version of the items' shapes. It goes up when an older reader would misread a newer item. */
export const FORMAT = 1;

/** The most slots a pool may have: one gate item (400 KB) holds every holder and every turn. */
export const MAX_LIMIT = 1000;

/** Sort keys. */
export const ENTRY = {
    settings: "settings",
    override: "override",
    gate: "gate",
    workflow: "workflow",
    row: (execution: string): string => `job#${execution}`,
} as const;

/** The arguments that tell a Glue run whose slot it runs on. No message may use a name that begins with `--turnstile-`. */
export const POOL_ARGUMENT = "--turnstile-pool";
export const HOLDER_ARGUMENT = "--turnstile-holder";

/** Item `settings`, as configured. Written by Pulumi alone. */
export interface Settings {
    /** How many jobs may run at once: 0 (none) to `MAX_LIMIT`. */
    readonly limit: number;
    /** Seconds that a slot stays taken after its run has ended, for Glue's own accounting to catch up. */
    readonly cooldownSeconds: number;
}

/** Item `workflow`: what serves the pool now. Written by Pulumi alone. */
export interface Workflow {
    /** ARN of the state machine. */
    readonly stateMachine: string;
    /** Name of the Glue job. */
    readonly job: string;
    readonly deadLetterQueueUrl: string;
}

/** Item `override`: another limit for now. Written by the operator's command line alone; outlives deployments. */
export interface Override {
    /** The limit in force instead of the configured one; 0 pauses. */
    readonly limit: number;
    readonly by: string;
    readonly why: string;
    /** When it ends by itself, ISO 8601; absent: when it is taken away. */
    readonly until?: string;
}

/** A taken slot. */
export interface Slot {
    /** When it was taken, ISO 8601. */
    readonly since: string;
    /** The Glue job that runs on it. */
    readonly job: string;
    /** The shape's version. */
    readonly format: number;
}

/** Item `gate`: the slots of one pool. Holders are written by executions and the reaper, the rest by the dispatcher. */
export interface Gate {
    /** Holder id → slot. Slots in use is the size of this map and nothing else. */
    readonly holders: Readonly<Record<string, Slot>>;
    /** Holder id → when its turn ends, ISO 8601. A hint that keeps the order, never a slot. */
    readonly turns: Readonly<Record<string, string>>;
    /** The limit in force; absent: nothing is granted. */
    readonly limit?: number;
    /** When the dispatcher last said that it lives, ISO 8601. */
    readonly dispatcherSeen: string;
    /** Whether more turns are to be given as soon as some of these were taken. */
    readonly hasBacklog: boolean;
}

/** What the last write to a gate was. The stream's filter lets through those that may have freed a slot. */
export const CHANGE = { acquire: "acquire", release: "release", turn: "turn", limit: "limit" } as const;

/** The value of a gate's attribute `backlog`, which is absent otherwise: then the stream lets takes through as well. */
export const BACKLOG = "yes";

/** How a message ended. */
export const OUTCOME = { done: "done", deadLettered: "deadLettered" } as const;
export type Outcome = (typeof OUTCOME)[keyof typeof OUTCOME];

/** Item `job#<execution name>`: the book of one accepted message. Opened by the starter; closed once, by whoever sees the end. */
export interface Row {
    /** The execution's name. */
    readonly name: string;
    readonly messageId: string;
    readonly group: string;
    /** SHA-256 of the body: the same message id with another body is not the same message. */
    readonly bodyHash: string;
    /** Where it stands, only while it is open: `open#…` before it joins, `wait#…` in line, `run#…` once it was told. */
    readonly position?: string;
    /** The holder id with which it stands in line. */
    readonly holder?: string;
    /** The token that wakes its execution, only while the execution is parked. */
    readonly token?: string;
    /** The execution's ARN. */
    readonly execution: string;
    /** The Glue job that it runs. */
    readonly job: string;
    /** When it was opened, ISO 8601. */
    readonly opened: string;
    /** When its execution last joined the line, ISO 8601. */
    readonly joined?: string;
    readonly ended?: string;
    readonly outcome?: Outcome;
}

/** What a row's position begins with. */
export const POSITION = { open: "open#", wait: "wait#", run: "run#" } as const;

/** What decides the order of the line: priority first, then arrival. */
export interface Arrival {
    /** 0 (first) to 9 (last). */
    readonly priority: number;
    /** SQS's SentTimestamp, ISO 8601. */
    readonly sentAt: string;
    /** SQS's SequenceNumber. */
    readonly sequence: string;
}

/** A position in line. Positions compare as text in the order of the line. */
export function waitPosition(arrival: Arrival): string {
    return `${POSITION.wait}${arrival.priority}#${arrival.sentAt}#${arrival.sequence}`;
}

/** The JSONata expression of `waitPosition` for the workflow's variable `$message`. */
export const WAIT_POSITION_JSONATA = `'${POSITION.wait}' & $string($message.priority) & '#' & $message.sentAt & '#' & $message.sequence`;

/** The position of a row whose execution has not joined the line yet. */
export function openPosition(since: string, name: string): string {
    return `${POSITION.open}${since}#${name}`;
}

/** The position of a row whose execution was told that it is its turn, at that moment. */
export function runPosition(woken: string, name: string): string {
    return `${POSITION.run}${woken}#${name}`;
}
