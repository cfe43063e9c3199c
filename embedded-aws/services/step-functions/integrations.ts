/**
 * What a Task may call: the optimized integrations and the AWS SDK's, as its Resource names them. This file knows the
 * service and the operation, how arguments and results differ from the API's own, and the names of its errors: Developer
 * Guide, "Integrating services with Step Functions", "Integrating AWS SDK calls". The spellings of errors were checked
 * against recorded histories.
 */
import { UnsupportedError } from "../../service.ts";
import type { ServiceName, AwsError } from "../../service.ts";

export type Pattern = "call" | "waitForTaskToken" | "sync";

export interface Integration {
    /** As the definition has it. */
    readonly resource: string;
    /** As the history has it: `dynamodb` or `aws-sdk:dynamodb`. */
    readonly resourceType: string;
    /** As the history has it: `updateItem.waitForTaskToken`. */
    readonly historyResource: string;
    readonly service: ServiceName;
    readonly operation: string;
    readonly pattern: Pattern;
    readonly optimized: boolean;
    readonly dialect: Dialect;
}

/** The names that the integration has for errors of a service. */
interface Dialect {
    /** Before the dot. */
    readonly prefix: string;
    /** The name of errors that the API does not model. */
    readonly base: string;
    /** As the cause names the service. */
    readonly service: string;
    readonly modelled: ReadonlySet<string>;
}

const OPTIMIZED: Readonly<Record<string, readonly string[]>> = {
    dynamodb: ["getItem", "putItem", "updateItem", "deleteItem"],
    sqs: ["sendMessage"],
    sns: ["publish"],
    lambda: ["invoke"],
    glue: ["startJobRun"],
};

/** Services by their names in the SDK integrations. */
const SDK: Readonly<Record<string, ServiceName>> = {
    dynamodb: "dynamodb",
    sqs: "sqs",
    sns: "sns",
    glue: "glue",
    lambda: "lambda",
    sfn: "states",
};

const DYNAMODB_ERRORS = names(
    `ConditionalCheckFailedException IdempotentParameterMismatchException InternalServerError
     ItemCollectionSizeLimitExceededException LimitExceededException ProvisionedThroughputExceededException
     ReplicatedWriteConflictException RequestLimitExceeded ResourceInUseException ResourceNotFoundException
     ThrottlingException TransactionCanceledException TransactionConflictException TransactionInProgressException`,
);
const SQS_ERRORS = names(
    `BatchEntryIdsNotDistinct BatchRequestTooLong EmptyBatchRequest InvalidAddress InvalidAttributeName
     InvalidAttributeValue InvalidBatchEntryId InvalidIdFormat InvalidMessageContents InvalidSecurity MessageNotInflight
     OverLimit PurgeQueueInProgress QueueDeletedRecently QueueDoesNotExist QueueNameExists ReceiptHandleIsInvalid
     RequestThrottled ResourceNotFoundException TooManyEntriesInBatchRequest UnsupportedOperation`,
);
const SNS_ERRORS = names(
    `AuthorizationError EndpointDisabled InternalError InvalidParameter InvalidParameterValue InvalidSecurity NotFound
     PlatformApplicationDisabled Throttled ValidationException`,
);
const GLUE_ERRORS = names(
    `AccessDeniedException AlreadyExistsException ConcurrentModificationException ConcurrentRunsExceededException
     EntityNotFoundException IdempotentParameterMismatchException InternalServiceException InvalidInputException
     OperationTimeoutException ResourceNotReadyException ResourceNumberLimitExceededException`,
);
const LAMBDA_ERRORS = names(
    `InvalidParameterValueException InvalidRequestContentException RequestTooLargeException ResourceConflictException
     ResourceNotFoundException ResourceNotReadyException ServiceException TooManyRequestsException
     UnsupportedMediaTypeException`,
);
const SFN_ERRORS = names(
    `ExecutionAlreadyExists ExecutionDoesNotExist ExecutionLimitExceeded ExecutionNotRedrivable InvalidArn
     InvalidExecutionInput InvalidName InvalidOutput InvalidToken StateMachineDeleting StateMachineDoesNotExist
     TaskDoesNotExist TaskTimedOut ValidationException`,
);

const OPTIMIZED_DIALECTS: Readonly<Record<string, Dialect>> = {
    dynamodb: dialect("DynamoDB", "AmazonDynamoDBException", "AmazonDynamoDBv2", DYNAMODB_ERRORS),
    sqs: dialect("SQS", "AmazonSQSException", "AmazonSQS", SQS_ERRORS),
    sns: dialect("SNS", "AmazonSNSException", "AmazonSNS", SNS_ERRORS),
    lambda: dialect("Lambda", "AWSLambdaException", "AWSLambda", LAMBDA_ERRORS),
    glue: dialect("Glue", "AWSGlueException", "AWSGlue", GLUE_ERRORS),
};

const SDK_DIALECTS: Readonly<Record<string, Dialect>> = {
    dynamodb: dialect("DynamoDb", "DynamoDbException", "DynamoDb", DYNAMODB_ERRORS),
    sqs: dialect("Sqs", "SqsException", "Sqs", SQS_ERRORS),
    sns: dialect("Sns", "SnsException", "Sns", SNS_ERRORS),
    lambda: dialect("Lambda", "LambdaException", "Lambda", LAMBDA_ERRORS),
    glue: dialect("Glue", "GlueException", "Glue", [...GLUE_ERRORS, "ThrottlingException"]),
    sfn: dialect("Sfn", "SfnException", "Sfn", SFN_ERRORS),
};

/** The integration that a Task's Resource names. Throws `UnsupportedError` if the embedded AWS lacks it. */
export function parseResource(resource: string, partition: string): Integration {
    const match =
        /^arn:(?<in>[^:]+):states:::(?<sdk>aws-sdk:)?(?<service>[a-z0-9]+):(?<operation>\w+)(?:\.(?<pattern>[\w:]+))?$/.exec(
            resource,
        );
    const { in: within, sdk, service, operation, pattern = "call" } = match?.groups ?? {};
    if (!service || !operation || within !== partition || !isPattern(pattern)) throw unsupported(resource);
    const target = SDK[service];
    const known = sdk ? target !== undefined : OPTIMIZED[service]?.includes(operation);
    if (!known || !target) throw unsupported(resource);
    if (pattern === "sync" && (sdk !== undefined || service !== "glue")) throw unsupported(resource);
    return {
        resource,
        resourceType: `${sdk ?? ""}${service}`,
        historyResource: pattern === "call" ? operation : `${operation}.${pattern}`,
        service: target,
        operation: upperFirst(operation),
        pattern,
        optimized: sdk === undefined,
        dialect: (sdk ? SDK_DIALECTS : OPTIMIZED_DIALECTS)[service] as Dialect,
    };
}

/** The input of the API call that a task with these arguments makes. */
export function requestOf(integration: Integration, argument: unknown): unknown {
    const input = (argument ?? {}) as Readonly<Record<string, unknown>>;
    if (!integration.optimized) {
        return integration.service === "states" ? renamed(input, lowerFirst) : input;
    }
    switch (integration.service) {
        case "sqs":
            return withText(input, "MessageBody");
        case "sns":
            return withText(input, "Message");
        case "lambda":
            return { ...input, Payload: JSON.stringify(input.Payload ?? {}) };
        default:
            return input;
    }
}

/** The task's result, from the API's output. */
export function resultOf(integration: Integration, output: unknown): unknown {
    // The optimized integrations, which are older, have times as milliseconds, the SDK's as ISO 8601.
    const json = toJson(output ?? {}, integration.optimized ? milliseconds : iso) as Record<string, unknown>;
    if (!integration.optimized) {
        return integration.service === "states" ? renamed(json, upperFirst) : json;
    }
    const result = integration.service === "lambda" ? { ...json, Payload: payload(json.Payload) } : json;
    return { ...result, SdkHttpMetadata: HTTP_METADATA };
}

/** What a function failed with, if Lambda's output says that it did. */
export function functionFailure(output: unknown): { error: string; cause: string } | undefined {
    const { FunctionError, Payload } = (output ?? {}) as { FunctionError?: string; Payload?: unknown };
    if (FunctionError === undefined) return undefined;
    const error = payload(Payload) as { errorType?: unknown } | null;
    return {
        error: typeof error?.errorType === "string" ? error.errorType : "Lambda.Unknown",
        cause: JSON.stringify(error),
    };
}

/** An API's error as Retry and Catch see it. */
export function errorOf(
    integration: Integration,
    error: AwsError,
    requestId: string,
): { error: string; cause: string } {
    const { prefix, base, service, modelled } = integration.dialect;
    const name = modelled.has(error.name) ? withSuffix(error.name) : base;
    const cause = integration.optimized
        ? `${error.message} (Service: ${service}; Status Code: ${error.statusCode}; Error Code: ${error.name}; Request ID: ${requestId}; Proxy: null)`
        : `${error.message} (Service: ${service}, Status Code: ${error.statusCode}, Request ID: ${requestId})`;
    return { error: `${prefix}.${name}`, cause };
}

/** A value of an SDK's output as JSON: `time` converts times, and members that are undefined are left out. */
export function toJson(value: unknown, time: (date: Date) => unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof Date) return time(value);
    if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
    if (Array.isArray(value)) {
        const items = value.map((item) => toJson(item, time));
        return items.every((item, i) => item === value[i]) ? value : items;
    }
    let copy: Record<string, unknown> | undefined;
    for (const [key, member] of Object.entries(value)) {
        const converted = toJson(member, time);
        if (converted !== member) (copy ??= { ...value })[key] = converted;
        else if (member === undefined) delete (copy ??= { ...value })[key];
    }
    return copy ?? value;
}

export function milliseconds(date: Date): number {
    return date.getTime();
}

function iso(date: Date): string {
    return date.toISOString();
}

const HTTP_METADATA: Readonly<Record<string, unknown>> = Object.freeze({ HttpStatusCode: 200 });

function payload(value: unknown): unknown {
    const text = value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : value;
    if (typeof text !== "string") return text ?? null;
    return text === "" ? null : (JSON.parse(text) as unknown);
}

/** An optimized integration takes JSON where the API takes text. */
function withText(input: Readonly<Record<string, unknown>>, member: string): unknown {
    const value = input[member];
    return value === undefined || typeof value === "string"
        ? input
        : { ...input, [member]: JSON.stringify(value) };
}

function renamed(value: Readonly<Record<string, unknown>>, rename: (name: string) => string): unknown {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [rename(name), member]));
}

function upperFirst(name: string): string {
    return name.charAt(0).toUpperCase() + name.slice(1);
}

function lowerFirst(name: string): string {
    return name.charAt(0).toLowerCase() + name.slice(1);
}

/** The SDKs' classes end in Exception where the API's names do not. */
function withSuffix(name: string): string {
    return name.endsWith("Exception") ? name : `${name}Exception`;
}

function isPattern(text: string): text is Pattern {
    return text === "call" || text === "waitForTaskToken" || text === "sync";
}

function unsupported(resource: string): UnsupportedError {
    const optimized = Object.entries(OPTIMIZED).flatMap(([service, all]) =>
        all.map((one) => `${service}:${one}`),
    );
    return new UnsupportedError(
        `A Task has the resource ${resource}. Supported are ${optimized.join(", ")}, ` +
            `aws-sdk:{${Object.keys(SDK).join(",")}}:<operation>, each with .waitForTaskToken, and glue:startJobRun.sync.`,
    );
}

function dialect(prefix: string, base: string, service: string, modelled: Iterable<string>): Dialect {
    return { prefix, base, service, modelled: new Set(modelled) };
}

function names(text: string): string[] {
    return text.trim().split(/\s+/);
}
