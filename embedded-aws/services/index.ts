/** All services of the embedded AWS, put together for a world. */
import { DirectRuntime } from "../runtimes/direct.ts";
import type { PlatformFactory } from "../runtimes/direct.ts";
import { SdkRuntime } from "../runtimes/sdk.ts";
import type { EmbeddedWorld } from "../world.ts";
import { CloudWatchService } from "./cloudwatch/service.ts";
import { DynamoDbService } from "./dynamodb/service.ts";
import { EventsService } from "./events/service.ts";
import { GlueService, timedRuns } from "./glue/service.ts";
import type { JobBehavior } from "./glue/service.ts";
import { IamService } from "./iam/service.ts";
import { KmsService } from "./kms/service.ts";
import { LambdaService } from "./lambda/service.ts";
import type { FunctionRuntime } from "./lambda/runtime.ts";
import { LogsService } from "./logs/service.ts";
import { S3Service } from "./s3/service.ts";
import type { Service, World } from "../service.ts";
import { SnsService } from "./sns/service.ts";
import { SqsService } from "./sqs/service.ts";
import { StepFunctionsService } from "./step-functions/service.ts";
import type { StepFunctionsOptions } from "./step-functions/service.ts";

export interface ServicesOptions {
    /** What the runs of Glue jobs do. @default each succeeds after a minute */
    jobs?: ((world: World) => JobBehavior) | undefined;
    /**
     * How functions run: `sdk` in threads with the SDK's own clients; `direct` in this thread, an invocation as one step;
     * `interleaved` likewise, but with each of its calls as an event of its own. The last two call the bundle's export
     * `create` with what `platform` makes. @default "direct" with a `platform`, "sdk" without
     */
    functions?: "direct" | "interleaved" | "sdk" | undefined;
    /** Makes the argument of `create` for functions that run in this thread. */
    platform?: PlatformFactory | undefined;
    stepFunctions?: StepFunctionsOptions;
}

/** For `EmbeddedWorld.open({ services: createServices({ … }) })`. */
export function createServices(options: ServicesOptions = {}): (world: EmbeddedWorld) => readonly Service[] {
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
        new LambdaService(world, runtimeOf(options, world)),
        new GlueService(world, options.jobs?.(world) ?? timedRuns(world.clock, () => 60_000)),
        new StepFunctionsService(world, options.stepFunctions),
    ];
}

function runtimeOf({ functions, platform }: ServicesOptions, world: World): FunctionRuntime {
    if (functions === "sdk" || (functions === undefined && !platform)) return new SdkRuntime(world);
    if (!platform) {
        throw new Error(
            `functions is "${functions}", but there is no platform; expected one, which makes the argument of each function's create.`,
        );
    }
    return new DirectRuntime(world, { platform, interleaved: functions === "interleaved" });
}
