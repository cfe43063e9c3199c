/** What the starter works with: what it was deployed with, and the messages that it receives. */
import { createHash } from "node:crypto";
import type { Attribute } from "../../workflow/dead-letter.ts";
import type { Platform } from "../lib/platform.ts";

export interface Starter {
    readonly platform: Platform;
    readonly table: string;
    readonly pool: string;
    readonly queue: string;
    readonly stateMachine: string;
    readonly job: string;
    readonly deadLetterQueue: string;
    /** The argument names that messages may use; empty: each that is not reserved. */
    readonly allowedNames: ReadonlySet<string>;
}

/** A message, as the execution gets it. */
export interface Message {
    readonly id: string;
    readonly group: string;
    readonly body: string;
    /** ISO 8601. */
    readonly sentAt: string;
    readonly sequence: string;
    /** Those of the sender's message attributes that are kept, as SendMessage takes them. */
    readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A message with what is not part of its execution's input. */
export interface Received {
    readonly message: Message;
    /** For the log: names of the sender's message attributes that are not kept; empty if all are. */
    readonly dropped: { readonly droppedAttributes?: readonly string[] };
}

/** Tells a body from another. */
export function hashOf(body: string): string {
    return createHash("sha256").update(body).digest("hex");
}
