/**
 * What a deployment would refuse is refused here: programs in every variation that their configuration admits, held against
 * what @pulumi/aws declares (schema/), what the services ask for besides (rules/), and what the embedded AWS refuses.
 */
import assert from "node:assert/strict";
import path from "node:path";
import {
    GLUE_JOB_TYPE,
    GlueJob,
    JobWorkflow,
    Monitoring,
    TokenBucket,
    WorkQueue,
} from "../../components/index.ts";
import { CONFIGURATIONS, key, names, PROGRAMS } from "./configurations.ts";
import { directory } from "./fixtures.ts";
import { ruleMistakes } from "./rules/index.ts";
import { schemaMistakes } from "./schema/check.ts";
import { declare, declareProgram } from "./schema/declare.ts";
import type { Declaration } from "./schema/declare.ts";
import { deployEmbedded } from "./schema/embedded.ts";

describe("A deployment", function () {
    for (const [what, configuration] of Object.entries(CONFIGURATIONS)) {
        it(`refuses nothing of the program ${what}`, async () => {
            const { kmsKeyArn } = configuration;
            await refusesNothing(await declareProgram(directory, configuration), kmsKeyArn);
        });
    }

    it("refuses nothing of the program in a stack whose name is as long as Pulumi takes it", async () => {
        await refusesNothing(await declareProgram(directory, {}, "s".repeat(100)));
    });

    for (const [name, folder] of Object.entries(PROGRAMS)) {
        it(`refuses nothing of ${name}`, async () => {
            await refusesNothing(await declareProgram(folder));
        });
    }
});

describe("What the embedded AWS refuses", () => {
    const refused: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
        ["turnstile-queue", { visibilityTimeoutSeconds: 43_201 }, /VisibilityTimeout.*from 0 to 43200/],
        ["turnstile-queue-dead-letter", { fifoQueue: false }, /-dead-letter.*Can only include alphanumeric/],
        ["turnstile-jobs-starter", { timeout: 901 }, /timeout.*from 1 to 900/],
        ["turnstile-jobs-messages", { scalingConfig: { maximumConcurrency: 1 } }, /from 2 to 1000/],
        [
            "turnstile-jobs-run-ended",
            { eventPattern: '{"source": "aws.glue"}' },
            /Event pattern is not valid/,
        ],
        [
            "turnstile-slots-every-minute",
            { scheduleExpression: "rate(1 minutes)" },
            /ScheduleExpression is not valid/,
        ],
        ["turnstile-jobs-logs", { retentionInDays: 31 }, /retentionInDays is 31/],
    ];

    let declaration: Declaration;

    before(async () => {
        declaration = await declareProgram(directory);
    });

    for (const [name, inputs, says] of refused) {
        it(`is refused here too: ${name} with ${JSON.stringify(inputs)}`, async () => {
            const resources = declaration.resources.map((resource) =>
                resource.name === name
                    ? { ...resource, inputs: { ...resource.inputs, ...inputs } }
                    : resource,
            );
            await assert.rejects(deployEmbedded({ ...declaration, resources }, []), says);
        });
    }
});

const kmsKeyArn = key("eu-west-1");
const script = path.join(directory, "examples/weather/aggregate.py");
const tags = { team: "data" };

describe("Components alone", () => {
    it("WorkQueue: a deployment refuses nothing of it, with the least options", async () => {
        await refusesNothing(await declare(() => new WorkQueue("work")));
    });

    it("WorkQueue: a deployment refuses nothing of it, with the longest name and every option", async () => {
        const options = {
            functionTimeoutSeconds: 900,
            visibilityTimeoutSeconds: 43_200,
            maxReceiveCount: 1,
            retentionDays: 1,
            kmsKeyArn,
            tags,
        };
        await refusesNothing(await declare(() => new WorkQueue("q".repeat(55), options)), kmsKeyArn);
    });

    it("TokenBucket: a deployment refuses nothing of it, with the least options", async () => {
        await refusesNothing(await declare(() => new TokenBucket("slots", { pools: { a: { limit: 1 } } })));
    });

    it("TokenBucket: a deployment refuses nothing of it, with the longest name and as many pools as it takes", async () => {
        const pools = Object.fromEntries(names(81, 40).map((name) => [name, { limit: 1 }]));
        const options = { pools, protect: true, kmsKeyArn, logRetentionDays: 3653, tags };
        await refusesNothing(await declare(() => new TokenBucket("b".repeat(29), options)), kmsKeyArn);
    });

    it("GlueJob: a deployment refuses nothing of it, with the least options", async () => {
        await refusesNothing(await declare(() => new GlueJob("job", { script, maxConcurrentRuns: 1 })));
    });

    it("GlueJob: a deployment refuses nothing of it, of the kind Spark, with the longest name and every option", async () => {
        const options = {
            script,
            type: GLUE_JOB_TYPE.spark,
            maxConcurrentRuns: 1000,
            timeoutMinutes: 10_080,
            defaultArguments: { "--region": "north" },
            kmsKeyArn,
            tags,
        };
        await refusesNothing(await declare(() => new GlueJob("J".repeat(47), options)), kmsKeyArn);
    });

    it("JobWorkflow and Monitoring: a deployment refuses nothing of them, with the longest names and the least options", async () => {
        const declaration = await declare(() => {
            const queue = new WorkQueue("work");
            const bucket = new TokenBucket("slots", { pools: { a: { limit: 1 } } });
            const args = { pool: "a", queue, bucket, jobName: "job", tracing: false };
            const workflow = new JobWorkflow("w".repeat(43), args);
            new Monitoring("m".repeat(174), {
                queue,
                bucket,
                workflow,
                dashboard: false,
                oldestMessageMinutes: 1440,
            });
        });
        await refusesNothing(declaration);
    });

    it("seven workflows, each with a key, can share a table: what its reaper may do fits its role", async () => {
        const pools = Object.fromEntries(names(7, 10).map((name) => [name, { limit: 1 }]));
        const declaration = await declare(() => {
            const bucket = new TokenBucket("slots", { pools, kmsKeyArn });
            for (const pool of Object.keys(pools)) {
                const queue = new WorkQueue(`queue-${pool}`, { kmsKeyArn });
                new JobWorkflow(`jobs-${pool}`, { pool, queue, bucket, jobName: "nightly-report" });
            }
        });
        await refusesNothing(declaration, kmsKeyArn);
    });
});

async function refusesNothing(declaration: Declaration, ownKeyArn?: string): Promise<void> {
    assert.ok(declaration.resources.length > 0);
    assert.deepEqual(
        [...declaration.given.flatMap(schemaMistakes), ...ruleMistakes(declaration.resources)],
        [],
    );
    await deployEmbedded(declaration, ownKeyArn === undefined ? [] : [ownKeyArn]);
}
