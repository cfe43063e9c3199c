/** The dashboard as CloudWatch would draw it, from the metrics that the embedded AWS has of a stack. */
import type { TestStack } from "../stack/test-stack.ts";

type Part = string | { readonly label: string; readonly stat: string; readonly yAxis?: "right" };

interface Widget {
    readonly type: string;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly properties: { readonly title: string; readonly metrics?: readonly (readonly Part[])[] };
}

export interface Drawn {
    readonly title: string;
    readonly series: readonly Series[];
}

interface Series {
    readonly label: string;
    readonly isRight: boolean;
    readonly points: readonly (readonly [time: number, value: number])[];
}

const HOUR = 3_600_000;
const COLORS = ["#1f77b4", "#d62728", "#2ca02c", "#ff7f0e", "#9467bd", "#8c564b"];
/** Pixels of a column and a row of the grid. */
const UNIT = { x: 60, y: 44 };

export function dashboardOf(stack: TestStack): readonly Widget[] {
    const found = stack.world.resources().find(({ type }) => type === "aws:cloudwatch/dashboard:Dashboard");
    return (JSON.parse(String(found?.inputs["dashboardBody"])) as { widgets: Widget[] }).widgets;
}

/** The graphs, with what their metrics were in the last hours. */
export function readGraphs(stack: TestStack, hours: number): Drawn[] {
    const now = stack.world.clock.now();
    return dashboardOf(stack).map(({ properties: { title, metrics = [] } }) => ({
        title,
        series: metrics.map((metric) => {
            const { label, stat, yAxis } = metric.at(-1) as Exclude<Part, string>;
            const [Namespace, MetricName, ...pairs] = metric.slice(0, -1) as string[];
            const Dimensions = Array.from({ length: pairs.length / 2 }, (_, i) => ({
                Name: pairs[2 * i],
                Value: pairs[2 * i + 1],
            }));
            const input = {
                ...{ Namespace, MetricName, Dimensions, Period: 60, Statistics: [stat] },
                ...{ StartTime: new Date(now - hours * HOUR), EndTime: new Date(now) },
            };
            const caller = { principal: "user" };
            const { Datapoints } = stack.world.call("cloudwatch", "GetMetricStatistics", input, caller) as {
                Datapoints: readonly (Readonly<Record<string, number>> & { readonly Timestamp: Date })[];
            };
            const points = Datapoints.map((each) => [each.Timestamp.getTime(), each[stat] ?? 0] as const);
            return { label, isRight: yAxis === "right", points };
        }),
    }));
}

/** The page that shows them, on the dashboard's own grid. */
export function dashboardPage(stack: TestStack, hours: number): string {
    const graphs = readGraphs(stack, hours);
    const now = stack.world.clock.now();
    const boxes = dashboardOf(stack).map(({ x, y, width, height }, i) => {
        const place = `left:${x * UNIT.x}px;top:${y * UNIT.y}px;width:${width * UNIT.x - 8}px;height:${height * UNIT.y - 8}px`;
        const graph = graphs[i];
        return `<section style="${place}"><h2>${graph?.title ?? ""}</h2>${graph ? drawing(graph, now - hours * HOUR, now) : ""}</section>`;
    });
    return `<!doctype html><meta charset="utf-8"><title>Dashboard</title><style>
body { font: 12px sans-serif; position: relative; margin: 8px } section { position: absolute; border: 1px solid #ccc; overflow: hidden }
h2 { font-size: 13px; margin: 6px 8px 0 } svg { display: block } p { margin: 0 8px }</style>${boxes.join("\n")}`;
}

function drawing({ series }: Drawn, from: number, to: number): string {
    const [width, height] = [8 * UNIT.x - 40, 4 * UNIT.y - 20];
    const highest = (isRight: boolean): number =>
        Math.max(
            1,
            ...series
                .filter((each) => each.isRight === isRight)
                .flatMap(({ points }) => points.map(([, value]) => value)),
        );
    const lines = series.map(({ points, isRight }, i) => {
        const path = points.map(
            ([time, value]) =>
                `${((width * (time - from)) / (to - from)).toFixed(1)},${(height - (height * value) / highest(isRight)).toFixed(1)}`,
        );
        return `<polyline points="${path.join(" ")}" fill="none" stroke="${COLORS[i % COLORS.length] ?? ""}"${isRight ? ' stroke-dasharray="4 2"' : ""}/>`;
    });
    const legend = series.map(
        ({ label, points, isRight }, i) =>
            `<span style="color:${COLORS[i % COLORS.length] ?? ""}">${label}${isRight ? " (right)" : ""}${points.length === 0 ? ": no data" : ""}</span>`,
    );
    return series.length === 0
        ? ""
        : `<svg width="${width}" height="${height}" viewBox="-4 -4 ${width + 8} ${height + 8}">${lines.join("")}</svg><p>${legend.join(" · ")} (0 to ${Math.ceil(highest(false))}${series.some(({ isRight }) => isRight) ? `, right to ${Math.ceil(highest(true))}` : ""})</p>`;
}
