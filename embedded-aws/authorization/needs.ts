/** What the needs of many operations are made from. The needs themselves are in the folders of the services. */
import type { NeedsOf } from "../service.ts";

/**
 * How a key is used to read: the service decrypts for its caller (DynamoDB Developer Guide, "DynamoDB encryption at
 * rest: usage notes").
 */
export const READ = ["kms:Decrypt"];

/**
 * How a key is used to write. The service also decrypts the new data key, to check it (SQS Developer Guide, "Key
 * management"; SNS Developer Guide, "Managing Amazon SNS encryption keys and costs").
 */
export const WRITE = ["kms:GenerateDataKey", "kms:Decrypt"];

/** An action on the resource whose ARN is a member of the request. */
export function on(action: string, member: string): NeedsOf {
    return (input) => ({ action, resource: text(input[member]) });
}

/** An action that has no resource type. */
export function onAll(action: string): NeedsOf {
    const need = { action, resource: "*" };
    return () => need;
}

/** A member of a request as text. What should be text and is not makes an ARN that no resource has. */
export function text(value: unknown): string {
    return typeof value === "string" ? value : String(JSON.stringify(value));
}

const MAX_REMEMBERED = 10_000;

/** Returns `make` with a memory, for ARNs that are needed all the time. Each world has a memory of its own. */
export function remembering<W extends object>(
    make: (world: W, name: string) => string,
): (world: W, name: string) => string {
    const made = new WeakMap<W, Map<string, string>>();
    return (world, name) => {
        let arns = made.get(world);
        if (!arns || arns.size > MAX_REMEMBERED) made.set(world, (arns = new Map<string, string>()));
        let arn = arns.get(name);
        if (arn === undefined) arns.set(name, (arn = make(world, name)));
        return arn;
    };
}
