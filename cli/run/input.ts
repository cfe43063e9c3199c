/** Where the messages of a run come from: the example, a generator, or a file of the user's. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { weatherMessages } from "../../examples/weather/messages.ts";
import { MessagesError, generateMessages, parseMessages } from "./messages.ts";
import type { Message, Mistake } from "./messages.ts";
import type { StartOptions } from "./options.ts";

export interface Input {
    readonly total: number;
    readonly messages: Iterable<Message>;
    /** Lines that cannot be sent. */
    readonly mistakes: readonly Mistake[];
    /** What the user calls the source. */
    readonly name: string;
    readonly isExample: boolean;
    /** What the user knows a message by, given its place from 0: its month, its line, its number. */
    readonly label: (message: number) => string;
}

/**
 * @param cwd what a relative path is relative to
 * @param stdin what `--messages -` reads
 */
export async function readInput(
    options: Pick<StartOptions, "messages" | "count">,
    cwd: string,
    stdin: NodeJS.ReadableStream,
): Promise<Input> {
    if (options.messages !== undefined) return fileInput(options.messages, cwd, stdin);
    if (options.count !== undefined) {
        return {
            ...{ total: options.count, messages: generateMessages(options.count), mistakes: [] },
            ...{ name: "--count", isExample: false, label: (message) => `message ${message + 1}` },
        };
    }
    const months = weatherMessages();
    return {
        total: months.length,
        messages: months.map(({ body, group }) => ({ body: JSON.stringify(body), group })),
        ...{ mistakes: [], name: "Seattle's weather", isExample: true },
        label: (message) => months[message]?.body.arguments["--month"] ?? "",
    };
}

async function fileInput(file: string, cwd: string, stdin: NodeJS.ReadableStream): Promise<Input> {
    const name = file === "-" ? "standard input" : file;
    const bytes = file === "-" ? await buffer(stdin) : readFile(path.resolve(cwd, file), file);
    const { messages, mistakes } = parseMessages(bytes, name);
    return {
        ...{ total: messages.length, messages, mistakes, name, isExample: false },
        label: (message) => `line ${messages[message]?.line ?? "?"}`,
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
            return `there is no ${resolved}`;
        case "EISDIR":
            return "it is a directory";
        case "EACCES":
            return "permission denied";
        default:
            return error.message;
    }
}
