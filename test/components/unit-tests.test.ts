/** A program's own unit tests, with the mocks of Pulumi's guide: a resource has its inputs, and nothing that AWS assigns. */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { GlueJob, JobWorkflow, Monitoring, TokenBucket, WorkQueue } from "../../components/index.ts";
import { forPeople } from "../../components/access.ts";
import { record } from "../mocks.ts";

const script = new URL("../../examples/weather/aggregate.py", import.meta.url);

function makeAll() {
    const queue = new WorkQueue("work");
    const bucket = new TokenBucket("slots", { pools: { reports: { limit: 3 } } });
    const job = new GlueJob("report", { script, maxConcurrentRuns: 9 });
    const workflow = new JobWorkflow("jobs", { pool: "reports", queue, bucket, jobName: job.jobName });
    const monitoring = new Monitoring("watch", { queue, bucket, workflow });
    return {
        queue,
        bucket,
        job,
        workflow,
        monitoring,
        ...forPeople({ queue, bucket, workflow, monitoring }),
    };
}

describe("The usual mocks of Pulumi", () => {
    for (const preview of [false, true]) {
        it(`are enough for all components, ${preview ? "in a preview" : "deployed"}`, async () => {
            const types: string[] = [];
            await pulumi.runtime.setMocks(
                {
                    newResource: ({ type, name, inputs }) => {
                        types.push(type);
                        return { id: `${name}_id`, state: inputs as object };
                    },
                    call: ({ inputs }) => inputs as object,
                },
                "project",
                "stack",
                preview,
            );
            const { queue, workflow } = makeAll();
            await pulumi.runtime.disconnect();
            for (const type of ["aws:sfn/stateMachine:StateMachine", "aws:cloudwatch/dashboard:Dashboard"])
                assert.ok(types.includes(type), type);
            // In a preview nothing that a resource has not been given is known.
            if (preview) return;
            const inputs = pulumi.all([queue.queue.fifoQueue, workflow.jobName, workflow.maxAttempts]);
            const known = await new Promise((resolve) => inputs.apply(resolve));
            assert.deepEqual(known, [true, "report", 3]);
        });
    }
});

describe("A table whose name is long, as a pattern of pulumi:autonaming may make it", () => {
    const rulesOf = async (tableName: string) => {
        const recorded = await record(
            () =>
                new TokenBucket(
                    "slots",
                    { pools: { reports: { limit: 3 } } },
                    {
                        transformations: [
                            ({ type, props, opts }) =>
                                type === "aws:dynamodb/table:Table"
                                    ? { props: { ...(props as object), name: tableName }, opts }
                                    : undefined,
                        ],
                    },
                ),
        );
        const rule = recorded.find(({ name }) => name === "slots-every-minute");
        const queuePolicy = recorded.find(({ name }) => name === "slots-reaper-queue-policy");
        return {
            prefix: String(rule?.inputs["namePrefix"]),
            policy: String(queuePolicy?.inputs["policy"]),
        };
    };

    it("gives the names of event rules a beginning that AWS takes, which the reaper's queue lets in", async () => {
        const { prefix, policy } = await rulesOf(`acme-production-${"x".repeat(60)}`);
        assert.match(prefix, /^acme-production-x{12}-[0-9a-f]{8}-$/);
        assert.equal(prefix.length, 38);
        assert.ok(policy.includes(`:rule/${prefix}*`));
    });

    it("gives them different ones for tables that begin alike", async () => {
        const one = await rulesOf(`${"x".repeat(60)}-1`);
        const other = await rulesOf(`${"x".repeat(60)}-2`);
        assert.notEqual(one.prefix, other.prefix);
    });

    it("leaves them as they are where the name is short enough", async () => {
        const name = "x".repeat(37);
        assert.equal((await rulesOf(name)).prefix, `${name}-`);
    });
});
