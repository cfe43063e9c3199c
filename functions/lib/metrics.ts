/**
 * The metrics of the functions, by name. They are what alarms and dashboards look at; a log line says the rest. Each
 * stands under the table as well as under the pool, because stacks that share an account may call their pools
 * the same.
 */

/** The namespace of all of them in CloudWatch. */
export const NAMESPACE = "Turnstile";

export const METRIC = {
    /** A message that can never start was sent to the dead-letter queue. */
    messageRefused: "MessageRefused",
    /** A message's execution was started. */
    messageStarted: "MessageStarted",
    /** A message could not be accepted now and went back to the queue. */
    messageReturned: "MessageReturned",
    /** A waiting execution was told that it is its turn. */
    waiterWoken: "WaiterWoken",
    /** Nobody waited any more on the token of a row. */
    waiterGone: "WaiterGone",
    /** The reaper freed a slot that its holder had not given back. */
    slotFreed: "SlotFreed",
    /** The reaper sent the message of an execution that died to the dead-letter queue. */
    messageSaved: "MessageSaved",
    /** The reaper could not look at something, and will be told of it again. */
    lookFailed: "LookFailed",
    /** The settings or the override are missing or nonsense: nothing is granted. */
    limitUnreadable: "LimitUnreadable",
    /** The Glue job retries, queues, or may run less often than the limit allows. */
    jobMisconfigured: "JobMisconfigured",
    /** Gauges, from each sweep of the dispatcher. */
    slotsInUse: "SlotsInUse",
    limit: "Limit",
    waiting: "Waiting",
    /** 1 at each sweep of the dispatcher: its silence is what is looked for. */
    dispatched: "Dispatched",
} as const;

export type MetricName = (typeof METRIC)[keyof typeof METRIC];

export interface MetricDimensions {
    readonly pool: string;
}

/** One value of a metric, as CloudWatch gets it; its unit is Count. */
export interface Measurement {
    readonly name: MetricName;
    readonly value: number;
    readonly dimensions: { readonly table: string; readonly pool: string };
}

/** A value with the dimensions under which CloudWatch finds it. @param env the function's */
export function measurement(
    env: Readonly<Record<string, string | undefined>>,
    name: MetricName,
    value: number,
    { pool }: MetricDimensions,
): Measurement {
    return { name, value, dimensions: { table: env["TABLE_NAME"] ?? "none", pool } };
}
