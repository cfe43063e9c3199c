/**
 * Messages to the dead-letter queue: the body untouched, so that a redrive of the queue runs it again, and why it is
 * there as message attributes. The message's id is the deduplication id everywhere, so that doubles fold.
 */
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { executionConsole } from "../../workflow/console.ts";
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
}

/** An attribute's text: SQS takes no control characters (SendMessage, "MessageAttributes") and no empty text. */
const MAX_CAUSE = 1000;
const REFUSED_CHARACTERS = /[\p{Cc}\ufffe\uffff]+/gu;

export async function sendDeadLetter(platform: Platform, letter: DeadLetter): Promise<void> {
    const text = (value: string) => ({ DataType: "String", StringValue: clean(value) });
    await platform.sqs.send(
        new SendMessageCommand({
            QueueUrl: letter.queueUrl,
            MessageBody: letter.body,
            MessageGroupId: letter.group,
            MessageDeduplicationId: letter.messageId,
            MessageAttributes: {
                cause: text(letter.cause),
                pool: text(letter.pool),
                messageId: text(letter.messageId),
                ...(letter.attempts !== undefined && {
                    attempts: { DataType: "Number", StringValue: String(letter.attempts) },
                }),
                ...(letter.execution !== undefined && {
                    execution: text(letter.execution),
                    console: text(executionConsole(letter.execution)),
                }),
                ...(letter.run !== undefined && { run: text(letter.run) }),
            },
        }),
    );
}

function clean(value: string): string {
    return value.replaceAll(REFUSED_CHARACTERS, " ").slice(0, MAX_CAUSE).toWellFormed() || " ";
}
