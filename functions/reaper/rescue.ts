/**
 * Rescues the messages of executions that died outside their own failure path: aborted, timed out, or failed before they
 * could send the message to the dead-letter queue. Once the job is certainly over, the message goes to the dead-letter
 * queue, or is done if the job succeeded, or cancelled if a person took it out of the line. Either way its row is closed, once.
 */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { SendTaskSuccessCommand } from "@aws-sdk/client-sfn";
import type { DescribeExecutionCommandOutput, HistoryEvent } from "@aws-sdk/client-sfn";
import { completionOf, NO_RUN } from "../../slots/completion.ts";
import type { Completion, End, Run } from "../../slots/completion.ts";
import { readRow } from "../../slots/items.ts";
import { endPosition, HOLDER_ARGUMENT, OUTCOME } from "../../slots/table.ts";
import type { Outcome, Row, Saving } from "../../slots/table.ts";
import { rowExpiry, START_GRACE_SECONDS } from "../../slots/times.ts";
import { close, markSaving } from "../../slots/writes.ts";
import type { Attribute } from "../../workflow/dead-letter.ts";
import { CANCELLED } from "../../workflow/errors.ts";
import { STATE } from "../../workflow/states.ts";
import { sendDeadLetter } from "../lib/dead-letter.ts";
import { eventsBackwards, executionOfRow, isBehind } from "./executions.ts";
import { nameOfExecution } from "../lib/execution.ts";
import { METRIC } from "../lib/metrics.ts";
import { conditionHeld, errorName, isTokenGone } from "../lib/errors.ts";
import { idleByOwnClock } from "./idle.ts";
import type { LookAgain, Reaper, Rescue } from "./invocation.ts";
import { knownRuns } from "./known-runs.ts";
import type { Unknown } from "./runs.ts";

const DAY = 86_400_000;

/** SQS keeps a message for 14 days at most: after that, nothing starts the execution of a row any more. */
const ABANDONED_AFTER = 15 * DAY;

/** What the execution was started with, as far as a dead letter needs it. */
interface Input {
    readonly message: {
        readonly id: string;
        readonly group: string;
        readonly body: string;
        /** Absent if another release started the execution. */
        readonly attributes?: Readonly<Record<string, Attribute>>;
    };
}

/** Seconds until another look at an execution whose job goes on, by how often it was looked at: from a minute to 16. */
const LOOK_AGAIN_SECONDS = 60;
const MAX_DOUBLINGS = 4;

/** Seconds until another look at a row that somebody has changed meanwhile. */
const ROW_CHANGED_SECONDS = 1;

/**
 * Looks at an execution whose message may be left behind. Does nothing while it runs, or when its message has ended. A rescue
 * that was begun goes on to its end, even if the execution was redriven since and runs again: it meets the mark on its row.
 * @param looks how often it was looked at before, which decides when to look again
 */
export async function rescue(reaper: Reaper, request: Rescue, looks = 0): Promise<LookAgain> {
    const { pool, execution: name } = request;
    // Read before the execution: whatever is written about the row holds only if it is still this one.
    const row = await reaper.cache.row(pool, name);
    if (!row || row.ended !== undefined) return undefined;
    const execution = await executionOfRow(reaper, pool, row);
    // It may have begun so lately that Step Functions does not show it yet.
    if (!execution) return (await abandon(reaper, pool, row)) ?? request.ifGoesOn;
    if (row.saving) return save(reaper, pool, row, execution, row.saving);
    if (execution.status === "RUNNING" || isBehind(execution, row.holder ?? "")) return request.ifGoesOn;
    if (execution.status === "PENDING_REDRIVE") return undefined;
    if (execution.status === "SUCCEEDED") return closeRow(reaper, pool, row, OUTCOME.done, NO_RUN);
    const steps = await lastSteps(reaper, execution, row);
    if (steps === "behind") return request.ifGoesOn ?? LOOK_AGAIN_SECONDS;
    const completion = await endOf(reaper, pool, row, execution, steps);
    if (!completion.isComplete) {
        if (completion.lookAgainMillis !== undefined) return completion.lookAgainMillis / 1000;
        return pauseAfter(looks);
    }
    const { end } = completion;
    if (steps.isDeadLettered) return closeRow(reaper, pool, row, OUTCOME.deadLettered, end.run);
    if (end.state === "SUCCEEDED") return closeRow(reaper, pool, row, OUTCOME.done, end.run);
    if (isCancelled(execution)) return closeRow(reaper, pool, row, OUTCOME.cancelled, end.run);
    const saving = { cause: describeEnd(execution, end), run: end.run };
    const mark = markSaving({ table: reaper.table, pool, name: row.name, saving, read: row });
    const isMarked = await conditionHeld(reaper.platform.dynamodb.send(new UpdateItemCommand(mark)));
    return isMarked ? save(reaper, pool, row, execution, saving) : ROW_CHANGED_SECONDS;
}

function pauseAfter(looks: number): number {
    return LOOK_AGAIN_SECONDS * 2 ** Math.min(looks, MAX_DOUBLINGS);
}

/** Whether a person took its message out of the line: that is no death, and leaves no dead letter. */
function isCancelled({ status, error }: DescribeExecutionCommandOutput): boolean {
    return status === "FAILED" && error === CANCELLED;
}

/** A row without an execution: its message is still in the queue, which delivers it again, unless the row is too old. */
async function abandon(reaper: Reaper, pool: string, row: Row): Promise<LookAgain> {
    if (!(Date.parse(row.opened) < reaper.platform.now() - ABANDONED_AFTER)) return undefined;
    reaper.platform.log.error("row closed: its message left the queue without an execution", {
        pool,
        messageId: row.messageId,
        execution: nameOfExecution(row.execution),
    });
    return closeRow(reaper, pool, row, OUTCOME.deadLettered, NO_RUN);
}

/** Whether the last job of a dead execution is over, and how it ended. */
async function endOf(
    reaper: Reaper,
    pool: string,
    row: Row,
    execution: DescribeExecutionCommandOutput,
    { start, mayStart }: Steps,
): Promise<Completion> {
    const runs = start ? await runsOf(reaper, pool, row, start) : [];
    if (runs === "searching") return { isComplete: false, why: "its runs are not found yet" };
    // The message of a deleted job is saved all the same: its slot is another matter.
    const found = runs === "job deleted" ? [] : runs;
    const ended = execution.stopDate?.getTime() ?? 0;
    // An execution that never entered Run job can have no start in flight.
    const isCounting = found.length === 0 && mayStart;
    return completionOf({
        runs: found,
        idleSince: isCounting ? await idleByOwnClock(reaper, pool, row, ended, { left: undefined }) : 0,
        graceSeconds: START_GRACE_SECONDS,
        cooldownSeconds: 0,
        now: reaper.runs.listedAt(row.job),
    });
}

/** The runs of the slot on which an execution made its last start. Those of its other slots say nothing of a start in flight. */
function runsOf(
    reaper: Reaper,
    pool: string,
    row: Row,
    { holder, at }: Start,
): Promise<readonly Run[] | Unknown> {
    return reaper.runs.ofHolder(row.job, holder, at, knownRuns(reaper, pool, row, holder));
}

/** A start of a job, as an execution's history has it. */
interface Start {
    readonly holder: string;
    /** By Step Functions' clock: milliseconds since 1970. */
    readonly at: number;
}

/** How far an execution came: it decides what happens to its message. */
interface Steps {
    /** The last start that it made; undefined if its history shows none. */
    readonly start: Start | undefined;
    /** Whether it entered Run job, so that a start may be on its way. */
    readonly mayStart: boolean;
    /** Whether it has sent its message to the dead-letter queue after that. */
    readonly isDeadLettered: boolean;
}

/** `behind`: the history does not show yet how the execution ended, so a start may be missing, too. */
async function lastSteps(
    reaper: Reaper,
    execution: DescribeExecutionCommandOutput,
    row: Row,
): Promise<Steps | "behind"> {
    let isDeadLettered = false;
    let hasTaskSucceeded = false;
    let mayStart = false;
    let isShown = isLongOver(reaper, execution);
    for await (const event of eventsBackwards(
        reaper.platform,
        execution.executionArn ?? row.execution,
        true,
    )) {
        if (!isShown && !isItsEnd(event, execution)) return "behind";
        isShown = true;
        if (event.type === "TaskSucceeded") hasTaskSucceeded = true;
        const start = startIn(event);
        if (start) return { start, mayStart: true, isDeadLettered };
        const state = event.stateEnteredEventDetails?.name;
        if (state === undefined) continue;
        if (state === STATE.closeAsDeadLettered) isDeadLettered = true;
        if (state === STATE.deadLetterMessage && hasTaskSucceeded) isDeadLettered = true;
        if (state === STATE.runJob) mayStart = true;
        hasTaskSucceeded = false;
    }
    return isShown ? { start: undefined, mayStart, isDeadLettered } : "behind";
}

/** Reads of one execution may lag behind each other, but not for as long as this: milliseconds. */
const MOST_BEHIND = 600_000;

function isLongOver({ platform }: Reaper, { stopDate }: DescribeExecutionCommandOutput): boolean {
    return (stopDate?.getTime() ?? 0) < platform.now() - MOST_BEHIND;
}

/** Whether the newest event of a history is the end that Step Functions shows, not one before the last redrive. */
function isItsEnd(
    { type, timestamp }: HistoryEvent,
    { redriveDate }: DescribeExecutionCommandOutput,
): boolean {
    return ENDS.some((end) => end === type) && (timestamp?.getTime() ?? 0) >= (redriveDate?.getTime() ?? 0);
}

const ENDS: readonly string[] = ["ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"];

/** In JSON, a quotation mark within a text has a backslash before it: no argument of a message looks like this. */
const HOLDER_IN_PARAMETERS = new RegExp(`"${HOLDER_ARGUMENT}":\\s*"([^"]+)"`);

/** The start of a job that an event of a history tells of. */
function startIn({ taskScheduledEventDetails: task, timestamp }: HistoryEvent): Start | undefined {
    if (task?.resourceType !== "glue") return undefined;
    const holder = HOLDER_IN_PARAMETERS.exec(task.parameters ?? "")?.[1];
    return holder === undefined ? undefined : { holder, at: timestamp?.getTime() ?? 0 };
}

/** Sends the dead letter of a message whose row is marked, and closes the row. */
async function save(
    reaper: Reaper,
    pool: string,
    row: Row,
    execution: DescribeExecutionCommandOutput,
    { cause, run }: Saving,
): Promise<LookAgain> {
    const workflow = await reaper.cache.workflow(pool);
    if (!workflow) {
        throw new Error(`The table has no item "workflow" for pool ${pool}: deploy its JobWorkflow again.`);
    }
    const { message } = JSON.parse(execution.input ?? "{}") as Input;
    await sendDeadLetter(reaper.platform, {
        queueUrl: workflow.deadLetterQueueUrl,
        pool,
        messageId: message.id,
        group: message.group,
        body: message.body,
        cause,
        attempts: row.attempt,
        execution: execution.executionArn ?? row.execution,
        run,
        attributes: message.attributes,
    });
    await closeRow(reaper, pool, row, OUTCOME.deadLettered, run);
    reaper.platform.log.warn("message saved: its execution died", {
        pool,
        messageId: message.id,
        execution: nameOfExecution(row.execution),
        status: execution.status ?? "",
        run,
    });
    reaper.platform.metrics({ [METRIC.messageSaved]: 1 }, { pool });
    return undefined;
}

function describeEnd(execution: DescribeExecutionCommandOutput, end: End): string {
    const why = [execution.error, execution.cause]
        .filter((text) => text !== undefined && text !== "")
        .join(": ");
    const run =
        end.run === NO_RUN
            ? "no Glue run"
            : `Glue run ${end.run} ${end.state}${end.error === "" ? "" : `: ${end.error}`}`;
    return `Execution${execution.status ?? ""}: ${why === "" ? "no cause was given" : why}; ${run}`;
}

/**
 * Closes the row, and wakes its execution if that was redriven a moment ago and waits: it must see that its message has ended.
 * As dead-lettered whatever it does meanwhile, because its letter was sent; otherwise only if it has not gone on since the row was
 * read: it would run its job again on a closed row.
 */
async function closeRow(
    reaper: Reaper,
    pool: string,
    row: Row,
    outcome: Outcome,
    run: string,
): Promise<LookAgain> {
    const { dynamodb, log, sfn } = reaper.platform;
    const now = reaper.platform.now();
    const write = close({
        table: reaper.table,
        pool,
        name: row.name,
        outcome,
        run,
        position: endPosition(new Date(now).toISOString(), row.name),
        now: new Date(now).toISOString(),
        expires: rowExpiry(now),
        ...(outcome !== OUTCOME.deadLettered && { read: row }),
    });
    let before: Row;
    try {
        const { Attributes } = await dynamodb.send(
            new UpdateItemCommand({ ...write, ReturnValues: "ALL_OLD" }),
        );
        before = readRow(Attributes ?? {});
    } catch (error) {
        if (errorName(error) === "ConditionalCheckFailedException") return ROW_CHANGED_SECONDS;
        throw error;
    }
    log.info("row closed", {
        pool,
        messageId: row.messageId,
        execution: nameOfExecution(row.execution),
        outcome,
        run,
    });
    if (outcome === OUTCOME.cancelled && before.ended === undefined)
        reaper.platform.metrics({ [METRIC.messageCancelled]: 1 }, { pool });
    for (const token of [before.token, before.ask?.token]) {
        if (token === undefined) continue;
        try {
            await sfn.send(new SendTaskSuccessCommand({ taskToken: token, output: "{}" }));
        } catch (error) {
            if (!isTokenGone(error)) throw error;
        }
    }
    return undefined;
}
