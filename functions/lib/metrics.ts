/**
 * The metrics of the functions, by name. Alarms and dashboards read them; the log has the details. Each metric has the table
 * and the pool as dimensions, because two stacks in one account may use the same pool name.
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
    /** GB in the table, at least, of the pool's items and their copies in the index. DynamoDB takes 10. */
    itemCollectionSize: "ItemCollectionSize",
    /** The dispatcher woke a waiting execution. */
    waiterWoken: "WaiterWoken",
    /** No execution waited on a row's token any more. */
    waiterGone: "WaiterGone",
    /** The reaper freed a slot that its holder had not released. */
    slotFreed: "SlotFreed",
    /** A slot is held, and nothing proves that its work is over, or its run does not stop: a person must look. */
    slotStuck: "SlotStuck",
    /** The gate had lost a holder whose job runs, or was gone: it was restored. */
    holderRestored: "HolderRestored",
    /** The reaper sent the message of an execution that died to the dead-letter queue. */
    messageSaved: "MessageSaved",
    /** The reaper closed the row of a message that a person had taken out of the line. */
    messageCancelled: "MessageCancelled",
    /** The reaper could not look at something, and will try again. */
    lookFailed: "LookFailed",
    /** The settings or the override are missing or make no sense: no slot is granted. */
    limitUnreadable: "LimitUnreadable",
    /** 1 at each sweep of the dispatcher while the breaker is open, and 0 otherwise; 1 for each failure that finds or leaves it open. */
    breakerOpen: "BreakerOpen",
    /** Gauge, one value at each sweep of the dispatcher: minutes for which messages have waited and all slots have kept their holders. */
    minutesWithoutRelease: "MinutesWithoutRelease",
    /** Gauge, one value at each sweep of the dispatcher: free slots that nobody acquires although messages wait. */
    slotsIdle: "SlotsIdle",
    /** The Glue job retries, queues, or may run less often than the limit allows. */
    jobMisconfigured: "JobMisconfigured",
    /** Gauges, one value at each sweep of the dispatcher. */
    slotsInUse: "SlotsInUse",
    limit: "Limit",
    waiting: "Waiting",
    /** Gauges, at each sweep of the dispatcher: minutes since the oldest message in line was accepted, and since the oldest holder acquired its slot. */
    oldestInLineMinutes: "OldestInLineMinutes",
    oldestHolderMinutes: "OldestHolderMinutes",
    /** 1 at each sweep of the dispatcher: an alarm looks for its absence. */
    dispatched: "Dispatched",
} as const;

export type MetricName = (typeof METRIC)[keyof typeof METRIC];

export interface MetricDimensions {
    readonly pool: string;
}

/** A value for each of some metrics; their unit is Count. */
export type MetricValues = Readonly<Partial<Record<MetricName, number>>>;

/** One value of each of some metrics, as CloudWatch gets them. */
export interface Measurement {
    readonly values: MetricValues;
    readonly dimensions: { readonly table: string; readonly pool: string };
}

/** Values with the dimensions under which CloudWatch finds them. @param env the function's environment */
export function measurement(
    env: Readonly<Record<string, string | undefined>>,
    values: MetricValues,
    { pool }: MetricDimensions,
): Measurement {
    return { values, dimensions: { table: env["TABLE_NAME"] ?? "none", pool } };
}
