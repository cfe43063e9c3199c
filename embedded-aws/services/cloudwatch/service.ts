/**
 * CloudWatch: metrics that functions put, that are embedded in their log lines, or that services have; alarms, which
 * are evaluated every minute; dashboards, which are only checked. Metrics without an alarm are kept for a day. Services
 * are asked only for metrics with an alarm, and have sums by the hour of what is charged for. Data are there at once, which takes some minutes on AWS.
 */
import type { Timer } from "../../clock.ts";
import { HOUR } from "../../hourly-sums.ts";
import type { Resource } from "../../recording/resource.ts";
import { AwsError, UnsupportedError } from "../../service.ts";
import type { MetricSource, Operations, ResourceKinds, Service, World } from "../../service.ts";
import { isMeasured } from "../lib/metrics.ts";
import type { Datapoint } from "../lib/metrics.ts";
import { checkMembers } from "../lib/members.ts";
import { Alarm, ALARM_INPUTS } from "./alarm.ts";
import type { StateChange } from "./alarm.ts";
import type { Dimensions } from "./dimensions.ts";
import { evaluationRange } from "./evaluation.ts";
import { metricData, METRIC_DATA_MEMBERS } from "./metric-data.ts";
import type { MetricDataInput } from "./metric-data.ts";
import { MINUTE, Series } from "./series.ts";

export interface PutMetricDataInput {
    readonly Namespace: string;
    readonly MetricData?: readonly MetricDatum[];
}

export interface MetricDatum {
    readonly MetricName: string;
    readonly Dimensions?: Dimensions;
    readonly Timestamp?: Date;
    readonly Value?: number;
    readonly Values?: readonly number[];
    readonly Counts?: readonly number[];
    readonly StatisticValues?: { SampleCount: number; Sum: number; Minimum: number; Maximum: number };
    readonly Unit?: string;
}

interface GetMetricStatisticsInput {
    readonly Namespace: string;
    readonly MetricName: string;
    readonly Dimensions?: Dimensions;
    readonly StartTime: Date;
    readonly EndTime: Date;
    readonly Period: number;
}

interface DescribeAlarmsInput {
    readonly AlarmNames?: readonly string[];
    readonly AlarmNamePrefix?: string;
    readonly StateValue?: string;
    readonly ActionPrefix?: string;
}

/** A metric of a service that an alarm watches. */
interface Watched {
    readonly series: Series;
    readonly arn: string;
    readonly metric: string;
}

export class CloudWatchService implements Service {
    readonly operations: Operations = {
        PutMetricData: this.putMetricData.bind(this),
        GetMetricData: this.getMetricData.bind(this),
        GetMetricStatistics: this.getMetricStatistics.bind(this),
        DescribeAlarms: this.describeAlarms.bind(this),
    };
    readonly kinds: ResourceKinds = {
        "aws:cloudwatch/metricAlarm:MetricAlarm": {
            inputs: ALARM_INPUTS,
            create: this.createAlarm.bind(this),
            update: this.updateAlarm.bind(this),
            remove: this.removeAlarm.bind(this),
        },
        "aws:cloudwatch/dashboard:Dashboard": {
            inputs: ["dashboardName", "dashboardBody"],
            create: ({ inputs }) => checkDashboard(inputs),
            update: ({ inputs }) => checkDashboard(inputs),
            remove: () => undefined,
        },
    };
    /** By ARN. */
    readonly alarms = new Map<string, Alarm>();
    private readonly world: World;
    private readonly series = new Map<string, Series>();
    private readonly seriesOfAlarms = new Map<Alarm, Series>();
    private readonly watched = new Map<string, Watched>();
    private readonly listeners: ((alarm: Alarm, change: StateChange) => void)[] = [];
    private timer: Timer | undefined;

    constructor(world: World) {
        this.world = world;
    }

    /** Calls `listener` with each change of an alarm's state. */
    onChange(listener: (alarm: Alarm, change: StateChange) => void): void {
        this.listeners.push(listener);
    }

    private putMetricData({ Namespace, MetricData = [] }: PutMetricDataInput): object {
        if (MetricData.length > 1000) {
            throw new AwsError(
                "InvalidParameterValue",
                "The collection MetricData must not have a size greater than 1000.",
            );
        }
        if (Namespace.startsWith("AWS/")) {
            throw new AwsError(
                "InvalidParameterValue",
                `The value ${Namespace} for parameter Namespace is invalid.`,
            );
        }
        for (const datum of MetricData) {
            const values = datapointOf(datum);
            const time = datum.Timestamp?.getTime() ?? this.world.clock.now();
            this.seriesOf(keyOf(Namespace, datum.MetricName, datum.Dimensions)).add(time, values);
            this.world.count(`metric.${Namespace}.${datum.MetricName}`, values.sum);
        }
        return {};
    }

    private getMetricStatistics(input: GetMetricStatisticsInput): object {
        const { Namespace, MetricName, StartTime, EndTime, Period } = input;
        if (!(Period >= 60 && Period % 60 === 0))
            throw new AwsError("InvalidParameterValue", "The parameter Period must be a multiple of 60.");
        const [millis, end] = [Period * 1000, Math.ceil(EndTime.getTime() / MINUTE) * MINUTE];
        const count = Math.ceil((end - StartTime.getTime()) / millis);
        if (millis % HOUR === 0 && this.sourceOf(Namespace)?.sums?.includes(MetricName) === true)
            return { Label: MetricName, Datapoints: this.sums(input, end - count * millis, end) };
        const series = this.series.get(keyOf(Namespace, MetricName, input.Dimensions));
        const periods = series?.periods(end, millis, count) ?? [];
        const Datapoints = periods.flatMap((each, i) => {
            if (!each) return [];
            const { sum: Sum, count: SampleCount, minimum: Minimum, maximum: Maximum } = each;
            const Timestamp = new Date(end - (count - i) * millis);
            return [{ Timestamp, Sum, SampleCount, Average: Sum / SampleCount, Minimum, Maximum }];
        });
        return { Label: MetricName, Datapoints };
    }

    /** What the services have recorded of a resource, in periods of whole hours. */
    private sums(input: GetMetricStatisticsInput, start: number, end: number): object[] {
        const { Namespace, MetricName, Dimensions = [], Period } = input;
        const [{ Value = "" } = {}] = Dimensions;
        const periods = new Map<number, number>();
        for (const [time, sum] of this.world.recorded(Namespace, MetricName, Value, start, end)) {
            const period = start + Math.floor((time - start) / (Period * 1000)) * Period * 1000;
            periods.set(period, (periods.get(period) ?? 0) + sum);
        }
        return [...periods].map(([time, Sum]) => ({ Timestamp: new Date(time), Sum, Unit: "Count" }));
    }

    private getMetricData(input: MetricDataInput): object {
        checkMembers("cloudwatch:GetMetricData", input, METRIC_DATA_MEMBERS);
        return metricData(input, (namespace, name, dimensions) =>
            this.series.get(keyOf(namespace, name, dimensions)),
        );
    }

    private describeAlarms(input: DescribeAlarmsInput): object {
        const { AlarmNames, AlarmNamePrefix = "", StateValue, ActionPrefix } = input;
        const found = [...this.alarms.values()].filter(
            ({ name, state, configuration }) =>
                (!AlarmNames || AlarmNames.includes(name)) &&
                name.startsWith(AlarmNamePrefix) &&
                (StateValue === undefined || state === StateValue) &&
                (ActionPrefix === undefined ||
                    configuration.alarmActions.some((action) => action.startsWith(ActionPrefix))),
        );
        return {
            MetricAlarms: found.map(shownAlarm),
            CompositeAlarms: [],
        };
    }

    private createAlarm(resource: Resource): void {
        const alarm = new Alarm(resource, this.world.clock.now());
        this.watch(alarm);
        this.world.register(alarm.arn, alarm);
        this.alarms.set(alarm.arn, alarm);
        if (!this.timer) this.schedule();
    }

    private updateAlarm(resource: Resource): void {
        const alarm = this.alarms.get(String(resource.outputs["arn"])) as Alarm;
        alarm.configure(resource);
        this.watch(alarm);
    }

    private removeAlarm({ outputs }: Resource): void {
        const arn = String(outputs["arn"]);
        this.seriesOfAlarms.delete(this.alarms.get(arn) as Alarm);
        this.alarms.delete(arn);
        this.world.unregister(arn);
        if (this.alarms.size > 0) return;
        this.world.clock.cancel(this.timer);
        this.timer = undefined;
    }

    /** Connects an alarm with its metric, and begins to collect the metric if a service has it. */
    private watch(alarm: Alarm): void {
        const { namespace, metricName, dimensions } = alarm.configuration;
        const list = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
        const key = keyOf(namespace, metricName, list);
        if (namespace.startsWith("AWS/")) this.collect(key, alarm);
        this.seriesOfAlarms.set(alarm, this.seriesOf(key));
    }

    private collect(key: string, { name, configuration }: Alarm): void {
        const { namespace, metricName, dimensions } = configuration;
        const source = this.sourceOf(namespace);
        if (!source?.metrics.includes(metricName)) {
            throw new UnsupportedError(
                `The embedded AWS does not support the metric ${namespace} ${metricName} of the alarm ${name}.`,
            );
        }
        const [[dimension, value] = [], ...others] = Object.entries(dimensions);
        if (dimension !== source.dimension || value === undefined || others.length > 0) {
            throw new UnsupportedError(
                `The embedded AWS does not support the dimensions ${Object.keys(dimensions).join(", ")} of the alarm ${name}, only ${source.dimension}.`,
            );
        }
        if (this.watched.has(key)) return;
        const arn = source.arnOf(this.world, value);
        this.watched.set(key, { series: this.seriesOf(key), arn, metric: metricName });
    }

    private sourceOf(namespace: string): MetricSource | undefined {
        for (const { metrics } of this.world.descriptors.values()) {
            if (metrics?.namespace === namespace) return metrics;
        }
        return undefined;
    }

    private schedule(): void {
        const { clock } = this.world;
        this.timer = clock.at((Math.floor(clock.now() / MINUTE) + 1) * MINUTE, () => {
            this.schedule();
            this.evaluate();
        });
    }

    /** At the end of a minute: collects the metrics of services, then evaluates every alarm. */
    private evaluate(): void {
        const now = this.world.clock.now();
        for (const { series, arn, metric } of this.watched.values()) {
            const thing = this.world.find(arn);
            const values = isMeasured(thing) ? thing.measure(metric) : undefined;
            if (values) series.add(now - 1, values);
        }
        for (const [alarm, series] of this.seriesOfAlarms) {
            const { periodMillis } = alarm.configuration;
            const count = evaluationRange(alarm);
            if (alarm.isSettled && !series.hasSince(now - count * periodMillis)) continue;
            const change = alarm.evaluate(series.periods(now, periodMillis, count), now);
            if (change) this.notify(alarm, change);
        }
    }

    private notify(alarm: Alarm, change: StateChange): void {
        for (const listener of this.listeners) listener(alarm, change);
        this.world.count(`cloudwatch.${change.to}`);
        const message = alarm.notification(change, this.world);
        const caller = { principal: "cloudwatch.amazonaws.com", sourceArn: alarm.arn };
        for (const TopicArn of alarm.actions(change.to)) {
            try {
                this.world.call("sns", "Publish", { TopicArn, ...message }, caller);
            } catch (error) {
                if (!(error instanceof AwsError)) throw error;
                // An alarm does not try again. On AWS its history says that the action failed.
                this.world.count("cloudwatch.failedActions");
            }
        }
    }

    private seriesOf(key: string): Series {
        let series = this.series.get(key);
        if (!series) this.series.set(key, (series = new Series()));
        return series;
    }
}

function shownAlarm({ name, arn, state, reason, changedAt, configuration }: Alarm): object {
    return {
        AlarmName: name,
        AlarmArn: arn,
        AlarmDescription: configuration.description,
        StateValue: state,
        StateReason: reason,
        StateUpdatedTimestamp: new Date(changedAt),
        ActionsEnabled: configuration.actionsEnabled,
        AlarmActions: configuration.alarmActions,
        OKActions: configuration.okActions,
        InsufficientDataActions: configuration.insufficientDataActions,
        Namespace: configuration.namespace,
        MetricName: configuration.metricName,
        Dimensions: Object.entries(configuration.dimensions).map(([Name, Value]) => ({ Name, Value })),
        Statistic: configuration.statistic,
        Period: configuration.periodMillis / 1000,
        EvaluationPeriods: configuration.evaluationPeriods,
        DatapointsToAlarm: configuration.datapointsToAlarm,
        Threshold: configuration.threshold,
        ComparisonOperator: configuration.comparisonOperator,
        TreatMissingData: configuration.treatMissingData,
    };
}

function datapointOf({ Value, Values, Counts = [], StatisticValues, MetricName }: MetricDatum): Datapoint {
    if (StatisticValues) {
        const { Sum: sum, SampleCount: count, Minimum: minimum, Maximum: maximum } = StatisticValues;
        return { sum, count, minimum, maximum };
    }
    const values = Values ?? (Value === undefined ? [] : [Value]);
    if (values.length === 0) {
        throw new AwsError(
            "MissingParameter",
            `The parameter MetricData.member.Value of ${MetricName} is required.`,
        );
    }
    let [sum, count] = [0, 0];
    values.forEach((value, i) => {
        const times = Counts[i] ?? 1;
        sum += value * times;
        count += times;
    });
    return { sum, count, minimum: Math.min(...values), maximum: Math.max(...values) };
}

function keyOf(namespace: string, name: string, dimensions: Dimensions = []): string {
    const pairs = dimensions.map(({ Name = "", Value = "" }) => `${Name}=${Value}`);
    if (pairs.length > 1) pairs.sort();
    return `${namespace}\n${name}\n${pairs.join("\n")}`;
}

/** CloudWatch API Reference, "PutDashboard" and "Dashboard Body Structure and Syntax". */
function checkDashboard(inputs: Resource["inputs"]): void {
    const name = String(inputs["dashboardName"]);
    if (!/^[\w-]{1,255}$/.test(name))
        throw new AwsError("InvalidParameterInput", `The value ${name} for field DashboardName is invalid.`);
    let body: { widgets?: unknown };
    try {
        body = JSON.parse(String(inputs["dashboardBody"])) as typeof body;
    } catch {
        throw new AwsError("InvalidParameterInput", "The field dashboardBody must be a valid JSON object");
    }
    if (!Array.isArray(body.widgets))
        throw new AwsError(
            "InvalidParameterInput",
            'The dashboard body is invalid: "widgets" should be array',
        );
}
