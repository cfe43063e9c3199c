/** All services of the embedded AWS, put together for a world. */
import { DirectRuntime } from "../functions/direct.ts";
import { SdkRuntime } from "../functions/sdk.ts";
import type { EmbeddedWorld } from "../world.ts";
import { CloudWatchService } from "./cloudwatch.ts";
import { DynamoDbService } from "./dynamodb/index.ts";
import { EventsService } from "./events.ts";
import { GlueService } from "./glue.ts";
import type { JobBehavior } from "./glue.ts";
import { IamService } from "./iam.ts";
import { KmsService } from "./kms.ts";
import { LambdaService } from "./lambda.ts";
import type { FunctionRuntime } from "./lambda/runtime.ts";
import { LogsService } from "./logs.ts";
import { S3Service } from "./s3.ts";
import type { Service, World } from "./service.ts";
import { SnsService } from "./sns.ts";
import { SqsService } from "./sqs.ts";
import { StepFunctionsService } from "./step-functions/index.ts";
import type { StepFunctionsOptions } from "./step-functions/index.ts";

export interface ServicesOptions {
    /** What the runs of Glue jobs do. */
    jobs: (world: World) => JobBehavior;
    /**
     * How functions run: `direct` in this thread, an invocation as one step; `interleaved` likewise, but with each of its
     * calls as an event of its own; `sdk` in threads with the SDK's own clients. @default "direct"
     */
    functions?: "direct" | "interleaved" | "sdk";
    stepFunctions?: StepFunctionsOptions;
}

/** For `EmbeddedWorld.open({ services: createServices({ … }) })`. */
export function createServices(options: ServicesOptions): (world: EmbeddedWorld) => readonly Service[] {
    return (world) => [
        new IamService(world),
        new KmsService(world),
        new LogsService(world),
        new CloudWatchService(world),
        new S3Service(world),
        new SqsService(world),
        new SnsService(world),
        new DynamoDbService(world),
        new EventsService(world),
        new LambdaService(world, runtimeOf(options.functions ?? "direct", world)),
        new GlueService(world, options.jobs(world)),
        new StepFunctionsService(world, options.stepFunctions),
    ];
}

function runtimeOf(functions: NonNullable<ServicesOptions["functions"]>, world: World): FunctionRuntime {
    if (functions === "sdk") return new SdkRuntime(world);
    return new DirectRuntime(world, { interleaved: functions === "interleaved" });
}
