/** Asks before a change, once the person has seen what it does. */
import { createInterface } from "node:readline/promises";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { checkPlace } from "./place.ts";
import type { Session } from "./session.ts";

export interface ChangeOptions {
    /** Skips the question, and nothing else. */
    readonly yes?: boolean;
    /** Says what would happen, and ends. */
    readonly dryRun?: boolean;
}

/** Whether to go on. Throws where there is nobody to ask. */
export async function confirmed(
    session: Session,
    question: string,
    options: ChangeOptions,
): Promise<boolean> {
    const answer = await ask(session, `${question} [y/N]`, options);
    return answer === undefined || /^y(es)?$/i.test(answer);
}

/** Whether to go on with what cannot be undone: the person types what it is about. */
export async function confirmedByTyping(
    session: Session,
    question: string,
    expected: string,
    options: ChangeOptions,
): Promise<boolean> {
    const answer = await ask(session, `${question} type ${expected}:`, options);
    return answer === undefined || answer === expected;
}

/** What the person answers; undefined if nobody need be asked. Nobody is asked about a change of another stack. */
async function ask(
    session: Session,
    question: string,
    { yes = false }: ChangeOptions,
): Promise<string | undefined> {
    await checkPlace(session);
    if (yes) return undefined;
    if (session.ask) return session.ask(question);
    const { stdin, stderr } = session.around;
    if (stdin.isTTY !== true) {
        throw new CommandError("no-terminal", "There is no terminal to ask on. Nothing was changed.", {
            exitCode: EXIT.usage,
            hint: "--yes does it without asking, --dry-run only says what would happen",
        });
    }
    stderr.write(`${question} `);
    const asked = createInterface({ input: stdin });
    try {
        return (await Promise.race([asked.question(""), closed(asked)])).trim();
    } finally {
        asked.close();
    }
}

/** The end of the input is a no. */
function closed(asked: ReturnType<typeof createInterface>): Promise<string> {
    return new Promise((resolve) => {
        asked.once("close", () => resolve(""));
    });
}

/** Says that the person has said no. */
export function declined(session: Session): number {
    session.around.stderr.write("Nothing was changed.\n");
    return EXIT.declined;
}
