/** What a case is made of, and what many of them share. Nothing here knows an implementation. */
import type { Answer } from "./machine.ts";
import { machine } from "./machine.ts";

export interface Case {
    /** The behaviour, in one sentence. */
    readonly title: string;
    /** The AWS page, or the recording, that states it. */
    readonly source: string;
    readonly definition: object;
    readonly input?: unknown;
    /** The answers of services, by `service:Operation`, in the order of the calls. The last one is given again and again. */
    readonly services?: Readonly<Record<string, readonly Answer[]>>;
    /** The steps to take, one after the other. By default, the execution is started. After them the execution must end. */
    readonly steps?: readonly Step[];
    /** The error of CreateStateMachine. Then nothing else is compared. */
    readonly refused?: string;
    /** The status in the end. This and all below is of the execution named `case`. */
    readonly status?: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
    readonly output?: unknown;
    readonly error?: string;
    readonly cause?: string;
    /** The cause's text as JSON, or parts of it. */
    readonly causeHas?: Readonly<Record<string, unknown>>;
    readonly history?: readonly string[];
    /** The number of events. */
    readonly events?: number;
    /** How long the execution takes. */
    readonly seconds?: number | { readonly least: number; readonly most: number };
    /** How often services are called, by `service:Operation`. */
    readonly calls?: Readonly<Record<string, number>>;
}

/** One step. `refused` is the error that the API answers. `token` is the index of a token among those handed out so far. */
export type Step = { readonly refused?: string } & (
    | { readonly do: "start"; readonly name?: string; readonly input?: unknown }
    /** With this text as the input. */
    | { readonly do: "start"; readonly name?: string; readonly text: string | undefined }
    | { readonly do: "succeed"; readonly token: number; readonly output?: unknown }
    | { readonly do: "succeed"; readonly token: number; readonly text: string }
    | { readonly do: "fail"; readonly token: number; readonly error?: string; readonly cause?: string }
    | { readonly do: "beat"; readonly token: number }
    /** With a token that was never handed out. */
    | { readonly do: "forge"; readonly token: string }
    | { readonly do: "stop"; readonly error?: string; readonly cause?: string }
    | { readonly do: "redrive" }
    | { readonly do: "wait"; readonly seconds: number }
    /** Waits until the execution has ended. */
    | { readonly do: "end" }
);

export const TRANSFORM = "Developer Guide: Transforming data with JSONata in Step Functions";
export const VARIABLES = "Developer Guide: Passing data between states with variables";
export const ERRORS = "Developer Guide: Handling errors in Step Functions workflows";
export const TOKENS = "Developer Guide: Discover service integration patterns in Step Functions";
export const QUOTAS = "Developer Guide: Step Functions service quotas";
export const REDRIVE = "Developer Guide: Restarting state machine executions with redrive";
export const SPEC = "States Language specification";
export const JSONATA = "JSONata documentation";
export const RECORDED = "recorded history of the service";

export const UPDATE = "arn:aws:states:::dynamodb:updateItem";
export const CALLBACK = `${UPDATE}.waitForTaskToken`;
export const INVOKE = "arn:aws:states:::lambda:invoke";
export const CONDITION = {
    error: "ConditionalCheckFailedException",
    message: "The conditional request failed",
};

export const PASS = ["PassStateEntered", "PassStateExited"];
export const CALLED = ["TaskScheduled", "TaskStarted", "TaskSucceeded"];
export const REFUSED = ["TaskScheduled", "TaskStarted", "TaskFailed"];

/** A machine whose output is the value of the expressions. */
export function output(expression: unknown): object {
    return machine({ P: { Type: "Pass", Output: expression, End: true } });
}

/** A machine that begins with a task. */
export function task(fields: object, more: Record<string, unknown> = {}): object {
    return machine({ T: { Type: "Task", Resource: UPDATE, End: true, ...fields }, ...more });
}

/** A task that hands its token over and waits for the answer. */
export function callback(fields: object = {}, more: Record<string, unknown> = {}): object {
    const token = { token: "{% $states.context.Task.Token %}" };
    return task({ Resource: CALLBACK, Arguments: token, ...fields }, more);
}

/** Services for tasks that wait for their token. */
export const ACCEPTED = { "dynamodb:UpdateItem": [{}] };

/** A function that fails with one error after the other. */
export function failing(...names: readonly string[]): { readonly "lambda:Invoke": readonly Answer[] } {
    return { "lambda:Invoke": names.map((errorType) => functionError(errorType)) };
}

/** What Lambda answers when a function throws. */
export function functionError(errorType: string): Answer {
    const Payload = JSON.stringify({ errorType, errorMessage: "no" });
    return { output: { StatusCode: 200, FunctionError: "Unhandled", Payload } };
}
