/** What runs a function's code. Lambda's service knows when to run it and what becomes of it; a runtime knows how. */
import type { LambdaFunction } from "./function.ts";
import type { InvocationOutcome } from "./outcome.ts";

export interface FunctionRuntime {
    /**
     * Whether code may await events of the clock between its calls. If not, `invoke` is awaited within one event, and
     * time stands still for it; if so, the clock goes on, settling all promises between events, until it has ended.
     */
    readonly interleaved: boolean;
    /** Makes ready whatever `invoke` needs; called once for each function and again when its code has changed. */
    load(fn: LambdaFunction): Promise<void> | void;
    /** Runs the handler. Settles in any case: an error of the code is a result, a rejection is a fault of the runtime. */
    invoke(fn: LambdaFunction, event: unknown, context: InvocationContext): Promise<InvocationResult>;
    /** Ends whatever it keeps: threads, servers, files. */
    close?(): Promise<void> | void;
}

export interface InvocationContext {
    /** The same for all attempts of an asynchronous invocation. */
    readonly requestId: string;
    readonly functionName: string;
    readonly functionArn: string;
    /** When Lambda ends it, by the world's clock. */
    readonly deadline: number;
    remainingMillis(): number;
    /** True from its end on: code that was timed out must not call anything any more. */
    isOver(): boolean;
    /** A line for the function's log group. */
    log(line: string): void;
    /** A value that a line in Embedded Metric Format would tell CloudWatch, for a runtime that spares itself the line. */
    metric(measurement: Measurement): void;
}

/** A value of a metric. */
export interface Measurement {
    readonly namespace: string;
    readonly name: string;
    readonly value: number;
    readonly dimensions: Readonly<Record<string, string>>;
}

export type InvocationResult = InvocationOutcome & {
    /** How long the code took, for a runtime in which time stands still. @default 0 */
    readonly durationMillis?: number;
};
