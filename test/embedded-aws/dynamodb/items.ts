/** Items, requests and checks that several tests of DynamoDB use. */
import assert from "node:assert/strict";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { AwsError } from "../../../embedded-aws/service.ts";
import type { DynamoDbWorld } from "./world.ts";

export const Key = { poolName: { S: "daily" }, entry: { S: "gate" } };
export const MISSING_PATH = "The document path provided in the update expression is invalid for update";

export function item(world: DynamoDbWorld, key: object = Key): Record<string, AttributeValue> | undefined {
    return world.on("GetItem", { Key: key, ConsistentRead: true }).Item;
}

export function put(world: DynamoDbWorld, attributes: object): void {
    world.on("PutItem", { Item: { ...Key, ...attributes } });
}

export function refusal(action: () => unknown): AwsError {
    try {
        action();
    } catch (error) {
        assert.ok(error instanceof AwsError, String(error));
        return error;
    }
    throw new assert.AssertionError({ message: "nothing was refused" });
}

export function refusesWith(action: () => unknown, message: string, name = "ValidationException"): void {
    const error = refusal(action);
    assert.deepEqual([error.name, error.message], [name, message]);
}
