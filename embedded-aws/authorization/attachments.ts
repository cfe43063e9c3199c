/** What hangs on a resource and bears on who may use it: its own policy, and the key that encrypts it. */
import { Table } from "../services/dynamodb/table.ts";
import { findKey } from "../services/kms/service.ts";
import type { Key } from "../services/kms/service.ts";
import { LambdaFunction } from "../services/lambda/function.ts";
import { LogGroup } from "../services/logs/service.ts";
import { Bucket } from "../services/s3/service.ts";
import type { World } from "../service.ts";
import { Topic } from "../services/sns/service.ts";
import { Queue } from "../services/sqs/queue.ts";
import { StateMachine } from "../services/step-functions/machine.ts";

/** The policy of what is known under an ARN, if it has one. */
export function policyOf(thing: object | undefined): string | object | undefined {
    if (thing instanceof Queue) return thing.settings.policy;
    if (thing instanceof Topic || thing instanceof LambdaFunction || thing instanceof Bucket)
        return thing.policy;
    return undefined;
}

/**
 * The account's own key that encrypts what is known under an ARN. None of AWS's: those let everybody use them who may use
 * the service (KMS Developer Guide, "AWS managed keys").
 */
export function encryptionKeyOf(thing: object | undefined, world: World): Key | undefined {
    const id = keyIdOf(thing);
    return id === undefined || id.includes("alias/aws/") ? undefined : findKey(world, id);
}

function keyIdOf(thing: object | undefined): string | undefined {
    if (thing instanceof Table) return thing.kmsKeyArn;
    if (thing instanceof Queue) return thing.settings.kmsMasterKeyId;
    if (thing instanceof Topic) return thing.keyId;
    if (thing instanceof StateMachine) return thing.definition.keyArn;
    if (thing instanceof LogGroup) return thing.keyArn;
    return thing instanceof Bucket ? thing.kmsKeyArn() : undefined;
}
