/** The plots of docs/comparison.md, drawn by Apache ECharts, which tools/package.json brings. */
import { createRequire } from "node:module";
import type { Comparison, Group } from "../compare.ts";
import { LIMIT, rivalNamed } from "../compare.ts";
import { RIVALS } from "../designs/index.ts";
import type { Faults } from "../measure/faults.ts";
import type { Row } from "../measure/summary.ts";

/** The part of ECharts that is used. */
interface Charts {
    init(
        element: null,
        theme: null,
        options: { renderer: "svg"; ssr: true; width: number; height: number },
    ): { setOption(option: object): void; renderToSVGString(): string; dispose(): void };
}

/** A plot, and what it shows, for those who cannot see it. */
export interface Plot {
    readonly file: string;
    readonly alt: string;
    readonly svg: string;
}

/** The line whose runs the bars show: the longest that is run with several seeds. */
const SHOWN = 100;

/** On a background of its own, so that it can be read on a page of any colour. */
const COLORS = { text: "#1f2328", axis: "#59636e", grid: "#d8dee4", background: "#ffffff" } as const;

/** Of rivals, in their order; other plots borrow from it. */
const PALETTE = [
    "#2f81f7",
    "#d4720b",
    "#b07840",
    "#8957e5",
    "#d6409f",
    "#2da44e",
    "#8593a0",
    "#c93c37",
] as const;

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
const WIDTH = 860;

export function plotsOf(comparison: Comparison): Plot[] {
    const calm = groupOf(comparison, "none");
    const mild = groupOf(comparison, "mild");
    return [
        costs(comparison),
        ...(calm && mild ? [idle(calm, mild)] : []),
        ...(mild ? [failures(mild)] : []),
    ];
}

function groupOf({ groups }: Comparison, faults: Faults): Group | undefined {
    return groups.find((group) => group.messages === SHOWN && group.faults === faults);
}

function costs({ groups }: Comparison): Plot {
    const calm = groups.filter(({ faults }) => faults === "none");
    const dollarsOf = (name: string): [number, number][] =>
        calm.flatMap(({ messages, rows }) =>
            rows
                .filter(({ rival }) => rival === name)
                .map(({ dollars }): [number, number] => [messages, dollars]),
        );
    const series = RIVALS.map(({ name, title }, i) => ({
        type: "line",
        name: title,
        color: PALETTE[i],
        symbol: "circle",
        symbolSize: 7,
        silent: true,
        lineStyle: { width: name === "turnstile" ? 4 : 2, type: DASHES[name] ?? "solid" },
        endLabel: {
            show: true,
            formatter: "{a}",
            color: PALETTE[i],
            fontFamily: FONT,
            fontSize: 13,
            distance: 8,
            // Lines that go on would cross the names of those that end.
            backgroundColor: COLORS.background,
            padding: [1, 2],
        },
        labelLayout: { moveOverlap: "shiftY" },
        data: dollarsOf(name),
    }));
    const axis = { type: "log", ...axisStyle, minorTick: { show: false } };
    const svg = draw(460, {
        grid: { left: 62, right: 190, top: 48, bottom: 52 },
        title: titled("US dollars for 1,000 jobs, without Glue's own charge"),
        xAxis: {
            ...axis,
            ...named("messages that arrive at once"),
            min: 10,
            max: Math.max(...calm.map(({ messages }) => messages)),
        },
        yAxis: { ...axis, axisLabel: { ...axisStyle.axisLabel, formatter: "${value}" } },
        series,
    });
    return {
        file: "comparison-cost.svg",
        alt: "What 1,000 jobs cost, by the length of the line: nearly flat for Turnstile, growing for those who poll.",
        svg,
    };
}

/** Two rivals have nearly the same numbers: without dashes one would hide the other. */
const DASHES: Readonly<Record<string, string>> = { semaphore: "dashed" };

function idle(calm: Group, mild: Group): Plot {
    const bar = (group: Group, name: string, color: string): object => ({
        type: "bar",
        silent: true,
        name,
        color,
        barMaxWidth: 12,
        label: { show: true, position: "right", color: COLORS.text, fontFamily: FONT, fontSize: 12 },
        data: inOrder(group).map((row) => (row ? Number(row.idleSeconds.toFixed(1)) : null)),
    });
    const svg = draw(400, {
        ...bars(`Seconds that a slot stands empty between two jobs, a line of ${SHOWN}`),
        series: [bar(calm, "without faults", PALETTE[0]), bar(mild, "with mild faults", PALETTE[1])],
    });
    return {
        file: "comparison-idle.svg",
        alt: "How long a slot stands empty between two jobs, without and with mild faults.",
        svg,
    };
}

function failures(mild: Group): Plot {
    const rows = inOrder(mild);
    const part = (name: string, color: string, of: (row: Row) => number): object => ({
        type: "bar",
        silent: true,
        name,
        color,
        stack: "failures",
        barMaxWidth: 18,
        data: rows.map((row) => (row ? of(row) : null)),
    });
    const formatter = ({ dataIndex }: { dataIndex: number }): string => verdictOn(rows[dataIndex]);
    const [{ messages, runs } = { messages: 0, runs: 0 }] = mild.rows;
    const svg = draw(400, {
        ...bars(`What mild faults break: ${messages} messages in ${runs} runs, a line of ${SHOWN} each`),
        series: [
            part("messages lost", PALETTE[7], ({ lost }) => lost),
            part("messages left over", PALETTE[6], ({ leftOver }) => leftOver),
            part("slots leaked", PALETTE[3], ({ leaked = 0 }) => Math.abs(leaked)),
            part("jobs run twice", PALETTE[1], ({ repeated }) => repeated),
            {
                ...part("", "transparent", () => 0),
                label: { ...text, show: true, position: "right", formatter },
            },
        ],
    });
    return {
        file: "comparison-faults.svg",
        alt: "Messages lost or left over, slots leaked and jobs run twice under mild faults: none of Turnstile's.",
        svg,
    };
}

/** What stands beside a bar. */
function verdictOn(row: Row | undefined): string {
    if (!row) return "left out";
    const { lost, leftOver, leaked = 0, repeated, peakRunning } = row;
    const total = lost + leftOver + Math.abs(leaked) + repeated;
    const peak = peakRunning > LIMIT ? `, and ${peakRunning} jobs at once` : "";
    return `${total === 0 ? "nothing" : total}${peak}`;
}

/** One row for each rival, in the order of the tables from the top. */
function inOrder({ rows }: Group): (Row | undefined)[] {
    return RIVALS.map(({ name }) => rows.find(({ rival }) => rival === name)).reverse();
}

const text = { color: COLORS.text, fontFamily: FONT };
const axisStyle = {
    axisLine: { lineStyle: { color: COLORS.axis } },
    axisTick: { lineStyle: { color: COLORS.axis } },
    axisLabel: { color: COLORS.axis, fontFamily: FONT, fontSize: 12 },
    splitLine: { lineStyle: { color: COLORS.grid } },
};

function titled(title: string): object {
    return { text: title, left: 14, top: 10, textStyle: { ...text, fontSize: 15, fontWeight: 600 } };
}

function named(name: string): object {
    return {
        name,
        nameLocation: "middle",
        nameGap: 30,
        nameTextStyle: { color: COLORS.axis, fontFamily: FONT, fontSize: 12 },
    };
}

/** What horizontal bars have in common. */
function bars(title: string): object {
    return {
        title: titled(title),
        legend: {
            left: 14,
            top: 36,
            itemWidth: 14,
            itemHeight: 10,
            itemGap: 30,
            textStyle: { ...text, fontSize: 12 },
        },
        grid: { left: 170, right: 150, top: 70, bottom: 30 },
        xAxis: { type: "value", ...axisStyle },
        yAxis: {
            type: "category",
            data: RIVALS.map(({ name }) => rivalNamed(name).title).reverse(),
            ...axisStyle,
            axisTick: { show: false },
            axisLabel: { ...text, fontSize: 13 },
        },
    };
}

function draw(height: number, option: object): string {
    const require = createRequire(new URL("../../tools/package.json", import.meta.url));
    const chart = (require("echarts") as Charts).init(null, null, {
        renderer: "svg",
        ssr: true,
        width: WIDTH,
        height,
    });
    chart.setOption({ animation: false, backgroundColor: COLORS.background, ...option });
    const svg = chart.renderToSVGString();
    chart.dispose();
    return `${withoutStyles(svg)}\n`;
}

/** As attributes alone: without ECharts' style sheet, which is for a pointer over the plot. */
function withoutStyles(svg: string): string {
    return svg
        .replace(/<style[^]*?<\/style>\s*/g, "")
        .replace(/ class="[^"]*"/g, "")
        .replace(/ style="([^"]*)"/g, (_, style: string) =>
            style.replace(
                /([\w-]+):([^;]+);?/g,
                (_rule, name: string, value: string) => ` ${name}="${value}"`,
            ),
        );
}
