/** Mistakes that only show where components come together. */
import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { GlueJob, JobWorkflow, TokenBucket, WorkQueue } from "../../components/index.ts";
import type { JobWorkflowArgs } from "../../components/index.ts";
import { failureOf, record } from "../mocks.ts";

const script = new URL("../../examples/weather/aggregate.py", import.meta.url);

function makeBucket(daily: pulumi.Input<number> = 5, backfill: pulumi.Input<number> = 2): TokenBucket {
    return new TokenBucket("slots", { pools: { daily: { limit: daily }, backfill: { limit: backfill } } });
}

function makeJob(maxConcurrentRuns: pulumi.Input<number>): GlueJob {
    return new GlueJob("report", { script, maxConcurrentRuns });
}

/** A workflow on the pool of its name, with a queue of its own. */
function makeWorkflow(pool: string, args: Partial<JobWorkflowArgs> & Pick<JobWorkflowArgs, "bucket">): void {
    const queue = args.queue ?? new WorkQueue(pool);
    new JobWorkflow(`${pool}-jobs`, { pool, queue, jobName: "report", ...args });
}

const isRefused = (build: () => void, says: RegExp) =>
    record(() => {
        assert.throws(build, (error: Error) => {
            assert.match(error.message, /^JobWorkflow "[\w-]+" cannot be created: /);
            assert.match(error.message, says);
            return true;
        });
    });

describe("Two workflows", () => {
    it("may not serve the same pool", () =>
        isRefused(() => {
            const bucket = makeBucket();
            makeWorkflow("daily", { bucket });
            const queue = new WorkQueue("other");
            new JobWorkflow("others", { pool: "daily", queue, bucket, jobName: "report" });
        }, /: pool daily has the workflow "daily-jobs" already; expected a pool for each workflow/));

    it("may not take the messages of the same queue", () =>
        isRefused(() => {
            const bucket = makeBucket();
            const queue = new WorkQueue("work");
            makeWorkflow("daily", { bucket, queue });
            makeWorkflow("backfill", { bucket, queue });
        }, /: its queue has the workflow "daily-jobs" already; expected a queue for each workflow/));

    it("may serve pools of the same name on two tables", async () => {
        await record(() => {
            makeWorkflow("daily", { bucket: makeBucket() });
            const bucket = new TokenBucket("other", { pools: { daily: { limit: 1 } } });
            const queue = new WorkQueue("other");
            new JobWorkflow("others", { pool: "daily", queue, bucket, jobName: "report" });
        });
    });
});

describe("A Glue job", () => {
    const says =
        /maxConcurrentRuns of its GlueJob "report" is 4; expected 5 or more, the limits of its pools together \(daily 5\)/;

    it("may not allow fewer runs than the limit", () =>
        isRefused(() => {
            makeWorkflow("daily", { bucket: makeBucket(), jobName: makeJob(4).jobName });
        }, says));

    for (const [what, limit, runs] of [
        ["the limit", pulumi.output(5), 4],
        ["the number of runs", 5, pulumi.output(4)],
    ] as const) {
        it(`may not allow fewer runs than the limit where ${what} is known later`, async () => {
            const error = await failureOf(() => {
                makeWorkflow("daily", { bucket: makeBucket(limit), jobName: makeJob(runs).jobName });
            });
            assert.match(error.message, says);
        });
    }

    it("may not allow fewer runs than the limits of all its pools together", () =>
        isRefused(() => {
            const bucket = makeBucket();
            const { jobName } = makeJob(6);
            makeWorkflow("daily", { bucket, jobName });
            makeWorkflow("backfill", { bucket, jobName });
        }, /is 6; expected 7 or more, the limits of its pools together \(daily 5, backfill 2\)/));

    it("may allow as many runs as the limits say, now or later", async () => {
        for (const limit of [5, pulumi.output(5)]) {
            await record(() => {
                const bucket = makeBucket(limit);
                const { jobName } = makeJob(7);
                makeWorkflow("daily", { bucket, jobName });
                makeWorkflow("backfill", { bucket, jobName });
            });
        }
    });

    it("keeps secret numbers out of the error", async () => {
        const { message } = await failureOf(() => {
            makeWorkflow("daily", { bucket: makeBucket(pulumi.secret(5)), jobName: makeJob(4).jobName });
        });
        assert.match(message, /maxConcurrentRuns of its GlueJob "report" is below the limits of its pools/);
    });

    it("does not make its name secret or unknown by the numbers that are compared", async () => {
        const recorded = await record(() => {
            makeWorkflow("daily", { bucket: makeBucket(pulumi.secret(5)), jobName: makeJob(7).jobName });
        });
        const rule = recorded.find(({ name }) => name === "daily-jobs-run-ended");
        assert.deepEqual(rule?.secrets, []);
    });
});

describe("A workflow", () => {
    for (const field of ["queue", "bucket"] as const) {
        it(`may not be in another region than its ${field}`, async () => {
            const { message } = await failureOf(() => {
                const provider = new aws.Provider("north", { region: "eu-north-1" });
                const elsewhere = { [field]: { provider } };
                const queue = new WorkQueue("work", {}, elsewhere["queue"]);
                const pools = { daily: { limit: 3 } };
                const bucket = new TokenBucket("slots", { pools }, elsewhere["bucket"]);
                new JobWorkflow("jobs", { pool: "daily", queue, bucket, jobName: "report" });
            });
            assert.match(
                message,
                new RegExp(`its ${field} is in eu-north-1 of account \\d+, it itself in eu-west-1`),
            );
        });
    }
});
