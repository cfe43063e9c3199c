/** What a message's execution gets, and whether it fits: the starter's rule, which those who send know before it. */
import type { Work } from "./message.ts";
import type { Message } from "./received.ts";

/**
 * Bytes of execution input. Step Functions takes 256 KiB (quotas page, "Maximum input or output size"), and the states
 * need some of that for what they add to the message.
 */
export const MAX_INPUT_BYTES = 240 * 1024;

/** The same text each time for the same message: Step Functions compares it when a start is repeated. */
export function executionInput(pool: string, message: Message, work: Work): string {
    return JSON.stringify({ format: 1, pool, message: { ...message, ...work } });
}

/** Why an input is too large; undefined if it fits. */
export function sizeProblem(input: string): string | undefined {
    const bytes = Buffer.byteLength(input);
    if (bytes <= MAX_INPUT_BYTES) return undefined;
    return `The message makes an execution input of ${bytes} bytes; at most ${MAX_INPUT_BYTES} fit. Put the data into S3 and send its name.`;
}

/** The input that a message will make once it is sent, without attributes of its sender's: SQS's part has always the same length. */
export function inputToBe(
    pool: string,
    { body, group }: Pick<Message, "body" | "group">,
    work: Work,
): string {
    const fromSqs = {
        id: "00000000-0000-0000-0000-000000000000",
        sentAt: "2026-01-01T00:00:00.000Z",
        sequence: "00000000000000000000",
    };
    return executionInput(pool, { ...fromSqs, group, body, attributes: {} }, work);
}
