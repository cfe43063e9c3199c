/** An error that a person can do something about: one line, the exit code, and often the next command. */
import { EXIT } from "./exit-codes.ts";
import type { ExitCode } from "./exit-codes.ts";

export class CommandError extends Error {
    override readonly name = "CommandError";
    readonly exitCode: ExitCode;
    /** What scripts match on, such as `no-such-message`. */
    readonly code: string;
    /** What to do next. */
    readonly hint: string | undefined;

    constructor(
        code: string,
        message: string,
        { exitCode = EXIT.failed, hint }: { exitCode?: ExitCode; hint?: string } = {},
    ) {
        super(message);
        this.code = code;
        this.exitCode = exitCode;
        this.hint = hint;
    }
}

/** The error as a script gets it: one line of JSON. */
export function errorJson({ code, message, hint, exitCode }: CommandError): string {
    return JSON.stringify({ code, message, ...(hint !== undefined && { hint }), exit: exitCode });
}

/** The error as a person gets it. */
export function errorText({ message, hint }: CommandError): string {
    return hint === undefined ? message : `${message}\n  ${hint}`;
}
