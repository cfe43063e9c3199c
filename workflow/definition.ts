/**
 * The workflow of one message, from its arrival to its end: a pure function from names and numbers to a state machine,
 * states in running order. A running execution keeps the definition it started with, so nothing that may change while
 * it waits stands here: the limit, above all, is compared in the table.
 */
import { expression, stateMachine } from "./asl.ts";
import type { Assign, Retrier, StateMachine } from "./asl.ts";
import { executionConsoleJsonata } from "./console.ts";
import {
    HOLDER_ID_JSONATA,
    REDRIVES_JSONATA,
    ACQUIRED_HOLDER_ID_JSONATA,
    unlessRedrivenJsonata,
} from "../slots/holder.ts";
import { DEAD_LETTERED_STATE, RUN_STATE, TERMINAL_STATES } from "../slots/completion.ts";
import { HOLDER_ARGUMENT, OUTCOME, POOL_ARGUMENT } from "../slots/table.ts";
import { MAX_RECHECK_SECONDS, RECHECK_SECONDS } from "../slots/times.ts";
import {
    closeInWorkflow,
    confirmOpenInWorkflow,
    releaseInWorkflow,
    joinInWorkflow,
    acquireInWorkflow,
} from "../slots/writes.ts";

/** The names of what the workflow touches. */
export interface WorkflowNames {
    /** AWS partition: `aws`, `aws-us-gov`, `aws-cn`. */
    readonly partition: string;
    readonly tableName: string;
    readonly pool: string;
    /** The Glue job. */
    readonly jobName: string;
    readonly deadLetterQueueUrl: string;
    readonly reaperQueueUrl: string;
    /** The topic that hears of messages that were dead-lettered. */
    readonly failureTopicArn: string;
}

export interface WorkflowNumbers {
    /** How often a job is tried in all, 1 or more. */
    readonly maxAttempts: number;
    /** Seconds between an attempt and the next, doubled each time, 15 minutes at most. */
    readonly retryDelaySeconds: number;
    /** Seconds that a slot stays taken after its run has ended; 0 leaves the state out. */
    readonly cooldownSeconds: number;
    /** Seconds that a start which Glue refuses is tried again at most, while the slot is held. */
    readonly startBudgetSeconds: number;
    /** Minutes after which Glue stops a run; undefined: what the job itself says. */
    readonly jobTimeoutMinutes: number | undefined;
}

/** Errors that mean: Glue has not started the run, and may later. */
const REFUSED_FOR_NOW = ["Glue.ConcurrentRunsExceededException", "Glue.ResourceNumberLimitExceededException"];

/** Errors with which Glue says that too much is asked of it. A poll of the run may get them as well as its start. */
const THROTTLED = ["Glue.ThrottlingException", "Glue.AWSGlueException"];

/** Errors that mean: Glue has not started the run, and never will. */
const REFUSED_FOR_GOOD = ["Glue.InvalidInputException"];

/** Glue knows no such job: never, or not any more; a poll may meet that too. */
const JOB_MISSING = ["Glue.EntityNotFoundException"];

/** A failed condition, as the optimized and as the SDK integration spell it. */
const CONDITION_FAILED = [
    "DynamoDB.ConditionalCheckFailedException",
    "DynamoDb.ConditionalCheckFailedException",
];

const BUSY_TABLE = ["DynamoDB", "DynamoDb"].flatMap((prefix) =>
    [
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestLimitExceededException",
        "TransactionConflictException",
        "InternalServerError",
        "InternalServerErrorException",
        "SdkClientException",
    ].map((name) => `${prefix}.${name}`),
);

const RETRY_BUSY_TABLE: Retrier = {
    ErrorEquals: BUSY_TABLE,
    IntervalSeconds: 1,
    BackoffRate: 2,
    MaxAttempts: 6,
    MaxDelaySeconds: 30,
    JitterStrategy: "FULL",
};

/** Whatever goes wrong with a message to a queue or a topic is tried again for hours: nothing else can be done for it. */
const RETRY_FOR_HOURS: Retrier = {
    ErrorEquals: ["States.ALL"],
    IntervalSeconds: 5,
    BackoffRate: 2,
    MaxAttempts: 40,
    MaxDelaySeconds: 900,
    JitterStrategy: "FULL",
};

/** Glue gives a run seven days at most (AWS Glue, "Job timeout"); a day more, and the task's own timeout never comes first. */
const MAX_RUN_SECONDS = 8 * 86_400;

/** What stands for the id of a run while there is none: neither a message attribute nor the validators take an empty text. */
const NO_RUN = "none";

/** How much longer the task waits than Glue does, so that it sees the run's own end. */
const TIMEOUT_SLACK_SECONDS = 3600;

const START_RETRY = { interval: 10, rate: 1.5, longest: 60 };

/** The state machine for one pool. */
export function definition(names: WorkflowNames, numbers: WorkflowNumbers): StateMachine {
    const integration = (what: string): string => `arn:${names.partition}:states:::${what}`;
    const at = { table: names.tableName, pool: names.pool };
    const settle = numbers.cooldownSeconds;
    const joined = { pauses: 0, redrivesSeen: expression(REDRIVES_JSONATA) };
    const afterTheRun = settle > 0 ? "Cool down" : "Release slot";
    const machine = stateMachine({
        Comment: `Turnstile: one execution for each message of pool ${names.pool}`,
        StartAt: "Begin",
        States: {
            Begin: {
                Type: "Pass",
                Comment:
                    "What the states remember. The message lives in a variable, so that states hand on nothing.",
                Assign: {
                    message: expression("$states.input.message"),
                    attempt: 1,
                    waitingSince: expression("$millis()"),
                    pauses: 0,
                    refusals: 0,
                    redrivesSeen: 0,
                    acquiredAt: expression("$now()"),
                    failure: null,
                    run: NO_RUN,
                    completedOn: 0,
                },
                Output: {},
                Next: "Wait in line",
            },
            "Wait in line": {
                Type: "Task",
                Comment:
                    "Parks, at no cost, until the dispatcher says that it is its turn; or looks by itself, ever more seldom.",
                Resource: integration("aws-sdk:dynamodb:updateItem.waitForTaskToken"),
                // As long again as it has waited; the jitter keeps those who came together from all looking together.
                TimeoutSeconds: expression(
                    `$floor($max([${RECHECK_SECONDS}, $min([${MAX_RECHECK_SECONDS}, ($millis() - $waitingSince) / 1000])]) * (1 + $random()))`,
                ),
                Arguments: { ...joinInWorkflow(at) },
                Retry: [RETRY_BUSY_TABLE],
                Catch: [
                    { ErrorEquals: ["States.Timeout"], Assign: joined, Output: {}, Next: "Acquire slot" },
                    { ErrorEquals: CONDITION_FAILED, Output: {}, Next: "Message already ended" },
                    { ErrorEquals: ["States.ALL"], Output: {}, Next: "Pause" },
                ],
                Assign: joined,
                Output: {},
                Next: "Acquire slot",
            },
            Pause: {
                Type: "Wait",
                Comment:
                    "The line, or the gate, does not answer: looks again later, without them. 5 s doubling to 15 min, with jitter.",
                Seconds: expression(
                    "1 + $floor($min([5 * $power(2, $min([$pauses, 8])), 900]) * (0.5 + $random() / 2))",
                ),
                Assign: { pauses: expression("$pauses + 1") },
                Next: "Acquire slot",
            },
            "Acquire slot": {
                Type: "Task",
                Comment:
                    "The conditional write is the truth: this holder has a slot from here on, or has none.",
                Resource: integration("dynamodb:updateItem"),
                Arguments: { ...acquireInWorkflow({ ...at, job: names.jobName }) },
                Retry: [RETRY_BUSY_TABLE],
                Catch: [
                    { ErrorEquals: CONDITION_FAILED, Output: {}, Next: "Wait in line" },
                    // It was redriven here, or in Pause: the line says whether its message is still open.
                    { ErrorEquals: ["States.QueryEvaluationError"], Output: {}, Next: "Wait in line" },
                    { ErrorEquals: ["States.ALL"], Output: {}, Next: "Pause" },
                ],
                Assign: {
                    acquiredAt: expression("$now()"),
                    refusals: 0,
                },
                Output: {},
                Next: "Run job",
            },
            [RUN_STATE]: {
                Type: "Task",
                Comment:
                    "Runs on the slot. Only a start that Glue refused in so many words is made again: after anything else the run may exist.",
                Resource: integration("glue:startJobRun.sync"),
                TimeoutSeconds:
                    numbers.jobTimeoutMinutes === undefined
                        ? MAX_RUN_SECONDS
                        : numbers.jobTimeoutMinutes * 60 + TIMEOUT_SLACK_SECONDS,
                Arguments: {
                    JobName: names.jobName,
                    Arguments: expression(runArguments(names.pool)),
                    ...(numbers.jobTimeoutMinutes !== undefined && { Timeout: numbers.jobTimeoutMinutes }),
                },
                Retry: [
                    {
                        ErrorEquals: REFUSED_FOR_NOW,
                        IntervalSeconds: START_RETRY.interval,
                        BackoffRate: START_RETRY.rate,
                        MaxDelaySeconds: longestStartDelay(numbers.startBudgetSeconds),
                        MaxAttempts: startRetries(numbers.startBudgetSeconds),
                        JitterStrategy: "FULL",
                    },
                ],
                Catch: [
                    {
                        ErrorEquals: ["States.QueryEvaluationError"],
                        Assign: failed("true"),
                        Output: {},
                        Next: "Was it redriven",
                    },
                    {
                        ErrorEquals: REFUSED_FOR_GOOD,
                        Assign: failed("true"),
                        Output: {},
                        Next: "Release slot",
                    },
                    {
                        ErrorEquals: REFUSED_FOR_NOW,
                        Assign: failed("false"),
                        Output: {},
                        Next: "Release slot",
                    },
                    {
                        ErrorEquals: ["States.ALL"],
                        Assign: failed(`$states.errorOutput.Error in ${JSON.stringify(JOB_MISSING)}`),
                        Output: {},
                        Next: "Is the job over",
                    },
                ],
                Assign: {
                    failure: null,
                    run: expression(`$exists($states.result.Id) ? $states.result.Id : '${NO_RUN}'`),
                    completedOn: expression(
                        "$type($states.result.CompletedOn) = 'number' ? $states.result.CompletedOn : 0",
                    ),
                },
                Output: {},
                Next: afterTheRun,
            },
            "Was it redriven": {
                Type: "Choice",
                Comment:
                    "A redriven execution may have lost its slot meanwhile: it stands in line again. Otherwise the arguments are wrong.",
                Choices: [
                    {
                        Condition: expression(`${REDRIVES_JSONATA} != $redrivesSeen`),
                        Assign: { waitingSince: expression("$millis()") },
                        Next: "Wait in line",
                    },
                ],
                Default: "Release slot",
            },
            "Is the job over": {
                Type: "Choice",
                Comment:
                    "Only a failure that shows a run's terminal state is an end. Anything else proves nothing: the job may run.",
                Choices: [
                    {
                        Condition: expression(
                            "$failure.error = 'States.TaskFailed' and $failure.state != ''",
                        ),
                        Next: afterTheRun,
                    },
                ],
                Default: "Ask the reaper",
            },
            "Ask the reaper": {
                Type: "Task",
                Comment:
                    "Keeps the slot until Glue shows every run with this holder's id ended, or none after a grace; the answer is the job's real end.",
                Resource: integration("sqs:sendMessage.waitForTaskToken"),
                TimeoutSeconds: MAX_RUN_SECONDS,
                Arguments: {
                    QueueUrl: names.reaperQueueUrl,
                    MessageBody: {
                        ask: {
                            pool: names.pool,
                            holder: expression(ACQUIRED_HOLDER_ID_JSONATA),
                            job: names.jobName,
                            acquired: expression("$acquiredAt"),
                            isAnswered: expression("$failure.isAnswered"),
                            since: expression("$now()"),
                            token: expression("$states.context.Task.Token"),
                        },
                    },
                },
                Retry: [RETRY_FOR_HOURS],
                Catch: [{ ErrorEquals: ["States.ALL"], Output: {}, Next: "How did it end" }],
                Assign: {
                    failure: expression(unseenEnd()),
                    refusals: expression("$refusals + 1"),
                    run: expression("$states.result.run"),
                    completedOn: expression("$states.result.completedOn"),
                },
                Output: {},
                Next: "Was it started",
            },
            "Was it started": {
                Type: "Choice",
                Comment:
                    "A start that Glue was too busy for, and of which it shows no run, is made again on the same slot.",
                Choices: [
                    {
                        Condition: expression(
                            `$failure.isThrottled = true and $failure.state = 'NONE' and $refusals <= ${startRetries(numbers.startBudgetSeconds)}`,
                        ),
                        Next: "Pause before starting",
                    },
                ],
                Default: "Release slot",
            },
            "Pause before starting": {
                Type: "Wait",
                Comment: "Glue refused the start because too many came at once. The slot is kept.",
                Seconds: expression(`${START_RETRY.interval} + $floor($random() * ${START_RETRY.longest})`),
                Next: "Run job",
            },
            "Cool down": {
                Type: "Wait",
                Comment:
                    "Glue still counts the ended run against the job's concurrency: the slot is kept for what is left of that.",
                Seconds: expression(
                    `$completedOn = 0 ? ${settle} : $floor($max([0, $min([${settle}, ${settle} - ($millis() - $completedOn) / 1000])]) + 0.999)`,
                ),
                Next: "Release slot",
            },
            "Release slot": {
                Type: "Task",
                Comment: "Not there is as good. If it cannot be given back, the reaper will.",
                Resource: integration("dynamodb:updateItem"),
                Arguments: { ...releaseInWorkflow(at) },
                Retry: [RETRY_BUSY_TABLE],
                Catch: [{ ErrorEquals: ["States.ALL"], Output: {}, Next: "How did it end" }],
                Output: {},
                Next: "How did it end",
            },
            "How did it end": {
                Type: "Choice",
                Comment: "Done, once more, or to the dead-letter queue.",
                Choices: [
                    { Condition: expression("$failure = null"), Next: "Close job" },
                    {
                        Condition: expression(
                            `$failure.permanent = false and $attempt < ${numbers.maxAttempts}`,
                        ),
                        Next: "Back off",
                    },
                ],
                Default: "Dead-letter message",
            },
            "Back off": {
                Type: "Wait",
                Comment: "The next attempt waits in line for a slot of its own, at its old position.",
                Seconds: expression(
                    `$floor($min([900, ${numbers.retryDelaySeconds} * $power(2, $min([$attempt - 1, 12]))]))`,
                ),
                Assign: { attempt: expression("$attempt + 1"), waitingSince: expression("$millis()") },
                Next: "Wait in line",
            },
            "Close job": {
                Type: "Task",
                Comment: "The message is done; its row says so, once.",
                Resource: integration("dynamodb:updateItem"),
                Arguments: { ...closeInWorkflow({ ...at, outcome: OUTCOME.done, runJsonata: "$run" }) },
                Retry: [RETRY_BUSY_TABLE],
                Catch: [
                    { ErrorEquals: CONDITION_FAILED, Output: {}, Next: "Message already ended" },
                    { ErrorEquals: ["States.ALL"], Output: {}, Next: "Done" },
                ],
                Output: expression("{'run': $run, 'attempts': $attempt}"),
                End: true,
            },
            Done: {
                Type: "Succeed",
                Comment: "The job is done but its row could not be closed; the reaper closes it.",
            },
            "Dead-letter message": {
                Type: "Task",
                Comment:
                    "The body untouched, so that a redrive of the queue runs it again. The message's id folds doubles.",
                Resource: integration("sqs:sendMessage"),
                Arguments: deadLetter(names),
                Retry: [{ ErrorEquals: ["States.QueryEvaluationError"], MaxAttempts: 0 }, RETRY_FOR_HOURS],
                Catch: [
                    { ErrorEquals: ["States.QueryEvaluationError"], Output: {}, Next: "Check message" },
                    { ErrorEquals: ["States.ALL"], Output: {}, Next: "Failed" },
                ],
                Output: {},
                Next: DEAD_LETTERED_STATE,
            },
            "Check message": {
                Type: "Task",
                Comment: "It was redriven: its message may be in the dead-letter queue already.",
                Resource: integration("dynamodb:updateItem"),
                Arguments: { ...confirmOpenInWorkflow(at) },
                Retry: [RETRY_BUSY_TABLE],
                Catch: [
                    { ErrorEquals: CONDITION_FAILED, Output: {}, Next: "Message already ended" },
                    { ErrorEquals: ["States.ALL"], Output: {}, Next: "Failed" },
                ],
                Assign: { redrivesSeen: expression(REDRIVES_JSONATA) },
                Output: {},
                Next: "Dead-letter message",
            },
            [DEAD_LETTERED_STATE]: {
                Type: "Task",
                Comment: "Now the row says where the message is, once.",
                Resource: integration("dynamodb:updateItem"),
                Arguments: {
                    ...closeInWorkflow({ ...at, outcome: OUTCOME.deadLettered, runJsonata: "$run" }),
                },
                Retry: [RETRY_BUSY_TABLE],
                Catch: [{ ErrorEquals: ["States.ALL"], Output: {}, Next: "Notify" }],
                Output: {},
                Next: "Notify",
            },
            Notify: {
                Type: "Task",
                Comment: "Tells whoever listens, without the message's body.",
                Resource: integration("sns:publish"),
                Arguments: {
                    TopicArn: names.failureTopicArn,
                    Subject: `Turnstile: a job of ${names.pool} failed`,
                    Message: expression(
                        `$string({'pool': '${names.pool}', 'messageId': $message.id, 'execution': $states.context.Execution.Id, 'console': ${executionConsoleJsonata(names.partition)}, 'attempts': $attempt, 'run': $run, 'error': $failure.error, 'cause': $failure.cause})`,
                    ),
                },
                Retry: [{ ...RETRY_FOR_HOURS, MaxAttempts: 5 }],
                Catch: [{ ErrorEquals: ["States.ALL"], Output: {}, Next: "Failed" }],
                Output: {},
                Next: "Failed",
            },
            Failed: {
                Type: "Fail",
                Comment: "The job failed for good; its message is in the dead-letter queue.",
                Error: expression("$failure.error"),
                Cause: expression("$failure.cause"),
            },
            "Message already ended": {
                Type: "Fail",
                Comment:
                    "The message has ended already: an execution that was redriven after it was dead-lettered stops here.",
                Error: "MessageAlreadyEnded",
                Cause: "The row of this message is closed, or gone: it was done or dead-lettered before. Redrive the dead-letter queue to run it again.",
            },
        },
    });
    return settle > 0 ? machine : without(machine, "Cool down");
}

/** The machine without a state that nothing leads to. */
function without(machine: StateMachine, name: string): StateMachine {
    const { [name]: _, ...states } = machine.States;
    return { ...machine, States: states };
}

/** The message's arguments, and whose slot the run is on; an error if the execution was redriven since it took it. */
function runArguments(pool: string): string {
    const own = `{'${POOL_ARGUMENT}': '${pool}', '${HOLDER_ARGUMENT}': ${HOLDER_ID_JSONATA}}`;
    return unlessRedrivenJsonata(`$merge([$message.arguments, ${own}])`);
}

/** An expression's text as SQS takes it in an attribute: no control characters, not too long. */
function clean(text: string): string {
    return `$substring($replace(${text}, /[\\u0000-\\u001f\\u007f\\ufffe\\uffff]+/, ' '), 0, 1000)`;
}

/** Remembers a failure of Run job, with what its cause shows of the run. @param permanent an expression: no further attempt helps */
function failed(permanent: string): Assign {
    // A timeout has no cause (it is null); `$type` of nothing is nothing.
    const cause = "($type($states.errorOutput.Cause) = 'string' ? $states.errorOutput.Cause : '')";
    const found = (pattern: string, otherwise = ""): string =>
        `($found := $match(${cause}, ${pattern}); $exists($found) ? $found[0].groups[0] : '${otherwise}')`;
    const state = found(`/"JobRunState":\\s*"(${TERMINAL_STATES.join("|")})"/`);
    const message = `$replace(${found(`/"ErrorMessage":\\s*"([^\\\\"]*(?:\\\\.[^\\\\"]*)*)"/`)}, '\\\\"', '"')`;
    const isThrottled = `$name in ${JSON.stringify(THROTTLED)} and $contains(${cause}, /rate exceeded|throttl/i)`;
    // A run that says nothing of its own is shown whole, with its arguments: those are not for everybody who hears of it. A
    // cause has 32,768 characters at most (Step Functions API Reference, "TaskFailedEventDetails"): what follows long arguments
    // may be cut off, and the run need not have ended without a message.
    const isRunWithoutMessage = `$state != '' and $contains(${cause}, /\\}\\s*$/)`;
    const unsaid = `$contains(${cause}, /^\\s*\\{/) ? (${isRunWithoutMessage} ? 'the Glue run ended without a message: ' & $state : 'Step Functions shows too little of the Glue run to say why it failed') : ${cause}`;
    const fields = {
        error: "$name",
        cause: clean(`$message != '' ? $message : (${unsaid})`),
        state: "$state",
        permanent,
        isThrottled: `(${isThrottled})`,
        // Glue said no to something: whatever that was, no start can be on its way any more.
        isAnswered: `(${isThrottled}) or $name in ${JSON.stringify(JOB_MISSING)}`,
    };
    const object = Object.entries(fields).map(([name, value]) => `'${name}': ${value}`);
    return {
        failure: expression(
            `($name := $states.errorOutput.Error; $message := ${message}; $state := ${state}; {${object.join(", ")}})`,
        ),
        run: expression(found(`/"Id":\\s*"([^"]+)"/`, NO_RUN)),
        completedOn: expression(
            `($at := ${found(`/"CompletedOn":\\s*([0-9]+)/`)}; $at = '' ? 0 : $number($at))`,
        ),
    };
}

/** What is left of a failure once the reaper has answered: nothing if the run succeeded, and what it knows of its end. */
function unseenEnd(): string {
    const seen =
        "$failure.error & ': ' & $failure.cause & '; the run was ' & $states.result.state & ': ' & $states.result.error";
    const ended = `{'state': $states.result.state, 'permanent': false, 'error': 'JobEndUnseen', 'cause': ${clean(seen)}}`;
    const never = "{'state': 'NONE'}";
    return `$states.result.state = 'SUCCEEDED' ? null : $merge([$failure, $states.result.state = 'NONE' ? ${never} : ${ended}])`;
}

function deadLetter(names: WorkflowNames) {
    const attribute = (type: "String" | "Number", value: string) => ({ DataType: type, StringValue: value });
    return {
        QueueUrl: names.deadLetterQueueUrl,
        MessageBody: expression(unlessRedrivenJsonata("$message.body")),
        MessageGroupId: expression("$message.group"),
        MessageDeduplicationId: expression("$message.id"),
        MessageAttributes: {
            cause: attribute("String", expression("$failure.error & ': ' & $failure.cause")),
            attempts: attribute("Number", expression("$string($attempt)")),
            pool: attribute("String", names.pool),
            messageId: attribute("String", expression("$message.id")),
            execution: attribute("String", expression("$states.context.Execution.Id")),
            run: attribute("String", expression("$run")),
            console: attribute("String", expression(executionConsoleJsonata(names.partition))),
        },
    };
}

/** How many retries of a refused start fit into the budget, counted by their longest delays. */
export function startRetries(budgetSeconds: number): number {
    const longest = longestStartDelay(budgetSeconds);
    let spent = 0;
    let delay = START_RETRY.interval;
    let retries = 0;
    while (spent + delay <= budgetSeconds) {
        spent += delay;
        retries++;
        delay = Math.min(longest, delay * START_RETRY.rate);
    }
    return retries;
}

/** A large budget is spent in longer delays: each retry is billed, and has its events in the history. */
function longestStartDelay(budgetSeconds: number): number {
    return Math.max(START_RETRY.longest, Math.ceil(budgetSeconds / 60));
}
