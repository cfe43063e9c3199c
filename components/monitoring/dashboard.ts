/** The dashboard: which graphs it has, and what each shows. */
import { METRIC, NAMESPACE } from "../../functions/lib/metrics.ts";
import type { MetricName } from "../../functions/lib/metrics.ts";
import type { WatchedNames } from "./watched.ts";

/** A metric as a dashboard's body has it: namespace, name, then names and values of dimensions, and how it is shown. */
type Metric = readonly (
    string | { readonly label: string; readonly stat: string; readonly yAxis?: "right" }
)[];

interface Graph {
    readonly title: string;
    readonly metrics: readonly Metric[];
}

/**
 * The body of the dashboard (CloudWatch API Reference, "Dashboard Body Structure and Syntax"): the alarms above, then the
 * graphs, three in a row of 24 columns.
 */
export function dashboardBody(names: WatchedNames, alarmArns: readonly string[]): object {
    const region = names.stateMachineArn.split(":")[3] ?? "";
    const alarms = {
        type: "alarm",
        x: 0,
        y: 0,
        width: 24,
        height: 3,
        properties: { title: `Turnstile: ${names.pool}`, alarms: alarmArns },
    };
    return { widgets: [alarms, ...graphs(names).map((graph, i) => widget(graph, i, region))] };
}

function widget({ title, metrics }: Graph, i: number, region: string): object {
    return {
        type: "metric",
        x: (i % 3) * 8,
        y: 3 + Math.floor(i / 3) * 6,
        width: 8,
        height: 6,
        properties: { title, metrics, region, view: "timeSeries", period: 60, yAxis: { left: { min: 0 } } },
    };
}

/** The graphs, in the order in which they are shown. */
function graphs(names: WatchedNames): Graph[] {
    return [...graphsOfLine(names), ...graphsOfMessages(names), ...graphsOfWork(names)];
}

function graphsOfLine(names: WatchedNames): Graph[] {
    return [
        {
            title: "Slots in use, and the limit",
            metrics: [
                ofPool(names, METRIC.slotsInUse, "in use", "Maximum"),
                ofPool(names, METRIC.limit, "limit", "Maximum"),
                ofPool(names, METRIC.slotsIdle, "free while messages wait", "Minimum"),
            ],
        },
        {
            title: "In line",
            metrics: [
                ofPool(names, METRIC.waiting, "waiting (100 means 100 or more)", "Maximum"),
                ofPool(names, METRIC.waiterWoken, "turns given"),
                ofPool(names, METRIC.oldestInLineMinutes, "age of the oldest (minutes)", "Maximum", "right"),
            ],
        },
        {
            title: "Breaker, and standstill",
            metrics: [
                ofPool(names, METRIC.breakerOpen, "breaker open", "Maximum"),
                ofPool(names, METRIC.minutesWithoutRelease, "minutes without a release", "Maximum", "right"),
                ofPool(names, METRIC.oldestHolderMinutes, "oldest holder (minutes)", "Maximum", "right"),
            ],
        },
    ];
}

function graphsOfMessages(names: WatchedNames): Graph[] {
    return [
        {
            title: "Messages",
            metrics: [
                ofPool(names, METRIC.messageStarted, "started"),
                ofPool(names, METRIC.messageReturned, "returned to the queue"),
                ofPool(names, METRIC.messageRefused, "refused"),
                ofPool(names, METRIC.messageCancelled, "cancelled"),
            ],
        },
        {
            title: "Queue",
            metrics: [
                ofQueue("ApproximateNumberOfMessagesVisible", names.queue, { label: "messages" }),
                ofQueue("ApproximateAgeOfOldestMessage", names.queue, {
                    label: "age of the oldest (seconds)",
                    yAxis: "right",
                }),
            ],
        },
        {
            title: "Dead letters",
            metrics: [
                ofQueue("ApproximateNumberOfMessagesVisible", names.deadLetterQueue, { label: "messages" }),
                ofQueue("ApproximateNumberOfMessagesVisible", names.reaperDeadLetterQueue, {
                    label: "messages of the reaper",
                }),
            ],
        },
        {
            title: "New dead letters, by cause",
            metrics: [
                ofPool(names, METRIC.messageRefused, "message refused"),
                ofMachine(names, "ExecutionsFailed", "execution failed"),
                ofPool(names, METRIC.messageSaved, "execution died"),
            ],
        },
    ];
}

function graphsOfWork(names: WatchedNames): Graph[] {
    return [
        { title: "Executions", metrics: ENDS_OF_EXECUTIONS.map((metric) => ofMachine(names, metric)) },
        {
            title: "Repairs",
            metrics: [
                ofPool(names, METRIC.slotFreed, "slots freed by the reaper"),
                ofPool(names, METRIC.holderRestored, "holders restored"),
                ofPool(names, METRIC.slotStuck, "stuck slots seen"),
                ofPool(names, METRIC.waiterGone, "waiters gone"),
                ofPool(names, METRIC.messageSaved, "messages saved"),
                ofPool(names, METRIC.lookFailed, "failed looks"),
            ],
        },
        {
            title: "Size of the pool's items, of 10 GB",
            metrics: [ofPool(names, METRIC.itemCollectionSize, "GB, at least", "Maximum")],
        },
        {
            title: "Functions",
            metrics: [...ofFunctions(names, "Errors"), ...ofFunctions(names, "Throttles")],
        },
        {
            title: "Delay until the dispatcher gets a change",
            metrics: [
                [
                    "AWS/Lambda",
                    "IteratorAge",
                    "FunctionName",
                    names.dispatcher,
                    { label: "milliseconds", stat: "Maximum" },
                ],
            ],
        },
    ];
}

const ENDS_OF_EXECUTIONS = [
    "ExecutionsStarted",
    "ExecutionsSucceeded",
    "ExecutionsFailed",
    "ExecutionsAborted",
    "ExecutionsTimedOut",
];

/** A metric that the functions report. */
function ofPool(
    { table, pool }: WatchedNames,
    metric: MetricName,
    label: string,
    stat = "Sum",
    yAxis?: "right",
): Metric {
    return [NAMESPACE, metric, "table", table, "pool", pool, { label, stat, ...(yAxis && { yAxis }) }];
}

function ofQueue(metric: string, queueName: string, shown: { label: string; yAxis?: "right" }): Metric {
    const { label, ...others } = shown;
    return ["AWS/SQS", metric, "QueueName", queueName, { label, stat: "Maximum", ...others }];
}

/** A metric of each of the three functions. */
function ofFunctions(names: WatchedNames, metric: string): Metric[] {
    return (["starter", "dispatcher", "reaper"] as const).map((role) => [
        "AWS/Lambda",
        metric,
        "FunctionName",
        names[role],
        { label: `${role}: ${metric}`, stat: "Sum" },
    ]);
}

function ofMachine({ stateMachineArn }: WatchedNames, metric: string, label = metric): Metric {
    return ["AWS/States", metric, "StateMachineArn", stateMachineArn, { label, stat: "Sum" }];
}
