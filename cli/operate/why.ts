/** `turnstile why`: where one message is, why it has not started or how it ended, and what changes that. */
import { executionConsole } from "../../workflow/console.ts";
import { OUTCOME } from "../../slots/table.ts";
import type { Row } from "../../slots/table.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { duration } from "../lib/format.ts";
import { readExecution } from "./executions.ts";
import type { ExecutionView } from "./executions.ts";
import { dayAndMinute, estimate, startJson } from "./estimate.ts";
import type { Estimates, Start } from "./estimate.ts";
import { findRow } from "./find-row.ts";
import { belowLabel } from "../lib/printable.ts";
import type { BodiesOptions } from "./cause.ts";
import { shortId } from "./ids.ts";
import { readPast, SPENT } from "./past.ts";
import type { Past, Spent } from "./past.ts";
import { cooldownOf, readPool } from "./pool.ts";
import type { Pool } from "./pool.ts";
import { messageReasons } from "./reasons.ts";
import type { Reason } from "./reasons.ts";
import { latestRuns } from "./runs.ts";
import type { RunView } from "./runs.ts";
import { print, unlessDenied } from "./session.ts";
import type { Session } from "./session.ts";
import { clockTime, isoTime, moment, secondsSince, shortTime } from "./when.ts";

interface Answer {
    readonly pool: Pool;
    readonly row: Row;
    readonly ahead?: number;
    readonly execution: ExecutionView | undefined;
    /** The message's own runs, the oldest first. */
    readonly runs: readonly RunView[];
    /** Empty once it has ended. */
    readonly reasons: readonly Reason[];
    readonly estimates: Estimates;
    readonly past: Past | undefined;
}

export async function why(
    session: Session,
    message: string,
    { bodies = false }: BodiesOptions,
): Promise<number> {
    const answer = await read(session, message);
    print(session, "why", toJson(answer, bodies), toText(session, answer));
    return EXIT.done;
}

async function read(session: Session, message: string): Promise<Answer> {
    const pool = await readPool(session);
    const { row, ahead } = await findRow(session, message);
    const [execution, past, all = []] = await Promise.all([
        hasExecution(row) ? readExecution(session, row.execution) : undefined,
        hasExecution(row) ? readPast(session, row, pool.now) : undefined,
        hasExecution(row)
            ? unlessDenied(
                  session,
                  "glue:GetJobRuns",
                  row.job,
                  latestRuns(session.aws, row.job, Date.parse(row.opened)),
              )
            : undefined,
    ]);
    const runs = all.filter(({ holder }) => holder?.startsWith(`${row.name}/`)).reverse();
    const run = runs.findLast(({ holder }) => holder === row.holder);
    const facts = {
        run,
        ...(ahead !== undefined && { ahead }),
        ...(execution && { status: execution.status }),
        ...(execution?.state !== undefined && { state: execution.state }),
    };
    const reasons = row.ended === undefined ? messageReasons(row, pool, facts) : [];
    const places = ahead === undefined ? 0 : ahead + 1;
    const estimates = estimate(pool, all, cooldownOf(session, pool), places);
    return { pool, row, execution, runs, reasons, estimates, past, ...(ahead !== undefined && { ahead }) };
}

/** A message that the starter refused has none. */
function hasExecution({ execution }: Row): boolean {
    return execution !== "";
}

function toJson(answer: Answer, bodies: boolean): object {
    const { pool, row, ahead, execution, runs, reasons, estimates, past } = answer;
    return {
        now: isoTime(pool.now),
        message: {
            messageId: row.messageId,
            group: row.group,
            attempt: row.attempt,
            job: row.job,
            execution: hasExecution(row) ? row.execution : null,
            opened: row.opened,
            joined: row.joined ?? null,
            ended: row.ended ?? null,
            outcome: row.outcome ?? null,
            place: ahead === undefined ? null : ahead + 1,
        },
        start: startJson(startOf(answer)),
        basis: startOf(answer) ? (estimates.basis ?? null) : null,
        spentSeconds: past ?? null,
        reason: reasons[0]?.code ?? null,
        reasons,
        execution: executionJson(execution, bodies),
        runs: runs.map(({ id, state, startedOn, completedOn, error }) => ({
            id,
            state,
            startedOn: isoTime(startedOn),
            completedOn: isoTime(completedOn),
            ...(bodies && error !== undefined && { cause: error }),
        })),
        pages: hasExecution(row) ? { execution: executionConsole(row.execution) } : {},
    };
}

function executionJson(execution: ExecutionView | undefined, bodies: boolean): object | null {
    if (!execution) return null;
    const { cause, ...rest } = execution;
    return { ...rest, ...(bodies && cause !== undefined && { cause }) };
}

function toText({ paint }: Session, answer: Answer): string {
    const { pool, row, reasons, runs } = answer;
    const story = [`accepted ${shortTime(Date.parse(row.opened), pool.now)}`];
    if (row.joined !== undefined)
        story.push(`last joined the line ${shortTime(Date.parse(row.joined), pool.now)}`);
    if (row.ended !== undefined) story.push(`ended ${shortTime(Date.parse(row.ended), pool.now)}`);
    return [
        paint.strong(row.messageId),
        `group ${row.group}, attempt ${row.attempt}, as of ${clockTime(pool.now)}`,
        "",
        ...(row.ended === undefined ? openLines(answer) : endedLines(answer)),
        ...startLines(answer),
        ...reasons.flatMap((reason, i) => reasonLines(reason, i === 0, paint)),
        ...runs.map((run, i) => runLine(run, i, pool.now)),
        `STORY   ${story.join("; ")}`,
        ...spentLines(answer),
        ...(hasExecution(row) ? [`PAGE    ${executionConsole(row.execution)}`] : []),
    ].join("\n");
}

function startOf({ ahead, estimates }: Answer): Start | undefined {
    return ahead === undefined ? undefined : estimates.starts[ahead];
}

/** When it will start, and what that rests on. */
function startLines(answer: Answer): string[] {
    const { estimates, pool, ahead } = answer;
    if (ahead === undefined) return [];
    const start = startOf(answer);
    if (start && estimates.basis) {
        const [at, from, to] = [start.at, start.from, start.to].map((moment) =>
            dayAndMinute(moment, pool.now),
        );
        const { runs, medianSeconds } = estimates.basis;
        const basis = `of the last ${runs} runs, half took under ${duration(medianSeconds)}`;
        return [`START   ~${at ?? ""} (${from ?? ""} to ${to ?? ""}); ${basis}`];
    }
    if (estimates.notBefore === undefined) return [];
    return [`START   not before ${moment(estimates.notBefore, pool.now)}`];
}

/** What it did so far, the longest first. */
function spentLines({ past = {} }: Answer): string[] {
    const parts = Object.entries(past)
        .filter(([, seconds]) => seconds >= 1)
        .sort(([, one], [, other]) => other - one)
        .map(([what, seconds]) => `${duration(seconds)} ${SPENT[what as Spent]}`);
    return parts.map((part, i) => `${i === 0 ? "SPENT   " : "        "}${part}`);
}

function openLines({ pool, row, ahead, reasons }: Answer): string[] {
    const since = duration(secondsSince(row.opened, pool.now));
    if (ahead !== undefined) return [`IS      waiting for ${since}, ${ahead + 1}. in line`];
    const isBusy = ["running", "settling", "stopping"].includes(reasons[0]?.code ?? "");
    return [`IS      ${isBusy ? "running" : "not ended"}, accepted ${since} ago`];
}

function endedLines({ row, execution, pool }: Answer): string[] {
    const took = duration((Date.parse(row.ended ?? "") - Date.parse(row.opened)) / 1000);
    const ago = duration(secondsSince(row.ended, pool.now));
    if (row.outcome === "done") return [`IS      done ${ago} ago, ${took} after it was accepted`];
    const { error, cause } = execution ?? {};
    const isCancelled = row.outcome === OUTCOME.cancelled;
    const because = [error, cause].filter((part) => part !== undefined && part !== "").join(": ");
    return [
        `IS      ${isCancelled ? "cancelled" : "dead-lettered"} ${ago} ago, ${took} after it was accepted`,
        ...(because === "" ? [] : [`CAUSE   ${belowLabel(because, 8)}`]),
        ...(isCancelled ? [] : [`        turnstile failed show ${shortId(row.messageId)}`]),
    ];
}

function reasonLines(reason: Reason, isFirst: boolean, paint: Session["paint"]): string[] {
    const code = reason.class === "normal" ? reason.code : paint[reason.class](reason.code);
    const change = reason.change === undefined ? [] : [`        ${reason.change}`];
    return [`${isFirst ? "WHY     " : "        "}${code}: ${reason.text}`, ...change];
}

function runLine({ id, state, startedOn, completedOn, error }: RunView, index: number, now: number): string {
    const to = completedOn === undefined ? "now" : shortTime(completedOn, now);
    const head = index === 0 ? "RUNS    " : "        ";
    const what = `${head}${index + 1}  ${shortTime(startedOn, now)} to ${to}  ${state}\n           ${id}`;
    return error === undefined || error === "" ? what : `${what}\n           ${belowLabel(error, 11)}`;
}
