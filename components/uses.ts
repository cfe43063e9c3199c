/** What workflows share: mistakes that no component sees alone. */
import * as pulumi from "@pulumi/pulumi";
import { errorOf, isKnownLater } from "./arguments.ts";
import type { Mistake, Subject } from "./arguments.ts";
import type { GlueJob } from "./glue-job.ts";
import type { JobWorkflowArgs } from "./job-workflow.ts";
import { locationOf } from "./location.ts";
import type { Location } from "./location.ts";

/** The workflow that takes a queue's messages, and the one that serves a pool, by their names. */
const consumers = new WeakMap<object, string>();
const servers = new WeakMap<object, Map<string, string>>();

/** The Glue job that an output is the name of, and the pools whose jobs it runs, with their limits. */
const jobs = new WeakMap<object, Job>();

interface Job {
    readonly name: string;
    readonly maxConcurrentRuns: pulumi.Input<number>;
    readonly pools: { readonly pool: string; readonly limit: pulumi.Input<number> }[];
}

/** Has workflows that run the job by this output checked against it. */
export function noteJob(name: string, { jobName }: GlueJob, maxConcurrentRuns: pulumi.Input<number>): void {
    jobs.set(jobName, { name, maxConcurrentRuns, pools: [] });
}

/** Mistakes that are known at once: two workflows on one pool or on one queue, a job that allows too few runs. */
export function sharingMistakes({ pool, queue, bucket, jobName }: Partial<JobWorkflowArgs>): Mistake[] {
    const server = isObject(bucket) ? servers.get(bucket)?.get(String(pool)) : undefined;
    const consumer = isObject(queue?.queue) ? consumers.get(queue.queue) : undefined;
    return [
        server === undefined
            ? undefined
            : `pool ${String(pool)} has the workflow ${JSON.stringify(server)} already; expected a pool for each workflow, or its jobs would run for the other one's messages`,
        consumer === undefined
            ? undefined
            : `its queue has the workflow ${JSON.stringify(consumer)} already; expected a queue for each workflow, or each would get some of the messages`,
        ...(isObject(jobName) ? [plainRunsMistake(jobs.get(jobName), pool, bucket)] : []),
    ];
}

/** Remembers what a workflow uses, for those that come after it. */
export function noteWorkflow(name: string, { pool, queue, bucket, jobName }: JobWorkflowArgs): void {
    consumers.set(queue.queue, name);
    servers.set(bucket, (servers.get(bucket) ?? new Map<string, string>()).set(pool, name));
    const limit = bucket.pools[pool]?.limit;
    if (isObject(jobName) && limit !== undefined) jobs.get(jobName)?.pools.push({ pool, limit });
}

/**
 * What fails once a mistake is known: a job that allows too few runs, or a queue or a bucket in another place.
 * @param given the arguments as the program has them, by which a job is recognised
 */
export function laterMisuses(
    subject: Subject,
    given: JobWorkflowArgs,
    location: Location,
): pulumi.Output<void>[] {
    return [laterRuns(subject, given), ...laterPlaces(subject, given, location)];
}

/** @param bucket in plain JavaScript anything */
function plainRunsMistake(
    job: Job | undefined,
    pool: string | undefined,
    bucket: Partial<JobWorkflowArgs["bucket"]> | undefined,
): Mistake {
    const limit = bucket?.pools?.[String(pool)]?.limit;
    if (job === undefined || limit === undefined) return undefined;
    const pools = [...job.pools, { pool: String(pool), limit }];
    if ([job.maxConcurrentRuns, ...pools.map((each) => each.limit)].some(isKnownLater)) return undefined;
    return runsMistake(job.name, job.maxConcurrentRuns as number, pools as KnownPool[]);
}

interface KnownPool {
    readonly pool: string;
    readonly limit: number;
}

function runsMistake(name: string, maxConcurrentRuns: number, pools: readonly KnownPool[]): Mistake {
    const all = pools.reduce((sum, { limit }) => sum + limit, 0);
    if (maxConcurrentRuns >= all) return undefined;
    const limits = pools.map(({ pool, limit }) => `${pool} ${limit}`).join(", ");
    return `maxConcurrentRuns of its GlueJob ${JSON.stringify(name)} is ${maxConcurrentRuns}; expected ${all} or more, the limits of its pools together (${limits})`;
}

function laterRuns(subject: Subject, { jobName }: JobWorkflowArgs): pulumi.Output<void> {
    const job = isObject(jobName) ? jobs.get(jobName) : undefined;
    if (job === undefined) return pulumi.output(undefined);
    const { name, maxConcurrentRuns } = job;
    // Those of later workflows are theirs to check.
    const compared = { maxConcurrentRuns, pools: [...job.pools] };
    return pulumi.output(compared).apply(async (known) => {
        const mistake = runsMistake(name, known.maxConcurrentRuns, known.pools);
        if (mistake === undefined) return;
        const isSecret = await pulumi.isSecret(pulumi.output(compared));
        throw errorOf(subject, [
            isSecret
                ? `maxConcurrentRuns of its GlueJob ${JSON.stringify(name)} is below the limits of its pools together`
                : mistake,
        ]);
    });
}

/** Step Functions, Lambda and EventBridge reach a queue and a table by their ARNs, in their own region and account alone. */
function laterPlaces(
    subject: Subject,
    { queue, bucket }: JobWorkflowArgs,
    location: Location,
): pulumi.Output<void>[] {
    return Object.entries({ queue, bucket }).map(([field, component]) => {
        const other = locationOf(component);
        return pulumi
            .all([location.account, location.region, other.account, other.region])
            .apply(([account, region, otherAccount, otherRegion]) => {
                if (account === otherAccount && region === otherRegion) return;
                throw errorOf(subject, [
                    `its ${field} is in ${otherRegion} of account ${otherAccount}, it itself in ${region} of account ${account}; expected one place for all: give them the same provider`,
                ]);
            });
    });
}

function isObject(value: unknown): value is object {
    return typeof value === "object" && value !== null;
}
