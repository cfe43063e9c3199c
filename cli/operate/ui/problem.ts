/** What the page says of an error. */
import { CommandError } from "../../lib/command-error.ts";
import type { LiveProblem } from "../../page/live-data.ts";

export function problemOf(error: unknown): LiveProblem {
    if (error instanceof CommandError)
        return { message: error.message, ...(error.hint !== undefined && { hint: error.hint }) };
    return { message: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}
