/**
 * Sends messages to the dead-letter queue: the body unchanged, so that a redrive of the queue runs it again, and the cause as
 * message attributes beside those of the sender that were kept. The message's id is the deduplication id everywhere, so SQS drops a second copy.
 */
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { executionConsole } from "../../workflow/console.ts";
import {
    DEAD_LETTER_ATTRIBUTES,
    deadLetterAttributes,
    MAX_SENDER_ATTRIBUTES,
} from "../../workflow/dead-letter.ts";
import type { Attribute } from "../../workflow/dead-letter.ts";
import type { Platform } from "./platform.ts";

export interface DeadLetter {
    readonly queueUrl: string;
    readonly pool: string;
    readonly messageId: string;
    readonly group: string;
    readonly body: string;
    /** The error's name and what it says. */
    readonly cause: string;
    /** How often the job was tried; absent if it never was. */
    readonly attempts?: number;
    /** ARN of the execution, if there was one. */
    readonly execution?: string;
    /** Id of the last Glue run. */
    readonly run?: string;
    /** The sender's message attributes, as the execution's input has them in `message.attributes`. */
    readonly attributes?: Readonly<Record<string, Attribute>> | undefined;
}

/** An attribute's text: SQS takes no control characters (SendMessage, "MessageAttributes") and no empty text. */
const MAX_CAUSE = 1000;
const REFUSED_CHARACTERS = /[\p{Cc}\ufffe\uffff]+/gu;

export async function sendDeadLetter(platform: Platform, letter: DeadLetter): Promise<void> {
    const { attempts, execution, run } = letter;
    await platform.sqs.send(
        new SendMessageCommand({
            QueueUrl: letter.queueUrl,
            MessageBody: letter.body,
            MessageGroupId: letter.group,
            MessageDeduplicationId: letter.messageId,
            MessageAttributes: {
                ...sendersOwn(letter.attributes),
                ...deadLetterAttributes({
                    cause: clean(letter.cause),
                    attempts: attempts === undefined ? undefined : String(attempts),
                    pool: clean(letter.pool),
                    messageId: clean(letter.messageId),
                    execution: execution === undefined ? undefined : clean(execution),
                    run: run === undefined ? undefined : clean(run),
                    console: execution === undefined ? undefined : clean(executionConsole(execution)),
                }),
            },
        }),
    );
}

/**
 * The sender's attributes without those whose names are Turnstile's, and no more than fit beside them. The starter has
 * chosen them already, but an execution that somebody started by hand may have any.
 */
function sendersOwn(attributes: DeadLetter["attributes"]): Record<string, Attribute> {
    const own: readonly string[] = DEAD_LETTER_ATTRIBUTES;
    const others = Object.entries(attributes ?? {}).filter(([name]) => !own.includes(name));
    return Object.fromEntries(others.slice(0, MAX_SENDER_ATTRIBUTES));
}

function clean(value: string): string {
    return value.replaceAll(REFUSED_CHARACTERS, " ").slice(0, MAX_CAUSE).toWellFormed() || " ";
}
