/**
 * Reads the story of a pool: its rows, then the history of each execution, and the Glue runs. All of it through clients of AWS, so
 * that a run on this machine has the same trace.
 */
import { GetJobRunsCommand } from "@aws-sdk/client-glue";
import type { JobRun } from "@aws-sdk/client-glue";
import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { errorName } from "../../../functions/lib/errors.ts";
import { rowsSince, MAX_ROWS_SINCE } from "../../../functions/lib/rows.ts";
import { eventsBackwards } from "../../../functions/reaper/executions.ts";
import { isTerminal } from "../../../slots/completion.ts";
import { parseHolderId } from "../../../slots/holder.ts";
import { END_POSITION, endPosition, HOLDER_ARGUMENT, OUTCOME, POSITION } from "../../../slots/table.ts";
import type { Row } from "../../../slots/table.ts";
import { TRACE_FORMAT } from "../../trace/format.ts";
import type {
    TraceHead,
    TraceLine,
    TraceMessage,
    TraceOutcome,
    TraceRun,
    TraceSummary,
} from "../../trace/format.ts";
import { cooldownOf, eachRow, readPool, sourceOf } from "../pool.ts";
import type { Pool } from "../pool.ts";
import { unlessDenied } from "../session.ts";
import type { Session } from "../session.ts";
import { phasesOf } from "./phases.ts";
import type { Entered } from "./phases.ts";

export interface TraceOptions {
    /** Messages that ended before are left out: milliseconds since 1970, given the time at AWS. */
    readonly since?: (now: number) => number;
    /** The latest, so many at most. */
    readonly most: number;
    /** Whether bodies and causes are in it. */
    readonly bodies: boolean;
}

/** Says how many messages there are before the long part begins, then how many have been read. */
export type Progress = (read: number, of: number) => void;

/** Histories that are read at a time. Step Functions lets some 20 calls a second, and the SDK waits where it is refused. */
const AT_ONCE = 8;

/** Glue API Reference, "GetJobRuns": 200 at most. */
const RUNS_PAGE = 200;
const MAX_RUN_PAGES = 200;

const MAX_BODY = 4096;

/** The lines of a trace, in order. */
export async function* collectTrace(
    session: Session,
    options: TraceOptions,
    show: Progress,
): AsyncGenerator<TraceLine> {
    const calls = countCalls(session);
    const counted = { ...session, aws: calls.aws };
    const pool = await readPool(counted);
    const since = options.since?.(pool.now);
    yield headOf(session, pool, since, options.bodies);
    const { rows, isComplete } = await rowsOf(counted, since ?? 0, options.most);
    show(0, rows.length);
    const runs = await runsByMessage(counted, rows);
    const summary = { done: 0, deadLettered: 0, cancelled: 0, open: 0 };
    for (let i = 0; i < rows.length; i += AT_ONCE) {
        const some = rows.slice(i, i + AT_ONCE);
        const lines = await Promise.all(
            some.map((row) => messageOf(counted, pool, row, runs.get(row.messageId) ?? [], options.bodies)),
        );
        for (const row of some) summary[row.outcome ?? "open"]++;
        yield* lines;
        show(i + some.length, rows.length);
    }
    yield summaryOf(session, { messages: rows.length, ...summary, isComplete, calls: calls.counts });
}

function headOf(session: Session, pool: Pool, since: number | undefined, bodies: boolean): TraceHead {
    const { operator } = session;
    return {
        type: "trace",
        format: TRACE_FORMAT,
        stack: operator.stack,
        region: operator.region,
        pool: operator.pool,
        job: operator.jobName,
        limit: pool.gate?.limit ?? 0,
        cooldownSeconds: cooldownOf(session, pool),
        exportedAt: iso(pool.now),
        since: since === undefined ? null : iso(since),
        hasBodies: bodies,
    };
}

function summaryOf({ partial }: Session, counts: Omit<TraceSummary, "type" | "partial">): TraceSummary {
    const missing = [...new Map(partial.map((each) => [each.action, each])).values()];
    return { type: "summary", ...counts, ...(missing.length > 0 && { partial: missing }) };
}

/** Counts calls by operation: what they cost is documented, not guessed. */
function countCalls({ aws }: Session): { aws: Session["aws"]; counts: Record<string, number> } {
    const counts: Record<string, number> = {};
    const counting = <C extends { send: unknown }>(client: C): C => {
        const send = (command: object): unknown => {
            const operation = command.constructor.name.replace(/Command$/, "");
            counts[operation] = (counts[operation] ?? 0) + 1;
            return (client as unknown as { send: (command: object) => unknown }).send(command);
        };
        return { send } as unknown as C;
    };
    const { dynamodb, glue, sfn } = aws;
    return {
        aws: { ...aws, dynamodb: counting(dynamodb), glue: counting(glue), sfn: counting(sfn) },
        counts,
    };
}

/** The rows that are open, and those that ended since then, in the order of accepting. */
async function rowsOf(
    session: Session,
    since: number,
    most: number,
): Promise<{ rows: Row[]; isComplete: boolean }> {
    const rows: Row[] = [];
    let isComplete = true;
    for (const position of Object.values(POSITION)) {
        const { isExact } = await eachRow(session, position, (row) => rows.push(row));
        isComplete &&= isExact;
    }
    const ended = await rowsSince(sourceOf(session), endPosition(iso(since), ""), END_POSITION);
    rows.push(...ended);
    // A row that ended between two reads is there twice.
    const each = [...new Map(rows.map((row) => [row.messageId, row])).values()];
    each.sort((one, other) => one.opened.localeCompare(other.opened));
    const isAll = each.length <= most && ended.length < MAX_ROWS_SINCE;
    return { rows: each.slice(-most), isComplete: isComplete && isAll };
}

/** The runs of the job by message, the oldest first. */
async function runsByMessage(session: Session, rows: readonly Row[]): Promise<Map<string, JobRun[]>> {
    const found = new Map<string, JobRun[]>();
    const oldest = Date.parse(rows[0]?.opened ?? "");
    if (Number.isNaN(oldest)) return found;
    // A message that was refused has none.
    const jobs = new Set(rows.map(({ job }) => job).filter((job) => job !== ""));
    for (const job of jobs) {
        const read = readRuns(session, job, oldest, (run) => {
            const message = parseHolderId(run.Arguments?.[HOLDER_ARGUMENT] ?? "")?.message;
            if (message === undefined) return;
            found.set(message, [run, ...(found.get(message) ?? [])]);
        }).catch((error: unknown) => {
            // A job that was replaced has taken its runs with it.
            if (errorName(error) !== "EntityNotFoundException") throw error;
        });
        await unlessDenied(session, "glue:GetJobRuns", job, read);
    }
    return found;
}

/** Glue lists the newest first. */
async function readRuns(
    { aws }: Session,
    job: string,
    since: number,
    see: (run: JobRun) => void,
): Promise<void> {
    let NextToken: string | undefined;
    for (let page = 0; page < MAX_RUN_PAGES; page++) {
        const input = { JobName: job, MaxResults: RUNS_PAGE, ...(NextToken !== undefined && { NextToken }) };
        const answer = await aws.glue.send(new GetJobRunsCommand(input));
        const { JobRuns = [] } = answer;
        for (const run of JobRuns) see(run);
        NextToken = answer.NextToken;
        if (NextToken === undefined || (JobRuns.at(-1)?.StartedOn?.getTime() ?? Infinity) < since) return;
    }
}

async function messageOf(
    session: Session,
    pool: Pool,
    row: Row,
    runs: readonly JobRun[],
    bodies: boolean,
): Promise<TraceMessage> {
    const history = await readHistory(session, row, bodies);
    const acceptedAt = Date.parse(row.opened);
    const until = row.ended === undefined ? pool.now : Math.max(acceptedAt, Date.parse(row.ended));
    const times = runs.map((run) => timesOf(run, pool.now));
    const cooldownMillis = cooldownOf(session, pool) * 1000;
    const phases = phasesOf({ acceptedAt, until, entered: history.entered, runs: times, cooldownMillis });
    return {
        type: "message",
        messageId: row.messageId,
        group: row.group,
        acceptedAt: iso(acceptedAt),
        endedAt: row.ended === undefined ? null : iso(until),
        outcome: row.outcome === undefined ? null : OUTCOMES[row.outcome],
        attempts: row.attempt,
        execution: row.execution === "" ? null : row.execution,
        phases: phases.map(({ phase, from, to }) => ({
            phase,
            from: iso(from),
            seconds: (to - from) / 1000,
        })),
        runs: runs.map((run, i) => runOf(run, times[i], bodies)),
        ...(bodies && history.body !== undefined && { body: history.body }),
        ...(bodies && history.cause !== undefined && { cause: history.cause }),
    };
}

const OUTCOMES: Readonly<Record<NonNullable<Row["outcome"]>, TraceOutcome>> = {
    [OUTCOME.done]: "done",
    [OUTCOME.deadLettered]: "dead-lettered",
    [OUTCOME.cancelled]: "cancelled",
};

interface Times {
    readonly startedAt: number;
    readonly runningAt: number | undefined;
    readonly endedAt: number | undefined;
}

/** Glue's ExecutionTime begins when the run has been brought up; it is in whole seconds. */
function timesOf(run: JobRun, now: number): Times {
    const { StartedOn, CompletedOn, LastModifiedOn, JobRunState: state, ExecutionTime = 0 } = run;
    const startedAt = StartedOn?.getTime() ?? now;
    const endedAt = isTerminal(state ?? "") ? (CompletedOn ?? LastModifiedOn)?.getTime() : undefined;
    const runs = ExecutionTime > 0 || state === "RUNNING";
    const runningAt = runs ? Math.max(startedAt, (endedAt ?? now) - ExecutionTime * 1000) : undefined;
    return { startedAt, runningAt, endedAt };
}

function runOf(run: JobRun, times: Times | undefined, bodies: boolean): TraceRun {
    return {
        runId: run.Id ?? "",
        state: run.JobRunState ?? "",
        startedAt: iso(times?.startedAt ?? 0),
        runningAt: times?.runningAt === undefined ? null : iso(times.runningAt),
        endedAt: times?.endedAt === undefined ? null : iso(times.endedAt),
        ...(bodies && run.ErrorMessage !== undefined && { cause: run.ErrorMessage }),
    };
}

interface History {
    readonly entered: readonly Entered[];
    readonly body?: string;
    readonly cause?: string;
}

/** The states of a message's execution, in order. Empty where there is none, or the caller may not see it. */
async function readHistory(session: Session, { execution }: Row, bodies: boolean): Promise<History> {
    // A message that was refused has none.
    if (execution === "") return { entered: [] };
    const read = historyOf(session, execution, bodies).catch((error: unknown) => {
        if (errorName(error) !== "ExecutionDoesNotExist") throw error;
        return undefined;
    });
    return (await unlessDenied(session, "states:GetExecutionHistory", execution, read)) ?? { entered: [] };
}

async function historyOf({ aws }: Session, execution: string, bodies: boolean): Promise<History> {
    const entered: Entered[] = [];
    let [body, cause]: (string | undefined)[] = [];
    for await (const event of eventsBackwards({ ...aws, ...NO_PLATFORM }, execution, bodies)) {
        const state = event.stateEnteredEventDetails?.name;
        if (state !== undefined && event.timestamp) entered.push({ state, at: event.timestamp.getTime() });
        if (!bodies) continue;
        body = bodyIn(event) ?? body;
        cause ??= causeIn(event);
    }
    return {
        entered: entered.reverse(),
        ...(body !== undefined && { body }),
        ...(cause !== undefined && { cause }),
    };
}

/** The reading of a history neither logs nor measures. */
const NO_PLATFORM = {
    env: {},
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    metrics: () => undefined,
};

function bodyIn({ executionStartedEventDetails: started }: HistoryEvent): string | undefined {
    if (started?.input === undefined) return undefined;
    const { message } = JSON.parse(started.input) as { message?: { body?: string } };
    return message?.body?.slice(0, MAX_BODY);
}

function causeIn(event: HistoryEvent): string | undefined {
    const { error, cause } =
        event.executionFailedEventDetails ??
        event.executionAbortedEventDetails ??
        event.executionTimedOutEventDetails ??
        {};
    const parts = [error, cause].filter((part) => part !== undefined && part !== "");
    return parts.length > 0 ? parts.join(": ") : undefined;
}

function iso(moment: number): string {
    return new Date(moment).toISOString();
}
