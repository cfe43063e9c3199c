/** Ids as people type and read them. */
import { parseHolderId } from "../../slots/holder.ts";

/** The message of a holder, from its execution's name; the holder id itself if no execution of Turnstile has that name. */
export function messageIdOf(holder: string): string {
    const name = parseHolderId(holder)?.execution ?? holder;
    return /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.exec(name)?.[0] ?? name;
}

/** The beginning of a message's id, long enough to tell messages apart in one pool. */
export function shortId(messageId: string): string {
    return messageId.slice(0, 8);
}
