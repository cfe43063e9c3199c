/**
 * The retries of an SDK client in its standard mode: which errors it tries again, how often, and after which pause (AWS SDKs
 * and Tools Reference Guide, "Retry behavior"). The numbers are those of the SDK for JavaScript in this repository
 * (`@smithy/core`, `submodules/retry`).
 */
import type { Random } from "../random.ts";
import type { AwsError, ServiceName } from "../service.ts";

/** What a client is configured with, as the SDK's own clients are. */
export interface ClientConfiguration {
    /** All attempts, the first included. @default AWS_MAX_ATTEMPTS of the environment, or what the SDK has for the service */
    readonly maxAttempts?: number | undefined;
}

interface Defaults {
    readonly maxAttempts: number;
    readonly baseMillis: number;
}

const DEFAULTS: Defaults = { maxAttempts: 3, baseMillis: 50 };
/** `DynamoDBClient` tries more often, and sooner. */
const DYNAMODB: Defaults = { maxAttempts: 4, baseMillis: 25 };

const THROTTLING_BASE_MILLIS = 1000;
const MAX_PAUSE_MILLIS = 20_000;

/** Each client has so many tokens, pays for each further attempt, and gets them back with each call that succeeds. */
const TOKENS = 500;
const COST = 14;
const THROTTLING_COST = 5;
const REFILL = 1;

const THROTTLING = new Set([
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
]);
const TRANSIENT = new Set(["TimeoutError", "RequestTimeout", "RequestTimeoutException"]);
const TRANSIENT_STATUS = new Set([500, 502, 503, 504]);

/** The attempts of one call that failed so far. */
export interface Attempts {
    readonly count: number;
    /** Milliseconds. */
    readonly waited: number;
    /** The tokens that the latest of them cost. */
    readonly cost: number;
}

export const NO_ATTEMPTS: Attempts = { count: 0, waited: 0, cost: REFILL };

/** The retries of one client. */
export class Retries {
    private readonly random: Random;
    private readonly maxAttempts: number;
    private readonly baseMillis: number;
    private tokens = TOKENS;

    constructor(
        random: Random,
        service: ServiceName,
        env: Readonly<Record<string, string>>,
        { maxAttempts }: ClientConfiguration,
    ) {
        const defaults = service === "dynamodb" ? DYNAMODB : DEFAULTS;
        this.random = random;
        this.maxAttempts = maxAttempts ?? declaredAttempts(env["AWS_MAX_ATTEMPTS"]) ?? defaults.maxAttempts;
        this.baseMillis = defaults.baseMillis;
    }

    /** Notes that a call succeeded after the attempts that failed. */
    succeeded({ cost }: Attempts): void {
        this.tokens = Math.min(TOKENS, this.tokens + cost);
    }

    /** How long to wait before the next attempt, and what it costs. Undefined: the caller gets the error. */
    next(error: AwsError, failed: Attempts): { pause: number; cost: number } | undefined {
        const isThrottled = error.statusCode === 429 || THROTTLING.has(error.name);
        const isTransient = TRANSIENT.has(error.name) || TRANSIENT_STATUS.has(error.statusCode);
        if (!isThrottled && !isTransient) return undefined;
        const cost = isThrottled ? THROTTLING_COST : COST;
        if (failed.count + 1 >= this.maxAttempts || this.tokens < cost) return undefined;
        this.tokens -= cost;
        const base = isThrottled ? THROTTLING_BASE_MILLIS : this.baseMillis;
        const longest = Math.min(base * 2 ** failed.count, MAX_PAUSE_MILLIS);
        return { pause: Math.floor(this.random.next() * longest), cost };
    }
}

function declaredAttempts(declared: string | undefined): number | undefined {
    if (declared === undefined || declared === "") return undefined;
    const count = Number.parseInt(declared, 10);
    if (Number.isNaN(count)) throw new Error(`AWS_MAX_ATTEMPTS is "${declared}", expected a number.`);
    return count;
}
