/** A Lambda function made from one file. Its role may do what is listed and write its own log, and nothing else. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { RELEASE } from "../workflow/version.ts";
import type { Tags } from "./arguments.ts";
import { locationOf } from "./location.ts";
import type { Location } from "./location.ts";
import { hasJsonLogs } from "./partitions.ts";
import { policy, trust, writeEncryptedLog } from "./policies.ts";
import type { Statement } from "./policies.ts";
import { fileAsset } from "./program-file.ts";

export interface NodeFunctionArgs {
    /** The file of its code: one module with everything in it, which exports `handler`. */
    code: string;
    /** What it does, shown in the console. */
    description: string;
    /** Its environment variables, by name. */
    environment: Record<string, pulumi.Input<string>>;
    /** What it may do, besides writing its log. */
    statements: pulumi.Input<Statement>[];
    /** Seconds after which Lambda stops an invocation. */
    timeoutSeconds: pulumi.Input<number>;
    /** Days for which its log is kept. */
    logRetentionDays: pulumi.Input<number>;
    /** ARN of the KMS key that encrypts its log and its environment. @default keys that AWS owns or manages */
    kmsKeyArn?: pulumi.Input<string> | undefined;
    /** Tags of every resource that can have tags. @default none */
    tags?: Tags | undefined;
}

export class NodeFunction extends pulumi.ComponentResource {
    readonly function: aws.lambda.Function;
    readonly role: aws.iam.Role;

    constructor(name: string, args: NodeFunctionArgs, options?: pulumi.ComponentResourceOptions) {
        super("turnstile:index:NodeFunction", name, {}, options);

        const logGroup = makeLogGroup(this, name, args);
        this.role = new aws.iam.Role(
            `${name}-role`,
            { assumeRolePolicy: trust("lambda.amazonaws.com"), tags: args.tags },
            { parent: this },
        );
        const permissions = new aws.iam.RolePolicy(
            `${name}-policy`,
            {
                role: this.role.name,
                policy: policy([...logStatements(this, args, logGroup), ...args.statements]),
            },
            { parent: this },
        );
        this.function = new aws.lambda.Function(
            name,
            functionArgs(args, this.role, logGroup, locationOf(this)),
            {
                parent: this,
                // What depends on the function, such as a mapping, needs its permissions too.
                dependsOn: [permissions],
            },
        );

        this.registerOutputs({ function: this.function, role: this.role });
    }
}

/** Options of a log group, which keeps its name, and so its contents, when its component is renamed with an alias. */
export const KEEPS_NAME = { ignoreChanges: ["namePrefix"] };

function makeLogGroup(
    parent: pulumi.ComponentResource,
    name: string,
    { logRetentionDays, kmsKeyArn, tags }: NodeFunctionArgs,
): aws.cloudwatch.LogGroup {
    return new aws.cloudwatch.LogGroup(
        `${name}-logs`,
        {
            namePrefix: `/aws/lambda/${name}-`,
            retentionInDays: logRetentionDays,
            kmsKeyId: kmsKeyArn,
            tags,
        },
        { parent, ...KEEPS_NAME },
    );
}

/** Megabytes: processor time grows with them, and a quick cold start needs it. */
const MEMORY_MEGABYTES = 512;

/** A metric is a log line without a level, which counts as INFO. With WARN there would be no metrics. */
const JSON_LOGS = { logFormat: "JSON", applicationLogLevel: "INFO", systemLogLevel: "WARN" };

function functionArgs(
    args: NodeFunctionArgs,
    role: aws.iam.Role,
    logGroup: aws.cloudwatch.LogGroup,
    location: Location,
): aws.lambda.FunctionArgs {
    return {
        description: `${args.description} (${RELEASE})`,
        // As a text the code would lie in the state twice.
        code: new pulumi.asset.AssetArchive({ "index.mjs": fileAsset(args.code) }),
        handler: "index.handler",
        runtime: aws.lambda.Runtime.NodeJS24dX,
        architectures: ["arm64"],
        timeout: args.timeoutSeconds,
        memorySize: MEMORY_MEGABYTES,
        environment: { variables: args.environment },
        // The role needs no permission on the key: whoever deploys gives Lambda a grant on it (Lambda Developer Guide,
        // "Securing Lambda environment variables").
        kmsKeyArn: args.kmsKeyArn,
        loggingConfig: hasJsonLogs(location).apply((areJson) =>
            areJson
                ? { ...JSON_LOGS, logGroup: logGroup.name }
                : { logFormat: "Text", logGroup: logGroup.name },
        ),
        role: role.arn,
        tags: args.tags,
    };
}

/** Writes to the function's own log group. It exists already, so no function needs to create one. */
function logStatements(
    parent: pulumi.ComponentResource,
    { kmsKeyArn }: NodeFunctionArgs,
    logGroup: aws.cloudwatch.LogGroup,
): Statement[] {
    const write: Statement = {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: pulumi.interpolate`${logGroup.arn}:log-stream:*`,
    };
    return kmsKeyArn === undefined ? [write] : [write, writeEncryptedLog(kmsKeyArn, locationOf(parent))];
}
