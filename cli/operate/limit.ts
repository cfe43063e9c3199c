/**
 * `turnstile limit`, `pause` and `resume`: another limit for a while. They say what will happen, ask, and write the item
 * `override`, on condition that it is still what they have read. Deployments leave it alone.
 */
import os from "node:os";
import { DeleteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { conditionHeld } from "../../functions/lib/errors.ts";
import { deleteOverride, putOverride } from "../../slots/override.ts";
import type { Override } from "../../slots/table.ts";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { duration, plural } from "../lib/format.ts";
import { confirmed, declined } from "./confirm.ts";
import type { ChangeOptions } from "./confirm.ts";
import { readLine, readPool } from "./pool.ts";
import type { Line, Pool } from "./pool.ts";
import { overrideText } from "./reasons.ts";
import { print, say } from "./session.ts";
import type { Session } from "./session.ts";
import { countText } from "./status.ts";

export interface OverrideOptions extends ChangeOptions {
    /** For how many seconds. */
    readonly for?: number;
    /** Until when, milliseconds since 1970. */
    readonly until?: number;
    readonly reason?: string;
    readonly by?: string;
}

/** What a command asks for: another limit, or the configured one again. */
interface Change {
    readonly command: "limit" | "pause" | "resume";
    /** Undefined: without an override. */
    readonly override: Override | undefined;
}

export async function limit(session: Session, number: number, options: OverrideOptions): Promise<number> {
    const pool = await readPool(session);
    return change(session, pool, options, {
        command: "limit",
        override: overrideOf(number, options, pool.now),
    });
}

export async function resetLimit(session: Session, options: ChangeOptions): Promise<number> {
    const pool = await readPool(session);
    return change(session, pool, options, { command: "limit", override: undefined });
}

export async function pause(session: Session, options: OverrideOptions): Promise<number> {
    const pool = await readPool(session);
    const override = overrideOf(0, options, pool.now);
    const present = presentOverride(pool);
    const asksForMore =
        options.for !== undefined || options.until !== undefined || options.reason !== undefined;
    if (present?.limit === 0 && !asksForMore) {
        return nothingToDo(session, "pause", pool, `Paused already ${overrideText(present, pool.now)}.`);
    }
    return change(session, pool, options, { command: "pause", override });
}

export async function resume(session: Session, options: ChangeOptions): Promise<number> {
    const pool = await readPool(session);
    const present = presentOverride(pool);
    const isWrong = "problem" in pool.override;
    if (present?.limit === 0 || isWrong)
        return change(session, pool, options, { command: "resume", override: undefined });
    const text = present
        ? `Not paused: the limit is ${present.limit} ${overrideText(present, pool.now)}. turnstile limit --reset ends that.`
        : "Not paused.";
    return nothingToDo(session, "resume", pool, text);
}

function overrideOf(number: number, options: OverrideOptions, now: number): Override {
    const { for: seconds, until: given, reason = "", by = os.userInfo().username } = options;
    const until = seconds === undefined ? given : now + seconds * 1000;
    if (until !== undefined && until <= now) {
        throw new CommandError(
            "end-in-the-past",
            `The end ${new Date(until).toISOString()} is not in the future.`,
            {
                exitCode: EXIT.usage,
                hint: `it is ${new Date(now).toISOString()} now`,
            },
        );
    }
    return { limit: number, by, why: reason, ...(until !== undefined && { until }) };
}

async function change(
    session: Session,
    pool: Pool,
    options: ChangeOptions,
    { command, override }: Change,
): Promise<number> {
    if (!override && !pool.overrideItem) {
        const text = `The limit is ${configuredOf(pool) ?? "?"}, as configured. There is no override.`;
        return nothingToDo(session, command, pool, text);
    }
    const line = await readLine(session, 0);
    const preview = previewOf(pool, line, override);
    const json = { before: limitsJson(pool), after: afterJson(pool, override), effect: preview };
    if (options.dryRun === true) {
        print(session, command, { ...json, changed: false }, `${preview.join("\n")}\nNothing was changed.`);
        return EXIT.done;
    }
    say(session, ...preview);
    if (!(await confirmed(session, "Do it?", options))) return declined(session);
    await write(session, pool, override);
    print(session, command, { ...json, changed: true }, doneText(pool, override));
    return EXIT.done;
}

async function write(session: Session, pool: Pool, override: Override | undefined): Promise<void> {
    const { aws, operator } = session;
    const at = { table: operator.tableName, pool: operator.pool, seen: pool.overrideItem };
    const sent = override
        ? aws.dynamodb.send(new PutItemCommand(putOverride({ ...at, override })))
        : aws.dynamodb.send(new DeleteItemCommand(deleteOverride(at)));
    if (await conditionHeld(sent)) return;
    throw new CommandError(
        "changed-meanwhile",
        "Somebody else changed the limit just now. Nothing was changed.",
        {
            exitCode: EXIT.declined,
            hint: "turnstile status shows it as it is",
        },
    );
}

/** What will happen, line by line. */
function previewOf(pool: Pool, line: Line, override: Override | undefined): string[] {
    const before = pool.gate?.limit;
    const after = override?.limit ?? configuredOf(pool) ?? 0;
    const running = Object.keys(pool.gate?.holders ?? {}).length;
    const waiting = line.waiting.count;
    const until = override ? ` ${overrideText(override, pool.now)}` : ", as configured";
    const lines = [`Limit ${before ?? "none"} → ${after}${until}`];
    const present = presentOverride(pool);
    if (present && override)
        lines.push(`It replaces: limit ${present.limit} ${overrideText(present, pool.now)}`);
    if (running > 0)
        lines.push(`${plural(running, "job")} ${running === 1 ? "runs" : "run"} on; none is stopped.`);
    const starts = Math.max(0, Math.min(waiting, after - running));
    if (waiting === 0) lines.push("Nobody waits.");
    else if (starts > 0)
        lines.push(`${plural(starts, "job")} of ${countText(line.waiting)} in line can start at once.`);
    else if (after === 0) lines.push(`${countText(line.waiting)} in line keep their places; none starts.`);
    else lines.push(`${countText(line.waiting)} in line wait until fewer than ${after} run.`);
    if (after === 0) lines.push("New messages are still accepted, and wait.");
    return lines;
}

function doneText(pool: Pool, override: Override | undefined): string {
    if (!override) return `The limit is ${configuredOf(pool) ?? "?"} again, as configured.`;
    const what = override.limit === 0 ? "Paused" : `The limit is ${override.limit}`;
    const left = override.until === undefined ? "" : ` (${duration((override.until - pool.now) / 1000)})`;
    const undo = override.limit === 0 ? "turnstile resume" : "turnstile limit --reset";
    return `${what} ${overrideText(override, pool.now)}${left}.\n${undo} ends it.`;
}

function nothingToDo(session: Session, command: Change["command"], pool: Pool, text: string): number {
    print(session, command, { before: limitsJson(pool), after: limitsJson(pool), changed: false }, text);
    return EXIT.done;
}

function presentOverride({ override }: Pool): Override | undefined {
    return "value" in override ? override.value : undefined;
}

function configuredOf({ settings }: Pool): number | undefined {
    return "value" in settings ? settings.value.limit : undefined;
}

function limitsJson(pool: Pool): object {
    const present = presentOverride(pool);
    return {
        limit: pool.gate?.limit ?? null,
        configured: configuredOf(pool) ?? null,
        override: present ? overrideJson(present) : null,
    };
}

function afterJson(pool: Pool, override: Override | undefined): object {
    const configured = configuredOf(pool) ?? null;
    return {
        limit: override?.limit ?? configured,
        configured,
        override: override ? overrideJson(override) : null,
    };
}

/** An override with its end as ISO 8601. */
export function overrideJson({ until, ...rest }: Override): object {
    return { ...rest, ...(until !== undefined && { until: new Date(until).toISOString() }) };
}
