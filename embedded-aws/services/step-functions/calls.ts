/**
 * The calls that tasks make, from the request to the outcome: the reply, the answer to a task token, the end of a Glue
 * run, or a timeout, whichever comes first. What an outcome means for the state is the interpreter's business.
 */
import { AwsError } from "../../service.ts";
import type { Caller, World } from "../../service.ts";
import { ERROR } from "./errors.ts";
import type { Failure } from "./errors.ts";
import type { Execution, OpenTask } from "./execution.ts";
import { errorOf, functionFailure, milliseconds, requestOf, resultOf, toJson } from "./integrations.ts";
import type { Integration } from "./integrations.ts";

export type Outcome =
    | { readonly kind: "succeeded"; readonly result: unknown }
    | ({ readonly kind: "failed" } & Failure)
    | { readonly kind: "timedOut"; readonly error: string };

/** What is told of calls. */
export interface CallHost {
    /** The service has accepted a call whose end is yet to come; `then` is done once that is in the history. */
    submitted(
        execution: Execution,
        integration: Integration,
        result: unknown,
        then: () => void,
    ): Promise<void>;
    /** The task is over. */
    completed(execution: Execution, integration: Integration, outcome: Outcome): Promise<void>;
}

export interface Call {
    readonly id: number;
    readonly integration: Integration;
    readonly parameters: unknown;
    /** Seconds. */
    readonly timeout: number | undefined;
    readonly heartbeat: number | undefined;
}

type Reply = { readonly output: unknown } | { readonly error: unknown };

/** Ends of a Glue run other than success. */
const RUN_FAILURES: ReadonlySet<unknown> = new Set(["FAILED", "ERROR", "TIMEOUT", "STOPPED", "EXPIRED"]);

export class Calls {
    private readonly world: World;
    private readonly host: CallHost;

    constructor(world: World, host: CallHost) {
        this.world = world;
        this.host = host;
    }

    /** Makes the call of the execution's present task. */
    begin(execution: Execution, { id, integration, parameters, timeout, heartbeat }: Call): void {
        const { clock, model } = this.world;
        const task: OpenTask = {
            ...{ id, integration, parameters, heartbeatSeconds: heartbeat, calling: true },
            ...{ timeout: undefined, heartbeat: undefined, poll: undefined },
            ...{ runId: undefined, answer: undefined },
        };
        execution.task = task;
        execution.waitingFor = "call";
        if (timeout !== undefined) {
            const expire = (): Promise<void> | void => this.expire(execution, task, ERROR.timeout);
            task.timeout = clock.after(timeout * 1000, expire);
        }
        this.startHeartbeat(execution, task);
        clock.after(model.callMillis, () => this.call(execution, task));
    }

    /** SendTaskSuccess or SendTaskFailure: the task is over at once, and the execution goes on as the next event. */
    answer(execution: Execution, task: OpenTask, outcome: Outcome): void {
        this.close(task);
        const goOn = (): void => {
            execution.task = undefined;
            const complete = (): Promise<void> => this.host.completed(execution, task.integration, outcome);
            execution.timer = this.world.clock.after(0, complete);
        };
        if (task.calling) task.answer = goOn;
        else goOn();
    }

    /** SendTaskHeartbeat. */
    heartbeat(execution: Execution, task: OpenTask): void {
        this.world.clock.cancel(task.heartbeat);
        this.startHeartbeat(execution, task);
    }

    /** The task is over without its end having been seen: a Glue run is asked to stop, once ("best effort"). */
    giveUp(execution: Execution, task: OpenTask): void {
        this.close(task);
        const { runId } = task;
        if (runId === undefined) return;
        const { clock, model } = this.world;
        const { JobName } = task.parameters as { JobName: string };
        clock.after(model.callMillis, () => {
            try {
                const input = { JobName, JobRunIds: [runId] };
                this.world.call("glue", "BatchStopJobRun", input, callerOf(execution));
            } catch (error) {
                if (!(error instanceof AwsError)) throw error;
            }
        });
    }

    /** The call reaches the service, even when the task has been given up meanwhile: it was under way. */
    private call(execution: Execution, task: OpenTask): Promise<void> | void {
        const { service, operation } = task.integration;
        const request = requestOf(task.integration, task.parameters);
        let reply: unknown;
        try {
            reply = this.world.call(service, operation, request, callerOf(execution));
        } catch (error) {
            return this.reply(execution, task, { error });
        }
        if (!(reply instanceof Promise)) return this.reply(execution, task, { output: reply });
        const post = (outcome: Reply): void =>
            this.world.clock.post(() => this.reply(execution, task, outcome));
        reply.then(
            (output: unknown) => post({ output }),
            (error: unknown) => post({ error }),
        );
    }

    private reply(execution: Execution, task: OpenTask, reply: Reply): Promise<void> | void {
        // What is no error of the API is a fault of the run: no state may catch it.
        if ("error" in reply && !(reply.error instanceof AwsError)) throw reply.error;
        if (execution.task !== task) return;
        const { integration } = task;
        task.calling = false;
        if (!("error" in reply) && integration.pattern !== "call") {
            const { output } = reply;
            return this.host.submitted(execution, integration, resultOf(integration, output), () => {
                if (task.answer) return task.answer();
                execution.waitingFor = integration.pattern === "sync" ? "run" : "token";
                if (integration.pattern === "sync") this.watch(execution, task, output);
            });
        }
        return this.complete(execution, task, this.outcomeOf(integration, reply));
    }

    private outcomeOf(integration: Integration, reply: Reply): Outcome {
        if ("error" in reply) {
            const failure = errorOf(integration, reply.error as AwsError, this.world.random.uuid());
            return { kind: "failed", ...failure };
        }
        const failure = integration.service === "lambda" ? functionFailure(reply.output) : undefined;
        if (failure) return { kind: "failed", ...failure };
        return { kind: "succeeded", result: resultOf(integration, reply.output) };
    }

    /** `.sync`: looks at the run again and again until it has ended. */
    private watch(execution: Execution, task: OpenTask, output: unknown): void {
        const { clock, model } = this.world;
        const { JobRunId: RunId } = output as { JobRunId: string };
        const { JobName } = task.parameters as { JobName: string };
        task.runId = RunId;
        const since = clock.now();
        const look = (): Promise<void> | void => {
            if (execution.task !== task) return;
            const run = this.lookAt(execution, { JobName, RunId });
            const state = run?.JobRunState;
            if (state !== "SUCCEEDED" && !RUN_FAILURES.has(state)) return again();
            const result = toJson(run, milliseconds);
            if (state === "SUCCEEDED") return this.complete(execution, task, { kind: "succeeded", result });
            const cause = JSON.stringify(result);
            return this.complete(execution, task, { kind: "failed", error: ERROR.taskFailed, cause });
        };
        const again = (): void => {
            task.poll = clock.after(model.syncPollMillis(clock.now() - since), look);
        };
        again();
    }

    /** The run, or undefined if this look at it failed. */
    private lookAt(execution: Execution, input: object): Readonly<Record<string, unknown>> | undefined {
        try {
            const found = this.world.call("glue", "GetJobRun", input, callerOf(execution));
            return (found as { JobRun: Readonly<Record<string, unknown>> }).JobRun;
        } catch (error) {
            if (error instanceof AwsError) return undefined;
            throw error;
        }
    }

    private startHeartbeat(execution: Execution, task: OpenTask): void {
        if (task.heartbeatSeconds === undefined) return;
        const expire = (): Promise<void> | void => this.expire(execution, task, ERROR.heartbeatTimeout);
        task.heartbeat = this.world.clock.after(task.heartbeatSeconds * 1000, expire);
    }

    private expire(execution: Execution, task: OpenTask, error: string): Promise<void> | void {
        if (execution.task !== task) return;
        this.giveUp(execution, task);
        execution.task = undefined;
        return this.host.completed(execution, task.integration, { kind: "timedOut", error });
    }

    private complete(execution: Execution, task: OpenTask, outcome: Outcome): Promise<void> {
        this.close(task);
        execution.task = undefined;
        return this.host.completed(execution, task.integration, outcome);
    }

    /** From here on the task's token is of no use, and none of its timers goes off. */
    private close(task: OpenTask): void {
        const { clock } = this.world;
        clock.cancel(task.timeout);
        clock.cancel(task.heartbeat);
        clock.cancel(task.poll);
        task.timeout = task.heartbeat = task.poll = undefined;
    }
}

function callerOf(execution: Execution): Caller {
    return {
        principal: "states.amazonaws.com",
        roleArn: execution.definition.roleArn,
        sourceArn: execution.machine.arn,
    };
}
