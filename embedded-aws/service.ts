/**
 * What the services of the embedded AWS have in common. A service is a class in a file of its own that offers the
 * operations of an AWS API by their API names and brings recorded resources of its types to life. Operations are
 * synchronous and atomic; anything that takes time is an event of the world's clock. Services find each other by
 * ARN alone and call each other through `World.call`, as the caller they are.
 */
import type { Clock } from "./clock.ts";
import type { Random } from "./random.ts";
import type { Resource } from "./recording/resource.ts";
import type { Need } from "./authorization/needs.ts";

/** The services, by the prefix that IAM actions of theirs have. */
export type ServiceName =
    | "dynamodb"
    | "states"
    | "sqs"
    | "lambda"
    | "glue"
    | "events"
    | "sns"
    | "s3"
    | "iam"
    | "logs"
    | "kms"
    | "cloudwatch";

/** On whose behalf a call is made. Permissions are evaluated from this. */
export interface Caller {
    /** A service principal such as `lambda.amazonaws.com`, or `user` for whoever runs the stack. */
    readonly principal: string;
    /** The role that the call is made under; absent when the service calls as itself (an event rule to a queue, say). */
    readonly roleArn?: string;
    /** The resource that makes the call, which `aws:SourceArn` is compared with. */
    readonly sourceArn?: string;
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

export interface Service {
    readonly name: ServiceName;
    readonly operations: Readonly<Record<string, Operation>>;
    /** By Pulumi type token. */
    readonly kinds: Readonly<Record<string, ResourceKind>>;
    /** Settles when what was deployed can be used: code is loaded, a server listens. */
    ready?(): Promise<void>;
    /** Ends what the service keeps outside of the world: threads, servers, files. */
    close?(): Promise<void> | void;
}

/** What a service may use of the world around it. */
export interface World {
    readonly clock: Clock;
    readonly random: Random;
    readonly account: string;
    readonly region: string;
    readonly partition: string;
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
