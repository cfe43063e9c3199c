/**
 * Durations and quotas of AWS: every number that the embedded AWS cannot derive, in one place, with the page or the
 * measurement that it comes from. Where AWS publishes nothing, the comment says "assumed". Where a page is named from
 * memory and was not read again, it says "unchecked".
 */
import type { Random } from "./random.ts";
import type { Model } from "./service.ts";

export const MODEL_NAMES = ["aws", "laptop"] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

/** The model of a name. `overrides` replace single members. */
export function createModel(name: ModelName, random: Random, overrides: Partial<Model> = {}): Model {
    const model = name === "aws" ? awsModel(random) : laptopModel();
    return { ...model, ...overrides };
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/**
 * AWS General Reference, "AWS Glue endpoints and quotas": concurrent runs of an account and of a job, and queued runs. Service
 * Quotas has 1,000 for "Max task DPUs per account" (L-08F3B322). Glue Developer Guide, "Using job parameters in AWS Glue jobs":
 * arguments of 260 KB at most. The rate of
 * StartJobRun is not published: AWS re:Post has "Rate exceeded" above 15 starts at once; the refill is assumed.
 */
const GLUE_QUOTA = {
    concurrentRuns: 2000,
    runsOfJob: 4000,
    queuedRuns: 1000,
    dpus: 1000,
    argumentBytes: 260 * 1024,
    burst: 15,
    perSecond: 10,
};

/** Glue's quotas for an account that runs so many jobs at once: AWS raises the number of concurrent runs on request. */
export function glueQuotaFor(limit: number): Model["glueQuota"] {
    return { ...GLUE_QUOTA, concurrentRuns: Math.max(GLUE_QUOTA.concurrentRuns, 2 * limit) };
}

/** AWS, in a region with the larger quotas (us-east-1, us-west-2, eu-west-1). */
function awsModel(random: Random): Model {
    return {
        // DynamoDB Developer Guide, "What is Amazon DynamoDB?": single-digit milliseconds, and the network; unchecked.
        callMillis: 10,
        // Lambda Developer Guide, "Using AWS Lambda with Amazon DynamoDB": shards are polled four times a second, so half of 250; unchecked.
        pollMillis: 125,
        // A warm invocation; assumed. The products' handlers do little but call.
        invokeMillis: 15,
        // Lambda Developer Guide, "Lambda quotas": by default. New accounts have less until they are used; users are given 10.
        lambdaConcurrency: 1000,
        // EventBridge FAQ, typical latency about half a second; unchecked. Users measure less since 2023.
        eventMillis: 500,
        // AWS re:Post, on how Step Functions waits for a Glue run: every minute for ten minutes, then every five.
        syncPollMillis: (waited) => (waited < 10 * MINUTE ? MINUTE : 5 * MINUTE),
        // AWS News Blog, "AWS Glue version 2.0 with 10x faster job start times": less than a minute; unchecked. The spread is assumed.
        glueStartMillis: () => random.between(8 * SECOND, 40 * SECOND),
        // AWS says neither that GetJobRun is consistent with the event nor that it is not. Assumed.
        glueReadLagMillis: () => 0,
        // AWS publishes nothing; users meet ConcurrentRunsExceededException for seconds after SUCCEEDED. Assumed.
        glueTailMillis: () => random.between(0, 10 * SECOND),
        // AWS publishes nothing: BatchStopJobRun is only a request. Assumed.
        glueStopMillis: () => random.between(5 * SECOND, 30 * SECOND),
        glueQuota: GLUE_QUOTA,
        // Step Functions Developer Guide, "Service quotas": StartExecution in the larger regions; unchecked.
        startExecutionQuota: { burst: 1300, perSecond: 300 },
        // The same page: state transitions of Standard workflows in the larger regions; unchecked.
        stateTransitionQuota: { burst: 5000, perSecond: 5000 },
        // DynamoDB Developer Guide, "Best practices for designing and using partition keys effectively".
        partitionWriteUnitsPerSecond: 1000,
        // DynamoDB Developer Guide, "Item collections in Local Secondary Indexes": 10 GB.
        itemCollectionBytes: 10 * 1024 ** 3,
    };
}

/** For runs that are real commands on this machine: nothing waits but for them, and no quota but the program's own holds. */
function laptopModel(): Model {
    const unlimited = { burst: Infinity, perSecond: Infinity };
    return {
        callMillis: 0,
        pollMillis: 0,
        invokeMillis: 0,
        lambdaConcurrency: Infinity,
        eventMillis: 0,
        syncPollMillis: () => 200,
        glueStartMillis: () => 0,
        glueReadLagMillis: () => 0,
        glueTailMillis: () => 0,
        glueStopMillis: () => 0,
        glueQuota: { concurrentRuns: Infinity, ...unlimited },
        startExecutionQuota: unlimited,
        stateTransitionQuota: unlimited,
        partitionWriteUnitsPerSecond: Infinity,
        itemCollectionBytes: Infinity,
    };
}
