/**
 * Gives back the slots of holders whose work is over, on proof. A holder whose work may still go on keeps its slot,
 * whatever has become of its execution.
 */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { SendTaskSuccessCommand } from "@aws-sdk/client-sfn";
import { parseHolderId } from "../../slots/holder.ts";
import { completionOf } from "../../slots/completion.ts";
import type { End, Verdict } from "../../slots/completion.ts";
import { release } from "../../slots/writes.ts";
import { START_GRACE_SECONDS } from "../../slots/times.ts";
import { executionOfRow } from "../lib/execution.ts";
import { METRIC } from "../lib/metrics.ts";
import { errorName, conditionHeld } from "../lib/platform.ts";
import { later } from "./invocation.ts";
import type { Ask, Reaper, Suspect } from "./invocation.ts";

/** How soon an unanswered question is looked at again when no event is known to come: seconds. */
const ASK_AGAIN_SECONDS = 60;

/** Frees a holder's slot if its work is over, or arranges to look again when that is soon. */
export async function look(reaper: Reaper, suspect: Suspect): Promise<void> {
    const slot = (await reaper.cache.gate(suspect.pool))?.holders[suspect.holder];
    if (!slot) return;
    const verdict = await judge(reaper, suspect, slot.job, Date.parse(slot.since), () =>
        idleSince(reaper, suspect, slot.since),
    );
    if (verdict.over) {
        await free(reaper, suspect, verdict.end);
    } else if (verdict.lookAgainMillis !== undefined) {
        await later(reaper, { check: suspect }, verdict.lookAgainMillis / 1000);
    }
}

/** Answers an execution that asks how its job ended, once that is certain. It gives its slot back by itself. */
export async function answer(reaper: Reaper, ask: Ask): Promise<void> {
    const { log, sfn } = reaper.platform;
    const verdict = completionOf({
        runs: await reaper.runs.ofHolder(ask.job, ask.holder, Date.parse(ask.acquired)),
        idleSince: Date.parse(ask.since),
        graceSeconds: ask.isAnswered ? 0 : START_GRACE_SECONDS,
        cooldownSeconds: await reaper.cache.cooldownSeconds(ask.pool),
        now: reaper.platform.now(),
    });
    const fields = { pool: ask.pool, holder: ask.holder };
    if (!verdict.over) {
        log.info("asked for an end that is not certain yet", { ...fields, why: verdict.why });
        return later(reaper, { ask }, (verdict.lookAgainMillis ?? ASK_AGAIN_SECONDS * 1000) / 1000);
    }
    try {
        await sfn.send(
            new SendTaskSuccessCommand({ taskToken: ask.token, output: JSON.stringify(verdict.end) }),
        );
        log.info("told how the job ended", { ...fields, run: verdict.end.run, state: verdict.end.state });
    } catch (error) {
        if (!["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"].includes(errorName(error))) throw error;
        log.warn("nobody waits for the answer any more", fields);
    }
}

async function judge(
    reaper: Reaper,
    suspect: Suspect,
    job: string,
    since: number,
    idle: () => Promise<number | undefined>,
): Promise<Verdict> {
    const runs = await reaper.runs.ofHolder(job, suspect.holder, since);
    return completionOf({
        runs,
        idleSince: runs.length === 0 ? await idle() : undefined,
        graceSeconds: START_GRACE_SECONDS,
        cooldownSeconds: await reaper.cache.cooldownSeconds(suspect.pool),
        now: reaper.platform.now(),
    });
}

/** Since when a holder can start nothing any more: its execution has ended, or has gone on to another attempt or redrive. */
async function idleSince(
    reaper: Reaper,
    { pool, holder }: Suspect,
    taken: string,
): Promise<number | undefined> {
    const parts = parseHolderId(holder);
    const row = parts && (await reaper.cache.row(pool, parts.execution));
    if (!row) return undefined;
    // Whoever joined after this slot was taken has left it behind; before, the row just does not know of it.
    if (row.holder !== holder && row.joined !== undefined && row.joined >= taken)
        return Date.parse(row.joined);
    const execution = await executionOfRow(reaper, pool, row);
    if (!execution) return Date.parse(taken);
    if (execution.status !== "RUNNING") return execution.stopDate?.getTime();
    if ((execution.redriveCount ?? 0) > parts.redrives) return execution.redriveDate?.getTime();
    return undefined;
}

async function free(reaper: Reaper, { pool, holder }: Suspect, end: End): Promise<void> {
    const write = release({ table: reaper.table, pool, holder });
    if (!(await conditionHeld(reaper.platform.dynamodb.send(new UpdateItemCommand(write))))) return;
    reaper.platform.log.info("slot freed", { pool, holder, run: end.run, state: end.state });
    reaper.platform.metric(METRIC.slotFreed, 1, { pool });
}
