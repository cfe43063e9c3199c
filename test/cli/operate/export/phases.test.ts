import assert from "node:assert/strict";
import fc from "fast-check";
import { phasesOf } from "../../../../cli/operate/export/phases.ts";
import type { Story } from "../../../../cli/operate/export/phases.ts";
import { HOLDING_STATES } from "../../../../workflow/states.ts";

const NO_STORY: Story = { acceptedAt: 0, until: 100, entered: [], runs: [], cooldownMillis: 0 };

/** The phases of a story, each with how long it took. */
function phases(given: Partial<Story>): [string, number][] {
    return phasesOf({ ...NO_STORY, ...given }).map(({ phase, from, to }) => [phase, to - from]);
}

const STATES = [
    "Enter line",
    "Wait in line",
    "Acquire slot",
    "Back off",
    "Close job",
    "Notify",
    ...HOLDING_STATES,
];

const stories = fc
    .record({
        acceptedAt: fc.integer({ min: 0, max: 50 }),
        lasts: fc.integer({ min: 1, max: 500 }),
        entered: fc.array(
            fc.record({ state: fc.constantFrom(...STATES), at: fc.integer({ min: 0, max: 600 }) }),
        ),
        runs: fc.array(
            fc.record({
                startedAt: fc.integer({ min: 0, max: 600 }),
                runningAt: fc.option(fc.integer({ min: 0, max: 600 }), { nil: undefined }),
                endedAt: fc.option(fc.integer({ min: 0, max: 600 }), { nil: undefined }),
            }),
        ),
        cooldownMillis: fc.integer({ min: 0, max: 50 }),
    })
    .map(({ lasts, entered, ...story }) => ({
        ...story,
        until: story.acceptedAt + lasts,
        entered: entered.sort((one, other) => one.at - other.at),
    }));

describe("The phases of a message", () => {
    it("are one after the other, from the accepting on, whatever AWS says", () => {
        const property = fc.property(stories, (story) => {
            let at = story.acceptedAt;
            for (const { from, to } of phasesOf(story)) {
                assert.ok(from >= at && to > from && to <= story.until);
                at = to;
            }
        });
        fc.assert(property);
    });

    it("are waiting until the execution is there", () => {
        assert.deepEqual(phases({}), [["waiting", 100]]);
    });

    it("have a run that is brought up, runs, cools down, while its execution takes longer to notice", () => {
        const entered = [
            { state: "Enter line", at: 1 },
            { state: "Acquire slot", at: 10 },
            { state: "Run job", at: 12 },
            { state: "Release slot", at: 80 },
            { state: "Close job", at: 81 },
        ];
        const runs = [{ startedAt: 13, runningAt: 20, endedAt: 50 }];
        assert.deepEqual(phases({ entered, runs, cooldownMillis: 5 }), [
            ["waiting", 12],
            ["starting", 8],
            ["running", 30],
            ["cooling down", 5],
            ["closing", 45],
        ]);
    });

    it("have two runs, and the pause between them", () => {
        const entered = [
            { state: "Enter line", at: 0 },
            { state: "Run job", at: 10 },
            { state: "Release after failure", at: 30 },
            { state: "Back off", at: 31 },
            { state: "Wait in line", at: 60 },
            { state: "Run job", at: 70 },
        ];
        const runs = [
            { startedAt: 10, runningAt: 12, endedAt: 28 },
            { startedAt: 70, runningAt: 75, endedAt: undefined },
        ];
        // Clocks that differ by seconds would hide a story of milliseconds.
        const seconds = <T extends object>(times: T): T =>
            Object.fromEntries(
                Object.entries(times).map(([name, value]) => [
                    name,
                    typeof value === "number" ? value * 1000 : (value as unknown),
                ]),
            ) as T;
        const found = phases({ until: 100_000, entered: entered.map(seconds), runs: runs.map(seconds) });
        assert.deepEqual(found, [
            ["waiting", 10_000],
            ["starting", 2000],
            ["running", 16_000],
            ["closing", 3000],
            ["backing off", 29_000],
            ["waiting", 10_000],
            ["starting", 5000],
            ["running", 25_000],
        ]);
    });

    it("are starting while Glue has no run of it", () => {
        assert.deepEqual(phases({ entered: [{ state: "Run job", at: 40 }] }), [
            ["waiting", 40],
            ["starting", 60],
        ]);
    });
});
