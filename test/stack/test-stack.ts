/** The whole stack for tests: the recorded program on the embedded AWS, its queue to send to, and what happened. */
import assert from "node:assert/strict";
import path from "node:path";
import { platformOn } from "../../cli/run/platform.ts";
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
import { parseHolderId } from "../../slots/holder.ts";
import { readGate } from "../../slots/items.ts";
import type { Item } from "../../slots/items.ts";
import type { Gate } from "../../slots/table.ts";
import { protocolWrite } from "../slots/protocol-writes.ts";

export const ROOT = path.join(import.meta.dirname, "../..");

/** The configuration of scenes and bad days: two slots, two attempts. */
export const CONFIG = { limit: "2", maxAttempts: "2", retryDelaySeconds: "30", startBudgetSeconds: "300" };

/** Programs besides the one at the root. */
export const FIXTURES = {
    /** With keys of the user's: one for the queue, another for the rest. */
    twoKeys: path.join(import.meta.dirname, "fixtures/two-keys"),
    /** Around queues, a topic, a key and a log group that exist already; and a queue that a rule sends to. */
    existing: path.join(import.meta.dirname, "fixtures/existing"),
    /** Two pools on one table. */
    twoPools: path.join(import.meta.dirname, "fixtures/two-pools"),
} as const;

/** In milliseconds, as the world's clock counts. */
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

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

/** One of the program's functions. */
export type Role = "starter" | "dispatcher" | "reaper";

/** How a job behaves: how long it runs once Glue has started it, and how it ends. */
export type Job = (run: GlueRun) => { millis: number; end?: RunEnd };

export interface TestStackOptions {
    programs: readonly RecordedProgram[];
    /** @default five minutes, then success. */
    job?: Job;
    seed?: number;
    functions?: ServicesOptions["functions"];
    /** How many milliseconds the clock of a function is ahead, or behind if negative. @default every clock is right */
    clocks?: Readonly<Partial<Record<Role, number>>>;
    model?: Partial<Model>;
    keepHistory?: "all" | "states";
}

/** A successful write that acquired or released a slot. */
export interface SlotEvent {
    readonly what: "acquire" | "release";
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

const watchers: ((stack: TestStack) => void)[] = [];

/** Calls the watcher with every stack that is opened from now on, before time passes in it. */
export function watchStacks(watcher: (stack: TestStack) => void): void {
    watchers.push(watcher);
}

export class TestStack {
    readonly world: EmbeddedWorld;
    readonly programs: readonly RecordedProgram[];
    readonly glue: GlueService;
    readonly states: StepFunctionsService;
    /** Slots acquired and released, in order. */
    readonly slots: SlotEvent[] = [];
    /** Glue runs in the order in which they were started. */
    readonly runs: GlueRun[] = [];
    /** Executions in the order in which they ended. */
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
            this.noteSlot(call);
            return answer;
        });
    }

    static async open(options: TestStackOptions): Promise<TestStack> {
        const job: Job = options.job ?? (() => ({ millis: 5 * MINUTE }));
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
                clockOffset: offsets(options.clocks),
                stepFunctions: { keepHistory: options.keepHistory ?? "states" },
            }),
        });
        const stack = new TestStack(world, options);
        for (const watcher of watchers) watcher(stack);
        return stack;
    }

    /** An output of a program. */
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

    /** Lets so many milliseconds pass. */
    async pass(millis: number): Promise<void> {
        const timer = this.world.clock.after(millis, () => this.world.clock.stop());
        await this.world.clock.run();
        this.world.clock.cancel(timer);
    }

    /** Runs until so many executions have ended in all; fails when that takes more than `atMost` milliseconds. */
    async untilEnded(count: number, atMost = 60 * DAY): Promise<void> {
        if (this.ended.length >= count) return;
        this.expected = count;
        await this.pass(atMost);
        this.expected = Infinity;
        assert.ok(
            this.ended.length >= count,
            `only ${this.ended.length} of ${count} executions ended within ${atMost / HOUR} hours`,
        );
    }

    /** A pool's gate, as it is now. */
    gate(pool = "jobs", program = this.programs[0]): Gate | undefined {
        return readGate(this.item(pool, "gate", program));
    }

    /** An item of the table, as it is now. */
    item(pool: string, entry: string, program = this.programs[0]): Item | undefined {
        const Key = { poolName: { S: pool }, entry: { S: entry } };
        const input = { TableName: this.output("tableName", program), Key, ConsistentRead: true };
        return (this.world.call("dynamodb", "GetItem", input, user) as { Item?: Item }).Item;
    }

    /** Slots acquired, in order. */
    acquired(): SlotEvent[] {
        return this.slots.filter(({ what }) => what === "acquire");
    }

    /** Slots released, in order. */
    released(): SlotEvent[] {
        return this.slots.filter(({ what }) => what === "release");
    }

    /** The message of each slot acquired, in order. */
    served(): string[] {
        return this.acquired().map(({ holder }) => messageOf(holder));
    }

    /** How long each slot that was released while others waited stood idle, in milliseconds. For one pool at one limit. */
    idleMillis(limit: number): number[] {
        const next = this.acquired().slice(limit);
        const released = this.released();
        return next.map(({ time }, i) => time - (released[i]?.time ?? -Infinity));
    }

    /** How long each slot stood idle from the end of its job to the next acquire, in milliseconds. For one pool at one limit. */
    idleAfterJobs(limit: number): number[] {
        const ends = this.runs.map(({ completedOn = Infinity }) => completedOn).sort((a, b) => a - b);
        return this.acquired()
            .slice(limit)
            .map(({ time }, i) => time - (ends[i] ?? Infinity));
    }

    /** The ARN of the function of this role. */
    functionArn(role: Role): string {
        const found = this.world
            .resources()
            .find(({ type, name }) => type === "aws:lambda/function:Function" && name.endsWith(role));
        assert.ok(found, `there is no function ${role}`);
        return String(found.outputs["arn"]);
    }

    /** Rows of a pool that are still open. */
    openRows(pool = "jobs", program = this.programs[0]): number {
        const input = {
            TableName: this.output("tableName", program),
            IndexName: "line",
            Select: "COUNT",
            KeyConditionExpression: "poolName = :p",
            FilterExpression: "attribute_not_exists(ended)",
            ExpressionAttributeValues: { ":p": { S: pool } },
        };
        return (this.world.call("dynamodb", "Query", input, user) as { Count: number }).Count;
    }

    /** Takes the messages out of the dead-letter queue. */
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

    private noteSlot(call: Call): void {
        const write = protocolWrite(call);
        if (write?.name !== "acquire" && write?.name !== "release") return;
        const [holder = ""] = write.holders;
        this.slots.push({ what: write.name, pool: write.pool, holder, time: this.world.clock.now() });
    }
}

function offsets(clocks: TestStackOptions["clocks"]): ServicesOptions["clockOffset"] {
    if (!clocks) return undefined;
    const roles = Object.entries(clocks);
    return (name) => roles.find(([role]) => name.includes(role))?.[1] ?? 0;
}

/** The message of a holder id. */
export function messageOf(holder: string): string {
    return parseHolderId(holder)?.message ?? "";
}

/** The message of a Glue run. */
export function messageOfRun(run: Pick<GlueRun, "arguments">): string {
    return messageOf(run.arguments["--turnstile-holder"] ?? "");
}

/** A test with a stack, which is closed however the test ends. */
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
