/** Executions from outside: their names, their beginning and end, StopExecution and RedriveExecution. */
import { machine } from "./machine.ts";
import { callback, CONDITION, QUOTAS, REDRIVE, task } from "./form.ts";
import type { Case } from "./form.ts";

const START = "API reference: StartExecution";
const STOP = "API reference: StopExecution";
const RESTART = "API reference: RedriveExecution";

const PASS = machine({ P: { Type: "Pass", End: true } });
const WAIT = machine({ W: { Type: "Wait", Seconds: 2, Output: "waited", End: true } });
const UPDATES = "dynamodb:UpdateItem";
const RESCHEDULED = ["ExecutionRedriven", "TaskScheduled", "TaskStarted"];

const FORBIDDEN = [" ", "<", ">", "{", "}", "[", "]", "?", "*", '"', "#", "%", "\\", "^", "|", "~", "`", "$"];
const MORE_FORBIDDEN = ["&", ",", ";", ":", "/", "\u0000", "\u001f", "\u007f", "\u009f"];

export const executions: readonly Case[] = [
    {
        title: "an execution started without an input has {}",
        source: START,
        definition: PASS,
        steps: [{ do: "start", text: undefined }],
        status: "SUCCEEDED",
        output: {},
    },
    {
        title: "the same name and input while it runs is the same execution",
        source: START,
        definition: WAIT,
        steps: [
            { do: "start", input: { a: 1 } },
            { do: "start", input: { a: 1 } },
        ],
        status: "SUCCEEDED",
        output: "waited",
        events: 4,
    },
    {
        title: "the same name with another input is ExecutionAlreadyExists",
        source: START,
        definition: WAIT,
        steps: [
            { do: "start", input: { a: 1 } },
            { do: "start", input: { a: 2 }, refused: "ExecutionAlreadyExists" },
        ],
        status: "SUCCEEDED",
        output: "waited",
    },
    {
        title: "the name of an execution that has ended is ExecutionAlreadyExists",
        source: START,
        definition: PASS,
        input: { a: 1 },
        steps: [
            { do: "start", input: { a: 1 } },
            { do: "end" },
            { do: "start", input: { a: 1 }, refused: "ExecutionAlreadyExists" },
        ],
        status: "SUCCEEDED",
    },
    {
        title: "the name of an execution that failed is ExecutionAlreadyExists, too",
        source: START,
        definition: machine({ F: { Type: "Fail", Error: "Boom" } }),
        steps: [{ do: "start" }, { do: "end" }, { do: "start", refused: "ExecutionAlreadyExists" }],
        status: "FAILED",
        error: "Boom",
    },
    {
        title: "other names are other executions",
        source: START,
        definition: PASS,
        steps: [{ do: "start" }, { do: "start", name: "Case" }, { do: "start", name: "case." }],
        status: "SUCCEEDED",
        events: 4,
    },
    {
        title: "a name may have 80 characters and not one more",
        source: START,
        definition: PASS,
        steps: [
            { do: "start" },
            { do: "start", name: "n".repeat(80) },
            { do: "start", name: "n".repeat(81), refused: "ValidationException" },
        ],
        status: "SUCCEEDED",
    },
    {
        title: "a name may have letters, digits, - and _, and what else is not forbidden",
        source: START,
        definition: PASS,
        steps: [{ do: "start" }, { do: "start", name: "aZ0-_" }, { do: "start", name: "a.b@c+d=e!f(g)'" }],
        status: "SUCCEEDED",
    },
    {
        title: "a name may not have white space, brackets, wildcards, special or control characters",
        source: START,
        definition: PASS,
        steps: [
            { do: "start" },
            ...[...FORBIDDEN, ...MORE_FORBIDDEN].map(
                (character) => ({ do: "start", name: `n${character}n`, refused: "InvalidName" }) as const,
            ),
        ],
        status: "SUCCEEDED",
    },
    {
        title: "an input that is not JSON is InvalidExecutionInput",
        source: START,
        definition: PASS,
        steps: [
            { do: "start" },
            { do: "start", name: "other", text: "{a", refused: "InvalidExecutionInput" },
            { do: "start", name: "other", text: "", refused: "InvalidExecutionInput" },
        ],
        status: "SUCCEEDED",
    },
    {
        title: "an input may have 256 KiB",
        source: QUOTAS,
        definition: machine({ P: { Type: "Pass", Output: "{% $length($states.input) %}", End: true } }),
        steps: [{ do: "start", text: JSON.stringify("x".repeat(262_142)) }],
        status: "SUCCEEDED",
        output: 262_142,
    },
    {
        title: "an input of one byte more is refused",
        source: QUOTAS,
        definition: PASS,
        steps: [
            { do: "start" },
            {
                ...{ do: "start", name: "large", text: JSON.stringify("x".repeat(262_143)) },
                refused: "ValidationException",
            },
        ],
        status: "SUCCEEDED",
    },
    {
        title: "StopExecution aborts with its error and cause",
        source: STOP,
        definition: machine({ W: { Type: "Wait", Seconds: 3, End: true } }),
        steps: [
            { do: "start" },
            { do: "wait", seconds: 1 },
            { do: "stop", error: "Enough", cause: "by hand" },
        ],
        status: "ABORTED",
        error: "Enough",
        cause: "by hand",
        history: ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"],
    },
    {
        title: "the error of StopExecution may have 256 characters, the cause 32,768",
        source: STOP,
        definition: WAIT,
        steps: [
            { do: "start" },
            { do: "stop", error: "E".repeat(257), refused: "ValidationException" },
            { do: "stop", cause: "c".repeat(32_769), refused: "ValidationException" },
        ],
        status: "SUCCEEDED",
        output: "waited",
    },
    {
        title: "an execution that was stopped does nothing any more",
        source: STOP,
        definition: machine({
            W: { Type: "Wait", Seconds: 2, Next: "T" },
            T: { Type: "Task", Resource: "arn:aws:states:::dynamodb:updateItem", End: true },
        }),
        services: { [UPDATES]: [{}] },
        steps: [{ do: "start" }, { do: "wait", seconds: 1 }, { do: "stop" }, { do: "wait", seconds: 2 }],
        status: "ABORTED",
        calls: { [UPDATES]: 0 },
        history: ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"],
    },
    {
        title: "no catcher sees that an execution was stopped",
        source: STOP,
        definition: callback(
            { TimeoutSeconds: 3, Catch: [{ ErrorEquals: ["States.ALL"], Next: "C" }] },
            { C: { Type: "Pass", End: true } },
        ),
        services: { [UPDATES]: [{}] },
        steps: [
            { do: "start" },
            { do: "beat", token: 0 },
            { do: "stop", error: "Enough" },
            { do: "wait", seconds: 3 },
        ],
        status: "ABORTED",
        error: "Enough",
        history: [
            ...["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted"],
            "ExecutionAborted",
        ],
    },
    {
        title: "an execution that was stopped while it waited to retry does not retry",
        source: STOP,
        definition: task({ Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 2 }] }),
        services: { [UPDATES]: [CONDITION] },
        steps: [{ do: "start" }, { do: "wait", seconds: 1 }, { do: "stop" }, { do: "wait", seconds: 2 }],
        status: "ABORTED",
        calls: { [UPDATES]: 1 },
    },
    {
        title: "a running execution is not redrivable",
        source: RESTART,
        definition: WAIT,
        steps: [{ do: "start" }, { do: "redrive", refused: "ExecutionNotRedrivable" }],
        status: "SUCCEEDED",
        output: "waited",
    },
    {
        title: "an execution that succeeded is not redrivable",
        source: REDRIVE,
        definition: PASS,
        steps: [{ do: "start" }, { do: "end" }, { do: "redrive", refused: "ExecutionNotRedrivable" }],
        status: "SUCCEEDED",
    },
    {
        title: "a redrive goes on with the step that failed and keeps the history",
        source: REDRIVE,
        definition: machine({
            A: { Type: "Task", Resource: "arn:aws:states:::dynamodb:putItem", Next: "T" },
            T: { Type: "Task", Resource: "arn:aws:states:::dynamodb:updateItem", Output: "done", End: true },
        }),
        services: { "dynamodb:PutItem": [{}], [UPDATES]: [CONDITION, {}] },
        steps: [{ do: "start" }, { do: "end" }, { do: "redrive" }],
        status: "SUCCEEDED",
        output: "done",
        calls: { "dynamodb:PutItem": 1, [UPDATES]: 2 },
        history: [
            ...["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded"],
            ...["TaskStateExited", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskFailed"],
            ...["ExecutionFailed", ...RESCHEDULED, "TaskSucceeded", "TaskStateExited"],
            "ExecutionSucceeded",
        ],
    },
    {
        title: "a redrive begins with fresh retries",
        source: REDRIVE,
        definition: task({ Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 1, MaxAttempts: 1 }] }),
        services: { [UPDATES]: [CONDITION] },
        steps: [{ do: "start" }, { do: "end" }, { do: "redrive" }],
        status: "FAILED",
        error: "DynamoDB.ConditionalCheckFailedException",
        calls: { [UPDATES]: 4 },
    },
    {
        title: "an execution may be redriven again and again, and counts it",
        source: REDRIVE,
        definition: task({ Output: "{% $states.context.Execution.RedriveCount %}" }),
        services: { [UPDATES]: [CONDITION, CONDITION, {}] },
        steps: [{ do: "start" }, { do: "end" }, { do: "redrive" }, { do: "end" }, { do: "redrive" }],
        status: "SUCCEEDED",
        output: 2,
    },
    {
        title: "an execution that was stopped is redrivable, and its Wait begins again",
        source: REDRIVE,
        definition: WAIT,
        steps: [{ do: "start" }, { do: "wait", seconds: 1 }, { do: "stop" }, { do: "redrive" }],
        status: "SUCCEEDED",
        output: "waited",
        history: [
            ...["ExecutionStarted", "WaitStateEntered", "ExecutionAborted", "ExecutionRedriven"],
            ...["WaitStateEntered", "WaitStateExited", "ExecutionSucceeded"],
        ],
        seconds: 3,
    },
    {
        title: "an execution that timed out is redrivable, and has its whole time again",
        source: REDRIVE,
        definition: machine(
            {
                T: {
                    Type: "Task",
                    Resource: "arn:aws:states:::dynamodb:updateItem.waitForTaskToken",
                    Arguments: { token: "{% $states.context.Task.Token %}" },
                    End: true,
                },
            },
            { TimeoutSeconds: 3 },
        ),
        services: { [UPDATES]: [{}] },
        steps: [
            { do: "start" },
            { do: "end" },
            { do: "redrive" },
            { do: "wait", seconds: 2 },
            { do: "succeed", token: 1, output: "in time" },
        ],
        status: "SUCCEEDED",
        output: "in time",
        seconds: 5,
    },
    {
        title: "an execution that failed in a Fail state fails there again when it is redriven",
        source: REDRIVE,
        definition: machine({ F: { Type: "Fail", Error: "Boom" } }),
        steps: [{ do: "start" }, { do: "end" }, { do: "redrive" }],
        status: "FAILED",
        error: "Boom",
        history: [
            ...["ExecutionStarted", "FailStateEntered", "ExecutionFailed", "ExecutionRedriven"],
            ...["FailStateEntered", "ExecutionFailed"],
        ],
    },
    {
        title: "after 14 days an execution is not redrivable any more",
        source: REDRIVE,
        definition: task({}),
        services: { [UPDATES]: [CONDITION] },
        steps: [
            { do: "start" },
            { do: "end" },
            { do: "wait", seconds: 14 * 86_400 - 1 },
            { do: "redrive" },
            { do: "end" },
            { do: "wait", seconds: 14 * 86_400 + 1 },
            { do: "redrive", refused: "ExecutionNotRedrivable" },
        ],
        status: "FAILED",
        error: "DynamoDB.ConditionalCheckFailedException",
        calls: { [UPDATES]: 2 },
    },
];
