/** The time axis of curves and bars: which part of a run is shown, and where its ticks stand. */

/** A part of a run, in milliseconds. */
export interface Range {
    readonly from: number;
    readonly to: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS = [
    ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
    ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
    ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
    ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
    ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((days) => days * DAY),
];

/** Moments at even distances, at most `most` of them. */
export function ticks({ from, to }: Range, most: number): number[] {
    const step = STEPS.find((each) => (to - from) / each <= most) ?? Math.max(1, to - from);
    const times: number[] = [];
    for (let time = Math.ceil(from / step) * step; time <= to; time += step) times.push(time);
    return times;
}

/** A moment as hours, minutes and seconds since the first message: `0:05:00`, `2 d 03:00`. */
export function clockTime(time: number, step = SECOND): string {
    const whole = Math.floor(time / SECOND);
    const [days, hours] = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24];
    const two = (number: number): string => String(number).padStart(2, "0");
    const minutes = two(Math.floor(whole / 60) % 60);
    if (days > 0) return `${days} d ${two(hours)}:${minutes}`;
    const fraction = step < SECOND ? `.${String(Math.floor(time % SECOND)).padStart(3, "0")}` : "";
    return `${hours}:${minutes}:${two(whole % 60)}${fraction}`;
}

/** The least that can be shown, in milliseconds. */
const LEAST = 20;

/** The range with a factor more or less time around a moment, inside of `all`. */
export function zoomed(range: Range, factor: number, around: number, all: Range): Range {
    const width = Math.min(all.to - all.from, Math.max(LEAST, (range.to - range.from) * factor));
    const share = (around - range.from) / Math.max(1, range.to - range.from);
    return inside(around - share * width, width, all);
}

/** The range moved by a share of its width, inside of `all`. */
export function moved(range: Range, share: number, all: Range): Range {
    const width = range.to - range.from;
    return inside(range.from + share * width, width, all);
}

function inside(from: number, width: number, all: Range): Range {
    const start = Math.max(all.from, Math.min(from, all.to - width));
    return { from: start, to: start + width };
}
