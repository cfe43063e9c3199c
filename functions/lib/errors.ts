/** What AWS's errors say, by their wire names. */

/** The wire name of an AWS error; for anything else that was thrown, its type. */
export function errorName(error: unknown): string {
    return error instanceof Error ? error.name : typeof error;
}

/** The text of an error. */
export function errorText(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

/** An error's name and text, for a log line. */
export function errorFields(error: unknown): { error: string; cause: string } {
    return { error: errorName(error), cause: errorText(error) };
}

/** Step Functions API Reference, "SendTaskSuccess": nothing waits on the token any more. */
const TOKEN_GONE = new Set(["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"]);

/** Whether an answer under a task token failed because no execution waits on the token any more. */
export function isTokenGone(error: unknown): boolean {
    return TOKEN_GONE.has(errorName(error));
}

/** Makes a conditional write: true if its condition held. Throws any error but a failed condition. */
export async function conditionHeld(write: Promise<unknown>): Promise<boolean> {
    try {
        await write;
        return true;
    } catch (error) {
        if (errorName(error) === "ConditionalCheckFailedException") return false;
        throw error;
    }
}
