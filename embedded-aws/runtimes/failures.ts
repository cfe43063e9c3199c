/** How Lambda reports an invocation that did not return: its error types and texts. */
import type { InvocationOutcome } from "../services/lambda/index.ts";
import { BundleError } from "./bundle.ts";

/** The handler threw, or its promise was rejected. */
export function failed(error: unknown): InvocationOutcome {
    if (error instanceof Error) return { kind: "failed", errorType: error.name, errorMessage: error.message };
    return { kind: "failed", errorType: typeof error, errorMessage: String(error) };
}

/** The code could not be loaded. */
export function loadFailed(error: unknown): InvocationOutcome {
    if (error instanceof BundleError) {
        return { kind: "failed", errorType: error.errorType, errorMessage: error.message };
    }
    if (error instanceof SyntaxError) {
        return {
            kind: "failed",
            errorType: "Runtime.UserCodeSyntaxError",
            errorMessage: `SyntaxError: ${error.message}`,
        };
    }
    if (
        error instanceof Error &&
        /^(ERR_)?MODULE_NOT_FOUND$/.test(String((error as NodeJS.ErrnoException).code))
    ) {
        return {
            kind: "failed",
            errorType: "Runtime.ImportModuleError",
            errorMessage: `Error: ${error.message}`,
        };
    }
    return failed(error);
}

/** The instance ended in the middle of the invocation. */
export function exited(requestId: string, reason = "signal: killed"): InvocationOutcome {
    const errorMessage = `RequestId: ${requestId} Error: Runtime exited with error: ${reason}`;
    return { kind: "failed", errorType: "Runtime.ExitError", errorMessage };
}
