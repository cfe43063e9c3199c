/** The example's results: what its 48 jobs printed, as one table of Seattle's months. */
import type { MonthSummary } from "../../examples/weather/aggregate.ts";
import { table } from "./table.ts";

const KINDS = ["sun", "rain", "drizzle", "fog", "snow"];

/**
 * @param results a line of JSON for each message; undefined where its job printed none
 * @param isComplete whether the run was: then a month without a result is shown, because its job failed
 */
export function weatherTable(
    results: readonly (string | undefined)[],
    label: (message: number) => string,
    isComplete: boolean,
): string {
    const head = ["Month", "Mean", "Max", "Min", "mm", ...KINDS.map(capitalized)];
    const numbers = head.slice(1);
    const rows = results.flatMap((line, message) => {
        const month = line === undefined ? undefined : parse(line);
        if (month) return [cells(month)];
        return isComplete ? [[label(message), ...numbers.map(() => "–")]] : [];
    });
    const right = numbers.map((_, column) => column + 1);
    return `Seattle by month: °C, millimetres of rain, days by kind of weather\n${table(head, rows, right)}`;
}

function cells({ month, temperature, precipitation, weather }: MonthSummary): string[] {
    return [
        month,
        temperature.mean.toFixed(1),
        temperature.max.toFixed(1),
        temperature.min.toFixed(1),
        precipitation.toFixed(1),
        ...KINDS.map((kind) => String(weather[kind] ?? 0)),
    ];
}

/** The summary in a line; undefined where a command printed something else. */
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
