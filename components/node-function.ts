/**
 * A Lambda function made from one TypeScript file, which esbuild bundles into a single module. Its role may do what is listed
 * and write its own log, and nothing else. The same sources make the same bundle, byte for byte, in any directory: an unchanged
 * program has no diff.
 */
import { fileURLToPath } from "node:url";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { buildSync } from "esbuild";
import type { Tags } from "./arguments.ts";
import { locationOf } from "./location.ts";
import type { Location } from "./location.ts";
import { hasJsonLogs } from "./partitions.ts";
import { policy, trust, writeEncryptedLog } from "./policies.ts";
import type { Statement } from "./policies.ts";

export interface NodeFunctionArgs {
    /** The file that exports `handler`. */
    entry: URL;
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
        { parent },
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
        description: args.description,
        code: new pulumi.asset.AssetArchive({
            "index.mjs": new pulumi.asset.StringAsset(bundle(args.entry)),
        }),
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

const bundles = new Map<string, string>();

/**
 * One module with everything in it, the AWS SDK included: Lambda's own copy of the SDK changes under a running function, while
 * this is the one that the tests ran with. Names of classes are kept, because the SDK's clients recognise commands by them.
 */
export function bundle(entry: URL): string {
    const known = bundles.get(entry.href);
    if (known !== undefined) return known;
    const result = buildSync({
        entryPoints: [fileURLToPath(entry)],
        absWorkingDir: fileURLToPath(new URL("..", import.meta.url)),
        bundle: true,
        write: false,
        platform: "node",
        target: "node24",
        format: "esm",
        mainFields: ["module", "main"],
        // Minified also because the text otherwise contains the paths of modules.
        minify: true,
        keepNames: true,
        legalComments: "none",
        charset: "utf8",
        // No tsconfig.json from around the sources.
        tsconfigRaw: { compilerOptions: {} },
        logLevel: "silent",
    });
    const text = result.outputFiles[0]?.text ?? "";
    bundles.set(entry.href, text);
    return text;
}
