/** `turnstile failed`: the dead letters, by cause; `failed show` has one of them whole. */
import { executionConsole } from "../../workflow/console.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { count, duration, plural } from "../lib/format.ts";
import { belowLabel } from "../lib/printable.ts";
import { errorOf } from "./cause.ts";
import type { BodiesOptions } from "./cause.ts";
import { shortId } from "./ids.ts";
import { letterOf, putBack, takeLetters, withCause } from "./letters.ts";
import type { Letter, Letters } from "./letters.ts";
import { print } from "./session.ts";
import type { Session } from "./session.ts";
import { isoTime, moment } from "./when.ts";

export interface FailedOptions extends BodiesOptions {
    /** Only letters whose cause contains this. */
    readonly cause?: string;
}

/** Letters that are alike. */
interface Kind {
    /** The cause of one of them. */
    readonly cause: string;
    readonly letters: readonly Letter[];
}

/** For how long a look hides letters if it cannot put them back. Seconds. */
const HIDDEN_SECONDS = 20;

/** The dead-letter queue keeps letters for so long (components/work-queue.ts). */
const RETENTION_MILLIS = 14 * 86_400_000;

const CAUSE_WIDTH = 76;

/** Characters of a label such as `CAUSE   `. */
const LABEL = 8;

export async function failed(session: Session, { cause, bodies = false }: FailedOptions): Promise<number> {
    const taken = await looked(session);
    const letters = withCause(taken.letters, cause);
    const kinds = kindsOf(letters);
    const json = toJson(letters, kinds, taken, bodies);
    print(session, "failed", json, toText(session, letters, kinds, taken));
    return EXIT.done;
}

export async function showFailed(
    session: Session,
    id: string,
    { bodies = false }: BodiesOptions,
): Promise<number> {
    const letter = letterOf(await looked(session), id);
    const { attributes, body } = letter;
    const json = { ...letterJson(letter, bodies), ...(bodies && { attributes, body }) };
    print(session, "failed-show", { letter: json }, letterText(session, letter, bodies));
    return EXIT.done;
}

async function looked(session: Session): Promise<Letters> {
    const taken = await takeLetters(session, HIDDEN_SECONDS);
    await putBack(session, taken.letters);
    return taken;
}

/** Alike are letters whose causes differ in numbers and ids alone. The most first. */
export function kindsOf(letters: readonly Letter[]): Kind[] {
    const kinds = new Map<string, Letter[]>();
    for (const letter of letters) {
        const key = letter.cause.replaceAll(/[0-9a-f-]{8,}|\d+/gi, "#");
        const others = kinds.get(key);
        if (others) others.push(letter);
        else kinds.set(key, [letter]);
    }
    return [...kinds.values()]
        .map((alike) => ({ cause: alike[0]?.cause ?? "", letters: alike }))
        .sort((one, other) => other.letters.length - one.letters.length);
}

function toJson(
    letters: readonly Letter[],
    kinds: readonly Kind[],
    { total, letters: seen }: Letters,
    bodies: boolean,
): object {
    return {
        causes: kinds.map(({ cause, letters: alike }) => ({
            error: errorOf(cause),
            count: alike.length,
            first: isoTime(firstOf(alike)),
            last: isoTime(lastOf(alike)),
            example: alike[0]?.messageId,
            messageIds: alike.map(({ messageId }) => messageId),
            ...(bodies && { cause }),
        })),
        items: letters.map((letter) => letterJson(letter, bodies)),
        shown: letters.length,
        seen: seen.length,
        total,
    };
}

function letterJson(letter: Letter, bodies: boolean): object {
    const { messageId, letterId, group, cause, attempts, execution, run } = letter;
    return {
        messageId,
        letterId,
        group,
        error: errorOf(cause),
        attempts: attempts ?? null,
        execution: execution ?? null,
        run: run ?? null,
        since: isoTime(letter.sentAt),
        ...(bodies && { cause }),
    };
}

function toText(
    session: Session,
    letters: readonly Letter[],
    kinds: readonly Kind[],
    { total, letters: seen }: Letters,
): string {
    const now = session.aws.now();
    if (total === 0) return "No dead letters.";
    const unseen = total - seen.length;
    const lines = kinds.flatMap(({ cause, letters: alike }) => [
        [
            count(alike.length).padStart(5),
            duration((now - firstOf(alike)) / 1000).padEnd(12),
            duration((now - lastOf(alike)) / 1000).padEnd(12),
            shortId(alike[0]?.messageId ?? ""),
        ].join("  "),
        `    ${cut(cause)}`,
    ]);
    const oldest = firstOf(letters) + RETENTION_MILLIS;
    return [
        ...(letters.length > 0 ? ["COUNT  FIRST AGO     LAST AGO      EXAMPLE", ...lines] : []),
        `${plural(letters.length, "dead letter")}, ${plural(kinds.length, "cause")}.`,
        ...(unseen > 0 ? [`${count(unseen)} more stand behind others of their group.`] : []),
        ...(letters.length > 0 ? [`SQS deletes the oldest at ${moment(oldest, now)}.`] : []),
        "Show one: turnstile failed show ID    Run again: turnstile retry",
    ].join("\n");
}

function letterText(session: Session, letter: Letter, hasBody: boolean): string {
    const now = session.aws.now();
    const { execution } = letter;
    return [
        session.paint.strong(letter.messageId),
        `group ${letter.group}, ${letter.attempts === undefined ? "never tried" : plural(letter.attempts, "attempt")}`,
        "",
        `CAUSE   ${belowLabel(letter.cause, LABEL)}`,
        `SINCE   ${duration((now - letter.sentAt) / 1000)} ago; SQS deletes it at ${moment(letter.sentAt + RETENTION_MILLIS, now)}`,
        ...(letter.run === undefined ? [] : [`RUN     ${letter.run}`]),
        ...(execution === undefined ? [] : [`PAGE    ${executionConsole(execution)}`]),
        ...(hasBody
            ? [`BODY    ${belowLabel(letter.body, LABEL)}`]
            : [`BODY    ${plural(letter.body.length, "character")}; --bodies shows it`]),
        `        turnstile retry ${shortId(letter.messageId)}`,
    ].join("\n");
}

function firstOf(letters: readonly Letter[]): number {
    return Math.min(...letters.map(({ sentAt }) => sentAt));
}

function lastOf(letters: readonly Letter[]): number {
    return Math.max(...letters.map(({ sentAt }) => sentAt));
}

function cut(text: string): string {
    const line = text.replaceAll(/\s+/g, " ");
    return line.length <= CAUSE_WIDTH ? line : `${line.slice(0, CAUSE_WIDTH - 1)}…`;
}
