/**
 * The reaper: frees slots that their holders cannot release, or have not released yet, and rescues the messages of
 * executions that died. It acts only when Glue shows that the work is over. The events that call it (a Glue run or an
 * execution ended, an execution asks, the dispatcher met a dead waiter, a sweep is due) only say where to look. Doubled,
 * late and lost events do no harm: it looks, decides, and writes on condition.
 */
import { GetJobRunCommand } from "@aws-sdk/client-glue";
import { ChangeMessageVisibilityCommand } from "@aws-sdk/client-sqs";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { isTerminal } from "../slots/completion.ts";
import { messageIdOf, parseHolderId } from "../slots/holder.ts";
import { HOLDER_ARGUMENT, POOL_ARGUMENT } from "../slots/table.ts";
import { answer, answerRow } from "./reaper/answers.ts";
import { look } from "./reaper/free-slots.ts";
import { rebuildGate } from "./reaper/gate.ts";
import { sooner } from "./reaper/invocation.ts";
import { lookAtOverdue } from "./reaper/overdue.ts";
import { METRIC } from "./lib/metrics.ts";
import { errorFields } from "./lib/errors.ts";
import { deployed, required } from "./lib/platform.ts";
import type { Handler, Platform } from "./lib/platform.ts";
import { TableCache } from "./reaper/table-cache.ts";
import type { LookAgain, Message, Reaper } from "./reaper/invocation.ts";
import { rescue } from "./reaper/rescue.ts";
import { findRuns } from "./reaper/runs.ts";
import { sweepLine } from "./reaper/line.ts";
import { sweep, sweepAll } from "./reaper/sweep.ts";

export function create(platform: Platform): Handler {
    const table = required(platform.env, "TABLE_NAME");
    const pools = JSON.parse(required(platform.env, "POOLS")) as string[];
    const queueUrl = required(platform.env, "REAPER_QUEUE_URL");
    return async (event) => {
        const cache = new TableCache(platform, table);
        const reaper: Reaper = {
            platform,
            table,
            pools,
            queueUrl,
            cache,
            runs: findRuns(platform.glue, () => platform.now()),
            ended: [],
        };
        return reapAll(reaper, (event as SQSEvent).Records);
    };
}

export const handler = deployed(create);

/** ChangeMessageVisibility takes 12 hours at most, counted from when the message was received. */
const MAX_VISIBILITY_SECONDS = 11 * 3600;

/** Seconds until a message that could not be dealt with comes back, doubling, and how often that is sooner than the queue has it. */
const SOON_SECONDS = 1;
const SOON_TIMES = 8;

/** Messages of one invocation at most (`batchSize` of the queue's mapping). */
const BATCH = 10;

/** How often a sweep wakes the line again: two seconds apart, until the next sweep. */
const MAX_LINE_LOOKS = 120;

async function reapAll(reaper: Reaper, records: readonly SQSRecord[]): Promise<SQSBatchResponse> {
    const failed: string[] = [];
    const messages = records.map((record) => ({ record, message: parse(record.body) }));
    // Sweeps last: they may take long, and an invocation that runs out of time has done the rest.
    messages.sort((a, b) => Number(isSweep(a.message)) - Number(isSweep(b.message)));
    for (const { record, message } of messages) {
        const looks = Number(record.attributes.ApproximateReceiveCount) - 1;
        try {
            if (!message) throw new Error("A message in the reaper's queue is not JSON.");
            const seconds = await reap(reaper, message, looks);
            if (seconds === undefined) continue;
            failed.push(record.messageId);
            await comeBack(reaper, record, seconds);
        } catch (error) {
            if (!isSweep(message)) {
                if (!failed.includes(record.messageId)) failed.push(record.messageId);
                await comeBackSoon(reaper, record, looks);
            }
            // A message need not name its pool.
            for (const pool of reaper.pools) reaper.platform.metrics({ [METRIC.lookFailed]: 1 }, { pool });
            reaper.platform.log.error("could not look: tries again", {
                reaperMessageId: record.messageId,
                ...errorFields(error),
            });
        }
    }
    // With a whole batch there may be more, and among them the events of other runs that have ended.
    if (records.length < BATCH) await lookAtOverdue(reaper);
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

/**
 * Has SQS deliver a message again soon that could not be dealt with, the first few times. SQS drops a repeated dead letter
 * only within five minutes, so a letter whose row could not be closed must be taken up again before that.
 */
async function comeBackSoon(reaper: Reaper, record: SQSRecord, looks: number): Promise<void> {
    if (looks >= SOON_TIMES) return;
    try {
        await comeBack(reaper, record, SOON_SECONDS * 2 ** looks);
    } catch {
        // The queue's own visibility timeout holds.
    }
}

/** Has SQS deliver a message again in so many seconds. If the call fails, the queue's own visibility timeout holds. */
async function comeBack(reaper: Reaper, { receiptHandle }: SQSRecord, seconds: number): Promise<void> {
    await reaper.platform.sqs.send(
        new ChangeMessageVisibilityCommand({
            QueueUrl: reaper.queueUrl,
            ReceiptHandle: receiptHandle,
            VisibilityTimeout: Math.min(MAX_VISIBILITY_SECONDS, Math.max(1, Math.ceil(seconds))),
        }),
    );
}

function parse(body: string): Message | undefined {
    try {
        return JSON.parse(body) as Message;
    } catch {
        return undefined;
    }
}

function isSweep(message: Message | undefined): boolean {
    return message !== undefined && "sweep" in message;
}

async function reap(reaper: Reaper, message: Message, looks: number): Promise<LookAgain> {
    if ("ask" in message) return answer(reaper, message.ask);
    if ("rescue" in message)
        return rescue(reaper, { ...message.rescue, ifGoesOn: LAG_SECONDS[looks] }, looks);
    if ("detail-type" in message) {
        return message["detail-type"] === "Glue Job State Change"
            ? runEnded(reaper, message.detail, looks)
            : executionEnded(reaper, message.detail, looks);
    }
    if ("sweep" in message) return sweepPools(reaper, message.sweep, looks);
    await rebuildGate(reaper, message.rebuild.pool);
    return undefined;
}

/**
 * Sweeps. A sweep that comes back only goes on to wake the line, until the next sweep is due. A failed sweep is not repeated:
 * the next one comes anyway, and sweeps that keep failing must not pile up.
 */
async function sweepPools(reaper: Reaper, which: true | string, looks: number): Promise<LookAgain> {
    if (looks === 0) return which === true ? sweepAll(reaper) : sweep(reaper, which);
    const pool = which === true ? reaper.pools[0] : which;
    return pool === undefined || looks > MAX_LINE_LOOKS ? undefined : sweepLine(reaper, pool);
}

/**
 * Seconds after which to look again at what an event, or a waiter that could not be woken, says has ended, while reads do not
 * show it yet: they may lag behind. Each second of these is one of an empty slot, so the first looks follow each other as closely
 * as SQS allows. The message alone proves nothing. After these looks the sweep sees to it.
 */
const LAG_SECONDS = [1, 1, 1, 2, 4, 8, 16];

/** A Glue run has ended: its holder's slot can be freed, and its execution answered, before that notices. */
async function runEnded(
    reaper: Reaper,
    { jobName, jobRunId }: { jobName: string; jobRunId: string },
    looks: number,
): Promise<LookAgain> {
    const { JobRun } = await reaper.platform.glue.send(
        new GetJobRunCommand({ JobName: jobName, RunId: jobRunId }),
    );
    const pool = JobRun?.Arguments?.[POOL_ARGUMENT];
    const holder = JobRun?.Arguments?.[HOLDER_ARGUMENT];
    if (pool === undefined || holder === undefined) return undefined;
    const ifGoesOn = LAG_SECONDS[looks];
    // While the run itself goes on, no further read can show that its holder's work is over.
    if (!isTerminal(JobRun?.JobRunState ?? "")) return ifGoesOn;
    const again = await look(reaper, { pool, holder, run: jobRunId, ifGoesOn });
    reaper.ended.push({ pool, job: jobName, holder });
    const row = await reaper.cache.row(pool, parseHolderId(holder)?.message ?? "");
    return row ? sooner(again, await answerRow(reaper, pool, row, ifGoesOn)) : again;
}

/** An execution has ended: it may have left its slots and its message behind. */
async function executionEnded(
    reaper: Reaper,
    { name, stateMachineArn }: { name: string; stateMachineArn: string },
    looks: number,
): Promise<LookAgain> {
    let again: LookAgain;
    const ifGoesOn = LAG_SECONDS[looks];
    for (const pool of reaper.pools) {
        const holders = Object.keys((await reaper.cache.gate(pool))?.holders ?? {});
        for (const holder of holders.filter((each) => parseHolderId(each)?.message === messageIdOf(name))) {
            again = sooner(again, await look(reaper, { pool, holder, ifGoesOn }));
        }
        const workflow = await reaper.cache.workflow(pool);
        if (workflow?.stateMachine !== stateMachineArn) continue;
        again = sooner(again, await rescue(reaper, { pool, execution: name, ifGoesOn }, looks));
    }
    return again;
}
