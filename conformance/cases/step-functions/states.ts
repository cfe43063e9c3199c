/** One state after the other: what each kind does with its input, its variables, its errors and its history. */
import { machine } from "./machine.ts";
import {
    CALLED,
    CONDITION,
    ERRORS,
    output,
    PASS,
    RECORDED,
    REFUSED,
    SPEC,
    task,
    TRANSFORM,
    UPDATE,
    VARIABLES,
} from "./form.ts";
import type { Case } from "./form.ts";

const SDK_UPDATE = "arn:aws:states:::aws-sdk:dynamodb:updateItem";

function undefinedCause(state: string, event: number, expression: string, field: string): string {
    return `An error occurred while executing the state '${state}' (entered at the event id #${event}). The JSONata expression '${expression}' specified for the field '${field}' returned nothing (undefined).`;
}

export const states: readonly Case[] = [
    {
        title: "a Pass state passes its input on",
        source: RECORDED,
        definition: machine({ P: { Type: "Pass", End: true } }),
        input: { a: [1, null] },
        status: "SUCCEEDED",
        output: { a: [1, null] },
        history: ["ExecutionStarted", ...PASS, "ExecutionSucceeded"],
    },
    {
        title: "Output replaces the state's output, constants and expressions side by side",
        source: TRANSFORM,
        definition: output({
            name: "{% $states.input.name %}",
            list: [1, "{% 1 + 1 %}"],
            text: "{% not one",
        }),
        input: { name: "n" },
        status: "SUCCEEDED",
        output: { name: "n", list: [1, 2], text: "{% not one" },
    },
    {
        title: "a literal null, false and empty string are values like any other",
        source: SPEC,
        definition: output({ n: null, f: "{% false %}", e: "{% '' %}", o: "{% null %}" }),
        status: "SUCCEEDED",
        output: { n: null, f: false, e: "", o: null },
    },
    {
        title: "an expression that yields nothing fails the state, naming expression and field",
        source: RECORDED,
        definition: output({ result: "{% $doesNotExist %}" }),
        status: "FAILED",
        error: "States.QueryEvaluationError",
        cause: undefinedCause("P", 2, "$doesNotExist", "Output/result"),
        history: ["ExecutionStarted", "PassStateEntered", "EvaluationFailed", "ExecutionFailed"],
    },
    {
        title: "an undefined path in Assign names the variable as the field",
        source: RECORDED,
        definition: machine({ P: { Type: "Pass", Assign: { x: "{% $states.input.missing %}" }, End: true } }),
        status: "FAILED",
        error: "States.QueryEvaluationError",
        cause: undefinedCause("P", 2, "$states.input.missing", "Assign/x"),
    },
    {
        title: "calling what is no function is an evaluation error with JSONata's code",
        source: RECORDED,
        definition: output("{% $randomSeeded(1) %}"),
        status: "FAILED",
        error: "States.QueryEvaluationError",
        cause: "An error occurred while executing the state 'P' (entered at the event id #2). The JSONata expression '$randomSeeded(1)' specified for the field 'Output' threw an error during evaluation. T1006: Attempted to invoke a non-function",
    },
    {
        title: "$eval does not exist",
        source: TRANSFORM,
        definition: output("{% $eval('1+1') %}"),
        status: "FAILED",
        error: "States.QueryEvaluationError",
    },
    {
        title: "a function is no result",
        source: RECORDED,
        definition: output("{% function($x){$x} %}"),
        status: "FAILED",
        error: "States.QueryEvaluationError",
        cause: "An error occurred while executing the state 'P' (entered at the event id #2). The JSONata expression 'function($x){$x}' specified for the field 'Output' returned an unsupported result type.",
    },
    {
        title: "a path over an array of one yields the element, over more an array",
        source: "JSONata documentation: Sequences",
        definition: output({ one: "{% $states.input.a.n %}", two: "{% $states.input.b.n %}" }),
        input: { a: [{ n: 1 }], b: [{ n: 1 }, { n: 2 }] },
        status: "SUCCEEDED",
        output: { one: 1, two: [1, 2] },
    },
    {
        title: "$partition, $range, $hash, $parse and a seeded $random are there",
        source: TRANSFORM,
        definition: output({
            partition: "{% $partition([1,2,3,4,5], 2) %}",
            range: "{% $range(0, 10, 2) %}",
            down: "{% $range(3, 1, -1) %}",
            hash: "{% $hash('input', 'SHA-1') %}",
            parse: "{% $parse('{\"a\": [1]}').a %}",
            random: "{% $random(42) %}",
        }),
        status: "SUCCEEDED",
        output: {
            partition: [[1, 2], [3, 4], [5]],
            range: [0, 2, 4, 6, 8, 10],
            down: [3, 2, 1],
            hash: "140f86aae51ab9e1cda9b4254fe98a74eb54c1a1",
            parse: [1],
            random: 0.7275636800328681,
        },
    },
    {
        title: "Assign and Output see the variables as they were",
        source: VARIABLES,
        definition: machine({
            A: { Type: "Pass", Assign: { x: 1, y: 2 }, Next: "B" },
            B: {
                Type: "Pass",
                Assign: { x: "{% $y %}", y: "{% $x %}" },
                Output: "{% [$x, $y] %}",
                Next: "C",
            },
            C: { Type: "Pass", Output: "{% [$states.input, $x, $y] %}", End: true },
        }),
        status: "SUCCEEDED",
        output: [1, 2, 2, 1],
    },
    {
        title: "a variable of an object is assigned whole",
        source: VARIABLES,
        definition: machine({
            A: { Type: "Pass", Assign: { x: { a: 1, b: 2 } }, Next: "B" },
            B: { Type: "Pass", Assign: { x: { a: 3 } }, Next: "C" },
            C: { Type: "Pass", Output: "{% $x %}", End: true },
        }),
        status: "SUCCEEDED",
        output: { a: 3 },
    },
    {
        title: "a Choice takes the first rule that holds, with that rule's Assign and Output",
        source: "Developer Guide: Choice workflow state",
        definition: machine({
            C: {
                Type: "Choice",
                Assign: { way: "default" },
                Choices: [
                    { Condition: "{% $states.input.n > 5 %}", Next: "End" },
                    {
                        Condition: "{% $states.input.n > 1 %}",
                        Assign: { way: "second" },
                        Output: "out",
                        Next: "End",
                    },
                    { Condition: true, Assign: { way: "third" }, Next: "End" },
                ],
                Default: "End",
            },
            End: { Type: "Pass", Output: "{% [$way, $states.input] %}", End: true },
        }),
        input: { n: 2 },
        status: "SUCCEEDED",
        output: ["second", "out"],
        history: [
            ...["ExecutionStarted", "ChoiceStateEntered", "ChoiceStateExited"],
            ...[...PASS, "ExecutionSucceeded"],
        ],
    },
    {
        title: "a Choice's own Assign and Output are for its Default",
        source: "Developer Guide: Choice workflow state",
        definition: machine({
            C: {
                Type: "Choice",
                Assign: { way: "default" },
                Output: "other",
                Choices: [{ Condition: "{% false %}", Next: "End" }],
                Default: "End",
            },
            End: { Type: "Pass", Output: "{% [$way, $states.input] %}", End: true },
        }),
        status: "SUCCEEDED",
        output: ["default", "other"],
    },
    {
        title: "a Choice without a match and a Default fails",
        source: ERRORS,
        definition: machine({
            C: { Type: "Choice", Choices: [{ Condition: "{% false %}", Next: "E" }] },
            E: { Type: "Succeed" },
        }),
        status: "FAILED",
        error: "States.NoChoiceMatched",
    },
    {
        title: "a condition that is no boolean is an evaluation error",
        source: ERRORS,
        definition: machine({
            C: { Type: "Choice", Choices: [{ Condition: "{% 'yes' %}", Next: "E" }], Default: "E" },
            E: { Type: "Succeed" },
        }),
        status: "FAILED",
        error: "States.QueryEvaluationError",
        cause: "An error occurred while executing the state 'C' (entered at the event id #2). The JSONata expression ''yes'' specified for the field 'Choices[0]/Condition' returned an unexpected result type. Expected 'boolean', but was 'string' for value: \"yes\"",
    },
    {
        title: "Wait waits for its Seconds and assigns when it is over",
        source: "Developer Guide: Wait workflow state",
        definition: machine({
            W: {
                Type: "Wait",
                Seconds: "{% $states.input.s * 2 %}",
                Assign: { x: "{% $states.input.s %}" },
                Next: "P",
            },
            P: { Type: "Pass", Output: "{% $x %}", End: true },
        }),
        input: { s: 1 },
        status: "SUCCEEDED",
        output: 1,
        seconds: 2,
        history: [
            ...["ExecutionStarted", "WaitStateEntered", "WaitStateExited"],
            ...[...PASS, "ExecutionSucceeded"],
        ],
    },
    {
        title: "Wait waits until its Timestamp",
        source: "Developer Guide: Wait workflow state",
        definition: machine({
            W: { Type: "Wait", Timestamp: "{% $fromMillis($millis() + 3000) %}", End: true },
        }),
        status: "SUCCEEDED",
        seconds: 3,
    },
    {
        title: "a Timestamp in the past waits for nothing",
        source: "Developer Guide: Wait workflow state",
        definition: machine({ W: { Type: "Wait", Timestamp: "2016-03-14T01:59:00Z", End: true } }),
        status: "SUCCEEDED",
        seconds: 0,
    },
    {
        title: "negative Seconds are an evaluation error",
        source: ERRORS,
        definition: machine({ W: { Type: "Wait", Seconds: "{% 0 - 1 %}", End: true } }),
        status: "FAILED",
        error: "States.QueryEvaluationError",
    },
    {
        title: "Succeed ends the execution with its Output",
        source: "Developer Guide: Succeed workflow state",
        definition: machine({ S: { Type: "Succeed", Output: "{% $states.input.a %}" } }),
        input: { a: 7 },
        status: "SUCCEEDED",
        output: 7,
        history: ["ExecutionStarted", "SucceedStateEntered", "SucceedStateExited", "ExecutionSucceeded"],
    },
    {
        title: "Fail ends the execution with its Error and Cause",
        source: "Developer Guide: Fail workflow state",
        definition: machine({ F: { Type: "Fail", Error: "{% 'E' & 1 %}", Cause: "because" } }),
        status: "FAILED",
        error: "E1",
        cause: "because",
        history: ["ExecutionStarted", "FailStateEntered", "ExecutionFailed"],
    },
    {
        title: "the execution's TimeoutSeconds ends it, without error and cause in its description",
        source: RECORDED,
        definition: machine({ W: { Type: "Wait", Seconds: 5, End: true } }, { TimeoutSeconds: 3 }),
        status: "TIMED_OUT",
        seconds: 3,
        history: ["ExecutionStarted", "WaitStateEntered", "ExecutionTimedOut"],
    },
    {
        title: "a task's result is its output",
        source: RECORDED,
        definition: task({ Output: "{% $states.result.Attributes %}" }),
        services: { "dynamodb:UpdateItem": [{ output: { Attributes: { a: { S: "x" } } } }] },
        status: "SUCCEEDED",
        output: { a: { S: "x" } },
        history: ["ExecutionStarted", "TaskStateEntered", ...CALLED, "TaskStateExited", "ExecutionSucceeded"],
    },
    {
        title: "an optimized DynamoDB error has the prefix DynamoDB and the old SDK's cause",
        source: RECORDED,
        definition: task(
            {
                Catch: [{ ErrorEquals: ["DynamoDB.ResourceNotFoundException"], Next: "C" }],
            },
            {
                C: {
                    Type: "Pass",
                    Output: "{% $substringBefore($states.input.Cause, 'Request ID') %}",
                    End: true,
                },
            },
        ),
        services: {
            "dynamodb:UpdateItem": [
                { error: "ResourceNotFoundException", message: "Requested resource not found" },
            ],
        },
        status: "SUCCEEDED",
        output: "Requested resource not found (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; ",
    },
    {
        title: "an SDK DynamoDB error has the prefix DynamoDb and the new SDK's cause",
        source: RECORDED,
        definition: task(
            {
                Resource: SDK_UPDATE,
                Catch: [{ ErrorEquals: ["DynamoDb.ResourceNotFoundException"], Next: "C" }],
            },
            {
                C: {
                    Type: "Pass",
                    Output: "{% $substringBefore($states.input.Cause, 'Request ID') %}",
                    End: true,
                },
            },
        ),
        services: {
            "dynamodb:UpdateItem": [
                { error: "ResourceNotFoundException", message: "Requested resource not found" },
            ],
        },
        status: "SUCCEEDED",
        output: "Requested resource not found (Service: DynamoDb, Status Code: 400, ",
    },
    {
        title: "an error that the API does not model has the name of the SDK's base class",
        source: RECORDED,
        definition: task({}),
        services: {
            "dynamodb:UpdateItem": [{ error: "ValidationException", message: "1 validation error" }],
        },
        status: "FAILED",
        error: "DynamoDB.AmazonDynamoDBException",
    },
    {
        title: "an unmodelled error of an SDK integration too",
        source: RECORDED,
        definition: task({ Resource: SDK_UPDATE }),
        services: {
            "dynamodb:UpdateItem": [{ error: "ValidationException", message: "1 validation error" }],
        },
        status: "FAILED",
        error: "DynamoDb.DynamoDbException",
    },
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
            ...["ExecutionStarted", "TaskStateEntered", ...REFUSED, ...REFUSED, "TaskStateExited"],
            ...[...PASS, "ExecutionSucceeded"],
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
            ...["ExecutionStarted", "TaskStateEntered", "EvaluationFailed", "TaskStateExited"],
            ...[...PASS, "ExecutionSucceeded"],
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
            ...["ExecutionStarted", "TaskStateEntered", ...CALLED, "EvaluationFailed", "TaskStateExited"],
            ...[...PASS, "ExecutionSucceeded"],
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
    {
        title: "a task that takes too long fails with States.Timeout, without a cause",
        source: RECORDED,
        definition: task({ Resource: `${UPDATE}.waitForTaskToken`, TimeoutSeconds: 5 }),
        services: { "dynamodb:UpdateItem": [{}] },
        status: "FAILED",
        error: "States.Timeout",
        seconds: 5,
        history: [
            ...["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted"],
            ...["TaskTimedOut", "ExecutionFailed"],
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
    {
        title: "the context object has no Task in a state without a token, and RedriveCount 0 on a first run",
        source: "Developer Guide: Accessing execution data from the Context object",
        definition: output({
            execution: "{% $keys($states.context.Execution) %}",
            count: "{% $states.context.Execution.RedriveCount %}",
            machine: "{% $states.context.StateMachine %}",
            state: "{% $states.context.State.Name %}",
            token: "{% $exists($states.context.Task) %}",
            input: "{% $states.context.Execution.Input %}",
        }),
        input: { a: 1 },
        status: "SUCCEEDED",
        output: {
            execution: ["Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount"],
            count: 0,
            machine: { Id: "arn:aws:states:eu-west-1:123456789012:stateMachine:machine", Name: "machine" },
            state: "P",
            token: false,
            input: { a: 1 },
        },
    },
    {
        title: "an SQS message body that is no string is sent as JSON",
        source: "Developer Guide: Send messages to an Amazon SQS queue with Step Functions",
        definition: task({
            Resource: "arn:aws:states:::sqs:sendMessage",
            Arguments: { QueueUrl: "q", MessageBody: { a: 1 } },
            Output: "{% $states.result.MessageId %}",
        }),
        services: { "sqs:SendMessage": [{ output: { MessageId: "m" } }] },
        status: "SUCCEEDED",
        output: "m",
    },
    {
        title: "a function's error has the function's own error type",
        source: RECORDED,
        definition: task({
            Resource: "arn:aws:states:::lambda:invoke",
            Arguments: { FunctionName: "f", Payload: { a: 1 } },
        }),
        services: {
            "lambda:Invoke": [
                {
                    output: {
                        StatusCode: 200,
                        FunctionError: "Unhandled",
                        Payload: '{"errorType":"Boom","errorMessage":"no"}',
                    },
                },
            ],
        },
        status: "FAILED",
        error: "Boom",
        causeHas: { errorType: "Boom", errorMessage: "no" },
    },
    {
        title: "a function's payload is parsed",
        source: "Developer Guide: Invoke an AWS Lambda function with Step Functions",
        definition: task({
            Resource: "arn:aws:states:::lambda:invoke",
            Arguments: { FunctionName: "f", Payload: { a: 1 } },
            Output: "{% $states.result.Payload.b %}",
        }),
        services: { "lambda:Invoke": [{ output: { StatusCode: 200, Payload: '{"b":[2]}' } }] },
        status: "SUCCEEDED",
        output: [2],
    },
    {
        title: "the SDK integration of Step Functions itself speaks PascalCase",
        source: "Developer Guide: Learning to use AWS service SDK integrations",
        definition: task(
            {
                Resource: "arn:aws:states:::aws-sdk:sfn:describeExecution",
                Arguments: { ExecutionArn: "arn:aws:states:eu-west-1:123456789012:execution:machine:gone" },
                Catch: [
                    { ErrorEquals: ["Sfn.ExecutionDoesNotExistException"], Output: "named so", Next: "C" },
                ],
            },
            { C: { Type: "Pass", End: true } },
        ),
        status: "SUCCEEDED",
        output: "named so",
    },
];
