/**
 * Runs invocations: concurrency of the account and of functions, time limits, the bill, and the queue of asynchronous
 * invocations with its retries.
 */
import { arnIn } from "../../location.ts";
import { AwsError } from "../../service.ts";
import type { Caller, KeyUse, World } from "../../service.ts";
import { embeddedMetrics } from "../cloudwatch/index.ts";
import type { EmbeddedMetric } from "../cloudwatch/index.ts";
import { findKey } from "../kms/index.ts";
import { CodeRun } from "./code-run.ts";
import { deliver } from "./destination.ts";
import { isRecursion, isThrottle, recursiveInvocation, tooManyRequests } from "./errors.ts";
import type { LambdaFunction } from "./function.ts";
import { isStopped, traceHeaderOf } from "./lineage.ts";
import type { InvocationOutcome } from "./outcome.ts";
import type { FunctionRuntime, InvocationContext } from "./runtime.ts";

/** Lambda Developer Guide, "Configuring reserved concurrency": so much of the account's concurrency stays unreserved. */
const MIN_UNRESERVED = 100;

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/**
 * How the key of a log group is used by the role that writes to it (AWS Managed Policy Reference,
 * "CloudWatchLogsAPIKeyAccess"; "Encrypt log data in CloudWatch Logs using AWS KMS").
 */
const LOG_KEY_USES = ["kms:GenerateDataKey", "kms:Decrypt", "kms:DescribeKey"];

/** A line of the function's code, or of Lambda about it. */
export interface LogLine {
    readonly time: number;
    readonly functionArn: string;
    readonly requestId: string;
    readonly line: string;
}

/** AWS has one stream for each environment that runs a function; here a function has one of them. */
/** CloudWatch Logs API Reference, "PutLogEvents": 26 bytes are counted with each event. */
const LOG_EVENT_BYTES = 26;

const LOG_STREAM = "[$LATEST]";

export class Invoker {
    onLog: ((line: LogLine) => void) | undefined;
    private readonly world: World;
    private readonly runtime: FunctionRuntime;
    /** Running invocations of functions without reserved concurrency. */
    private unreservedRunning = 0;
    private reserved = 0;
    /** ARNs of functions that have a log stream. */
    private readonly logStreams = new Set<string>();

    constructor(world: World, runtime: FunctionRuntime) {
        this.world = world;
        this.runtime = runtime;
    }

    /** Changes how much of the account's concurrency is reserved. */
    reserve(change: number): void {
        this.reserved += change;
    }

    unreserved(): number {
        return this.world.model.lambdaConcurrency - this.reserved;
    }

    /** How much must stay unreserved. Accounts that have less in all may reserve nothing. */
    minimumUnreserved(): number {
        return Math.min(MIN_UNRESERVED, this.world.model.lambdaConcurrency);
    }

    /**
     * Starts an invocation; `onEnd` is called within the event in which it ends. Throws TooManyRequestsException when
     * there is no concurrency left, and RecursiveInvocationException when the event has invoked the function too often.
     */
    start(
        fn: LambdaFunction,
        event: unknown,
        onEnd: (outcome: InvocationOutcome) => void,
        { requestId = this.world.random.uuid(), cause }: StartOptions = {},
    ): void {
        const { world } = this;
        if (isStopped(cause, fn)) {
            world.count("lambda.recursions");
            fn.statistics.RecursiveInvocationsDropped.add(1);
            throw recursiveInvocation();
        }
        const release = this.occupy(fn);
        world.count("lambda.invocations");
        world.count(`lambda.invocations.${fn.name}`);
        const startedAt = world.clock.now();
        let isOver = false;
        const end = (outcome: InvocationOutcome): void => {
            if (isOver) return;
            isOver = true;
            release();
            const millis = Math.max(1, Math.ceil(world.clock.now() - startedAt));
            world.count("lambda.millis", millis);
            world.record("AWS/Lambda", "Duration", fn.name, millis);
            world.record("AWS/Lambda", "Invocations", fn.name);
            if (outcome.kind === "failed") world.count("lambda.errors");
            fn.statistics.Invocations.add(1);
            fn.statistics.Errors.add(outcome.kind === "failed" ? 1 : 0);
            onEnd(outcome);
        };
        const context: Omit<InvocationContext, "sleep"> = {
            requestId,
            functionName: fn.name,
            functionArn: fn.arn,
            traceHeader: traceHeaderOf(cause, fn, requestId, startedAt),
            deadline: startedAt + fn.configuration.timeoutSeconds * SECOND,
            remainingMillis: () => Math.max(0, context.deadline - world.clock.now()),
            isOver: () => isOver,
            log: (line) => this.log(fn, requestId, line),
            metrics: ({ namespace, values, dimensions }) => {
                if (!this.mayLog(fn)) return;
                const all = Object.entries(values).map(([name, value]) => ({ name, values: [value] }));
                this.putMetrics(fn, namespace, all, dimensions);
            },
        };
        world.clock.after(world.model.invokeMillis, () => {
            const sealed = sealedEnvironment(fn, world);
            if (sealed) return end(sealed);
            if (fn.configuration.handlerFile === undefined) return end(missingModule(fn));
            return new CodeRun({
                clock: world.clock,
                runtime: this.runtime,
                fn,
                event,
                context,
                end,
            }).start();
        });
    }

    /**
     * Puts an event into the queue of a function's asynchronous invocations.
     *
     * @param payload JSON text
     * @param cause the trace header that came with the event
     */
    enqueue(fn: LambdaFunction, payload: string, cause?: string): string {
        const requestId = this.world.random.uuid();
        const queuedAt = this.world.clock.now();
        this.attempt({ fn, payload, requestId, queuedAt, cause, invokeCount: 0, throttles: 0 });
        return requestId;
    }

    private log(fn: LambdaFunction, requestId: string, line: string): void {
        if (!this.mayLog(fn)) return;
        const time = this.world.clock.now();
        this.onLog?.({ time, functionArn: fn.arn, requestId, line });
        fn.logGroup(this.world)?.lines.add(time, LOG_STREAM, line);
        const bytes = Buffer.byteLength(line) + LOG_EVENT_BYTES;
        this.world.record("AWS/Logs", "IncomingBytes", fn.configuration.logGroup, bytes);
        for (const { namespace, dimensions, ...metric } of embeddedMetrics(line))
            this.putMetrics(fn, namespace, [metric], dimensions);
    }

    /** Whether the function's role may write its log. If not, the lines are lost without an error. */
    private mayLog(fn: LambdaFunction): boolean {
        const { world } = this;
        const caller = callerOf(fn);
        const group = arnIn(world, "logs", `log-group:${fn.configuration.logGroup}`);
        // Each instance has a log stream of its own. Permissions do not distinguish them.
        const resource = `${group}:log-stream:[$LATEST]`;
        const may = (action: string, key?: KeyUse): boolean =>
            world.allows(caller, { action, resource, ...(key && { key }) });
        if (!this.logStreams.has(fn.arn) && may("logs:CreateLogStream")) this.logStreams.add(fn.arn);
        const key = { of: group, through: "logs", actions: LOG_KEY_USES } as const;
        const isWritten = this.logStreams.has(fn.arn) && may("logs:PutLogEvents", key);
        if (!isWritten) world.count("lambda.logsLost");
        return isWritten;
    }

    /** What CloudWatch Logs does with metrics that are embedded in a line of the function's log group. */
    private putMetrics(
        fn: LambdaFunction,
        namespace: string,
        metrics: readonly Pick<EmbeddedMetric, "name" | "values">[],
        dimensions: EmbeddedMetric["dimensions"],
    ): void {
        const { world } = this;
        const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
        const input = {
            Namespace: namespace,
            MetricData: metrics.map(({ name, values }) => ({ MetricName: name, Values: values, Dimensions })),
        };
        const sourceArn = arnIn(world, "logs", `log-group:${fn.configuration.logGroup}`);
        const caller = { principal: "logs.amazonaws.com", sourceArn };
        try {
            world.call("cloudwatch", "PutMetricData", input, caller);
        } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            // CloudWatch drops metrics that it cannot read, without an error.
            world.count("logs.metricsLost");
        }
    }

    private occupy(fn: LambdaFunction): () => void {
        const own = fn.configuration.reservedConcurrency;
        const isFull = own === undefined ? this.unreservedRunning >= this.unreserved() : fn.running >= own;
        if (isFull) {
            this.world.count("lambda.throttles");
            fn.statistics.Throttles.add(1);
            throw tooManyRequests(own === undefined ? "account" : "function");
        }
        fn.running++;
        if (own === undefined) this.unreservedRunning++;
        return () => {
            fn.running--;
            if (own === undefined) this.unreservedRunning--;
        };
    }

    private attempt(event: AsyncEvent): void {
        const { fn, payload, requestId, cause } = event;
        const now = this.world.clock.now();
        const { maximumEventAgeSeconds } = fn.asynchronous;
        if (now - event.queuedAt >= maximumEventAgeSeconds * SECOND)
            return this.discard(event, "EventAgeExceeded");
        try {
            this.start(fn, JSON.parse(payload), (outcome) => this.conclude(event, outcome), {
                requestId,
                cause,
            });
            event.invokeCount++;
            event.throttles = 0;
        } catch (error) {
            // AWS does not say with which condition. The name of the error takes its place.
            if (isRecursion(error)) return this.discard(event, error.name);
            if (!isThrottle(error)) throw error;
            // The same page: throttled events are retried after one second, and up to five minutes, for six hours.
            const delay = Math.min(SECOND * 2 ** event.throttles++, 5 * MINUTE);
            this.world.clock.after(delay, () => this.attempt(event));
        }
    }

    private conclude(event: AsyncEvent, outcome: InvocationOutcome): void {
        const { maximumRetryAttempts, onSuccess } = event.fn.asynchronous;
        if (outcome.kind === "returned") {
            if (onSuccess !== undefined) this.report(event, onSuccess, "Success", outcome);
        } else if (event.invokeCount > maximumRetryAttempts) {
            this.discard(event, "RetriesExhausted", outcome);
        } else {
            // The same page: one minute before the second attempt, two before the third.
            this.world.clock.after(event.invokeCount * MINUTE, () => this.attempt(event));
        }
    }

    private discard(event: AsyncEvent, condition: string, outcome?: InvocationOutcome): void {
        const { fn } = event;
        this.world.count("lambda.dropped");
        const { deadLetterArn } = fn.configuration;
        if (deadLetterArn !== undefined) {
            const message = outcome?.kind === "failed" ? outcome.errorMessage : condition;
            deliver(this.world, deadLetterArn, event.payload, callerOf(fn), {
                RequestID: event.requestId,
                ErrorCode: "200",
                ErrorMessage: message.slice(0, 1024),
            });
        }
        const { onFailure } = fn.asynchronous;
        if (onFailure !== undefined) this.report(event, onFailure, condition, outcome);
    }

    /** Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations". */
    private report(
        event: AsyncEvent,
        destination: string,
        condition: string,
        outcome?: InvocationOutcome,
    ): void {
        const { fn, requestId, invokeCount } = event;
        const record = {
            version: "1.0",
            timestamp: new Date(this.world.clock.now()).toISOString(),
            requestContext: {
                requestId,
                functionArn: `${fn.arn}:$LATEST`,
                condition,
                approximateInvokeCount: invokeCount,
            },
            requestPayload: JSON.parse(event.payload) as unknown,
            ...(outcome && {
                responseContext: responseContext(outcome),
                responsePayload: responsePayload(outcome),
            }),
        };
        deliver(this.world, destination, JSON.stringify(record), callerOf(fn));
    }
}

export interface StartOptions {
    /** @default a new one */
    readonly requestId?: string | undefined;
    /** The trace header that came with the event. */
    readonly cause?: string | undefined;
}

interface AsyncEvent {
    readonly fn: LambdaFunction;
    readonly payload: string;
    readonly requestId: string;
    readonly queuedAt: number;
    readonly cause: string | undefined;
    invokeCount: number;
    throttles: number;
}

/** The caller that Lambda is when it calls other services for a function. */
export function callerOf(fn: LambdaFunction, sourceArn = fn.arn): Caller {
    return { principal: "lambda.amazonaws.com", roleArn: fn.configuration.roleArn, sourceArn };
}

export function responseContext(outcome: InvocationOutcome): object {
    const failed = outcome.kind === "failed" ? { functionError: "Unhandled" } : {};
    return { statusCode: 200, executedVersion: "$LATEST", ...failed };
}

/** The payload of Invoke's answer. */
export function responsePayload(outcome: InvocationOutcome): unknown {
    if (outcome.kind === "returned") return outcome.payload ?? null;
    const { errorType, errorMessage } = outcome;
    return { errorType, errorMessage };
}

/** Lambda API Reference, "Invoke", KMSDisabledException and KMSNotFoundException. */
function sealedEnvironment(fn: LambdaFunction, world: World): InvocationOutcome | undefined {
    const { keyArn } = fn.configuration;
    if (keyArn === undefined) return undefined;
    const key = findKey(world, keyArn);
    if (key?.enabled === true) return undefined;
    const [errorType, why] = key
        ? ["KMSDisabledException", "the KMS key used is disabled"]
        : ["KMSNotFoundException", "the KMS key was not found"];
    return {
        kind: "failed",
        errorType,
        errorMessage: `Lambda was unable to decrypt the environment variables because ${why}. Please check the function's KMS key settings.`,
    };
}

function missingModule(fn: LambdaFunction): InvocationOutcome {
    const { handler } = fn.configuration;
    const module = handler.slice(0, Math.max(0, handler.lastIndexOf("."))) || handler;
    return {
        kind: "failed",
        errorType: "Runtime.ImportModuleError",
        errorMessage: `Error: Cannot find module '${module}'`,
    };
}
