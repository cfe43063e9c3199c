/**
 * Executions that a key of the account encrypts (Step Functions Developer Guide, "Data at rest encryption"). The machine's
 * role uses the key to start, to go on from state to state, and to take an answer. Callers who read what is encrypted need
 * the key, too; the operations' IAM needs say so. AWS keeps a data key for a while: there a change takes effect up to
 * fifteen minutes later than here.
 */
import { sessionOf } from "../../authorization/refusals.ts";
import { arnIn } from "../../location.ts";
import { AwsError } from "../../service.ts";
import type { Caller, World } from "../../service.ts";
import { findKey } from "../kms/index.ts";
import type { Key } from "../kms/index.ts";
import { api } from "./errors.ts";
import type { Definition, StateMachine } from "./machine.ts";

/** Step Functions Developer Guide, "Data at rest encryption". */
export const ENCRYPTION_CONTEXT = "kms:EncryptionContext:aws:states:stateMachineArn";

/** The same page, for logs on their way to a log group. */
export const DELIVERY_CONTEXT = "kms:EncryptionContext:SourceArn";

interface EncryptionConfiguration {
    readonly type?: string;
    readonly kmsKeyId?: string;
    readonly kmsDataKeyReusePeriodSeconds?: number;
}

/** The ARN of the key that a configuration names, with the checks of CreateStateMachine. Undefined: AWS's own key. */
export function keyArnOf(world: World, configuration: unknown): string | undefined {
    const {
        type,
        kmsKeyId,
        kmsDataKeyReusePeriodSeconds: reuse,
    } = (configuration ?? {}) as EncryptionConfiguration;
    if (reuse !== undefined && !(reuse >= 60 && reuse <= 900)) {
        const range = "Member must have value from 60 to 900";
        throw api.constraint(reuse, "encryptionConfiguration.kmsDataKeyReusePeriodSeconds", range);
    }
    if (type !== "CUSTOMER_MANAGED_KMS_KEY") return undefined;
    if (kmsKeyId === undefined) throw api.missing("encryptionConfiguration.kmsKeyId");
    const key = findKey(world, kmsKeyId);
    if (!key) {
        const why = `The KMS key ${kmsKeyId} of the state machine does not exist.`;
        throw new AwsError("KmsAccessDeniedException", why);
    }
    const refused = ["kms:DescribeKey", "kms:GenerateDataKey"].find((action) => !key.serves(action));
    if (refused !== undefined) {
        const why = `User is not authorized to perform: ${refused} on resource: ${key.arn} because no resource-based policy allows the ${refused} action`;
        throw new AwsError("KmsAccessDeniedException", why);
    }
    return key.arn;
}

/** Why executions of a machine cannot be encrypted and decrypted now. Undefined: they can, or have no key. */
export function encryptionFault(
    world: World,
    definition: Definition,
    machine: StateMachine,
): AwsError | undefined {
    const { keyArn, roleArn } = definition;
    if (keyArn === undefined) return undefined;
    const key = findKey(world, keyArn);
    if (key?.enabled !== true) return invalidState(keyArn, key);
    const caller = { principal: "states.amazonaws.com", roleArn, sourceArn: machine.arn };
    const context = (): Record<string, string> => ({ [ENCRYPTION_CONTEXT]: machine.arn });
    const refused = ["kms:Decrypt", "kms:GenerateDataKey"].find(
        (action) => !world.allows(caller, { action, resource: keyArn, context }),
    );
    if (refused === undefined) return undefined;
    const text = `User: ${sessionOf(caller)} is not authorized to perform: ${refused} on resource: ${keyArn}`;
    return new AwsError("KmsAccessDeniedException", text);
}

/**
 * Whether the log of a machine with a key arrives. The machine's role encrypts it, and the service that delivers logs
 * decrypts it.
 */
export function deliversEncryptedLog(world: World, keyArn: string | undefined, caller: Caller): boolean {
    if (keyArn === undefined) return true;
    const context = { [DELIVERY_CONTEXT]: arnIn(world, "logs", "*") };
    const need = { action: "kms:GenerateDataKey", resource: keyArn, context: () => context };
    const delivery = { principal: "delivery.logs.amazonaws.com" };
    return (
        world.allows(caller, need) &&
        findKey(world, keyArn)?.decides(delivery, "kms:Decrypt", context) === "allowed"
    );
}

/** API Reference, "StartExecution", KmsInvalidStateException: "The KMS key is not in valid state". */
function invalidState(keyArn: string, key: Key | undefined): AwsError {
    const state = key ? "is disabled" : "does not exist";
    return new AwsError("KmsInvalidStateException", `The KMS key is not in valid state: ${keyArn} ${state}.`);
}
