import assert from "node:assert/strict";
import { clockTime, moment, secondsSince, shortTime } from "../../../cli/operate/when.ts";

describe("Times for people", () => {
    const at = (year: number, month: number, day: number, hour = 0, minute = 0): number =>
        new Date(year, month - 1, day, hour, minute).getTime();

    it("name the zone", () => {
        assert.match(clockTime(at(2026, 1, 2, 3, 4)), /^03:04:00 [+-]\d\d:\d\d$/);
    });

    it("leave out the date of today", () => {
        assert.equal(shortTime(at(2026, 1, 2, 3, 4), at(2026, 1, 2, 9)), "03:04:00");
    });

    it("have the date of another day", () => {
        assert.equal(shortTime(at(2026, 1, 2, 3, 4), at(2026, 1, 3)), "2026-01-02 03:04:00");
        assert.match(moment(at(2026, 1, 2, 3, 4), at(2026, 1, 3)), /^2026-01-02 03:04 [+-]\d\d:\d\d$/);
    });

    it("have no negative age", () => {
        assert.equal(secondsSince("2026-01-01T00:00:01Z", Date.parse("2026-01-01T00:00:00Z")), 0);
    });
});
