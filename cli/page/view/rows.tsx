/**
 * The messages, a row each: only the rows in sight exist, so that ten thousand scroll like ten. Screen readers and the
 * keyboard get the same rows: arrows walk, Enter tells a message's story, + and - zoom.
 */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { duration } from "../../lib/format.ts";
import { spanAt } from "../messages.ts";
import type { Message, State } from "../messages.ts";
import { moved, ticks, zoomed } from "../time-axis.ts";
import type { Range } from "../time-axis.ts";
import { BarCanvas } from "./bar.tsx";
import { useClock } from "./clock.ts";
import type { TimeText } from "./clock.ts";

interface Props {
    readonly messages: readonly Message[];
    /** What makes them another list, which is read from its beginning. */
    readonly selection: string;
    readonly range: Range;
    readonly all: Range;
    readonly setRange: (range: Range) => void;
    readonly tell: (message: Message) => void;
}

/** Rows beyond those in sight that exist all the same. */
const SPARE = 6;

interface Sizes {
    readonly row: number;
    readonly bar: { readonly left: number; readonly width: number; readonly height: number };
    readonly visible: number;
}

export function Rows(props: Props) {
    const { messages, range, selection } = props;
    const clock = useClock();
    const scroller = useRef<HTMLDivElement>(null);
    const sample = useRef<HTMLDivElement>(null);
    const [sizes, setSizes] = useState<Sizes>({
        row: 28,
        bar: { left: 0, width: 100, height: 14 },
        visible: 20,
    });
    const [top, setTop] = useState(0);
    const [chosen, setCurrent] = useState(0);
    const current = Math.min(chosen, Math.max(0, messages.length - 1));
    const [tip, setTip] = useState<Tip>();
    useLayoutEffect(() => measure(scroller.current, sample.current, setSizes), []);
    useEffect(() => {
        scroller.current?.scrollTo(0, 0);
        setCurrent(0);
    }, [selection]);
    const first = Math.max(0, Math.floor(top / sizes.row) - SPARE);
    const last = Math.min(messages.length, first + sizes.visible + 2 * SPARE);
    const walk = (event: KeyboardEvent): void => {
        const next = rowAfter(event.key, current, messages.length, sizes.visible);
        if (next !== undefined) {
            event.preventDefault();
            setCurrent(next);
            reveal(scroller.current, next, sizes.row);
            requestAnimationFrame(() =>
                document.getElementById(`row-${next}`)?.focus({ preventScroll: true }),
            );
            return;
        }
        const message = messages[current];
        if (event.key === "Enter" && message) props.tell(message);
        const changed = rangeAfter(event.key, props);
        if (changed) props.setRange(changed);
    };
    return (
        <div class="messages">
            <Axis range={range} {...sizes.bar} />
            <div
                class="rows"
                role="grid"
                aria-label="Messages"
                aria-rowcount={messages.length + 1}
                ref={scroller}
                onScroll={(event) => setTop(event.currentTarget.scrollTop)}
                onKeyDown={walk}
                onWheel={(event) => zoomByWheel(event, props)}
                onPointerLeave={() => setTip(undefined)}
            >
                <div role="rowgroup" style={{ height: `${Math.max(1, messages.length) * sizes.row}px` }}>
                    <div role="row" aria-rowindex={1} class="unseen">
                        {["Message", "Group", "State", "Waited", "Attempts", "Time"].map((name) => (
                            <span role="columnheader" key={name}>
                                {name}
                            </span>
                        ))}
                    </div>
                    <div class="row sample" aria-hidden="true" ref={sample}>
                        <span class="bar" />
                    </div>
                    {messages.slice(first, last).map((message, i) => (
                        <Row
                            key={message.index}
                            message={message}
                            position={first + i}
                            top={(first + i) * sizes.row}
                            isCurrent={first + i === current}
                            bar={sizes.bar}
                            range={range}
                            tell={() => {
                                setCurrent(first + i);
                                props.tell(message);
                            }}
                            hover={(event) => setTip(tipOf(event, message, range, clock))}
                        />
                    ))}
                </div>
                {messages.length === 0 && <p class="none">No message fits.</p>}
            </div>
            {tip && (
                <div class="tip" style={{ left: `${tip.x}px`, top: `${tip.y}px` }} aria-hidden="true">
                    {tip.text}
                </div>
            )}
        </div>
    );
}

interface RowProps {
    readonly message: Message;
    readonly position: number;
    readonly top: number;
    readonly isCurrent: boolean;
    readonly bar: Sizes["bar"];
    readonly range: Range;
    readonly tell: () => void;
    readonly hover: (event: PointerEvent) => void;
}

const MARKS: Readonly<Record<State, string>> = {
    done: "✓",
    failed: "✗",
    cancelled: "⊘",
    running: "▶",
    waiting: "…",
    between: "↻",
    "not ended": "…",
};

function Row({ message, position, top, isCurrent, bar, range, tell, hover }: RowProps) {
    const { label, group, state, waited, runs, end, sent, note } = message;
    return (
        <div
            role="row"
            id={`row-${position}`}
            aria-rowindex={position + 2}
            tabIndex={isCurrent ? 0 : -1}
            class="row"
            style={{ top: `${top}px` }}
            onClick={tell}
        >
            <span role="gridcell" class="label">
                {label}
            </span>
            <span role="gridcell" class="group">
                {group}
            </span>
            <span role="gridcell" class={`outcome ${state === "not ended" ? "open" : state}`}>
                <span aria-hidden="true">{MARKS[state]}</span>
                <span class="word">
                    {" "}
                    {state}
                    {note !== undefined && `, ${note}`}
                </span>
            </span>
            <span role="gridcell" class="waited">
                <span class="unseen">waited </span>
                {duration(waited / 1000)}
            </span>
            <span role="gridcell" class="unseen">
                {runs.length}
            </span>
            <span role="gridcell" class="bar" onPointerMove={hover}>
                <span class="unseen">{duration((end - sent) / 1000)}</span>
                <BarCanvas
                    spans={message.spans}
                    range={range}
                    width={bar.width}
                    height={bar.height}
                    failedAt={state === "failed" && end >= range.from && end <= range.to ? end : undefined}
                />
            </span>
        </div>
    );
}

function Axis({
    range,
    left,
    width,
}: {
    readonly range: Range;
    readonly left: number;
    readonly width: number;
}) {
    const clock = useClock();
    const times = ticks(range, Math.max(2, Math.floor(width / 90)));
    const step = (times[1] ?? range.to) - (times[0] ?? range.from);
    const share = (time: number): number => (100 * (time - range.from)) / Math.max(1, range.to - range.from);
    return (
        <div class="axis" aria-hidden="true">
            <span>Message</span>
            <span>Group</span>
            <span />
            <span class="waited">Waited</span>
            <div class="scale" style={{ left: `${left}px`, width: `${width}px` }}>
                {times
                    .filter((time) => share(time) < 94)
                    .map((time) => (
                        <span key={time} style={{ left: `${share(time)}%` }}>
                            {clock(time, step)}
                        </span>
                    ))}
            </div>
        </div>
    );
}

interface Tip {
    readonly x: number;
    readonly y: number;
    readonly text: string;
}

/** What the pointer is on: the phase, when, and how long. */
function tipOf(event: PointerEvent, message: Message, range: Range, clock: TimeText): Tip | undefined {
    if (event.pointerType === "touch") return undefined;
    const box = (event.currentTarget as Element).querySelector("canvas")?.getBoundingClientRect();
    if (!box) return undefined;
    const time = range.from + ((event.clientX - box.left) / box.width) * (range.to - range.from);
    const span = spanAt(message, time);
    const what = span
        ? `${span.phase}, ${duration((span.to - span.from) / 1000)} from ${clock(span.from)}`
        : clock(Math.max(0, time));
    return {
        x: Math.min(event.clientX + 12, innerWidth - 280),
        y: Math.min(event.clientY + 14, innerHeight - 40),
        text: `${message.label}: ${what}${message.note === undefined ? "" : `; ${message.note}`}`,
    };
}

function measure(
    scroller: HTMLElement | null,
    sample: HTMLElement | null,
    set: (sizes: Sizes) => void,
): (() => void) | undefined {
    const bar = sample?.querySelector<HTMLElement>(".bar");
    if (!scroller || !sample || !bar) return undefined;
    const look = (): void =>
        set({
            row: sample.offsetHeight,
            bar: { left: bar.offsetLeft, width: bar.clientWidth, height: bar.clientHeight },
            visible: Math.ceil(scroller.clientHeight / sample.offsetHeight),
        });
    look();
    const observer = new ResizeObserver(look);
    observer.observe(scroller);
    return () => observer.disconnect();
}

/** The row that a key leads to. */
function rowAfter(key: string, current: number, count: number, page: number): number | undefined {
    const to: Readonly<Record<string, number>> = {
        ArrowDown: current + 1,
        ArrowUp: current - 1,
        PageDown: current + page - 1,
        PageUp: current - page + 1,
        Home: 0,
        End: count - 1,
    };
    const next = to[key];
    return next === undefined ? undefined : Math.max(0, Math.min(next, count - 1));
}

function rangeAfter(key: string, { range, all }: Props): Range | undefined {
    const middle = (range.from + range.to) / 2;
    if (key === "+" || key === "=") return zoomed(range, 0.5, middle, all);
    if (key === "-") return zoomed(range, 2, middle, all);
    if (key === "0") return all;
    if (key === "ArrowLeft") return moved(range, -0.25, all);
    if (key === "ArrowRight") return moved(range, 0.25, all);
    return undefined;
}

/** With Ctrl, as a pinch on a touchpad says it too, the wheel zooms instead of scrolling. */
function zoomByWheel(event: WheelEvent, { range, all, setRange }: Props): void {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const box = (event.target as Element).closest(".row")?.querySelector("canvas")?.getBoundingClientRect();
    if (!box) return;
    const around = range.from + ((event.clientX - box.left) / box.width) * (range.to - range.from);
    setRange(zoomed(range, event.deltaY > 0 ? 1.25 : 0.8, around, all));
}

/** Scrolls no further than it takes to see a row. */
function reveal(scroller: HTMLElement | null, row: number, height: number): void {
    if (!scroller) return;
    const [above, below] = [row * height, (row + 1) * height - scroller.clientHeight];
    if (scroller.scrollTop > above) scroller.scrollTop = above;
    else if (scroller.scrollTop < below) scroller.scrollTop = below;
}
