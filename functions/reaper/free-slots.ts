/**
 * Frees the slots of holders whose work is over, on proof. A holder whose work may still go on keeps its slot, whatever
 * happened to its execution.
 */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { SendTaskSuccessCommand } from "@aws-sdk/client-sfn";
import { parseHolderId } from "../../slots/holder.ts";
import { completionOf } from "../../slots/completion.ts";
import type { Completion, End } from "../../slots/completion.ts";
import { release } from "../../slots/writes.ts";
import { START_GRACE_SECONDS } from "../../slots/times.ts";
import { executionOfRow } from "./executions.ts";
import { METRIC } from "../lib/metrics.ts";
import { conditionHeld, isTokenGone } from "../lib/errors.ts";
import { later } from "./invocation.ts";
import type { Ask, Reaper, Suspect } from "./invocation.ts";

/** How soon an unanswered ask is looked at again when no moment is known: seconds. */
const ASK_AGAIN_SECONDS = 60;

/** Frees a holder's slot if its work is over; looks again later if that is known to be soon. */
export async function look(reaper: Reaper, suspect: Suspect): Promise<void> {
    const slot = (await reaper.cache.gate(suspect.pool))?.holders[suspect.holder];
    if (!slot) return;
    const completion = await judge(reaper, suspect, slot.job, Date.parse(slot.since), () =>
        idleSince(reaper, suspect, slot.since),
    );
    if (completion.isComplete) {
        await free(reaper, suspect, completion.end);
    } else if (completion.lookAgainMillis !== undefined) {
        await later(reaper, { check: suspect }, completion.lookAgainMillis / 1000);
    }
}

/** Answers an execution that asks how its job ended, once that is certain. The execution releases its slot itself. */
export async function answer(reaper: Reaper, ask: Ask): Promise<void> {
    const { log, sfn } = reaper.platform;
    const completion = completionOf({
        runs: await reaper.runs.ofHolder(ask.job, ask.holder, Date.parse(ask.acquired)),
        idleSince: Date.parse(ask.since),
        graceSeconds: ask.isAnswered ? 0 : START_GRACE_SECONDS,
        cooldownSeconds: await reaper.cache.cooldownSeconds(ask.pool),
        now: reaper.platform.now(),
    });
    const fields = { pool: ask.pool, holder: ask.holder };
    if (!completion.isComplete) {
        log.info("an execution asks how its job ended: not certain yet", { ...fields, why: completion.why });
        return later(reaper, { ask }, (completion.lookAgainMillis ?? ASK_AGAIN_SECONDS * 1000) / 1000);
    }
    try {
        await sfn.send(
            new SendTaskSuccessCommand({ taskToken: ask.token, output: JSON.stringify(completion.end) }),
        );
        log.info("answered how the job ended", {
            ...fields,
            run: completion.end.run,
            state: completion.end.state,
        });
    } catch (error) {
        if (!isTokenGone(error)) throw error;
        log.warn("no execution waits for the answer any more", fields);
    }
}

async function judge(
    reaper: Reaper,
    suspect: Suspect,
    job: string,
    since: number,
    idle: () => Promise<number | undefined>,
): Promise<Completion> {
    const runs = await reaper.runs.ofHolder(job, suspect.holder, since);
    return completionOf({
        runs,
        idleSince: runs.length === 0 ? await idle() : undefined,
        graceSeconds: START_GRACE_SECONDS,
        cooldownSeconds: await reaper.cache.cooldownSeconds(suspect.pool),
        now: reaper.platform.now(),
    });
}

/** Since when a holder can start no run any more: its execution ended, or went on to another attempt or redrive. */
async function idleSince(
    reaper: Reaper,
    { pool, holder }: Suspect,
    acquired: string,
): Promise<number | undefined> {
    const parts = parseHolderId(holder);
    const row = parts && (await reaper.cache.row(pool, parts.execution));
    if (!row) return undefined;
    // An execution that joined after this slot was acquired has left it. If it joined before, the row does not know the slot yet.
    if (row.holder !== holder && row.joined !== undefined && row.joined >= acquired)
        return Date.parse(row.joined);
    const execution = await executionOfRow(reaper, pool, row);
    if (!execution) return Date.parse(acquired);
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
