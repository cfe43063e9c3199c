/** CloudWatch: metrics are added up in the run's counters; alarms and dashboards are recorded. */
import type { Resource } from "../resource.ts";
import { AwsError } from "./service.ts";
import type { Operation, ResourceKind, Service, World } from "./service.ts";

interface PutMetricDataInput {
    Namespace: string;
    MetricData?: readonly {
        MetricName: string;
        Value?: number;
        Values?: readonly number[];
        Counts?: readonly number[];
    }[];
}

export class CloudWatchService implements Service {
    readonly name = "cloudwatch";
    readonly operations: Readonly<Record<string, Operation>> = {
        PutMetricData: (input: PutMetricDataInput) => this.putMetricData(input),
    };
    readonly kinds: Readonly<Record<string, ResourceKind>>;
    /** The alarms that the program declares, by ARN; they are not evaluated. */
    readonly alarms = new Map<string, Resource>();
    private readonly world: World;

    constructor(world: World) {
        this.world = world;
        this.kinds = {
            "aws:cloudwatch/metricAlarm:MetricAlarm": {
                inputs: [
                    "name",
                    "alarmDescription",
                    "actionsEnabled",
                    "alarmActions",
                    "okActions",
                    "insufficientDataActions",
                    "comparisonOperator",
                    "evaluationPeriods",
                    "datapointsToAlarm",
                    "metricName",
                    "namespace",
                    "dimensions",
                    "metricQueries",
                    "period",
                    "statistic",
                    "extendedStatistic",
                    "threshold",
                    "thresholdMetricId",
                    "treatMissingData",
                    "unit",
                    "tags",
                ],
                create: (resource) => this.putAlarm(resource),
                update: (resource) => this.putAlarm(resource),
                remove: ({ outputs }) => {
                    this.alarms.delete(String(outputs["arn"]));
                    this.world.unregister(String(outputs["arn"]));
                },
            },
            "aws:cloudwatch/dashboard:Dashboard": {
                inputs: ["dashboardName", "dashboardBody"],
                create: ({ inputs }) => checkDashboard(String(inputs["dashboardBody"])),
                update: ({ inputs }) => checkDashboard(String(inputs["dashboardBody"])),
                remove: () => undefined,
            },
        };
    }

    /** Sums, as `metric.<namespace>.<name>`. */
    private putMetricData({ Namespace, MetricData = [] }: PutMetricDataInput): object {
        if (MetricData.length > 1000) {
            throw new AwsError(
                "InvalidParameterValue",
                "The collection MetricData must not have a size greater than 1000.",
            );
        }
        for (const { MetricName, Value, Values = [], Counts = [] } of MetricData) {
            const sum = Values.reduce((total, value, i) => total + value * (Counts[i] ?? 1), Value ?? 0);
            this.world.count(`metric.${Namespace}.${MetricName}`, sum);
        }
        return {};
    }

    private putAlarm(resource: Resource): void {
        for (const list of ["alarmActions", "okActions", "insufficientDataActions"]) {
            for (const arn of (resource.inputs[list] as string[] | undefined) ?? []) {
                if (!/^arn:[\w-]+:[\w-]+:/.test(arn))
                    throw new AwsError("ValidationError", `Invalid arn syntax: ${arn}`);
            }
        }
        const arn = String(resource.outputs["arn"]);
        if (this.alarms.has(arn)) this.world.unregister(arn);
        this.world.register(arn, resource);
        this.alarms.set(arn, resource);
    }
}

function checkDashboard(body: string): void {
    try {
        JSON.parse(body);
    } catch {
        throw new AwsError("InvalidParameterInput", "The field dashboardBody must be a valid JSON object");
    }
}
