/**
 * The door of the embedded AWS: an AWS account and region in one process. Everything outside of this folder imports from
 * here; README.md says what it models and how to run a Pulumi program on it.
 */

// An account, and time in it.
export { DeploymentError, EmbeddedWorld } from "./world.ts";
export type { Call, Deployment, Interceptor, WorldOptions } from "./world.ts";
export { Clock, ReplayError } from "./clock.ts";
export type { ClockOptions, Past, Timer } from "./clock.ts";
export { Random } from "./random.ts";
export { createModel, glueQuotaFor } from "./model.ts";
export type { ModelName } from "./model.ts";
export { CallerCrash } from "./crash.ts";
export { StacklessError } from "./stackless-error.ts";
export { carryOut } from "./outcomes.ts";
export type { CallerGets, CallOutcome } from "./outcomes.ts";
export { Endpoint } from "./endpoint.ts";
export type { Credentials, EndpointOptions } from "./endpoint.ts";
export { kept, replayed } from "./journal.ts";
export type { CallJournal, PastCall } from "./journal.ts";
export { AwsError, UnsupportedError } from "./service.ts";
export type { Caller, Model, ServiceName, World } from "./service.ts";

// Programs: recorded under Pulumi's mocks, as a deployment would see them.
export { ProgramError, recordProgram, UNKNOWN } from "./recording/record-program.ts";
export { NoSuchStackError, readStackConfig, StackConfigError, stacksIn } from "./recording/stack-config.ts";
export { partitionOf } from "./location.ts";
export { invoke } from "./recording/invokes.ts";
export type { RecordedAsset, RecordedProgram, Resource } from "./recording/resource.ts";

// The services, and what those who watch a run look at.
export { assign, createServices } from "./services/index.ts";
export type { ServicesOptions } from "./services/index.ts";
export type { FunctionHost, PlatformFactory } from "./runtimes/index.ts";
export { embeddedMetrics } from "./services/cloudwatch/index.ts";
export { CloudWatchService } from "./services/cloudwatch/index.ts";
export { DynamoDbService, normalizeNumber } from "./services/dynamodb/index.ts";
export type { TableStream, TableWrite } from "./services/dynamodb/index.ts";
export { compile as compileEventPattern, EventsService } from "./services/events/index.ts";
export { GlueService, timedRuns } from "./services/glue/index.ts";
export type { GlueRun, JobBehavior, RunEnd } from "./services/glue/index.ts";
export { IamService } from "./services/iam/index.ts";
export type { Key } from "./services/kms/index.ts";
export { LambdaService } from "./services/lambda/index.ts";
export { Topic } from "./services/sns/index.ts";
export { Queue } from "./services/sqs/index.ts";
export {
    errorOf,
    matches,
    parseDefinition,
    requestOf,
    resultOf,
    StateError,
    StepFunctionsService,
} from "./services/step-functions/index.ts";
export type { Catcher, Program, Scope, State, TaskState } from "./services/step-functions/index.ts";
export type { Evaluated, ExecutionSummary } from "./services/step-functions/index.ts";

export type { ReadLag } from "./services/lib/stale-reads.ts";

// Policies, as IAM evaluates them.
export { allows, parsePolicy, PolicyError } from "./authorization/policy.ts";
export type { PolicyKind, PolicyRequest } from "./authorization/policy.ts";
export type { Permission } from "./authorization/permissions.ts";
