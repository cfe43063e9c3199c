/** Ids as people type and read them. */
import { parseHolderId } from "../../slots/holder.ts";

/** The message of a holder; the holder id itself if it is none of Turnstile's. */
export function messageIdOf(holder: string): string {
    return parseHolderId(holder)?.message ?? holder;
}

/** The beginning of a message's id, long enough to tell messages apart in one pool. */
export function shortId(messageId: string): string {
    return messageId.slice(0, 8);
}
