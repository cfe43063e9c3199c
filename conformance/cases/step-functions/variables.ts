/** What `$states` has in which field, and when a variable has which value. */
import { machine } from "./machine.ts";
import { CONDITION, failing, INVOKE, output, REDRIVE, task, TRANSFORM, UPDATE, VARIABLES } from "./form.ts";
import type { Case } from "./form.ts";

const CONTEXT = "Developer Guide: Accessing execution data from the Context object";

export const variables: readonly Case[] = [
    {
        title: "the context object names the execution and tells when it and the state began",
        source: CONTEXT,
        definition: output({
            id: "{% $states.context.Execution.Id %}",
            name: "{% $states.context.Execution.Name %}",
            role: "{% $states.context.Execution.RoleArn %}",
            began: "{% $contains($states.context.Execution.StartTime, /^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$/) %}",
            entered:
                "{% $toMillis($states.context.State.EnteredTime) >= $toMillis($states.context.Execution.StartTime) %}",
        }),
        status: "SUCCEEDED",
        output: {
            id: "arn:aws:states:eu-west-1:123456789012:execution:machine:case",
            name: "case",
            role: "arn:aws:iam::123456789012:role/machine",
            began: true,
            entered: true,
        },
    },
    {
        title: "the context's input stays the execution's own",
        source: CONTEXT,
        definition: machine({
            A: { Type: "Pass", Output: "other", Next: "B" },
            B: { Type: "Pass", Output: "{% [$states.input, $states.context.Execution.Input] %}", End: true },
        }),
        input: { a: 1 },
        status: "SUCCEEDED",
        output: ["other", { a: 1 }],
    },
    {
        title: "$states.result is the task's whole result, in Output and in Assign",
        source: VARIABLES,
        definition: machine({
            T: {
                Type: "Task",
                Resource: UPDATE,
                Assign: { a: "{% $states.result.Attributes.a.S %}" },
                Output: "{% $states.result.Attributes.a.S & '!' %}",
                Next: "P",
            },
            P: { Type: "Pass", Output: "{% [$states.input, $a] %}", End: true },
        }),
        services: { "dynamodb:UpdateItem": [{ output: { Attributes: { a: { S: "x" } } } }] },
        status: "SUCCEEDED",
        output: ["x!", "x"],
    },
    {
        title: "$states.errorOutput has Error and Cause, and the input is still there",
        source: TRANSFORM,
        definition: task(
            {
                Resource: INVOKE,
                Arguments: { FunctionName: "f" },
                Catch: [
                    {
                        ErrorEquals: ["States.ALL"],
                        Output: {
                            error: "{% $states.errorOutput.Error %}",
                            message: "{% $parse($states.errorOutput.Cause).errorMessage %}",
                            input: "{% $states.input.a %}",
                        },
                        Next: "C",
                    },
                ],
            },
            { C: { Type: "Pass", End: true } },
        ),
        input: { a: 1 },
        services: failing("Boom"),
        status: "SUCCEEDED",
        output: { error: "Boom", message: "no", input: 1 },
    },
    {
        title: "a variable holds until it is assigned again, through states that do not name it",
        source: VARIABLES,
        definition: machine({
            A: { Type: "Pass", Assign: { x: 1 }, Next: "W" },
            W: { Type: "Wait", Seconds: 0, Next: "C" },
            C: { Type: "Choice", Choices: [{ Condition: "{% $x = 1 %}", Next: "B" }], Default: "A" },
            B: { Type: "Pass", Assign: { y: "{% $x + 1 %}" }, Next: "S" },
            S: { Type: "Succeed", Output: "{% [$x, $y] %}" },
        }),
        status: "SUCCEEDED",
        output: [1, 2],
    },
    {
        title: "a variable may be null, and is then not undefined",
        source: VARIABLES,
        definition: machine({
            A: { Type: "Pass", Assign: { x: null }, Next: "B" },
            B: { Type: "Pass", Output: "{% [$exists($x), $exists($y), $x] %}", End: true },
        }),
        status: "SUCCEEDED",
        output: [true, false, null],
    },
    {
        title: "what an expression binds is gone after it",
        source: VARIABLES,
        definition: machine({
            A: { Type: "Pass", Assign: { x: "{% ($local := 1; $local + 1) %}" }, Next: "B" },
            B: { Type: "Pass", Output: "{% [$exists($local), $x] %}", End: true },
        }),
        status: "SUCCEEDED",
        output: [false, 2],
    },
    {
        title: "an expression cannot change a variable",
        source: VARIABLES,
        definition: machine({
            A: { Type: "Pass", Assign: { x: 1 }, Next: "B" },
            B: { Type: "Pass", Output: "{% ($x := 5; $x) %}", Next: "C" },
            C: { Type: "Pass", Output: "{% [$states.input, $x] %}", End: true },
        }),
        status: "SUCCEEDED",
        output: [5, 1],
    },
    {
        title: "a loop counts in a variable",
        source: VARIABLES,
        definition: machine({
            A: { Type: "Pass", Assign: { n: 0 }, Next: "B" },
            B: { Type: "Pass", Assign: { n: "{% $n + 1 %}" }, Next: "C" },
            C: { Type: "Choice", Choices: [{ Condition: "{% $n < 5 %}", Next: "B" }], Default: "S" },
            S: { Type: "Succeed", Output: "{% $n %}" },
        }),
        status: "SUCCEEDED",
        output: 5,
        events: 26,
    },
    {
        title: "an Assign that fails assigns nothing, and its catcher sees the values of before",
        source: VARIABLES,
        definition: machine({
            A: { Type: "Pass", Assign: { x: 1, y: 1 }, Next: "T" },
            T: {
                Type: "Task",
                Resource: UPDATE,
                Assign: { x: 2, y: "{% $error('no') %}" },
                Catch: [{ ErrorEquals: ["States.ALL"], Output: "{% [$x, $y] %}", Next: "C" }],
                Next: "C",
            },
            C: { Type: "Pass", Output: { caught: "{% $states.input %}", now: "{% [$x, $y] %}" }, End: true },
        }),
        services: { "dynamodb:UpdateItem": [{}] },
        status: "SUCCEEDED",
        output: { caught: [1, 1], now: [1, 1] },
    },
    {
        title: "a catcher may go back, and what it assigned is there the next time",
        source: VARIABLES,
        definition: machine({
            A: { Type: "Pass", Assign: { failures: 0 }, Next: "T" },
            T: {
                Type: "Task",
                Resource: UPDATE,
                Catch: [
                    {
                        ErrorEquals: ["States.ALL"],
                        Assign: { failures: "{% $failures + 1 %}" },
                        Output: "{% $states.input %}",
                        Next: "T",
                    },
                ],
                Output: "{% [$failures, $states.input] %}",
                End: true,
            },
        }),
        input: { a: 1 },
        services: { "dynamodb:UpdateItem": [CONDITION, CONDITION, {}] },
        status: "SUCCEEDED",
        output: [2, { a: 1 }],
        calls: { "dynamodb:UpdateItem": 3 },
    },
    {
        title: "variables are kept by a redrive, and RedriveCount is 1 in the arguments",
        source: REDRIVE,
        definition: machine({
            A: { Type: "Pass", Assign: { x: 7 }, Next: "T" },
            T: {
                Type: "Task",
                Resource: UPDATE,
                Arguments: { n: "{% $states.context.Execution.RedriveCount %}" },
                Output: "{% [$x, $states.context.Execution.RedriveCount] %}",
                End: true,
            },
        }),
        services: { "dynamodb:UpdateItem": [CONDITION, {}] },
        steps: [{ do: "start" }, { do: "end" }, { do: "redrive" }],
        status: "SUCCEEDED",
        output: [7, 1],
        history: [
            "ExecutionStarted",
            "PassStateEntered",
            "PassStateExited",
            "TaskStateEntered",
            "TaskScheduled",
            "TaskStarted",
            "TaskFailed",
            "ExecutionFailed",
            "ExecutionRedriven",
            "TaskScheduled",
            "TaskStarted",
            "TaskSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded",
        ],
    },
];
