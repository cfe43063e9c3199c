import assert from "node:assert/strict";
import fc from "fast-check";
import { Statistics, idealMakespan, quantile } from "../../../cli/run/statistics.ts";

describe("the statistics of a run", () => {
    /** Two slots, three messages sent at 0; two start at 10 s, the third 2 s after the first slot came free at 70 s. */
    function example(): Statistics {
        const statistics = new Statistics();
        for (let message = 0; message < 3; message++) statistics.messageSent(0);
        const first = statistics.runStarted(0, 10_000);
        const second = statistics.runStarted(1, 10_000);
        statistics.runEnded(first, 70_000);
        statistics.messageEnded(0, "done", 71_000);
        const third = statistics.runStarted(2, 72_000);
        statistics.runEnded(second, 110_000);
        statistics.messageEnded(1, "done", 111_000);
        statistics.runEnded(third, 132_000);
        statistics.messageEnded(2, "failed", 133_000);
        return statistics;
    }

    it("count messages and runs by what has become of them", () => {
        const statistics = example();
        const { sent, waiting, running, peak, done, failed, runs } = statistics;
        assert.deepEqual(
            { sent, waiting, running, peak, done, failed, runs },
            { sent: 3, waiting: 0, running: 0, peak: 2, done: 2, failed: 1, runs: 3 },
        );
        assert.deepEqual([...statistics.open()], []);
    });

    it("measure waits from sending to the first start, and idle slots from the end of one run to the start of the next", () => {
        assert.deepEqual(example().timings(2, 133_000), {
            waitMedian: 10,
            wait95: 72,
            waitLongest: 72,
            makespan: 132,
            idealMakespan: 120,
            idleMedian: 2,
            idle95: 2,
            busy: 220,
        });
    });

    it("do not count a slot as idle that came free with nobody in line", () => {
        const statistics = new Statistics();
        statistics.messageSent(0);
        statistics.runEnded(statistics.runStarted(0, 0), 1000);
        statistics.messageSent(500_000);
        statistics.runStarted(1, 600_000);
        assert.ok(Number.isNaN(statistics.timings(1, 600_000).idleMedian));
    });

    it("measure one wait, to the first run, when a job is tried again", () => {
        const statistics = new Statistics();
        statistics.messageSent(0);
        statistics.runEnded(statistics.runStarted(0, 1000), 2000);
        statistics.runStarted(0, 9000);
        assert.equal(statistics.timings(1, 9000).waitMedian, 1);
        assert.equal(statistics.runs, 2);
    });

    it("count only the first end of a message", () => {
        const statistics = new Statistics();
        statistics.messageSent(0);
        statistics.messageEnded(0, "failed", 1000);
        statistics.messageEnded(0, "done", 2000);
        assert.equal(statistics.failed, 1);
        assert.equal(statistics.done, 0);
    });

    it("do not count a message as waiting that ended without a run", () => {
        const statistics = new Statistics();
        statistics.messageSent(0);
        statistics.messageEnded(0, "failed", 1000);
        assert.equal(statistics.waiting, 0);
    });

    it("estimate the time left from the jobs that have ended", () => {
        const statistics = new Statistics();
        for (let message = 0; message < 5; message++) statistics.messageSent(0);
        assert.ok(Number.isNaN(statistics.secondsLeft(1, 0, 5)));
        statistics.runEnded(statistics.runStarted(0, 0), 10_000);
        statistics.runStarted(1, 10_000);
        assert.equal(statistics.secondsLeft(1, 14_000, 5), 36);
    });

    it("know no time left when all that runs takes longer than the jobs so far", () => {
        const statistics = new Statistics();
        for (let message = 0; message < 2; message++) statistics.messageSent(0);
        statistics.runEnded(statistics.runStarted(0, 0), 10_000);
        statistics.runStarted(1, 10_000);
        assert.ok(Number.isNaN(statistics.secondsLeft(1, 30_000, 2)));
    });

    it("have no numbers for an empty run", () => {
        const timings = new Statistics().timings(3, 0);
        assert.ok(Number.isNaN(timings.waitMedian));
        assert.equal(timings.idealMakespan, 0);
    });
});

describe("the ideal makespan", () => {
    it("is what the same jobs need in the same order, with no gap", () => {
        assert.equal(idealMakespan([4, 1, 1, 5], 2), 7);
    });

    it("is never below the sum over the slots, nor the longest job, and never above the sum", () => {
        fc.assert(
            fc.property(
                fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1 }),
                fc.integer({ min: 1, max: 20 }),
                (jobs, limit) => {
                    const sum = jobs.reduce((total, job) => total + job, 0);
                    const ideal = idealMakespan(jobs, limit);
                    assert.ok(ideal >= sum / limit && ideal >= Math.max(...jobs) && ideal <= sum);
                },
            ),
        );
    });
});

describe("a quantile", () => {
    it("is a number of the list, by nearest rank", () => {
        assert.equal(quantile([3, 1, 2], 0.5), 2);
        assert.equal(quantile([1, 2, 3, 4], 0.5), 2);
        assert.equal(quantile([1, 2, 3, 4], 0.95), 4);
        assert.equal(quantile([7], 0), 7);
    });

    it("is NaN of no numbers", () => {
        assert.ok(Number.isNaN(quantile([], 0.5)));
    });
});
