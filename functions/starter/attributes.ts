/**
 * Which of a sender's message attributes stay with its message to the end. SQS takes ten on a message, and Turnstile's own
 * need seven on a dead letter, so three texts or numbers stay: the first by name. The same message keeps the same ones each
 * time, in the same order, because the execution's input must not change.
 */
import type { SQSMessageAttribute, SQSMessageAttributes } from "aws-lambda";
import { DEAD_LETTER_ATTRIBUTES, MAX_SENDER_ATTRIBUTES } from "../../workflow/dead-letter.ts";
import type { Attribute } from "../../workflow/dead-letter.ts";

/** Bytes of their names, types and values, which is how SQS counts. They share the execution's input with the body. */
const MAX_BYTES = 4096;

export interface KeptAttributes {
    readonly kept: Readonly<Record<string, Attribute>>;
    /** Names of the others, in their order. */
    readonly dropped: readonly string[];
}

/** Chooses from the attributes as Lambda hands them over; the chosen are as SendMessage takes them. */
export function keepAttributes(sent: SQSMessageAttributes): KeptAttributes {
    const kept: [string, Attribute][] = [];
    const dropped: string[] = [];
    let bytes = 0;
    for (const name of Object.keys(sent).sort()) {
        const attribute = asSent(sent[name]);
        const size = attribute ? Buffer.byteLength(name + attribute.DataType + attribute.StringValue) : 0;
        if (!attribute || isOwn(name) || kept.length === MAX_SENDER_ATTRIBUTES || bytes + size > MAX_BYTES) {
            dropped.push(name);
            continue;
        }
        kept.push([name, attribute]);
        bytes += size;
    }
    return { kept: Object.fromEntries(kept), dropped };
}

/** A text or number, perhaps with a label of the sender's such as `Number.bytes`; undefined for binary data. */
function asSent(attribute: SQSMessageAttribute | undefined): Attribute | undefined {
    const { dataType = "", stringValue } = attribute ?? {};
    if (!/^(String|Number)(\.|$)/.test(dataType) || stringValue === undefined) return undefined;
    return { DataType: dataType, StringValue: stringValue };
}

function isOwn(name: string): boolean {
    return (DEAD_LETTER_ATTRIBUTES as readonly string[]).includes(name);
}
