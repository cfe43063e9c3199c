/**
 * The reaper's sweep: finds what a lost event did not report. It looks at every holder, at executions that died lately, and
 * at the oldest open rows. So its cost does not grow with the line: a dead execution further back in line is found when its
 * turn comes, or by a later sweep.
 */
import { GetJobCommand } from "@aws-sdk/client-glue";
import { ListExecutionsCommand } from "@aws-sdk/client-sfn";
import type { ExecutionStatus } from "@aws-sdk/client-sfn";
import { POSITION } from "../../slots/table.ts";
import type { Gate } from "../../slots/table.ts";
import { look } from "./free-slots.ts";
import { METRIC } from "../lib/metrics.ts";
import { errorFields } from "../lib/errors.ts";
import { forEach } from "../lib/for-each.ts";
import { later } from "./invocation.ts";
import type { Reaper } from "./invocation.ts";
import { rescue } from "./rescue.ts";
import { queryRows } from "../lib/rows.ts";

/** How far back a sweep looks for executions that died without an event: milliseconds. Twelve sweeps. */
const LOOK_BACK = 3_600_000;

/** Bounds of a sweep's cost: ended executions by status, and the oldest rows of each kind of position. */
const MAX_ENDS = 500;
const MAX_ROWS = 50;

const DEAD: readonly ExecutionStatus[] = ["ABORTED", "TIMED_OUT", "FAILED"];

/** Sweeps every pool: at once if there is only one, otherwise each in a message of its own, some seconds apart. */
export async function sweepAll(reaper: Reaper): Promise<void> {
    const [first, ...others] = reaper.pools;
    if (first !== undefined && others.length === 0) return sweep(reaper, first);
    for (const [i, pool] of reaper.pools.entries()) await later(reaper, { sweep: pool }, 1 + 5 * i);
}

/** Sweeps one pool. Every part runs, even if another fails; throws the first failure at the end. */
export async function sweep(reaper: Reaper, pool: string): Promise<void> {
    await forEach(
        [sweepHolders, sweepEnds, sweepRows, checkJob],
        (part) => part(reaper, pool),
        (part, error) =>
            reaper.platform.log.error("could not sweep", {
                pool,
                part: part.name,
                ...errorFields(error),
            }),
    );
}

/** The newest first: Glue's runs are listed only as far back as the oldest holder that was reached. */
async function sweepHolders(reaper: Reaper, pool: string): Promise<void> {
    const holders = Object.entries((await reaper.cache.gate(pool))?.holders ?? {});
    holders.sort(([, a], [, b]) => (a.since < b.since ? 1 : -1));
    await lookAtEach(reaper, holders, ([holder]) => look(reaper, { pool, holder }));
}

/** Executions that died lately, and whose event may have been lost. */
async function sweepEnds(reaper: Reaper, pool: string): Promise<void> {
    const workflow = await reaper.cache.workflow(pool);
    if (!workflow) return;
    const since = reaper.platform.now() - LOOK_BACK;
    for (const statusFilter of DEAD) {
        const list = new ListExecutionsCommand({
            stateMachineArn: workflow.stateMachine,
            statusFilter,
            maxResults: MAX_ENDS,
        });
        const { executions = [] } = await reaper.platform.sfn.send(list);
        const recent = executions.filter(({ stopDate }) => (stopDate?.getTime() ?? 0) >= since);
        await lookAtEach(reaper, recent, ({ name = "" }) => rescue(reaper, { pool, execution: name }, true));
    }
}

/** The oldest open rows of each kind of position: their executions may have died long ago. */
async function sweepRows(reaper: Reaper, pool: string): Promise<void> {
    const gate = await reaper.cache.gate(pool);
    for (const position of Object.values(POSITION)) {
        const source = { platform: reaper.platform, table: reaper.table, pool };
        const { rows } = await queryRows(source, position, MAX_ROWS);
        const withoutSlot = rows.filter((row) => !holdsSlot(gate, row.holder));
        await lookAtEach(reaper, withoutSlot, (row) => rescue(reaper, { pool, execution: row.name }, true));
    }
}

/** Looks at each, and goes on when one look fails. */
function lookAtEach<T>(reaper: Reaper, all: readonly T[], act: (each: T) => Promise<void>): Promise<void> {
    return forEach(all, act, (each, error) =>
        reaper.platform.log.error("could not look", { at: each, ...errorFields(error) }),
    );
}

function holdsSlot(gate: Gate | undefined, holder: string | undefined): boolean {
    return holder !== undefined && gate?.holders[holder] !== undefined;
}

/** Reports a Glue job that retries or queues by itself, or may run less often than the limit allows. */
async function checkJob(reaper: Reaper, pool: string): Promise<void> {
    const { platform, cache } = reaper;
    const workflow = await cache.workflow(pool);
    if (!workflow) return;
    const { Job } = await platform.glue.send(new GetJobCommand({ JobName: workflow.job }));
    const limit = (await cache.gate(pool))?.limit ?? 0;
    const most = Job?.ExecutionProperty?.MaxConcurrentRuns ?? 1;
    const problems = [
        (Job?.MaxRetries ?? 0) > 0 &&
            `MaxRetries is ${Job?.MaxRetries}: Glue's own retry runs without a slot; set it to 0`,
        Job?.JobRunQueuingEnabled === true &&
            "JobRunQueuingEnabled is on: a queued run holds a slot without running; turn it off",
        most < limit &&
            `MaxConcurrentRuns is ${most}, below the limit of ${limit}: starts are refused; raise it above the limit`,
    ].filter((problem) => problem !== false);
    for (const problem of problems) {
        platform.log.error("the Glue job is misconfigured", { pool, job: workflow.job, problem });
        platform.metric(METRIC.jobMisconfigured, 1, { pool });
    }
}
