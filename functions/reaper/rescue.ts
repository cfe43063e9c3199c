/**
 * Rescues the messages of executions that died outside their own failure path: aborted, timed out, or failed before they
 * could send the message to the dead-letter queue. Once the job is certainly over, the message goes to the dead-letter
 * queue, or is done if the job succeeded. Either way its row is closed, once.
 */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { GetExecutionHistoryCommand } from "@aws-sdk/client-sfn";
import type { DescribeExecutionCommandOutput } from "@aws-sdk/client-sfn";
import { completionOf } from "../../slots/completion.ts";
import type { Completion, End } from "../../slots/completion.ts";
import { parseHolderId } from "../../slots/holder.ts";
import { OUTCOME } from "../../slots/table.ts";
import type { Outcome, Row } from "../../slots/table.ts";
import { ROW_RETENTION_DAYS, START_GRACE_SECONDS } from "../../slots/times.ts";
import { close } from "../../slots/writes.ts";
import { STATE } from "../../workflow/states.ts";
import { sendDeadLetter } from "../lib/dead-letter.ts";
import { executionOfRow } from "./executions.ts";
import { METRIC } from "../lib/metrics.ts";
import { conditionHeld } from "../lib/errors.ts";
import { later } from "./invocation.ts";
import type { Reaper, Rescue } from "./invocation.ts";

const DAY = 86_400_000;

/** SQS keeps a message for 14 days at most: after that, nothing starts the execution of a row any more. */
const ABANDONED_AFTER = 15 * DAY;

/** GetExecutionHistory, "maxResults", and how many pages are read at most: a history has 25,000 events. */
const HISTORY_PAGE = 1000;
const HISTORY_PAGES = 25;

/** What the execution was started with, as far as a dead letter needs it. */
interface Input {
    readonly message: { readonly id: string; readonly group: string; readonly body: string };
}

/**
 * Looks at an execution whose message may be left behind. Does nothing while it runs, or when its message has ended. Looks
 * again later if its job is not over yet, unless a sweep calls: the next sweep looks again.
 */
export async function rescue(reaper: Reaper, request: Rescue, isSweep = false): Promise<void> {
    const { pool, execution: name } = request;
    const row = await reaper.cache.row(pool, name);
    if (!row || row.ended !== undefined) return;
    const execution = await executionOfRow(reaper, pool, row);
    if (!execution) return abandon(reaper, pool, row);
    if (execution.status === "RUNNING" || execution.status === "PENDING_REDRIVE") return;
    if (execution.status === "SUCCEEDED") return closeRow(reaper, pool, row, OUTCOME.done, "none");
    const steps = await lastSteps(reaper, execution.executionArn ?? row.execution);
    const completion = await endOf(reaper, row, execution, steps.started);
    if (!completion.isComplete) {
        if (isSweep) return;
        const looks = request.looks ?? 0;
        const again =
            completion.lookAgainMillis === undefined
                ? 60 * 2 ** Math.min(looks, 4)
                : completion.lookAgainMillis / 1000;
        return later(reaper, { rescue: { pool, execution: name, looks: looks + 1 } }, again);
    }
    if (steps.isDeadLettered) return closeRow(reaper, pool, row, OUTCOME.deadLettered, completion.end.run);
    if (completion.end.state === "SUCCEEDED")
        return closeRow(reaper, pool, row, OUTCOME.done, completion.end.run);
    await save(reaper, pool, row, execution, completion.end);
}

/** A row without an execution: its message is still in the queue, which delivers it again, unless the row is too old. */
async function abandon(reaper: Reaper, pool: string, row: Row): Promise<void> {
    if (!(Date.parse(row.opened) < reaper.platform.now() - ABANDONED_AFTER)) return;
    reaper.platform.log.error("row closed: its message left the queue without an execution", {
        pool,
        messageId: row.messageId,
        execution: row.name,
    });
    await closeRow(reaper, pool, row, OUTCOME.deadLettered, "none");
}

/** Whether the last job of a dead execution is over, and how it ended. */
async function endOf(
    reaper: Reaper,
    row: Row,
    execution: DescribeExecutionCommandOutput,
    started: number | undefined,
): Promise<Completion> {
    return completionOf({
        runs: started === undefined ? [] : await reaper.runs.ofExecution(row.job, row.name, started),
        // An execution that never entered Run job can have no start in flight.
        idleSince: started === undefined ? 0 : (execution.stopDate?.getTime() ?? 0),
        graceSeconds: START_GRACE_SECONDS,
        cooldownSeconds: 0,
        now: reaper.platform.now(),
    });
}

/** How far an execution came: it decides what happens to its message. */
interface Steps {
    /** When it last entered Run job: milliseconds since 1970; undefined if it never did. */
    readonly started: number | undefined;
    /** Whether it has sent its message to the dead-letter queue after that. */
    readonly isDeadLettered: boolean;
}

async function lastSteps(reaper: Reaper, executionArn: string): Promise<Steps> {
    let isDeadLettered = false;
    let nextToken: string | undefined;
    for (let page = 0; page < HISTORY_PAGES; page++) {
        const history = await reaper.platform.sfn.send(
            new GetExecutionHistoryCommand({
                executionArn,
                reverseOrder: true,
                includeExecutionData: false,
                maxResults: HISTORY_PAGE,
                ...(nextToken !== undefined && { nextToken }),
            }),
        );
        for (const event of history.events ?? []) {
            const state = event.stateEnteredEventDetails?.name;
            if (state === STATE.closeAsDeadLettered) isDeadLettered = true;
            if (state === STATE.runJob) return { started: event.timestamp?.getTime(), isDeadLettered };
        }
        nextToken = history.nextToken;
        if (nextToken === undefined) break;
    }
    return { started: undefined, isDeadLettered };
}

async function save(
    reaper: Reaper,
    pool: string,
    row: Row,
    execution: DescribeExecutionCommandOutput,
    end: End,
): Promise<void> {
    const workflow = await reaper.cache.workflow(pool);
    if (!workflow)
        throw new Error(`The table has no item "workflow" for pool ${pool}: deploy its JobWorkflow again.`);
    const { message } = JSON.parse(execution.input ?? "{}") as Input;
    const status = execution.status ?? "";
    await sendDeadLetter(reaper.platform, {
        queueUrl: workflow.deadLetterQueueUrl,
        pool,
        messageId: message.id,
        group: message.group,
        body: message.body,
        cause: describeEnd(status, execution, end),
        attempts: parseHolderId(row.holder ?? "")?.attempt ?? 1,
        execution: execution.executionArn ?? row.execution,
        run: end.run,
    });
    await closeRow(reaper, pool, row, OUTCOME.deadLettered, end.run);
    reaper.platform.log.warn("message saved: its execution died", {
        pool,
        messageId: message.id,
        execution: row.name,
        status,
        run: end.run,
    });
    reaper.platform.metric(METRIC.messageSaved, 1, { pool });
}

function describeEnd(status: string, execution: DescribeExecutionCommandOutput, end: End): string {
    const why = [execution.error, execution.cause]
        .filter((text) => text !== undefined && text !== "")
        .join(": ");
    const run =
        end.run === "none"
            ? "no Glue run"
            : `Glue run ${end.run} ${end.state}${end.error === "" ? "" : `: ${end.error}`}`;
    return `Execution${status}: ${why === "" ? "no cause was given" : why}; ${run}`;
}

async function closeRow(
    reaper: Reaper,
    pool: string,
    row: Row,
    outcome: Outcome,
    run: string,
): Promise<void> {
    const now = reaper.platform.now();
    const write = close({
        table: reaper.table,
        pool,
        name: row.name,
        outcome,
        run,
        now: new Date(now).toISOString(),
        expires: String(Math.floor(now / 1000) + ROW_RETENTION_DAYS * 86_400),
    });
    if (await conditionHeld(reaper.platform.dynamodb.send(new UpdateItemCommand(write)))) {
        reaper.platform.log.info("row closed", {
            pool,
            messageId: row.messageId,
            execution: row.name,
            outcome,
            run,
        });
    }
}
