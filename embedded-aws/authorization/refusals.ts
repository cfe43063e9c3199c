/** The error of a call that a role may not make, in the words of the service. */
import { AwsError } from "../service.ts";
import type { Caller, ErrorKind, ServiceName, World } from "../service.ts";

export type Reason = "identity" | "identity deny" | "boundary" | "resource" | "resource deny";

const ACCESS_DENIED: ErrorKind = { name: "AccessDeniedException", statusCode: 400 };

/** The error of a call. `through` is the service that wanted to use a key. */
export function refusal(
    { descriptors }: World,
    caller: Caller,
    action: string,
    resource: string,
    reason: Reason,
    through?: ServiceName,
): AwsError {
    const refusals = descriptors.get(serviceOf(action))?.refusals;
    const keyRefusals = through && descriptors.get(through)?.refusals;
    const kind = through === undefined ? refusals?.call : (keyRefusals?.key ?? keyRefusals?.call);
    const { name, statusCode } = kind ?? ACCESS_DENIED;
    const spelt = refusals?.spellAction?.(action) ?? action;
    const about = refusals?.spellResource?.(resource) ?? resource;
    const text = `User: ${sessionOf(caller)} is not authorized to perform: ${spelt} on resource: ${about} ${because(reason, spelt)}`;
    return new AwsError(name, text, statusCode);
}

/** The service of an action such as `sqs:SendMessage`. There may be none of that name. */
export function serviceOf(action: string): ServiceName {
    return action.slice(0, action.indexOf(":")) as ServiceName;
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

/** The caller as AWS names it: the session in which a service has the role. Lambda's sessions have the name of the function. */
export function sessionOf({ roleArn = "", sourceArn, principal }: Caller): string {
    const [, partition = "aws", , , account = ""] = roleArn.split(":");
    const session = sourceArn?.split(/[:/]/).at(-1) ?? principal.split(".")[0] ?? principal;
    return `arn:${partition}:sts::${account}:assumed-role/${roleArn.split("/").at(-1) ?? ""}/${session}`;
}
