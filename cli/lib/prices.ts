/**
 * What AWS charges for what Turnstile uses, in US dollars, by region: list prices without free tiers, volume discounts and
 * taxes. When AWS changes a price, change it here, with the date.
 */

/** The hours of a month, as in AWS's own examples. */
export const MONTH_HOURS = 730;

export const GIGABYTE = 2 ** 30;

/**
 * Lambda asks an empty queue by long polling, some five calls at a time of 20 seconds (AWS Compute Blog, "Understanding how AWS
 * Lambda scales with Amazon SQS standard queues"; assumed for FIFO queues, too).
 */
export const POLLS_AN_HOUR = (5 * 3600) / 20;

export interface Prices {
    /** Step Functions, Standard workflows: one state transition. */
    readonly transition: number;
    /** DynamoDB on demand, Standard table class: one write or read request unit. */
    readonly writeUnit: number;
    readonly readUnit: number;
    /** Lambda: one request, and one GB-second on arm64 in the first tier. */
    readonly invocation: number;
    readonly gigabyteSecond: number;
    /** SQS: one request (64 KB) to a FIFO queue. The reaper's queue is a standard queue, which is cheaper; it is counted at this price too. */
    readonly queueRequest: number;
    /** SNS: one publish request. */
    readonly notification: number;
    /** Glue: one hour of a DPU. It is billed by the second, a minute at least. */
    readonly dpuHour: number;
    /** CloudWatch, by the month: a metric of one's own, a metric that an alarm watches, a dashboard; a gigabyte of logs that comes in. */
    readonly metric: number;
    readonly alarmMetric: number;
    readonly dashboard: number;
    readonly logGigabyte: number;
    /** DynamoDB, by the month: a gigabyte that is stored, and one with point-in-time recovery. */
    readonly storedGigabyte: number;
    readonly recoverableGigabyte: number;
    /** KMS: a key of the customer's, by the month. */
    readonly key: number;
    /** X-Ray: a trace that is recorded. */
    readonly trace: number;
}

/** When the prices were written down, from copies of AWS's pages and articles about them. The pages below have the prices of today. */
export const PRICES_DATED = "2026-11-23";

/** Where AWS publishes them. */
export const PRICE_PAGES = [
    "https://aws.amazon.com/step-functions/pricing/",
    "https://aws.amazon.com/dynamodb/pricing/on-demand/",
    "https://aws.amazon.com/lambda/pricing/",
    "https://aws.amazon.com/sqs/pricing/",
    "https://aws.amazon.com/sns/pricing/",
    "https://aws.amazon.com/glue/pricing/",
    "https://aws.amazon.com/cloudwatch/pricing/",
    "https://aws.amazon.com/kms/pricing/",
    "https://aws.amazon.com/xray/pricing/",
] as const;

const million = 1_000_000;

const unitedStates: Prices = {
    transition: 0.025 / 1000,
    // Halved on 1 November 2024 (AWS Database Blog, "New – Amazon DynamoDB lowers pricing for on-demand throughput and global tables").
    writeUnit: 0.625 / million,
    readUnit: 0.125 / million,
    invocation: 0.2 / million,
    gigabyteSecond: 0.0000133334,
    queueRequest: 0.5 / million,
    notification: 0.5 / million,
    dpuHour: 0.44,
    metric: 0.3,
    alarmMetric: 0.1,
    dashboard: 3,
    logGigabyte: 0.5,
    storedGigabyte: 0.25,
    recoverableGigabyte: 0.2,
    key: 1,
    trace: 5 / million,
};

const byRegion: Readonly<Record<string, Prices>> = {
    "us-east-1": unitedStates,
    "us-east-2": unitedStates,
    "us-west-2": unitedStates,
};

/** The prices of a region, or of us-east-1 where there are none here. `region` is the one that they are of. */
export function pricesOf(region: string): { readonly prices: Prices; readonly region: string } {
    const prices = byRegion[region];
    return prices ? { prices, region } : { prices: unitedStates, region: "us-east-1" };
}

/** Whether there are prices of the region here. */
export function hasPricesOf(region: string): boolean {
    return byRegion[region] !== undefined;
}

/** What was used, as the embedded AWS counted it. */
export interface Usage {
    readonly transitions: number;
    readonly writeUnits: number;
    readonly readUnits: number;
    readonly invocations: number;
    /** Of all functions: billed milliseconds times memory. */
    readonly gigabyteSeconds: number;
    readonly queueRequests: number;
    readonly notifications: number;
}

/** The charge for `usage`, by service, in US dollars, without Glue's charge for the jobs. */
export function charge(usage: Usage, prices: Prices): Readonly<Record<string, number>> {
    return {
        "Step Functions": usage.transitions * prices.transition,
        DynamoDB: usage.writeUnits * prices.writeUnit + usage.readUnits * prices.readUnit,
        Lambda: usage.invocations * prices.invocation + usage.gigabyteSeconds * prices.gigabyteSecond,
        SQS: usage.queueRequests * prices.queueRequest,
        SNS: usage.notifications * prices.notification,
    };
}
