/**
 * What the services of the embedded AWS have in common. A service is a folder in services/: its class offers the
 * operations of an AWS API by their API names and brings recorded resources of its types to life; its descriptor, in the
 * folder's index.ts, says everything else that the embedded AWS has to know of it. Operations are synchronous and atomic;
 * anything that takes time is an event of the world's clock. Services find each other by ARN alone and call each other
 * through `World.call`, as the caller they are.
 */
import type { Clock } from "./clock.ts";
import type { Location } from "./location.ts";
import type { Random } from "./random.ts";
import type { Assignments } from "./recording/assignment.ts";
import type { Resource } from "./recording/resource.ts";

/**
 * The names of the services. Each service adds its own in the index.ts of its folder (`declare module`), so that a call of
 * a service that does not exist does not compile.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- the services fill it
export interface ServiceNames {}

/** A service, by the prefix that IAM actions of it have. */
export type ServiceName = keyof ServiceNames;

/** On whose behalf a call is made. Permissions are evaluated from this. */
export interface Caller {
    /** A service principal such as `lambda.amazonaws.com`, or `user` for whoever runs the stack. */
    readonly principal: string;
    /** The role that the call is made under; absent when the service calls as itself (an event rule to a queue, say). */
    readonly roleArn?: string;
    /** The resource that makes the call, which `aws:SourceArn` is compared with. */
    readonly sourceArn?: string;
}

/** Whether a service calls as itself, under no role: it may do only what the resource's own policy lets it. */
export function isServiceAlone(caller: Caller): boolean {
    return caller.roleArn === undefined && /\.amazonaws\.com(\.cn)?$/.test(caller.principal);
}

/** An operation of an AWS API: returns its output or throws an `AwsError`. Must not mutate or keep `input`. */
export type Operation = (input: never, caller: Caller) => unknown;

/** How recorded resources of one Pulumi type come to life. */
export interface ResourceKind {
    /** The inputs that are understood (camelCase). Any other declared input is an error that names it. */
    readonly inputs: readonly string[];
    /** Throws what a deployment would fail with. Resources that it refers to exist already. */
    create(resource: Resource): void;
    /** Changes a resource that exists, at a later deployment. Absent: a changed resource of this type is unsupported. */
    update?(resource: Resource, previous: Resource): void;
    /** Deletes a resource that the program no longer declares, ARN included. Absent: unsupported. */
    remove?(resource: Resource): void;
}

/** Operations by their API names. */
export type Operations = Readonly<Record<string, Operation>>;

/** Kinds of resources by their Pulumi type tokens. */
export type ResourceKinds = Readonly<Record<string, ResourceKind>>;

/** A service at work in a world. */
export interface Service {
    readonly operations: Operations;
    readonly kinds: ResourceKinds;
    /** Settles when what was deployed can be used: code is loaded, a server listens. */
    ready?(): Promise<void>;
    /** Ends what the service keeps outside of the world: threads, servers, files. */
    close?(): Promise<void> | void;
}

/** Everything that the embedded AWS has to know of a service besides what its class does. */
export interface ServiceDescriptor {
    readonly name: ServiceName;
    /** Makes the service for a world. */
    create(world: World): Service;
    /** What AWS assigns to its resources when they are created. */
    readonly assignments: Assignments;
    /** What a role needs to be allowed. */
    readonly needs: Needs;
    /** The condition keys of its own that policies may use. */
    readonly conditionKeys?: readonly string[];
    /** How it refuses a role's call. */
    readonly refusals?: Refusals;
    /** The policy of what it registered under an ARN, if that has one. */
    policyOf?(thing: object): string | object | undefined;
    /** The id, ARN or alias of the key that encrypts what it registered under an ARN; undefined: none, or one of AWS's. */
    keyIdOf?(thing: object): string | undefined;
    /** The condition key that holds a resource's ARN while the key of the resource is used. */
    readonly encryptionContext?: string;
    /** The error of a creation under an ARN that is taken. `resource` is what follows the account. @default AlreadyExistsException */
    nameTaken?(resource: string, arn: string): AwsError;
    /** How SDK clients speak to it. Absent: over the network it cannot be called. */
    readonly protocol?: Protocol;
    /** The metrics that CloudWatch has of its resources. */
    readonly metrics?: MetricSource;
}

/** Condition keys and their values. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

/** One permission that an operation needs. */
export interface Need {
    /** Such as `dynamodb:UpdateItem`. */
    readonly action: string;
    /** An ARN, or `*` for an action without a resource type. */
    readonly resource: string;
    /** Worked out only when some statement asks for it. */
    readonly context?: () => Context;
    /** Uses of the key that encrypts what the operation is about, if that is one of the account's own. */
    readonly key?: KeyUse;
}

/** The key of `of`, an ARN, used through a service such as `sqs`. */
export interface KeyUse {
    readonly of: string;
    readonly through: ServiceName;
    /** Such as `kms:Decrypt`. */
    readonly actions: readonly string[];
}

/**
 * What an operation needs for an input: actions, the resources that they are checked on, and the condition keys that go with
 * them, as the Service Authorization Reference has them for each service. ARNs are made from the request alone: permission
 * comes before the question whether the resource exists.
 */
export type NeedsOf = (input: Readonly<Record<string, unknown>>, world: World) => Need | readonly Need[];

/** By operation. A role cannot call an operation that is not here. */
export type Needs = Readonly<Record<string, NeedsOf>>;

/** How a service words that a role may not do something (the services' API references). */
export interface Refusals {
    /** The error of a call. @default AccessDeniedException with status 400 */
    readonly call?: ErrorKind;
    /** The error of a call that may not use the key of what it is about. @default as of any other call */
    readonly key?: ErrorKind;
    /** How it writes an action. @default as policies do */
    spellAction?(action: string): string;
    /** How it writes a resource. @default its ARN */
    spellResource?(arn: string): string;
}

export interface ErrorKind {
    readonly name: string;
    readonly statusCode: number;
}

/** One of AWS's JSON protocols, as a service speaks it. */
export interface Protocol {
    /** The first part of the header `X-Amz-Target`. */
    readonly target: string;
    readonly version: "1.0" | "1.1";
    /** The input of an operation from the body of a request. @default the body as JSON */
    decode?(body: string, addresses: Addresses): unknown;
    /** The body of an answer from the output as JSON text: instants are seconds since 1970, bytes are base64. @default the text */
    encode?(text: string, addresses: Addresses): string;
    /** The codes of the header `x-amzn-query-error`, by the names of the errors that have one. */
    readonly queryErrorCodes?: Readonly<Record<string, string>>;
    /** Whether answers come with the header `x-amz-crc32`. */
    readonly hasChecksum?: boolean;
    /** Where the addresses lead that the service gives to its clients, who call that host and not the endpoint. */
    originIn?(location: Location): string;
}

/** Exchanges the addresses of AWS in a text with the endpoint's, and back. */
export interface Addresses {
    toClient(text: string): string;
    toService(text: string): string;
}

/** Where the metrics of a service come from. */
export interface MetricSource {
    /** Such as `AWS/SQS`. */
    readonly namespace: string;
    /** The dimension that names the resource. */
    readonly dimension: string;
    readonly metrics: readonly string[];
    /** The ARN of the resource with a name. What is found under it is `Measured`. */
    arnOf(location: Location, name: string): string;
}

/** What a service may use of the world around it. */
export interface World extends Location {
    readonly clock: Clock;
    readonly random: Random;
    /** The services that there are, by name. */
    readonly descriptors: ReadonlyMap<ServiceName, ServiceDescriptor>;
    /** How long things take, and the quotas in force. */
    readonly model: Model;
    /** Calls an operation of a service. Throws `AwsError`; an operation that the service lacks throws `UnsupportedError`. */
    call(service: ServiceName, operation: string, input: unknown, caller: Caller): unknown;
    /** Whether the caller's role allows what a service does under it without a call, such as writing a log. */
    allows(caller: Caller, need: Need): boolean;
    /** Makes `thing` known under its ARN. Throws if the ARN is taken. */
    register(arn: string, thing: object): void;
    /** Frees an ARN, for a resource that was deleted. */
    unregister(arn: string): void;
    /** What is known under an ARN; undefined if nothing is. */
    find(arn: string): object | undefined;
    /** Adds to a counter of the run's bill and statistics, such as `dynamodb.writeUnits`. */
    count(what: string, by?: number): void;
}

/** Durations in milliseconds and quotas, each with the AWS page or measurement that it comes from where it is set. */
export interface Model {
    /** One API call from Step Functions or a function to a service. */
    readonly callMillis: number;
    /** From a queue or a stream to the invocation of a function. */
    readonly pollMillis: number;
    /** An invocation of a function, besides its calls. */
    readonly invokeMillis: number;
    /** From a state change to the rule's target. */
    readonly eventMillis: number;
    /** How often `.sync` looks at a Glue run, given how long it has waited, in milliseconds. */
    readonly syncPollMillis: (waited: number) => number;
    /** From STARTING to RUNNING. */
    readonly glueStartMillis: () => number;
    /** How long an ended Glue run still counts against MaxConcurrentRuns. */
    readonly glueTailMillis: () => number;
    /** From STOPPING to STOPPED. */
    readonly glueStopMillis: () => number;
    /** Glue: runs of the account at once; StartJobRun's bucket size and refill a second. */
    readonly glueQuota: {
        readonly concurrentRuns: number;
        readonly burst: number;
        readonly perSecond: number;
    };
    /** Step Functions: StartExecution bucket size and refill a second. */
    readonly startExecutionQuota: { readonly burst: number; readonly perSecond: number };
    /** Step Functions: billed state transitions of the account, bucket size and refill a second. */
    readonly stateTransitionQuota: { readonly burst: number; readonly perSecond: number };
    /** Write units a second that one partition key of a table can take. */
    readonly partitionWriteUnitsPerSecond: number;
}

/** An error of an AWS API. `name` is what clients and `Catch` match on, without a service prefix. */
export class AwsError extends Error {
    readonly statusCode: number;
    /** Further members of the error's body, such as `Item` or `CancellationReasons`. */
    readonly details: Readonly<Record<string, unknown>>;

    constructor(
        name: string,
        message: string,
        statusCode = 400,
        details: Readonly<Record<string, unknown>> = {},
    ) {
        // An answer of AWS is not a fault of ours: it has no stack, which would cost more than the call that it answers.
        const { stackTraceLimit } = Error;
        Error.stackTraceLimit = 0;
        super(message);
        Error.stackTraceLimit = stackTraceLimit;
        this.name = name;
        this.statusCode = statusCode;
        this.details = details;
    }
}

/** The program, or a test, asked for something of AWS that the embedded one does not have. */
export class UnsupportedError extends Error {
    override readonly name = "UnsupportedError";
}
