/** Measures what functions write to their log groups: lines of text, and the lines in which metrics are embedded. */
import type { Stack } from "../run/stack.ts";

interface PutMetricData {
    readonly Namespace: string;
    readonly MetricData: readonly {
        readonly MetricName: string;
        readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
        readonly Values?: readonly number[];
    }[];
}

/** CloudWatch Logs API Reference, "PutLogEvents": 26 bytes are counted with each event. */
const EVENT_BYTES = 26;

export class LogMeter {
    bytes = 0;
    /** Metrics with their dimensions, each of which CloudWatch charges for. */
    readonly metrics = new Set<string>();

    /** Measures from now on. */
    constructor({ lambda, world }: Stack) {
        lambda.onLog(({ line }) => this.add(line));
        world.intercept((call, next) => {
            if (call.service === "cloudwatch" && call.operation === "PutMetricData")
                this.addMetrics(call.input as PutMetricData);
            return next();
        });
    }

    private addMetrics({ Namespace, MetricData }: PutMetricData): void {
        for (const { MetricName, Dimensions = [], Values = [] } of MetricData) {
            const names = Dimensions.map(({ Name }) => Name);
            const values = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
            this.metrics.add(JSON.stringify([Namespace, MetricName, values]));
            // CloudWatch User Guide, "Specification: Embedded metric format".
            const metrics = [
                { Namespace, Dimensions: [names], Metrics: [{ Name: MetricName, Unit: "Count" }] },
            ];
            const head = { Timestamp: 1_700_000_000_000, CloudWatchMetrics: metrics };
            this.add(JSON.stringify({ _aws: head, ...values, [MetricName]: Values[0] }));
        }
    }

    private add(line: string): void {
        this.bytes += Buffer.byteLength(line) + EVENT_BYTES;
    }
}
