/** The whole stack for tests: the recorded program on the embedded AWS, its queue to send to, and what happened. */
import { platformOn } from "../../cli/run/platform.ts";
import assert from "node:assert/strict";
import path from "node:path";
import {
    EmbeddedWorld,
    GlueService,
    StepFunctionsService,
    createServices,
    recordProgram,
} from "../../embedded-aws/index.ts";
import type {
    Call,
    ExecutionSummary,
    GlueRun,
    JobBehavior,
    Model,
    RecordedProgram,
    RunEnd,
    ServicesOptions,
} from "../../embedded-aws/index.ts";
import { readGate } from "../../slots/items.ts";
import type { Item } from "../../slots/items.ts";
import type { Gate } from "../../slots/table.ts";

export const ROOT = path.join(import.meta.dirname, "../..");
export const DAY = 86_400_000;

const user = { principal: "user" };
const programs = new Map<string, Promise<RecordedProgram>>();

/** A program, recorded once for each configuration. */
export function recorded(
    config: Record<string, string> = {},
    directory = ROOT,
    stack = "dev",
): Promise<RecordedProgram> {
    const key = JSON.stringify([config, directory, stack]);
    let program = programs.get(key);
    if (!program) {
        program = recordProgram({ directory, stack, config });
        programs.set(key, program);
    }
    return program;
}

/** How a job behaves: how long it runs once Glue has started it, and how it ends. */
export type Job = (run: GlueRun) => { millis: number; end?: RunEnd };

export interface TestStackOptions {
    programs: readonly RecordedProgram[];
    /** @default five minutes, then success */
    job?: Job;
    seed?: number;
    functions?: ServicesOptions["functions"];
    model?: Partial<Model>;
    keepHistory?: "all" | "states";
}

/** A taken or returned slot, as the gate saw it. */
export interface SlotEvent {
    readonly what: "take" | "release";
    readonly pool: string;
    readonly holder: string;
    readonly time: number;
}

/** A message of the dead-letter queue, as it is received. */
export interface DeadLetter {
    readonly Body: string;
    readonly ReceiptHandle: string;
    readonly MessageAttributes: Readonly<Record<string, { StringValue: string }>>;
}

export class TestStack {
    readonly world: EmbeddedWorld;
    readonly programs: readonly RecordedProgram[];
    readonly glue: GlueService;
    readonly states: StepFunctionsService;
    /** Successful writes that took or gave back a slot, in order. */
    readonly slots: SlotEvent[] = [];
    /** Glue runs in the order in which they were started. */
    readonly runs: GlueRun[] = [];
    readonly ended: ExecutionSummary[] = [];
    private expected = Infinity;

    private constructor(world: EmbeddedWorld, options: TestStackOptions) {
        this.world = world;
        this.programs = options.programs;
        this.glue = world.service(GlueService);
        this.states = world.service(StepFunctionsService);
        this.glue.onStart((run) => this.runs.push(run));
        this.states.onEnd((execution) => {
            this.ended.push(execution);
            if (this.ended.length >= this.expected) world.clock.stop();
        });
        world.intercept((call, next) => {
            const answer = next();
            if (call.operation === "UpdateItem") this.noteSlot(call);
            return answer;
        });
    }

    static async open(options: TestStackOptions): Promise<TestStack> {
        const job: Job = options.job ?? (() => ({ millis: 5 * 60_000 }));
        const jobs = (): JobBehavior => ({
            start: (run, finish) => {
                const { millis, end } = job(run);
                const timer = world.clock.after(millis, () => finish(end ?? { state: "SUCCEEDED" }));
                return () => world.clock.cancel(timer);
            },
        });
        const world: EmbeddedWorld = await EmbeddedWorld.open({
            programs: options.programs,
            seed: options.seed ?? 1,
            modelOverrides: options.model ?? {},
            services: createServices({
                platform: platformOn,
                jobs,
                functions: options.functions ?? "direct",
                stepFunctions: { keepHistory: options.keepHistory ?? "states" },
            }),
        });
        return new TestStack(world, options);
    }

    /** A stack's output. */
    output(name: string, program = this.programs[0]): string {
        const value = program?.outputs[name];
        assert.equal(typeof value, "string", `the program has no output ${name}`);
        return value as string;
    }

    /** Sends a message now; returns its id. */
    send(body: object | string, group = "g", program = this.programs[0]): string {
        const sent = this.world.call(
            "sqs",
            "SendMessage",
            {
                QueueUrl: this.output("queueUrl", program),
                MessageBody: typeof body === "string" ? body : JSON.stringify(body),
                MessageGroupId: group,
                MessageDeduplicationId: this.world.random.uuid(),
            },
            user,
        );
        return (sent as { MessageId: string }).MessageId;
    }

    /** Sends so many messages, each in a group of its own; returns their ids in order. */
    sendMany(count: number, program = this.programs[0]): string[] {
        return Array.from({ length: count }, (_, i) =>
            this.send({ arguments: { "--number": String(i) } }, `g${i}`, program),
        );
    }

    /** Lets time pass. */
    async pass(millis: number): Promise<void> {
        const timer = this.world.clock.after(millis, () => this.world.clock.stop());
        await this.world.clock.run();
        this.world.clock.cancel(timer);
    }

    /** Runs until so many executions have ended in all; fails if that takes more than `days`. */
    async untilEnded(count: number, days = 60): Promise<void> {
        if (this.ended.length >= count) return;
        this.expected = count;
        await this.pass(days * DAY);
        this.expected = Infinity;
        assert.ok(
            this.ended.length >= count,
            `only ${this.ended.length} of ${count} executions ended within ${days} days`,
        );
    }

    gate(pool = "jobs", program = this.programs[0]): Gate | undefined {
        return readGate(this.item(pool, "gate", program));
    }

    item(pool: string, entry: string, program = this.programs[0]): Item | undefined {
        const Key = { poolName: { S: pool }, entry: { S: entry } };
        const input = { TableName: this.output("tableName", program), Key, ConsistentRead: true };
        return (this.world.call("dynamodb", "GetItem", input, user) as { Item?: Item }).Item;
    }

    /** Rows of a pool that are still open. */
    openRows(pool = "jobs", program = this.programs[0]): number {
        const input = {
            TableName: this.output("tableName", program),
            IndexName: "line",
            Select: "COUNT",
            KeyConditionExpression: "poolName = :p",
            ExpressionAttributeValues: { ":p": { S: pool } },
        };
        return (this.world.call("dynamodb", "Query", input, user) as { Count: number }).Count;
    }

    /** The messages in the dead-letter queue, which they leave by being looked at. */
    deadLetters(program = this.programs[0]): DeadLetter[] {
        const QueueUrl = this.output("deadLetterQueueUrl", program);
        const found: DeadLetter[] = [];
        for (;;) {
            const input = { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"] };
            const { Messages = [] } = this.world.call("sqs", "ReceiveMessage", input, user) as {
                Messages?: DeadLetter[];
            };
            if (Messages.length === 0) return found;
            for (const { ReceiptHandle } of Messages) {
                this.world.call("sqs", "DeleteMessage", { QueueUrl, ReceiptHandle }, user);
            }
            found.push(...Messages);
        }
    }

    /** The execution of a message. */
    execution(messageId: string): ExecutionSummary | undefined {
        return this.ended.find((execution) => execution.name.endsWith(messageId));
    }

    async close(): Promise<void> {
        await this.world.close();
    }

    private noteSlot({ input }: Call): void {
        const { Key, UpdateExpression, ExpressionAttributeNames } = input as {
            Key: Record<string, { S: string }>;
            UpdateExpression: string;
            ExpressionAttributeNames?: Record<string, string>;
        };
        const what = UpdateExpression.startsWith("SET holders.")
            ? "take"
            : UpdateExpression.includes("REMOVE holders.")
              ? "release"
              : undefined;
        if (!what) return;
        this.slots.push({
            what,
            pool: Key["poolName"]?.S ?? "",
            holder: ExpressionAttributeNames?.["#me"] ?? "",
            time: this.world.clock.now(),
        });
    }
}

/** A test with a stack that is closed whatever happens. */
export async function withStack(
    options: Partial<TestStackOptions> & { config?: Record<string, string> },
    test: (stack: TestStack) => Promise<void>,
): Promise<void> {
    const { config, ...rest } = options;
    const stack = await TestStack.open({ programs: [await recorded(config)], ...rest });
    try {
        await test(stack);
    } finally {
        await stack.close();
    }
}
