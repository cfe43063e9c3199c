/**
 * Frees the slots of holders whose work is over, on proof. A holder whose work may still go on keeps its slot, whatever
 * happened to its execution. What cannot be known is reported, and never freed on a guess.
 */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { isOpen, verdictOf } from "../../slots/breaker.ts";
import { completionOf, NO_RUN } from "../../slots/completion.ts";
import type { Completion, End, Run } from "../../slots/completion.ts";
import { parseHolderId } from "../../slots/holder.ts";
import type { Item } from "../../slots/items.ts";
import { openPosition, POSITION, runPosition } from "../../slots/table.ts";
import type { Row, Slot } from "../../slots/table.ts";
import { isoAfter, START_GRACE_SECONDS, TURN_SECONDS } from "../../slots/times.ts";
import { moveRow, release } from "../../slots/writes.ts";
import { conditionHeld } from "../lib/errors.ts";
import { METRIC } from "../lib/metrics.ts";
import { reportOpenBreaker } from "../lib/breaker.ts";
import { executionOfRow, isBehind, submittedRun } from "./executions.ts";
import { idleByOwnClock } from "./idle.ts";
import type { LookAgain, Reaper, Suspect } from "./invocation.ts";
import { knownRuns } from "./known-runs.ts";
import type { Unknown } from "./runs.ts";
import { wakeIfInLine } from "./waiting-holder.ts";

/** A run in STOPPING for longer than this does not end by itself: milliseconds. */
const MAX_STOPPING = 3_600_000;

/** The dispatcher, which dates its wake-ups, has another clock. If that is wrong, a slot stands free for the length of a turn. */
const CLOCK_SLACK_SECONDS = 10;

/** What is known of a holder's work. */
export type Proof =
    | { readonly kind: "no holder" }
    /** Its work is over. */
    | { readonly kind: "over"; readonly slot: Slot; readonly row: Row; readonly end: End }
    /** Its work may go on. */
    | { readonly kind: "goes on"; readonly row: Row; readonly why: string; readonly lookAgainMillis?: number }
    /** Its runs are not found yet. The sweep goes on with the search. */
    | { readonly kind: "searching" }
    /** Nothing can prove that its work is over. */
    | { readonly kind: "unprovable"; readonly why: string };

/** Frees a holder's slot if its work is over. */
export async function look(reaper: Reaper, suspect: Suspect): Promise<LookAgain> {
    const proof = await prove(reaper, suspect);
    switch (proof.kind) {
        case "no holder":
        case "searching":
            return undefined;
        case "unprovable":
            return reportUnknown(reaper, suspect, proof.why);
        case "goes on":
            await wakeIfInLine(reaper, suspect, proof.row);
            return proof.lookAgainMillis === undefined ? suspect.ifGoesOn : proof.lookAgainMillis / 1000;
        case "over":
            await endTurn(reaper, suspect, proof.row);
            await free(reaper, suspect, proof.slot, proof.end);
            return undefined;
    }
}

/** Whether a holder's work is over, by all that the table, Glue and Step Functions show. */
export async function prove(reaper: Reaper, suspect: Suspect): Promise<Proof> {
    const slot = (await reaper.cache.gate(suspect.pool))?.holders[suspect.holder];
    if (!slot) return { kind: "no holder" };
    const parts = parseHolderId(suspect.holder);
    if (!parts || Number.isNaN(slot.since)) {
        return unprovable("its id or its time cannot be read: no execution wrote it");
    }
    const row = await reaper.cache.row(suspect.pool, parts.message);
    if (!row) return unprovable("the row of its message is gone");
    if (row.execution === "")
        return unprovable("the row of its message is gone: another delivery was refused");
    const completion = await judge(reaper, suspect, row, slot.since);
    if (completion === "job deleted") {
        return unprovable(`its Glue job ${row.job} is gone, and its runs with it`);
    }
    if (completion === "searching") return { kind: "searching" };
    if (!completion.isComplete) return { kind: "goes on", row, ...completion };
    if (completion.end.run === NO_RUN) {
        const submitted = await submittedRun(reaper, suspect.pool, row, suspect.holder);
        if (submitted !== undefined) {
            return unprovable(`its run ${submitted} was accepted, and Glue does not show it`);
        }
    }
    return { kind: "over", slot, row, end: completion.end };
}

function unprovable(why: string): Proof {
    return { kind: "unprovable", why };
}

async function judge(
    reaper: Reaper,
    suspect: Suspect,
    row: Row,
    acquired: number,
): Promise<Completion | Unknown> {
    const known = knownRuns(reaper, suspect.pool, row, suspect.holder, suspect.run);
    const runs = await reaper.runs.ofHolder(row.job, suspect.holder, acquired, known);
    if (typeof runs === "string") return runs;
    reportStuckRuns(reaper, suspect, runs);
    const { pool, holder } = suspect;
    const idle = runs.length === 0 ? await idleSince(reaper, suspect, row, acquired) : undefined;
    return completionOf({
        runs,
        idleSince:
            idle &&
            (await idleByOwnClock(reaper, pool, row, idle.since, {
                left: idle.isCertain ? holder : undefined,
            })),
        graceSeconds: START_GRACE_SECONDS,
        cooldownSeconds: await reaper.cache.cooldownSeconds(pool),
        now: reaper.runs.listedAt(row.job),
    });
}

/** Since when a holder can start no run any more, by Step Functions' clock: milliseconds since 1970. */
interface Idle {
    readonly since: number;
    /** Whether that stays so: an execution that Step Functions does not show may have begun a moment ago. */
    readonly isCertain: boolean;
}

/** Undefined while a holder may start a run: its execution has neither ended nor gone on to another slot or redrive. */
async function idleSince(
    reaper: Reaper,
    { pool, holder }: Suspect,
    row: Row,
    acquired: number,
): Promise<Idle | undefined> {
    // An execution that joined after this slot was acquired has left it. If it joined before, the row does not know the slot yet.
    if (row.holder !== holder && row.joined !== undefined && Date.parse(row.joined) >= acquired) {
        return { since: Date.parse(row.joined), isCertain: true };
    }
    const execution = await executionOfRow(reaper, pool, row);
    if (!execution) return { since: acquired, isCertain: false };
    if (isBehind(execution, holder)) return undefined;
    const { redriveCount = 0, redriveDate, status, stopDate } = execution;
    const hasGoneOn = redriveCount > (parseHolderId(holder)?.redrives ?? 0);
    const since = status === "RUNNING" ? (hasGoneOn ? redriveDate : undefined) : stopDate;
    return since && { since: since.getTime(), isCertain: true };
}

/**
 * Ends the turn of a job that was over almost at once. Its execution has not moved the row yet: whoever looks at the line would
 * take it for one that was woken and is about to acquire the slot that is freed here.
 */
export async function endTurn(reaper: Reaper, { pool, holder }: Suspect, row: Row): Promise<void> {
    const now = reaper.platform.now();
    const { position: before = "", name } = row;
    const isOver = before < runPosition(isoAfter(now, -TURN_SECONDS - CLOCK_SLACK_SECONDS), "");
    if (row.holder !== holder || !before.startsWith(POSITION.run) || isOver) return;
    const position = openPosition(new Date(now).toISOString(), name);
    const write = moveRow({ table: reaper.table, pool, name, before, position });
    await conditionHeld(reaper.platform.dynamodb.send(new UpdateItemCommand(write)));
}

/** Frees a slot, and notes for the breaker how its holder's job ended. False if somebody else was faster. */
export async function free(
    reaper: Reaper,
    { pool, holder }: Suspect,
    slot: Slot,
    end: End,
): Promise<boolean> {
    const { platform, table } = reaper;
    const verdict = verdictOf(end, slot);
    const write = release({ table, pool, holder, ended: { verdict, now: platform.now() } });
    let after: Item = {};
    const freed = platform.dynamodb
        .send(new UpdateItemCommand({ ...write, ReturnValues: "UPDATED_NEW" }))
        .then(({ Attributes = {} }) => (after = Attributes));
    if (!(await conditionHeld(freed))) return false;
    platform.log.info("slot freed", { pool, holder, run: end.run, state: end.state, verdict });
    platform.metrics({ [METRIC.slotFreed]: 1 }, { pool });
    const gate = await reaper.cache.gate(pool);
    const failures = Number(after["failures"]?.N ?? 0);
    if (gate && isOpen({ ...gate, failures })) reportOpenBreaker(platform, pool, { failures });
    return true;
}

function reportUnknown(reaper: Reaper, { pool, holder }: Suspect, why: string): undefined {
    reaper.platform.log.error("a slot is held, and nothing can prove that its work is over", {
        pool,
        holder,
        why,
        next: "make sure that no job runs for it, then free it: turnstile free HOLDER --force",
    });
    reaper.platform.metrics({ [METRIC.slotStuck]: 1 }, { pool });
    return undefined;
}

/** A run that should stop and does not keeps its slot; only a person can see what keeps it. */
export function reportStuckRuns(reaper: Reaper, { pool, holder }: Suspect, runs: readonly Run[]): void {
    const now = reaper.platform.now();
    for (const run of runs) {
        if (run.state !== "STOPPING" || !(now - (run.changedOn ?? now) > MAX_STOPPING)) continue;
        reaper.platform.log.error("a Glue run has been in STOPPING for over an hour and keeps its slot", {
            pool,
            holder,
            run: run.id,
            next: "look at the run in Glue; ask AWS Support to end it",
        });
        reaper.platform.metrics({ [METRIC.slotStuck]: 1 }, { pool });
    }
}
