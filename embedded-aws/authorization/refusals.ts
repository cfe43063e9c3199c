/** How each service words that a caller may not do something. */
import { AwsError } from "../service.ts";
import type { Caller } from "../service.ts";

export type Reason = "identity" | "identity deny" | "boundary" | "resource" | "resource deny";

/** Error names and HTTP statuses; the others have AccessDeniedException and 400 (the services' API references). */
const ERRORS: Readonly<Record<string, readonly [name: string, statusCode: number]>> = {
    sqs: ["AccessDenied", 403],
    sns: ["AuthorizationError", 403],
    s3: ["AccessDenied", 403],
    lambda: ["AccessDeniedException", 403],
    cloudwatch: ["AccessDenied", 403],
};

/** What a use of a key is refused with, by the service that it was to be used through. */
const KEY_ERRORS: Readonly<Record<string, readonly [name: string, statusCode: number]>> = {
    ...ERRORS,
    sqs: ["KmsAccessDenied", 400],
    sns: ["KMSAccessDenied", 400],
    states: ["KmsAccessDeniedException", 400],
};

/** The error of a call. `through`: the service on whose way a key was to be used. */
export function refusal(
    caller: Caller,
    action: string,
    resource: string,
    reason: Reason,
    through?: string,
): AwsError {
    const service = action.slice(0, action.indexOf(":"));
    const [name, statusCode] = (through === undefined ? ERRORS[service] : KEY_ERRORS[through]) ?? [
        "AccessDeniedException",
        400,
    ];
    const spelt = spelling(service, action);
    const about = service === "s3" ? `"${resource}"` : resource;
    const text = `User: ${sessionOf(caller)} is not authorized to perform: ${spelt} on resource: ${about} ${because(reason, spelt)}`;
    return new AwsError(name, text, statusCode);
}

/** SQS writes actions in small letters, SNS its own name in large ones. */
function spelling(service: string, action: string): string {
    if (service === "sqs") return action.toLowerCase();
    return service === "sns" ? action.replace("sns:", "SNS:") : action;
}

/** IAM User Guide, "Troubleshoot access denied error messages". */
function because(reason: Reason, action: string): string {
    switch (reason) {
        case "identity":
            return `because no identity-based policy allows the ${action} action`;
        case "identity deny":
            return "with an explicit deny in an identity-based policy";
        case "boundary":
            return `because no permissions boundary allows the ${action} action`;
        case "resource":
            return `because no resource-based policy allows the ${action} action`;
        case "resource deny":
            return "with an explicit deny in a resource-based policy";
    }
}

/** Who calls, as AWS names it: the session in which a service has the role. Lambda's has the function's name. */
export function sessionOf({ roleArn = "", sourceArn, principal }: Caller): string {
    const [, partition = "aws", , , account = ""] = roleArn.split(":");
    const session = sourceArn?.split(/[:/]/).at(-1) ?? principal.split(".")[0] ?? principal;
    return `arn:${partition}:sts::${account}:assumed-role/${roleArn.split("/").at(-1) ?? ""}/${session}`;
}
