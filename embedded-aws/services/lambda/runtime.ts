/** What runs the code of functions. Lambda's service decides when to run it and what follows from the outcome. */
import type { LambdaFunction } from "./function.ts";
import type { InvocationOutcome } from "./outcome.ts";

export interface FunctionRuntime {
    /**
     * Whether code may await events of the clock between its calls. If not, an invocation is one event, and time stands
     * still during it until it sleeps. If so, the clock goes on until the invocation has ended, and settles all promises
     * between two events.
     */
    readonly interleaved: boolean;
    /** Prepares what `invoke` needs. Is called once for each function, and again when its code has changed. */
    load(fn: LambdaFunction): Promise<void> | void;
    /** Runs the handler. An error of the code is a result; a rejection is a fault of the runtime. */
    invoke(fn: LambdaFunction, event: unknown, context: InvocationContext): Promise<InvocationResult>;
    /** Ends what it keeps: threads, servers, files. */
    close?(): Promise<void> | void;
}

export interface InvocationContext {
    /** The same for all attempts of an asynchronous invocation. */
    readonly requestId: string;
    readonly functionName: string;
    readonly functionArn: string;
    /** The X-Ray trace header, which the SDK adds to the calls of the code. */
    readonly traceHeader: string;
    /** When Lambda ends the invocation: milliseconds since 1970, by the world's clock. */
    readonly deadline: number;
    remainingMillis(): number;
    /** True from the end of the invocation on. Code that timed out must not call anything any more. */
    isOver(): boolean;
    /** Lets so many milliseconds of the world's time pass. From then on the clock goes on while the code runs. */
    sleep(milliseconds: number): Promise<void>;
    /** Writes a line to the function's log group. */
    log(line: string): void;
    /** Records values of metrics, as a line in Embedded Metric Format would. */
    metrics(measurement: Measurement): void;
}

/** A value for each of some metrics, by their names. */
export interface Measurement {
    readonly namespace: string;
    readonly values: Readonly<Record<string, number>>;
    readonly dimensions: Readonly<Record<string, string>>;
}

export type InvocationResult = InvocationOutcome & {
    /** Milliseconds that the code took besides its sleeps, for a runtime in which time stands still. @default 0 */
    readonly durationMillis?: number;
};
