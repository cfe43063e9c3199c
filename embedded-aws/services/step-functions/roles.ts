/** The checks of CreateStateMachine of the resources that a machine names: its role and its log group. */
import { AwsError } from "../../service.ts";
import type { Caller, World } from "../../service.ts";
import { Role } from "../iam/index.ts";
import { deliversEncryptedLog } from "./encryption.ts";

/** The role must exist and trust Step Functions. */
export function checkRole(world: World, roleArn: string, machineArn: string): void {
    const role = world.find(roleArn);
    if (!(role instanceof Role)) throw cannotAssume(roleArn, "it does not exist");
    if (!role.trusts("states.amazonaws.com", machineArn)) {
        throw cannotAssume(roleArn, "its trust policy does not allow it");
    }
}

/**
 * Throws unless the log group of a logging configuration exists and the role may have logs delivered. AWS does not say when
 * it needs which of the actions on its page, so the role must have them all.
 */
export function checkLogging(
    world: World,
    configuration: Readonly<Record<string, unknown>>,
    keyArn: string | undefined,
    caller: Caller,
): void {
    const { level, logDestination } = configuration as { level?: string; logDestination?: string };
    if (level === undefined || level === "OFF") return;
    if (logDestination === undefined || !world.find(logDestination.replace(/:\*$/, ""))) {
        throw new AwsError(
            "InvalidLoggingConfiguration",
            `Invalid Logging Configuration: The CloudWatch Logs log group ${logDestination ?? "(none)"} does not exist.`,
        );
    }
    const mayDeliver = LOG_DELIVERY.every((action) =>
        world.allows(caller, { action: `logs:${action}`, resource: "*" }),
    );
    if (mayDeliver && deliversEncryptedLog(world, keyArn, caller)) return;
    throw new AwsError(
        "AccessDeniedException",
        "The state machine IAM Role is not authorized to access the Log Destination",
    );
}

/**
 * Whether the execution has a trace: its role may ask X-Ray what to sample, and may send traces. Without these permissions
 * there is no trace, and no error (Step Functions Developer Guide, "Trace Step Functions request data in AWS X-Ray").
 */
export function isTraced(world: World, caller: Caller): boolean {
    return TRACING.every((action) => world.allows(caller, { action: `xray:${action}`, resource: "*" }));
}

/** Step Functions Developer Guide, "Using CloudWatch Logs to log execution history", its IAM policy. */
const LOG_DELIVERY = [
    "CreateLogDelivery",
    "GetLogDelivery",
    "UpdateLogDelivery",
    "DeleteLogDelivery",
    "ListLogDeliveries",
    "PutResourcePolicy",
    "DescribeResourcePolicies",
    "DescribeLogGroups",
];

/** Step Functions Developer Guide, "IAM policies for X-Ray". */
const TRACING = ["GetSamplingRules", "GetSamplingTargets", "PutTraceSegments", "PutTelemetryRecords"];

function cannotAssume(roleArn: string, why: string): AwsError {
    return new AwsError(
        "AccessDeniedException",
        `Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role ${roleArn}: ${why}.`,
    );
}
