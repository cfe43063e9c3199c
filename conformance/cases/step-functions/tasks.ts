/** Tasks that end later than their call: task tokens, heartbeats, timeouts, and runs that are waited for. */
import { machine } from "./machine.ts";
import type { Answer } from "./machine.ts";
import { ACCEPTED, callback, CONDITION, ERRORS, RECORDED, task, TOKENS } from "./form.ts";
import type { Case } from "./form.ts";

const C = { C: { Type: "Pass", End: true } };
const SEND = "API reference: SendTaskSuccess";
const FAIL = "API reference: SendTaskFailure";
const BEAT = "API reference: SendTaskHeartbeat";
const GLUE = "Developer Guide: Start an AWS Glue job with Step Functions";
const CAUGHT = [{ ErrorEquals: ["States.ALL"], Output: "{% $states.errorOutput %}", Next: "C" }];

const RUN = { Resource: "arn:aws:states:::glue:startJobRun.sync", Arguments: { JobName: "job" } };

/** A run that starts and ends so. */
function ending(JobRunState: string): Readonly<Record<string, readonly Answer[]>> {
    return {
        "glue:StartJobRun": [{ output: { JobRunId: "jr_1" } }],
        "glue:GetJobRun": [{ output: { JobRun: { Id: "jr_1", JobName: "job", JobRunState } } }],
    };
}

export const tasks: readonly Case[] = [
    {
        title: "the output of SendTaskSuccess is the task's result",
        source: SEND,
        definition: callback({ Output: "{% $states.result.a[1] %}" }),
        services: ACCEPTED,
        steps: [{ do: "start" }, { do: "succeed", token: 0, output: { a: [1, 2] } }],
        status: "SUCCEEDED",
        output: 2,
        history: [
            ...["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted"],
            ...["TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"],
        ],
    },
    {
        title: "the output of SendTaskSuccess may be any JSON",
        source: SEND,
        definition: callback(),
        services: ACCEPTED,
        steps: [{ do: "start" }, { do: "succeed", token: 0, text: "null" }],
        status: "SUCCEEDED",
        output: null,
    },
    {
        title: "an output that is not JSON is InvalidOutput, and the token stays good",
        source: SEND,
        definition: callback(),
        services: ACCEPTED,
        steps: [
            { do: "start" },
            { do: "succeed", token: 0, text: "{a", refused: "InvalidOutput" },
            { do: "succeed", token: 0, output: 1 },
        ],
        status: "SUCCEEDED",
        output: 1,
    },
    {
        title: "the error and cause of SendTaskFailure are the task's",
        source: FAIL,
        definition: callback(),
        services: ACCEPTED,
        steps: [{ do: "start" }, { do: "fail", token: 0, error: "Boom", cause: "because" }],
        status: "FAILED",
        error: "Boom",
        cause: "because",
        history: [
            ...["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted"],
            ...["TaskFailed", "ExecutionFailed"],
        ],
    },
    {
        title: "the error of SendTaskFailure may have 256 characters, the cause 32,768",
        source: FAIL,
        definition: callback(),
        services: ACCEPTED,
        steps: [
            { do: "start" },
            { do: "fail", token: 0, error: "E".repeat(257), refused: "ValidationException" },
            { do: "fail", token: 0, cause: "c".repeat(32_769), refused: "ValidationException" },
            { do: "fail", token: 0, error: "E".repeat(256), cause: "c".repeat(32_768) },
        ],
        status: "FAILED",
        error: "E".repeat(256),
        cause: "c".repeat(32_768),
    },
    {
        title: "an error that was sent is caught by its name",
        source: FAIL,
        definition: callback(
            { Catch: [{ ErrorEquals: ["Boom"], Output: "{% $states.errorOutput %}", Next: "C" }] },
            C,
        ),
        services: ACCEPTED,
        steps: [{ do: "start" }, { do: "fail", token: 0, error: "Boom", cause: "because" }],
        status: "SUCCEEDED",
        output: { Error: "Boom", Cause: "because" },
    },
    {
        title: "a token that has been used is TaskTimedOut",
        source: SEND,
        definition: machine({
            T: {
                Type: "Task",
                Resource: "arn:aws:states:::dynamodb:updateItem.waitForTaskToken",
                Arguments: { token: "{% $states.context.Task.Token %}" },
                Next: "W",
            },
            W: { Type: "Wait", Seconds: 2, End: true },
        }),
        services: ACCEPTED,
        steps: [
            { do: "start" },
            { do: "succeed", token: 0, output: 1 },
            { do: "wait", seconds: 0.5 },
            { do: "succeed", token: 0, output: 2, refused: "TaskTimedOut" },
            { do: "fail", token: 0, error: "E", refused: "TaskTimedOut" },
            { do: "beat", token: 0, refused: "TaskTimedOut" },
        ],
        status: "SUCCEEDED",
        output: 1,
    },
    {
        title: "the token of a task that timed out is TaskTimedOut",
        source: SEND,
        definition: callback({ TimeoutSeconds: 1, Catch: CAUGHT }, C),
        services: ACCEPTED,
        steps: [
            { do: "start" },
            { do: "wait", seconds: 2 },
            { do: "succeed", token: 0, output: 2, refused: "TaskTimedOut" },
        ],
        status: "SUCCEEDED",
        output: { Error: "States.Timeout", Cause: null },
        seconds: 1,
    },
    {
        title: "the token of an execution that was stopped is TaskTimedOut",
        source: SEND,
        definition: callback(),
        services: ACCEPTED,
        steps: [
            { do: "start" },
            { do: "beat", token: 0 },
            { do: "stop" },
            { do: "wait", seconds: 0.5 },
            { do: "succeed", token: 0, output: 2, refused: "TaskTimedOut" },
        ],
        status: "ABORTED",
    },
    {
        title: "a task that timed out and is tried again hands out another token",
        source: TOKENS,
        definition: callback({
            TimeoutSeconds: 2,
            Retry: [{ ErrorEquals: ["States.Timeout"], IntervalSeconds: 1, MaxAttempts: 1 }],
        }),
        services: ACCEPTED,
        steps: [
            { do: "start" },
            { do: "wait", seconds: 3.7 },
            { do: "succeed", token: 0, output: "first", refused: "TaskTimedOut" },
            { do: "succeed", token: 1, output: "second" },
        ],
        status: "SUCCEEDED",
        output: "second",
    },
    {
        title: "a token that is none is InvalidToken",
        source: SEND,
        definition: callback(),
        services: ACCEPTED,
        steps: [
            { do: "start" },
            { do: "forge", token: "not a token", refused: "InvalidToken" },
            { do: "succeed", token: 0, output: 1 },
        ],
        status: "SUCCEEDED",
        output: 1,
    },
    {
        title: "a task whose call is refused waits for no token",
        source: TOKENS,
        definition: callback(),
        services: { "dynamodb:UpdateItem": [CONDITION] },
        status: "FAILED",
        error: "DynamoDB.ConditionalCheckFailedException",
        history: [
            ...["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskFailed"],
            "ExecutionFailed",
        ],
    },
    {
        title: "heartbeats keep a task alive",
        source: BEAT,
        definition: callback({ TimeoutSeconds: 20, HeartbeatSeconds: 2 }),
        services: ACCEPTED,
        steps: [
            { do: "start" },
            { do: "beat", token: 0 },
            { do: "wait", seconds: 1.2 },
            { do: "beat", token: 0 },
            { do: "wait", seconds: 1.2 },
            { do: "beat", token: 0 },
            { do: "wait", seconds: 1.2 },
            { do: "succeed", token: 0, output: 1 },
        ],
        status: "SUCCEEDED",
        output: 1,
    },
    {
        title: "heartbeats do not keep a task beyond its timeout",
        source: BEAT,
        definition: callback({ TimeoutSeconds: 3, HeartbeatSeconds: 2 }),
        services: ACCEPTED,
        steps: [
            { do: "start" },
            { do: "wait", seconds: 1 },
            { do: "beat", token: 0 },
            { do: "wait", seconds: 1 },
            { do: "beat", token: 0 },
        ],
        status: "FAILED",
        error: "States.Timeout",
        seconds: 3,
    },
    {
        title: "HeartbeatSeconds can be an expression",
        source: ERRORS,
        definition: callback({ TimeoutSeconds: 5, HeartbeatSeconds: "{% $states.input.h %}" }),
        input: { h: 1 },
        services: ACCEPTED,
        status: "FAILED",
        error: "States.HeartbeatTimeout",
        seconds: 1,
    },
    {
        title: "the execution's timeout is caught by no state",
        source: ERRORS,
        definition: machine(
            {
                T: {
                    Type: "Task",
                    Resource: "arn:aws:states:::dynamodb:updateItem.waitForTaskToken",
                    TimeoutSeconds: 4,
                    Catch: [{ ErrorEquals: ["States.ALL"], Next: "C" }],
                    End: true,
                },
                ...C,
            },
            { TimeoutSeconds: 2 },
        ),
        services: ACCEPTED,
        status: "TIMED_OUT",
        seconds: 2,
    },
    {
        title: "a run that succeeds is the result of its task",
        source: GLUE,
        definition: task({ ...RUN, Output: "{% [$states.result.Id, $states.result.JobRunState] %}" }),
        services: ending("SUCCEEDED"),
        status: "SUCCEEDED",
        output: ["jr_1", "SUCCEEDED"],
        history: [
            ...["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted"],
            ...["TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"],
        ],
    },
    ...["FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED"].map((state): Case => ({
        title: `a run that ends ${state} fails its task with States.TaskFailed and the run as cause`,
        source: RECORDED,
        definition: task(RUN),
        services: ending(state),
        status: "FAILED",
        error: "States.TaskFailed",
        causeHas: { Id: "jr_1", JobName: "job", JobRunState: state },
    })),
    {
        title: "a run that failed is caught by States.TaskFailed",
        source: ERRORS,
        definition: task(
            { ...RUN, Catch: [{ ErrorEquals: ["States.TaskFailed"], Output: "caught", Next: "C" }] },
            C,
        ),
        services: ending("FAILED"),
        status: "SUCCEEDED",
        output: "caught",
    },
    {
        title: "a run that failed is started again by a retry",
        source: GLUE,
        definition: task({
            ...RUN,
            Retry: [{ ErrorEquals: ["States.TaskFailed"], IntervalSeconds: 1, MaxAttempts: 1 }],
        }),
        services: ending("FAILED"),
        status: "FAILED",
        error: "States.TaskFailed",
        calls: { "glue:StartJobRun": 2 },
    },
    {
        title: "a start that is refused has the service's own name of the error",
        source: GLUE,
        definition: task({
            ...RUN,
            Retry: [
                { ErrorEquals: ["Glue.ConcurrentRunsExceededException"], IntervalSeconds: 1, MaxAttempts: 2 },
            ],
        }),
        services: { "glue:StartJobRun": [{ error: "ConcurrentRunsExceededException" }] },
        status: "FAILED",
        error: "Glue.ConcurrentRunsExceededException",
        seconds: 3,
        calls: { "glue:StartJobRun": 3 },
    },
    {
        title: "stopping an execution stops the run that it waits for",
        source: TOKENS,
        definition: task(RUN),
        services: { ...ending("RUNNING"), "glue:BatchStopJobRun": [{}] },
        steps: [
            { do: "start" },
            { do: "wait", seconds: 1 },
            { do: "stop", error: "Stopped", cause: "by hand" },
            { do: "wait", seconds: 1 },
        ],
        status: "ABORTED",
        error: "Stopped",
        cause: "by hand",
        calls: { "glue:StartJobRun": 1, "glue:BatchStopJobRun": 1 },
    },
];
