/**
 * One look at a pool for the page. It reads three items and at most `MOST` rows of each kind: the page shows what fits on
 * it, and the cost of a look does not grow with the line. Only the length of a longer line is counted, less often.
 */
import { queryRows } from "../../../functions/lib/rows.ts";
import { messageInHolderId } from "../../../slots/holder.ts";
import { OUTCOME, POSITION } from "../../../slots/table.ts";
import type { Row } from "../../../slots/table.ts";
import { STATE } from "../../../workflow/states.ts";
import { LIVE_FORMAT, MOST } from "../../page/live-data.ts";
import type { LiveCount, LiveData, LiveMessage, LiveSlot, LiveState } from "../../page/live-data.ts";
import { estimate } from "../estimate.ts";
import type { Start } from "../estimate.ts";
import { messageIdOf } from "../ids.ts";
import { cooldownOf, readLine, readPool, readQueue, sourceOf } from "../pool.ts";
import type { Pool } from "../pool.ts";
import { messageReasons, overrideText, poolReasons } from "../reasons.ts";
import { latestRuns, quantile, usualSeconds } from "../runs.ts";
import type { RunView } from "../runs.ts";
import { unlessDenied } from "../session.ts";
import type { Session } from "../session.ts";
import { secondsSince } from "../when.ts";
import { latestEnded } from "./ended.ts";
import type { History } from "./history.ts";
import { pastOf } from "./past.ts";
import { phasesOf } from "./phases.ts";

const HOUR = 3_600_000;

/** What the server keeps from one look to the next. */
export interface Memory {
    readonly history: History;
    /** The length of a line that is longer than `MOST`. */
    readonly longLine: (count: () => Promise<LiveCount>) => Promise<LiveCount>;
}

/** The rows of each kind, as they were read. */
interface Rows {
    readonly line: readonly Row[];
    /** All others that have not ended. */
    readonly others: readonly Row[];
    readonly ended: readonly Row[];
    /** Whether there are more that have not ended. */
    readonly hasMore: boolean;
    readonly hasLongLine: boolean;
}

export async function look(session: Session, memory: Memory): Promise<LiveData> {
    const { aws, operator } = session;
    // The gate comes before the rows: a holder that left since is then no riddle.
    const pool = await readPool(session);
    const [rows, queue, letters] = await Promise.all([
        readRows(session, pool),
        readQueue(session, operator.queueUrl),
        readQueue(session, operator.deadLetterQueueUrl),
    ]);
    const read = latestRuns(aws, operator.jobName, oldestOf(pool, rows));
    const runs = (await unlessDenied(session, "glue:GetJobRuns", operator.jobName, read)) ?? [];
    const line = await lengthOf(session, rows, memory);
    return dataOf(session, { pool, rows, runs, line, queue, letters }, memory.history);
}

async function readRows(session: Session, { now }: Pool): Promise<Rows> {
    const source = sourceOf(session);
    const [line, ...others] = await Promise.all(
        [POSITION.wait, POSITION.run, POSITION.ask, POSITION.open].map((position) =>
            queryRows(source, position, MOST),
        ),
    );
    return {
        line: line?.rows ?? [],
        others: others.flatMap(({ rows }) => rows),
        ended: await latestEnded(session, now - HOUR, MOST),
        hasMore: [line, ...others].some((page) => page?.next !== undefined),
        hasLongLine: line?.next !== undefined,
    };
}

async function lengthOf(session: Session, rows: Rows, memory: Memory): Promise<LiveCount> {
    if (!rows.hasLongLine) return { count: rows.line.length, isExact: true };
    return memory.longLine(async () => (await readLine(session, 0)).waiting);
}

/** Since when runs matter: since the oldest slot was taken, or the oldest message that is shown was accepted. */
function oldestOf({ gate }: Pool, { others, ended }: Rows): number {
    const slots = Object.values(gate?.holders ?? {}).map(({ since }) => since);
    const opened = [...others, ...ended].map((row) => Date.parse(row.opened));
    return Math.min(...[...slots, ...opened].filter((moment) => !Number.isNaN(moment)));
}

type Queue = Awaited<ReturnType<typeof readQueue>>;

interface Found {
    readonly pool: Pool;
    readonly rows: Rows;
    readonly runs: readonly RunView[];
    readonly line: LiveCount;
    readonly queue: Queue;
    readonly letters: Queue;
}

function dataOf(session: Session, found: Found, history: History): LiveData {
    const { pool, rows, runs, line } = found;
    const { gate, settings, override, now } = pool;
    const { stack, region, pool: name, jobName } = session.operator;
    const instead = "value" in override ? override.value : undefined;
    const usual = quantile(usualSeconds(runs), 0.5);
    const estimates = estimate(pool, runs, cooldownOf(session, pool), rows.line.length);
    const limit = gate?.limit ?? null;
    const messages = messagesOf(found, estimates.starts);
    const lastHour = lastHourOf(rows.ended);
    if (history.isEmpty && lastHour.isExact && !rows.hasMore) {
        for (const moment of pastOf(messages, now - HOUR, now)) history.add(moment.at, moment);
    }
    const holders = Object.keys(gate?.holders ?? {}).length;
    history.add(now, { holders, limit: limit ?? 0, waiting: line.count });
    const seen = secondsSince(gate?.dispatcherSeen, now);
    return {
        format: LIVE_FORMAT,
        ...{ stack, region, pool: name, job: jobName, now, limit, line },
        configured: "value" in settings ? settings.value.limit : null,
        ...(instead && { override: overrideText(instead, now) }),
        isPaused: instead?.limit === 0,
        slots: slotsOf(pool, runs),
        queue: found.queue ? found.queue.visible + found.queue.inFlight : null,
        deadLetters: found.letters ? found.letters.visible + found.letters.inFlight : null,
        lastHour,
        dispatcherSeen: Number.isNaN(seen) ? null : seen,
        ...(usual !== undefined && { usualSeconds: usual }),
        reasons: poolReasons(pool)
            .filter((reason) => line.count > 0 || reason.class !== "normal")
            .map(({ code, class: kind, text, change }) => ({
                ...{ code, class: kind, text },
                ...(change !== undefined && { change }),
            })),
        messages,
        hasMore: rows.hasMore,
        history: history.columns(now),
        missing: [...new Set(session.partial.map(({ action }) => action))],
    };
}

/** The slots that are taken, the longest first. */
function slotsOf({ gate }: Pool, runs: readonly RunView[]): LiveSlot[] {
    const states = new Map(runs.map(({ holder, state }) => [holder, state]));
    return Object.entries(gate?.holders ?? {})
        .sort(([, one], [, other]) => one.since - other.since)
        .map(([holder, { since }]) => ({
            holder,
            message: messageIdOf(holder),
            ...(!Number.isNaN(since) && { since }),
            state: (states.get(holder) ?? "starting").toLowerCase(),
        }));
}

function lastHourOf(ended: readonly Row[]): LiveData["lastHour"] {
    const count = (outcome: Row["outcome"]): number => ended.filter((row) => row.outcome === outcome).length;
    const counts = { done: count(OUTCOME.done), failed: count(OUTCOME.deadLettered) };
    return { ...counts, isExact: ended.length < MOST };
}

function messagesOf({ pool, rows, runs }: Found, starts: readonly Start[]): LiveMessage[] {
    const ofMessage = byMessage(runs);
    const tell = (row: Row, place?: number): LiveMessage =>
        messageOf(pool, row, ofMessage.get(row.name) ?? [], { place, starts });
    const others = rows.others.map((row) => tell(row));
    return [
        ...others.filter(({ state }) => state === "running"),
        ...rows.line.map((row, i) => tell(row, i + 1)),
        ...others.filter(({ state }) => state !== "running"),
        ...rows.ended.map((row) => tell(row)),
    ];
}

/** The runs of each message, the oldest first. */
function byMessage(runs: readonly RunView[]): ReadonlyMap<string, readonly RunView[]> {
    const found = new Map<string, RunView[]>();
    for (const run of runs.toReversed()) {
        const message = messageInHolderId(run.holder ?? "") ?? "";
        const others = found.get(message);
        if (others) others.push(run);
        else found.set(message, [run]);
    }
    return found;
}

function messageOf(
    pool: Pool,
    row: Row,
    runs: readonly RunView[],
    { place, starts }: { readonly place: number | undefined; readonly starts: readonly Start[] },
): LiveMessage {
    const slot = row.holder === undefined ? undefined : pool.gate?.holders[row.holder];
    const run = runs.findLast(({ holder }) => holder === row.holder);
    const isBackingOff = !slot && place === undefined && runs.at(-1)?.completedOn !== undefined;
    const facts = {
        run,
        ...(place !== undefined && { ahead: place - 1 }),
        ...(isBackingOff && { state: STATE.backOff }),
    };
    const [reason] = row.ended === undefined ? messageReasons(row, pool, facts) : [];
    const start = place === undefined ? undefined : starts[place - 1];
    return {
        id: row.messageId,
        group: row.group,
        state: stateOf(row, slot !== undefined, place !== undefined),
        attempt: row.attempt,
        ...(place !== undefined && { place }),
        ...(reason && { reason: reason.code }),
        ...(start && { start: start.at }),
        opened: Date.parse(row.opened),
        phases: phasesOf({ row, runs, slot, now: pool.now }),
        runs: runs.map(({ id, state }) => [id, state]),
    };
}

function stateOf(row: Row, hasSlot: boolean, isInLine: boolean): LiveState {
    if (row.outcome === OUTCOME.cancelled) return "cancelled";
    if (row.outcome === OUTCOME.deadLettered) return "failed";
    if (row.ended !== undefined) return "done";
    if (isInLine) return "waiting";
    return hasSlot ? "running" : "between";
}
