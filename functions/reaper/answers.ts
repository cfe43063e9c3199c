/**
 * Answers executions that ask how their job ended, once that is certain. A question that cannot be answered yet goes onto the
 * execution's row, where the sweep and Glue's event find it: a job may run for days.
 */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { SendTaskSuccessCommand } from "@aws-sdk/client-sfn";
import { completionOf, NO_RUN } from "../../slots/completion.ts";
import type { End } from "../../slots/completion.ts";
import { messageIdOf } from "../../slots/holder.ts";
import { askPosition, runPosition } from "../../slots/table.ts";
import type { Row } from "../../slots/table.ts";
import { ANSWERED_GRACE_SECONDS, START_GRACE_SECONDS } from "../../slots/times.ts";
import { clearAsk, putAsk } from "../../slots/writes.ts";
import { conditionHeld, isTokenGone } from "../lib/errors.ts";
import { nameOfExecution } from "../lib/execution.ts";
import { METRIC } from "../lib/metrics.ts";
import { reportStuckRuns } from "./free-slots.ts";
import { idleByOwnClock } from "./idle.ts";
import type { LookAgain, Question, Reaper } from "./invocation.ts";
import { knownRuns } from "./known-runs.ts";

/** Answers the question on a row, if there is one and its job is over; `ifGoesOn`: when to look again if it is not. */
export async function answerRow(
    reaper: Reaper,
    pool: string,
    row: Row,
    ifGoesOn?: LookAgain,
): Promise<LookAgain> {
    if (!row.ask) return undefined;
    return answer(reaper, { ...row.ask, pool, execution: nameOfExecution(row.execution), ifGoesOn });
}

/** Answers a question if its job is over. The execution releases its slot itself. */
export async function answer(reaper: Reaper, question: Question): Promise<LookAgain> {
    const { pool, holder } = question;
    const { log } = reaper.platform;
    const row = await reaper.cache.row(pool, question.execution);
    const known = knownRuns(reaper, pool, row, holder, question.run);
    const runs = await reaper.runs.ofHolder(question.job, holder, Date.parse(question.acquired), known);
    if (runs === "searching") return keep(reaper, question);
    // A start that Glue refused because the job is gone has no run. A run that was seen may go on without its job.
    if (runs === "job deleted" && question.run !== NO_RUN) {
        log.error("an execution asks for the end of a run whose Glue job is gone", {
            pool,
            holder,
            run: question.run,
            next: "make sure that the run has ended, then stop the execution",
        });
        reaper.platform.metrics({ [METRIC.slotStuck]: 1 }, { pool });
        return keep(reaper, question);
    }
    const found = runs === "job deleted" ? [] : runs;
    reportStuckRuns(reaper, question, found);
    const graceSeconds = graceOf(question, runs === "job deleted");
    const since = Date.parse(question.since);
    const isCounting = found.length === 0 && graceSeconds > 0;
    const completion = completionOf({
        runs: found,
        idleSince: isCounting ? await idleByOwnClock(reaper, pool, row, since, { asks: true }) : since,
        graceSeconds,
        cooldownSeconds: await reaper.cache.cooldownSeconds(pool),
        now: reaper.runs.listedAt(question.job),
    });
    if (completion.isComplete) return send(reaper, question, completion.end);
    log.info("an execution asks how its job ended: not certain yet", {
        pool,
        holder,
        why: completion.why,
    });
    if (completion.lookAgainMillis !== undefined) return completion.lookAgainMillis / 1000;
    await keep(reaper, question);
    return question.ifGoesOn;
}

/** How long a start may be in flight, unseen: seconds. A job that is gone starts nothing. */
function graceOf({ isAnswered }: Question, isJobDeleted: boolean): number {
    if (!isAnswered) return START_GRACE_SECONDS;
    return isJobDeleted ? 0 : ANSWERED_GRACE_SECONDS;
}

/** Keeps the question on the row of its execution. A row that is closed, gone, or back in line needs no answer. */
async function keep(reaper: Reaper, question: Question): Promise<undefined> {
    const { pool } = question;
    const name = messageIdOf(question.execution);
    const position = askPosition(question.since, name);
    const write = putAsk({ table: reaper.table, pool, name, ask: question, position });
    await conditionHeld(reaper.platform.dynamodb.send(new UpdateItemCommand(write)));
    return undefined;
}

async function send(reaper: Reaper, question: Question, end: End): Promise<undefined> {
    const { pool, holder, token } = question;
    const name = messageIdOf(question.execution);
    const { dynamodb, log, sfn } = reaper.platform;
    const fields = { pool, holder, run: end.run, state: end.state };
    try {
        await sfn.send(new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify(end) }));
        log.info("answered how the job ended", fields);
    } catch (error) {
        if (!isTokenGone(error)) throw error;
        log.warn("no execution waits for the answer any more", fields);
    }
    const position = runPosition(new Date(reaper.platform.now()).toISOString(), name);
    const write = clearAsk({ table: reaper.table, pool, name, token, position });
    await conditionHeld(dynamodb.send(new UpdateItemCommand(write)));
    return undefined;
}
