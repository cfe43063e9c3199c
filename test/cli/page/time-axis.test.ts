import assert from "node:assert/strict";
import { clockTime, moved, ticks, zoomed } from "../../../cli/page/time-axis.ts";

const ALL = { from: 0, to: 1000 };

describe("the time axis of a page", () => {
    it("has ticks at even distances, no more than fit", () => {
        assert.deepEqual(
            ticks({ from: 50_000, to: 200_000 }, 5),
            [60_000, 90_000, 120_000, 150_000, 180_000],
        );
    });

    it("has ticks in a run of years", () => {
        assert.ok(ticks({ from: 0, to: 1e12 }, 4).length <= 5);
    });

    it("says a moment as the time since the first message", () => {
        assert.deepEqual(
            [clockTime(0), clockTime(3_725_000), clockTime(183_600_000), clockTime(1250, 500)],
            ["0:00:00", "1:02:05", "2 d 03:00", "0:00:01.250"],
        );
    });

    it("keeps the moment under the pointer in its place when it zooms", () => {
        assert.deepEqual(zoomed(ALL, 0.5, 250, ALL), { from: 125, to: 625 });
    });

    it("shows no more than the run", () => {
        assert.deepEqual(zoomed({ from: 100, to: 900 }, 2, 500, ALL), ALL);
    });

    it("moves no further than the run's ends", () => {
        assert.deepEqual(moved({ from: 100, to: 300 }, -1, ALL), { from: 0, to: 200 });
        assert.deepEqual(moved({ from: 700, to: 900 }, 1, ALL), { from: 800, to: 1000 });
    });
});
