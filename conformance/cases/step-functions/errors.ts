/** Which errors retriers and catchers match, in which order, and how long a retrier waits. */
import { ACCEPTED, callback, CONDITION, ERRORS, failing, INVOKE, SPEC, task } from "./form.ts";
import type { Case } from "./form.ts";

const C = { C: { Type: "Pass", End: true } };
const CALL = { Resource: INVOKE, Arguments: { FunctionName: "f" } };
const UPDATES = "dynamodb:UpdateItem";

/** How long the waits between tries are, in all, and how many tries there are. */
const BACKOFF: readonly (readonly [title: string, retrier: object, seconds: number, tries: number])[] = [
    ["BackoffRate 1 keeps the interval", { BackoffRate: 1, MaxAttempts: 3 }, 3, 4],
    ["BackoffRate may be a fraction", { IntervalSeconds: 2, BackoffRate: 1.5, MaxAttempts: 2 }, 5, 3],
    ["the interval is 1 second unless told otherwise", { BackoffRate: 4, MaxAttempts: 2 }, 5, 3],
    ["BackoffRate is 2 unless told otherwise", { IntervalSeconds: 2, MaxAttempts: 2 }, 6, 3],
    ["MaxAttempts 1 is one retry", { IntervalSeconds: 2, MaxAttempts: 1 }, 2, 2],
    ["MaxAttempts 0 is none", { IntervalSeconds: 2, MaxAttempts: 0 }, 0, 1],
    [
        "MaxDelaySeconds lets smaller intervals be",
        { IntervalSeconds: 1, BackoffRate: 3, MaxAttempts: 3, MaxDelaySeconds: 4 },
        8,
        4,
    ],
    ["JitterStrategy NONE waits exactly", { MaxAttempts: 2, JitterStrategy: "NONE" }, 3, 3],
];

/** A function throws the error, and a catcher has these names. */
const COVERED: readonly (readonly [
    title: string,
    source: string,
    error: string,
    names: string[],
    caught: boolean,
])[] = [
    ["States.ALL covers a function's own error", ERRORS, "Boom", ["States.ALL"], true],
    ["States.TaskFailed covers a function's own error", ERRORS, "Boom", ["States.TaskFailed"], true],
    ["a catcher may have several names", SPEC, "Boom", ["Bang", "Boom"], true],
    ["names of errors are case-sensitive", ERRORS, "Boom", ["boom", "BOOM"], false],
    ["a name is compared whole", ERRORS, "Boom.Small", ["Boom"], false],
    ["another name is no match", SPEC, "Boom", ["Bang", "States.Timeout"], false],
];

export const errors: readonly Case[] = [
    ...BACKOFF.map(([title, retrier, seconds, tries]): Case => ({
        title,
        source: ERRORS,
        definition: task({ Retry: [{ ErrorEquals: ["States.ALL"], ...retrier }] }),
        services: { [UPDATES]: [CONDITION] },
        status: "FAILED",
        error: "DynamoDB.ConditionalCheckFailedException",
        seconds,
        calls: { [UPDATES]: tries },
    })),
    ...COVERED.map(([title, source, error, names, caught]): Case => ({
        title,
        source,
        services: failing(error),
        definition: task({ ...CALL, Catch: [{ ErrorEquals: names, Output: "caught", Next: "C" }] }, C),
        ...(caught ? { status: "SUCCEEDED", output: "caught" } : { status: "FAILED", error }),
    })),
    {
        title: "JitterStrategy FULL waits anything up to the interval",
        source: ERRORS,
        definition: task({
            Retry: [
                { ErrorEquals: ["States.ALL"], IntervalSeconds: 1, MaxAttempts: 2, JitterStrategy: "FULL" },
            ],
        }),
        services: { [UPDATES]: [CONDITION] },
        status: "FAILED",
        error: "DynamoDB.ConditionalCheckFailedException",
        seconds: { least: 0, most: 3 },
        calls: { [UPDATES]: 3 },
    },
    {
        title: "errors A, B, C and B again wait 1, 2 and 5 seconds and then go to the catcher",
        source: ERRORS,
        definition: task(
            {
                ...CALL,
                Retry: [
                    {
                        ErrorEquals: ["ErrorA", "ErrorB"],
                        IntervalSeconds: 1,
                        BackoffRate: 2,
                        MaxAttempts: 2,
                    },
                    { ErrorEquals: ["ErrorC"], IntervalSeconds: 5 },
                ],
                Catch: [
                    { ErrorEquals: ["States.ALL"], Output: "{% $states.errorOutput.Error %}", Next: "C" },
                ],
            },
            C,
        ),
        services: failing("ErrorA", "ErrorB", "ErrorC", "ErrorB"),
        status: "SUCCEEDED",
        output: "ErrorB",
        seconds: 8,
        calls: { "lambda:Invoke": 4 },
    },
    {
        title: "an exhausted retrier is the end, whatever the retriers below it say",
        source: SPEC,
        definition: task({
            ...CALL,
            Retry: [
                { ErrorEquals: ["Boom"], IntervalSeconds: 1, MaxAttempts: 1 },
                { ErrorEquals: ["States.ALL"], IntervalSeconds: 1, MaxAttempts: 5 },
            ],
        }),
        services: failing("Boom"),
        status: "FAILED",
        error: "Boom",
        seconds: 1,
        calls: { "lambda:Invoke": 2 },
    },
    {
        title: "a retrier that does not mean the error does not retry",
        source: SPEC,
        definition: task({ ...CALL, Retry: [{ ErrorEquals: ["Bang"], IntervalSeconds: 1 }] }),
        services: failing("Boom"),
        status: "FAILED",
        error: "Boom",
        seconds: 0,
        calls: { "lambda:Invoke": 1 },
    },
    {
        title: "retriers come before catchers, also when the catcher is the more precise",
        source: SPEC,
        definition: task(
            {
                ...CALL,
                Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 1, MaxAttempts: 1 }],
                Catch: [{ ErrorEquals: ["Boom"], Output: "caught", Next: "C" }],
                Output: "done",
            },
            C,
        ),
        services: { "lambda:Invoke": [failing("Boom")["lambda:Invoke"][0] ?? {}, { output: {} }] },
        status: "SUCCEEDED",
        output: "done",
        seconds: 1,
    },
    {
        title: "a wildcard above a name is taken first",
        source: SPEC,
        definition: task(
            {
                ...CALL,
                Catch: [
                    { ErrorEquals: ["States.TaskFailed"], Output: "wildcard", Next: "C" },
                    { ErrorEquals: ["Boom"], Output: "name", Next: "C" },
                ],
            },
            C,
        ),
        services: failing("Boom"),
        status: "SUCCEEDED",
        output: "wildcard",
    },
    {
        title: "what fails in the state that a catcher leads to is not caught by it",
        source: SPEC,
        definition: task(
            { ...CALL, Catch: [{ ErrorEquals: ["States.ALL"], Next: "F" }] },
            { F: { Type: "Fail", Error: "{% $states.input.Error & 'Again' %}" } },
        ),
        services: failing("Boom"),
        status: "FAILED",
        error: "BoomAgain",
    },
    {
        title: "States.Runtime is not covered by States.ALL, neither by a retrier nor by a catcher",
        source: ERRORS,
        definition: callback(
            {
                TimeoutSeconds: 3,
                Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 1, MaxAttempts: 1 }],
                Catch: [{ ErrorEquals: ["States.ALL"], Next: "C" }],
            },
            C,
        ),
        services: ACCEPTED,
        steps: [{ do: "start" }, { do: "fail", token: 0, error: "States.Runtime", cause: "no" }],
        status: "FAILED",
        error: "States.Runtime",
        calls: { [UPDATES]: 1 },
    },
    {
        title: "a States.Timeout is retried by its name, each try with the whole time",
        source: ERRORS,
        definition: callback({
            TimeoutSeconds: 2,
            Retry: [{ ErrorEquals: ["States.Timeout"], IntervalSeconds: 1, MaxAttempts: 1 }],
        }),
        services: ACCEPTED,
        status: "FAILED",
        error: "States.Timeout",
        seconds: 5,
        calls: { [UPDATES]: 2 },
    },
    {
        title: "a States.Timeout is not retried by States.TaskFailed",
        source: ERRORS,
        definition: callback({
            TimeoutSeconds: 1,
            Retry: [{ ErrorEquals: ["States.TaskFailed"], IntervalSeconds: 1 }],
        }),
        services: ACCEPTED,
        status: "FAILED",
        error: "States.Timeout",
        seconds: 1,
        calls: { [UPDATES]: 1 },
    },
    {
        title: "States.Timeout means a heartbeat that did not come as well",
        source: ERRORS,
        definition: callback(
            {
                TimeoutSeconds: 6,
                HeartbeatSeconds: 1,
                Catch: [
                    { ErrorEquals: ["States.Timeout"], Output: "{% $states.errorOutput.Error %}", Next: "C" },
                ],
            },
            C,
        ),
        services: ACCEPTED,
        status: "SUCCEEDED",
        output: "States.HeartbeatTimeout",
        seconds: 1,
    },
    {
        title: "arguments that fail are evaluated again by a retry",
        source: ERRORS,
        definition: task({
            Arguments: "{% $states.context.State.RetryCount = 0 ? $error('not yet') : {} %}",
            Retry: [{ ErrorEquals: ["States.QueryEvaluationError"], IntervalSeconds: 1 }],
            Output: "done",
        }),
        services: { [UPDATES]: [{}] },
        status: "SUCCEEDED",
        output: "done",
        seconds: 1,
        calls: { [UPDATES]: 1 },
        history: [
            "ExecutionStarted",
            "TaskStateEntered",
            "EvaluationFailed",
            "TaskScheduled",
            "TaskStarted",
            "TaskSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded",
        ],
    },
    {
        title: "States.ALL covers States.QueryEvaluationError",
        source: ERRORS,
        definition: task(
            {
                Arguments: "{% $error('no') %}",
                Catch: [{ ErrorEquals: ["States.ALL"], Output: 1, Next: "C" }],
            },
            C,
        ),
        services: { [UPDATES]: [{}] },
        status: "SUCCEEDED",
        output: 1,
        calls: { [UPDATES]: 0 },
    },
    {
        title: "every visit of a state has fresh retriers",
        source: SPEC,
        definition: task(
            {
                ...CALL,
                Retry: [{ ErrorEquals: ["Boom"], IntervalSeconds: 1, MaxAttempts: 1 }],
                Catch: [{ ErrorEquals: ["States.ALL"], Assign: { again: true }, Next: "C" }],
            },
            {
                C: {
                    Type: "Choice",
                    Choices: [{ Condition: "{% $states.context.Execution.Input.end %}", Next: "S" }],
                    Default: "W",
                },
                W: {
                    Type: "Task",
                    ...CALL,
                    Retry: [{ ErrorEquals: ["Boom"], IntervalSeconds: 1, MaxAttempts: 1 }],
                    End: true,
                },
                S: { Type: "Succeed" },
            },
        ),
        input: { end: false },
        services: failing("Boom"),
        status: "FAILED",
        error: "Boom",
        seconds: 2,
        calls: { "lambda:Invoke": 4 },
    },
];
