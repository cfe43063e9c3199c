/** A state machine as the interpreter runs it: what `parseDefinition` makes of a definition. */
import type { Expression, Template } from "./expressions.ts";
import type { Integration } from "./integrations.ts";
import type { Retrier } from "./retry.ts";

/** A state machine of the account. A deployment gives it another definition; executions keep the one that they began with. */
export class StateMachine {
    readonly arn: string;
    readonly name: string;
    readonly creationDate: Date;
    definition: Definition;

    constructor(arn: string, name: string, creationDate: Date, definition: Definition) {
        this.arn = arn;
        this.name = name;
        this.creationDate = creationDate;
        this.definition = definition;
    }
}

/** One revision of a state machine, which an execution keeps. */
export interface Definition {
    readonly text: string;
    readonly roleArn: string;
    readonly revisionId: string;
    readonly updateDate: Date;
    readonly loggingConfiguration: Readonly<Record<string, unknown>>;
    readonly tracingConfiguration: Readonly<Record<string, unknown>>;
    /** The key that encrypts the executions; undefined if it is AWS's own. */
    readonly keyArn: string | undefined;
    readonly program: Program;
}

export interface Program {
    readonly startAt: State;
    readonly timeoutSeconds: number | undefined;
    readonly states: ReadonlyMap<string, State>;
}

export type State = TaskState | ChoiceState | WaitState | PassState | SucceedState | FailState;

interface Common {
    readonly name: string;
    readonly output: Template | undefined;
    readonly assign: Template | undefined;
}

interface Continuing extends Common {
    /** Absent where the execution ends. */
    readonly next: string | undefined;
}

export interface TaskState extends Continuing {
    readonly type: "Task";
    readonly integration: Integration;
    readonly arguments: Template | undefined;
    readonly timeoutSeconds: NumberField | undefined;
    readonly heartbeatSeconds: NumberField | undefined;
    readonly retry: readonly Retrier[];
    readonly catch: readonly Catcher[];
}

export interface ChoiceState extends Common {
    readonly type: "Choice";
    readonly choices: readonly ChoiceRule[];
    readonly default: string | undefined;
}

export interface WaitState extends Continuing {
    readonly type: "Wait";
    readonly seconds: NumberField | undefined;
    readonly timestamp: TextField | undefined;
}

export interface PassState extends Continuing {
    readonly type: "Pass";
}

export interface SucceedState extends Common {
    readonly type: "Succeed";
}

export interface FailState extends Common {
    readonly type: "Fail";
    readonly error: TextField | undefined;
    readonly cause: TextField | undefined;
}

export interface ChoiceRule {
    readonly condition: Expression | boolean;
    readonly next: string;
    readonly output: Template | undefined;
    readonly assign: Template | undefined;
}

export interface Catcher {
    readonly errorEquals: readonly string[];
    readonly next: string;
    readonly output: Template | undefined;
    readonly assign: Template | undefined;
}

export type NumberField = Expression | number;
export type TextField = Expression | string;
