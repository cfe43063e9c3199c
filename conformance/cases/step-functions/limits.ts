/** Timeouts, heartbeats, and the limits of sizes and of the history. */
import { ERRORS, output, RECORDED, task, TRANSFORM, UPDATE } from "./form.ts";
import { machine } from "./machine.ts";
import type { Case } from "./form.ts";

export const limits: readonly Case[] = [
    {
        title: "the execution's TimeoutSeconds ends it, without error and cause in its description",
        source: RECORDED,
        definition: machine({ W: { Type: "Wait", Seconds: 5, End: true } }, { TimeoutSeconds: 3 }),
        status: "TIMED_OUT",
        seconds: 3,
        history: ["ExecutionStarted", "WaitStateEntered", "ExecutionTimedOut"],
    },
    {
        title: "a task that takes too long fails with States.Timeout, without a cause",
        source: RECORDED,
        definition: task({ Resource: `${UPDATE}.waitForTaskToken`, TimeoutSeconds: 5 }),
        services: { "dynamodb:UpdateItem": [{}] },
        status: "FAILED",
        error: "States.Timeout",
        seconds: 5,
        history: [
            "ExecutionStarted",
            "TaskStateEntered",
            "TaskScheduled",
            "TaskStarted",
            "TaskSubmitted",
            "TaskTimedOut",
            "ExecutionFailed",
        ],
    },
    {
        title: "TimeoutSeconds can be an expression",
        source: TRANSFORM,
        definition: task({
            Resource: `${UPDATE}.waitForTaskToken`,
            TimeoutSeconds: "{% 2 * $states.input.t %}",
        }),
        input: { t: 4 },
        services: { "dynamodb:UpdateItem": [{}] },
        status: "FAILED",
        error: "States.Timeout",
        seconds: 8,
    },
    {
        title: "States.TaskFailed does not cover States.Timeout",
        source: ERRORS,
        definition: task(
            {
                Resource: `${UPDATE}.waitForTaskToken`,
                TimeoutSeconds: 5,
                Catch: [
                    { ErrorEquals: ["States.TaskFailed"], Output: "task failed", Next: "C" },
                    { ErrorEquals: ["States.Timeout"], Output: "timeout", Next: "C" },
                ],
            },
            { C: { Type: "Pass", End: true } },
        ),
        services: { "dynamodb:UpdateItem": [{}] },
        status: "SUCCEEDED",
        output: "timeout",
    },
    {
        title: "States.ALL covers States.Timeout",
        source: ERRORS,
        definition: task(
            {
                Resource: `${UPDATE}.waitForTaskToken`,
                TimeoutSeconds: 5,
                Catch: [{ ErrorEquals: ["States.ALL"], Output: "{% $states.errorOutput %}", Next: "C" }],
            },
            { C: { Type: "Pass", End: true } },
        ),
        services: { "dynamodb:UpdateItem": [{}] },
        status: "SUCCEEDED",
        output: { Error: "States.Timeout", Cause: null },
    },
    {
        title: "a heartbeat that does not come is States.HeartbeatTimeout",
        source: ERRORS,
        definition: task({
            Resource: `${UPDATE}.waitForTaskToken`,
            TimeoutSeconds: 6,
            HeartbeatSeconds: 3,
        }),
        services: { "dynamodb:UpdateItem": [{}] },
        status: "FAILED",
        error: "States.HeartbeatTimeout",
        seconds: 3,
    },
    {
        title: "a result of more than 256 KiB is States.DataLimitExceeded, which States.ALL does not cover",
        source: ERRORS,
        definition: task(
            { Catch: [{ ErrorEquals: ["States.ALL"], Next: "C" }] },
            { C: { Type: "Pass", End: true } },
        ),
        services: { "dynamodb:UpdateItem": [{ output: { big: "x".repeat(262_144) } }] },
        status: "FAILED",
        error: "States.DataLimitExceeded",
        cause: "The state/task 'dynamodb' returned a result with a size exceeding the maximum number of bytes service limit.",
    },
    {
        title: "an output of more than 256 KiB is States.DataLimitExceeded",
        source: ERRORS,
        definition: output("{% $join([$range(1, 1000, 1).('x' & $pad('', 262, 'y'))]) %}"),
        status: "FAILED",
        error: "States.DataLimitExceeded",
    },
    {
        title: "an endless loop fails at 25,000 events, the last of which is the failure",
        source: RECORDED,
        definition: machine({
            Loop: { Type: "Choice", Choices: [{ Condition: "{% true %}", Next: "Loop" }], Default: "E" },
            E: { Type: "Succeed" },
        }),
        status: "FAILED",
        error: "States.Runtime",
        cause: "The execution reached the maximum number of history events (25000).",
    },
];
