import assert from "node:assert/strict";
import { weatherTable } from "../../../cli/run/weather-table.ts";

const january = JSON.stringify({
    month: "2012-01",
    days: 31,
    temperature: { mean: 4.26, max: 12.8, min: -1.1 },
    precipitation: 173.3,
    weather: { rain: 18, snow: 4 },
});

/** The cells of the table's rows, without its heads. */
function rows(results: readonly (string | undefined)[], isComplete: boolean): string[][] {
    return weatherTable(results, (message) => `month ${message + 1}`, isComplete)
        .split("\n")
        .filter((line) => line.startsWith("│"))
        .slice(1)
        .map((line) =>
            line
                .split("│")
                .slice(1, -1)
                .map((cell) => cell.trim()),
        );
}

const nothing = Array.from({ length: 9 }, () => "–");

describe("The table of the weather", () => {
    it("has a row for each month's result", () => {
        assert.deepEqual(rows([january], true), [
            ["2012-01", "4.3", "12.8", "-1.1", "173.3", "0", "18", "0", "0", "4"],
        ]);
    });

    it("shows a month whose job printed nothing once the run is complete", () => {
        assert.deepEqual(rows([undefined], true), [["month 1", ...nothing]]);
    });

    it("leaves out a month whose job has not ended", () => {
        assert.deepEqual(
            rows([undefined, january], false).map(([month]) => month),
            ["2012-01"],
        );
    });

    for (const printed of [
        "no JSON",
        "null",
        "3",
        '{"month":"2012-01"}',
        '{"month":5,"temperature":{"mean":1}}',
    ]) {
        it(`shows no result for a job that printed ${printed}`, () => {
            assert.deepEqual(rows([printed], true), [["month 1", ...nothing]]);
        });
    }
});
