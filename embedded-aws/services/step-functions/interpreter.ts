/**
 * Runs one execution: enters states, evaluates their fields, makes their calls, retries, catches, times out. It works
 * from event to event of the world's clock.
 *
 * Semantics are those of the States Language and of the Developer Guide's pages on each state, on "Handling errors",
 * "Passing data between states with variables" and "Restarting state machine executions with redrive".
 */
import type { RateLimit } from "../lib/rate-limit.ts";
import type { World } from "../../service.ts";
import { encryptionFault } from "./encryption.ts";
import {
    ERROR,
    exceedsPayload,
    HISTORY_LIMIT_CAUSE,
    HistoryLimitError,
    StateError,
    tooLarge,
} from "./errors.ts";
import type { Failure } from "./errors.ts";
import { Evaluation, SUPERSEDED } from "./evaluation.ts";
import type { Execution, Outcome, Variables, Visit } from "./execution.ts";
import type { Template } from "./expressions.ts";
import type { ChoiceState, FailState, State, TaskState, WaitState } from "./machine.ts";
import { matches, retryDelay } from "./retry.ts";
import { TaskCall } from "./task-call.ts";
import type { CallListener, TaskRequest } from "./task-call.ts";
import type { TaskTokens } from "./tokens.ts";

/** Where an execution goes on; undefined when it waits or has ended. */
type Onward = { readonly next: string; readonly input: unknown } | undefined;

/** A way out of a state: its own fields, or those of a Choice rule or a catcher. */
interface Exit {
    readonly output: Template | undefined;
    readonly assign: Template | undefined;
    /** Absent where the execution ends. */
    readonly next: string | undefined;
}

type EndStatus = Exclude<Execution["status"], "RUNNING">;

export type TransitionListener = (execution: Execution, state: string, time: number) => void;
export type EndListener = (execution: Execution) => void;

export interface Listeners {
    readonly transition: TransitionListener[];
    readonly end: EndListener[];
    /** Every change of status. */
    readonly status: EndListener[];
}

/** What all executions share. */
export interface Engine {
    readonly world: World;
    readonly tokens: TaskTokens;
    readonly listeners: Listeners;
    /** The account's quota of state transitions. */
    readonly transitions: RateLimit;
}

/**
 * The interpreter of one execution. It keeps nothing of its own: everything that lasts from one event to the next is in
 * the `Execution`. So whoever starts, redrives or aborts an execution makes one for it:
 *
 *     new Interpreter(engine, execution).start();
 */
export class Interpreter implements CallListener {
    private readonly engine: Engine;
    private readonly execution: Execution;

    constructor(engine: Engine, execution: Execution) {
        this.engine = engine;
        this.execution = execution;
    }

    /** Begins a new execution. */
    start(): void {
        const { inputText: input, definition } = this.execution;
        this.record("ExecutionStarted", { kind: "started", input, roleArn: definition.roleArn }, 0);
        this.begin(() => Promise.resolve(this.firstState()));
    }

    /** Goes on where the execution ended: "redrive runs the unsuccessful step and all after it". */
    redrive(): void {
        const { execution } = this;
        execution.redrive(this.now());
        this.record("ExecutionRedriven", { kind: "redriven", redriveCount: execution.redriveCount });
        const { visit } = execution;
        this.begin(() => {
            if (!visit) return Promise.resolve(this.firstState());
            const { state, input } = visit;
            // A task is scheduled again within its state; every other state is entered again.
            if (state.type === "Task") return this.attemptAgain(state);
            return Promise.resolve({ next: state.name, input });
        });
    }

    /** StopExecution. */
    abort(failure: Failure): void {
        this.record("ExecutionAborted", { kind: "aborted", ...failure }, 0);
        this.end("ABORTED", failure);
    }

    submitted(output: unknown, then: () => void): Promise<void> {
        return this.resumption(() => {
            const { integration } = this.visit.state as TaskState;
            this.record("TaskSubmitted", { kind: "taskSubmitted", integration, output });
            then();
            return Promise.resolve(undefined);
        })();
    }

    completed(outcome: Outcome): Promise<void> {
        return this.resumption(() => this.completeTask(this.visit.state as TaskState, outcome))();
    }

    private begin(first: () => Promise<Onward>): void {
        const { execution } = this;
        const { clock } = this.engine.world;
        const { timeoutSeconds } = execution.definition.program;
        if (timeoutSeconds !== undefined) {
            execution.deadline = clock.after(timeoutSeconds * 1000, () => this.timeOut());
        }
        execution.timer = clock.after(0, this.resumption(first));
        for (const listener of this.engine.listeners.status) listener(execution);
    }

    private firstState(): Onward {
        const { definition, input } = this.execution;
        return { next: definition.program.startAt.name, input };
    }

    /** A clock's task that goes on with the execution, unless it ended meanwhile. */
    private resumption(step: () => Promise<Onward>): () => Promise<void> {
        const { execution } = this;
        const { epoch } = execution;
        return async () => {
            if (execution.epoch !== epoch) return;
            execution.timer = undefined;
            execution.waitingFor = undefined;
            try {
                await this.goOn(await step());
            } catch (error) {
                if (error === SUPERSEDED) return;
                if (!(error instanceof HistoryLimitError)) throw error;
                this.fail({ error: ERROR.runtime, cause: HISTORY_LIMIT_CAUSE });
            }
        };
    }

    /** From state to state, until one waits or ends the execution. */
    private async goOn(from: Onward): Promise<void> {
        const { execution } = this;
        const { world, transitions } = this.engine;
        let onward = from;
        while (onward) {
            const { next, input } = onward;
            const fault = encryptionFault(world, execution.definition, execution.machine);
            // AWS does not say how: "any related running executions will fail" ("Data at rest encryption", FAQs).
            if (fault) return this.fail({ error: ERROR.runtime, cause: fault.message });
            const delay = transitions.reserve();
            if (delay > 0) {
                execution.waitingFor = "transition";
                const resume = this.resumption(() => this.enter(next, input));
                execution.timer = world.clock.after(delay, resume);
                return;
            }
            onward = await this.enter(next, input);
        }
    }

    private enter(name: string, input: unknown): Promise<Onward> {
        const { execution } = this;
        const state = execution.definition.program.states.get(name) as State;
        const previousEvent = execution.history.count === 1 ? 0 : execution.history.count;
        const entered = { kind: "entered", state: name, input } as const;
        const enteredEvent = this.record(`${state.type}StateEntered`, entered, previousEvent);
        execution.visit = {
            state,
            input,
            enteredEvent,
            previousEvent,
            enteredTime: this.now(),
            retryCount: 0,
            retries: [],
        };
        this.countTransition(name);
        return state.type === "Task" ? this.attempt(state) : this.orFail(() => this.run(state));
    }

    /** A state that makes no call. */
    private run(state: Exclude<State, TaskState>): Promise<Onward> {
        switch (state.type) {
            case "Pass":
                return this.leave(state, state);
            case "Wait":
                return this.wait(state);
            case "Choice":
                return this.choose(state);
            case "Succeed":
                return this.leave(state, { ...state, next: undefined });
            case "Fail":
                return this.failAsDefined(state);
        }
    }

    private async wait(state: WaitState): Promise<Onward> {
        const { execution } = this;
        const until = await this.endOf(state);
        execution.waitingFor = "timer";
        const resume = this.resumption(() => this.orFail(() => this.leave(state, state)));
        execution.timer = this.engine.world.clock.at(until, resume);
        return undefined;
    }

    /** When a Wait state ends: milliseconds since 1970. */
    private async endOf({ seconds, timestamp }: WaitState): Promise<number> {
        const evaluation = new Evaluation(this.execution);
        if (seconds === undefined) return evaluation.timestamp(timestamp);
        return this.now() + 1000 * (await evaluation.seconds(seconds, 0));
    }

    private async choose(state: ChoiceState): Promise<Onward> {
        const evaluation = new Evaluation(this.execution);
        for (const rule of state.choices) {
            if (await evaluation.condition(rule.condition)) return this.leave(state, rule);
        }
        if (state.default !== undefined) return this.leave(state, { ...state, next: state.default });
        const cause = "Failed to transition out of the state. The state does not point to a next state.";
        throw new StateError(ERROR.noChoiceMatched, cause);
    }

    private async failAsDefined(state: FailState): Promise<Onward> {
        const evaluation = new Evaluation(this.execution);
        const error = await evaluation.text(state.error);
        const cause = await evaluation.text(state.cause);
        return void this.fail({ error, cause });
    }

    /**
     * Evaluates Output and Assign, both with the variables' old values, and leaves the state. `members` are what
     * `$states` has here besides input and context; `otherwise` is the output of an exit that names none.
     */
    private async leave(
        state: State,
        exit: Exit,
        members: Readonly<Record<string, unknown>> = {},
        otherwise: unknown = this.visit.input,
    ): Promise<Onward> {
        const { execution } = this;
        let output = otherwise;
        let assigned: Variables | undefined;
        if (exit.output || exit.assign) {
            const evaluation = new Evaluation(execution, members);
            if (exit.assign) assigned = (await evaluation.value(exit.assign)) as Variables;
            if (exit.output) output = await evaluation.value(exit.output);
        }
        if (exceedsPayload(output) || (assigned && exceedsPayload(assigned))) throw tooLarge(state.name);
        if (assigned) execution.variables = { ...execution.variables, ...assigned };
        const exited = { kind: "exited", state: state.name, output, assigned } as const;
        this.record(`${state.type}StateExited`, exited);
        if (exit.next !== undefined) return { next: exit.next, input: output };
        return void this.succeed(output);
    }

    /** Schedules the call of a task: on entering its state, on a retry, on a redrive. */
    private async attempt(state: TaskState): Promise<Onward> {
        const { world } = this.engine;
        let request: TaskRequest;
        try {
            request = await this.requestOf(state);
        } catch (error) {
            return this.recover(state, this.failureOf(error));
        }
        const { integration, parameters, timeout, heartbeat } = request;
        const { region } = world;
        const scheduled = { kind: "scheduled", integration, region, parameters, timeout, heartbeat } as const;
        this.record("TaskScheduled", scheduled);
        this.record("TaskStarted", { kind: "taskStarted", integration });
        new TaskCall(world, this.execution, this, request).make();
        return undefined;
    }

    private attemptAgain(state: TaskState): Promise<Onward> {
        this.countTransition(state.name);
        return this.attempt(state);
    }

    private async requestOf(state: TaskState): Promise<TaskRequest> {
        const { execution } = this;
        const { integration } = state;
        const id = execution.tasks++;
        const waits = integration.pattern === "waitForTaskToken";
        const token = waits
            ? this.engine.tokens.make({ execution: execution.sequence, task: id })
            : undefined;
        const evaluation = new Evaluation(execution, {}, token);
        const { timeoutSeconds, heartbeatSeconds } = state;
        const timeout =
            timeoutSeconds === undefined ? undefined : await evaluation.seconds(timeoutSeconds, 1);
        const heartbeat =
            heartbeatSeconds === undefined ? undefined : await evaluation.seconds(heartbeatSeconds, 1);
        const parameters = state.arguments ? await evaluation.value(state.arguments) : {};
        if (exceedsPayload(parameters)) throw tooLarge(state.name);
        return { id, integration, parameters, timeout, heartbeat };
    }

    private completeTask(state: TaskState, outcome: Outcome): Promise<Onward> {
        switch (outcome.kind) {
            case "succeeded":
                return this.succeedTask(state, outcome.result);
            case "failed":
                return this.failTask(state, outcome);
            case "timedOut": {
                const { error } = outcome;
                const { integration } = state;
                this.record("TaskTimedOut", { kind: "taskTimedOut", integration, error });
                return this.recover(state, { error });
            }
        }
    }

    private async succeedTask(state: TaskState, result: unknown): Promise<Onward> {
        const { integration } = state;
        if (exceedsPayload(result)) {
            const { message: cause } = tooLarge(integration.resourceType);
            return this.failTask(state, { error: ERROR.dataLimitExceeded, cause });
        }
        this.record("TaskSucceeded", { kind: "taskSucceeded", integration, output: result });
        try {
            return await this.leave(state, state, { result }, result);
        } catch (error) {
            return this.recover(state, this.failureOf(error));
        }
    }

    private failTask(state: TaskState, { error, cause }: Failure): Promise<Onward> {
        this.record("TaskFailed", { kind: "taskFailed", integration: state.integration, error, cause });
        return this.recover(state, { error, cause });
    }

    /** Retries, else catches, else fails the execution. */
    private async recover(state: TaskState, failure: Failure): Promise<Onward> {
        if (this.scheduleRetry(state, failure)) return undefined;
        const catcher = state.catch.find((one) => matches(one.errorEquals, failure.error));
        if (!catcher) return void this.fail(failure);
        const errorOutput = { Error: failure.error ?? null, Cause: failure.cause ?? null };
        return this.orFail(() => this.leave(state, catcher, { errorOutput }, errorOutput));
    }

    /** Schedules the next attempt. False if the retrier for this failure has no attempts left, or there is none. */
    private scheduleRetry(state: TaskState, failure: Failure): boolean {
        const { execution, visit } = this;
        const { world, transitions } = this.engine;
        const index = state.retry.findIndex((one) => matches(one.errorEquals, failure.error));
        const retrier = state.retry[index];
        const tries = visit.retries[index] ?? 0;
        if (!retrier || tries >= retrier.maxAttempts) return false;
        visit.retries[index] = tries + 1;
        visit.retryCount++;
        const delay = retryDelay(retrier, tries, world.random) + transitions.reserve();
        execution.waitingFor = "retry";
        execution.timer = world.clock.after(
            delay,
            this.resumption(() => this.attemptAgain(state)),
        );
        return true;
    }

    /** What fails in the step fails the execution. */
    private async orFail(step: () => Promise<Onward>): Promise<Onward> {
        try {
            return await step();
        } catch (error) {
            return void this.fail(this.failureOf(error));
        }
    }

    /** What a state failed with. Writes the event of a failed evaluation. Throws any error that is not a state's. */
    private failureOf(thrown: unknown): Failure {
        if (!(thrown instanceof StateError)) throw thrown;
        const { state, enteredEvent, previousEvent } = this.visit;
        const { error, message, location } = thrown;
        if (error === ERROR.dataLimitExceeded) return { error, cause: message };
        const cause = `An error occurred while executing the state '${state.name}' (entered at the event id #${enteredEvent}). ${message}`;
        if (error === ERROR.queryEvaluation) {
            const { count } = this.execution.history;
            const where = location === undefined ? {} : { location };
            const body = { kind: "evaluationFailed", state: state.name, ...where, error, cause } as const;
            this.record("EvaluationFailed", body, count === enteredEvent ? previousEvent : count);
        }
        return { error, cause };
    }

    private succeed(output: unknown): void {
        const text = JSON.stringify(output);
        this.execution.output = text;
        this.record("ExecutionSucceeded", { kind: "succeeded", output: text });
        this.end("SUCCEEDED", {});
    }

    private fail(failure: Failure): void {
        this.record("ExecutionFailed", { kind: "failed", ...failure });
        this.end("FAILED", failure);
    }

    private timeOut(): void {
        this.record("ExecutionTimedOut", { kind: "timedOut", error: ERROR.timeout }, 0);
        this.end("TIMED_OUT", {});
    }

    private end(status: EndStatus, { error, cause }: Failure): void {
        const { execution } = this;
        const { world, listeners } = this.engine;
        world.clock.cancel(execution.timer);
        world.clock.cancel(execution.deadline);
        execution.task?.giveUp();
        execution.error = error;
        execution.cause = cause;
        execution.end(status, this.now());
        for (const listener of listeners.status) listener(execution);
        for (const listener of listeners.end) listener(execution);
    }

    private countTransition(state: string): void {
        const { world, listeners } = this.engine;
        this.execution.transitions++;
        world.count("states.transitions");
        for (const listener of listeners.transition) listener(this.execution, state, this.now());
    }

    private record(...[type, body, previous]: Recording): number {
        return this.execution.history.add(type, this.now(), body, previous);
    }

    /** The state that the execution is in. */
    private get visit(): Visit {
        return this.execution.visit as Visit;
    }

    private now(): number {
        return this.engine.world.clock.now();
    }
}

type AddParameters = Parameters<Execution["history"]["add"]>;
type Recording = [type: AddParameters[0], body: AddParameters[2], previous?: number];
