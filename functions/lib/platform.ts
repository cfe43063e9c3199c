/**
 * What a function needs from outside: its environment, the time, AWS clients and a log. A deployed function gets the real
 * ones; with others handed in, the same code runs anywhere.
 */
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GlueClient } from "@aws-sdk/client-glue";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SQSClient } from "@aws-sdk/client-sqs";
import { measurement, NAMESPACE } from "./metrics.ts";
import type { Measurement, MetricDimensions, MetricValues } from "./metrics.ts";

/** Structured log lines. They never contain a message's body. */
export interface Log {
    info(message: string, fields: Record<string, unknown>): void;
    warn(message: string, fields: Record<string, unknown>): void;
    error(message: string, fields: Record<string, unknown>): void;
}

export interface Platform {
    readonly env: Readonly<Record<string, string | undefined>>;
    /** Milliseconds since 1970. */
    now(): number;
    readonly dynamodb: Pick<DynamoDBClient, "send">;
    readonly sfn: Pick<SFNClient, "send">;
    readonly glue: Pick<GlueClient, "send">;
    readonly sqs: Pick<SQSClient, "send">;
    readonly log: Log;
    /** Adds a value to each of some metrics. It never fails and makes no call: CloudWatch reads them from one log line. */
    metrics(values: MetricValues, dimensions: MetricDimensions): void;
}

/** The part of Lambda's invocation context that is used. */
export interface Context {
    readonly functionName: string;
    readonly awsRequestId: string;
    getRemainingTimeInMillis(): number;
}

export type Handler = (event: unknown, context: Context) => Promise<unknown>;

/** The deployed handler: made from the real platform at the first invocation, and kept. */
export function deployed(create: (platform: Platform) => Handler): Handler {
    let handler: Handler | undefined;
    return (event, context) => {
        handler ??= create(realPlatform(context.functionName));
        return handler(event, context);
    };
}

function realPlatform(functionName: string): Platform {
    const logger = new Logger({ serviceName: functionName });
    const write = metricWriter();
    return {
        env: process.env,
        now: () => Date.now(),
        dynamodb: new DynamoDBClient({}),
        sfn: new SFNClient({}),
        glue: new GlueClient({}),
        sqs: new SQSClient({}),
        log: {
            info: (message, fields) => logger.info(message, fields),
            warn: (message, fields) => logger.warn(message, fields),
            error: (message, fields) => logger.error(message, fields),
        },
        metrics: (values, dimensions) => write(measurement(process.env, values, dimensions)),
    };
}

/**
 * Writes values at once, as a line in CloudWatch's Embedded Metric Format: a later crash does not lose them. The lines have
 * no level, which Lambda takes for INFO (Lambda Developer Guide, "Configuring advanced logging controls").
 */
function metricWriter(): (measurement: Measurement) => void {
    const metrics = new Metrics({ namespace: NAMESPACE });
    // An alarm names every dimension of its metric, and "service" is none of ours.
    metrics.clearDefaultDimensions();
    return ({ values, dimensions }) => {
        for (const [dimension, text] of Object.entries(dimensions)) metrics.addDimension(dimension, text);
        for (const [name, value] of Object.entries(values)) metrics.addMetric(name, MetricUnit.Count, value);
        metrics.publishStoredMetrics();
    };
}

/** A variable of the function's environment. Throws an error that names it if the deployment left it out. */
export function required(env: Platform["env"], name: string): string {
    const value = env[name];
    if (value === undefined || value === "") {
        throw new Error(
            `The environment variable ${name} is not set: deploy the function with the component that makes it.`,
        );
    }
    return value;
}
