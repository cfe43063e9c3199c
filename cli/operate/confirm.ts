/** Asks before a change, once the person has seen what it does. */
import { createInterface } from "node:readline/promises";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
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
    { yes = false }: ChangeOptions,
): Promise<boolean> {
    if (yes) return true;
    const { stdin, stderr } = session.around;
    if (stdin.isTTY !== true) {
        throw new CommandError("no-terminal", "There is no terminal to ask on. Nothing was changed.", {
            exitCode: EXIT.usage,
            hint: "--yes does it without asking, --dry-run only says what would happen",
        });
    }
    stderr.write(`${question} [y/N] `);
    const asked = createInterface({ input: stdin });
    try {
        const answer = await Promise.race([asked.question(""), closed(asked)]);
        return /^y(es)?$/i.test(answer.trim());
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
