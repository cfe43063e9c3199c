/** Reads how long something lasts, or until when, as people write it. */
import { InvalidArgumentError } from "commander";

/** So many seconds, or a moment in milliseconds since 1970. */
export type SpanOrMoment = { readonly seconds: number } | { readonly moment: number };

const UNITS = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 } as const;

/** A year: a longer span is a slip of the pen. Seconds. */
const MAX_SECONDS = 366 * 86_400;

/** `90s`, `30m`, `2h`, `1d`, or several as in `1h30m`, in seconds. */
export function toSeconds(text: string): number {
    const parts = [...text.replaceAll(" ", "").matchAll(/(\d+)(s|min|m|h|d)/g)];
    const seconds = parts.reduce(
        (sum, [, number, unit]) => sum + Number(number) * UNITS[unit as keyof typeof UNITS],
        0,
    );
    const isWhole = parts.map(([part]) => part).join("") === text.replaceAll(" ", "");
    if (isWhole && seconds > 0 && seconds <= MAX_SECONDS) return seconds;
    throw new InvalidArgumentError("It must be a time such as 30m, 2h or 1h30m, at most a year.");
}

/** A date and a time with its zone, in milliseconds since 1970. */
export function toMoment(text: string): number {
    const date = /^(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/.exec(text)?.[1];
    const moment = Date.parse(text);
    // JavaScript takes 30 February for 2 March.
    const exists = date !== undefined && new Date(`${date}T00:00:00Z`).toJSON()?.startsWith(date);
    if (exists === true && !Number.isNaN(moment)) return moment;
    throw new InvalidArgumentError(
        "It must be a date and a time with its zone, such as 2027-01-31T18:00:00+01:00.",
    );
}

/** A time such as `6h`, or a moment. */
export function toSpanOrMoment(text: string): SpanOrMoment {
    if (/^\d{4}-/.test(text)) return { moment: toMoment(text) };
    try {
        return { seconds: toSeconds(text) };
    } catch {
        throw new InvalidArgumentError(
            "It must be a time such as 90m or 6h, or a date and a time with its zone, such as 2027-01-31T18:00:00+01:00.",
        );
    }
}
