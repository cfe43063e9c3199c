import assert from "node:assert/strict";
import { count, dollars, duration, each, plural } from "../../../cli/lib/format.ts";

describe("numbers for people", () => {
    it("are durations in their two largest units", () => {
        const written: [number, string][] = [
            [0, "0.0 s"],
            [0.44, "0.4 s"],
            [9.96, "10 s"],
            [59.4, "59 s"],
            [59.6, "1 min"],
            [200, "3 min 20 s"],
            [3599.6, "1 h"],
            [7500, "2 h 5 min"],
            [86_399, "1 d"],
            [273_600, "3 d 4 h"],
            [Number.NaN, "–"],
        ];
        for (const [seconds, expected] of written) assert.equal(duration(seconds), expected);
    });

    it("are dollars with cents, or with two significant digits below ten cents", () => {
        assert.equal(dollars(0), "$0.00");
        assert.equal(dollars(1234.5), "$1,234.50");
        assert.equal(dollars(0.01234), "$0.012");
    });

    it("are counts with commas between thousands", () => {
        assert.equal(count(12_345), "12,345");
    });

    it("are amounts for each job, or a dash without jobs", () => {
        assert.equal(each(25, 10), "2.5");
        assert.equal(each(80, 10), "8");
        assert.equal(each(1, 0), "–");
    });

    it("have a noun in the singular or plural", () => {
        assert.equal(plural(1, "job"), "1 job");
        assert.equal(plural(0, "job"), "0 jobs");
    });
});
