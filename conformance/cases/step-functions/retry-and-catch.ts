/** Retriers and catchers: which errors they take, how long a retry waits, what a catcher passes on. */
import { CALLED, CONDITION, ERRORS, PASS, RECORDED, REFUSED, SPEC, task, UPDATE, VARIABLES } from "./form.ts";
import { machine } from "./machine.ts";
import type { Case } from "./form.ts";

function undefinedCause(state: string, event: number, expression: string, field: string): string {
    return `An error occurred while executing the state '${state}' (entered at the event id #${event}). The JSONata expression '${expression}' specified for the field '${field}' returned nothing (undefined).`;
}

export const retryAndCatch: readonly Case[] = [
    {
        title: "a retry schedules the task again within its state, and an exhausted retrier leaves the error to Catch",
        source: RECORDED,
        definition: task(
            {
                Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 1, MaxAttempts: 1 }],
                Catch: [
                    { ErrorEquals: ["States.ALL"], Output: "{% $states.errorOutput.Error %}", Next: "C" },
                ],
            },
            { C: { Type: "Pass", End: true } },
        ),
        services: { "dynamodb:UpdateItem": [CONDITION] },
        status: "SUCCEEDED",
        output: "DynamoDB.ConditionalCheckFailedException",
        seconds: 1,
        history: [
            "ExecutionStarted",
            "TaskStateEntered",
            ...REFUSED,
            ...REFUSED,
            "TaskStateExited",
            ...PASS,
            "ExecutionSucceeded",
        ],
    },
    {
        title: "retries wait 1, 2 and 4 seconds unless told otherwise, three times",
        source: ERRORS,
        definition: task({ Retry: [{ ErrorEquals: ["States.ALL"] }] }),
        services: { "dynamodb:UpdateItem": [CONDITION] },
        status: "FAILED",
        error: "DynamoDB.ConditionalCheckFailedException",
        seconds: 7,
    },
    {
        title: "MaxDelaySeconds bounds every interval",
        source: ERRORS,
        definition: task({
            Retry: [
                {
                    ErrorEquals: ["States.ALL"],
                    IntervalSeconds: 1,
                    BackoffRate: 3,
                    MaxAttempts: 3,
                    MaxDelaySeconds: 2,
                },
            ],
        }),
        services: { "dynamodb:UpdateItem": [CONDITION] },
        status: "FAILED",
        error: "DynamoDB.ConditionalCheckFailedException",
        seconds: 5,
    },
    {
        title: "each retrier counts for itself",
        source: SPEC,
        definition: task({
            Retry: [
                {
                    ErrorEquals: ["DynamoDB.ConditionalCheckFailedException"],
                    IntervalSeconds: 3,
                    MaxAttempts: 1,
                },
                { ErrorEquals: ["States.ALL"], IntervalSeconds: 1, MaxAttempts: 1 },
            ],
        }),
        services: { "dynamodb:UpdateItem": [CONDITION, { error: "ResourceNotFoundException" }, CONDITION] },
        status: "FAILED",
        error: "DynamoDB.ConditionalCheckFailedException",
        seconds: 4,
    },
    {
        title: "MaxAttempts 0 never retries, whatever the retriers below it say",
        source: SPEC,
        definition: task({
            Retry: [
                { ErrorEquals: ["DynamoDB.ConditionalCheckFailedException"], MaxAttempts: 0 },
                { ErrorEquals: ["States.ALL"] },
            ],
        }),
        services: { "dynamodb:UpdateItem": [CONDITION] },
        status: "FAILED",
        error: "DynamoDB.ConditionalCheckFailedException",
        seconds: 0,
    },
    {
        title: "a retried task's arguments see how often it was retried",
        source: "Developer Guide: Accessing execution data from the Context object",
        definition: task({
            Arguments: { n: "{% $states.context.State.RetryCount %}" },
            Retry: [{ ErrorEquals: ["States.ALL"] }],
            Output: "{% $states.context.State.RetryCount %}",
        }),
        services: { "dynamodb:UpdateItem": [CONDITION, CONDITION, {}] },
        status: "SUCCEEDED",
        output: 2,
    },
    {
        title: "without Output a catcher passes the error output on",
        source: RECORDED,
        definition: task(
            { Catch: [{ ErrorEquals: ["States.TaskFailed"], Next: "C" }] },
            {
                C: { Type: "Pass", Output: "{% $states.input.Error %}", End: true },
            },
        ),
        services: { "dynamodb:UpdateItem": [CONDITION] },
        status: "SUCCEEDED",
        output: "DynamoDB.ConditionalCheckFailedException",
    },
    {
        title: "a catcher's Assign sees the error output; the state's own Assign is not evaluated",
        source: VARIABLES,
        definition: machine({
            A: { Type: "Pass", Assign: { failure: null, done: false }, Next: "T" },
            T: {
                Type: "Task",
                Resource: UPDATE,
                Assign: { done: true },
                Catch: [
                    {
                        ErrorEquals: ["States.ALL"],
                        Assign: { failure: "{% $states.errorOutput.Error %}" },
                        Next: "C",
                    },
                ],
                Next: "C",
            },
            C: { Type: "Pass", Output: "{% [$failure, $done] %}", End: true },
        }),
        services: { "dynamodb:UpdateItem": [CONDITION] },
        status: "SUCCEEDED",
        output: ["DynamoDB.ConditionalCheckFailedException", false],
    },
    {
        title: "the first catcher that names the error is taken",
        source: SPEC,
        definition: task(
            {
                Catch: [
                    {
                        ErrorEquals: ["Other", "DynamoDB.ConditionalCheckFailedException"],
                        Output: "first",
                        Next: "C",
                    },
                    { ErrorEquals: ["States.ALL"], Output: "second", Next: "C" },
                ],
            },
            { C: { Type: "Pass", End: true } },
        ),
        services: { "dynamodb:UpdateItem": [CONDITION] },
        status: "SUCCEEDED",
        output: "first",
    },
    {
        title: "Arguments that cannot be evaluated are caught by the same state, without a call",
        source: ERRORS,
        definition: task(
            {
                Arguments: "{% $error('redriven') %}",
                Catch: [{ ErrorEquals: ["States.QueryEvaluationError"], Output: "caught", Next: "C" }],
            },
            { C: { Type: "Pass", End: true } },
        ),
        status: "SUCCEEDED",
        output: "caught",
        history: [
            "ExecutionStarted",
            "TaskStateEntered",
            "EvaluationFailed",
            "TaskStateExited",
            ...PASS,
            "ExecutionSucceeded",
        ],
    },
    {
        title: "an Output that cannot be evaluated is caught by the same state, after the call",
        source: ERRORS,
        definition: task(
            {
                Output: "{% $states.result.missing %}",
                Catch: [{ ErrorEquals: ["States.QueryEvaluationError"], Output: "caught", Next: "C" }],
            },
            { C: { Type: "Pass", End: true } },
        ),
        services: { "dynamodb:UpdateItem": [{}] },
        status: "SUCCEEDED",
        output: "caught",
        history: [
            "ExecutionStarted",
            "TaskStateEntered",
            ...CALLED,
            "EvaluationFailed",
            "TaskStateExited",
            ...PASS,
            "ExecutionSucceeded",
        ],
    },
    {
        title: "an error in a catcher's own fields fails the execution",
        source: RECORDED,
        definition: task(
            { Catch: [{ ErrorEquals: ["States.ALL"], Output: "{% $missing %}", Next: "C" }] },
            {
                C: { Type: "Pass", End: true },
            },
        ),
        services: { "dynamodb:UpdateItem": [CONDITION] },
        status: "FAILED",
        error: "States.QueryEvaluationError",
        cause: undefinedCause("T", 2, "$missing", "Catch[0]/Output"),
    },
];
