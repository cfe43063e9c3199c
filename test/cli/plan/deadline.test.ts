import assert from "node:assert/strict";
import fc from "fast-check";
import { lowestLimit } from "../../../cli/plan/deadline.ts";
import type { Trial } from "../../../cli/plan/trial.ts";

/** A batch at a limit, if jobs of ten seconds start without any pause but `pause` seconds before each. */
function trial(jobs: number, limit: number, pause: number): Trial {
    const makespan = Math.ceil(jobs / limit) * (10 + pause);
    return { limit, timings: { makespan } } as Trial;
}

const someLimits = fc.record({
    jobs: fc.integer({ min: 1, max: 300 }),
    pause: fc.integer({ min: 0, max: 30 }),
    doneBySeconds: fc.integer({ min: 1, max: 4000 }),
});

describe("The lowest limit that is done in time", () => {
    it("is the one that trying every limit finds", async () => {
        const property = fc.asyncProperty(someLimits, async ({ jobs, pause, doneBySeconds }) => {
            const search = { jobs, workSeconds: jobs * 10 * 0.9, doneBySeconds };
            const found = await lowestLimit(search, async (limit) => trial(jobs, limit, pause));
            let expected: number | undefined;
            for (let limit = jobs; limit >= 1; limit--) {
                if (trial(jobs, limit, pause).timings.makespan <= doneBySeconds) expected = limit;
            }
            assert.ok(found !== undefined);
            assert.equal(found === "none" ? undefined : found.limit, expected);
        });
        await fc.assert(property);
    });

    it("is found with few trials", async () => {
        const tried: number[] = [];
        const search = { jobs: 1000, workSeconds: 9000, doneBySeconds: 600 };
        await lowestLimit(search, async (limit) => {
            tried.push(limit);
            return trial(1000, limit, 30);
        });
        assert.ok(tried.length <= 12, tried.join());
        assert.equal(new Set(tried).size, tried.length);
    });

    it("is left open when a trial is interrupted", async () => {
        const search = { jobs: 10, workSeconds: 100, doneBySeconds: 50 };
        for (const at of [1, 2, 3, 4]) {
            let tries = 0;
            const attempt = async (limit: number): Promise<Trial | undefined> =>
                ++tries < at ? trial(10, limit, 6) : undefined;
            assert.equal(await lowestLimit(search, attempt), undefined);
        }
    });
});
