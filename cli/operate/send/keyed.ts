/** Gives each message of a file a key that follows from what it says: whoever sends the file again finds what was sent. */
import { createHash } from "node:crypto";
import type { Message } from "../../lib/messages.ts";

export interface Keyed extends Message {
    /** Its deduplication id. A message that stands twice in a file has two. */
    readonly key: string;
}

/** @param queueUrl the same message in another queue is another message */
export function withKeys(messages: readonly Message[], queueUrl: string): Keyed[] {
    const seen = new Map<string, number>();
    return messages.map((message) => {
        const text = JSON.stringify([queueUrl, message.group, message.body]);
        const copy = (seen.get(text) ?? 0) + 1;
        seen.set(text, copy);
        return { ...message, key: createHash("sha256").update(`${copy} ${text}`).digest("hex") };
    });
}
