/**
 * The error names that the workflow acts on, as Step Functions spells them: the service's prefix, then AWS's own name. An
 * error that AWS adds belongs in one of these lists.
 */
import type { Retrier } from "./asl.ts";

/** Glue has not started the run, and may do so later. */
export const REFUSED_FOR_NOW = [
    "Glue.ConcurrentRunsExceededException",
    "Glue.ResourceNumberLimitExceededException",
];

/** Glue gets too many requests. A poll of the run may meet these as well as its start. */
export const THROTTLED = ["Glue.ThrottlingException", "Glue.AWSGlueException"];

/** Glue has not started the run, and never will. */
export const REFUSED_FOR_GOOD = ["Glue.InvalidInputException"];

/** Glue knows no such job: it was never made, or was deleted. A poll may meet this too. */
export const JOB_MISSING = ["Glue.EntityNotFoundException"];

/**
 * The error with which a person ends an execution's wait in line, and takes its message out of the line for good. A task token
 * can be answered once: whoever is told that the answer was taken knows that nobody else has woken the execution.
 */
export const CANCELLED = "Cancelled";

/** A failed condition, as the optimized integration and as the SDK integration spell it. */
export const CONDITION_FAILED = [
    "DynamoDB.ConditionalCheckFailedException",
    "DynamoDb.ConditionalCheckFailedException",
];

/**
 * DynamoDB cannot take a call now, as both integrations spell it. The first two names are those of errors that an
 * integration does not model, throttles among them: AmazonDynamoDBException by the optimized one, DynamoDbException by the
 * SDK's.
 */
const BUSY_TABLE = ["DynamoDB", "DynamoDb"].flatMap((prefix) =>
    [
        "AmazonDynamoDBException",
        "DynamoDbException",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestLimitExceededException",
        "TransactionConflictException",
        "InternalServerError",
        "InternalServerErrorException",
        "SdkClientException",
    ].map((name) => `${prefix}.${name}`),
);

/** For writes to the table: about a minute of retries. */
export const RETRY_BUSY_TABLE: Retrier = {
    ErrorEquals: BUSY_TABLE,
    IntervalSeconds: 1,
    BackoffRate: 2,
    MaxAttempts: 6,
    MaxDelaySeconds: 30,
    JitterStrategy: "FULL",
};

/** For messages to a queue or a topic: hours of retries, whatever the error, because nothing else helps. */
export const RETRY_FOR_HOURS: Retrier = {
    ErrorEquals: ["States.ALL"],
    IntervalSeconds: 5,
    BackoffRate: 2,
    MaxAttempts: 40,
    MaxDelaySeconds: 900,
    JitterStrategy: "FULL",
};
