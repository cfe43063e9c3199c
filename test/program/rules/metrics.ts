/** Metrics that alarms and dashboards look at: a misspelt one has no data, so its alarm would never go off. */
import { METRIC, NAMESPACE } from "../../../functions/lib/metrics.ts";
import { forInput, parsed } from "./rule.ts";
import type { Rule } from "./rule.ts";

interface Metrics {
    readonly page: string;
    readonly dimensions: readonly string[];
    readonly names: readonly string[];
}

const KNOWN: Readonly<Record<string, Metrics>> = {
    [NAMESPACE]: {
        page: "functions/lib/metrics.ts",
        dimensions: ["pool", "table"],
        names: Object.values(METRIC),
    },
    "AWS/SQS": {
        page: 'SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS"',
        dimensions: ["QueueName"],
        names: [
            "ApproximateAgeOfOldestMessage",
            "ApproximateNumberOfGroupsWithInflightMessages",
            "ApproximateNumberOfMessagesDelayed",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesVisible",
            "NumberOfDeduplicatedSentMessages",
            "NumberOfEmptyReceives",
            "NumberOfMessagesDeleted",
            "NumberOfMessagesReceived",
            "NumberOfMessagesSent",
            "SentMessageSize",
        ],
    },
    "AWS/Lambda": {
        page: 'Lambda Developer Guide, "Types of metrics for Lambda functions"',
        dimensions: ["FunctionName"],
        names: [
            "Invocations",
            "Errors",
            "DeadLetterErrors",
            "DestinationDeliveryFailures",
            "Throttles",
            "Duration",
            "IteratorAge",
            "PostRuntimeExtensionsDuration",
            "ConcurrentExecutions",
            "AsyncEventsReceived",
            "AsyncEventAge",
            "AsyncEventsDropped",
            "RecursiveInvocationsDropped",
        ],
    },
    "AWS/States": {
        page: 'Step Functions Developer Guide, "Monitoring Step Functions metrics using Amazon CloudWatch"',
        dimensions: ["StateMachineArn"],
        names: [
            "ExecutionTime",
            "ExecutionThrottled",
            "ExecutionsAborted",
            "ExecutionsFailed",
            "ExecutionsStarted",
            "ExecutionsSucceeded",
            "ExecutionsTimedOut",
            "ExecutionsRedriven",
        ],
    },
};

function metricMistake(namespace: string, name: string, dimensions: readonly string[]): string | undefined {
    const known = KNOWN[namespace];
    if (!known) return `has the namespace ${namespace}; expected one of ${Object.keys(KNOWN).join(", ")}`;
    if (!known.names.includes(name))
        return `has the metric ${namespace} ${name}, which is not on ${known.page}`;
    const sorted = [...dimensions].sort();
    return sorted.join() === known.dimensions.join()
        ? undefined
        : `has the metric ${name} by ${sorted.join(", ")}; expected by ${known.dimensions.join(", ")}`;
}

export const alarmWatchesAMetricThatExists: Rule = forInput(
    "metricName",
    "whoever reports metrics says which there are",
    (name, { inputs }) =>
        metricMistake(String(inputs["namespace"]), String(name), Object.keys(inputs["dimensions"] ?? {})),
);

type Metric = readonly (string | object)[];

interface Widget {
    readonly type: string;
    readonly width?: number;
    readonly height?: number;
    readonly properties: {
        readonly title?: string;
        readonly metrics?: readonly Metric[];
        readonly alarms?: readonly string[];
        readonly period?: number;
    };
}

const BODY = 'CloudWatch API Reference, "Dashboard Body Structure and Syntax"';

export const dashboardRules: readonly Rule[] = [
    forInput("dashboardBody", BODY, (body) => {
        return widgetsOf(body).flatMap((widget) => widgetMistakes(widget));
    }),
    forInput("dashboardBody", 'CloudWatch User Guide, "CloudWatch service quotas": dashboards', (body) => {
        const counts = widgetsOf(body).map(({ properties }) => properties.metrics?.length ?? 0);
        const sum = counts.reduce((total, count) => total + count, 0);
        return [
            ...(counts.length > 500 ? [`has ${counts.length} widgets; expected at most 500`] : []),
            ...(Math.max(...counts) > 500 ? ["has a widget with more than 500 metrics"] : []),
            ...(sum > 2500 ? [`has ${sum} metrics; expected at most 2500`] : []),
        ];
    }),
];

function widgetsOf(body: unknown): readonly Widget[] {
    return ((parsed(body) ?? {}) as { widgets?: Widget[] }).widgets ?? [];
}

function widgetMistakes({ type, width = 6, height = 6, properties }: Widget): string[] {
    const { metrics = [], alarms = [], period = 300 } = properties;
    const isPeriod = [1, 5, 10, 20, 30].includes(period) || (period > 0 && period % 60 === 0);
    return [
        ...(["metric", "alarm", "text", "log", "explorer"].includes(type)
            ? []
            : [`has a widget of type ${type}`]),
        ...(width >= 1 && width <= 24 ? [] : [`has a widget ${width} columns wide; expected 1 to 24`]),
        ...(height >= 1 && height <= 1000 ? [] : [`has a widget ${height} rows high; expected 1 to 1000`]),
        ...(alarms.length <= 100 ? [] : [`has a widget of ${alarms.length} alarms; expected at most 100`]),
        ...(isPeriod ? [] : [`has a widget with the period ${period}; expected a multiple of 60`]),
        ...metrics.flatMap((metric) => shownMistake(metric) ?? []),
    ];
}

/** `[namespace, name, dimension, value, …, { rendering }]` */
function shownMistake(metric: Metric): string | undefined {
    const [namespace = "", name = "", ...dimensions] = metric.filter((part) => typeof part === "string");
    if (dimensions.length % 2 !== 0) return `has the metric ${name} with a dimension that has no value`;
    return metricMistake(
        namespace,
        name,
        dimensions.filter((_, i) => i % 2 === 0),
    );
}
