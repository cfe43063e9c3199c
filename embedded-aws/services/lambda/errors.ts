/** The errors of Lambda that several of its parts use. */
import { AwsError } from "../../service.ts";

export function invalid(message: string): AwsError {
    return new AwsError("InvalidParameterValueException", message);
}

export function functionNotFound(arn: string): AwsError {
    return new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404);
}

/** Lambda API Reference, "Invoke". Whose concurrency is used up: the account's, or what the function has reserved. */
export function tooManyRequests(whose: "account" | "function"): AwsError {
    const reserved = whose === "function" ? "ReservedFunction" : "";
    const Reason = `${reserved}ConcurrentInvocationLimitExceeded`;
    return new AwsError("TooManyRequestsException", "Rate Exceeded.", 429, { Reason });
}

/** Lambda API Reference, "Invoke". */
export function recursiveInvocation(): AwsError {
    return new AwsError(
        "RecursiveInvocationException",
        "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources and stopped your function's invocation.",
    );
}

/** Whether Lambda stopped an invocation because the function was in a loop. */
export function isRecursion(error: unknown): error is AwsError {
    return error instanceof AwsError && error.name === "RecursiveInvocationException";
}

export function isThrottle(error: unknown): boolean {
    return error instanceof AwsError && error.name === "TooManyRequestsException";
}

/** Whether a call that Lambda made to another service failed: it was refused, or an interceptor lost it. */
export function isRefusal(error: unknown): boolean {
    return error instanceof AwsError || (error instanceof Error && error.name === "CallerCrash");
}
