/**
 * `turnstile retry`: sends dead letters to the work queue again, as new messages at the end of the line. What it shows is
 * what it does: the letters are chosen before it asks.
 */
import { errorText } from "../../functions/lib/errors.ts";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { count, plural } from "../lib/format.ts";
import { confirmed, declined } from "./confirm.ts";
import type { ChangeOptions } from "./confirm.ts";
import { shortId } from "./ids.ts";
import { choose, putBack, sendAgain, takeLetters, withCause } from "./letters.ts";
import type { Choice, Letter, Letters } from "./letters.ts";
import { print, say } from "./session.ts";
import type { Session } from "./session.ts";

export interface RetryOptions extends ChangeOptions, Choice {}

/** What became of a letter. */
interface Sent {
    readonly letter: Letter;
    /** The id of the new message. */
    readonly newMessageId?: string;
    /** Why it was not sent. */
    readonly problem?: string;
}

/** Letters stay hidden while the person decides, and longer than SQS remembers what was sent: then nobody sends them twice. */
const HIDDEN_SECONDS = 290;

/** Ids that are listed before the question. */
const LISTED = 8;

export async function retry(
    session: Session,
    ids: readonly string[],
    options: RetryOptions,
): Promise<number> {
    const taken = await takeLetters(session, HIDDEN_SECONDS);
    const all = [...taken.letters];
    const sent: Sent[] = [];
    try {
        const chosen = choose(taken, ids, options);
        const preview = previewOf(chosen, taken, options);
        if (chosen.length === 0 || options.dryRun === true) {
            print(
                session,
                "retry",
                outcomeJson([], chosen, false),
                [...preview, "Nothing was sent."].join("\n"),
            );
            return EXIT.done;
        }
        say(session, ...preview);
        if (!(await confirmed(session, "Send them again?", options))) return declined(session);
        sent.push(...(await sendAll(session, chosen)));
        if (options.all === true) await sendThoseBehind(session, options, all, sent);
        const isDone = sent.every(({ problem }) => problem === undefined);
        print(session, "retry", outcomeJson(sent, chosen, true), outcomeText(sent));
        return isDone ? EXIT.done : EXIT.partly;
    } finally {
        const done = new Set(sent.filter(({ problem }) => problem === undefined).map(({ letter }) => letter));
        await putBack(
            session,
            all.filter((letter) => !done.has(letter)),
        );
    }
}

/** Letters that stood behind those that were sent show now. It goes on until a look finds none that is chosen. */
async function sendThoseBehind(
    session: Session,
    { cause }: RetryOptions,
    all: Letter[],
    sent: Sent[],
): Promise<void> {
    while (sent.every(({ problem }) => problem === undefined)) {
        const { letters } = await takeLetters(session, HIDDEN_SECONDS);
        all.push(...letters);
        const chosen = withCause(letters, cause);
        if (chosen.length === 0) return;
        sent.push(...(await sendAll(session, chosen)));
    }
}

/** One after the other, in the order of the queue. After one that was not sent, the rest of its group waits for it. */
async function sendAll(session: Session, letters: readonly Letter[]): Promise<Sent[]> {
    const sent: Sent[] = [];
    const stopped = new Set<string>();
    for (const letter of letters) {
        if (stopped.has(letter.group)) {
            sent.push({ letter, problem: "an earlier one of its group was not sent" });
            continue;
        }
        try {
            sent.push({ letter, newMessageId: await sendAgain(session, letter) });
        } catch (error) {
            stopped.add(letter.group);
            sent.push({ letter, problem: errorText(error) });
        }
    }
    if (sent.every(({ problem }) => problem !== undefined)) {
        throw new CommandError("nothing-sent", `No letter was sent: ${sent[0]?.problem ?? "there is none"}`);
    }
    return sent;
}

function previewOf(
    chosen: readonly Letter[],
    { letters, total }: Letters,
    { all = false }: RetryOptions,
): string[] {
    const ids = chosen.slice(0, LISTED).map(({ messageId }) => shortId(messageId));
    const more = chosen.length > LISTED ? `, and ${count(chosen.length - LISTED)} more` : "";
    const unseen = total - letters.length;
    return [
        `${plural(chosen.length, "dead letter")} of ${count(total)}${ids.length > 0 ? `: ${ids.join(", ")}${more}` : ""}`,
        ...(chosen.length > 0
            ? ["Each becomes a new message at the end of the line, and leaves this queue."]
            : []),
        ...(unseen > 0
            ? [
                  all
                      ? `${count(unseen)} more stand behind others of their group, and follow.`
                      : `${count(unseen)} more stand behind others of their group; --all takes them, too.`,
              ]
            : []),
    ];
}

function outcomeJson(sent: readonly Sent[], chosen: readonly Letter[], changed: boolean): object {
    return {
        changed,
        chosen: chosen.map(({ messageId }) => messageId),
        items: sent.map(({ letter, newMessageId, problem }) => ({
            messageId: letter.messageId,
            newMessageId: newMessageId ?? null,
            ...(problem !== undefined && { problem }),
        })),
    };
}

function outcomeText(sent: readonly Sent[]): string {
    const failures = sent.filter(({ problem }) => problem !== undefined);
    return [
        `${plural(sent.length - failures.length, "message")} sent.`,
        ...failures.map(({ letter, problem }) => `Not sent: ${shortId(letter.messageId)}: ${problem ?? ""}`),
        ...(failures.length > 0 ? ["The letters that were not sent are still there; run it again."] : []),
    ].join("\n");
}
