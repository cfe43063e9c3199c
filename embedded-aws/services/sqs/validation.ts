/** Checks what is sent to a queue, in the order of SQS and with its texts. */
import type { MessageAttributeValue, SendMessageBatchRequestEntry } from "@aws-sdk/client-sqs";
import { AwsError } from "../../service.ts";
import { invalidParameter, invalidValue, missing } from "./errors.ts";
import type { Content } from "./message.ts";
import type { QueueSettings } from "./settings.ts";

/** What `SendMessage` and an entry of `SendMessageBatch` have in common. */
export type Sendable = Omit<SendMessageBatchRequestEntry, "Id">;

/** SQS Developer Guide, "Message quotas". */
const MAX_ATTRIBUTES = 10;
const MAX_DELAY_SECONDS = 900;

// The request's alphabet: #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.
// eslint-disable-next-line no-control-regex
const FORBIDDEN_CHARACTER = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/u;
const IDENTIFIER = /^[A-Za-z0-9!-/:-@[-`{-~]{1,128}$/;

/** The content of a message, and its delay in seconds. Throws if the queue would refuse it. */
export function contentOf(
    input: Sendable,
    queue: QueueSettings,
    { sender, trace }: { sender: string; trace: string | undefined },
): { content: Content; delaySeconds: number } {
    const body = checkBody(input.MessageBody);
    const attributes = input.MessageAttributes ?? {};
    const size = Buffer.byteLength(body) + checkAttributes(attributes);
    if (size > queue.maximumMessageSize) {
        throw invalidParameter(
            `One or more parameters are invalid. Reason: Message must be shorter than ${queue.maximumMessageSize} bytes.`,
        );
    }
    const { MessageGroupId: group, MessageDeduplicationId: deduplicationId } = input;
    checkGroup(group, queue);
    checkDeduplicationId(deduplicationId, queue);
    const delaySeconds = checkDelay(input.DelaySeconds, queue);
    const traceHeader = checkSystemAttributes(input.MessageSystemAttributes) ?? trace;
    const content = { body, attributes, size, group, deduplicationId, traceHeader, sender };
    return { content, delaySeconds };
}

/** The bytes that SQS counts for a message, valid or not. */
export function sizeOf({ MessageBody = "", MessageAttributes = {} }: Partial<Sendable>): number {
    let size = Buffer.byteLength(MessageBody);
    for (const name in MessageAttributes) size += attributeSize(name, MessageAttributes[name]);
    return size;
}

function attributeSize(name: string, value: MessageAttributeValue | undefined): number {
    const { DataType = "", StringValue = "", BinaryValue } = value ?? { DataType: "" };
    return (
        Buffer.byteLength(name) + DataType.length + (BinaryValue?.length ?? Buffer.byteLength(StringValue))
    );
}

function checkBody(body: string | undefined): string {
    if (body === undefined || body === "") throw missing("MessageBody");
    if (typeof body !== "string") {
        throw new AwsError("SerializationException", `MessageBody must be a string, not ${typeof body}`);
    }
    if (FORBIDDEN_CHARACTER.test(body)) {
        throw new AwsError(
            "InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        );
    }
    return body;
}

function checkGroup(group: string | undefined, queue: QueueSettings): void {
    if (group === undefined) {
        if (queue.fifo) throw missing("MessageGroupId");
        return;
    }
    checkIdentifier("MessageGroupId", group);
}

function checkDeduplicationId(id: string | undefined, queue: QueueSettings): void {
    if (id === undefined) {
        if (!queue.fifo || queue.contentBasedDeduplication) return;
        throw invalidParameter(
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
        );
    }
    if (!queue.fifo) throw notForThisType("MessageDeduplicationId", id);
    checkIdentifier("MessageDeduplicationId", id);
}

function checkIdentifier(parameter: string, value: string): void {
    if (IDENTIFIER.test(value)) return;
    throw invalidValue(
        parameter,
        value,
        `${parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
    );
}

function checkDelay(delay: number | undefined, queue: QueueSettings): number {
    if (delay === undefined) return queue.delaySeconds;
    if (!Number.isInteger(delay) || delay < 0 || delay > MAX_DELAY_SECONDS) {
        throw invalidValue("DelaySeconds", delay, `DelaySeconds must be >= 0 and <= ${MAX_DELAY_SECONDS}.`);
    }
    // SQS Developer Guide, "Amazon SQS delay queues": a FIFO queue has a delay, but its messages have none of their
    // own.
    if (queue.fifo && delay !== 0) throw notForThisType("DelaySeconds", delay);
    return queue.fifo ? queue.delaySeconds : delay;
}

function notForThisType(parameter: string, value: unknown): AwsError {
    return invalidValue(
        parameter,
        value,
        "The request include parameter that is not valid for this queue type",
    );
}

/** Returns the bytes that attributes take. */
function checkAttributes(attributes: Readonly<Record<string, MessageAttributeValue>>): number {
    let size = 0;
    let count = 0;
    for (const name in attributes) {
        count++;
        size += checkAttribute(name, attributes[name] as MessageAttributeValue);
    }
    if (count > MAX_ATTRIBUTES) {
        throw invalidParameter(
            `Number of message attributes [${count}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`,
        );
    }
    return size;
}

function checkAttribute(name: string, value: MessageAttributeValue): number {
    checkAttributeName(name);
    const { DataType: type, StringValue: text, BinaryValue: bytes } = value;
    if (type === undefined || type === "") {
        throw invalidParameter(
            `The message attribute '${name}' must contain a non-empty message attribute type.`,
        );
    }
    const kind = type.split(".", 1)[0] as string;
    if (!["String", "Number", "Binary"].includes(kind)) {
        throw invalidParameter(
            `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
        );
    }
    if ((kind === "Binary" ? bytes : text)?.length) {
        if (text !== undefined && FORBIDDEN_CHARACTER.test(text)) {
            throw invalidParameter(
                `Message (user) attribute '${name}' has a value with invalid characters. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF`,
            );
        }
        if (kind === "Number" && !Number.isFinite(Number(text))) {
            throw invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`);
        }
        return attributeSize(name, value);
    }
    throw invalidParameter(
        `Message (user) attribute '${name}' must contain a non-empty value of type '${kind}'.`,
    );
}

function checkAttributeName(name: string): void {
    const isReserved = /^(aws|amazon)\./i.test(name);
    if (/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(name) && name.length <= 256 && !isReserved) return;
    throw invalidParameter(
        `Message (user) attribute name '${name}' is invalid: it can contain up to 256 of the characters A-Z, a-z, 0-9, underscore, hyphen and period, must not start or end with a period or have two in a row, and must not start with AWS. or Amazon.`,
    );
}

function checkSystemAttributes(attributes: Sendable["MessageSystemAttributes"]): string | undefined {
    for (const name in attributes) {
        if (name !== "AWSTraceHeader")
            throw invalidParameter(`Message system attribute name '${name}' is invalid.`);
    }
    return attributes?.AWSTraceHeader?.StringValue;
}

/** Checks the entries of a batch request as a whole. */
export function checkBatch(entries: readonly { Id: string | undefined }[] | undefined, kind: string): void {
    if (!entries || entries.length === 0) {
        throw new AwsError("EmptyBatchRequest", `There should be at least one ${kind} in the request.`);
    }
    if (entries.length > 10) {
        throw new AwsError(
            "TooManyEntriesInBatchRequest",
            `Maximum number of entries per request are 10. You have sent ${entries.length}.`,
        );
    }
    const ids = new Set<string>();
    for (const { Id: id } of entries) {
        if (id === undefined || !/^[A-Za-z0-9_-]{1,80}$/.test(id)) {
            throw new AwsError(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
            );
        }
        if (ids.has(id)) throw new AwsError("BatchEntryIdsNotDistinct", `Id ${id} repeated.`);
        ids.add(id);
    }
}

/** A whole number in a range, or the default. */
export function checkRange(
    parameter: string,
    value: number | undefined,
    low: number,
    high: number,
    byDefault: number,
): number {
    if (value === undefined) return byDefault;
    if (Number.isInteger(value) && value >= low && value <= high) return value;
    throw invalidValue(parameter, value, `Must be >= ${low} and <= ${high}, if provided.`);
}
