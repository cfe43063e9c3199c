/** The errors of Lambda that several of its parts use. */
import { AwsError } from "../../service.ts";

export function invalid(message: string): AwsError {
    return new AwsError("InvalidParameterValueException", message);
}

export function functionNotFound(arn: string): AwsError {
    return new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404);
}

/** Lambda Developer Guide, "Understanding Lambda function scaling". */
export function tooManyRequests(): AwsError {
    return new AwsError("TooManyRequestsException", "Rate Exceeded.", 429, {
        Reason: "ConcurrentInvocationLimitExceeded",
    });
}

export function isThrottle(error: unknown): boolean {
    return error instanceof AwsError && error.name === "TooManyRequestsException";
}

/** Whether a call that Lambda made to another service failed: it was refused, or an interceptor lost it. */
export function isRefusal(error: unknown): boolean {
    return error instanceof AwsError || (error instanceof Error && error.name === "CallerCrash");
}
