/**
 * Reads dead letters. SQS has no look without taking: a letter that was read is hidden for a while, and with it the later
 * ones of its group. So whoever reads puts back what it leaves, and says how many it has not seen.
 */
import {
    ChangeMessageVisibilityBatchCommand,
    DeleteMessageCommand,
    ReceiveMessageCommand,
    SendMessageCommand,
} from "@aws-sdk/client-sqs";
import type { Message, MessageAttributeValue } from "@aws-sdk/client-sqs";
import { DEAD_LETTER_ATTRIBUTES } from "../../workflow/dead-letter.ts";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { readQueue } from "./pool.ts";
import type { Session } from "./session.ts";

export interface Letter {
    /** The id of the message that failed; the letter's own if nobody has noted it. */
    readonly messageId: string;
    /** The letter's own id in SQS. */
    readonly letterId: string;
    readonly group: string;
    readonly body: string;
    /** Milliseconds since 1970. */
    readonly sentAt: number;
    readonly cause: string;
    readonly attempts?: number;
    readonly execution?: string;
    readonly run?: string;
    /** What the message's sender gave it. */
    readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
    readonly receipt: string;
}

export interface Letters {
    /** In the order of the queue. */
    readonly letters: readonly Letter[];
    /** How many there are, as SQS says it: about. */
    readonly total: number;
}

/** ReceiveMessage and ChangeMessageVisibilityBatch take ten. */
const BATCH = 10;

/** Letters read at most by one command. */
const MOST = 1000;

/** What stands in a letter that SQS moved by itself. */
const MOVED = "ReceivedTooOften: SQS moved it here because it returned to the queue too often";

/** Reads letters, and hides them for so many seconds. */
export async function takeLetters(session: Session, hiddenSeconds: number): Promise<Letters> {
    const { aws, operator } = session;
    const { deadLetterQueueUrl: QueueUrl } = operator;
    const queue = await readQueue(session, QueueUrl);
    const letters: Letter[] = [];
    while (letters.length < MOST) {
        const { Messages = [] } = await aws.sqs.send(
            new ReceiveMessageCommand({
                QueueUrl,
                MaxNumberOfMessages: BATCH,
                VisibilityTimeout: hiddenSeconds,
                MessageAttributeNames: ["All"],
                MessageSystemAttributeNames: ["MessageGroupId", "SentTimestamp"],
            }),
        );
        if (Messages.length === 0) break;
        letters.push(...Messages.map(read));
    }
    return { letters, total: Math.max(letters.length, (queue?.visible ?? 0) + (queue?.inFlight ?? 0)) };
}

/** Puts letters back where others see them. One that cannot be put back shows by itself a little later. */
export async function putBack({ aws, operator }: Session, letters: readonly Letter[]): Promise<void> {
    for (let i = 0; i < letters.length; i += BATCH) {
        const Entries = letters.slice(i, i + BATCH).map(({ receipt }, n) => ({
            Id: String(n),
            ReceiptHandle: receipt,
            VisibilityTimeout: 0,
        }));
        const { deadLetterQueueUrl: QueueUrl } = operator;
        await aws.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
    }
}

/**
 * Sends a letter to the work queue again, then takes it away. In this order nothing is lost. SQS drops a second copy that is
 * sent within five minutes, because the letter's id is the deduplication id.
 * @returns the id of the new message
 */
export async function sendAgain({ aws, operator }: Session, letter: Letter): Promise<string> {
    const { MessageId = "" } = await aws.sqs.send(
        new SendMessageCommand({
            QueueUrl: operator.queueUrl,
            MessageBody: letter.body,
            MessageGroupId: letter.group,
            MessageDeduplicationId: `retry-${letter.letterId}`,
            MessageAttributes: { ...letter.attributes },
        }),
    );
    const { deadLetterQueueUrl: QueueUrl } = operator;
    await aws.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: letter.receipt }));
    return MessageId;
}

/** Which letters a person means. */
export interface Choice {
    readonly cause?: string;
    /** All that there are, of this cause if there is one; also those that show only once others have gone. */
    readonly all?: boolean;
}

export function withCause(letters: readonly Letter[], cause: string | undefined): Letter[] {
    return letters.filter((letter) => cause === undefined || letter.cause.includes(cause));
}

export function choose(taken: Letters, ids: readonly string[], { cause }: Choice): readonly Letter[] {
    if (ids.length > 0) return [...new Set(ids.map((id) => letterOf(taken, id)))];
    return withCause(taken.letters, cause);
}

/** The letter whose message's id, or own id, begins so. */
export function letterOf({ letters, total }: Letters, id: string): Letter {
    const found = letters.filter(
        ({ messageId, letterId }) => messageId.startsWith(id) || letterId.startsWith(id),
    );
    const [first, ...others] = found;
    if (first && others.length === 0) return first;
    const unseen = total - letters.length;
    const message = first
        ? `${found.length} dead letters begin with ${id}: ${found.map(({ messageId }) => messageId).join(", ")}`
        : `No dead letter begins with ${id}.`;
    throw new CommandError(first ? "several-letters" : "no-such-letter", message, {
        exitCode: EXIT.notFound,
        ...(!first &&
            unseen > 0 && { hint: `${unseen} stand behind others of their group and were not seen` }),
    });
}

function read(message: Message): Letter {
    const {
        MessageId = "",
        Body = "",
        ReceiptHandle = "",
        Attributes = {},
        MessageAttributes = {},
    } = message;
    const text = (name: string): string | undefined => MessageAttributes[name]?.StringValue;
    const own: readonly string[] = DEAD_LETTER_ATTRIBUTES;
    const attempts = text("attempts");
    const execution = text("execution");
    const run = text("run");
    return {
        messageId: text("messageId") ?? MessageId,
        letterId: MessageId,
        group: Attributes["MessageGroupId"] ?? "",
        body: Body,
        sentAt: Number(Attributes["SentTimestamp"] ?? Number.NaN),
        cause: text("cause") ?? MOVED,
        ...(attempts !== undefined && { attempts: Number(attempts) }),
        ...(execution !== undefined && { execution }),
        ...(run !== undefined && { run }),
        attributes: Object.fromEntries(
            Object.entries(MessageAttributes).filter(([name]) => !own.includes(name)),
        ),
        receipt: ReceiptHandle,
    };
}
