/** One execution: what DescribeExecution shows, and while it runs, the state that it is in and what it waits for. */
import type { Timer } from "../../clock.ts";
import type { Failure } from "./errors.ts";
import type { KeepHistory } from "./history.ts";
import { History } from "./history.ts";
import type { Definition, State, StateMachine } from "./machine.ts";

export type Status = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** What an open execution waits for. */
export type WaitingFor = "transition" | "call" | "token" | "run" | "timer" | "retry";

export type Variables = Readonly<Record<string, unknown>>;

/** The state that an execution is in, or in which it ended without success. */
export interface Visit {
    readonly state: State;
    readonly input: unknown;
    readonly enteredTime: number;
    /** The ids of its StateEntered event, which causes of errors cite, and of the event before it. */
    readonly enteredEvent: number;
    readonly previousEvent: number;
    retryCount: number;
    /** Retries so far, by retrier. */
    retries: number[];
}

/** How a task ended. */
export type Outcome =
    | { readonly kind: "succeeded"; readonly result: unknown }
    | ({ readonly kind: "failed" } & Failure)
    | { readonly kind: "timedOut"; readonly error: string };

/** A task that is under way, as the API and the interpreter see it. */
export interface OpenTask {
    readonly id: number;
    /** Whether it has its answer already, and waits only for the reply to its call. */
    readonly isAnswered: boolean;
    /** SendTaskSuccess or SendTaskFailure: the task ends at once, and the execution goes on as the next event. */
    answer(outcome: Outcome): void;
    /** SendTaskHeartbeat. */
    heartbeat(): void;
    /** The task ends without its outcome: a Glue run is asked to stop, once ("best effort"). */
    giveUp(): void;
}

const NOTHING: Variables = Object.freeze({});

/** What a redrive changes at once. */
export type Progress = Pick<
    Execution,
    "status" | "stopTime" | "output" | "error" | "cause" | "redriveCount" | "redriveTime"
>;

export class Execution {
    readonly sequence: number;
    readonly arn: string;
    readonly name: string;
    readonly machine: StateMachine;
    readonly definition: Definition;
    /** The input as it came. */
    readonly inputText: string;
    readonly startTime: number;
    readonly history: History;

    status: Status = "RUNNING";
    stopTime: number | undefined;
    output: string | undefined;
    error: string | undefined;
    cause: string | undefined;
    redriveCount = 0;
    redriveTime: number | undefined;
    /** How it had ended before its latest redrive. */
    private beforeRedrive: Progress | undefined;
    transitions = 0;

    variables: Variables = NOTHING;
    visit: Visit | undefined;
    task: OpenTask | undefined;
    tasks = 0;
    waitingFor: WaitingFor | undefined;
    /** Wakes it: a Wait, a retry, a throttled transition. */
    timer: Timer | undefined;
    /** The execution's own TimeoutSeconds. */
    deadline: Timer | undefined;
    /** Goes up when the execution ends or is redriven: what was under way before no longer counts. */
    epoch = 0;
    private executionContext: Readonly<Record<string, unknown>> | undefined;
    private parsedInput: { readonly value: unknown } | undefined;

    constructor(
        sequence: number,
        arn: string,
        name: string,
        machine: StateMachine,
        inputText: string,
        startTime: number,
        keepHistory: KeepHistory,
    ) {
        this.sequence = sequence;
        this.arn = arn;
        this.name = name;
        this.machine = machine;
        this.definition = machine.definition;
        this.inputText = inputText;
        this.startTime = startTime;
        this.history = new History(keepHistory);
    }

    /** The input as a value. */
    get input(): unknown {
        this.parsedInput ??= { value: JSON.parse(this.inputText) };
        return this.parsedInput.value;
    }

    /** The value of `$states.context` in the current state; `token` only for a task that waits for one. */
    context(token?: string): Record<string, unknown> {
        const { state, enteredTime, retryCount } = this.visit as Visit;
        const EnteredTime = new Date(enteredTime).toISOString();
        const context: Record<string, unknown> = {
            Execution: (this.executionContext ??= this.describeForContext()),
            StateMachine: { Id: this.machine.arn, Name: this.machine.name },
            State:
                state.type === "Task"
                    ? { Name: state.name, EnteredTime, RetryCount: retryCount }
                    : { Name: state.name, EnteredTime },
        };
        if (token !== undefined) context.Task = { Token: token };
        return context;
    }

    /** Opens the execution again. */
    redrive(time: number): void {
        const { status, stopTime, output, error, cause, redriveCount, redriveTime } = this;
        this.beforeRedrive = { status, stopTime, output, error, cause, redriveCount, redriveTime };
        this.epoch++;
        this.status = "RUNNING";
        this.stopTime = undefined;
        this.output = this.error = this.cause = undefined;
        this.redriveCount++;
        this.redriveTime = time;
        this.executionContext = undefined;
        if (this.visit) {
            this.visit.retryCount = 0;
            this.visit.retries = [];
        }
    }

    /** As reads show it that show a moment after its start: without a later redrive or end. */
    shownAt(moment: number): Progress {
        const { stopTime, redriveCount, redriveTime } = this;
        if (this.beforeRedrive && (redriveTime as number) > moment) return this.beforeRedrive;
        if (stopTime === undefined || stopTime <= moment) return this;
        const nothing = { stopTime: undefined, output: undefined, error: undefined, cause: undefined };
        return { status: "RUNNING", ...nothing, redriveCount, redriveTime };
    }

    /** Drops what can be made again from the input's text: very many executions wait at once. */
    rest(): void {
        this.executionContext = undefined;
        this.parsedInput = undefined;
    }

    /** Drops everything that only a running execution needs. One that can be redriven keeps its state and variables. */
    end(status: Status, time: number): void {
        this.epoch++;
        this.status = status;
        this.stopTime = time;
        this.rest();
        this.waitingFor = undefined;
        this.task = undefined;
        this.timer = undefined;
        this.deadline = undefined;
        if (status === "SUCCEEDED") {
            this.variables = NOTHING;
            this.visit = undefined;
        }
    }

    private describeForContext(): Record<string, unknown> {
        const context: Record<string, unknown> = {
            Id: this.arn,
            Input: this.input,
            Name: this.name,
            RoleArn: this.definition.roleArn,
            StartTime: new Date(this.startTime).toISOString(),
            RedriveCount: this.redriveCount,
        };
        if (this.redriveTime !== undefined) context.RedriveTime = new Date(this.redriveTime).toISOString();
        return context;
    }
}
