/** `turnstile status`: the limit, who holds the slots, who waits, what failed, and why the first in line does not start. */
import { count, duration } from "../lib/format.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { messageIdOf, shortId } from "./ids.ts";
import { overrideJson } from "./limit.ts";
import { readHoldings, readLine, readPool, readQueue } from "./pool.ts";
import type { Count, Holding, Line, Pool } from "./pool.ts";
import { overrideText, poolReasons } from "./reasons.ts";
import type { Reason } from "./reasons.ts";
import { latestRuns, quantile, usualSeconds } from "./runs.ts";
import type { RunView } from "./runs.ts";
import { print, unlessDenied } from "./session.ts";
import type { Session } from "./session.ts";
import { clockTime, isoTime, secondsSince } from "./when.ts";

export interface StatusOptions {
    /** Whether anything that needs a person makes the exit code 8. */
    readonly check?: boolean;
}

/** Lines of holders and of the line in the text. */
const SHOWN = 5;

/** Lines of the text besides those of holders and of the line, and the prompt that follows. */
const LINES_WITHOUT_DETAIL = 11;

interface Status {
    readonly pool: Pool;
    readonly holdings: readonly Holding[];
    readonly line: Line;
    readonly queue: { readonly visible: number; readonly inFlight: number } | undefined;
    readonly deadLetters: number | undefined;
    readonly runs: readonly RunView[];
    readonly reasons: readonly Reason[];
}

export async function status(session: Session, { check = false }: StatusOptions): Promise<number> {
    const found = await readStatus(session);
    print(session, "status", toJson(found), toText(session, found));
    const isTrouble = found.reasons.some((reason) => reason.class === "trouble");
    return check && isTrouble ? EXIT.checkFailed : EXIT.done;
}

async function readStatus(session: Session): Promise<Status> {
    const { operator, aws } = session;
    // The gate comes before the rows: a holder that left since is then no riddle.
    const pool = await readPool(session);
    const [holdings, line, queue, letters] = await Promise.all([
        readHoldings(session, pool.gate),
        readLine(session, SHOWN),
        readQueue(session, operator.queueUrl),
        readQueue(session, operator.deadLetterQueueUrl),
    ]);
    const since = Math.min(...holdings.map((holding) => holding.since));
    const read = latestRuns(aws, operator.jobName, since);
    const runs = (await unlessDenied(session, "glue:GetJobRuns", operator.jobName, read)) ?? [];
    return { pool, holdings, line, queue, deadLetters: letters?.visible, runs, reasons: poolReasons(pool) };
}

function toJson({ pool, holdings, line, queue, deadLetters, runs, reasons }: Status): object {
    const { gate, settings, override, now } = pool;
    return {
        now: new Date(now).toISOString(),
        limit: {
            inForce: gate?.limit ?? null,
            configured: "value" in settings ? settings.value.limit : null,
            override: "value" in override && override.value ? overrideJson(override.value) : null,
        },
        slots: { inUse: holdings.length, holders: holdings.map((holding) => holderJson(holding, runs, now)) },
        line: {
            waiting: line.waiting.count,
            isExact: line.waiting.isExact,
            next: line.head.map(({ messageId, group, opened }) => ({
                messageId,
                group,
                waitedSeconds: Math.round(secondsSince(opened, now)),
            })),
        },
        queue: queue ?? null,
        deadLetters: deadLetters ?? null,
        dispatcher: { seen: gate?.dispatcherSeen ?? null },
        reasons: line.waiting.count === 0 ? reasons.filter((each) => each.class === "trouble") : reasons,
    };
}

function holderJson({ holder, since, row }: Holding, runs: readonly RunView[], now: number): object {
    const run = runs.find((each) => each.holder === holder);
    return {
        holder,
        messageId: row?.messageId ?? messageIdOf(holder),
        group: row?.group ?? null,
        attempt: row?.attempt ?? null,
        since: isoTime(since),
        heldSeconds: Math.round((now - since) / 1000),
        run: run ? { id: run.id, state: run.state, startedOn: isoTime(run.startedOn) } : null,
    };
}

function toText(session: Session, found: Status): string {
    const { operator, paint } = session;
    const { pool, line, reasons } = found;
    const { stdout } = session.around;
    const detail = [holderLines(found), waiterLines(line, pool.now)] as const;
    // On a small terminal the head of the text must not scroll away.
    const isSmall = detail.flat().length + LINES_WITHOUT_DETAIL > (stdout.rows ?? Infinity);
    const [holders, waiters] = isSmall ? [[], []] : detail;
    const lines = [
        paint.strong(`${operator.stack} · ${operator.region} · ${operator.pool}`),
        `job ${operator.jobName}, as of ${clockTime(pool.now)}`,
        "",
        `LIMIT   ${limitText(pool)}`,
        `SLOTS   ${slotsText(found)}`,
        ...holders,
        `LINE    ${lineText(line, pool.now)}`,
        ...waiters,
        `QUEUE   ${queueText(found)}`,
        `FAILED  ${failedText(found.deadLetters)}`,
    ];
    const first = reasons[0];
    if (first && (line.waiting.count > 0 || first.class === "trouble")) {
        const code = first.class === "normal" ? first.code : paint[first.class](first.code);
        lines.push(`WHY     ${code}: ${first.text}`);
        if (first.change !== undefined) lines.push(`        ${first.change}`);
    }
    return lines.join("\n");
}

function limitText({ gate, settings, override, now }: Pool): string {
    const inForce = gate?.limit === undefined ? "none: no slot is granted" : String(gate.limit);
    const configured = "value" in settings ? settings.value.limit : undefined;
    const instead = "value" in override ? override.value : undefined;
    if (!instead) return inForce;
    return `${inForce}, configured ${configured ?? "?"}: ${overrideText(instead, now)}`;
}

function slotsText({ pool, holdings }: Status): string {
    const { gate, now } = pool;
    const seen = secondsSince(gate?.dispatcherSeen, now);
    const alive = Number.isNaN(seen) ? "never seen" : `seen ${duration(seen)} ago`;
    return `${holdings.length} of ${gate?.limit ?? 0} taken; dispatcher ${alive}`;
}

function holderLines({ holdings, runs, pool }: Status): string[] {
    const usual = quantile(usualSeconds(runs), 0.5);
    const shown = holdings.slice(0, SHOWN).map(({ holder, since, row }) => {
        const run = runs.find((each) => each.holder === holder);
        const held = duration((pool.now - since) / 1000);
        const of = usual === undefined ? held : `${held} of ~${duration(usual)}`;
        const parts = [
            shortId(row?.messageId ?? messageIdOf(holder)),
            (row?.group ?? "?").slice(0, 16).padEnd(16),
            `try ${row?.attempt ?? "?"}`,
            (run?.state ?? "starting").toLowerCase().padEnd(9),
            of,
        ];
        return `  ${parts.join("  ")}`;
    });
    const more = holdings.length - SHOWN;
    return more > 0 ? [...shown, `  and ${count(more)} more`] : shown;
}

function lineText({ waiting, head }: Line, now: number): string {
    if (waiting.count === 0) return "nobody waits";
    return `${countText(waiting)} ${waiting.count === 1 ? "waits" : "wait"}; the first for ${duration(secondsSince(head[0]?.opened, now))}`;
}

function waiterLines({ head, waiting }: Line, now: number): string[] {
    const shown = head.map(({ messageId, group, opened }, i) => {
        const parts = [
            String(i + 1).padStart(3),
            shortId(messageId),
            group.slice(0, 16).padEnd(16),
            duration(secondsSince(opened, now)),
        ];
        return `  ${parts.join("  ")}`;
    });
    return waiting.count > head.length ? [...shown, "  … turnstile list shows more"] : shown;
}

function queueText({ queue }: Status): string {
    if (!queue) return "not allowed to see";
    const { visible, inFlight } = queue;
    return visible + inFlight === 0
        ? "empty: every message is accepted"
        : `${count(visible + inFlight)} not accepted yet`;
}

function failedText(letters: number | undefined): string {
    if (letters === undefined) return "not allowed to see";
    return letters === 0 ? "no dead letters" : `${count(letters)} in the dead-letter queue. turnstile failed`;
}

/** `1,204`, or `at least 5,000`. */
export function countText({ count: number, isExact }: Count): string {
    return isExact ? count(number) : `at least ${count(number)}`;
}
