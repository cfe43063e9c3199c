import assert from "node:assert/strict";
import { dayAndMinute, estimate, startText } from "../../../cli/operate/estimate.ts";
import type { Estimates } from "../../../cli/operate/estimate.ts";
import type { Pool } from "../../../cli/operate/pool.ts";
import type { RunView } from "../../../cli/operate/runs.ts";
import type { Gate, Override } from "../../../slots/table.ts";

const NOW = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;

function pool(gate: Partial<Gate>, override?: Override): Pool {
    const seen = new Date(NOW - 10_000).toISOString();
    return {
        now: NOW,
        settings: { value: { limit: 2, cooldownSeconds: 0 } },
        override: { value: override },
        overrideItem: undefined,
        gate: { holders: {}, limit: 2, dispatcherSeen: seen, hasBacklog: false, ...gate },
    };
}

/** Runs that took so many minutes, and one of a holder that has run for so many. */
function runs(took: readonly number[], running: Readonly<Record<string, number>> = {}): RunView[] {
    return [
        ...Object.entries(running).map(([holder, minutes]) => ({
            ...{ id: holder, holder, state: "RUNNING", startedOn: NOW - minutes * MINUTE },
        })),
        ...took.map((minutes, i) => ({
            ...{ id: String(i), holder: `old${i}`, state: "SUCCEEDED", startedOn: NOW - 100 * MINUTE },
            completedOn: NOW - 100 * MINUTE + minutes * MINUTE,
        })),
    ];
}

const since = (minutes: number) => ({ since: NOW - minutes * MINUTE });
const always10 = runs([10, 10, 10, 10, 10], { a: 4, b: 7 });
const held = { a: since(4), b: since(7) };
const minutes = ({ starts }: Estimates): number[] => starts.map(({ at }) => (at - NOW) / MINUTE);

describe("The estimate of starts", () => {
    it("gives each that waits the slot that is free next", () => {
        assert.deepEqual(minutes(estimate(pool({ holders: held }), always10, 0, 4)), [3, 6, 13, 16]);
    });

    it("says what it rests on", () => {
        const { basis } = estimate(pool({ holders: held }), always10, 0, 1);
        assert.deepEqual(basis, { runs: 5, medianSeconds: 600 });
    });

    it("counts slots that are free as free now", () => {
        assert.deepEqual(minutes(estimate(pool({ holders: { a: since(4) } }), always10, 0, 2)), [0, 6]);
    });

    it("adds the cooldown to each run", () => {
        assert.deepEqual(minutes(estimate(pool({ holders: held }), always10, 60, 3)), [4, 7, 15]);
    });

    it("makes no room by those that end first while more run than the limit allows", () => {
        assert.deepEqual(minutes(estimate(pool({ holders: held, limit: 1 }), always10, 0, 2)), [6, 16]);
    });

    it("expects a run that takes longer than usual to take as long as those did that took longer", () => {
        const took = runs([5, 5, 5, 5, 30], { a: 10 });
        assert.deepEqual(minutes(estimate(pool({ holders: { a: since(10) }, limit: 1 }), took, 0, 1)), [20]);
    });

    it("expects a run that takes longer than all to end now", () => {
        const late = estimate(
            pool({ holders: { a: since(99) }, limit: 1 }),
            runs([5, 5, 5, 5, 5], { a: 99 }),
            0,
            1,
        );
        assert.deepEqual(minutes(late), [0]);
    });

    it("takes a holder without a run by the time of its slot, one without a time as new", () => {
        const holders = { a: since(4), b: { since: Number.NaN } };
        assert.deepEqual(minutes(estimate(pool({ holders }), runs([10, 10, 10, 10, 10]), 0, 2)), [6, 10]);
    });

    it("has a range by the quarters of the runs", () => {
        const [start] = estimate(
            pool({ holders: { a: since(0) }, limit: 1 }),
            runs([2, 4, 6, 8, 10], { a: 0 }),
            0,
            1,
        ).starts;
        assert.deepEqual(
            [start?.from, start?.at, start?.to].map((at) => ((at ?? 0) - NOW) / MINUTE),
            [4, 6, 8],
        );
    });

    const nothing: readonly (readonly [string, Partial<Gate>, readonly RunView[]])[] = [
        ["with fewer than five runs", {}, runs([10, 10, 10, 10])],
        ["while the limit is 0", { limit: 0 }, always10],
        ["while the breaker is open", { failures: 5, pauseAfterFailures: 5 }, always10],
        ["while the dispatcher is silent", { dispatcherSeen: "2025-12-31T00:00:00.000Z" }, always10],
    ];
    for (const [when, gate, known] of nothing) {
        it(`says nothing ${when}`, () => {
            assert.deepEqual(estimate(pool(gate), known, 0, 3), { starts: [] });
        });
    }

    it("says before when nothing starts while a pause has an end", () => {
        const until = NOW + 60 * MINUTE;
        const paused = pool({ limit: 0 }, { limit: 0, by: "ana", why: "", until });
        assert.deepEqual(estimate(paused, always10, 0, 3), { starts: [], notBefore: until });
    });

    it("is written as a time, with the day if it is another one", () => {
        const at = new Date(2026, 0, 1, 9, 5).getTime();
        assert.equal(startText({ at, from: at, to: at }, at), "~09:05");
        assert.equal(dayAndMinute(at, at + 86_400_000), "01-01 09:05");
        assert.equal(startText(undefined, at), "");
    });
});
