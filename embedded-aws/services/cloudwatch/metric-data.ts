/** GetMetricData (CloudWatch API Reference) of single metrics; expressions are left out. */
import { AwsError, UnsupportedError } from "../../service.ts";
import { isStatistic, STATISTICS } from "../lib/metrics.ts";
import type { Dimensions } from "./dimensions.ts";
import { MINUTE } from "./series.ts";
import type { Series } from "./series.ts";

export interface MetricDataInput {
    readonly MetricDataQueries?: readonly MetricDataQuery[];
    readonly StartTime?: Date;
    readonly EndTime?: Date;
    readonly ScanBy?: string;
}

interface MetricDataQuery {
    readonly Id: string;
    readonly MetricStat?: {
        readonly Metric: {
            readonly Namespace: string;
            readonly MetricName: string;
            readonly Dimensions?: Dimensions;
        };
        readonly Period: number;
        readonly Stat: string;
    };
    readonly Label?: string;
    readonly ReturnData?: boolean;
}

export const METRIC_DATA_MEMBERS = ["MetricDataQueries", "StartTime", "EndTime", "ScanBy"];

/** Data points of one call. */
const MAX_POINTS = 100_800;

type Find = (namespace: string, name: string, dimensions: Dimensions | undefined) => Series | undefined;

export function metricData(input: MetricDataInput, find: Find): object {
    const { MetricDataQueries = [], StartTime, EndTime, ScanBy } = input;
    if (!StartTime || !EndTime || StartTime >= EndTime) {
        throw new AwsError(
            "ValidationError",
            "The parameter StartTime must be less than the parameter EndTime.",
        );
    }
    const queries = MetricDataQueries.filter(({ ReturnData }) => ReturnData !== false);
    const results = queries.map((query) => {
        const points = pointsOf(query, StartTime.getTime(), EndTime.getTime(), find);
        if (ScanBy !== "TimestampAscending") points.reverse();
        return {
            Id: query.Id,
            Label: query.Label ?? query.MetricStat?.Metric.MetricName,
            Timestamps: points.map(({ time }) => new Date(time)),
            Values: points.map(({ value }) => value),
            StatusCode: "Complete",
        };
    });
    return { MetricDataResults: results, Messages: [] };
}

function pointsOf(
    query: MetricDataQuery,
    from: number,
    to: number,
    find: Find,
): { time: number; value: number }[] {
    const { MetricStat: stat, Id } = query;
    if (!stat)
        throw new UnsupportedError(
            `The embedded AWS does not support a metric data query without MetricStat (${Id}).`,
        );
    const { Metric, Period, Stat } = stat;
    if (!isStatistic(Stat))
        throw new UnsupportedError(`The embedded AWS does not support the statistic ${Stat}.`);
    if (!(Period >= 60 && Period % 60 === 0)) {
        throw new AwsError("ValidationError", `Period must be a multiple of 60, not ${Period}.`);
    }
    const millis = Period * 1000;
    const end = Math.ceil(to / MINUTE) * MINUTE;
    const count = Math.ceil((end - from) / millis);
    if (count > MAX_POINTS) {
        throw new AwsError(
            "ValidationError",
            `You have requested ${count} data points, more than ${MAX_POINTS}.`,
        );
    }
    const periods =
        find(Metric.Namespace, Metric.MetricName, Metric.Dimensions)?.periods(end, millis, count) ?? [];
    return periods.flatMap((each, i) =>
        each ? [{ time: end - (count - i) * millis, value: STATISTICS[Stat](each) }] : [],
    );
}
