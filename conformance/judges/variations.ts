/** The recorded program in every variation that changes what is deployed, and other programs made of the same components. */
import { join } from "node:path";
import { GLUE_JOB_TYPE, GlueJob, JobWorkflow, TokenBucket, WorkQueue } from "../../components/index.ts";
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import { CONFIGURATIONS, PROGRAMS } from "../../test/program/configurations.ts";
import { declare, declareProgram, deployable } from "../../test/program/schema/declare.ts";
import { ROOT } from "../installation.ts";

export interface Variation {
    readonly title: string;
    readonly program: RecordedProgram;
}

let recorded: Promise<readonly Variation[]> | undefined;

export function variations(): Promise<readonly Variation[]> {
    return (recorded ??= record());
}

/** The program as its files configure it. */
export async function asConfigured(): Promise<RecordedProgram> {
    const [first] = await variations();
    if (!first) throw new Error("there is no variation");
    return first.program;
}

/** One after the other: Pulumi's mocks are the process's. */
async function record(): Promise<Variation[]> {
    const found: Variation[] = [];
    for (const [what, configuration] of Object.entries(CONFIGURATIONS)) {
        const program = deployable(await declareProgram(ROOT, configuration));
        found.push({ title: `the program ${what}`, program });
    }
    for (const [title, folder] of Object.entries(PROGRAMS)) {
        found.push({ title, program: deployable(await declareProgram(folder)) });
    }
    const program = deployable(await declare(withoutExtras));
    return [...found, { title: "components without monitoring and traces, and a Spark job", program }];
}

function withoutExtras(): void {
    const queue = new WorkQueue("work");
    const bucket = new TokenBucket("slots", { pools: { reports: { limit: 3 } } });
    const script = join(ROOT, "examples/weather/aggregate.py");
    const job = new GlueJob("report", { script, type: GLUE_JOB_TYPE.spark, maxConcurrentRuns: 3 });
    new JobWorkflow("jobs", { pool: "reports", queue, bucket, jobName: job.jobName, tracing: false });
}
