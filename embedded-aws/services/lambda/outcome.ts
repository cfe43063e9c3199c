/** How an invocation ended. */
export type InvocationOutcome =
    | { readonly kind: "returned"; readonly payload: unknown }
    | { readonly kind: "failed"; readonly errorType: string; readonly errorMessage: string };
