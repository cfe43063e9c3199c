/**
 * The example's messages, made from the data: Seattle's weather day by day, 2012 to 2015, one message for each month. A message
 * carries its month's rows, so that the job needs nothing besides it, on AWS as well as here. As a program it prints them as
 * the lines that `npm start -- --messages` reads.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

export interface WeatherMessage {
    body: { arguments: { "--month": string; "--rows": string } };
    /** The year: months of one year stay in order in the queue. */
    group: string;
}

/** The data: README.md has their source and licence. */
export const WEATHER_FILE = path.join(import.meta.dirname, "seattle-weather.csv");

/** Whether this is the repository. The package that npm installs has no example. */
export function isExampleHere(): boolean {
    return existsSync(WEATHER_FILE);
}

/** @param csv a header, then rows that begin with a date such as 2012-01-31 */
export function weatherMessages(csv: string = readFileSync(WEATHER_FILE, "utf8")): WeatherMessage[] {
    const months = new Map<string, string[]>();
    for (const row of csv.split(/\r?\n/).slice(1)) {
        if (row === "") continue;
        const month = row.slice(0, "2012-01".length);
        const rows = months.get(month);
        if (rows) rows.push(row);
        else months.set(month, [row]);
    }
    return [...months].map(([month, rows]) => ({
        body: { arguments: { "--month": month, "--rows": rows.join(";") } },
        group: month.slice(0, 4),
    }));
}

if (process.argv[1] === import.meta.filename) {
    for (const message of weatherMessages()) console.log(JSON.stringify(message));
}
