/**
 * Runs executions: enters states, evaluates their fields, makes their calls, retries, catches, times out. It works
 * from event to event of the world's clock; between two of them an execution is only what `Execution` holds.
 *
 * Semantics are those of the States Language and of the Developer Guide's pages on each state, on "Handling errors",
 * "Passing data between states with variables" and "Restarting state machine executions with redrive".
 */
import type { World } from "../../service.ts";
import { Calls } from "./calls.ts";
import type { Outcome } from "./calls.ts";
import { parseTimestamp } from "./definition.ts";
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
import type { Execution, Variables, Visit } from "./execution.ts";
import { Expression } from "./expressions.ts";
import type { Scope, Template } from "./expressions.ts";
import type { Integration } from "./integrations.ts";
import type { NumberField, State, TaskState, TextField, WaitState } from "./machine.ts";
import { RateLimit } from "../lib/rate-limit.ts";
import { matches, retryDelay } from "./retry.ts";
import type { TaskTokens } from "./tokens.ts";

/** Where an execution goes on; undefined when it waits or has ended. */
type Onward = { readonly next: string; readonly input: unknown } | undefined;

type EndStatus = Exclude<Execution["status"], "RUNNING">;

export type TransitionListener = (execution: Execution, state: string, time: number) => void;
export type EndListener = (execution: Execution) => void;

export interface Listeners {
    readonly transition: TransitionListener[];
    readonly end: EndListener[];
    /** Every change of status. */
    readonly status: EndListener[];
}

/** Thrown through an evaluation whose execution ended meanwhile. */
const SUPERSEDED = new Error("the execution went on or ended while an expression was evaluated");

const MAX_WAIT_SECONDS = 99_999_999;

export class Interpreter {
    private readonly world: World;
    private readonly tokens: TaskTokens;
    private readonly listeners: Listeners;
    private readonly transitions: RateLimit;
    /** The calls of tasks that are under way; tokens are answered here. */
    readonly calls: Calls;

    constructor(world: World, tokens: TaskTokens, listeners: Listeners) {
        this.world = world;
        this.tokens = tokens;
        this.listeners = listeners;
        this.transitions = new RateLimit(world.clock, world.model.stateTransitionQuota);
        this.calls = new Calls(world, {
            submitted: (execution, integration, output, then) =>
                this.resumption(execution, () => {
                    this.record(execution, "TaskSubmitted", { kind: "taskSubmitted", integration, output });
                    then();
                    return Promise.resolve(undefined);
                })(),
            completed: (execution, integration, outcome) =>
                this.resumption(execution, () => this.completeTask(execution, integration, outcome))(),
        });
    }

    /** Begins a new execution. */
    start(execution: Execution): void {
        const { inputText, definition } = execution;
        this.record(
            execution,
            "ExecutionStarted",
            { kind: "started", input: inputText, roleArn: definition.roleArn },
            0,
        );
        this.begin(execution, () =>
            Promise.resolve({ next: definition.program.startAt.name, input: execution.input }),
        );
    }

    /** Goes on where the execution ended: "redrive runs the unsuccessful step and all after it". */
    redrive(execution: Execution): void {
        execution.redrive(this.now());
        const { redriveCount } = execution;
        this.record(execution, "ExecutionRedriven", { kind: "redriven", redriveCount });
        const visit = execution.visit;
        this.begin(execution, () => {
            if (!visit) {
                return Promise.resolve({
                    next: execution.definition.program.startAt.name,
                    input: execution.input,
                });
            }
            // A task is scheduled again within its state; every other state is entered again.
            if (visit.state.type !== "Task") {
                return Promise.resolve({ next: visit.state.name, input: visit.input });
            }
            this.countTransition(execution, visit.state.name);
            return this.attempt(execution, visit.state);
        });
    }

    /** StopExecution. */
    abort(execution: Execution, failure: Failure): void {
        this.record(execution, "ExecutionAborted", { kind: "aborted", ...failure }, 0);
        this.end(execution, "ABORTED", failure);
    }

    private begin(execution: Execution, first: () => Promise<Onward>): void {
        const { clock } = this.world;
        const { timeoutSeconds } = execution.definition.program;
        if (timeoutSeconds !== undefined) {
            execution.deadline = clock.after(timeoutSeconds * 1000, () => this.timeOut(execution));
        }
        execution.timer = clock.after(0, this.resumption(execution, first));
        for (const listener of this.listeners.status) listener(execution);
    }

    /** A clock's task that goes on with the execution, unless it ended meanwhile. */
    private resumption(execution: Execution, step: () => Promise<Onward>): () => Promise<void> {
        const { epoch } = execution;
        return async () => {
            if (execution.epoch !== epoch) return;
            execution.timer = undefined;
            execution.waitingFor = undefined;
            try {
                await this.goOn(execution, await step());
            } catch (error) {
                if (error === SUPERSEDED) return;
                if (!(error instanceof HistoryLimitError)) throw error;
                this.fail(execution, { error: ERROR.runtime, cause: HISTORY_LIMIT_CAUSE });
            }
        };
    }

    /** From state to state, until one waits or ends the execution. */
    private async goOn(execution: Execution, from: Onward): Promise<void> {
        let onward = from;
        while (onward) {
            const { next, input } = onward;
            const fault = encryptionFault(this.world, execution.definition, execution.machine);
            // AWS does not say how: "any related running executions will fail" ("Data at rest encryption", FAQs).
            if (fault) return this.fail(execution, { error: ERROR.runtime, cause: fault.message });
            const delay = this.transitions.reserve();
            if (delay > 0) {
                const step = (): Promise<Onward> => this.enter(execution, next, input);
                execution.waitingFor = "transition";
                execution.timer = this.world.clock.after(delay, this.resumption(execution, step));
                return;
            }
            onward = await this.enter(execution, next, input);
        }
    }

    private enter(execution: Execution, name: string, input: unknown): Promise<Onward> {
        const state = execution.definition.program.states.get(name) as State;
        const previousEvent = execution.history.count === 1 ? 0 : execution.history.count;
        const entered = { kind: "entered", state: name, input } as const;
        const enteredEvent = this.record(execution, `${state.type}StateEntered`, entered, previousEvent);
        execution.visit = {
            ...{ state, input, enteredEvent, previousEvent },
            enteredTime: this.now(),
            retryCount: 0,
            retries: [],
        };
        this.countTransition(execution, name);
        return state.type === "Task" ? this.attempt(execution, state) : this.run(execution, state);
    }

    /** A state that makes no call; what fails in it fails the execution. */
    private async run(execution: Execution, state: Exclude<State, TaskState>): Promise<Onward> {
        try {
            switch (state.type) {
                case "Pass":
                    return await this.leave(execution, state, state);
                case "Wait":
                    return await this.wait(execution, state);
                case "Choice":
                    return await this.choose(execution, state);
                case "Succeed":
                    return await this.leave(execution, state, { ...state, next: undefined });
                case "Fail": {
                    const scope = this.scope(execution);
                    const error = await this.text(execution, state.error, scope);
                    const cause = await this.text(execution, state.cause, scope);
                    return void this.fail(execution, { error, cause });
                }
            }
        } catch (error) {
            return void this.fail(execution, this.failureOf(execution, error));
        }
    }

    private async wait(execution: Execution, state: WaitState): Promise<Onward> {
        const scope = this.scope(execution);
        let until: number;
        if (state.seconds !== undefined) {
            until = this.now() + 1000 * (await this.seconds(execution, state.seconds, scope, 0));
        } else {
            const timestamp = (await this.text(execution, state.timestamp, scope)) as string;
            const time = parseTimestamp(timestamp);
            if (time === undefined) {
                const why =
                    "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string";
                throw new StateError(ERROR.queryEvaluation, `${why}: ${timestamp}`, "Timestamp");
            }
            until = time;
        }
        execution.waitingFor = "timer";
        const then = async (): Promise<Onward> => {
            try {
                return await this.leave(execution, state, state);
            } catch (error) {
                return void this.fail(execution, this.failureOf(execution, error));
            }
        };
        execution.timer = this.world.clock.at(until, this.resumption(execution, then));
        return undefined;
    }

    private async choose(execution: Execution, state: Extract<State, { type: "Choice" }>): Promise<Onward> {
        const scope = this.scope(execution);
        for (const rule of state.choices) {
            const { condition } = rule;
            const holds =
                typeof condition === "boolean"
                    ? condition
                    : await this.current(execution, condition.evaluateAs(scope, "boolean"));
            if (holds) return this.leave(execution, state, rule);
        }
        if (state.default === undefined) {
            const cause = "Failed to transition out of the state. The state does not point to a next state.";
            throw new StateError(ERROR.noChoiceMatched, cause);
        }
        return this.leave(execution, state, { ...state, next: state.default });
    }

    /**
     * Evaluates Output and Assign, both with the variables' old values, and leaves the state. `members` are what
     * `$states` has here besides input and context; `otherwise` is the output of a state that names none.
     */
    private async leave(
        execution: Execution,
        state: State,
        way: { output: Template | undefined; assign: Template | undefined; next: string | undefined },
        members: Readonly<Record<string, unknown>> = {},
        otherwise: unknown = (execution.visit as Visit).input,
    ): Promise<Onward> {
        let output = otherwise;
        let assigned: Variables | undefined;
        if (way.output || way.assign) {
            const scope = this.scope(execution, members);
            if (way.assign) assigned = (await this.value(execution, way.assign, scope)) as Variables;
            if (way.output) output = await this.value(execution, way.output, scope);
        }
        if (exceedsPayload(output) || (assigned && exceedsPayload(assigned))) throw tooLarge(state.name);
        if (assigned) execution.variables = { ...execution.variables, ...assigned };
        this.record(execution, `${state.type}StateExited`, {
            kind: "exited",
            state: state.name,
            output,
            assigned,
        });
        if (way.next !== undefined) return { next: way.next, input: output };
        execution.output = JSON.stringify(output);
        this.record(execution, "ExecutionSucceeded", { kind: "succeeded", output: execution.output });
        this.end(execution, "SUCCEEDED", {});
        return undefined;
    }

    /** Schedules the call of a task: on entering its state, on a retry, on a redrive. */
    private async attempt(execution: Execution, state: TaskState): Promise<Onward> {
        const { integration } = state;
        const id = execution.tasks++;
        const waits = integration.pattern === "waitForTaskToken";
        const token = waits ? this.tokens.make({ execution: execution.sequence, task: id }) : undefined;
        const scope: Scope = {
            variables: execution.variables,
            states: { input: execution.visit?.input, context: execution.context(token) },
        };
        let parameters: unknown = {};
        let timeout: number | undefined;
        let heartbeat: number | undefined;
        try {
            timeout = await this.optionalSeconds(execution, state.timeoutSeconds, scope);
            heartbeat = await this.optionalSeconds(execution, state.heartbeatSeconds, scope);
            if (state.arguments) parameters = await this.value(execution, state.arguments, scope);
            if (exceedsPayload(parameters)) throw tooLarge(state.name);
        } catch (error) {
            return this.recover(execution, state, this.failureOf(execution, error));
        }
        const region = this.world.region;
        this.record(execution, "TaskScheduled", {
            ...{ kind: "scheduled", integration, region, parameters, timeout, heartbeat },
        });
        this.record(execution, "TaskStarted", { kind: "taskStarted", integration });
        this.calls.begin(execution, { id, integration, parameters, timeout, heartbeat });
        return undefined;
    }

    private completeTask(execution: Execution, integration: Integration, outcome: Outcome): Promise<Onward> {
        const state = execution.visit?.state as TaskState;
        switch (outcome.kind) {
            case "succeeded":
                return this.succeedTask(execution, state, integration, outcome.result);
            case "failed":
                return this.failTask(execution, state, integration, outcome);
            case "timedOut": {
                const { error } = outcome;
                this.record(execution, "TaskTimedOut", { kind: "taskTimedOut", integration, error });
                return this.recover(execution, state, { error });
            }
        }
    }

    private async succeedTask(
        execution: Execution,
        state: TaskState,
        integration: Integration,
        result: unknown,
    ): Promise<Onward> {
        if (exceedsPayload(result)) {
            const { message: cause } = tooLarge(integration.resourceType);
            return this.failTask(execution, state, integration, { error: ERROR.dataLimitExceeded, cause });
        }
        this.record(execution, "TaskSucceeded", { kind: "taskSucceeded", integration, output: result });
        try {
            return await this.leave(execution, state, state, { result }, result);
        } catch (error) {
            return this.recover(execution, state, this.failureOf(execution, error));
        }
    }

    private failTask(
        execution: Execution,
        state: TaskState,
        integration: Integration,
        { error, cause }: Failure,
    ): Promise<Onward> {
        this.record(execution, "TaskFailed", { kind: "taskFailed", integration, error, cause });
        return this.recover(execution, state, { error, cause });
    }

    /** Retries, else catches, else fails the execution. */
    private async recover(execution: Execution, state: TaskState, failure: Failure): Promise<Onward> {
        const visit = execution.visit as Visit;
        const index = state.retry.findIndex((one) => matches(one.errorEquals, failure.error));
        const retrier = state.retry[index];
        const tries = visit.retries[index] ?? 0;
        if (retrier && tries < retrier.maxAttempts) {
            visit.retries[index] = tries + 1;
            visit.retryCount++;
            const delay = retryDelay(retrier, tries, this.world.random) + this.transitions.reserve();
            const again = (): Promise<Onward> => {
                this.countTransition(execution, state.name);
                return this.attempt(execution, state);
            };
            execution.waitingFor = "retry";
            execution.timer = this.world.clock.after(delay, this.resumption(execution, again));
            return undefined;
        }
        const catcher = state.catch.find((one) => matches(one.errorEquals, failure.error));
        if (!catcher) return void this.fail(execution, failure);
        const errorOutput = { Error: failure.error ?? null, Cause: failure.cause ?? null };
        try {
            return await this.leave(execution, state, catcher, { errorOutput }, errorOutput);
        } catch (error) {
            return void this.fail(execution, this.failureOf(execution, error));
        }
    }

    /** What a state failed with; the event of a failed evaluation is written here. Anything else is no state's failure. */
    private failureOf(execution: Execution, error: unknown): Failure {
        if (!(error instanceof StateError)) throw error;
        const { state, enteredEvent, previousEvent } = execution.visit as Visit;
        if (error.error === ERROR.dataLimitExceeded) return { error: error.error, cause: error.message };
        const cause = `An error occurred while executing the state '${state.name}' (entered at the event id #${enteredEvent}). ${error.message}`;
        const failure = { error: error.error, cause };
        if (error.error === ERROR.queryEvaluation) {
            const { count } = execution.history;
            const location = error.location === undefined ? {} : { location: error.location };
            const body = { kind: "evaluationFailed", state: state.name, ...location, ...failure } as const;
            const previous = count === enteredEvent ? previousEvent : count;
            this.record(execution, "EvaluationFailed", body, previous);
        }
        return failure;
    }

    private fail(execution: Execution, failure: Failure): void {
        this.record(execution, "ExecutionFailed", { kind: "failed", ...failure });
        this.end(execution, "FAILED", failure);
    }

    private timeOut(execution: Execution): void {
        this.record(execution, "ExecutionTimedOut", { kind: "timedOut", error: ERROR.timeout }, 0);
        this.end(execution, "TIMED_OUT", {});
    }

    private end(execution: Execution, status: EndStatus, { error, cause }: Failure): void {
        const { clock } = this.world;
        clock.cancel(execution.timer);
        clock.cancel(execution.deadline);
        const { task } = execution;
        if (task) this.calls.giveUp(execution, task);
        execution.error = error;
        execution.cause = cause;
        execution.end(status, this.now());
        for (const listener of this.listeners.status) listener(execution);
        for (const listener of this.listeners.end) listener(execution);
    }

    private scope(execution: Execution, members: Readonly<Record<string, unknown>> = {}): Scope {
        const { visit, variables } = execution;
        return { variables, states: { input: visit?.input, context: execution.context(), ...members } };
    }

    private value(execution: Execution, template: Template, scope: Scope): unknown {
        const { constant } = template;
        return constant ? constant.value : this.current(execution, template.evaluate(scope));
    }

    /** The value, if the execution is still the same when it is there. */
    private async current<T>(execution: Execution, evaluation: Promise<T>): Promise<T> {
        const { epoch } = execution;
        try {
            return await evaluation;
        } finally {
            // eslint-disable-next-line no-unsafe-finally -- whatever came of it does not count any more
            if (execution.epoch !== epoch) throw SUPERSEDED;
        }
    }

    private async text(
        execution: Execution,
        field: TextField | undefined,
        scope: Scope,
    ): Promise<string | undefined> {
        if (!(field instanceof Expression)) return field;
        return (await this.current(execution, field.evaluateAs(scope, "string"))) as string;
    }

    private async optionalSeconds(
        execution: Execution,
        field: NumberField | undefined,
        scope: Scope,
    ): Promise<number | undefined> {
        return field === undefined ? undefined : this.seconds(execution, field, scope, 1);
    }

    private async seconds(
        execution: Execution,
        field: NumberField,
        scope: Scope,
        least: number,
    ): Promise<number> {
        if (!(field instanceof Expression)) return field;
        const value = (await this.current(execution, field.evaluateAs(scope, "number"))) as number;
        if (Number.isInteger(value) && value >= least && value <= MAX_WAIT_SECONDS) return value;
        throw field.failure(
            `returned ${value}, which is not an integer from ${least} to ${MAX_WAIT_SECONDS}.`,
        );
    }

    private countTransition(execution: Execution, state: string): void {
        execution.transitions++;
        this.world.count("states.transitions");
        for (const listener of this.listeners.transition) listener(execution, state, this.now());
    }

    private record(execution: Execution, ...[type, body, previous]: Recording): number {
        return execution.history.add(type, this.now(), body, previous);
    }

    private now(): number {
        return this.world.clock.now();
    }
}

type AddParameters = Parameters<Execution["history"]["add"]>;
type Recording = [type: AddParameters[0], body: AddParameters[2], previous?: number];
