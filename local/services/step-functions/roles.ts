/** What CreateStateMachine checks of the resources that a machine names: its role, its log group and its key. */
import { Role } from "../iam.ts";
import { AwsError } from "../service.ts";
import type { World } from "../service.ts";

/** The role must exist and trust Step Functions. */
export function checkRole(world: World, roleArn: string, machineArn: string): void {
    const role = world.find(roleArn);
    if (!(role instanceof Role)) throw cannotAssume(roleArn, "it does not exist");
    if (!role.trusts("states.amazonaws.com", machineArn)) {
        throw cannotAssume(roleArn, "its trust policy does not allow it");
    }
}

/** Whether the log group of a logging configuration exists. */
export function checkLogging(world: World, configuration: Readonly<Record<string, unknown>>): void {
    const { level, logDestination } = configuration as { level?: string; logDestination?: string };
    if (level === undefined || level === "OFF") return;
    if (logDestination === undefined || !world.find(logDestination.replace(/:\*$/, ""))) {
        throw new AwsError(
            "InvalidLoggingConfiguration",
            `Invalid Logging Configuration: The CloudWatch Logs log group ${logDestination ?? "(none)"} does not exist.`,
        );
    }
}

/** Whether the key of an encryption configuration exists. */
export function checkEncryption(world: World, configuration: unknown): void {
    const { kmsKeyId } = (configuration ?? {}) as { kmsKeyId?: string };
    if (kmsKeyId === undefined) return;
    const { partition, region, account } = world;
    const arn = kmsKeyId.startsWith("arn:")
        ? kmsKeyId
        : `arn:${partition}:kms:${region}:${account}:${kmsKeyId.startsWith("alias/") ? "" : "key/"}${kmsKeyId}`;
    if (world.find(arn)) return;
    throw new AwsError(
        "KmsAccessDeniedException",
        `The KMS key ${kmsKeyId} of the state machine does not exist.`,
    );
}

function cannotAssume(roleArn: string, why: string): AwsError {
    return new AwsError(
        "AccessDeniedException",
        `Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role ${roleArn}: ${why}.`,
    );
}
