import assert from "node:assert/strict";
import { charge, pricesOf } from "../../../cli/run/prices.ts";
import { isGood, toJson, toText } from "../../../cli/run/report.ts";
import type { Report } from "../../../cli/run/report.ts";

const good: Report = {
    stack: "dev",
    region: "us-east-1",
    seed: 1,
    limit: 10,
    jobKind: "twin",
    end: "complete",
    messages: 100,
    wrongLines: 0,
    sent: 100,
    done: 100,
    failed: 0,
    runs: 100,
    furtherAttempts: 0,
    peakRunning: 10,
    timings: {
        ...{ waitMedian: 600, wait95: 1800, makespan: 3000, idealMakespan: 2900 },
        ...{ idleMedian: 1.5, idle95: 2.25, busy: 29_000 },
    },
    usage: {
        ...{ transitions: 800, writeUnits: 1000, readUnits: 200, invocations: 400 },
        ...{ gigabyteSeconds: 10, queueRequests: 300, notifications: 0 },
    },
    failures: [],
    wallSeconds: 2,
};

describe("a run's report", () => {
    it("is good when every message's job is done and the limit held", () => {
        assert.equal(isGood(good), true);
    });

    const bad: Record<string, Partial<Report>> = {
        "a job failed": { done: 99, failed: 1 },
        "a message did not end": { done: 99 },
        "more jobs ran than the limit": { peakRunning: 11 },
        "a line was wrong": { wrongLines: 1 },
        "it was interrupted": { end: "interrupted" },
        "it was stuck": { end: "stuck" },
    };
    for (const [what, change] of Object.entries(bad)) {
        it(`is not good when ${what}`, () => assert.equal(isGood({ ...good, ...change }), false));
    }

    it("shows everything that was asked of it, in lines of 80 characters at most for the table", () => {
        const text = toText(good);
        for (const expected of [
            /Jobs +│ 100 done, 0 failed/,
            /Running at most +│ 10 of 10 /,
            /Waiting +│ median 10 min, 95th percentile 30 min/,
            /Makespan +│ 50 min; ideal 48 min 20 s \(\+3\.4 %\)/,
            /Slot idle between jobs +│ median 1\.5 s, 95th percentile 2\.3 s/,
            /Billed transitions a job +│ 8 /,
            /Write units a job +│ 10 /,
            /Invocations a job +│ 4 /,
            /Cost on AWS, besides Glue +│ \$0\.0\d+ in all, \$0\.2\d for 1,000 such jobs/,
            /modelled/,
            /prices of us-east-1/,
            /list prices of \d{4}-\d\d-\d\d/,
        ]) {
            assert.match(text, expected);
        }
        for (const line of text.split("\n").filter((line) => /[│┌└├]/.test(line)))
            assert.ok(line.length <= 80, line);
    });

    it("cries out when the limit did not hold", () => {
        assert.match(toText({ ...good, peakRunning: 11 }), /11 of 10: THE LIMIT DID NOT HOLD/);
    });

    it("names failed jobs with their causes, some of many", () => {
        const failures = Array.from({ length: 12 }, (_, index) => ({
            message: `line ${index + 1}`,
            cause: "exit 3",
        }));
        const text = toText({ ...good, done: 88, failed: 12, failures });
        assert.match(text, /12 jobs failed:\n {2}line 1: exit 3\n/);
        assert.match(text, /and 2 more/);
    });

    it("says where the output of real commands is, and does not call their times modelled", () => {
        const text = toText({ ...good, jobKind: "command", output: "/tmp/runs" });
        assert.match(text, /Times are real/);
        assert.match(text, /\/tmp\/runs/);
        assert.doesNotMatch(text, /modelled/);
    });

    it("survives a run in which nothing happened", () => {
        const { NaN: none } = Number;
        const timings = {
            ...{ waitMedian: none, wait95: none, makespan: none, idealMakespan: 0 },
            ...{ idleMedian: none, idle95: none, busy: 0 },
        };
        const empty = {
            ...good,
            sent: 0,
            done: 0,
            runs: 0,
            peakRunning: 0,
            timings,
            end: "interrupted",
        } as const;
        assert.doesNotMatch(toText(empty), /NaN|undefined/);
    });

    it("is one object for programs, with the cost by service", () => {
        const json = toJson(good) as {
            good: boolean;
            limitHeld: boolean;
            cost: { dollars: number; byService: Record<string, number> };
        };
        assert.equal(json.good, true);
        assert.equal(json.limitHeld, true);
        assert.equal(json.cost.byService["Step Functions"], 0.02);
        const sum = Object.values(json.cost.byService).reduce((total, amount) => total + amount, 0);
        assert.ok(Math.abs(json.cost.dollars - sum) < 1e-12);
        assert.doesNotThrow(() => JSON.stringify(json));
    });
});

describe("the prices", () => {
    it("charge each unit once", () => {
        const { prices } = pricesOf("us-east-1");
        const usage = {
            ...{ transitions: 1000, writeUnits: 1_000_000, readUnits: 1_000_000, invocations: 1_000_000 },
            ...{ gigabyteSeconds: 0, queueRequests: 1_000_000, notifications: 0 },
        };
        const charges = charge(usage, prices);
        const expected = { "Step Functions": 0.025, DynamoDB: 0.75, Lambda: 0.2, SQS: 0.5, SNS: 0 };
        for (const [service, amount] of Object.entries(expected)) {
            assert.ok(Math.abs((charges[service] ?? Number.NaN) - amount) < 1e-9, service);
        }
    });

    it("name the region whose prices stand in for one that is not listed", () => {
        assert.equal(pricesOf("us-west-2").region, "us-west-2");
        assert.equal(pricesOf("eu-central-1").region, "us-east-1");
    });
});
