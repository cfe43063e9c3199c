/**
 * The door of the embedded AWS: an AWS account and region in one process. Everything outside of this folder imports from
 * here; README.md says what it models and how to run a Pulumi program on it.
 */

// An account, and time in it.
export { DeploymentError, EmbeddedWorld } from "./world.ts";
export type { Call, Deployment, Interceptor, WorldOptions } from "./world.ts";
export { Clock } from "./clock.ts";
export type { ClockOptions, Timer } from "./clock.ts";
export { Random } from "./random.ts";
export { createModel, glueQuotaFor } from "./model.ts";
export type { ModelName } from "./model.ts";
export { CallerCrash } from "./crash.ts";
export { AwsError, UnsupportedError } from "./service.ts";
export type { Caller, Model, ServiceName, World } from "./service.ts";

// Programs: recorded under Pulumi's mocks, as a deployment would see them.
export { ProgramError, recordProgram, UNKNOWN } from "./recording/record-program.ts";
export { readStackConfig, StackConfigError, stacksIn } from "./recording/stack-config.ts";
export { assign, partitionOf } from "./recording/assignment.ts";
export { invoke } from "./recording/invokes.ts";
export type { RecordedAsset, RecordedProgram, Resource } from "./recording/resource.ts";

// The services, and what those who watch a run look at.
export { createServices } from "./services/index.ts";
export type { ServicesOptions } from "./services/index.ts";
export type { FunctionHost, PlatformFactory } from "./runtimes/direct.ts";
export { embeddedMetrics } from "./services/cloudwatch/embedded-metrics.ts";
export { normalizeNumber } from "./services/dynamodb/numbers.ts";
export { DynamoDbService } from "./services/dynamodb/service.ts";
export type { TableStream } from "./services/dynamodb/stream.ts";
export { compile as compileEventPattern } from "./services/events/pattern.ts";
export { GlueService, timedRuns } from "./services/glue/service.ts";
export type { GlueRun, JobBehavior, RunEnd } from "./services/glue/service.ts";
export { IamService } from "./services/iam/service.ts";
export type { Key } from "./services/kms/service.ts";
export { LambdaService } from "./services/lambda/service.ts";
export { Topic } from "./services/sns/service.ts";
export { Queue } from "./services/sqs/service.ts";
export { StepFunctionsService } from "./services/step-functions/service.ts";
export type { ExecutionSummary } from "./services/step-functions/service.ts";

// Policies, as IAM evaluates them.
export { parsePolicy, PolicyError } from "./authorization/policy.ts";
export type { PolicyKind } from "./authorization/policy.ts";
export type { Permission } from "./authorization/permissions.ts";
