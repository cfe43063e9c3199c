/** What a check of `turnstile doctor` finds. */
import { errorName, errorText } from "../../../functions/lib/errors.ts";
import { isDenied } from "../aws-errors.ts";

export type Result = "fail" | "warn" | "skip" | "ok";

export interface Finding {
    readonly check: string;
    readonly result: Result;
    readonly text: string;
    /** How to mend it. */
    readonly mend?: string;
}

export function ok(check: string, text: string): Finding {
    return { check, result: "ok", text };
}

/** Something is wrong. */
export function fail(check: string, text: string, mend: string): Finding {
    return { check, result: "fail", text, mend };
}

/** Something will be wrong one day, or nobody would notice it. */
export function warn(check: string, text: string, mend: string): Finding {
    return { check, result: "warn", text, mend };
}

/** What a check finds, or why it could not look. */
export async function orSkip(
    check: string,
    look: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
    try {
        return await look();
    } catch (error) {
        return [{ check, result: "skip", ...whyNot(error) }];
    }
}

const MAX_TEXT = 120;

function whyNot(error: unknown): Pick<Finding, "text" | "mend"> {
    const text = errorText(error);
    if (!isDenied(error)) {
        // What a service that is none of AWS's says may be long.
        const [first = ""] = text.split("\n");
        return { text: `could not look: ${errorName(error)}: ${first.slice(0, MAX_TEXT)}` };
    }
    const action = /perform: ([\w-]+:\w+)/.exec(text)?.[1] ?? text;
    return { text: `not allowed: ${action}`, mend: "docs/security.md has what the commands may do" };
}
