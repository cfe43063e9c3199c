/** A month's bill, by service: of a stack that has nothing to do, and of its jobs. */
import type { RecordedProgram, Resource } from "../../embedded-aws/index.ts";
import { charge, GIGABYTE, MONTH_HOURS, POLLS_AN_HOUR } from "../lib/prices.ts";
import type { Prices, Usage } from "../lib/prices.ts";
import type { Idle } from "./idle.ts";
import type { Trial } from "./trial.ts";

export interface Line {
    readonly service: string;
    /** Dollars a month. */
    readonly idle: number;
    readonly jobs: number;
}

export interface Month {
    readonly jobs: number;
    readonly batches: number;
}

const DAYS = MONTH_HOURS / 24;

/** A row of the table, with its copy in the index: docs/limits.md, "Messages a day". */
const ROW_BYTES = 1500;
/** A row goes so many days after its message's end. */
const ROW_DAYS = 21;

/** @param batch one of the month's batches; undefined without jobs */
export function monthlyBill(
    program: RecordedProgram,
    prices: Prices,
    idle: Idle,
    month: Month,
    batch: Trial | undefined,
): Line[] {
    const idleCharges = charge(idle.usage, prices);
    const jobCharges = batch ? charge(beyondIdle(batch, idle.usage), prices) : {};
    const used = (service: string): Line => ({
        service,
        idle: (idleCharges[service] ?? 0) * DAYS,
        jobs: Math.max(0, jobCharges[service] ?? 0) * month.batches,
    });
    const stored = ((month.jobs * ROW_DAYS) / DAYS) * (ROW_BYTES / GIGABYTE);
    // The embedded AWS does not count these calls.
    const polls = countOf(program, isQueueMapping) * POLLS_AN_HOUR * MONTH_HOURS;
    const idleLogs = idle.logBytes * DAYS;
    const jobLogs = batch ? Math.max(0, batch.logBytes - idle.logBytes * daysOf(batch)) * month.batches : 0;
    const more = [...(batch?.metrics ?? [])].filter((metric) => !idle.metrics.has(metric)).length;
    const isTraced = program.resources.some(isTracedMachine);
    return [
        used("Step Functions"),
        plus(used("DynamoDB"), { jobs: stored * (prices.storedGigabyte + prices.recoverableGigabyte) }),
        used("Lambda"),
        plus(used("SQS"), { idle: polls * prices.queueRequest }),
        used("SNS"),
        monthly("CloudWatch alarms", alarmMetrics(program) * prices.alarmMetric),
        {
            service: "CloudWatch metrics",
            idle: idle.metrics.size * prices.metric,
            jobs: more * prices.metric,
        },
        monthly(
            "CloudWatch dashboard",
            countOf(program, isOfType("cloudwatch/dashboard:Dashboard")) * prices.dashboard,
        ),
        {
            service: "CloudWatch logs",
            idle: (idleLogs / GIGABYTE) * prices.logGigabyte,
            jobs: (jobLogs / GIGABYTE) * prices.logGigabyte,
        },
        { service: "X-Ray", idle: 0, jobs: isTraced ? month.jobs * prices.trace : 0 },
        monthly("KMS", keysOf(program).size * prices.key),
    ];
}

/** What Glue charges for the jobs of the month. */
export function glueBill({ dpuSeconds }: Trial, prices: Prices, { batches }: Month): number {
    return (dpuSeconds / 3600) * prices.dpuHour * batches;
}

function monthly(service: string, idle: number): Line {
    return { service, idle, jobs: 0 };
}

function plus(line: Line, more: Partial<Pick<Line, "idle" | "jobs">>): Line {
    return { ...line, idle: line.idle + (more.idle ?? 0), jobs: line.jobs + (more.jobs ?? 0) };
}

/** What a batch used, without what the stack uses in that time anyway. */
function beyondIdle(batch: Trial, idle: Usage): Usage {
    const days = daysOf(batch);
    const left = (name: keyof Usage): number => batch.usage[name] - idle[name] * days;
    return {
        transitions: left("transitions"),
        writeUnits: left("writeUnits"),
        readUnits: left("readUnits"),
        invocations: left("invocations"),
        gigabyteSeconds: left("gigabyteSeconds"),
        queueRequests: left("queueRequests"),
        notifications: left("notifications"),
    };
}

function daysOf({ timings }: Trial): number {
    return timings.makespan / 86_400;
}

type Is = (resource: Resource) => boolean;

function countOf({ resources }: RecordedProgram, is: Is): number {
    return resources.filter(is).length;
}

function isOfType(type: string): Is {
    return (resource) => resource.type === `aws:${type}`;
}

const isQueueMapping: Is = ({ type, inputs }) =>
    type === "aws:lambda/eventSourceMapping:EventSourceMapping" &&
    /^arn:[\w-]+:sqs:/.test(String(inputs["eventSourceArn"]));

const isTracedMachine: Is = ({ type, inputs }) =>
    type === "aws:sfn/stateMachine:StateMachine" &&
    (inputs["tracingConfiguration"] as { enabled?: boolean } | undefined)?.enabled === true;

/** CloudWatch pricing: an alarm costs as much as the metrics that it watches. */
function alarmMetrics({ resources }: RecordedProgram): number {
    const alarms = resources.filter(isOfType("cloudwatch/metricAlarm:MetricAlarm"));
    return alarms.reduce((sum, { inputs }) => sum + watched(inputs["metricQueries"]), 0);
}

function watched(queries: unknown): number {
    if (!Array.isArray(queries)) return 1;
    return queries.filter((query: { metric?: unknown }) => query.metric !== undefined).length;
}

/** ARNs of keys that the program uses. */
function keysOf({ resources }: RecordedProgram): Set<string> {
    const keys = new Set<string>();
    for (const { inputs } of resources) {
        for (const [, key = ""] of JSON.stringify(inputs).matchAll(/"(arn:[\w-]+:kms:[^"\\]+:key\/[\w-]+)"/g))
            keys.add(key);
    }
    return keys;
}
