/** One execution: what DescribeExecution tells of it, and while it runs, where it stands. */
import type { Timer } from "../../clock.ts";
import type { KeepHistory } from "./history.ts";
import { History } from "./history.ts";
import type { Integration } from "./integrations.ts";
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
    /** The id of its StateEntered event, which causes of errors cite, and of the event before it. */
    readonly enteredEvent: number;
    readonly previousEvent: number;
    retryCount: number;
    /** Retries so far, by retrier. */
    retries: number[];
}

/** A task that is under way. */
export interface OpenTask {
    readonly id: number;
    readonly integration: Integration;
    readonly parameters: unknown;
    readonly heartbeatSeconds: number | undefined;
    /** Whether the call's reply is still to come. */
    calling: boolean;
    timeout: Timer | undefined;
    heartbeat: Timer | undefined;
    poll: Timer | undefined;
    /** The Glue run that a `.sync` task waits for. */
    runId: string | undefined;
    /** What SendTaskSuccess or SendTaskFailure said before the reply came. */
    answer: (() => void) | undefined;
}

const NOTHING: Variables = Object.freeze({});

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
    /** Goes up when the execution ends or is redriven: what was under way before does not count any more. */
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

    /** Begins the run of the same execution anew. */
    redrive(time: number): void {
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

    /** Lets go of everything that only a running execution needs; one that can be redriven keeps its place. */
    end(status: Status, time: number): void {
        this.epoch++;
        this.status = status;
        this.stopTime = time;
        this.executionContext = undefined;
        this.parsedInput = undefined;
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
