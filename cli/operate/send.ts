/**
 * `turnstile send`: sends the messages of a file, each once, however often it is interrupted and run again. SQS drops a message
 * whose deduplication id it got within five minutes; the journal knows of all the others.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { inputToBe, sizeProblem } from "../../functions/starter/input.ts";
import { readMessage } from "../../functions/starter/message.ts";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { unreadableText } from "../lib/file-errors.ts";
import { count, plural } from "../lib/format.ts";
import { describeMistakes, MessagesError, parseMessages } from "../lib/messages.ts";
import type { Messages, Mistake } from "../lib/messages.ts";
import { confirmed, declined } from "./confirm.ts";
import type { ChangeOptions } from "./confirm.ts";
import type { Operator } from "./operator.ts";
import { checkPlace } from "./place.ts";
import { Journal } from "./send/journal.ts";
import { withKeys } from "./send/keyed.ts";
import type { Keyed } from "./send/keyed.ts";
import { print, say } from "./session.ts";
import type { Session } from "./session.ts";

export interface SendOptions extends ChangeOptions {
    /** Where what was sent is noted. */
    readonly journal?: string;
    /** Whether messages are sent of which nobody knows whether they were sent. */
    readonly again?: boolean;
}

/** What is to be sent, and what is not. */
interface Plan {
    readonly fresh: readonly Keyed[];
    readonly accepted: readonly Keyed[];
    readonly inDoubt: readonly Keyed[];
}

interface Refusal {
    readonly message: Keyed;
    readonly problem: string;
}

interface Sent {
    readonly done: number;
    readonly refused: readonly Refusal[];
    /** Those that were not tried: an earlier one of their group was refused, or the person stopped. */
    readonly left: number;
}

/** SendMessageBatch: entries, and bytes of all of them together. */
const BATCH = 10;
const BATCH_BYTES = 1_048_576;

/** SQS remembers a deduplication id for five minutes; clocks differ a little. Milliseconds. */
const REMEMBERED = 290_000;

export async function send(session: Session, file: string, options: SendOptions): Promise<number> {
    const { around, operator } = session;
    const name = file === "-" ? "standard input" : file;
    const messages = withKeys((await readChecked(session, file, name)).messages, operator.queueUrl);
    const journalFile = options.journal ?? (file === "-" ? undefined : `${file}.sent`);
    const journal = new Journal(journalFile && path.resolve(around.cwd, journalFile));
    await checkPlace(session);
    const plan = planOf(messages, journal, session.aws.now(), options);
    const preview = previewOf(plan, name, journalFile);
    if (options.dryRun === true || plan.fresh.length === 0) {
        const nothing: Sent = { done: 0, refused: [], left: 0 };
        const text = [...preview, "Nothing was sent."].join("\n");
        print(session, "send", toJson(plan, nothing, journalFile), text);
        return plan.inDoubt.length > 0 && options.dryRun !== true ? EXIT.partly : EXIT.done;
    }
    say(session, ...preview);
    if (!(await confirmed(session, "Send them?", options))) return declined(session);
    const sent = await sendAll(session, plan.fresh, journal);
    print(session, "send", toJson(plan, sent, journalFile), outcomeText(plan, sent));
    if (around.interrupts.exitCode !== undefined) return around.interrupts.exitCode;
    if (sent.done === 0) return EXIT.failed;
    return sent.refused.length + sent.left + plan.inDoubt.length > 0 ? EXIT.partly : EXIT.done;
}

/** The messages of a file. Throws if a line is wrong: then nothing is sent. */
async function readChecked({ around, operator }: Session, file: string, name: string): Promise<Messages> {
    const refuse = (text: string, hint?: string): CommandError =>
        new CommandError("wrong-messages", text, { ...(hint !== undefined && { hint }) });
    let found: Messages;
    try {
        const bytes =
            file === "-" ? await buffer(around.stdin) : await readFile(path.resolve(around.cwd, file));
        found = parseMessages(bytes, name);
    } catch (error) {
        if (error instanceof MessagesError) throw refuse(error.message);
        throw refuse(`${name} cannot be read: ${unreadableText(error)}`);
    }
    const mistakes = [
        ...found.mistakes,
        ...found.messages.flatMap((message) => mistakeIn(message, operator)),
    ];
    if (mistakes.length === 0) return found;
    mistakes.sort((one, other) => one.line - other.line);
    throw refuse(
        describeMistakes(mistakes, name).join("\n"),
        `${plural(mistakes.length, "wrong line")}; nothing was sent`,
    );
}

/** What the starter would refuse. */
function mistakeIn(message: Messages["messages"][number], { pool, argumentNames = [] }: Operator): Mistake[] {
    const { body, line = 0 } = message;
    const read = readMessage(body, new Set(argumentNames));
    const problem = "problem" in read ? read.problem : sizeProblem(inputToBe(pool, message, read.work));
    return problem === undefined ? [] : [{ line, problem }];
}

function planOf(
    messages: readonly Keyed[],
    { before }: Journal,
    now: number,
    { again = false }: SendOptions,
): Plan {
    const fresh: Keyed[] = [];
    const accepted: Keyed[] = [];
    const inDoubt: Keyed[] = [];
    for (const message of messages) {
        const known = before.get(message.key);
        if (known?.is === "accepted") accepted.push(message);
        // While SQS remembers its id, a message that has arrived is dropped when it is sent again.
        else if (known && now - known.at > REMEMBERED && !again) inDoubt.push(message);
        else fresh.push(message);
    }
    return { fresh, accepted, inDoubt };
}

function previewOf({ fresh, accepted, inDoubt }: Plan, name: string, journal: string | undefined): string[] {
    const groups = new Set(fresh.map(({ group }) => group));
    return [
        `Send ${plural(fresh.length, "message")} of ${name} in ${plural(groups.size, "group")}.`,
        ...(accepted.length > 0
            ? [`${count(accepted.length)} were accepted before, and are not sent again.`]
            : []),
        ...(inDoubt.length > 0
            ? [
                  `${count(inDoubt.length)} may have been sent before (${linesOf(inDoubt)}): they are left out; --again sends them.`,
              ]
            : []),
        journal === undefined
            ? "No journal is kept: what was sent is not known to a later run. --journal FILE keeps one."
            : `What is accepted is noted in ${journal}; if this is interrupted, run it again.`,
    ];
}

/** One batch after the other, so the messages of a group keep their order. */
async function sendAll(session: Session, messages: readonly Keyed[], journal: Journal): Promise<Sent> {
    const { around } = session;
    const stopped = new Set<string>();
    const refused: Refusal[] = [];
    let [done, left, isInterrupted] = [0, 0, false];
    around.interrupts.handle(
        () => (isInterrupted = true),
        () => undefined,
    );
    for (const batch of batchesOf(messages)) {
        const next = isInterrupted ? [] : batch.filter(({ group }) => !stopped.has(group));
        left += batch.length - next.length;
        if (next.length === 0) continue;
        const failed = await sendBatch(session, next, journal);
        for (const failure of failed) stopped.add(failure.message.group);
        refused.push(...failed);
        done += next.length - failed.length;
        if (around.stderr.isTTY === true)
            around.stderr.write(`\r${count(done)} of ${count(messages.length)} sent`);
    }
    if (around.stderr.isTTY === true) around.stderr.write("\n");
    return { done, refused, left };
}

function* batchesOf(messages: readonly Keyed[]): Generator<Keyed[]> {
    let batch: Keyed[] = [];
    let bytes = 0;
    for (const message of messages) {
        const size = Buffer.byteLength(message.body);
        if (batch.length === BATCH || bytes + size > BATCH_BYTES) {
            yield batch;
            [batch, bytes] = [[], 0];
        }
        batch.push(message);
        bytes += size;
    }
    if (batch.length > 0) yield batch;
}

async function sendBatch(
    { aws, operator }: Session,
    batch: readonly Keyed[],
    journal: Journal,
): Promise<Refusal[]> {
    const keys = batch.map(({ key }) => key);
    journal.sending(keys, aws.now());
    const command = new SendMessageBatchCommand({
        QueueUrl: operator.queueUrl,
        Entries: batch.map(({ body, group, key }, i) => ({
            Id: String(i),
            MessageBody: body,
            MessageGroupId: group,
            MessageDeduplicationId: key,
        })),
    });
    const { Successful = [], Failed = [] } = await aws.sqs.send(command);
    const keyOf = (Id = ""): string => batch[Number(Id)]?.key ?? "";
    journal.accepted(Object.fromEntries(Successful.map(({ Id, MessageId = "" }) => [keyOf(Id), MessageId])));
    journal.refused(Failed.map(({ Id }) => keyOf(Id)));
    return Failed.flatMap(({ Id, Code = "", Message = "" }) => {
        const message = batch[Number(Id)];
        return message ? [{ message, problem: `${Code}: ${Message}` }] : [];
    });
}

function linesOf(messages: readonly Keyed[]): string {
    const shown = messages.slice(0, 5).map(({ line = 0 }) => String(line));
    return `line ${shown.join(", ")}${messages.length > 5 ? ", …" : ""}`;
}

function toJson(
    { accepted, inDoubt }: Plan,
    { done, refused, left }: Sent,
    journal: string | undefined,
): object {
    return {
        changed: done > 0,
        sent: done,
        acceptedBefore: accepted.length,
        inDoubt: inDoubt.map(({ line }) => line),
        refused: refused.map(({ message, problem }) => ({ line: message.line, problem })),
        left,
        journal: journal ?? null,
    };
}

function outcomeText({ inDoubt }: Plan, { done, refused, left }: Sent): string {
    return [
        `${plural(done, "message")} sent.`,
        ...refused.map(({ message, problem }) => `Not sent: line ${message.line ?? 0}: ${problem}`),
        ...(left > 0 ? [`${count(left)} were not tried. Run it again to go on.`] : []),
        ...(inDoubt.length > 0
            ? [`${count(inDoubt.length)} may have been sent before: ${linesOf(inDoubt)}.`]
            : []),
    ].join("\n");
}
