/**
 * Where MiniStack 1.5.33 differs from what AWS states: cases that cannot run there, and cases whose outcome differs in the named respects.
 * Functions are those of `ministack/services/stepfunctions.py` unless an entry names another file. Each case names its source, a page or a
 * history recorded from the service, and each time it speaks against MiniStack. A listed case that agrees fails, so the list stays true.
 */
import type { Case } from "../cases/step-functions/index.ts";
import type { Respect } from "../cases/step-functions/run-case.ts";

export interface Skip {
    /** What MiniStack lacks. */
    readonly lacks: string;
    readonly applies: (one: Case) => boolean;
}

export interface KnownDifference {
    /** What MiniStack does, and in which function. */
    readonly does: string;
    /** The source that says what AWS does instead. */
    readonly decidedBy: string;
    readonly cases: Readonly<Record<string, readonly Respect[]>>;
}

export const skips: readonly Skip[] = [
    {
        lacks: "RedriveExecution, which is not among the handlers of handle_request",
        applies: ({ steps = [] }) => steps.some((step) => step.do === "redrive"),
    },
    {
        lacks: "a limit of histories: _run_execution would run an endless loop for ever",
        applies: ({ title }) => title.startsWith("an endless loop"),
    },
];

/** Events that MiniStack never writes, with the event that it writes instead, if any. */
export const UNWRITTEN: readonly { readonly type: string; readonly instead?: string }[] = [
    { type: "TaskStarted" },
    { type: "TaskSubmitted" },
    { type: "EvaluationFailed" },
    { type: "TaskTimedOut", instead: "TaskFailed" },
];

/** The case with the history that MiniStack writes if everything else is right. */
export function asWritten(one: Case): Case {
    if (!one.history) return one;
    const history = one.history.flatMap((type) => {
        const unwritten = UNWRITTEN.find((event) => event.type === type);
        return unwritten ? (unwritten.instead ?? []) : type;
    });
    return { ...one, history };
}

const failure: readonly Respect[] = ["status", "error"];

export const knownDifferences: readonly KnownDifference[] = [
    {
        does: "_create_state_machine checks only whether a definition's JSONata parses",
        decidedBy: "States Language specification; Developer Guide, the pages that the cases name",
        cases: refused(
            "a StartAt that is no state",
            "a Next that is no state",
            "a state with neither Next nor End",
            "a type of state that does not exist",
            "a Choice without rules",
            "a Wait without a time",
            "a Wait with two times",
            "a field of JSONPath in JSONata",
            "a variable named states",
            "a negative MaxAttempts",
            "a BackoffRate below 1",
            "an IntervalSeconds of 0",
            "a MaxDelaySeconds that is not above IntervalSeconds",
            "a JitterStrategy that does not exist",
            "States.ALL beside another name",
            "States.ALL above another catcher",
            "no names in a retrier",
            "a heartbeat that is not below the timeout",
            "a Catch in a Pass",
        ),
    },
    {
        does: "its JSONata, jsonata-python 0.7.1, has the operators of JSONata 2.1",
        decidedBy: "Developer Guide: Transforming data with JSONata: Step Functions supports 2.0.6",
        cases: refused(
            "the operator ??, which JSONata 2.0.6 does not have",
            "the operator ?:, which JSONata 2.0.6 does not have",
        ),
    },
    {
        does: "no function checks sizes",
        decidedBy:
            "Developer Guide: Step Functions service quotas, and States.DataLimitExceeded in Handling errors",
        cases: {
            "a result of more than 256 KiB is States.DataLimitExceeded, which States.ALL does not cover": [
                ...failure,
                "cause",
            ],
            "an output of more than 256 KiB is States.DataLimitExceeded": failure,
            "an output of one byte more is not": failure,
            "size is counted in bytes of UTF-8": failure,
            "variables of more than 256 KiB in one Assign are States.DataLimitExceeded": failure,
            "arguments of more than 256 KiB are States.DataLimitExceeded, without a call": [
                ...failure,
                "calls",
            ],
            "an input of one byte more is refused": ["steps"],
        },
    },
    {
        does: "_start_execution checks neither the name's length and characters nor whether the input is JSON",
        decidedBy: "API reference: StartExecution, parameters name and input",
        cases: {
            "a name may have 80 characters and not one more": ["steps"],
            "a name may not have white space, brackets, wildcards, special or control characters": ["steps"],
            "an input that is not JSON is InvalidExecutionInput": ["steps"],
        },
    },
    {
        does: "_send_task_failure and _stop_execution check no lengths",
        decidedBy: "API reference: SendTaskFailure and StopExecution, parameters error and cause",
        cases: {
            "the error of SendTaskFailure may have 256 characters, the cause 32,768": [
                "steps",
                "error",
                "cause",
            ],
            "the error of StopExecution may have 256 characters, the cause 32,768": [
                ...failure,
                "steps",
                "output",
            ],
        },
    },
    {
        does: "_start_execution refuses every name that was used before, even while it runs with the same input",
        decidedBy: "API reference: StartExecution, which is idempotent then",
        cases: { "the same name and input while it runs is the same execution": ["steps"] },
    },
    {
        does: "_send_task_success, _failure and _heartbeat know only open tokens, and answer TaskDoesNotExist for any other",
        decidedBy: "API reference: SendTaskSuccess, errors TaskTimedOut and InvalidToken",
        cases: {
            "a token that has been used is TaskTimedOut": ["steps"],
            "a token that is none is InvalidToken": ["steps"],
            "the token of a task that timed out is TaskTimedOut": ["steps", "output"],
        },
    },
    {
        does: "_send_task_success accepts any text as an output, and a token twice until the execution's thread wakes up",
        decidedBy: "API reference: SendTaskSuccess, error InvalidOutput",
        cases: {
            "an output that is not JSON is InvalidOutput, and the token stays good": ["steps", "output"],
        },
    },
    {
        does: "_execute_task makes one token for all tries of a state",
        decidedBy:
            "Developer Guide: Discover service integration patterns: a new token when a task times out",
        cases: { "a task that timed out and is tried again hands out another token": ["steps", "output"] },
    },
    {
        does: "_stop_execution sets the status; the execution's thread continues to the end of its state, with its retries, token and run",
        decidedBy:
            "API reference: StopExecution; Developer Guide: Discover service integration patterns (run a job)",
        cases: {
            "an execution that was stopped does nothing any more": ["history"],
            "no catcher sees that an execution was stopped": ["history"],
            "an execution that was stopped while it waited to retry does not retry": ["calls"],
            "the token of an execution that was stopped is TaskTimedOut": ["steps"],
            "stopping an execution stops the run that it waits for": ["calls"],
        },
    },
    {
        does: "_run_execution does not read the state machine's TimeoutSeconds",
        decidedBy: "States Language specification: TimeoutSeconds of a state machine",
        cases: {
            "the execution's TimeoutSeconds ends it, without error and cause in its description": [
                "status",
                "history",
                "seconds",
            ],
            "the execution's timeout is caught by no state": ["status", "seconds"],
        },
    },
    {
        does: "_invoke_with_callback does not evaluate TimeoutSeconds",
        decidedBy: "Developer Guide: Transforming data with JSONata, fields that take expressions",
        cases: { "TimeoutSeconds can be an expression": ["error", "seconds"] },
    },
    {
        does: "_invoke_with_callback does not read HeartbeatSeconds",
        decidedBy: "Developer Guide: Handling errors, States.HeartbeatTimeout",
        cases: {
            "a heartbeat that does not come is States.HeartbeatTimeout": ["error", "seconds"],
            "HeartbeatSeconds can be an expression": ["error", "seconds"],
            "States.Timeout means a heartbeat that did not come as well": ["output", "seconds"],
        },
    },
    {
        does: "_execute_task reads neither MaxDelaySeconds nor JitterStrategy, and waits for at most 60 seconds",
        decidedBy: "Developer Guide: Handling errors, fields of a retrier",
        cases: {
            "MaxDelaySeconds bounds every interval": ["seconds"],
            "MaxDelaySeconds lets smaller intervals be": ["seconds"],
        },
    },
    {
        does: "_error_matches matches States.ALL with every error",
        decidedBy: "Developer Guide: Handling errors, States.ALL",
        cases: {
            "States.Runtime is not covered by States.ALL, neither by a retrier nor by a catcher": [
                ...failure,
                "calls",
            ],
        },
    },
    {
        does: "_invoke_with_callback gives States.Timeout a cause",
        decidedBy: "recorded history of the service: it has none",
        cases: { "States.ALL covers States.Timeout": ["output"] },
    },
    {
        does: "_invoke_dynamodb and _dispatch_aws_sdk_json use the service's message as the cause",
        decidedBy: "recorded history of the service: the cause has service, status and request id as well",
        cases: {
            "an optimized DynamoDB error has the prefix DynamoDB and the old SDK's cause": ["output"],
            "an SDK DynamoDB error has the prefix DynamoDb and the new SDK's cause": ["output"],
        },
    },
    {
        does: "_invoke_dynamodb and _prefix_sdk_error put a prefix before any code on the wire",
        decidedBy:
            "recorded history of the service; Developer Guide: Learning to use AWS service SDK integrations: errors have the names of the SDK's classes",
        cases: {
            "an error that the API does not model has the name of the SDK's base class": ["error"],
            "an unmodelled error of an SDK integration too": ["error"],
            "the SDK integration of Step Functions itself speaks PascalCase": [...failure, "output"],
        },
    },
    {
        does: "_evaluate_jsonata reports what went wrong, but neither where nor in which expression",
        decidedBy: "recorded history of the service",
        cases: {
            "an expression that yields nothing fails the state, naming expression and field": ["cause"],
            "an undefined path in Assign names the variable as the field": ["cause"],
            "calling what is no function is an evaluation error with JSONata's code": ["cause"],
            "an error in a catcher's own fields fails the execution": ["cause"],
        },
    },
    {
        does: "_execute_task writes TaskFailed for an expression that fails, before the call and after it",
        decidedBy: "recorded history of the service: EvaluationFailed; no task failed",
        cases: {
            "Arguments that cannot be evaluated are caught by the same state, without a call": ["history"],
            "an Output that cannot be evaluated is caught by the same state, after the call": ["history"],
            "arguments that fail are evaluated again by a retry": ["history"],
        },
    },
    {
        does: "_evaluate_jsonata accepts a function as a result, which is not JSON: States.Runtime",
        decidedBy: "recorded history of the service: States.QueryEvaluationError",
        cases: { "a function is no result": ["error", "cause"] },
    },
    {
        does: "_register_sfn_jsonata_functions leaves $eval in",
        decidedBy: "Developer Guide: Transforming data with JSONata: $eval is not supported",
        cases: { "$eval does not exist": failure },
    },
    {
        does: "_sfn_jsonata_range has no limit",
        decidedBy: "Developer Guide: Transforming data with JSONata: at most 1,000 items",
        cases: { "$range refuses more than 1,000 numbers": [...failure, "history"] },
    },
    {
        does: "_sfn_jsonata_random seeds Python's generator",
        decidedBy: "recorded history of the service: the first double of Java's generator",
        cases: { "$partition, $range, $hash, $parse and a seeded $random are there": ["output"] },
    },
    {
        does: "_evaluate_jsonata_choice_rule accepts any truthy value as true",
        decidedBy: "States Language specification: a Condition must evaluate to a boolean",
        cases: { "a condition that is no boolean is an evaluation error": [...failure, "cause"] },
    },
    {
        does: "_apply_state_assign assigns one variable after the other, so each sees those before it",
        decidedBy:
            "Developer Guide: Passing data between states with variables, evaluation order in an Assign field",
        cases: {
            "Assign and Output see the variables as they were": ["output"],
            "an Assign that fails assigns nothing, and its catcher sees the values of before": ["output"],
        },
    },
    {
        does: "_run_execution reads only JSONPath's fields of Succeed, not Output",
        decidedBy: "States Language specification: Succeed State",
        cases: {
            "Succeed ends the execution with its Output": ["output"],
            "a variable holds until it is assigned again, through states that do not name it": ["output"],
            "a loop counts in a variable": ["output"],
        },
    },
    {
        does: "_execute_choice does not read a Choice's own Output",
        decidedBy: "Developer Guide: Choice workflow state",
        cases: { "a Choice's own Assign and Output are for its Default": ["output"] },
    },
    {
        does: "the context object of _run_execution has no RoleArn and no RedriveCount",
        decidedBy: "Developer Guide: Accessing execution data from the Context object",
        cases: {
            "the context object has no Task in a state without a token, and RedriveCount 0 on a first run": [
                ...failure,
                "output",
            ],
            "the context object names the execution and tells when it and the state began": [
                ...failure,
                "output",
            ],
        },
    },
];

function refused(...titles: readonly string[]): Record<string, readonly Respect[]> {
    return Object.fromEntries(
        titles.map((title) => [`a definition is refused for ${title}`, ["definition"]]),
    );
}
