/**
 * The workflow of one message, from its arrival to its end: a pure function from names and numbers to a state machine, its
 * states in running order. A running execution keeps the definition with which it started. So nothing that may change while
 * it waits is part of it; the limit, above all, is compared in the table.
 */
import { expression, stateMachine } from "./asl.ts";
import type { Assign, StateMachine } from "./asl.ts";
import { executionConsoleJsonata } from "./console.ts";
import { deadLetterAttributesJsonata } from "./dead-letter.ts";
import {
    CANCELLED,
    CONDITION_FAILED,
    REFUSED_FOR_GOOD,
    RETRY_BUSY_TABLE,
    RETRY_FOR_HOURS,
} from "./errors.ts";
import { failureAfterAnswer, PERMANENT, rememberFailure, verdict } from "./failure.ts";
import { STATE } from "./states.ts";
import { RELEASE } from "./version.ts";
import { NO_RUN } from "../slots/completion.ts";
import {
    ACQUIRED_HOLDER_ID_JSONATA,
    HOLDER_ID_JSONATA,
    REDRIVES_JSONATA,
    unlessRedrivenJsonata,
} from "../slots/holder.ts";
import {
    ASIDE_POSITION_JSONATA,
    HOLDER_ARGUMENT,
    OUTCOME,
    POOL_ARGUMENT,
    waitPositionJsonata,
} from "../slots/table.ts";
import { ASK_AGAIN_SECONDS, MAX_RECHECK_SECONDS, RECHECK_SECONDS } from "../slots/times.ts";
import {
    acquireInWorkflow,
    closeInWorkflow,
    confirmOpenInWorkflow,
    joinInWorkflow,
    releaseByVerdictInWorkflow,
    releaseInWorkflow,
} from "../slots/writes.ts";
import type { Join } from "../slots/writes.ts";

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
    /** The topic for messages that were dead-lettered. */
    readonly failureTopicArn: string;
}

export interface WorkflowNumbers {
    /** How often a job is tried in all, 1 to 10. */
    readonly maxAttempts: number;
    /** Seconds between an attempt and the next, doubled each time, 15 minutes at most. */
    readonly retryDelaySeconds: number;
    /** Seconds that a slot stays taken after its run has ended; 0 leaves `Cool down` out. */
    readonly cooldownSeconds: number;
    /** Seconds for which a start that Glue refuses is tried again while the slot is held. */
    readonly startBudgetSeconds: number;
    /** Minutes after which Glue stops a run; undefined: what the job itself says. */
    readonly jobTimeoutMinutes: number | undefined;
}

/** Glue ends a run after seven days at most (AWS Glue, "Job timeout"). With a day more, the task's own timeout never comes first. */
const MAX_RUN_SECONDS = 8 * 86_400;

/** How much longer the task waits than Glue does: it must see the run's own end. */
const TIMEOUT_SLACK_SECONDS = 3600;

/** Seconds between a refused start and the next: the first pause, its growth, and the longest one for a budget of an hour or less. */
const START_PAUSE = { first: 10, growth: 1.5, longest: 60 };

/** A wake-up in so many finds the execution stepping aside: a dispatcher that wakes it in vain must not make it spin. */
const WAKES_PER_ROUND = 4;

/**
 * How often a run may end for lack of capacity before that counts as a failure. The waits between grow to 15 minutes: two
 * days in all, and far from the 25,000 events of a history.
 */
const MAX_CAPACITY_WAITS = 200;

/** The longest pause between two tries of anything: seconds. */
const MAX_PAUSE_SECONDS = 900;

/** The state machine for one pool. */
export function definition(names: WorkflowNames, numbers: WorkflowNumbers): StateMachine {
    const integration = (what: string): string => `arn:${names.partition}:states:::${what}`;
    const at = { table: names.tableName, pool: names.pool };
    const cooldown = numbers.cooldownSeconds;
    const hasCooldown = cooldown > 0;
    const coolDownSeconds = expression(
        `$completedOn = 0 ? ${cooldown} : $floor($max([0, $min([${cooldown}, ${cooldown} - ($millis() - $completedOn) / 1000])]) + 0.999)`,
    );
    const releaseSlot = <const Next extends string>(
        Next: Next,
        write: ReturnType<typeof releaseInWorkflow>,
    ) => ({
        Resource: integration("dynamodb:updateItem"),
        Arguments: { ...write },
        Retry: [RETRY_BUSY_TABLE],
        Catch: [{ ErrorEquals: ["States.ALL"], Output: {}, Next }],
        Output: {},
        Next,
    });
    const machine = stateMachine({
        Comment: `${RELEASE}: one execution for each message of pool ${names.pool}`,
        StartAt: "Enter line",
        States: {
            "Enter line": {
                ...waitInLine(FIRST, names),
                Comment:
                    "Joins the line and waits at no cost until the dispatcher wakes it. The message is a variable, so no state passes it on.",
            },
            "Wait in line": {
                ...waitInLine(LATER, names),
                Comment:
                    "Joins the line again. Nobody wakes it: it rechecks after as long again as it has waited.",
            },
            Pause: {
                Type: "Wait",
                Comment:
                    "The table refused a write. Tries to acquire a slot again after 5 s, doubling to 15 min, with jitter.",
                Seconds: expression(
                    `1 + $floor($min([5 * $power(2, $min([$pauses, 8])), ${MAX_PAUSE_SECONDS}]) * (0.5 + $random() / 2))`,
                ),
                Assign: { pauses: expression("$pauses + 1") },
                Next: "Acquire slot",
            },
            "Acquire slot": {
                Type: "Task",
                Comment: "The conditional write decides: from here on this holder has a slot, or has none.",
                Resource: integration("dynamodb:updateItem"),
                Arguments: {
                    ...acquireInWorkflow({ ...at, isLastJsonata: `$attempt >= ${numbers.maxAttempts}` }),
                },
                Retry: [RETRY_BUSY_TABLE],
                Catch: [
                    {
                        ErrorEquals: CONDITION_FAILED,
                        Assign: { wokenAt: 0 },
                        Output: {},
                        Next: "Wait in line",
                    },
                    // It was redriven here, or in Pause: joining the line shows whether its message is still open.
                    { ErrorEquals: ["States.QueryEvaluationError"], Output: {}, Next: "Wait in line" },
                    { ErrorEquals: ["States.ALL"], Output: {}, Next: "Pause" },
                ],
                Assign: {
                    acquiredAt: expression("$now()"),
                    startingSince: expression("$millis()"),
                    wakes: 0,
                    refusals: 0,
                },
                Output: {},
                Next: STATE.runJob,
            },
            [STATE.runJob]: {
                Type: "Task",
                Comment:
                    "Runs the job on the slot. After a refused start the reaper looks first: Glue may have started the run all the same.",
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
                Catch: [
                    {
                        ErrorEquals: ["States.QueryEvaluationError"],
                        Assign: rememberFailure(PERMANENT.yes),
                        Output: {},
                        Next: "Was it redriven",
                    },
                    {
                        ErrorEquals: REFUSED_FOR_GOOD,
                        Assign: rememberFailure(PERMANENT.yes),
                        Output: {},
                        Next: "Release after failure",
                    },
                    {
                        ErrorEquals: ["States.ALL"],
                        Assign: rememberFailure(PERMANENT.ifJobMissing),
                        Output: {},
                        Next: "Is the job over",
                    },
                ],
                Assign: {
                    isDone: true,
                    run: expression(`$exists($states.result.Id) ? $states.result.Id : '${NO_RUN}'`),
                    completedOn: expression(
                        "$type($states.result.CompletedOn) = 'number' ? $states.result.CompletedOn : 0",
                    ),
                },
                Output: {},
                Next: hasCooldown ? "Cool down" : "Release slot",
            },
            "Cool down": {
                Type: "Wait",
                Comment:
                    "Keeps the slot for the rest of the cooldown: Glue still counts the ended run against the job's concurrency.",
                Seconds: coolDownSeconds,
                Next: "Release slot",
            },
            "Release slot": {
                Type: "Task",
                Comment:
                    "The success closes the breaker. Releasing a slot twice is harmless. If the release fails, the reaper makes it.",
                ...releaseSlot("Close job", releaseInWorkflow(at)),
            },
            "Close job": {
                Type: "Task",
                Comment: "Marks the row as done, once.",
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
                Comment: "The job is done, but its row is still open. The reaper closes it.",
            },
            "Was it redriven": {
                Type: "Choice",
                Comment:
                    "A redriven execution may have lost its slot: it joins the line again. Otherwise the arguments are wrong.",
                Choices: [
                    {
                        Condition: expression(`${REDRIVES_JSONATA} != $redrivesSeen`),
                        Assign: { waitingSince: expression("$millis()") },
                        Next: "Wait in line",
                    },
                ],
                Default: "Release after failure",
            },
            "Is the job over": {
                Type: "Choice",
                Comment:
                    "Only a failure that shows the run's terminal state proves that it ended. After any other failure the job may run.",
                Choices: [
                    {
                        Condition: expression(
                            "$failure.error = 'States.TaskFailed' and $failure.state != ''",
                        ),
                        Next: hasCooldown ? "Cool down after failure" : "Release after failure",
                    },
                ],
                Default: "Ask the reaper",
            },
            "Ask the reaper": {
                Type: "Task",
                Comment:
                    "Keeps the slot until the reaper answers: Glue shows that every run of this holder has ended, or that there is none. Asks again every hour.",
                Resource: integration("sqs:sendMessage.waitForTaskToken"),
                TimeoutSeconds: ASK_AGAIN_SECONDS,
                Arguments: {
                    QueueUrl: names.reaperQueueUrl,
                    MessageBody: {
                        ask: {
                            pool: names.pool,
                            execution: expression("$states.context.Execution.Name"),
                            holder: expression(ACQUIRED_HOLDER_ID_JSONATA),
                            job: names.jobName,
                            run: expression("$run"),
                            acquired: expression("$acquiredAt"),
                            isAnswered: expression("$failure.isAnswered"),
                            since: expression("$now()"),
                            token: expression("$states.context.Task.Token"),
                        },
                    },
                },
                Retry: [{ ErrorEquals: ["States.Timeout"], MaxAttempts: 0 }, RETRY_FOR_HOURS],
                // Whatever keeps the answer away, the slot may be in use: it asks until it knows.
                Catch: [{ ErrorEquals: ["States.ALL"], Output: {}, Next: "Ask the reaper" }],
                Assign: {
                    isDone: expression("$states.result.state = 'SUCCEEDED'"),
                    failure: expression(failureAfterAnswer()),
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
                    "If Glue refused the start for now and shows no run, starts again on the same slot while the start budget lasts.",
                Choices: [
                    {
                        Condition: expression(
                            `$isDone = false and $failure.isRefused = true and $failure.state = 'NONE' and $millis() - $startingSince < ${numbers.startBudgetSeconds * 1000}`,
                        ),
                        Next: "Pause before starting",
                    },
                ],
                Default: "Release after failure",
            },
            "Pause before starting": {
                Type: "Wait",
                Comment:
                    "Glue cannot start the run now. Keeps the slot, and starts again after a growing pause.",
                Seconds: expression(startPause(numbers.startBudgetSeconds)),
                Next: STATE.runJob,
            },
            "Cool down after failure": {
                Type: "Wait",
                Comment: "Keeps the slot for the rest of the cooldown, as after a success.",
                Seconds: coolDownSeconds,
                Next: "Release after failure",
            },
            "Release after failure": {
                Type: "Task",
                Comment:
                    "Releases the slot of a job that failed, or whose end the reaper told. The breaker counts messages that failed for good.",
                ...releaseSlot(
                    "How did it end",
                    releaseByVerdictInWorkflow({ ...at, verdictJsonata: verdict(numbers.maxAttempts) }),
                ),
            },
            "How did it end": {
                Type: "Choice",
                Comment: "Done, another attempt, or the dead-letter queue.",
                Choices: [
                    { Condition: expression("$isDone"), Next: "Close job" },
                    {
                        Condition: expression(
                            `$failure.isCapacity = true and $capacityWaits < ${MAX_CAPACITY_WAITS}`,
                        ),
                        Next: "Wait for capacity",
                    },
                    {
                        Condition: expression(
                            `$failure.permanent = false and $attempt < ${numbers.maxAttempts}`,
                        ),
                        Next: STATE.backOff,
                    },
                ],
                Default: STATE.deadLetterMessage,
            },
            "Wait for capacity": {
                Type: "Wait",
                Comment:
                    "The run ended because the account had no capacity. That was no attempt at the job: it joins the line again, at its old position.",
                Seconds: expression(
                    `$floor($min([${MAX_PAUSE_SECONDS}, 60 * $power(2, $min([$capacityWaits, 4]))]) * (0.5 + $random() / 2))`,
                ),
                Assign: {
                    capacityWaits: expression("$capacityWaits + 1"),
                    ordinal: expression("$ordinal + 1"),
                    waitingSince: expression("$millis()"),
                },
                Next: "Wait in line",
            },
            [STATE.backOff]: {
                Type: "Wait",
                Comment: "The next attempt joins the line again, at its old position, for a slot of its own.",
                Seconds: expression(
                    `$floor($min([${MAX_PAUSE_SECONDS}, ${numbers.retryDelaySeconds} * $power(2, $min([$attempt - 1, 12]))]))`,
                ),
                Assign: {
                    attempt: expression("$attempt + 1"),
                    ordinal: expression("$ordinal + 1"),
                    waitingSince: expression("$millis()"),
                },
                Next: "Wait in line",
            },
            [STATE.deadLetterMessage]: {
                Type: "Task",
                Comment:
                    "Sends the body unchanged; a redrive of the queue runs it again. SQS drops a second copy by the message's id.",
                Resource: integration("sqs:sendMessage"),
                Arguments: deadLetter(names),
                Retry: [{ ErrorEquals: ["States.QueryEvaluationError"], MaxAttempts: 0 }, RETRY_FOR_HOURS],
                Catch: [
                    { ErrorEquals: ["States.QueryEvaluationError"], Output: {}, Next: "Check message" },
                    { ErrorEquals: ["States.ALL"], Output: {}, Next: "Failed" },
                ],
                Output: {},
                Next: STATE.closeAsDeadLettered,
            },
            "Check message": {
                Type: "Task",
                Comment:
                    "The execution was redriven: checks that its message has not ended, and that the reaper is not about to end it.",
                Resource: integration("dynamodb:updateItem"),
                Arguments: { ...confirmOpenInWorkflow(at) },
                Retry: [RETRY_BUSY_TABLE],
                Catch: [
                    { ErrorEquals: CONDITION_FAILED, Output: {}, Next: "Message already ended" },
                    { ErrorEquals: ["States.ALL"], Output: {}, Next: "Failed" },
                ],
                Assign: { redrivesSeen: expression(REDRIVES_JSONATA) },
                Output: {},
                Next: STATE.deadLetterMessage,
            },
            [STATE.closeAsDeadLettered]: {
                Type: "Task",
                Comment: "Marks the row as dead-lettered, once.",
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
                Comment: "Notifies the failure topic, without the message's body.",
                Resource: integration("sns:publish"),
                Arguments: notification(names),
                Retry: [{ ...RETRY_FOR_HOURS, MaxAttempts: 5 }],
                Catch: [{ ErrorEquals: ["States.ALL"], Output: {}, Next: "Failed" }],
                Output: {},
                Next: "Failed",
            },
            Failed: {
                Type: "Fail",
                Comment: "The job failed for good. Its message is in the dead-letter queue.",
                Error: expression("$failure.error"),
                Cause: expression("$failure.cause"),
            },
            Cancelled: {
                Type: "Fail",
                Comment: "A person took the message out of the line for good. The reaper closes its row.",
                Error: CANCELLED,
                Cause: expression("$states.input.cause"),
            },
            "Message already ended": {
                Type: "Fail",
                Comment:
                    "Stops an execution that was redriven after its message had ended, or while the reaper saves it.",
                Error: "MessageAlreadyEnded",
                Cause: "The row of this message is closed, missing, or about to be closed: the message is done or dead-lettered. Redrive the dead-letter queue to run it again.",
            },
        },
    });
    return hasCooldown ? machine : without(machine, "Cool down", "Cool down after failure");
}

/** What the wake-up tells of the breaker. Whoever wakes an execution by hand may tell it anything. */
const PAUSED_UNTIL = "$type($states.result.pausedUntil) = 'number' ? $states.result.pausedUntil : 0";

/** Whether the execution lets others go first for a while, because so many wake-ups in a row brought it no slot. */
const STEPS_ASIDE = `($wakes > 0 and $wakes % ${WAKES_PER_ROUND} = ${WAKES_PER_ROUND - 1})`;

/** What differs between the first visit of the line, when no variable is set, and later ones. */
interface Visit {
    /** The expression of how many visits there were, this one included. */
    readonly visits: string;
    /** The expression of how often it was woken, this time included. */
    readonly woken: string;
    readonly join: Join;
    /** The expression of the seconds until it looks by itself. */
    readonly timeoutSeconds: string;
    /** What the timeout assigns besides. */
    readonly onTimeout: Assign;
    /** What every way out assigns. */
    readonly initial: Assign;
}

const FIRST: Visit = {
    visits: "1",
    woken: "1",
    join: {
        ordinal: "1",
        attempt: "1",
        visits: "0",
        position: waitPositionJsonata("$states.input.message"),
    },
    timeoutSeconds: `$floor(${RECHECK_SECONDS} * (1 + $random()))`,
    onTimeout: {},
    initial: {
        message: expression("$states.input.message"),
        attempt: 1,
        ordinal: 1,
        waitingSince: expression("$toMillis($states.context.Execution.StartTime)"),
        wakes: 0,
        wokenAt: 0,
        pausedUntil: 0,
        pauses: 0,
        refusals: 0,
        capacityWaits: 0,
        redrivesSeen: 0,
        acquiredAt: expression("$now()"),
        isDone: false,
        failure: {},
        run: NO_RUN,
        completedOn: 0,
    },
};

const LATER: Visit = {
    visits: "$visits + 1",
    woken: "$wakes + 1",
    join: {
        ordinal: "$ordinal",
        attempt: "$attempt",
        visits: "$visits",
        position: `${STEPS_ASIDE} ? ${ASIDE_POSITION_JSONATA} : ${waitPositionJsonata("$message")}`,
    },
    timeoutSeconds: `${STEPS_ASIDE} ? ${asideSeconds()} : ${recheckSeconds()}`,
    onTimeout: { wakes: expression(`${STEPS_ASIDE} ? $wakes + 1 : $wakes`), wokenAt: 0 },
    initial: {},
};

/** The task that puts its token on the message's row, and so waits in line. */
function waitInLine(visit: Visit, { partition, tableName, pool, jobName }: WorkflowNames) {
    const visits = expression(visit.visits);
    const joined = { pauses: 0, redrivesSeen: expression(REDRIVES_JSONATA), visits };
    const at = { table: tableName, pool, job: jobName };
    return {
        Type: "Task",
        Resource: `arn:${partition}:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken`,
        TimeoutSeconds: expression(visit.timeoutSeconds),
        Arguments: { ...joinInWorkflow({ ...at, ...visit.join }) },
        Retry: [RETRY_BUSY_TABLE],
        Catch: [
            {
                ErrorEquals: ["States.Timeout"],
                Assign: { ...visit.initial, ...joined, ...visit.onTimeout },
                Output: {},
                Next: "Acquire slot",
            },
            { ErrorEquals: CONDITION_FAILED, Output: {}, Next: "Message already ended" },
            // It has no slot, and never asks for one again.
            {
                ErrorEquals: [CANCELLED],
                Output: {
                    cause: expression(
                        "$type($states.errorOutput.Cause) = 'string' ? $states.errorOutput.Cause : 'no cause was given'",
                    ),
                },
                Next: "Cancelled",
            },
            {
                ErrorEquals: ["States.ALL"],
                Assign: { ...visit.initial, visits },
                Output: {},
                Next: "Pause",
            },
        ],
        Assign: {
            ...visit.initial,
            ...joined,
            wakes: expression(visit.woken),
            wokenAt: expression("$millis()"),
            pausedUntil: expression(PAUSED_UNTIL),
        },
        Output: {},
        Next: "Acquire slot",
    } as const;
}

/** How long it steps aside: 5 s, doubling with each round to 15 min, with jitter. */
function asideSeconds(): string {
    const round = `$floor($wakes / ${WAKES_PER_ROUND})`;
    return `1 + $floor($min([${MAX_PAUSE_SECONDS}, 5 * $power(2, $min([${round}, 8]))]) * (0.5 + $random() / 2))`;
}

/** As long again as it has waited. The jitter keeps executions that came together from rechecking together. */
function recheckSeconds(): string {
    return `$floor($max([${RECHECK_SECONDS}, $min([${MAX_RECHECK_SECONDS}, ($millis() - $waitingSince) / 1000])]) * (1 + $random()))`;
}

/**
 * The pause before the next start of a refused one: growing, with full jitter, and never beyond the budget. A large budget is
 * spent in longer pauses: each start is billed and adds events to the history.
 */
function startPause(budgetSeconds: number): string {
    const longest = Math.max(START_PAUSE.longest, Math.ceil(budgetSeconds / 60));
    const grown = `${START_PAUSE.first} * $power(${START_PAUSE.growth}, $min([$refusals - 1, 20]))`;
    const left = `(${budgetSeconds} - ($millis() - $startingSince) / 1000)`;
    return `$floor($max([1, $min([${left}, ${START_PAUSE.first} + $min([${longest}, ${grown}]) * $random()])]))`;
}

/** The machine without states to which nothing leads. */
function without(machine: StateMachine, ...names: readonly string[]): StateMachine {
    const states = Object.entries(machine.States).filter(([name]) => !names.includes(name));
    return { ...machine, States: Object.fromEntries(states) };
}

/** The message's arguments, the pool and the holder; an error if the execution was redriven since it acquired its slot. */
function runArguments(pool: string): string {
    const own = `{'${POOL_ARGUMENT}': '${pool}', '${HOLDER_ARGUMENT}': ${HOLDER_ID_JSONATA}}`;
    return unlessRedrivenJsonata(`$merge([$message.arguments, ${own}])`);
}

/** The message for the dead-letter queue: the body untouched, and why it is there. */
function deadLetter(names: WorkflowNames) {
    return {
        QueueUrl: names.deadLetterQueueUrl,
        MessageBody: expression(unlessRedrivenJsonata("$message.body")),
        MessageGroupId: expression("$message.group"),
        MessageDeduplicationId: expression("$message.id"),
        MessageAttributes: expression(
            deadLetterAttributesJsonata("$message.attributes", {
                cause: "$failure.error & ': ' & $failure.cause",
                attempts: "$string($attempt)",
                pool: `'${names.pool}'`,
                messageId: "$message.id",
                execution: "$states.context.Execution.Id",
                run: "$run",
                console: executionConsoleJsonata(names.partition),
            }),
        ),
    };
}

/** The notification of a message that was dead-lettered, without the message's body. */
function notification(names: WorkflowNames) {
    const fields = {
        pool: `'${names.pool}'`,
        messageId: "$message.id",
        execution: "$states.context.Execution.Id",
        console: executionConsoleJsonata(names.partition),
        attempts: "$attempt",
        run: "$run",
        error: "$failure.error",
        cause: "$failure.cause",
    };
    const object = Object.entries(fields).map(([name, value]) => `'${name}': ${value}`);
    return {
        TopicArn: names.failureTopicArn,
        Subject: `Turnstile: a job of ${names.pool} failed`,
        Message: expression(`$string({${object.join(", ")}})`),
    };
}
