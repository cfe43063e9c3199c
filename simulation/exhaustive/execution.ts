/**
 * An execution of the deployed definition, step by step: from one call to the next. The embedded AWS parses the definition
 * and evaluates its expressions; what a call is answered, and when, is for the exploration to say.
 *
 * Moments and counts that no decision tells apart are made the same, so that there are finitely many executions.
 */
import { matches, parseDefinition, Random, requestOf, StateError } from "../../embedded-aws/index.ts";
import type { Catcher, Program, Scope, State, TaskState } from "../../embedded-aws/index.ts";
import { HOLDER_ARGUMENT } from "../../slots/table.ts";
import { STATE } from "../../workflow/states.ts";
import type { Bounds } from "./bounds.ts";
import { executionArn, executionName, iso, NOW, POOL, SELF, STATE_MACHINE } from "./names.ts";

export interface Execution {
    readonly status: "RUNNING" | "SUCCEEDED" | "FAILED" | "ABORTED";
    readonly state: string;
    /** What it waits for: the reply to its call, an answer to its token, the end of its run. */
    readonly waitsFor: "reply" | "token" | "run" | "nothing";
    readonly variables: Readonly<Record<string, unknown>>;
    readonly retries: number;
    readonly redrives: number;
    /** Whether its end, or its last redrive, lies so far back that every grace is over. */
    readonly isPast: boolean;
    /** What its history shows since it last entered `Run job`, as far as the reaper reads it. */
    readonly trail: readonly string[];
    readonly error: string;
}

/** A call of an AWS service. */
export interface Call {
    readonly service: string;
    readonly operation: string;
    readonly input: Readonly<Record<string, unknown>>;
}

/** How a task ended. */
export type Outcome = { readonly result: unknown } | { readonly error: string; readonly cause: string };

export const INPUT = {
    format: 1,
    pool: POOL,
    message: {
        ...{ id: SELF, group: "g", body: "{}", sentAt: iso(NOW), sequence: "1", attributes: {} },
        ...{ arguments: {}, priority: 5 },
    },
};

/** What a trail keeps: the reaper reads these in a history. */
const TOLD: readonly string[] = [STATE.runJob, STATE.deadLetterMessage, STATE.closeAsDeadLettered];
export const TASK_SUCCEEDED = "succeeded";
export const SCHEDULED = "scheduled ";
export const SUBMITTED = "submitted ";

/** A wake-up in so many finds the execution stepping aside. */
const WAKES_PER_ROUND = 4;

export class Workflow {
    private readonly program: Program;
    private readonly bounds: Pick<Bounds, "visits" | "wakes">;
    private time = NOW;

    constructor(definition: string, bounds: Pick<Bounds, "visits" | "wakes">) {
        this.bounds = bounds;
        const clock = { now: () => this.time };
        this.program = parseDefinition(definition, { clock, random: new Random(1), partition: "aws" });
    }

    get states(): readonly string[] {
        return [...this.program.states.keys()];
    }

    begin(): Promise<Execution> {
        const first = this.program.startAt.name;
        return this.enter(
            {
                ...{ status: "RUNNING", state: first, waitsFor: "reply", variables: {}, retries: 0 },
                ...{ redrives: 0, isPast: false, trail: [], error: "" },
            },
            first,
        );
    }

    /** The call that an execution makes which waits for a reply. */
    async call(execution: Execution): Promise<Call> {
        const { integration, arguments: template } = this.task(execution);
        const argument = template ? await this.value(execution, template) : {};
        const input = requestOf(integration, argument) as Call["input"];
        return { service: integration.service, operation: integration.operation, input };
    }

    /** The task that an execution is in. */
    task({ state }: Execution): TaskState {
        const found = this.state(state);
        if (found.type !== "Task") throw new Error(`${state} is no task`);
        return found;
    }

    /** The name of an error of AWS in the state that the execution is in. */
    errorName(execution: Execution, name: string): string {
        const { dialect } = this.task(execution).integration;
        return `${dialect.prefix}.${name}`;
    }

    /** The token under which an execution waits. It is another one for each visit of the line, and for each retry. */
    tokenOf({ state, redrives, retries, variables }: Execution): string {
        const which = Number(variables["visits"] ?? 0);
        return `token-${SELF}-${state.replaceAll(" ", "")}-${redrives}.${which}.${retries}`;
    }

    /** The call was accepted: what ends the task is an answer to its token, or the end of its run. */
    accepted(execution: Execution, run?: string): Execution {
        if (run === undefined) return { ...execution, waitsFor: "token" };
        return { ...execution, waitsFor: "run", trail: [...execution.trail, `${SUBMITTED}${run}`] };
    }

    /** Goes on after a task has ended. */
    async goOn(execution: Execution, outcome: Outcome): Promise<Execution> {
        const state = this.task(execution);
        if ("error" in outcome) return this.recover(execution, state, outcome);
        const trail =
            execution.state === STATE.deadLetterMessage
                ? [...execution.trail, TASK_SUCCEEDED]
                : execution.trail;
        return this.leave({ ...execution, trail }, state, { result: outcome.result });
    }

    /** A person redrives it: it goes on in the state in which it was aborted. */
    redriven(execution: Execution): Promise<Execution> {
        const again: Execution = {
            ...execution,
            ...{ status: "RUNNING", waitsFor: "reply", retries: 0, isPast: false },
            redrives: execution.redrives + 1,
        };
        return this.attempt(again, this.task(again));
    }

    /** The time is over in which it may start a job again that Glue refused. */
    withoutBudget(execution: Execution): Execution {
        return { ...execution, variables: { ...execution.variables, startingSince: 0 } };
    }

    /** Minutes have passed for it: its turn is over. */
    grownOld(execution: Execution): Execution {
        const { wokenAt } = execution.variables;
        return {
            ...execution,
            isPast: execution.status !== "RUNNING" || execution.redrives > 0,
            variables: {
                ...execution.variables,
                ...(wokenAt !== undefined && { wokenAt: 0 }),
            },
        };
    }

    private async enter(execution: Execution, name: string): Promise<Execution> {
        const state = this.state(name);
        const before = name === STATE.runJob ? [] : execution.trail;
        const trail = TOLD.includes(name) ? [...before, name] : before;
        const here: Execution = { ...execution, state: name, waitsFor: "reply", retries: 0, trail };
        switch (state.type) {
            case "Task":
                return this.attempt(here, state);
            case "Choice":
                for (const rule of state.choices) {
                    const holds =
                        typeof rule.condition === "boolean"
                            ? rule.condition
                            : await this.valueOf(here, rule.condition);
                    if (holds === true) return this.leave(here, rule);
                }
                return this.leave(here, { next: state.default });
            case "Wait":
                return this.leave(here, state);
            case "Succeed":
                return ended(here, "SUCCEEDED", "");
            case "Fail": {
                const { error } = state;
                const name = typeof error === "object" ? await this.valueOf(here, error) : error;
                return ended(here, "FAILED", String(name));
            }
            case "Pass":
                throw new Error(`${name}: a Pass state is not explored`);
        }
    }

    /** Makes ready the call of a task. One whose arguments fail makes none. */
    private async attempt(execution: Execution, state: TaskState): Promise<Execution> {
        let call: Call;
        try {
            call = await this.call(execution);
        } catch (error) {
            if (!(error instanceof StateError)) throw error;
            return this.recover(execution, state, { error: error.error, cause: "" });
        }
        // A notification changes nothing that anybody looks at.
        if (call.service === "sns") return this.leave(execution, state, { result: {} });
        if (state.name !== STATE.runJob) return execution;
        const { [HOLDER_ARGUMENT]: holder = "" } = call.input["Arguments"] as Record<string, string>;
        return { ...execution, trail: [STATE.runJob, `${SCHEDULED}${holder}`] };
    }

    private async recover(
        execution: Execution,
        state: TaskState,
        failure: { error: string; cause: string },
    ): Promise<Execution> {
        const retrier = state.retry.find(({ errorEquals }) => matches(errorEquals, failure.error));
        if (retrier && execution.retries < retrier.maxAttempts) {
            return this.attempt({ ...execution, waitsFor: "reply", retries: execution.retries + 1 }, state);
        }
        const catcher = state.catch.find(({ errorEquals }) => matches(errorEquals, failure.error));
        if (!catcher) return ended(execution, "FAILED", failure.error);
        return this.leave(execution, catcher, {
            errorOutput: { Error: failure.error, Cause: failure.cause },
        });
    }

    private async leave(
        execution: Execution,
        exit: { readonly assign?: Catcher["assign"]; readonly next?: string | undefined },
        members: Readonly<Record<string, unknown>> = {},
    ): Promise<Execution> {
        const assigned = exit.assign
            ? ((await this.value(execution, exit.assign, members)) as Record<string, unknown>)
            : {};
        const variables = plain({ ...execution.variables, ...assigned }, this.bounds);
        if (exit.next === undefined) return ended(execution, "SUCCEEDED", "");
        return this.enter({ ...execution, variables }, exit.next);
    }

    private state(name: string): State {
        const state = this.program.states.get(name);
        if (!state) throw new Error(`no state ${name}`);
        return state;
    }

    private async value(
        execution: Execution,
        template: { evaluate(scope: Scope): unknown },
        members: Readonly<Record<string, unknown>> = {},
    ): Promise<unknown> {
        this.time = timeOf(execution, this.state(execution.state));
        return await template.evaluate({
            variables: execution.variables,
            states: {
                input: execution.state === this.program.startAt.name ? INPUT : {},
                context: this.contextOf(execution),
                ...members,
            },
        });
    }

    private valueOf(execution: Execution, expression: { evaluate(scope: Scope): unknown }): Promise<unknown> {
        return this.value(execution, expression);
    }

    private contextOf(execution: Execution): object {
        return {
            Execution: {
                ...{ Id: executionArn(SELF), Name: executionName(SELF), Input: INPUT, StartTime: iso(NOW) },
                RedriveCount: execution.redrives,
            },
            StateMachine: { Id: STATE_MACHINE, Name: "jobs" },
            State: { Name: execution.state, EnteredTime: iso(NOW), RetryCount: execution.retries },
            Task: { Token: this.tokenOf(execution) },
        };
    }
}

/**
 * The present of an execution: milliseconds that grow with its visits of the line, because the reaper compares when it joined
 * with when it acquired a slot.
 */
function timeOf({ redrives, variables }: Execution, state: State): number {
    const visits = Number(variables["visits"] ?? 0);
    const isJoin = state.type === "Task" && state.integration.pattern === "waitForTaskToken";
    return NOW + 100 * redrives + 2 * visits + (isJoin ? 2 : 1);
}

function ended(execution: Execution, status: "SUCCEEDED" | "FAILED", error: string): Execution {
    return { ...execution, status, waitsFor: "nothing", variables: {}, retries: 0, isPast: false, error };
}

/** The variables without what only lengthens a wait, and with equal moments where no decision tells them apart. */
function plain(
    variables: Readonly<Record<string, unknown>>,
    { visits, wakes }: Pick<Bounds, "visits" | "wakes">,
): Record<string, unknown> {
    const all: Record<string, unknown> = { ...variables, message: INPUT.message };
    const number = (name: string): number => Number(all[name] ?? 0);
    const moment = (name: string): number => (number(name) > NOW - 1000 ? NOW : 0);
    const { failure } = all as { failure?: Record<string, unknown> };
    return {
        ...all,
        ...("waitingSince" in all && { waitingSince: NOW }),
        ...("acquiredAt" in all && { acquiredAt: iso(NOW) }),
        ...("wokenAt" in all && { wokenAt: moment("wokenAt") }),
        ...("startingSince" in all && { startingSince: moment("startingSince") }),
        ...("pauses" in all && { pauses: 0 }),
        ...("refusals" in all && { refusals: Math.min(1, number("refusals")) }),
        ...("completedOn" in all && { completedOn: 0 }),
        ...("wakes" in all && { wakes: Math.min(wakes, number("wakes") % WAKES_PER_ROUND) }),
        ...("visits" in all && { visits: Math.min(visits, number("visits")) }),
        ...(failure && "cause" in failure && { failure: { ...failure, cause: "" } }),
    };
}
