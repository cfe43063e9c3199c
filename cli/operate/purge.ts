/** `turnstile purge`: deletes dead letters for good. What it shows is what it deletes; a letter that comes meanwhile stays. */
import { DeleteMessageBatchCommand } from "@aws-sdk/client-sqs";
import { EXIT } from "../lib/exit-codes.ts";
import { count, duration, plural } from "../lib/format.ts";
import { confirmedByTyping, declined } from "./confirm.ts";
import type { ChangeOptions } from "./confirm.ts";
import { kindsOf } from "./failed.ts";
import { choose, putBack, takeLetters } from "./letters.ts";
import type { Choice, Letter, Letters } from "./letters.ts";
import { print, say } from "./session.ts";
import type { Session } from "./session.ts";

export interface PurgeOptions extends ChangeOptions, Choice {}

/** Letters stay hidden while the person decides: seconds. */
const HIDDEN_SECONDS = 290;

/** DeleteMessageBatch takes ten. */
const BATCH = 10;

/** Causes that are listed before the question. */
const LISTED = 8;

export async function purge(
    session: Session,
    ids: readonly string[],
    options: PurgeOptions,
): Promise<number> {
    const taken = await takeLetters(session, HIDDEN_SECONDS);
    let left: readonly Letter[] = taken.letters;
    try {
        const chosen = choose(taken, ids, options);
        const preview = previewOf(session, chosen, taken);
        if (chosen.length === 0 || options.dryRun === true) {
            const text = [...preview, "Nothing was deleted."].join("\n");
            print(session, "purge", toJson(chosen, []), text);
            return EXIT.done;
        }
        say(session, ...preview);
        const isWanted = await confirmedByTyping(
            session,
            "They cannot be had back. To delete them,",
            String(chosen.length),
            options,
        );
        if (!isWanted) return declined(session);
        const deleted = await deleteAll(session, chosen);
        left = taken.letters.filter((letter) => !deleted.includes(letter));
        print(session, "purge", toJson(chosen, deleted), outcomeText(chosen, deleted));
        return deleted.length === chosen.length ? EXIT.done : EXIT.partly;
    } finally {
        await putBack(session, left);
    }
}

async function deleteAll({ aws, operator }: Session, letters: readonly Letter[]): Promise<Letter[]> {
    const deleted: Letter[] = [];
    for (let i = 0; i < letters.length; i += BATCH) {
        const batch = letters.slice(i, i + BATCH);
        const Entries = batch.map(({ receipt }, n) => ({ Id: String(n), ReceiptHandle: receipt }));
        const { deadLetterQueueUrl: QueueUrl } = operator;
        const { Successful = [] } = await aws.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
        const ids = new Set(Successful.map(({ Id }) => Number(Id)));
        deleted.push(...batch.filter((_, n) => ids.has(n)));
    }
    return deleted;
}

function previewOf({ aws }: Session, chosen: readonly Letter[], { letters, total }: Letters): string[] {
    const kinds = kindsOf(chosen);
    const oldest = Math.min(...chosen.map(({ sentAt }) => sentAt));
    const unseen = total - letters.length;
    return [
        `Delete ${plural(chosen.length, "dead letter")} of ${count(total)}, for good.`,
        ...kinds
            .slice(0, LISTED)
            .map((kind) => `  ${count(kind.letters.length)}  ${kind.cause.slice(0, 70)}`),
        ...(kinds.length > LISTED ? [`  and ${plural(kinds.length - LISTED, "more cause")}`] : []),
        ...(chosen.length > 0 ? [`The oldest is ${duration((aws.now() - oldest) / 1000)} old.`] : []),
        ...(unseen > 0 ? [`${count(unseen)} more stand behind others of their group, and stay.`] : []),
    ];
}

function toJson(chosen: readonly Letter[], deleted: readonly Letter[]): object {
    return {
        changed: deleted.length > 0,
        chosen: chosen.map(({ messageId }) => messageId),
        deleted: deleted.map(({ messageId }) => messageId),
    };
}

function outcomeText(chosen: readonly Letter[], deleted: readonly Letter[]): string {
    const left = chosen.length - deleted.length;
    const rest = left > 0 ? ` ${count(left)} could not be deleted, and are still there.` : "";
    return `${plural(deleted.length, "dead letter")} deleted.${rest}`;
}
