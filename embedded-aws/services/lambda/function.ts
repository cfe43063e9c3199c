/** A function: its configuration, which is checked as CreateFunction would check it, and its permissions. */
import { arnIn } from "../../location.ts";
import type { RecordedAsset, Resource } from "../../recording/resource.ts";
import { AwsError, UnsupportedError } from "../../service.ts";
import type { Caller, World } from "../../service.ts";
import { Role } from "../iam/index.ts";
import { findKey } from "../kms/index.ts";
import { Statistic } from "../lib/metrics.ts";
import type { Datapoint, Measured } from "../lib/metrics.ts";
import { LogGroup } from "../logs/index.ts";
import { invalid } from "./errors.ts";
import { lineageIdOf } from "./lineage.ts";
import type { Link, RecursiveLoop } from "./lineage.ts";
import type { InvocationOutcome } from "./outcome.ts";

/** What the program declares of a function. */
export interface FunctionConfiguration {
    readonly arn: string;
    readonly name: string;
    readonly description: string | undefined;
    readonly roleArn: string;
    readonly runtime: string;
    /** `file.export`. */
    readonly handler: string;
    readonly timeoutSeconds: number;
    readonly memorySize: number;
    readonly environment: Readonly<Record<string, string>>;
    /** The key that encrypts the environment; undefined if it is AWS's own. */
    readonly keyArn: string | undefined;
    /** The deployed archive: contents by path. */
    readonly files: Readonly<Record<string, string>>;
    /** The path of the handler's file in the archive. Undefined: there is none, and every invocation fails. */
    readonly handlerFile: string | undefined;
    readonly logGroup: string;
    readonly reservedConcurrency: number | undefined;
    readonly deadLetterArn: string | undefined;
}

export interface AsyncConfiguration {
    readonly maximumRetryAttempts: number;
    readonly maximumEventAgeSeconds: number;
    readonly onFailure?: string | undefined;
    readonly onSuccess?: string | undefined;
}

/** Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation". */
const ASYNC_DEFAULTS: AsyncConfiguration = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 };

export interface PolicyStatement {
    readonly Sid: string;
    readonly [member: string]: unknown;
}

/** Starts a synchronous invocation, if the caller may. `onEnd` is called in the event in which it ends. */
export type Starter = (
    fn: LambdaFunction,
    event: unknown,
    caller: Caller,
    onEnd: (outcome: InvocationOutcome) => void,
) => void;

/** A function, as found under its ARN. */
export class LambdaFunction implements Measured, Link {
    configuration: FunctionConfiguration;
    asynchronous = ASYNC_DEFAULTS;
    /** What Lambda does when the function invokes itself again and again. */
    recursiveLoop: RecursiveLoop = "Terminate";
    readonly lineageId: string;
    /** Running invocations. */
    running = 0;
    /**
     * The values since they were last taken, one for each attempt (Lambda Developer Guide, "Types of metrics for Lambda
     * functions").
     */
    readonly statistics = {
        Invocations: new Statistic(),
        Errors: new Statistic(),
        Throttles: new Statistic(),
        /** Invocations that Lambda stopped because the function was in a loop. */
        RecursiveInvocationsDropped: new Statistic(),
        /** Milliseconds from the last record of a stream's batch to the invocation. */
        IteratorAge: new Statistic(),
    };
    private readonly start: Starter | undefined;
    private statements: readonly PolicyStatement[] = [];
    private document: object | undefined;

    constructor(configuration: FunctionConfiguration, start?: Starter) {
        this.configuration = configuration;
        this.lineageId = lineageIdOf(configuration.arn);
        this.start = start;
    }

    get arn(): string {
        return this.configuration.arn;
    }

    /** Where its lines go. Undefined: the group is gone. */
    logGroup(world: World): LogGroup | undefined {
        const found = world.find(arnIn(world, "logs", `log-group:${this.configuration.logGroup}`));
        return found instanceof LogGroup ? found : undefined;
    }

    get name(): string {
        return this.configuration.name;
    }

    measure(metric: string): Datapoint | undefined {
        return Object.hasOwn(this.statistics, metric)
            ? this.statistics[metric as keyof LambdaFunction["statistics"]].take()
            : undefined;
    }

    /** The resource-based policy, if there are any statements. */
    get policy(): object | undefined {
        return this.document;
    }

    /**
     * Invokes the function for a service that waits for the answer. Throws what Invoke would throw at once, or calls
     * `onEnd` in the event of the clock in which the invocation ends.
     */
    invoke(event: unknown, caller: Caller, onEnd: (outcome: InvocationOutcome) => void): void {
        if (!this.start) throw new UnsupportedError(`${this.arn} belongs to no service that could invoke it`);
        this.start(this, event, caller, onEnd);
    }

    /**
     * Sets what happens to asynchronous invocations. What is undefined gets its default. Throws what
     * PutFunctionEventInvokeConfig would.
     */
    setAsynchronous(change: { [K in keyof AsyncConfiguration]?: AsyncConfiguration[K] | undefined }): void {
        this.asynchronous = {
            maximumRetryAttempts: range("maximumRetryAttempts", change.maximumRetryAttempts, 0, 2, 2),
            maximumEventAgeSeconds: range(
                "maximumEventAgeInSeconds",
                change.maximumEventAgeSeconds,
                60,
                21_600,
                21_600,
            ),
            onFailure: change.onFailure,
            onSuccess: change.onSuccess,
        };
    }

    addStatement(statement: PolicyStatement): void {
        if (this.statements.some(({ Sid }) => Sid === statement.Sid)) {
            throw new AwsError(
                "ResourceConflictException",
                `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
                409,
            );
        }
        this.setStatements([...this.statements, statement]);
    }

    removeStatement(sid: string): void {
        this.setStatements(this.statements.filter(({ Sid }) => Sid !== sid));
    }

    private setStatements(statements: readonly PolicyStatement[]): void {
        this.statements = statements;
        this.document = statements.length > 0 ? { Version: "2012-10-17", Statement: statements } : undefined;
    }
}

/** The metrics that CloudWatch has of a function. */
export const FUNCTION_METRICS = [
    "Errors",
    "Invocations",
    "IteratorAge",
    "RecursiveInvocationsDropped",
    "Throttles",
];

export const FUNCTION_INPUTS: readonly string[] = [
    "name",
    "description",
    "role",
    "code",
    "sourceCodeHash",
    "handler",
    "runtime",
    "packageType",
    "architectures",
    "timeout",
    "memorySize",
    "ephemeralStorage",
    "environment",
    "loggingConfig",
    "reservedConcurrentExecutions",
    "deadLetterConfig",
    "tracingConfig",
    "kmsKeyArn",
    "tags",
];

/** Lambda Developer Guide, "Defined runtime environment variables": those that a function may not set. */
const RESERVED_VARIABLES = new Set([
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
]);

/** Reads a declared function. Throws what CreateFunction would. */
export function configurationOf(
    { name: logicalName, inputs, outputs }: Resource,
    world: World,
): FunctionConfiguration {
    const name = String(outputs["name"]);
    const arn = String(outputs["arn"]);
    if (!/^[A-Za-z0-9-_]{1,64}$/.test(name)) {
        throw validation(
            "functionName",
            name,
            "Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+ and have length less than or equal to 64",
        );
    }
    const runtime = (inputs["runtime"] ?? "") as string;
    if ((inputs["packageType"] ?? "Zip") !== "Zip" || !/^nodejs\d+\.x$/.test(runtime)) {
        throw new UnsupportedError(
            `aws:lambda/function:Function '${logicalName}': only zip packages for Node are run, not runtime '${runtime}'`,
        );
    }
    const handler = (inputs["handler"] ?? "") as string;
    const files = filesOf(inputs["code"] as RecordedAsset | undefined, logicalName);
    checkRole(String(inputs["role"]), world);
    const reserved = inputs["reservedConcurrentExecutions"] as number | undefined;
    return {
        arn,
        name,
        description: inputs["description"] as string | undefined,
        runtime,
        handler,
        files,
        handlerFile: handlerFileOf(handler, files),
        roleArn: String(inputs["role"]),
        timeoutSeconds: range("timeout", inputs["timeout"], 1, 900, 3),
        memorySize: range("memorySize", inputs["memorySize"], 128, 10_240, 128),
        environment: environmentOf(
            inputs["environment"] as { variables?: Record<string, string> } | undefined,
        ),
        keyArn: keyArnOf(inputs["kmsKeyArn"] as string | undefined, world),
        logGroup: logGroupOf(inputs["loggingConfig"] as { logGroup?: string } | undefined, name, world),
        reservedConcurrency: reserved === undefined || reserved === -1 ? undefined : reserved,
        deadLetterArn: (inputs["deadLetterConfig"] as { targetArn?: string } | undefined)?.targetArn,
    };
}

function filesOf(code: RecordedAsset | undefined, name: string): Readonly<Record<string, string>> {
    if (code?.kind === "archive") return code.files;
    throw new UnsupportedError(
        `aws:lambda/function:Function '${name}': code must be an archive of files, not ${code?.kind ?? "absent"}`,
    );
}

function handlerFileOf(handler: string, files: Readonly<Record<string, string>>): string | undefined {
    const dot = handler.lastIndexOf(".");
    const stem = dot > 0 ? handler.slice(0, dot) : handler;
    return ["mjs", "js", "cjs"]
        .map((extension) => `${stem}.${extension}`)
        .find((file) => Object.hasOwn(files, file));
}

/** Lambda does not say for which function it assumes a role. */
function checkRole(roleArn: string, world: World): void {
    const role = world.find(roleArn);
    if (role instanceof Role && role.trusts("lambda.amazonaws.com")) return;
    throw invalid("The role defined for the function cannot be assumed by Lambda.");
}

/**
 * The person who deploys encrypts the environment, and gives Lambda a grant on the key. With the grant Lambda decrypts
 * it for the function's role (Lambda Developer Guide, "Securing Lambda environment variables").
 */
function keyArnOf(arn: string | undefined, world: World): string | undefined {
    if (arn === undefined) return undefined;
    const key = findKey(world, arn);
    if (!key) throw invalid(`The provided KMS key ARN could not be used: ${arn} does not exist.`);
    for (const action of ["CreateGrant", "Encrypt"]) {
        if (key.serves(`kms:${action}`)) continue;
        throw invalid(
            `Lambda was unable to configure access to your environment variables because the KMS key is invalid for ${action}. Please check your KMS key settings.`,
        );
    }
    return arn;
}

function environmentOf(
    environment: { variables?: Record<string, string> } | undefined,
): Record<string, string> {
    const variables = environment?.variables ?? {};
    const reserved = Object.keys(variables).filter((name) => RESERVED_VARIABLES.has(name));
    const refused =
        "Lambda was unable to configure your environment variables because the environment variables you have provided";
    if (reserved.length > 0) {
        throw invalid(
            `${refused} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(", ")}`,
        );
    }
    const bad = Object.keys(variables).find((name) => !/^[a-zA-Z][a-zA-Z0-9_]+$/.test(name));
    if (bad !== undefined)
        throw validation(
            "environment.variables",
            bad,
            "Map keys must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+",
        );
    const text = JSON.stringify(variables);
    // Lambda Developer Guide, "Lambda quotas": 4 KB for all variables together.
    if (Buffer.byteLength(text) > 4096)
        throw invalid(`${refused} exceeded the 4KB limit. String measured: ${text}`);
    return variables;
}

/** The log group of a function. A named group must be declared, because the role of a function may not create one. */
function logGroupOf(logging: { logGroup?: string } | undefined, name: string, world: World): string {
    const group = logging?.logGroup;
    if (group === undefined) return `/aws/lambda/${name}`;
    const arn = arnIn(world, "logs", `log-group:${group}`);
    if (world.find(arn) instanceof LogGroup || world.find(`${arn}:*`) instanceof LogGroup) return group;
    throw new AwsError("ResourceNotFoundException", `The specified log group does not exist: ${group}`, 404);
}

function range(name: string, value: unknown, low: number, high: number, byDefault: number): number {
    const number = value === undefined || value === null ? byDefault : Number(value);
    if (Number.isInteger(number) && number >= low && number <= high) return number;
    throw validation(name, value, `Member must have value from ${low} to ${high}`);
}

function validation(member: string, value: unknown, rule: string): AwsError {
    return new AwsError(
        "ValidationException",
        `1 validation error detected: Value '${String(value)}' at '${member}' failed to satisfy constraint: ${rule}`,
    );
}
