/** What an error of AWS means to the person who gave a command. */
import { errorName, errorText } from "../../functions/lib/errors.ts";
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import type { AwsOptions } from "./aws.ts";
import type { Operator } from "./operator.ts";

const NO_CREDENTIALS = /^(CredentialsProviderError|TokenProviderError)$/;
const WRONG_CREDENTIALS =
    /^(ExpiredToken|ExpiredTokenException|UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch|InvalidAccessKeyId)$/;
const NOT_ALLOWED = /^(AccessDenied|AccessDeniedException|KmsAccessDenied|KMSAccessDeniedException)$/;
const NO_SUCH_STACK =
    /^(ResourceNotFoundException|QueueDoesNotExist|StateMachineDoesNotExist|EntityNotFoundException)$/;

/** Whether the caller may not do what it asked for. */
export function isDenied(error: unknown): boolean {
    return NOT_ALLOWED.test(errorName(error));
}

/** The error as the command line says it; anything that is no answer of AWS stays what it is. */
export function explainAwsError(error: unknown, operator: Operator, options: AwsOptions): unknown {
    if (error instanceof CommandError) return error;
    const name = errorName(error);
    const text = errorText(error);
    const region = options.region ?? operator.region;
    if (NO_CREDENTIALS.test(name)) {
        return new CommandError("no-credentials", `There are no AWS credentials: ${text}`, {
            exitCode: EXIT.credentials,
            hint: loginHint(options),
        });
    }
    if (WRONG_CREDENTIALS.test(name)) {
        return new CommandError(
            "wrong-credentials",
            `AWS does not take these credentials: ${name}: ${text}`,
            {
                exitCode: EXIT.credentials,
                hint: loginHint(options),
            },
        );
    }
    if (NOT_ALLOWED.test(name)) {
        return new CommandError("not-allowed", `AWS does not allow this: ${text}`, {
            exitCode: EXIT.credentials,
        });
    }
    if (NO_SUCH_STACK.test(name)) {
        const where = `region ${region}${options.endpointUrl === undefined ? "" : ` of ${options.endpointUrl}`}`;
        return new CommandError("no-such-stack", `Stack ${operator.stack} is not in ${where}: ${text}`, {
            exitCode: EXIT.notFound,
            hint: "see --region, --profile and --endpoint-url",
        });
    }
    if (isUnreachable(error)) {
        return new CommandError("unreachable", `AWS cannot be reached: ${text || name}`, {
            hint: "see AWS_ENDPOINT_URL and --endpoint-url, and whether turnstile serve still runs",
        });
    }
    const { $metadata } = error as { $metadata?: unknown };
    return $metadata === undefined ? error : new CommandError("aws-error", `AWS says ${name}: ${text}`);
}

function loginHint({ profile }: AwsOptions): string {
    return profile === undefined
        ? "aws login, aws sso login, or --profile NAME"
        : `aws sso login --profile ${profile}`;
}

function isUnreachable(error: unknown): boolean {
    const { code, errors } = error as { code?: unknown; errors?: unknown[] };
    const codes = [code, ...(errors ?? []).map((each) => (each as { code?: unknown }).code)];
    return codes.some((each) =>
        /^(ECONNREFUSED|ENOTFOUND|ECONNRESET|ETIMEDOUT|EAI_AGAIN)$/.test(String(each)),
    );
}
