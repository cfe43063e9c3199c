/** Reads the messages that a user wants to run: JSON lines, each checked, so that a wrong one is named by its number. */

/** A message for the queue. */
export interface Message {
    readonly body: string;
    readonly group: string;
    /** Its line in the user's file, from 1; absent for messages that no file holds. */
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

/** The file as a whole cannot be used. */
export class MessagesError extends Error {
    override readonly name = "MessagesError";
}

/** The group of messages that name none: they leave the queue one after the other, as they stand in the file. */
export const DEFAULT_GROUP = "messages";

/** SQS Developer Guide, "Amazon SQS message quotas": 1 MiB. */
const MAX_BODY_BYTES = 1_048_576;

const KEYS = ["body", "group", "priority"];

/** @param name what the bytes are called in an error: a path, or "standard input" */
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
            `${name} is empty; expected JSON lines such as {"body": {"arguments": {"--month": "2012-01"}}}`,
        );
    }
    return { messages, mistakes };
}

/** `count` messages whose jobs have a number each; ten groups, so that they leave the queue side by side. */
export function* generateMessages(count: number): Generator<Message> {
    for (let number = 1; number <= count; number++) {
        yield {
            body: JSON.stringify({ arguments: { "--number": String(number) } }),
            group: `group-${number % 10}`,
        };
    }
}

/** The mistakes as they are shown: some lines, not thousands. */
export function describeMistakes(mistakes: readonly Mistake[], name: string, shown = 10): string[] {
    const lines = mistakes.slice(0, shown).map(({ line, problem }) => `${name}, line ${line}: ${problem}`);
    if (mistakes.length > shown) lines.push(`${name}: ${mistakes.length - shown} more lines are wrong`);
    return lines;
}

function decode(bytes: Uint8Array, name: string): string {
    const expected = "expected UTF-8 text with a JSON object on each line";
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
        return `not JSON: ${(error as Error).message}`;
    }
    if (!isObject(line)) return `expected an object with a body, got ${kindOf(line)}`;
    const unknown = Object.keys(line).find((key) => !KEYS.includes(key));
    if (unknown !== undefined) return `unknown key "${unknown}"; a line may have ${KEYS.join(", ")}`;
    const group = line["group"] ?? DEFAULT_GROUP;
    // SQS API Reference, SendMessage: MessageGroupId is 1 to 128 letters, digits and punctuation.
    if (typeof group !== "string" || !/^[\x21-\x7e]{1,128}$/.test(group)) {
        return `group must be 1 to 128 letters, digits or punctuation marks, got ${JSON.stringify(group)}`;
    }
    const body = parseBody(line["body"], line["priority"]);
    return "problem" in body ? body.problem : { body: body.text, group };
}

function parseBody(body: unknown, priority: unknown): { text: string } | { problem: string } {
    if (body === undefined) return { problem: "it has no body" };
    if (typeof body !== "string" && !isObject(body)) {
        return { problem: `body must be an object or a text, got ${kindOf(body)}` };
    }
    let text = typeof body === "string" ? body : JSON.stringify(body);
    if (priority !== undefined) {
        if (!Number.isInteger(priority) || Number(priority) < 0 || Number(priority) > 9) {
            return {
                problem: `priority must be a whole number from 0 (first) to 9 (last), got ${JSON.stringify(priority)}`,
            };
        }
        if (!isObject(body))
            return { problem: "priority needs a body that is an object; write it into the text instead" };
        if (body["priority"] !== undefined && body["priority"] !== priority) {
            return { problem: "priority is given twice, in the line and in its body, and differs" };
        }
        text = JSON.stringify({ ...body, priority });
    }
    if (text === "") return { problem: "body is empty; SQS takes one character at least" };
    const size = Buffer.byteLength(text);
    if (size > MAX_BODY_BYTES)
        return { problem: `body has ${size} bytes; SQS takes ${MAX_BODY_BYTES} at most` };
    return { text };
}

function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
    if (value === null) return "null";
    return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}
