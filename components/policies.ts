/**
 * Policy documents, and the statements that several components share. A permission names an action and an ARN; `*` is there
 * only where AWS allows nothing narrower, with the reason beside it.
 */
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { TABLE } from "../slots/table.ts";
import { arnIn } from "./location.ts";
import type { Location } from "./location.ts";

export type Statement = aws.iam.PolicyStatement;

/** A policy as JSON. */
export function policy(statements: pulumi.Input<pulumi.Input<Statement>[]>): pulumi.Output<string> {
    return pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });
}

/**
 * Lets a service assume a role. The condition keeps the service from assuming it for somebody else's resource. The execution
 * roles of Lambda and Glue have none, because those services do not name the resource.
 */
export function trust(service: string, condition?: Statement["Condition"]): pulumi.Output<string> {
    return policy([
        {
            Effect: "Allow",
            Principal: { Service: service },
            Action: "sts:AssumeRole",
            ...(condition && { Condition: condition }),
        },
    ]);
}

/** Denies every request without TLS. The `*` is everybody: a denial grants nothing. */
export function denyPlainHttp(action: string, resources: pulumi.Input<string>[]): Statement {
    return {
        Sid: "DenyPlainHttp",
        Effect: "Deny",
        Principal: "*",
        Action: action,
        Resource: resources,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
    };
}

/**
 * Item operations on the items of these pools alone. Each of the operations names a partition key, so the condition always
 * has a value to compare (DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained
 * access control").
 */
export function onItemsOf(
    pools: pulumi.Input<string>[],
    actions: string[],
    tableArn: pulumi.Input<string>,
): Statement {
    return {
        Effect: "Allow",
        Action: actions,
        Resource: tableArn,
        Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": pools } },
    };
}

/** Queries of the line of these pools alone. */
export function onLineOf(pools: pulumi.Input<string>[], tableArn: pulumi.Input<string>): Statement {
    return onItemsOf(pools, ["dynamodb:Query"], pulumi.interpolate`${tableArn}/index/${TABLE.lineIndex}`);
}

/** What a mapping needs to hand a queue's messages to a function (Lambda Developer Guide, "Using Lambda with Amazon SQS"). */
export function consume(queueArn: pulumi.Input<string>): Statement {
    return {
        Effect: "Allow",
        Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        Resource: queueArn,
    };
}

export function send(queueArns: pulumi.Input<string>[]): Statement {
    return { Effect: "Allow", Action: "sqs:SendMessage", Resource: queueArns };
}

/** What a role does with encrypted data: `read` it, or also `write` it, which needs new data keys. */
type KeyUse = "read" | "write";

/** The use of a customer-managed key through these services alone; no statement without a key. */
export function useKey(
    keyArn: pulumi.Input<string> | undefined,
    uses: Partial<Record<"sqs" | "sns" | "dynamodb" | "s3", KeyUse>>,
    location: Location,
): Statement[] {
    if (keyArn === undefined) return [];
    const services = Object.entries(uses);
    const writers = services.filter(([, use]) => use === "write");
    const through = (action: string, users: [string, KeyUse][]): Statement => ({
        Effect: "Allow",
        Action: action,
        Resource: keyArn,
        Condition: {
            StringEquals: { "kms:ViaService": users.map(([service]) => endpointOf(service, location)) },
        },
    });
    return [
        through("kms:Decrypt", services),
        ...(writers.length > 0 ? [through("kms:GenerateDataKey", writers)] : []),
    ];
}

/**
 * Writing a log that a customer-managed key encrypts (CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using
 * AWS KMS": the role that calls CloudWatch Logs needs the key too). The actions are those of AWS's own policy for writers (AWS
 * Managed Policy Reference, "CloudWatchLogsAPIKeyAccess").
 */
export function writeEncryptedLog(keyArn: pulumi.Input<string>, location: Location): Statement {
    return {
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
        Resource: keyArn,
        Condition: { StringEquals: { "kms:ViaService": endpointOf("logs", location) } },
    };
}

/**
 * What a state machine's role does with the key that encrypts its executions, and their logs on the way to the log group
 * (Step Functions Developer Guide, "Data at rest encryption"). The role calls KMS itself: with `kms:ViaService` no execution
 * would start. The role exists before its machine, so the context names all machines of the account in the region, as the
 * role's trust does.
 */
export function encryptExecutions(keyArn: pulumi.Input<string> | undefined, location: Location): Statement[] {
    if (keyArn === undefined) return [];
    return [
        {
            Effect: "Allow",
            Action: ["kms:Decrypt", "kms:GenerateDataKey"],
            Resource: keyArn,
            Condition: { ArnLike: { [EXECUTIONS]: arnIn(location, "states", "stateMachine:*") } },
        },
        {
            Effect: "Allow",
            Action: "kms:GenerateDataKey",
            Resource: keyArn,
            // Here the asterisk is no wildcard: the context contains it.
            Condition: { StringEquals: { "kms:EncryptionContext:SourceArn": arnIn(location, "logs", "*") } },
        },
    ];
}

/**
 * Reading executions that a customer-managed key encrypts. Starting and answering them needs no key (the same page). Another
 * statement names the executions that may be read, so this one serves any number of machines.
 */
export function readExecutions(keyArn: pulumi.Input<string> | undefined, location: Location): Statement[] {
    if (keyArn === undefined) return [];
    return [
        {
            Effect: "Allow",
            Action: "kms:Decrypt",
            Resource: keyArn,
            Condition: {
                StringEquals: { "kms:ViaService": endpointOf("states", location) },
                ArnLike: { [EXECUTIONS]: arnIn(location, "states", "stateMachine:*") },
            },
        },
    ];
}

/** The encryption context that Step Functions uses: the machine's ARN. */
const EXECUTIONS = "kms:EncryptionContext:aws:states:stateMachineArn";

/** A service, as `kms:ViaService` names it. */
function endpointOf(service: string, location: Location): pulumi.Output<string> {
    return pulumi.interpolate`${service}.${location.region}.${location.dnsSuffix}`;
}
