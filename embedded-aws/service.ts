/**
 * What a service is, and what it may use of the world. A service is a folder in services/. Its class offers the
 * operations of an AWS API by their API names and brings recorded resources to life. Its descriptor, in the folder's
 * index.ts, says everything else about it. Operations are synchronous and atomic. What takes time is an event of the
 * world's clock. Services find each other by ARN alone and call each other through `World.call`, as the caller that AWS
 * would be.
 */
import type { Clock } from "./clock.ts";
import type { Location } from "./location.ts";
import type { Random } from "./random.ts";
import type { Assignments } from "./recording/assignment.ts";
import type { Resource } from "./recording/resource.ts";
import { StacklessError } from "./stackless-error.ts";

/**
 * The names of the services. Each service adds its own in its index.ts (`declare module`), so a misspelt name does not
 * compile.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- the services fill it
export interface ServiceNames {}

/** The name of a service: the prefix of its IAM actions. */
export type ServiceName = keyof ServiceNames;

/** On whose behalf a call is made. Permissions follow from this. */
export interface Caller {
    /** A service principal such as `lambda.amazonaws.com`, or `user` for whoever runs the stack. */
    readonly principal: string;
    /**
     * The role that the call is made under. Absent when a service calls as itself, such as an event rule that sends to
     * a queue.
     */
    readonly roleArn?: string;
    /**
     * The resource that makes the call, which `aws:SourceArn` is compared with: a state machine, a rule, a job; a function for its
     * code, or a mapping for what Lambda does for it.
     */
    readonly sourceArn?: string;
    /** The execution whose task makes the call. */
    readonly executionArn?: string;
    /** The call's X-Ray trace header: that of the invocation of a function whose code makes the call or caused it. */
    readonly traceHeader?: string;
    /** Whether it is somebody outside of the run, whose mistakes do not end it. @default false */
    readonly isGuest?: boolean;
}

/** Whether a service calls as itself, without a role. Then only the policy of the resource can allow the call. */
export function isServiceAlone(caller: Caller): boolean {
    return caller.roleArn === undefined && /\.amazonaws\.com(\.cn)?$/.test(caller.principal);
}

/** An operation of an AWS API. Returns its output or throws an `AwsError`. Must not change or keep `input`. */
export type Operation = (input: never, caller: Caller) => unknown;

/** How recorded resources of one Pulumi type come to life. */
export interface ResourceKind {
    /** The inputs that the service understands (camelCase). Any other declared input is an error that names it. */
    readonly inputs: readonly string[];
    /** Creates the resource, or throws what the deployment would fail with. The resources that it refers to exist already. */
    create(resource: Resource): void;
    /** Changes a resource that exists. Absent: a resource of this type cannot be changed. */
    update?(resource: Resource, previous: Resource): void;
    /**
     * Deletes a resource that the program no longer declares, and frees its ARN. Absent: a resource of this type cannot
     * be deleted.
     */
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
    /** Settles when what was deployed can be used: the code is loaded, the server listens. */
    ready?(): Promise<void>;
    /** Ends what the service keeps outside the world: threads, servers, files. */
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
    /** The condition keys of its own that a policy may use. */
    readonly conditionKeys?: readonly string[];
    /** The errors of calls that a role may not make. */
    readonly refusals?: Refusals;
    /** The policy of a resource, as found under its ARN. Undefined: the resource has none. */
    policyOf?(thing: object): string | object | undefined;
    /**
     * The id, ARN or alias of the key that encrypts a resource, as found under its ARN. Undefined: none, or one of
     * AWS's own.
     */
    keyIdOf?(thing: object): string | undefined;
    /** The condition key that has the ARN of a resource while the key of the resource is used. */
    readonly encryptionContext?: string;
    /**
     * The error when a new resource has an ARN that is taken. `resource` is the part of the ARN after the account.
     * @default AlreadyExistsException
     */
    nameTaken?(resource: string, arn: string): AwsError;
    /** The JSON protocol of SDK clients, if it has one. */
    readonly protocol?: Protocol;
    /** Its other protocols. Without one and without `protocol` only code in this process can call the service. */
    readonly wire?: Wire;
    /** The metrics of its resources that CloudWatch collects. */
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
    /** Its condition keys. Computed only when a statement asks for one. */
    readonly context?: () => Context;
    /** The uses of the account's own key that encrypts what the operation is about. */
    readonly key?: KeyUse;
}

/** Uses of the key that encrypts `of`, an ARN, through a service such as `sqs`. */
export interface KeyUse {
    readonly of: string;
    readonly through: ServiceName;
    /** Such as `kms:Decrypt`. */
    readonly actions: readonly string[];
}

/**
 * The permissions that an operation needs for an input, with their resources and condition keys, as in the Service
 * Authorization Reference. It makes ARNs from the input alone: AWS checks permissions before it looks whether the
 * resource exists.
 */
export type NeedsOf = (input: Readonly<Record<string, unknown>>, world: World) => Need | readonly Need[];

/** By operation. A role cannot call an operation that is not here. */
export type Needs = Readonly<Record<string, NeedsOf>>;

/** How a service refuses a call that a role may not make (the services' API references). */
export interface Refusals {
    /** The error of a call. @default AccessDeniedException with status 400 */
    readonly call?: ErrorKind;
    /** The error of a call whose role may not use the key. @default as `call` */
    readonly key?: ErrorKind;
    /** How the text writes the action. @default as in a policy */
    spellAction?(action: string): string;
    /** How the text writes the resource. @default its ARN */
    spellResource?(arn: string): string;
}

export interface ErrorKind {
    readonly name: string;
    readonly statusCode: number;
}

/** One of AWS's JSON protocols, with what is special about it for a service. */
export interface Protocol {
    /** The first part of the header `X-Amz-Target`. */
    readonly target: string;
    readonly version: "1.0" | "1.1";
    /** Reads the input of an operation from the body of a request. @default the body, parsed as JSON */
    decode?(body: string, addresses: Addresses): unknown;
    /**
     * Writes the body of an answer from the output as JSON, in which times are seconds since 1970 and bytes are base64.
     * @default that JSON
     */
    encode?(text: string, addresses: Addresses): string;
    /** The codes of the header `x-amzn-query-error`, by the name of the error. */
    readonly queryErrorCodes?: Readonly<Record<string, string>>;
    /** Whether answers have the header `x-amz-crc32`. */
    readonly hasChecksum?: boolean;
    /** The origin of the URLs that the service gives to its clients. Clients call that host, whatever their endpoint is. */
    originIn?(location: Location): string;
}

/** What clients outside of a run have to know of a service to call it in the query protocol, a REST protocol or CBOR. */
export interface Wire {
    /** The service in signatures, such as `monitoring`. */
    readonly signedAs: string;
    /** The namespace of answers in XML. */
    readonly namespace?: string;
    /** Its REST protocol. @default it has none */
    readonly rest?: "rest-json" | "rest-xml";
    /** The module of the SDK's client, whose exports have the shapes of the operations. It is loaded at the first call. */
    client(): Promise<Readonly<Record<string, unknown>>>;
}

/** Replaces the URLs of AWS in a text by URLs of the endpoint, and back. */
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
    /** Metrics whose sums are known by the hour, whether or not an alarm watches them. */
    readonly sums?: readonly string[];
    /** The ARN of the resource that the dimension names. What is found under it is `Measured`. */
    arnOf(location: Location, name: string): string;
}

/** What a service may use of the world around it. */
export interface World extends Location {
    readonly clock: Clock;
    readonly random: Random;
    /** The services of the account, by name. */
    readonly descriptors: ReadonlyMap<ServiceName, ServiceDescriptor>;
    /** Durations and quotas. */
    readonly model: Model;
    /**
     * Calls an operation of a service. Throws `AwsError`, or `UnsupportedError` for an operation that the service does
     * not have.
     */
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
    /** Adds to a metric of a resource, which CloudWatch has by the hour. */
    record(namespace: string, metric: string, of: string, by?: number): void;
    /** What was recorded from `start` to before `end`, by the hour. */
    recorded(
        namespace: string,
        metric: string,
        of: string,
        start: number,
        end: number,
    ): (readonly [time: number, sum: number])[];
}

/** Durations in milliseconds, and quotas. model.ts names the source of each. */
export interface Model {
    /** One API call from Step Functions or a function to a service. */
    readonly callMillis: number;
    /** From a queue or a stream to the invocation of a function. */
    readonly pollMillis: number;
    /** An invocation of a function, besides its calls. */
    readonly invokeMillis: number;
    /** Lambda: invocations of the account at once. */
    readonly lambdaConcurrency: number;
    /** From a state change to the rule's target. */
    readonly eventMillis: number;
    /** How long `.sync` pauses before it looks at a Glue run again, when it has waited `waited` milliseconds already. */
    readonly syncPollMillis: (waited: number) => number;
    /** From STARTING to RUNNING. */
    readonly glueStartMillis: () => number;
    /** For how long after Glue's event reads do not show yet that a run has ended. It is asked once for each run. */
    readonly glueReadLagMillis: () => number;
    /** How long an ended Glue run still counts against MaxConcurrentRuns. */
    readonly glueTailMillis: () => number;
    /** From STOPPING to STOPPED. */
    readonly glueStopMillis: () => number;
    /** Glue: runs of the account at once; StartJobRun's bucket size and refill a second. What is left out is unlimited. */
    readonly glueQuota: {
        readonly concurrentRuns: number;
        readonly burst: number;
        readonly perSecond: number;
        /** The largest MaxConcurrentRuns of a job. */
        readonly runsOfJob?: number;
        /** Runs of the account in state WAITING. */
        readonly queuedRuns?: number;
        /** Data processing units of the account's runs at once. */
        readonly dpus?: number;
        /** Bytes of a run's arguments, names and values. */
        readonly argumentBytes?: number;
    };
    /** Step Functions: StartExecution bucket size and refill a second. */
    readonly startExecutionQuota: { readonly burst: number; readonly perSecond: number };
    /** Step Functions: billed state transitions of the account, bucket size and refill a second. */
    readonly stateTransitionQuota: { readonly burst: number; readonly perSecond: number };
    /** Write units a second that one partition key of a table can take. */
    readonly partitionWriteUnitsPerSecond: number;
    /** The most that the items of one partition key may take, in a table with a local index. */
    readonly itemCollectionBytes: number;
}

/** An error of an AWS API. `name` is what clients and `Catch` match on, without a service prefix. */
export class AwsError extends StacklessError {
    readonly statusCode: number;
    /** More members of the error's body, such as `Item` or `CancellationReasons`. */
    readonly details: Readonly<Record<string, unknown>>;

    constructor(
        name: string,
        message: string,
        statusCode = 400,
        details: Readonly<Record<string, unknown>> = {},
    ) {
        // An answer of AWS is no fault of this code.
        super(message);
        this.name = name;
        this.statusCode = statusCode;
        this.details = details;
    }
}

/** A program or a test asked for something that the embedded AWS does not have. */
export class UnsupportedError extends Error {
    override readonly name = "UnsupportedError";
}
