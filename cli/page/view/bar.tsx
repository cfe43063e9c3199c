/** The bar of one message, on a canvas. Phases differ in height and pattern, not in colour alone. */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Phase } from "../data.ts";
import type { Span } from "../messages.ts";
import type { Range } from "../time-axis.ts";
import { color, useDark } from "./theme.tsx";

/** How much of the bar's height a phase takes, and the colour that the style names for it. */
const LOOKS: Readonly<Record<Phase, { readonly share: number; readonly color: string }>> = {
    waiting: { share: 0.2, color: "waiting" },
    starting: { share: 0.6, color: "starting" },
    running: { share: 1, color: "running" },
    "cooling down": { share: 0.6, color: "cooling" },
    closing: { share: 0.2, color: "closing" },
    "backing off": { share: 0.4, color: "backing" },
};

/** Phases with gaps between strokes: so many pixels on, so many off. */
const DASHES: Partial<Record<Phase, readonly [on: number, off: number]>> = {
    "cooling down": [3, 2],
    closing: [1, 2],
    "backing off": [2, 3],
};

/** The end of a run that has failed is marked: so many pixels of it. */
const FAILED_WIDTH = 4;

interface Props {
    readonly spans: readonly Span[];
    readonly range: Range;
    readonly width: number;
    readonly height: number;
    /** Where the cross of a failure stands. */
    readonly failedAt: number | undefined;
}

export function BarCanvas(props: Props) {
    const canvas = useRef<HTMLCanvasElement>(null);
    const dark = useDark();
    const { width, height } = props;
    useLayoutEffect(() => {
        const context = canvas.current?.getContext("2d");
        if (!canvas.current || !context) return;
        const ratio = devicePixelRatio;
        canvas.current.width = Math.max(1, Math.round(width * ratio));
        canvas.current.height = Math.round(height * ratio);
        context.scale(ratio, ratio);
        draw(context, props);
    }, [props.spans, props.range, width, height, dark]);
    return <canvas ref={canvas} aria-hidden="true" style={{ width: `${width}px`, height: `${height}px` }} />;
}

function draw(context: CanvasRenderingContext2D, { spans, range, width, height, failedAt }: Props): void {
    const scale = width / Math.max(1, range.to - range.from);
    for (const span of spans) {
        const { phase, from, to } = span;
        if (to <= range.from || from >= range.to) continue;
        const left = Math.max(0, (from - range.from) * scale);
        const right = Math.min(width, (to - range.from) * scale);
        const look = LOOKS[phase];
        context.fillStyle = color(look.color);
        const [top, tall] = [(height * (1 - look.share)) / 2, height * look.share];
        const [on, off] = DASHES[phase] ?? [Infinity, 0];
        // What is too short to be seen is a pixel wide.
        const end = Math.max(right, left + 1);
        for (let x = left; x < end; x += on + off) context.fillRect(x, top, Math.min(on, end - x), tall);
        if (span.hasFailed === true && to <= range.to) {
            context.fillStyle = color("failed");
            context.fillRect(
                Math.max(left, end - FAILED_WIDTH),
                top,
                Math.min(FAILED_WIDTH, end - left),
                tall,
            );
        }
    }
    if (failedAt !== undefined)
        cross(context, Math.min(width - 6, Math.max(6, (failedAt - range.from) * scale)), height);
}

function cross(context: CanvasRenderingContext2D, x: number, height: number): void {
    const [middle, arm] = [height / 2, 4];
    for (const [style, width] of [
        ["surface", 5],
        ["failed", 2.5],
    ] as const) {
        context.strokeStyle = color(style);
        context.lineWidth = width;
        context.beginPath();
        context.moveTo(x - arm, middle - arm);
        context.lineTo(x + arm, middle + arm);
        context.moveTo(x + arm, middle - arm);
        context.lineTo(x - arm, middle + arm);
        context.stroke();
    }
}
