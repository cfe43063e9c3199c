/**
 * Two kinds of failure: what a state fails with, which Retry and Catch see, and what the API answers. The names of the
 * first are from the Developer Guide, "Handling errors in Step Functions workflows", those of the second from the API
 * reference.
 */
import { AwsError } from "../../service.ts";
import { exceeds } from "./size.ts";

export const ERROR = {
    all: "States.ALL",
    taskFailed: "States.TaskFailed",
    timeout: "States.Timeout",
    heartbeatTimeout: "States.HeartbeatTimeout",
    runtime: "States.Runtime",
    dataLimitExceeded: "States.DataLimitExceeded",
    queryEvaluation: "States.QueryEvaluationError",
    noChoiceMatched: "States.NoChoiceMatched",
} as const;

/** Most bytes of JSON of an input, an output, a task's arguments or the variables of one Assign ("Step Functions service quotas"). */
export const PAYLOAD_BYTES = 262_144;

/** Most events in the history of one execution ("Step Functions service quotas"). */
export const HISTORY_EVENTS = 25_000;

/** What a state failed with. Either part is absent when SendTaskFailure left it out. */
export interface Failure {
    readonly error?: string | undefined;
    readonly cause?: string | undefined;
}

/** An expression or a value makes a state fail. `location` is the field with it. */
export class StateError extends Error {
    readonly error: string;
    readonly location: string | undefined;

    constructor(error: string, cause: string, location?: string) {
        super(cause);
        this.error = error;
        this.location = location;
    }
}

/** The history is full. No state can catch this: the execution fails. */
export class HistoryLimitError extends Error {
    override readonly name = "HistoryLimitError";
}

export const HISTORY_LIMIT_CAUSE = `The execution reached the maximum number of history events (${HISTORY_EVENTS}).`;

/** Whether the value is larger than a state may pass on. */
export function exceedsPayload(value: unknown): boolean {
    return exceeds(value, PAYLOAD_BYTES);
}

export function tooLarge(what: string): StateError {
    return new StateError(
        ERROR.dataLimitExceeded,
        `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    );
}

/** The errors of the API, by what went wrong. */
export const api = {
    executionDoesNotExist: (arn: string) =>
        new AwsError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`),
    executionAlreadyExists: (arn: string) =>
        new AwsError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`),
    stateMachineDoesNotExist: (arn: string) =>
        new AwsError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`),
    stateMachineAlreadyExists: (arn: string) =>
        new AwsError("StateMachineAlreadyExists", `State Machine Already Exists: '${arn}'`),
    invalidArn: (arn: string) => new AwsError("InvalidArn", `Invalid Arn: 'Invalid ARN prefix: ${arn}'`),
    invalidName: (name: string) => new AwsError("InvalidName", `Invalid Name: '${name}'`),
    invalidInput: (why: string) =>
        new AwsError("InvalidExecutionInput", `Invalid State Machine Execution Input: '${why}'`),
    invalidDefinition: (why: string) =>
        new AwsError("InvalidDefinition", `Invalid State Machine Definition: '${why}'`),
    invalidOutput: (why: string) => new AwsError("InvalidOutput", `Invalid Output: '${why}'`),
    invalidToken: () => new AwsError("InvalidToken", "Invalid Token: 'Invalid token'"),
    taskDoesNotExist: () =>
        new AwsError("TaskDoesNotExist", "Task Does Not Exist: 'Provided task does not exist'"),
    taskTimedOut: () =>
        new AwsError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'"),
    notRedrivable: (why: string) => new AwsError("ExecutionNotRedrivable", why),
    tooManyExecutions: (limit: number) =>
        new AwsError(
            "ExecutionLimitExceeded",
            `Execution Limit Exceeded: 'The maximum number of open executions (${limit}) has been reached.'`,
        ),
    throttled: () => new AwsError("ThrottlingException", "Rate exceeded"),
    missing: (what: string) =>
        new AwsError(
            "ValidationException",
            `1 validation error detected: Value null at '${what}' failed to satisfy constraint: Member must not be null`,
        ),
    constraint: (value: unknown, member: string, constraint: string) =>
        new AwsError(
            "ValidationException",
            `1 validation error detected: Value '${String(value)}' at '${member}' failed to satisfy constraint: ${constraint}`,
        ),
};
