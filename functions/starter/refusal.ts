/** Messages that can never start: each goes to the dead-letter queue, once, with the reason. */
import { sendDeadLetter } from "../lib/dead-letter.ts";
import { errorFields } from "../lib/errors.ts";
import { METRIC } from "../lib/metrics.ts";
import type { Refusal } from "./message.ts";
import type { Message, Received, Starter } from "./received.ts";
import { closeRefusal } from "./row.ts";

/** Why a message is refused: its body breaks a rule, or what surrounds the body does. */
export type Problem = Refusal | { readonly problem: string; readonly rule: "size" | "id" | "before" };

/**
 * Refuses a message that has its mark: sends it to the dead-letter queue, and records that. Whoever finds the mark does it
 * again, because its letter may not have been sent.
 */
export async function refuse(starter: Starter, received: Received, problem: Problem): Promise<void> {
    await sendLetter(starter, received, problem);
    await record(starter, received.message);
}

/** Sends a message to the dead-letter queue. The log gets the broken rule, not the body. */
export async function sendLetter(
    { platform, pool, deadLetterQueue }: Starter,
    { message, dropped }: Received,
    { problem, rule }: Problem,
): Promise<void> {
    await sendDeadLetter(platform, {
        queueUrl: deadLetterQueue,
        pool,
        messageId: message.id,
        group: message.group,
        body: message.body,
        cause: `MessageRefused: ${problem}`,
        attributes: message.attributes,
    });
    platform.log.warn("message can never start: sent to the dead-letter queue", {
        pool,
        messageId: message.id,
        rule,
        ...dropped,
    });
    platform.metrics({ [METRIC.messageRefused]: 1 }, { pool });
}

/**
 * Records that a message has ended, if that can be done. It has its letter: bringing the message back to record that would only
 * send another one.
 */
async function record(starter: Starter, message: Message): Promise<void> {
    try {
        await closeRefusal(starter, message);
    } catch (error) {
        starter.platform.log.warn(
            "the refusal was not recorded: another delivery would send a second letter",
            {
                pool: starter.pool,
                messageId: message.id,
                ...errorFields(error),
            },
        );
    }
}
