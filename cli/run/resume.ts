/** `--resume`: the messages of a run whose job has not succeeded in it. */
import { createHash } from "node:crypto";
import { MessagesError } from "../lib/messages.ts";
import type { Message } from "../lib/messages.ts";
import type { MessageSource } from "./message-source.ts";
import type { Attempt } from "./output-folder.ts";

/** A message's mark in the index of an output folder. */
export function hashOf({ body, group }: Message): string {
    return createHash("sha256")
        .update(JSON.stringify([body, group]))
        .digest("hex")
        .slice(0, 16);
}

/**
 * The source without the messages that an earlier run has done. Throws `MessagesError` if the run was of other messages.
 * @param folder what an error calls the run
 */
export function withoutDone(
    source: MessageSource,
    attempts: readonly Attempt[],
    folder: string,
): MessageSource {
    const all = [...source.messages];
    for (const { message: number, hash } of attempts) {
        const message = all[number - 1];
        if (message && hashOf(message) === hash) continue;
        throw new MessagesError(
            `${folder} is of other messages: its message ${number} is not the one of ${source.name}; give --resume the same messages as the run had`,
        );
    }
    const done = new Set(attempts.filter(({ exitCode }) => exitCode === 0).map(({ message }) => message));
    const left = all.map((_, index) => index).filter((index) => !done.has(index + 1));
    return {
        ...source,
        total: left.length,
        messages: left.flatMap((index) => all[index] ?? []),
        label: (message) => source.label(left[message] ?? message),
        number: (message) => (left[message] ?? message) + 1,
    };
}
