/** The example's results: what the 48 jobs printed, as one table of Seattle's months. */
import type { MonthSummary } from "../../examples/weather/aggregate.ts";
import { table } from "./report.ts";

const KINDS = ["sun", "rain", "drizzle", "fog", "snow"];

/**
 * @param results a month's line of JSON for each message, undefined where there is none
 * @param isWhole whether months without a result are shown: jobs that failed, not jobs that never came to run
 */
export function monthTable(
    results: readonly (string | undefined)[],
    label: (message: number) => string,
    isWhole = true,
): string {
    const head = ["Month", "Mean", "Max", "Min", "mm", ...KINDS.map(capitalized)];
    const rows = results.flatMap((line, message) => {
        const month = line === undefined ? undefined : parse(line);
        if (month) return [cells(month)];
        return isWhole ? [[label(message), ...head.slice(1).map(() => "–")]] : [];
    });
    const made = table(
        head,
        rows,
        head.slice(1).map((_, column) => column + 1),
    );
    return `Seattle by month: °C, millimetres of rain, days of each kind of weather\n${made}`;
}

function cells({ month, temperature, precipitation, weather }: MonthSummary): string[] {
    const { mean, max, min } = temperature;
    return [
        ...[month, mean.toFixed(1), max.toFixed(1), min.toFixed(1), precipitation.toFixed(1)],
        ...KINDS.map((kind) => String(weather[kind] ?? 0)),
    ];
}

/** A command may print anything. */
function parse(line: string): MonthSummary | undefined {
    try {
        const value = JSON.parse(line) as Partial<MonthSummary> | null;
        const isMonth = typeof value?.month === "string" && typeof value.temperature?.mean === "number";
        return isMonth ? (value as MonthSummary) : undefined;
    } catch {
        return undefined;
    }
}

function capitalized(word: string): string {
    return word.slice(0, 1).toUpperCase() + word.slice(1);
}
