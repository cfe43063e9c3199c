/** Slots against the limit, and the line's length, over time. Dragging over a curve zooms curves and bars. */
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { count } from "../../lib/format.ts";
import type { Curve } from "../messages.ts";
import { ticks } from "../time-axis.ts";
import type { Range } from "../time-axis.ts";
import { useClock } from "./clock.ts";
import type { TimeText } from "./clock.ts";
import { color, useDark } from "./theme.tsx";

interface Props {
    readonly slots: {
        readonly times: readonly number[];
        readonly holders: readonly number[];
        /** Null where it is not known. */
        readonly limits: readonly (number | null)[];
    };
    readonly line: Curve;
    readonly range: Range;
    readonly all: Range;
    readonly setRange: (range: Range) => void;
}

interface Line {
    readonly name: string;
    readonly color: string;
    readonly values: readonly (number | null)[];
    readonly isFilled: boolean;
}

export function Curves({ slots, line, range, all, setRange }: Props) {
    const most = (values: readonly number[]): string =>
        count(values.reduce((largest, value) => Math.max(largest, value), 0));
    const time = { range, all, setRange };
    return (
        <section aria-labelledby="curves-title">
            <h2 id="curves-title">Over time</h2>
            <div class="curves">
                <Chart
                    title="Slots"
                    summary={`At most ${most(slots.holders)} slots in use; the limit was ${limitsOf(slots.limits)}.`}
                    times={slots.times}
                    lines={[
                        { name: "in use", color: "running", values: slots.holders, isFilled: true },
                        { name: "limit", color: "limit", values: slots.limits, isFilled: false },
                    ]}
                    {...time}
                />
                <Chart
                    title="Line"
                    summary={`At most ${most(line.values)} messages waited.`}
                    times={line.times}
                    lines={[{ name: "waiting", color: "line", values: line.values, isFilled: true }]}
                    {...time}
                />
            </div>
        </section>
    );
}

function known(value: number | null | undefined): string {
    return typeof value === "number" ? count(value) : "–";
}

function limitsOf(all: readonly (number | null)[]): string {
    const limits = all.filter((limit) => limit !== null);
    const least = limits.reduce((smallest, limit) => Math.min(smallest, limit), Infinity);
    const most = limits.reduce((largest, limit) => Math.max(largest, limit), 0);
    return least < most ? `${count(least)} to ${count(most)}` : count(most);
}

interface ChartProps extends Pick<Props, "range" | "all" | "setRange"> {
    readonly title: string;
    readonly summary: string;
    readonly times: readonly number[];
    readonly lines: readonly Line[];
}

const HEIGHT = 150;

function Chart({ title, summary, times, lines, range, all, setRange }: ChartProps) {
    const frame = useRef<HTMLDivElement>(null);
    const plot = useRef<uPlot>();
    const dark = useDark();
    const clock = useClock();
    const values = (): uPlot.AlignedData =>
        [times, ...lines.map((each) => each.values)] as unknown as uPlot.AlignedData;
    const [under, setUnder] = useState<number>();
    useEffect(() => {
        if (!frame.current) return undefined;
        const element = frame.current;
        const made = new uPlot(
            optionsOf(lines, element.clientWidth, clock, setUnder, setRange),
            values(),
            element,
        );
        made.setScale("x", { min: range.from, max: range.to });
        made.over.addEventListener("dblclick", () => setRange(all));
        plot.current = made;
        const observer = new ResizeObserver(() =>
            made.setSize({ width: element.clientWidth, height: HEIGHT }),
        );
        observer.observe(element);
        return () => {
            observer.disconnect();
            made.destroy();
        };
    }, [dark]);
    useEffect(() => {
        const { current: made } = plot;
        if (!made) return;
        made.batch(() => {
            if (made.data[0] !== times) made.setData(values());
            made.setScale("x", { min: range.from, max: range.to });
        });
    }, [times, range]);
    return (
        <figure class="chart">
            <figcaption>
                <strong>{title}</strong>
                {lines.map(({ name, color: key, values: each }) => (
                    <span key={name} class={`key ${key}`}>
                        {name}
                        {under !== undefined && ` ${known(each[under])}`}
                    </span>
                ))}
                {under !== undefined && <span class="at">at {clock(times[under] ?? 0)}</span>}
                <span class="summary">{summary}</span>
            </figcaption>
            <div ref={frame} aria-hidden="true" />
        </figure>
    );
}

/** From one tick to the next; of a single one, which stands alone, the seconds say nothing. */
function stepOf([first = 0, second = first + 60_000]: readonly number[]): number {
    return second - first;
}

function optionsOf(
    lines: readonly Line[],
    width: number,
    clock: TimeText,
    setUnder: (index: number | undefined) => void,
    setRange: (range: Range) => void,
): uPlot.Options {
    const axis = {
        stroke: color("muted"),
        grid: { stroke: color("grid"), width: 1 },
        ticks: { show: false },
    };
    const stepped = uPlot.paths.stepped?.({ align: 1 });
    return {
        width,
        height: HEIGHT,
        legend: { show: false },
        cursor: {
            sync: { key: "run" },
            y: false,
            points: { show: false },
            drag: { x: true, setScale: false },
        },
        scales: { x: { time: false }, y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] } },
        axes: [
            {
                ...axis,
                size: 28,
                splits: (plot, _i, min, max) =>
                    ticks({ from: min, to: max }, Math.max(2, Math.floor(plot.width / 110))),
                values: (_plot, splits) => splits.map((time) => clock(time, stepOf(splits))),
            },
            {
                ...axis,
                size: 52,
                values: (_plot, splits) => splits.map((n) => (Number.isInteger(n) ? count(n) : "")),
            },
        ],
        series: [
            {},
            ...lines.map(({ name, color: key, isFilled }) => ({
                label: name,
                stroke: color(key),
                width: isFilled ? 1.5 : 2,
                ...(isFilled ? { fill: color(`${key}-fill`) } : { dash: [6, 4] }),
                ...(stepped && { paths: stepped }),
                points: { show: false },
            })),
        ],
        hooks: {
            setCursor: [(plot) => setUnder(plot.cursor.idx ?? undefined)],
            setSelect: [
                (plot) => {
                    const { left, width: wide } = plot.select;
                    if (wide < 4) return;
                    setRange({ from: plot.posToVal(left, "x"), to: plot.posToVal(left + wide, "x") });
                    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
                },
            ],
        },
    };
}
