import assert from "node:assert/strict";
import { count, dollars, duration, each, plural } from "../../../cli/run/text.ts";

describe("numbers in words", () => {
    it("say durations in the two largest units that matter", () => {
        const said: [number, string][] = [
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
        for (const [seconds, expected] of said) assert.equal(duration(seconds), expected);
    });

    it("say money to the digits that mean something", () => {
        assert.equal(dollars(0), "$0.00");
        assert.equal(dollars(1234.5), "$1,234.50");
        assert.equal(dollars(0.01234), "$0.012");
    });

    it("say how many of something, and how many for each job", () => {
        assert.equal(count(12_345), "12,345");
        assert.equal(each(25, 10), "2.5");
        assert.equal(each(80, 10), "8");
        assert.equal(each(1, 0), "–");
        assert.equal(plural(1, "job"), "1 job");
        assert.equal(plural(0, "job"), "0 jobs");
    });
});
