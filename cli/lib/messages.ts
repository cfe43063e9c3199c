/** Reads the user's messages: JSON lines, each of them checked. A wrong one is named by its number. */
import { plural } from "./format.ts";

/** A message for the queue. */
export interface Message {
    readonly body: string;
    readonly group: string;
    /** Its line in the user's file, from 1; absent for messages that come from no file. */
    readonly line?: number;
}

/** What is wrong with one line. */
export interface Mistake {
    readonly line: number;
    readonly problem: string;
}

export interface Messages {
    readonly messages: readonly Message[];
    readonly mistakes: readonly Mistake[];
}

/** No message of the file can be used. */
export class MessagesError extends Error {
    override readonly name = "MessagesError";
}

/** The group of messages that name none. They leave the queue one after the other, in the order of the file. */
export const DEFAULT_GROUP = "messages";

/** SQS Developer Guide, "Amazon SQS message quotas": 1 MiB. */
const MAX_BODY_BYTES = 1_048_576;

/** At most so many mistakes are shown. */
const MAX_SHOWN = 10;

const KEYS = ["body", "group", "priority"];

/**
 * Throws `MessagesError` when the bytes are no text, or no message.
 * @param name what an error calls the bytes: a path, or "standard input"
 */
export function parseMessages(bytes: Uint8Array, name: string): Messages {
    const lines = decode(bytes, name).split("\n");
    const messages: Message[] = [];
    const mistakes: Mistake[] = [];
    for (const [index, text] of lines.entries()) {
        if (text.trim() === "") continue;
        const message = parseLine(text);
        const line = index + 1;
        if (typeof message === "string") mistakes.push({ line, problem: message });
        else messages.push({ ...message, line });
    }
    if (messages.length + mistakes.length === 0) {
        throw new MessagesError(
            `${name} has no messages; it needs JSON lines such as {"body": {"arguments": {"--month": "2012-01"}}}`,
        );
    }
    return { messages, mistakes };
}

/** `count` messages, each with a number, in ten groups, which leave the queue side by side. */
export function* generateMessages(count: number): Generator<Message> {
    for (let number = 1; number <= count; number++) {
        yield {
            body: JSON.stringify({ arguments: { "--number": String(number) } }),
            group: `group-${number % 10}`,
        };
    }
}

/** One line for each mistake, up to ten, then how many more there are. */
export function describeMistakes(mistakes: readonly Mistake[], name: string): string[] {
    const lines = mistakes
        .slice(0, MAX_SHOWN)
        .map(({ line, problem }) => `${name}, line ${line}: ${problem}`);
    const more = mistakes.length - MAX_SHOWN;
    if (more > 0) lines.push(`${name}: and ${plural(more, "more wrong line")}`);
    return lines;
}

function decode(bytes: Uint8Array, name: string): string {
    const expected = "it must be UTF-8 text with a JSON object on each line";
    if (bytes.includes(0)) throw new MessagesError(`${name} is binary; ${expected}`);
    try {
        return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
        throw new MessagesError(`${name} is not UTF-8; ${expected}`);
    }
}

/** The message of a line, or what is wrong with it. */
function parseLine(text: string): Message | string {
    let line: unknown;
    try {
        line = JSON.parse(text);
    } catch (error) {
        return `it is not JSON: ${(error as Error).message}`;
    }
    if (!isObject(line)) return `it must be an object with a body, but it is ${kindOf(line)}`;
    const unknown = Object.keys(line).find((key) => !KEYS.includes(key));
    if (unknown !== undefined) return `unknown key "${unknown}"; the keys of a line are ${KEYS.join(", ")}`;
    const group = line["group"] ?? DEFAULT_GROUP;
    // SQS API Reference, SendMessage: MessageGroupId is 1 to 128 letters, digits and punctuation.
    if (typeof group !== "string" || !/^[\x21-\x7e]{1,128}$/.test(group)) {
        return `group must be 1 to 128 ASCII letters, digits or punctuation marks, but it is ${JSON.stringify(group)}`;
    }
    const body = parseBody(line["body"], line["priority"]);
    return "problem" in body ? body.problem : { body: body.text, group };
}

function parseBody(body: unknown, priority: unknown): { text: string } | { problem: string } {
    if (body === undefined) return { problem: "it has no body" };
    if (typeof body !== "string" && !isObject(body)) {
        return { problem: `body must be an object or a string, but it is ${kindOf(body)}` };
    }
    let text = typeof body === "string" ? body : JSON.stringify(body);
    if (priority !== undefined) {
        if (!Number.isInteger(priority) || Number(priority) < 0 || Number(priority) > 9) {
            return {
                problem: `priority must be a whole number from 0 (first) to 9 (last), but it is ${JSON.stringify(priority)}`,
            };
        }
        if (!isObject(body))
            return {
                problem: "priority needs a body that is an object; put it into the body string instead",
            };
        if (body["priority"] !== undefined && body["priority"] !== priority) {
            return { problem: "the priority of the line and the priority of its body differ; give it once" };
        }
        text = JSON.stringify({ ...body, priority });
    }
    if (text === "") return { problem: "body is empty; SQS needs at least one character" };
    const size = Buffer.byteLength(text);
    if (size > MAX_BODY_BYTES) return { problem: `body has ${size} bytes; SQS allows ${MAX_BODY_BYTES}` };
    return { text };
}

function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
    if (value === null) return "null";
    return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}
