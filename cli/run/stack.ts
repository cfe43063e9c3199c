/** The stack of a run: recorded from the program that is deployed, and brought to life on the embedded AWS. */
import { readSettings } from "../../slots/items.ts";
import type { Item } from "../../slots/items.ts";
import { ENTRY, TABLE } from "../../slots/table.ts";
import {
    EmbeddedWorld,
    GlueService,
    LambdaService,
    Queue,
    StepFunctionsService,
    createServices,
    glueQuotaFor,
    recordProgram,
} from "../../embedded-aws/index.ts";
import type {
    Clock,
    ClockOptions,
    JobBehavior,
    ModelName,
    RecordedProgram,
    Resource,
} from "../../embedded-aws/index.ts";
import { existingJob } from "./existing-job.ts";
import { isOwn, leftOutText, ofOtherProviders } from "./left-out.ts";
import type { RunOptions } from "./options.ts";
import { platformOn } from "./platform.ts";

/** A stack on the embedded AWS: its world, and the services and queues that a run looks at. */
export interface Stack {
    readonly world: EmbeddedWorld;
    readonly glue: GlueService;
    readonly states: StepFunctionsService;
    readonly lambda: LambdaService;
    readonly workQueue: Queue;
    readonly deadLetterQueue: Queue;
}

/** The stack cannot be run. The message says what to do. */
export class StackError extends Error {
    override readonly name = "StackError";
}

/** A program may have several workflows: the output names the one to run. */
const HOW_TO_EXPORT = "Export it: export const operator = operatorOutput({ queue, bucket, workflow });";

/** Records the program with the stack's configuration, which `--limit` overrides. */
export async function recordStack(
    directory: string,
    options: Pick<RunOptions, "stack" | "limit" | "seed">,
): Promise<RecordedProgram> {
    const program = await recordProgram({
        directory,
        stack: options.stack,
        seed: options.seed,
        allowUnknownTypes: true,
        ...(options.limit !== undefined && { config: { limit: String(options.limit) } }),
    });
    // A program of the user's own may export the output `operator` alone, which has the others.
    const { operator } = program.outputs;
    if (typeof operator !== "object" || operator === null) return program;
    return { ...program, outputs: { ...operator, ...program.outputs } };
}

export interface OpenOptions {
    readonly limit: number;
    readonly seed: number;
    readonly clock: ClockOptions;
    readonly model: ModelName;
    /** Whether functions make their calls through the AWS SDK. */
    readonly sdk: boolean;
    readonly jobs: (clock: Clock) => JobBehavior;
    /** Which executions can be read step by step. @default those that have not succeeded */
    readonly keepHistory?: "states" | "all";
    /** Gets a line about what the stack runs without. */
    readonly warn: (text: string) => void;
}

export async function openStack(program: RecordedProgram, options: OpenOptions): Promise<Stack> {
    const { seed, clock, model, sdk, jobs, keepHistory = "states" } = options;
    const before = existingJob(program, options.limit);
    const leftOut = ofOtherProviders(program);
    const world = await EmbeddedWorld.open({
        leaveOut: (resource) => !isOwn(resource) && leftOut.push(resource) > 0,
        programs: before ? [before, program] : [program],
        seed,
        clock,
        model,
        ...(model === "aws" && { modelOverrides: { glueQuota: glueQuotaFor(options.limit) } }),
        services: createServices({
            platform: platformOn,
            jobs: (opened) => jobs(opened.clock),
            functions: sdk ? "sdk" : "direct",
            stepFunctions: { keepHistory },
        }),
    });
    if (leftOut.length > 0) options.warn(leftOutText(leftOut));
    return {
        world,
        glue: world.service(GlueService),
        states: world.service(StepFunctionsService),
        lambda: world.service(LambdaService),
        workQueue: queueOf(world, program, "queueUrl"),
        deadLetterQueue: queueOf(world, program, "deadLetterQueueUrl"),
    };
}

/** The limit in the settings of the pool that is run. Throws `StackError` where nothing would run. */
export function limitOf(program: RecordedProgram): number {
    const settings = readSettings(settingsOf(program).item);
    if ("problem" in settings) throw new StackError(`The stack cannot run: ${settings.problem}.`);
    if (settings.value.limit > 0) return settings.value.limit;
    throw new StackError("The stack's limit is 0, so nothing would run. Set another with --limit.");
}

/** The item with the settings of the stack's pool. */
export function settingsOf(program: RecordedProgram): { readonly resource: Resource; readonly item: Item } {
    const { tableName, pool } = program.outputs;
    for (const resource of program.resources) {
        const { type, inputs } = resource;
        if (type !== "aws:dynamodb/tableItem:TableItem" || inputs["tableName"] !== tableName) continue;
        const item = JSON.parse(String(inputs["item"])) as Item;
        // A table may have the settings of several pools.
        const isOfPool = typeof pool !== "string" || item[TABLE.partitionKey]?.S === pool;
        if (isOfPool && item[TABLE.sortKey]?.S === ENTRY.settings) return { resource, item };
    }
    const what = typeof pool === "string" ? `The pool ${pool}` : "The table";
    throw new StackError(
        `${what} has no settings in the table of the stack's output tableName. ${HOW_TO_EXPORT}`,
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
        `The stack has no output ${output} with the URL of one of its queues. ${HOW_TO_EXPORT}`,
    );
}
