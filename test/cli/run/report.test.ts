import assert from "node:assert/strict";
import { charge, pricesOf } from "../../../cli/lib/prices.ts";
import { isGood, toJson, toText } from "../../../cli/run/report.ts";
import type { Report } from "../../../cli/run/report.ts";

const good: Report = {
    stack: "dev",
    region: "us-east-1",
    seed: 1,
    limit: 10,
    jobKind: "example",
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
        waitMedian: 600,
        wait95: 1800,
        waitLongest: 3600,
        makespan: 3000,
        idealMakespan: 2900,
        idleMedian: 1.5,
        idle95: 2.25,
        busy: 29_000,
    },
    usage: {
        transitions: 800,
        writeUnits: 1000,
        readUnits: 200,
        invocations: 400,
        gigabyteSeconds: 10,
        queueRequests: 300,
        notifications: 0,
    },
    failures: [],
    retrying: [],
    jobs: [],
    isSurprised: false,
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

    const shown: Readonly<Record<string, RegExp>> = {
        "how many jobs are done and have failed": /Jobs +│ 100 done, 0 failed/,
        "how many jobs ran at most": /Running at most +│ 10 of 10 /,
        "how long messages waited": /Waiting +│ median 10 min, 95th percentile 30 min/,
        "the makespan, and the ideal one": /Makespan +│ 50 min; ideal 48 min 20 s \(\+3\.4 %\)/,
        "how long slots were idle": /Slot idle between jobs +│ median 1\.5 s, 95th percentile 2\.3 s/,
        "transitions for each job": /Billed transitions a job +│ 8 /,
        "write units for each job": /Write units a job +│ 10 /,
        "invocations for each job": /Invocations a job +│ 4 /,
        "what it would cost on AWS":
            /Cost on AWS without Glue +│ \$0\.0\d+ in all, \$0\.2\d for 1,000 such jobs/,
        "that times are modelled": /times are modelled/,
        "the region of the prices": /prices of us-east-1/,
        "the date of the prices": /list prices of \d{4}-\d\d-\d\d/,
    };
    for (const [what, expected] of Object.entries(shown)) {
        it(`shows ${what}`, () => assert.match(toText(good), expected));
    }

    it("has lines of at most 80 characters", () => {
        for (const line of toText(good).split("\n")) assert.ok(line.length <= 80, line);
    });

    it("is loud when the limit did not hold", () => {
        assert.match(toText({ ...good, peakRunning: 11 }), /11 of 10: THE LIMIT DID NOT HOLD/);
    });

    it("names failed jobs with their causes, ten of them at most", () => {
        const failures = Array.from({ length: 12 }, (_, index) => ({
            message: `line ${index + 1}`,
            cause: "exit 3",
        }));
        const text = toText({ ...good, done: 88, failed: 12, failures });
        assert.match(text, /12 jobs failed:\n {2}line 1: exit 3\n/);
        assert.match(text, /and 2 more/);
    });

    it("shows where the output of real commands is, and does not call their times modelled", () => {
        const text = toText({ ...good, jobKind: "command", output: "/tmp/runs" });
        assert.match(text, /Times are real/);
        assert.match(text, /\/tmp\/runs/);
        assert.doesNotMatch(text, /modelled/);
    });

    it("tells further attempts from jobs", () => {
        const text = toText({ ...good, runs: 103, furtherAttempts: 3 });
        assert.match(text, /Glue runs +│ 103, with 3 further attempts/);
    });

    it("shows how many messages were sent when a run ends before all were", () => {
        const text = toText({ ...good, end: "interrupted", sent: 40, done: 30 });
        assert.match(text, /Sent +│ 40 of 100/);
        assert.match(text, /Jobs +│ 30 done, 0 failed, 70 not ended/);
    });

    it("says that jobs do nothing where messages are generated", () => {
        assert.match(
            toText({ ...good, jobKind: "modelled" }),
            /The jobs do nothing\. The times are modelled/,
        );
    });

    it("says which quota of Glue's it assumes at a limit above the default", () => {
        assert.match(toText({ ...good, limit: 5000 }), /quota of concurrent runs is raised to 10,000/);
    });

    it("names the file with a failed job's errors", () => {
        const failures = [{ message: "line 1", cause: "exit 3", output: "0001.stderr" }];
        assert.match(toText({ ...good, done: 99, failed: 1, failures }), /line 1: exit 3 \(0001\.stderr\)/);
    });

    it("can be made of a run in which nothing happened", () => {
        const { NaN: none } = Number;
        const timings = {
            waitMedian: none,
            wait95: none,
            waitLongest: none,
            makespan: none,
            idealMakespan: 0,
            idleMedian: none,
            idle95: none,
            busy: 0,
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

    it("is one object for programs", () => {
        const json = toJson(good, true) as { good: boolean; limitHeld: boolean };
        assert.equal(json.good, true);
        assert.equal(json.limitHeld, true);
        assert.doesNotThrow(() => JSON.stringify(json));
    });

    it("has the cost by service, for programs", () => {
        const { cost } = toJson(good, true) as {
            cost: { dollars: number; byService: Record<string, number> };
        };
        assert.equal(cost.byService["Step Functions"], 0.02);
        const sum = Object.values(cost.byService).reduce((total, amount) => total + amount, 0);
        assert.ok(Math.abs(cost.dollars - sum) < 1e-12);
    });
});

describe("the prices", () => {
    it("charge each unit once", () => {
        const { prices } = pricesOf("us-east-1");
        const usage = {
            transitions: 1000,
            writeUnits: 1_000_000,
            readUnits: 1_000_000,
            invocations: 1_000_000,
            gigabyteSeconds: 0,
            queueRequests: 1_000_000,
            notifications: 0,
        };
        const charges = charge(usage, prices);
        const expected = { "Step Functions": 0.025, DynamoDB: 0.75, Lambda: 0.2, SQS: 0.5, SNS: 0 };
        for (const [service, amount] of Object.entries(expected)) {
            assert.ok(Math.abs((charges[service] ?? Number.NaN) - amount) < 1e-9, service);
        }
    });

    it("are those of us-east-1 for a region that is not listed, and name it", () => {
        assert.equal(pricesOf("us-west-2").region, "us-west-2");
        assert.equal(pricesOf("eu-central-1").region, "us-east-1");
    });
});
