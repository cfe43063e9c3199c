/** Where the messages of a run come from: the example, a generator, or the user's file. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { isExampleHere, weatherMessages } from "../../examples/weather/messages.ts";
import { MessagesError, generateMessages, parseMessages } from "../lib/messages.ts";
import type { Message, Mistake } from "../lib/messages.ts";
import type { RunOptions } from "./options.ts";

export interface MessageSource {
    readonly total: number;
    readonly messages: Iterable<Message>;
    /** Lines that cannot be sent. */
    readonly mistakes: readonly Mistake[];
    /** What the user calls the source. */
    readonly name: string;
    readonly isExample: boolean;
    /** What the user knows a message by, given its index from 0: its month, its line, its number. */
    readonly label: (message: number) => string;
    /** The number of a message among all of its source, from 1. */
    readonly number: (message: number) => number;
}

const inOrder = (message: number): number => message + 1;

/** How many messages are generated where the example is not: as many as it has. */
const DEFAULT_COUNT = 48;

/**
 * @param cwd the directory that a relative path starts from
 * @param stdin what `--messages -` reads
 */
export async function readMessages(
    options: Pick<RunOptions, "messages" | "count">,
    cwd: string,
    stdin: NodeJS.ReadableStream,
): Promise<MessageSource> {
    if (options.messages !== undefined) return fromFile(options.messages, cwd, stdin);
    if (options.count !== undefined) return fromGenerator(options.count);
    return isExampleHere() ? fromExample() : fromGenerator(DEFAULT_COUNT);
}

function fromExample(): MessageSource {
    const months = weatherMessages();
    return {
        total: months.length,
        messages: months.map(({ body, group }) => ({ body: JSON.stringify(body), group })),
        mistakes: [],
        name: "Seattle's weather",
        isExample: true,
        label: (message) => months[message]?.body.arguments["--month"] ?? "",
        number: inOrder,
    };
}

function fromGenerator(count: number): MessageSource {
    return {
        total: count,
        // Whoever iterates gets all of them.
        messages: { [Symbol.iterator]: () => generateMessages(count) },
        mistakes: [],
        name: "--count",
        isExample: false,
        label: (message) => `message ${message + 1}`,
        number: inOrder,
    };
}

async function fromFile(file: string, cwd: string, stdin: NodeJS.ReadableStream): Promise<MessageSource> {
    const name = file === "-" ? "standard input" : file;
    const bytes = file === "-" ? await buffer(stdin) : readFile(path.resolve(cwd, file), file);
    const { messages, mistakes } = parseMessages(bytes, name);
    return {
        total: messages.length,
        messages,
        mistakes,
        name,
        isExample: false,
        label: (message) => `line ${messages[message]?.line ?? "?"}`,
        number: inOrder,
    };
}

function readFile(resolved: string, file: string): Uint8Array {
    try {
        return readFileSync(resolved);
    } catch (error) {
        throw new MessagesError(`cannot read ${file}: ${reason(error as NodeJS.ErrnoException, resolved)}`);
    }
}

function reason(error: NodeJS.ErrnoException, resolved: string): string {
    switch (error.code) {
        case "ENOENT":
            return `${resolved} does not exist`;
        case "EISDIR":
            return "it is a directory";
        case "EACCES":
            return "permission denied";
        default:
            return error.message;
    }
}
