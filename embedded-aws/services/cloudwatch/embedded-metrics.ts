/**
 * Log lines in Embedded Metric Format, which CloudWatch Logs turns into metrics (CloudWatch User Guide, "Specification:
 * Embedded metric format"). A line that does not follow the format is an ordinary log line.
 */

/** The values of one metric under one set of dimensions. */
export interface EmbeddedMetric {
    readonly namespace: string;
    readonly name: string;
    readonly values: readonly number[];
    readonly dimensions: Readonly<Record<string, string>>;
}

interface Document {
    readonly _aws?: {
        readonly Timestamp?: unknown;
        readonly CloudWatchMetrics?: readonly {
            readonly Namespace?: unknown;
            readonly Dimensions?: readonly (readonly string[])[];
            readonly Metrics?: readonly { readonly Name?: unknown }[];
        }[];
    };
    readonly [member: string]: unknown;
}

/** The metrics in a line. Most lines have none. */
export function embeddedMetrics(line: string): EmbeddedMetric[] {
    // This is checked before parsing, because nearly no line has metrics.
    if (!line.includes('"CloudWatchMetrics"')) return [];
    let document: Document;
    try {
        document = JSON.parse(line) as Document;
    } catch {
        return [];
    }
    if (typeof document._aws?.Timestamp !== "number") return [];
    const found: EmbeddedMetric[] = [];
    for (const { Namespace, Dimensions, Metrics } of document._aws.CloudWatchMetrics ?? []) {
        if (typeof Namespace !== "string") continue;
        // An empty list of sets means one set without dimensions.
        for (const names of Dimensions?.length ? Dimensions : [[]]) {
            const dimensions = dimensionsOf(document, names);
            if (!dimensions) continue;
            for (const { Name } of Metrics ?? []) {
                const values = typeof Name === "string" ? valuesOf(document[Name]) : [];
                if (values.length === 0) continue;
                found.push({ namespace: Namespace, name: Name as string, values, dimensions });
            }
        }
    }
    return found;
}

function dimensionsOf(document: Document, names: readonly string[]): Record<string, string> | undefined {
    const dimensions: Record<string, string> = {};
    for (const name of names) {
        const value = document[name];
        if (typeof value !== "string") return undefined;
        dimensions[name] = value;
    }
    return dimensions;
}

function valuesOf(value: unknown): number[] {
    return [value].flat().filter((each) => typeof each === "number");
}
