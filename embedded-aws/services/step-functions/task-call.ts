/**
 * The call that a task makes, from the request to the outcome: the reply, the answer to a task token, the end of a Glue
 * run, or a timeout, whichever comes first. The interpreter decides what an outcome means for the state.
 */
import type { Timer } from "../../clock.ts";
import { AwsError } from "../../service.ts";
import type { Caller, World } from "../../service.ts";
import { ERROR } from "./errors.ts";
import type { Execution, OpenTask, Outcome } from "./execution.ts";
import { errorOf, functionFailure, milliseconds, requestOf, resultOf, toJson } from "./integrations.ts";
import type { Integration } from "./integrations.ts";

/** What to call, and how long to wait for the outcome. */
export interface TaskRequest {
    /** Tells this task from the execution's others. */
    readonly id: number;
    readonly integration: Integration;
    readonly parameters: unknown;
    /** Seconds; undefined for no limit. */
    readonly timeout: number | undefined;
    /** Seconds from one heartbeat to the next; undefined for no limit. */
    readonly heartbeat: number | undefined;
}

/** Learns how a call goes. */
export interface CallListener {
    /** The service accepted a call whose end is yet to come. Calls `then` once that is in the history. */
    submitted(result: unknown, then: () => void): Promise<void>;
    /** The task has ended. */
    completed(outcome: Outcome): Promise<void>;
}

type Reply = { readonly output: unknown } | { readonly error: unknown };

/** Ends of a Glue run other than success. */
const RUN_FAILURES: ReadonlySet<unknown> = new Set(["FAILED", "ERROR", "TIMEOUT", "STOPPED", "EXPIRED"]);

/** The execution's present task and its call. `make` makes the call; later the listener learns of its end, once. */
export class TaskCall implements OpenTask {
    readonly id: number;
    private readonly world: World;
    private readonly execution: Execution;
    private readonly listener: CallListener;
    private readonly integration: Integration;
    /** Kept beyond the call only of a Glue run: very many tasks wait for their tokens. */
    private parameters: unknown;
    private readonly timeoutSeconds: number | undefined;
    private readonly heartbeatSeconds: number | undefined;
    /** Whether the call's reply is still to come. */
    private isCalling = true;
    private timeoutTimer: Timer | undefined;
    private heartbeatTimer: Timer | undefined;
    private pollTimer: Timer | undefined;
    /** The Glue run that a `.sync` task waits for. */
    private runId: string | undefined;
    /** Goes on with an answer that came before the reply. */
    private answered: (() => void) | undefined;

    constructor(world: World, execution: Execution, listener: CallListener, request: TaskRequest) {
        this.world = world;
        this.execution = execution;
        this.listener = listener;
        this.id = request.id;
        this.integration = request.integration;
        this.parameters = request.parameters;
        this.timeoutSeconds = request.timeout;
        this.heartbeatSeconds = request.heartbeat;
    }

    get isAnswered(): boolean {
        return this.answered !== undefined;
    }

    /** Makes the call, after as long as a call takes. */
    make(): void {
        const { clock, model } = this.world;
        this.execution.task = this;
        this.execution.waitingFor = "call";
        if (this.timeoutSeconds !== undefined) {
            const expire = (): Promise<void> | void => this.expire(ERROR.timeout);
            this.timeoutTimer = clock.after(this.timeoutSeconds * 1000, expire);
        }
        this.startHeartbeat();
        clock.after(model.callMillis, () => this.call());
    }

    answer(outcome: Outcome): void {
        this.close();
        const goOn = (): void => {
            this.execution.task = undefined;
            const complete = (): Promise<void> => this.listener.completed(outcome);
            this.execution.timer = this.world.clock.after(0, complete);
        };
        if (this.isCalling) this.answered = goOn;
        else goOn();
    }

    heartbeat(): void {
        this.world.clock.cancel(this.heartbeatTimer);
        this.startHeartbeat();
    }

    giveUp(): void {
        this.close();
        const { runId } = this;
        if (runId === undefined) return;
        const { JobName } = this.parameters as { JobName: string };
        this.world.clock.after(this.world.model.callMillis, () => {
            try {
                const input = { JobName, JobRunIds: [runId] };
                this.world.call("glue", "BatchStopJobRun", input, this.caller());
            } catch (error) {
                if (!(error instanceof AwsError)) throw error;
            }
        });
    }

    /** The call reaches the service, even if the task was given up meanwhile: it was under way. */
    private call(): Promise<void> | void {
        const { service, operation } = this.integration;
        const request = requestOf(this.integration, this.parameters);
        if (this.integration.pattern !== "sync") this.parameters = undefined;
        let reply: unknown;
        try {
            reply = this.world.call(service, operation, request, this.caller());
        } catch (error) {
            return this.reply({ error });
        }
        if (!(reply instanceof Promise)) return this.reply({ output: reply });
        const post = (outcome: Reply): void => this.world.clock.post(() => this.reply(outcome));
        reply.then(
            (output: unknown) => post({ output }),
            (error: unknown) => post({ error }),
        );
    }

    private reply(reply: Reply): Promise<void> | void {
        // An error that is not the API's is a fault of the run: no state may catch it.
        if ("error" in reply && !(reply.error instanceof AwsError)) throw reply.error;
        if (this.execution.task !== this) return;
        this.isCalling = false;
        if ("error" in reply || this.integration.pattern === "call") {
            return this.complete(this.outcomeOf(reply));
        }
        const result = resultOf(this.integration, reply.output);
        return this.listener.submitted(result, () => this.awaitEnd(reply.output));
    }

    private outcomeOf(reply: Reply): Outcome {
        const { integration } = this;
        if ("error" in reply) {
            const failure = errorOf(integration, reply.error as AwsError, this.world.random.uuid());
            return { kind: "failed", ...failure };
        }
        const failure = integration.service === "lambda" ? functionFailure(reply.output) : undefined;
        if (failure) return { kind: "failed", ...failure };
        return { kind: "succeeded", result: resultOf(integration, reply.output) };
    }

    /** The service accepted the call: what ends the task now is an answer to its token, or the end of its run. */
    private awaitEnd(output: unknown): void {
        if (this.answered) return this.answered();
        const isRun = this.integration.pattern === "sync";
        this.execution.waitingFor = isRun ? "run" : "token";
        if (isRun) this.watch(output);
        else this.execution.rest();
    }

    /** `.sync`: looks at the run again and again until it has ended. */
    private watch(output: unknown): void {
        const { clock, model } = this.world;
        const { JobRunId: RunId } = output as { JobRunId: string };
        const { JobName } = this.parameters as { JobName: string };
        this.runId = RunId;
        const since = clock.now();
        const look = (): Promise<void> | void => {
            if (this.execution.task !== this) return;
            const run = this.lookAt({ JobName, RunId });
            const state = run?.JobRunState;
            if (state !== "SUCCEEDED" && !RUN_FAILURES.has(state)) return again();
            const result = toJson(run, milliseconds);
            if (state === "SUCCEEDED") return this.complete({ kind: "succeeded", result });
            return this.complete({ kind: "failed", error: ERROR.taskFailed, cause: JSON.stringify(result) });
        };
        const again = (): void => {
            this.pollTimer = clock.after(model.syncPollMillis(clock.now() - since), look);
        };
        again();
    }

    /** The run, or undefined if this look at it failed. */
    private lookAt(input: object): Readonly<Record<string, unknown>> | undefined {
        try {
            const found = this.world.call("glue", "GetJobRun", input, this.caller());
            return (found as { JobRun: Readonly<Record<string, unknown>> }).JobRun;
        } catch (error) {
            if (error instanceof AwsError) return undefined;
            throw error;
        }
    }

    private startHeartbeat(): void {
        if (this.heartbeatSeconds === undefined) return;
        const expire = (): Promise<void> | void => this.expire(ERROR.heartbeatTimeout);
        this.heartbeatTimer = this.world.clock.after(this.heartbeatSeconds * 1000, expire);
    }

    private expire(error: string): Promise<void> | void {
        if (this.execution.task !== this) return;
        this.giveUp();
        this.execution.task = undefined;
        return this.listener.completed({ kind: "timedOut", error });
    }

    private complete(outcome: Outcome): Promise<void> {
        this.close();
        this.execution.task = undefined;
        return this.listener.completed(outcome);
    }

    /** From here on the task's token is of no use, and none of its timers goes off. */
    private close(): void {
        const { clock } = this.world;
        clock.cancel(this.timeoutTimer);
        clock.cancel(this.heartbeatTimer);
        clock.cancel(this.pollTimer);
        this.timeoutTimer = this.heartbeatTimer = this.pollTimer = undefined;
    }

    private caller(): Caller {
        const { arn: executionArn, definition, machine } = this.execution;
        const { roleArn } = definition;
        return { principal: "states.amazonaws.com", roleArn, sourceArn: machine.arn, executionArn };
    }
}
