/** The stack that a run is about: recorded from the program as it is deployed, and brought to life. */
import type { ClockOptions } from "../clock.ts";
import { DirectRuntime } from "../functions/direct.ts";
import { SdkRuntime } from "../functions/sdk.ts";
import type { ModelName } from "../model.ts";
import { recordProgram } from "../program.ts";
import type { RecordedProgram } from "../resource.ts";
import { CloudWatchService } from "../services/cloudwatch.ts";
import { DynamoDbService } from "../services/dynamodb/index.ts";
import { EventsService } from "../services/events.ts";
import { GlueService } from "../services/glue.ts";
import type { JobBehavior } from "../services/glue.ts";
import { IamService } from "../services/iam.ts";
import { KmsService } from "../services/kms.ts";
import { LambdaService } from "../services/lambda.ts";
import { LogsService } from "../services/logs.ts";
import { S3Service } from "../services/s3.ts";
import type { Service } from "../services/service.ts";
import { SnsService } from "../services/sns.ts";
import { Queue, SqsService } from "../services/sqs.ts";
import { StepFunctionsService } from "../services/step-functions/index.ts";
import { EmbeddedWorld } from "../world.ts";
import { existingJob } from "./existing-job.ts";
import type { StartOptions } from "./options.ts";

/** A stack that lives: its world, and the services and resources that a run looks at. */
export interface Stack {
    readonly world: EmbeddedWorld;
    readonly glue: GlueService;
    readonly states: StepFunctionsService;
    readonly workQueue: Queue;
    readonly deadLetterQueue: Queue;
}

/** The stack cannot be run like this; the message says what to do. */
export class StackError extends Error {
    override readonly name = "StackError";
}

/** Records the program with the stack's configuration; `--limit` and `--seed` take the place of what is there. */
export function recordStack(
    directory: string,
    options: Pick<StartOptions, "stack" | "limit" | "seed">,
): Promise<RecordedProgram> {
    return recordProgram({
        directory,
        stack: options.stack,
        seed: options.seed,
        ...(options.limit !== undefined && { config: { limit: String(options.limit) } }),
    });
}

export interface OpenOptions {
    readonly limit: number;
    readonly seed: number;
    readonly clock: ClockOptions;
    readonly model: ModelName;
    /** Functions with their real SDK clients. */
    readonly sdk: boolean;
    readonly jobs: (world: EmbeddedWorld) => JobBehavior;
}

export async function openStack(program: RecordedProgram, options: OpenOptions): Promise<Stack> {
    const { seed, clock, model, sdk, jobs } = options;
    let glue: GlueService | undefined;
    let states: StepFunctionsService | undefined;
    const services = (world: EmbeddedWorld): Service[] => {
        glue = new GlueService(world, jobs(world));
        states = new StepFunctionsService(world, { keepHistory: "none" });
        return [
            ...[
                new IamService(world),
                new KmsService(world),
                new LogsService(world),
                new CloudWatchService(world),
            ],
            ...[
                new S3Service(world),
                new SqsService(world),
                new SnsService(world),
                new DynamoDbService(world),
            ],
            ...[
                new EventsService(world),
                new LambdaService(world, sdk ? new SdkRuntime(world) : new DirectRuntime(world)),
            ],
            ...[glue, states],
        ];
    };
    const before = existingJob(program, options.limit);
    const programs = before ? [before, program] : [program];
    const world = await EmbeddedWorld.open({ programs, seed, clock, model, services });
    const workQueue = queueOf(world, program, "queueUrl");
    const deadLetterQueue = queueOf(world, program, "deadLetterQueueUrl");
    if (!glue || !states) throw new Error("The world was opened without its services.");
    return { world, glue, states, workQueue, deadLetterQueue };
}

/** The limit that the stack's settings say. */
export function limitOf(program: RecordedProgram): number {
    for (const { type, inputs } of program.resources) {
        if (
            type !== "aws:dynamodb/tableItem:TableItem" ||
            inputs["tableName"] !== program.outputs["tableName"]
        )
            continue;
        const item = JSON.parse(String(inputs["item"])) as { limit?: { N?: string } };
        const limit = Number(item.limit?.N);
        if (limit > 0) return limit;
        throw new StackError(
            "The stack's limit is 0, which pauses the line: nothing would run. Give another with --limit.",
        );
    }
    throw new StackError(
        "The stack has no settings in the table of its output tableName; index.ts must make them.",
    );
}

/** The queue whose URL is one of the stack's outputs. */
function queueOf(world: EmbeddedWorld, program: RecordedProgram, output: string): Queue {
    const url = program.outputs[output];
    const resource = program.resources.find(
        ({ outputs }) => outputs["url"] !== undefined && outputs["url"] === url,
    );
    const queue = resource && world.find(String(resource.outputs["arn"]));
    if (queue instanceof Queue) return queue;
    throw new StackError(
        `The stack has no output ${output} that is the URL of one of its queues; index.ts must export it.`,
    );
}
