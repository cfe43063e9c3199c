/**
 * The reaper: gives back the slots whose holders cannot, or have not yet. It frees a slot only when Glue shows that the
 * work on it is over; the events that wake it (a Glue run or an execution has ended, an execution asks, a sweep) only
 * say where to look. Doubled, late and lost events do no harm: it looks, decides, and writes on condition.
 */
import { GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { GetJobRunCommand } from "@aws-sdk/client-glue";
import { DescribeExecutionCommand, SendTaskSuccessCommand } from "@aws-sdk/client-sfn";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { parseHolderId } from "../slots/holder.ts";
import { readGate, readRow, readSettings } from "../slots/items.ts";
import type { Item } from "../slots/items.ts";
import { whatIsOver } from "../slots/over.ts";
import type { End, Verdict } from "../slots/over.ts";
import { ENTRY, HOLDER_ARGUMENT, PROCESS_ARGUMENT, TABLE } from "../slots/table.ts";
import type { Gate } from "../slots/table.ts";
import { giveBack } from "../slots/writes.ts";
import { deployed, errorName, errorText, holds, required } from "./lib/platform.ts";
import type { Handler, Platform } from "./lib/platform.ts";
import { runsOfHolders } from "./lib/runs.ts";
import type { RunsOfHolder } from "./lib/runs.ts";

/** How soon an unanswered question is looked at again when no event is known to come: seconds. */
const ASK_AGAIN_SECONDS = 60;

/** SQS delays a message by 15 minutes at most (SendMessage, "DelaySeconds"). */
const LONGEST_DELAY_SECONDS = 900;

/** A question of an execution that does not know how its job ended. */
interface Ask {
    readonly process: string;
    readonly holder: string;
    readonly job: string;
    /** Since when it starts nothing any more, ISO 8601. */
    readonly since: string;
    readonly token: string;
}

/** A holder to look at. */
interface Suspect {
    readonly process: string;
    readonly holder: string;
}

/** The messages of the reaper's queue. */
type Message =
    | { readonly sweep: true }
    | { readonly ask: Ask }
    | { readonly check: Suspect }
    | {
          readonly "detail-type": "Glue Job State Change";
          readonly detail: { jobName: string; jobRunId: string };
      }
    | { readonly "detail-type": "Step Functions Execution Status Change"; readonly detail: { name: string } };

/** One invocation: what was read stays read, because the events of a batch are mostly about the same gate and job. */
interface Reaper {
    readonly platform: Platform;
    readonly table: string;
    readonly processes: readonly string[];
    readonly queueUrl: string;
    readonly runsOf: RunsOfHolder;
    readonly gates: Map<string, Gate | undefined>;
    readonly settleSeconds: Map<string, number>;
}

export function create(platform: Platform): Handler {
    const configuration = {
        platform,
        table: required(platform.env, "TABLE_NAME"),
        processes: JSON.parse(required(platform.env, "PROCESSES")) as string[],
        queueUrl: required(platform.env, "REAPER_QUEUE_URL"),
    };
    return async (event) => {
        const runsOf = runsOfHolders(platform.glue);
        return reapAll(
            { ...configuration, runsOf, gates: new Map(), settleSeconds: new Map() },
            (event as SQSEvent).Records,
        );
    };
}

export const handler = deployed(create);

async function reapAll(reaper: Reaper, records: readonly SQSRecord[]): Promise<SQSBatchResponse> {
    const failed: string[] = [];
    for (const record of records) {
        try {
            await reap(reaper, JSON.parse(record.body) as Message);
        } catch (error) {
            failed.push(record.messageId);
            reaper.platform.log.error("could not look: tries again", {
                reaperMessageId: record.messageId,
                error: errorName(error),
                cause: errorText(error),
            });
        }
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

async function reap(reaper: Reaper, message: Message): Promise<void> {
    if ("ask" in message) return answer(reaper, message.ask);
    for (const suspect of await suspects(reaper, message)) await look(reaper, suspect);
}

/** The holders that a message is about. */
async function suspects(reaper: Reaper, message: Exclude<Message, { ask: Ask }>): Promise<Suspect[]> {
    if ("check" in message) return [message.check];
    if ("sweep" in message) return holdersWhere(reaper, () => true);
    if (message["detail-type"] === "Glue Job State Change") {
        const { jobName, jobRunId } = message.detail;
        const found = await reaper.platform.glue.send(
            new GetJobRunCommand({ JobName: jobName, RunId: jobRunId }),
        );
        const process = found.JobRun?.Arguments?.[PROCESS_ARGUMENT];
        const holder = found.JobRun?.Arguments?.[HOLDER_ARGUMENT];
        return process !== undefined && holder !== undefined ? [{ process, holder }] : [];
    }
    return holdersWhere(reaper, (holder) => parseHolderId(holder)?.execution === message.detail.name);
}

async function holdersWhere(reaper: Reaper, isMeant: (holder: string) => boolean): Promise<Suspect[]> {
    const found: Suspect[] = [];
    for (const process of reaper.processes) {
        const gate = await gateOf(reaper, process);
        for (const holder of Object.keys(gate?.holders ?? {}))
            if (isMeant(holder)) found.push({ process, holder });
    }
    return found;
}

/** Frees a holder's slot if its work is over, or arranges to look again when that is soon. */
async function look(reaper: Reaper, suspect: Suspect): Promise<void> {
    const slot = (await gateOf(reaper, suspect.process))?.holders[suspect.holder];
    if (!slot) return;
    const verdict = await judge(reaper, suspect, slot.job, Date.parse(slot.since), () =>
        idleSince(reaper, suspect),
    );
    if (verdict.over) {
        await free(reaper, suspect, verdict.end);
    } else if (verdict.lookAgainMillis !== undefined) {
        await later(reaper, { check: suspect }, verdict.lookAgainMillis / 1000);
    }
}

/** Answers an execution that asks how its job ended, once that is certain. */
async function answer(reaper: Reaper, ask: Ask): Promise<void> {
    const { log, sfn } = reaper.platform;
    const since = Date.parse(ask.since);
    const taken = (await gateOf(reaper, ask.process))?.holders[ask.holder]?.since;
    const verdict = await judge(reaper, ask, ask.job, Date.parse(taken ?? ask.since), () =>
        Promise.resolve(since),
    );
    if (!verdict.over) {
        log.info("asked for an end that is not certain yet", {
            process: ask.process,
            holder: ask.holder,
            why: verdict.why,
        });
        return later(reaper, { ask }, (verdict.lookAgainMillis ?? ASK_AGAIN_SECONDS * 1000) / 1000);
    }
    await free(reaper, ask, verdict.end);
    try {
        await sfn.send(
            new SendTaskSuccessCommand({ taskToken: ask.token, output: JSON.stringify(verdict.end) }),
        );
    } catch (error) {
        if (!["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"].includes(errorName(error))) throw error;
        log.warn("nobody waits for the answer any more", { process: ask.process, holder: ask.holder });
    }
}

async function judge(
    reaper: Reaper,
    suspect: Suspect,
    job: string,
    since: number,
    idle: () => Promise<number | undefined>,
): Promise<Verdict> {
    const runs = await reaper.runsOf(job, suspect.holder, since);
    return whatIsOver({
        runs,
        idleSince: runs.length === 0 ? await idle() : undefined,
        settleSeconds: await settleSecondsOf(reaper, suspect.process),
        now: reaper.platform.now(),
    });
}

/** Since when a holder can start nothing any more: its execution has ended, or has gone on to another attempt or redrive. */
async function idleSince(reaper: Reaper, { process, holder }: Suspect): Promise<number | undefined> {
    const parts = parseHolderId(holder);
    const item = parts && (await getItem(reaper, process, ENTRY.row(parts.execution)));
    if (!item) return undefined;
    const row = readRow(item);
    if (row.holder !== undefined && row.holder !== holder && row.joined !== undefined)
        return Date.parse(row.joined);
    const execution = await reaper.platform.sfn.send(
        new DescribeExecutionCommand({ executionArn: row.execution }),
    );
    if (execution.status !== "RUNNING") return execution.stopDate?.getTime();
    if ((execution.redriveCount ?? 0) > parts.redrives) return execution.redriveDate?.getTime();
    return undefined;
}

async function free(reaper: Reaper, { process, holder }: Suspect, end: End): Promise<void> {
    const write = giveBack({ table: reaper.table, process, holder });
    const wasHeld = await holds(reaper.platform.dynamodb.send(new UpdateItemCommand(write)));
    if (wasHeld) {
        reaper.platform.log.info("slot freed", { process, holder, run: end.run, state: end.state });
    }
}

async function later(reaper: Reaper, message: Message, seconds: number): Promise<void> {
    await reaper.platform.sqs.send(
        new SendMessageCommand({
            QueueUrl: reaper.queueUrl,
            MessageBody: JSON.stringify(message),
            DelaySeconds: Math.min(LONGEST_DELAY_SECONDS, Math.max(1, Math.ceil(seconds))),
        }),
    );
}

async function gateOf(reaper: Reaper, process: string): Promise<Gate | undefined> {
    if (!reaper.gates.has(process))
        reaper.gates.set(process, readGate(await getItem(reaper, process, ENTRY.gate)));
    return reaper.gates.get(process);
}

async function settleSecondsOf(reaper: Reaper, process: string): Promise<number> {
    let seconds = reaper.settleSeconds.get(process);
    if (seconds === undefined) {
        const settings = readSettings(await getItem(reaper, process, ENTRY.settings));
        seconds = "value" in settings ? settings.value.settleSeconds : 0;
        reaper.settleSeconds.set(process, seconds);
    }
    return seconds;
}

async function getItem(reaper: Reaper, process: string, entry: string): Promise<Item | undefined> {
    const key = { [TABLE.partitionKey]: { S: process }, [TABLE.sortKey]: { S: entry } };
    const read = new GetItemCommand({ TableName: reaper.table, Key: key, ConsistentRead: true });
    return (await reaper.platform.dynamodb.send(read)).Item;
}
