/**
 * The reaper's sweep: finds what a lost event did not report. It looks at every holder, at executions that died lately, and
 * at the oldest open rows. So its cost does not grow with the line: a dead execution further back in line is found when its
 * turn comes, or by a later sweep.
 */
import { GetJobCommand } from "@aws-sdk/client-glue";
import type { Job } from "@aws-sdk/client-glue";
import { ListExecutionsCommand } from "@aws-sdk/client-sfn";
import type { ExecutionStatus } from "@aws-sdk/client-sfn";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { POSITION } from "../../slots/table.ts";
import type { Gate } from "../../slots/table.ts";
import { look } from "./free-slots.ts";
import { sweepGate, sweepRuns } from "./gate.ts";
import { nameOfExecution } from "../lib/execution.ts";
import { METRIC } from "../lib/metrics.ts";
import { errorFields, errorName } from "../lib/errors.ts";
import { forEach } from "../lib/for-each.ts";
import { jobProblems } from "../lib/glue-job.ts";
import { sourceOf } from "./invocation.ts";
import type { LookAgain, Reaper } from "./invocation.ts";
import { sweepLine } from "./line.ts";
import { rescue } from "./rescue.ts";
import { allRows } from "../lib/rows.ts";
import { answerRow } from "./answers.ts";

/** How far back a sweep looks for executions that died without an event: milliseconds. Twelve sweeps. */
const LOOK_BACK = 3_600_000;

/** Bounds of a sweep's cost: ended executions by status, and rows looked at for each kind of position. */
const MAX_ENDS = 500;
const MAX_ROWS = 50;

const DEAD: readonly ExecutionStatus[] = ["ABORTED", "TIMED_OUT", "FAILED"];

/** Sweeps every pool: at once if there is only one, otherwise each by a message of its own, some seconds apart. */
export async function sweepAll(reaper: Reaper): Promise<LookAgain> {
    const [first, ...others] = reaper.pools;
    if (first !== undefined && others.length === 0) return sweep(reaper, first);
    for (const [i, pool] of reaper.pools.entries()) {
        await reaper.platform.sqs.send(
            new SendMessageCommand({
                QueueUrl: reaper.queueUrl,
                MessageBody: JSON.stringify({ sweep: pool }),
                DelaySeconds: Math.min(900, 1 + 5 * i),
            }),
        );
    }
    return undefined;
}

/**
 * Sweeps one pool. Every part runs, even if another fails; throws the first failure at the end. The line comes last: by then
 * slots may have been freed.
 */
export async function sweep(reaper: Reaper, pool: string): Promise<LookAgain> {
    let again: LookAgain;
    const line = async (): Promise<void> => void (again = await sweepLine(reaper, pool));
    await forEach(
        [sweepGate, sweepHolders, sweepRuns, sweepQuestions, sweepEnds, sweepRows, checkJob, line],
        (part) => part(reaper, pool),
        (part, error) =>
            reaper.platform.log.error("could not sweep", { pool, part: part.name, ...errorFields(error) }),
    );
    return again;
}

/** The newest first: Glue's runs are listed only as far back as the oldest holder that was reached. */
async function sweepHolders(reaper: Reaper, pool: string): Promise<void> {
    const holders = Object.entries((await reaper.cache.gate(pool))?.holders ?? {});
    holders.sort(([, a], [, b]) => b.since - a.since);
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
        await lookAtEach(reaper, recent, ({ name = "" }) => rescue(reaper, { pool, execution: name }));
    }
}

/** Questions that could not be answered when they came. */
async function sweepQuestions(reaper: Reaper, pool: string): Promise<void> {
    const asking = await allRows(sourceOf(reaper, pool), POSITION.ask);
    await lookAtEach(reaper, asking, (row) => answerRow(reaper, pool, row));
}

/** The oldest open rows of each kind of position that hold no slot: their executions may have died long ago. */
async function sweepRows(reaper: Reaper, pool: string): Promise<void> {
    const gate = await reaper.cache.gate(pool);
    for (const position of Object.values(POSITION)) {
        const rows = await allRows(sourceOf(reaper, pool), position, {
            fits: (row) => !holdsSlot(gate, row.holder),
            most: MAX_ROWS,
        });
        await lookAtEach(reaper, rows, (row) =>
            rescue(reaper, { pool, execution: nameOfExecution(row.execution) }),
        );
    }
}

/** Looks at each, and goes on when one look fails. */
function lookAtEach<T>(reaper: Reaper, all: readonly T[], act: (each: T) => Promise<unknown>): Promise<void> {
    return forEach(
        all,
        // A sweep looks at nothing again: the next one does.
        async (each) => void (await act(each)),
        (each, error) => reaper.platform.log.error("could not look", { at: each, ...errorFields(error) }),
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
    const Job = await jobOf(reaper, pool, workflow.job);
    if (!Job) return;
    const limit = (await cache.gate(pool))?.limit ?? 0;
    for (const { problem } of jobProblems(Job, limit)) {
        platform.log.error("the Glue job is misconfigured", { pool, job: workflow.job, problem });
        platform.metrics({ [METRIC.jobMisconfigured]: 1 }, { pool });
    }
}

/** The Glue job. Without the permission to read it the check is left out: it must not spoil the sweep. */
async function jobOf(reaper: Reaper, pool: string, job: string): Promise<Job | undefined> {
    try {
        return (await reaper.platform.glue.send(new GetJobCommand({ JobName: job }))).Job;
    } catch (error) {
        if (errorName(error) === "EntityNotFoundException") {
            reaper.platform.log.error("the Glue job is gone", {
                pool,
                job,
                next: "deploy with a job that exists",
            });
            reaper.platform.metrics({ [METRIC.jobMisconfigured]: 1 }, { pool });
            return undefined;
        }
        if (errorName(error) !== "AccessDeniedException") throw error;
        const fields = errorFields(error);
        reaper.platform.log.warn("the Glue job's settings are not checked: the reaper may not read the job", {
            pool,
            job,
            // AWS names what is missing; that need not be the call's own permission.
            permission: /perform: (\w+:\w+)/.exec(fields.cause)?.[1] ?? "glue:GetJob",
            ...fields,
        });
        return undefined;
    }
}
