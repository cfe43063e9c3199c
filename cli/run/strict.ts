/** `--strict`: what the stack's queue and its starter would refuse, found before the first message is sent. */
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import { allowedNames } from "../../functions/starter/allowed-names.ts";
import { inputToBe, sizeProblem } from "../../functions/starter/input.ts";
import { readMessage } from "../../functions/starter/message.ts";
import type { Message, Mistake } from "../lib/messages.ts";

/** What the stack takes. */
interface Rules {
    /** Bytes of a body. */
    readonly longest: number;
    /** Names of arguments; an empty set: all that are not reserved. */
    readonly names: ReadonlySet<string>;
    readonly pool: string;
}

/** What is wrong with messages, of which each has its line. */
export function refusedBy(program: RecordedProgram, messages: Iterable<Message>): Mistake[] {
    const rules = rulesOf(program);
    const mistakes: Mistake[] = [];
    for (const message of messages) {
        const { line = 0 } = message;
        const problem = problemOf(message, rules);
        if (problem !== undefined) mistakes.push({ line, problem });
    }
    return mistakes;
}

function problemOf(message: Message, { longest, names, pool }: Rules): string | undefined {
    const { body } = message;
    const size = Buffer.byteLength(body);
    if (size > longest) return `body has ${size} bytes; the queue of this stack takes ${longest}`;
    const read = readMessage(body, names);
    return "problem" in read ? read.problem : sizeProblem(inputToBe(pool, message, read.work));
}

function rulesOf({ resources, outputs }: RecordedProgram): Rules {
    const queue = resources.find((resource) => resource.outputs["url"] === outputs["queueUrl"]);
    const variables = resources
        .map(({ inputs }) => inputs["environment"] as { variables?: Record<string, unknown> } | undefined)
        .find((environment) => environment?.variables?.["ARGUMENT_NAMES"] !== undefined)?.variables;
    return {
        longest: Number(queue?.inputs["maxMessageSize"] ?? Infinity),
        pool: typeof outputs["pool"] === "string" ? outputs["pool"] : "",
        names: allowedNames(variables === undefined ? undefined : String(variables["ARGUMENT_NAMES"])),
    };
}
