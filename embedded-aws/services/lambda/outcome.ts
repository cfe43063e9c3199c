/** How an invocation ended. */
export type InvocationOutcome =
    | { readonly kind: "returned"; readonly payload: unknown }
    | { readonly kind: "failed"; readonly errorType: string; readonly errorMessage: string };

/** The time limit ended the invocation. */
export function timedOut(requestId: string, timeoutSeconds: number): InvocationOutcome {
    const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
    return { kind: "failed", errorType: "Sandbox.Timedout", errorMessage };
}
