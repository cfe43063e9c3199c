/** The components, usable in other programs. */
export { ArgumentsError } from "./arguments.ts";
export type { Tags } from "./arguments.ts";
export { GLUE_JOB_TYPE, GlueJob } from "./glue-job.ts";
export type { GlueJobArgs, GlueJobType } from "./glue-job.ts";
export { JobQueue } from "./job-queue.ts";
export type { JobQueueArgs } from "./job-queue.ts";
export { JobWorkflow } from "./job-workflow.ts";
export type { JobWorkflowArgs } from "./job-workflow.ts";
export { Monitoring } from "./monitoring.ts";
export type { MonitoringArgs } from "./monitoring.ts";
export { operatorOutput } from "./operator.ts";
export type { OperatorArgs } from "./operator.ts";
export { TokenBucket } from "./token-bucket.ts";
export type { PoolArgs, TokenBucketArgs } from "./token-bucket.ts";
export { WorkQueue } from "./work-queue.ts";
export type { WorkQueueArgs } from "./work-queue.ts";
export type { ExistingQueueArgs } from "./work-queue/existing.ts";
export type { SenderArgs, SenderCondition } from "./work-queue/senders.ts";
