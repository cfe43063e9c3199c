/**
 * The lock item of AWS's sample, which others have taken over: a counter, and one attribute for each execution that has a
 * slot. The counter decides; the attributes keep an execution from counting twice.
 */
import type { EmbeddedWorld, RecordedProgram } from "../../../embedded-aws/index.ts";
import { LOCK_KEY } from "./parts.ts";
import { ME, NOW, updateLock } from "./states.ts";

export const COUNT = "currentlockcount";

/** Before anybody has a slot. */
export const EMPTY = { [COUNT]: { N: "0" } };

const REFUSED = "DynamoDB.ConditionalCheckFailedException";

/** Adds one to the counter and the execution to the owners. */
export function acquire(tableName: string, limit: number): object {
    return updateLock(tableName, {
        UpdateExpression: "SET #count = #count + :one, #me = :now",
        ConditionExpression: "#count <> :limit AND attribute_not_exists(#me)",
        ExpressionAttributeNames: { "#count": COUNT, "#me": ME },
        ExpressionAttributeValues: { ":one": { N: "1" }, ":limit": { N: String(limit) }, ":now": { S: NOW } },
    });
}

/** Takes one off the counter and the execution off the owners. */
export function release(tableName: string, me = ME): object {
    return updateLock(tableName, {
        UpdateExpression: "SET #count = #count - :one REMOVE #me",
        ConditionExpression: "attribute_exists(#me)",
        ExpressionAttributeNames: { "#count": COUNT, "#me": me },
        ExpressionAttributeValues: { ":one": { N: "1" } },
    });
}

/**
 * AWS's sample without its clean-up. What makes it slow: the retrier for "any other error" covers the refused condition too,
 * so one try to get a slot is seven writes within 63 seconds, before the execution reads, waits and begins anew.
 * @param owns the condition by which it finds that it has the slot already
 */
export function semaphore(tableName: string, limit: number, owns: string, job: object): object {
    return {
        QueryLanguage: "JSONata",
        StartAt: "Acquire lock",
        States: {
            "Acquire lock": {
                ...acquire(tableName, limit),
                Retry: [
                    { ErrorEquals: ["DynamoDB.AmazonDynamoDBException"], MaxAttempts: 0 },
                    { ErrorEquals: ["States.ALL"], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 6 },
                ],
                Catch: [
                    { ErrorEquals: ["DynamoDB.AmazonDynamoDBException"], Next: "Make lock item" },
                    { ErrorEquals: [REFUSED], Next: "Read lock" },
                ],
                Next: "Run job",
            },
            "Make lock item": {
                Type: "Task",
                Resource: "arn:aws:states:::dynamodb:putItem",
                Arguments: {
                    TableName: tableName,
                    Item: { ...LOCK_KEY, ...EMPTY },
                    ConditionExpression: "attribute_not_exists(LockName)",
                },
                Catch: [{ ErrorEquals: ["States.ALL"], Next: "Acquire lock" }],
                Next: "Acquire lock",
            },
            // As in the sample: eventually consistent, and without a Retry.
            "Read lock": {
                Type: "Task",
                Resource: "arn:aws:states:::dynamodb:getItem",
                Arguments: {
                    TableName: tableName,
                    Key: LOCK_KEY,
                    ProjectionExpression: "#me",
                    ExpressionAttributeNames: { "#me": ME },
                },
                Output: "{% $string($states.result.Item) %}",
                Next: "Have lock?",
            },
            "Have lock?": {
                Type: "Choice",
                Choices: [{ Condition: owns, Next: "Run job" }],
                Default: "Wait for lock",
            },
            "Wait for lock": { Type: "Wait", Seconds: 3, Next: "Acquire lock" },
            "Run job": job,
            "Release lock": {
                ...release(tableName),
                Retry: [
                    { ErrorEquals: [REFUSED], MaxAttempts: 0 },
                    { ErrorEquals: ["States.ALL"], IntervalSeconds: 1, BackoffRate: 1.5, MaxAttempts: 5 },
                ],
                Catch: [{ ErrorEquals: [REFUSED], Next: "Done" }],
                Next: "Done",
            },
            Done: { Type: "Succeed" },
        },
    };
}

/** What the counter says. */
export function countTaken(world: EmbeddedWorld, { outputs }: RecordedProgram): number {
    const input = { TableName: outputs["tableName"], Key: LOCK_KEY };
    const { Item } = world.call("dynamodb", "GetItem", input, { principal: "user" }) as {
        Item?: Record<string, { N?: string }>;
    };
    return Number(Item?.[COUNT]?.N ?? 0);
}
