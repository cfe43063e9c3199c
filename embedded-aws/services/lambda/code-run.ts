/**
 * Runs the code of one invocation until it ends or the time limit ends it. With a runtime in which time stands still, the
 * code is one step, until it sleeps for the first time: from then on the clock goes on, and settles all promises between
 * two events, as it does for code that interleaves.
 */
import type { Clock, Timer } from "../../clock.ts";
import type { LambdaFunction } from "./function.ts";
import { timedOut } from "./outcome.ts";
import type { InvocationOutcome } from "./outcome.ts";
import type { FunctionRuntime, InvocationContext, InvocationResult } from "./runtime.ts";

export interface CodeRunOptions {
    readonly clock: Clock;
    readonly runtime: FunctionRuntime;
    readonly fn: LambdaFunction;
    readonly event: unknown;
    readonly context: Omit<InvocationContext, "sleep">;
    /** Is called once or more. The first call counts. */
    readonly end: (outcome: InvocationOutcome) => void;
}

export class CodeRun {
    private readonly options: CodeRunOptions;
    /** Ends the settling of promises. Undefined: the code is still in its first step. */
    private release: (() => void) | undefined;
    private limit: Timer | undefined;
    private slept: (() => void) | undefined;

    constructor(options: CodeRunOptions) {
        this.options = options;
    }

    /** Starts the code. Settles when the clock may go on. */
    async start(): Promise<void> {
        const { runtime, fn, event, context } = this.options;
        const sleeps = new Promise<undefined>((resolve) => {
            this.slept = () => resolve(undefined);
        });
        if (runtime.interleaved) this.letTimePass();
        const all: InvocationContext = { ...context, sleep: (milliseconds) => this.sleep(milliseconds) };
        const running = runtime.invoke(fn, event, all);
        const result = this.release ? undefined : await Promise.race([running, sleeps]);
        if (result) return this.finish(result);
        running.then(
            (later) => this.finish(later),
            (error: unknown) => {
                // A fault of the runtime ends the run of the clock. It is no outcome of the function.
                this.options.clock.post(() => {
                    throw error;
                });
            },
        );
    }

    private sleep(milliseconds: number): Promise<void> {
        const { clock, context } = this.options;
        if (!context.isOver()) this.letTimePass();
        return new Promise((resolve) => {
            clock.after(milliseconds, resolve);
        });
    }

    private letTimePass(): void {
        if (this.release) return;
        const { clock, context, end } = this.options;
        this.release = clock.drainPromises();
        this.limit = clock.at(context.deadline, () => {
            this.release?.();
            end(this.timedOut());
        });
        this.slept?.();
    }

    private finish(result: InvocationResult): void {
        const { clock, context, end } = this.options;
        this.release?.();
        clock.cancel(this.limit);
        const finishedAt = clock.now() + (result.durationMillis ?? 0);
        const isLate = finishedAt > context.deadline;
        const outcome = isLate ? this.timedOut() : result;
        const endsAt = isLate ? context.deadline : finishedAt;
        if (endsAt <= clock.now()) end(outcome);
        else clock.at(endsAt, () => end(outcome));
    }

    private timedOut(): InvocationOutcome {
        const { fn, context } = this.options;
        return timedOut(context.requestId, fn.configuration.timeoutSeconds);
    }
}
