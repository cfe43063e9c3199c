/**
 * Evaluates the fields of the state that an execution is in. All fields of one evaluation see the same variables and the
 * same `$states`. An expression takes a while; if the execution ends meanwhile, its value no longer counts.
 */
import { ERROR, StateError } from "./errors.ts";
import type { Execution } from "./execution.ts";
import { Expression } from "./expressions.ts";
import type { Template } from "./expressions.ts";
import { parseTimestamp } from "./definition.ts";
import type { NumberField, TextField } from "./machine.ts";
import type { Scope } from "./scope.ts";

/** Thrown through an evaluation whose execution ended meanwhile. */
export const SUPERSEDED = new Error("the execution went on or ended while an expression was evaluated");

const MAX_WAIT_SECONDS = 99_999_999;

/**
 * One evaluation: of the arguments of a task, say, or of the fields by which a state is left.
 *
 *     const evaluation = new Evaluation(execution, { result });
 *     const output = await evaluation.value(state.output);
 *
 * A failing field throws a `StateError`. `SUPERSEDED` is thrown when the execution ended meanwhile.
 */
export class Evaluation {
    private readonly execution: Execution;
    private readonly epoch: number;
    private readonly scope: Scope;

    /**
     * @param members what `$states` has here besides `input` and `context`
     * @param token the task token, in the arguments of a task that waits for one
     */
    constructor(execution: Execution, members: Readonly<Record<string, unknown>> = {}, token?: string) {
        this.execution = execution;
        this.epoch = execution.epoch;
        this.scope = new StateScope(execution, members, token);
    }

    /** The value of a template, or a promise of it. */
    value(template: Template): unknown {
        return this.current(template.evaluate(this.scope));
    }

    /** Whether the condition of a Choice rule is true. */
    condition(field: Expression | boolean): unknown {
        return typeof field === "boolean" ? field : this.current(field.evaluateAs(this.scope, "boolean"));
    }

    async text(field: TextField | undefined): Promise<string | undefined> {
        if (!(field instanceof Expression)) return field;
        return (await this.current(field.evaluateAs(this.scope, "string"))) as string;
    }

    /** A whole number of seconds from `least` to 99,999,999. */
    async seconds(field: NumberField, least: number): Promise<number> {
        if (!(field instanceof Expression)) return field;
        const value = (await this.current(field.evaluateAs(this.scope, "number"))) as number;
        if (Number.isInteger(value) && value >= least && value <= MAX_WAIT_SECONDS) return value;
        throw field.failure(
            `returned ${value}, which is not an integer from ${least} to ${MAX_WAIT_SECONDS}.`,
        );
    }

    /** Milliseconds since 1970. */
    async timestamp(field: TextField | undefined): Promise<number> {
        const timestamp = (await this.text(field)) as string;
        const time = parseTimestamp(timestamp);
        if (time !== undefined) return time;
        const why =
            "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string";
        throw new StateError(ERROR.queryEvaluation, `${why}: ${timestamp}`, "Timestamp");
    }

    /** The value, if the execution is still the same when it is there. */
    private current(value: unknown): unknown {
        return value instanceof Promise ? this.awaited(value as Promise<unknown>) : value;
    }

    private async awaited(evaluation: Promise<unknown>): Promise<unknown> {
        try {
            return await evaluation;
        } finally {
            // eslint-disable-next-line no-unsafe-finally -- a value or an error that came too late does not count
            if (this.execution.epoch !== this.epoch) throw SUPERSEDED;
        }
    }
}

/** What the fields see. `$states` is made when the first of them asks for it, which few do. */
class StateScope implements Scope {
    readonly variables: Scope["variables"];
    private readonly execution: Execution;
    private readonly members: Readonly<Record<string, unknown>>;
    private readonly token: string | undefined;
    private made: Scope["states"] | undefined;

    constructor(execution: Execution, members: Readonly<Record<string, unknown>>, token: string | undefined) {
        this.variables = execution.variables;
        this.execution = execution;
        this.members = members;
        this.token = token;
    }

    get states(): Scope["states"] {
        const { execution, token } = this;
        return (this.made ??= {
            input: execution.visit?.input,
            context: execution.context(token),
            ...this.members,
        });
    }
}
