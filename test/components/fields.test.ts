/** What a program in plain JavaScript may pass by mistake: arguments that do not exist, or none where one is needed. */
import assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import {
    GlueJob,
    JobWorkflow,
    Monitoring,
    TokenBucket,
    WorkQueue,
    operatorOutput,
} from "../../components/index.ts";
import { record } from "../mocks.ts";

type Component = new (name: string, args: never) => pulumi.ComponentResource;

const script = new URL("../../examples/weather/aggregate.py", import.meta.url);
const limit = { reports: { limit: 3 } };

/** Component, arguments, and the whole of what the error says is wrong. */
const CASES: readonly (readonly [Component, unknown, string])[] = [
    [WorkQueue, null, "its arguments are null; expected an object"],
    [
        WorkQueue,
        { visibilityTimeoutSecond: 300, retentionDays: 99 },
        "visibilityTimeoutSecond is not an argument; did you mean visibilityTimeoutSeconds?; retentionDays is 99; expected a whole number from 1 to 14 days",
    ],
    [TokenBucket, undefined, "its arguments are undefined; expected an object with pools"],
    [TokenBucket, {}, "pools is missing; expected at least one pool, such as { reports: { limit: 3 } }"],
    [
        TokenBucket,
        { pools: limit, color: "red" },
        "color is not an argument; expected one of pools, protect, kmsKeyArn, logRetentionDays, tags",
    ],
    [
        TokenBucket,
        { pools: { reports: { limt: 3 } } },
        "pools.reports.limt is not an argument; did you mean limit?; pools.reports.limit is missing; expected a whole number from 0 to 1000",
    ],
    [
        TokenBucket,
        { pools: { reports: { limit: null } } },
        "pools.reports.limit is missing; expected a whole number from 0 to 1000",
    ],
    [TokenBucket, { pools: { reports: 3 } }, "pools.reports is 3; expected an object with limit"],
    [
        TokenBucket,
        { pools: { reports: undefined } },
        "pools.reports is undefined; expected an object with limit",
    ],
    [
        JobWorkflow,
        undefined,
        "its arguments are undefined; expected an object with pool, queue, bucket, jobName",
    ],
    [
        JobWorkflow,
        { maxAttempts: 0 },
        "pool is missing; expected a pool of the bucket; queue is missing; expected a WorkQueue; bucket is missing; expected a TokenBucket; jobName is missing; expected the name of a Glue job; maxAttempts is 0; expected a whole number from 1 to 10",
    ],
    [
        JobWorkflow,
        { pool: "reports", queue: "reports", bucket: { pools: limit }, jobName: "report" },
        "queue is no WorkQueue; expected a WorkQueue of this program; bucket is no TokenBucket; expected a TokenBucket of this program",
    ],
    [
        GlueJob,
        {},
        "script is missing; expected a path or a URL; maxConcurrentRuns is missing; expected a whole number from 1 to 1000",
    ],
    [
        GlueJob,
        { script: "absent.py", maxConcurrentRuns: 3 },
        `script is absent.py, where no file is; expected a path from ${process.cwd()}, or a URL`,
    ],
    [
        GlueJob,
        { script, maxConcurrentRun: 3, maxConcurrentRuns: 3 },
        "maxConcurrentRun is not an argument; did you mean maxConcurrentRuns?",
    ],
    [
        Monitoring,
        { workflow: 1 },
        "queue is missing; expected a WorkQueue; bucket is missing; expected a TokenBucket; workflow is no JobWorkflow; expected a JobWorkflow of this program",
    ],
];

describe("A component whose arguments come from plain JavaScript", () => {
    it("is told what the output operator misses, too", () => {
        assert.throws(() => operatorOutput({ queue: undefined } as never), {
            name: "ArgumentsError",
            message:
                'The output "operator" cannot be created: queue is missing; expected a WorkQueue; bucket is missing; expected a TokenBucket; workflow is missing; expected a JobWorkflow.',
        });
    });

    for (const [component, args, expected] of CASES) {
        it(`${component.name} says in one error what is wrong with ${JSON.stringify(args) ?? "undefined"}`, async () => {
            await record(() => {
                // An explicit null is not a default.
                assert.throws(() => new component("work", args as never), {
                    name: "ArgumentsError",
                    message: `${component.name} "work" cannot be created: ${expected}.`,
                });
            });
        });
    }
});
