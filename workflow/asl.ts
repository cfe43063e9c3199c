/**
 * Amazon States Language, as far as the workflow uses it, typed so that a misspelt `Next` does not compile. See the
 * Step Functions Developer Guide, "Using Amazon States Language to define Step Functions workflows", with JSONata.
 */

/** Anything that is JSON; a string `{% … %}` is a JSONata expression. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Variables to assign, evaluated together with the values from before. */
export type Assign = Readonly<Record<string, Json>>;

export interface Retrier {
    readonly ErrorEquals: readonly string[];
    readonly IntervalSeconds?: number;
    readonly BackoffRate?: number;
    readonly MaxAttempts?: number;
    readonly MaxDelaySeconds?: number;
    readonly JitterStrategy?: "FULL" | "NONE";
}

export interface Catcher<Name extends string> {
    readonly ErrorEquals: readonly string[];
    readonly Assign?: Assign;
    readonly Output?: Json;
    readonly Next: Name;
}

interface Common {
    /** Why the state is there: it is shown in the console. */
    readonly Comment: string;
    readonly Output?: Json;
    readonly Assign?: Assign;
}

/** Where a state leads: on to another, or to the end. */
type Exit<Name extends string> = { readonly Next: Name } | { readonly End: true };

export type Task<Name extends string> = Common &
    Exit<Name> & {
        readonly Type: "Task";
        readonly Resource: string;
        readonly Arguments: Json;
        /** Seconds, or an expression of seconds. */
        readonly TimeoutSeconds?: number | string;
        readonly Retry?: readonly Retrier[];
        readonly Catch?: readonly Catcher<Name>[];
    };

export type Wait<Name extends string> = Common &
    Exit<Name> & { readonly Type: "Wait"; readonly Seconds: number | string };

export type Pass<Name extends string> = Common & Exit<Name> & { readonly Type: "Pass" };

export interface Choice<Name extends string> {
    readonly Type: "Choice";
    readonly Comment: string;
    readonly Choices: readonly {
        readonly Condition: string;
        readonly Assign?: Assign;
        readonly Next: Name;
    }[];
    readonly Default: Name;
}

export interface Succeed {
    readonly Type: "Succeed";
    readonly Comment: string;
}

export interface Fail {
    readonly Type: "Fail";
    readonly Comment: string;
    readonly Error: string;
    readonly Cause: string;
}

export type State<Name extends string> = Task<Name> | Wait<Name> | Pass<Name> | Choice<Name> | Succeed | Fail;

export interface StateMachine<Name extends string = string> {
    readonly Comment: string;
    readonly QueryLanguage: "JSONata";
    readonly StartAt: Name;
    readonly States: Readonly<Record<Name, State<Name>>>;
}

/** A state machine whose states' names are taken from `States`: every `StartAt`, `Next` and `Default` must be one of them. */
export function stateMachine<const Name extends string>(machine: {
    Comment: string;
    StartAt: NoInfer<Name>;
    States: Record<Name, State<NoInfer<Name>>>;
}): StateMachine<Name> {
    return {
        Comment: machine.Comment,
        QueryLanguage: "JSONata",
        StartAt: machine.StartAt,
        States: machine.States,
    };
}

/** A JSONata expression in the form in which Step Functions evaluates it. */
export function expression(text: string): string {
    return `{% ${text} %}`;
}
