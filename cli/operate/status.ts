/** `turnstile status`: the limit, who holds the slots, who waits, what failed, and why the first in line does not start. */
import { count, duration, plural } from "../lib/format.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { estimate, startJson, startText } from "./estimate.ts";
import type { Estimates } from "./estimate.ts";
import { messageIdOf, shortId } from "./ids.ts";
import { overrideJson } from "./limit.ts";
import { cooldownOf, readEnded, readHoldings, readLine, readPool, readQueue } from "./pool.ts";
import type { Count, Holding, Line, Pool } from "./pool.ts";
import { overrideText, poolReasons } from "./reasons.ts";
import type { Reason } from "./reasons.ts";
import { latestRuns, quantile, usualSeconds } from "./runs.ts";
import type { RunView } from "./runs.ts";
import { documentOf, print, unlessDenied, withMissing } from "./session.ts";
import type { Session } from "./session.ts";
import { watch } from "./watch.ts";
import type { View } from "./watch.ts";
import { clockTime, isoTime, secondsSince } from "./when.ts";

export interface StatusOptions {
    /** Whether anything that needs a person makes the exit code 8. */
    readonly check?: boolean;
    /** Whether it is shown again and again. */
    readonly watch?: boolean;
    /** Seconds from one look to the next. */
    readonly interval: number;
}

/** Lines of holders and of the line in the text. */
const SHOWN = 5;

/** Lines of the text besides those of holders and of the line, and the prompt that follows. */
const LINES_WITHOUT_DETAIL = 12;

interface Status {
    readonly pool: Pool;
    readonly holdings: readonly Holding[];
    readonly line: Line;
    readonly queue: { readonly visible: number; readonly inFlight: number } | undefined;
    readonly deadLetters: number | undefined;
    readonly runs: readonly RunView[];
    readonly reasons: readonly Reason[];
    /** Of those of the line that are shown. */
    readonly estimates: Estimates;
    /** How messages ended within the last hour; `isExact: false`: at least so many. */
    readonly lastHour: { readonly done: number; readonly failed: number; readonly isExact: boolean };
    /** Messages of its own that the reaper has given up on. */
    readonly reaperLetters: number | undefined;
}

export async function status(
    session: Session,
    { check = false, watch: isWatching = false, interval }: StatusOptions,
): Promise<number> {
    if (isWatching) return watch(session, interval, () => viewOf(session));
    const found = await readStatus(session);
    print(session, "status", toJson(found), toText(session, found));
    const isTrouble = found.reasons.some((reason) => reason.class === "trouble");
    return check && isTrouble ? EXIT.checkFailed : EXIT.done;
}

async function viewOf(session: Session): Promise<View> {
    session.partial.length = 0;
    const found = await readStatus(session);
    const text = withMissing(session, toText(session, found));
    const { pool, holdings, line, deadLetters, reasons } = found;
    const key = JSON.stringify([
        [pool.gate?.limit, "value" in pool.override ? pool.override.value : "?", deadLetters],
        holdings.map(({ holder }) => [holder, stateOf(found, holder)]),
        [line.waiting.count, line.head.map(({ messageId }) => messageId), reasons.map(({ code }) => code)],
    ]);
    return { text, key, json: documentOf(session, "status", toJson(found)) };
}

async function readStatus(session: Session): Promise<Status> {
    const { operator, aws } = session;
    // The gate comes before the rows: a holder that left since is then no riddle.
    const pool = await readPool(session);
    const [holdings, line, lastHour, queue, letters, reaperQueue] = await Promise.all([
        readHoldings(session, pool.gate),
        readLine(session, SHOWN),
        readEnded(session, pool.now - HOUR),
        readQueue(session, operator.queueUrl),
        readQueue(session, operator.deadLetterQueueUrl),
        readQueue(session, operator.reaperDeadLetterQueueUrl),
    ]);
    const since = Math.min(...holdings.map((holding) => holding.since));
    const read = latestRuns(aws, operator.jobName, since);
    const runs = (await unlessDenied(session, "glue:GetJobRuns", operator.jobName, read)) ?? [];
    return {
        ...{ pool, holdings, line, queue, runs, lastHour },
        deadLetters: letters?.visible,
        reaperLetters: reaperQueue && reaperQueue.visible + reaperQueue.inFlight,
        reasons: poolReasons(pool),
        estimates: estimate(pool, runs, cooldownOf(session, pool), line.head.length),
    };
}

const HOUR = 3_600_000;

function stateOf({ runs }: Status, holder: string): string {
    return (runs.find((run) => run.holder === holder)?.state ?? "starting").toLowerCase();
}

function toJson(found: Status): object {
    const { pool, holdings, line, queue, deadLetters, runs, reasons, estimates, lastHour } = found;
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
            next: line.head.map(({ messageId, group, opened }, i) => ({
                messageId,
                group,
                waitedSeconds: Math.round(secondsSince(opened, now)),
                start: startJson(estimates.starts[i]),
            })),
            basis: estimates.basis ?? null,
        },
        lastHour,
        queue: queue ?? null,
        deadLetters: deadLetters ?? null,
        dispatcher: { seen: gate?.dispatcherSeen ?? null, isSilent: isSilent(reasons) },
        reaper: { deadLetters: found.reaperLetters ?? null },
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
    const { pool, line, reasons, holdings } = found;
    const { stdout } = session.around;
    const detail = [holderLines(found), waiterLines(found)] as const;
    // On a small terminal the head of the text must not scroll away.
    const isSmall = detail.flat().length + LINES_WITHOUT_DETAIL > (stdout.rows ?? Infinity);
    const [holders, waiters] = isSmall ? [[], []] : detail;
    const lines = [
        paint.strong(`${operator.stack} · ${operator.region} · ${operator.pool}`),
        `job ${operator.jobName}, as of ${clockTime(pool.now)}`,
        "",
        `LIMIT   ${limitText(pool)}`,
        `SLOTS   ${holdings.length} of ${pool.gate?.limit ?? 0} taken`,
        ...holders,
        `LINE    ${lineText(line, pool.now)}`,
        ...waiters,
        `QUEUE   ${queueText(found)}`,
        `FAILED  ${failedText(found)}`,
        `HEALTH  ${healthText(found)}`,
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

/** The dispatcher and the reaper in a word each. */
function healthText({ pool, reasons, reaperLetters }: Status): string {
    const seen = secondsSince(pool.gate?.dispatcherSeen, pool.now);
    const word = isSilent(reasons) ? "silent" : "ok";
    const dispatcher = Number.isNaN(seen) ? "never seen" : `${word}, seen ${duration(seen)} ago`;
    const gaveUp = `gave up on ${count(reaperLetters ?? 0)}: turnstile doctor`;
    const reaper = reaperLetters === undefined ? "not allowed to see" : reaperLetters === 0 ? "ok" : gaveUp;
    return `dispatcher ${dispatcher}; reaper ${reaper}`;
}

function isSilent(reasons: readonly Reason[]): boolean {
    return reasons.some(({ code }) => code === "dispatcher-silent");
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

function waiterLines({ line: { head, waiting }, pool: { now }, estimates }: Status): string[] {
    const shown = head.map(({ messageId, group, opened }, i) => {
        const parts = [
            String(i + 1).padStart(3),
            shortId(messageId),
            group.slice(0, 16).padEnd(16),
            duration(secondsSince(opened, now)).padEnd(12),
            startText(estimates.starts[i], now),
        ];
        return `  ${parts.join("  ").trimEnd()}`;
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

function failedText({ deadLetters, lastHour: { failed, isExact } }: Status): string {
    const recent = `${isExact ? "" : "at least "}${count(failed)} in the last hour; `;
    if (deadLetters === undefined) return `${recent}dead letters: not allowed to see`;
    if (deadLetters === 0) return `${recent}no dead letters`;
    return `${recent}${plural(deadLetters, "dead letter")}: turnstile failed`;
}

/** `1,204`, or `at least 5,000`. */
export function countText({ count: number, isExact }: Count): string {
    return isExact ? count(number) : `at least ${count(number)}`;
}
