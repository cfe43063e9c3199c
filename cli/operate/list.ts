/** `turnstile list`: the messages whose rows are open, one on a line: those with a slot, then the line, then the others. */
import { POSITION } from "../../slots/table.ts";
import type { Row } from "../../slots/table.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { count, duration } from "../lib/format.ts";
import { shortId } from "./ids.ts";
import { estimate, startJson, startText } from "./estimate.ts";
import type { Estimates } from "./estimate.ts";
import { cooldownOf, eachRow, readPool } from "./pool.ts";
import type { Count, Pool } from "./pool.ts";
import { LIST_STATES } from "./list-states.ts";
import type { ListState } from "./list-states.ts";
import { messageReasons } from "./reasons.ts";
import type { Reason } from "./reasons.ts";
import { latestRuns } from "./runs.ts";
import { print, unlessDenied } from "./session.ts";
import type { Session } from "./session.ts";
import { countText } from "./status.ts";
import { clockTime, secondsSince } from "./when.ts";

export interface ListOptions {
    readonly state?: ListState;
    readonly group?: string;
    /** How many are shown at most. */
    readonly most: number;
}

interface Listed {
    readonly row: Row;
    readonly state: ListState;
    /** Its place in line. */
    readonly place?: number;
    readonly reason: Reason | undefined;
}

interface Found {
    readonly pool: Pool;
    readonly shown: readonly Listed[];
    /** Of each state that was asked for. */
    readonly totals: Readonly<Partial<Record<ListState, Count>>>;
    readonly estimates: Estimates;
}

export async function list(session: Session, options: ListOptions): Promise<number> {
    const found = await find(session, options);
    print(session, "list", toJson(found), toText(found));
    return EXIT.done;
}

async function find(session: Session, { state, group, most }: ListOptions): Promise<Found> {
    const pool = await readPool(session);
    const listed: Record<ListState, Listed[]> = { running: [], waiting: [], elsewhere: [] };
    const totals: Record<ListState, { count: number; isExact: boolean }> = {
        running: { count: 0, isExact: true },
        waiting: { count: 0, isExact: true },
        elsewhere: { count: 0, isExact: true },
    };
    let ahead = 0;
    const see = (row: Row): void => {
        const isWaiting = row.position?.startsWith(POSITION.wait) === true;
        const place = isWaiting ? ++ahead : undefined;
        const isHolder = row.holder !== undefined && pool.gate?.holders[row.holder] !== undefined;
        const where = isWaiting ? "waiting" : isHolder ? "running" : "elsewhere";
        if (group !== undefined && row.group !== group) return;
        totals[where].count++;
        if (listed[where].length >= most) return;
        const [reason] = messageReasons(row, pool, place === undefined ? {} : { ahead: place - 1 });
        listed[where].push({ row, state: where, reason, ...(place !== undefined && { place }) });
    };
    for (const position of positionsOf(state)) {
        const { isExact } = await eachRow(session, position, see);
        if (!isExact) for (const where of statesAt(position)) totals[where].isExact = false;
    }
    const states = state === undefined ? LIST_STATES : [state];
    const shown = states.flatMap((each) => listed[each]).slice(0, most);
    return {
        pool,
        shown,
        estimates: await estimatesOf(session, pool, shown),
        totals: Object.fromEntries(states.map((each) => [each, totals[each]])),
    };
}

/** Nobody asks Glue if nobody who waits is shown. */
async function estimatesOf(session: Session, pool: Pool, shown: readonly Listed[]): Promise<Estimates> {
    const { aws, operator } = session;
    const last = Math.max(0, ...shown.map(({ place = 0 }) => place));
    if (last === 0) return { starts: [] };
    const since = Math.min(...Object.values(pool.gate?.holders ?? {}).map((slot) => slot.since));
    const read = latestRuns(aws, operator.jobName, since);
    const runs = (await unlessDenied(session, "glue:GetJobRuns", operator.jobName, read)) ?? [];
    return estimate(pool, runs, cooldownOf(session, pool), last);
}

/** Where the rows of a state stand: those in line all in one place, the others anywhere else. */
function positionsOf(state: ListState | undefined): string[] {
    const others = [POSITION.run, POSITION.ask, POSITION.open];
    if (state === "waiting") return [POSITION.wait];
    return state === undefined ? [...others, POSITION.wait] : others;
}

function statesAt(position: string): readonly ListState[] {
    return position === POSITION.wait ? ["waiting"] : ["running", "elsewhere"];
}

function toJson({ pool, shown, totals, estimates }: Found): object {
    const { count: total, isExact } = sum(totals);
    return {
        now: new Date(pool.now).toISOString(),
        items: shown.map(({ row, state, place, reason }) => ({
            messageId: row.messageId,
            group: row.group,
            state,
            ...(place !== undefined && { place }),
            attempt: row.attempt,
            waitedSeconds: Math.round(secondsSince(row.opened, pool.now)),
            reason: reason?.code ?? null,
            ...(place !== undefined && { start: startJson(estimates.starts[place - 1]) }),
            execution: row.execution,
        })),
        shown: shown.length,
        basis: estimates.basis ?? null,
        total,
        isExact,
    };
}

function toText({ pool, shown, totals, estimates }: Found): string {
    const rows = shown.map(({ row, place, reason }) =>
        [
            (place === undefined ? "-" : String(place)).padStart(5),
            shortId(row.messageId),
            row.group.slice(0, 16).padEnd(16),
            duration(secondsSince(row.opened, pool.now)).padEnd(12),
            (row.attempt > 1 ? `${reason?.code ?? ""}, try ${row.attempt}` : (reason?.code ?? "")).padEnd(20),
            place === undefined ? "" : startText(estimates.starts[place - 1], pool.now),
        ]
            .join("  ")
            .trimEnd(),
    );
    const head = "PLACE  MESSAGE   GROUP             SINCE         WHY                   START";
    const all = sum(totals);
    const parts = Object.entries(totals).map(([state, each]) => `${countText(each)} ${state}`);
    const of = `${count(shown.length)} of ${countText(all)} shown (${parts.join(", ")})`;
    const foot = `${of}, as of ${clockTime(pool.now)}`;
    return shown.length === 0 ? foot : [head, ...rows, foot].join("\n");
}

function sum(totals: Found["totals"]): Count {
    const counts = Object.values(totals);
    return {
        count: counts.reduce((total, each) => total + each.count, 0),
        isExact: counts.every(({ isExact }) => isExact),
    };
}
