/** Programs for the engine; host.ts runs them by their names. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
    GlueJob,
    JobQueue,
    JobWorkflow,
    Monitoring,
    TokenBucket,
    WorkQueue,
} from "../../components/index.ts";
import type { JobQueueArgs } from "../../components/index.ts";

type Options = pulumi.ComponentResourceOptions;

export type ProgramName = keyof typeof PROGRAMS;

let runs = 0;

const LIMIT = 3;
const FORMER_NAME = { aliases: [{ name: "reports" }] };
export const SECRETS = { jobName: "secret-job", owner: "secret-owner" };

/** Options that must reach everything in a component. */
const OPTIONS: Options = {
    retainOnDelete: true,
    transforms: [
        ({ type, props, opts }) =>
            type === "aws:sqs/queue:Queue" ? { props: { ...props, delaySeconds: 7 }, opts } : undefined,
    ],
};

export const PROGRAMS = {
    /** The program that `npm run up` deploys, from its file: each run anew, as in a process of its own. */
    whole: async () => ({ ...((await import(`../../index.ts?run=${runs++}`)) as Record<string, unknown>) }),

    /** All of one kind of jobs, from one component. */
    reports: () => outputsOf(reports()),
    moreReports: () => outputsOf(reports({ args: { limit: LIMIT + 1 } })),
    renamedWithAlias: () => outputsOf(reports({ name: "statements", options: FORMER_NAME })),
    protected: () => outputsOf(reports({ args: { protect: true } })),
    lateLimit: () => outputsOf(reports({ args: { limit: late(4) } })),
    lateWrongLimit: () => outputsOf(reports({ args: { limit: late(5000) } })),
    secrets: () => outputsOf(reports({ args: secretArgs() })),

    withOptions: () => outputsOf(reports({ options: OPTIONS })),

    /** The components one by one. */
    parts: () => parts("jobs"),
    partsWithRenamedWorkflow: () => parts("work"),

    /** Every component, with a provider of its own. */
    elsewhere: () => {
        const options = { provider: elsewhere() };
        return { ...parts("jobs", options), ...outputsOf(reports({ options })) };
    },

    /** What a program in another language declares: the provider makes the component. */
    remote: () => outputsOf(remote()),
    remoteRenamedWithAlias: () => outputsOf(remote({ name: "statements", options: FORMER_NAME })),
    remoteProtected: () => outputsOf(remote({ args: { protect: true } })),
    remoteWrongLimit: () => outputsOf(remote({ args: { limit: 5000 } })),
    remoteLateWrongLimit: () => outputsOf(remote({ args: { limit: late(5000) } })),
    remoteLateLimit: () => outputsOf(remote({ args: { limit: late(4) } })),
    remoteSecrets: () => outputsOf(remote({ args: secretArgs() })),
    remoteWithOptions: () => outputsOf(remote({ options: OPTIONS })),
    remoteElsewhere: () => outputsOf(remote({ options: { providers: { aws: elsewhere() } } })),
} satisfies Readonly<Record<string, () => object | Promise<object>>>;

interface Declared {
    readonly name?: string;
    readonly args?: Partial<JobQueueArgs>;
    readonly options?: Options;
}

type Outputs = Pick<JobQueue, "queueUrl" | "operator" | "operatorPolicy">;

function reports({ name = "reports", args, options }: Declared = {}): Outputs {
    return new JobQueue(name, { jobName: "report", limit: LIMIT, ...args }, options);
}

class Remote extends pulumi.ComponentResource implements Outputs {
    declare readonly queueUrl: pulumi.Output<string>;
    declare readonly operator: Outputs["operator"];
    declare readonly operatorPolicy: pulumi.Output<string>;

    constructor(name: string, args: pulumi.Inputs, options?: Options) {
        const outputs = { queueUrl: undefined, operator: undefined, operatorPolicy: undefined };
        super("turnstile:index:JobQueue", name, { ...args, ...outputs }, options, true);
    }
}

function remote({ name = "reports", args, options }: Declared = {}): Outputs {
    return new Remote(name, { jobName: "report", limit: LIMIT, ...args }, options);
}

function outputsOf({ queueUrl, operator, operatorPolicy }: Outputs): object {
    return { queueUrl, operator, operatorPolicy };
}

function parts(workflowName: string, options: Options = {}): object {
    const script = new URL("../../examples/weather/aggregate.py", import.meta.url);
    const { jobName } = new GlueJob("job", { script, maxConcurrentRuns: 20 }, options);
    const bucket = new TokenBucket("slots", { pools: { jobs: { limit: LIMIT } } }, options);
    const queue = new WorkQueue("queue", {}, options);
    const workflow = new JobWorkflow(workflowName, { pool: "jobs", queue, bucket, jobName }, options);
    new Monitoring("monitoring", { queue, bucket, workflow }, options);
    return { stateMachineArn: workflow.stateMachineArn };
}

function secretArgs(): Partial<JobQueueArgs> {
    return { jobName: pulumi.secret(SECRETS.jobName), tags: { owner: pulumi.secret(SECRETS.owner) } };
}

function elsewhere(): aws.Provider {
    return new aws.Provider("elsewhere", { region: "us-east-1" });
}

/** A value that is known once a queue is deployed. */
function late<T>(value: T): pulumi.Output<T> {
    return new aws.sqs.Queue("late").arn.apply(() => value);
}
