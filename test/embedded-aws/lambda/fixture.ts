/** A world with functions whose code is a closure of the test, queues, and streams that the test writes to. */
import assert from "node:assert/strict";
import { TableStream } from "../../../embedded-aws/services/dynamodb/stream.ts";
import { IamService } from "../../../embedded-aws/services/iam/index.ts";
import { LambdaFunction, LambdaService } from "../../../embedded-aws/services/lambda/index.ts";
import type {
    FunctionRuntime,
    InvocationContext,
    InvocationResult,
} from "../../../embedded-aws/services/lambda/index.ts";
import { LogsService } from "../../../embedded-aws/services/logs/index.ts";
import { AwsError } from "../../../embedded-aws/service.ts";
import type { Model } from "../../../embedded-aws/service.ts";
import { SqsService } from "../../../embedded-aws/services/sqs/index.ts";
import { FakeWorld, user } from "../fake-world.ts";

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;

/** A handler: what it returns is the result, what it throws a failure. */
export type Code = (event: never, context: InvocationContext) => unknown;

/** Runs closures instead of bundles. */
export class ClosureRuntime implements FunctionRuntime {
    readonly interleaved: boolean;
    readonly code = new Map<string, Code>();
    readonly loaded: string[] = [];
    /** How long each invocation says that it took. */
    durationMillis = 0;

    constructor(interleaved = false) {
        this.interleaved = interleaved;
    }

    load(fn: LambdaFunction): void {
        this.loaded.push(fn.name);
    }

    async invoke(fn: LambdaFunction, event: unknown, context: InvocationContext): Promise<InvocationResult> {
        const { durationMillis } = this;
        try {
            const payload = await this.code.get(fn.name)?.(event as never, context);
            return { kind: "returned", payload, durationMillis };
        } catch (error) {
            const { name, message } = error as Error;
            return { kind: "failed", errorType: name, errorMessage: message, durationMillis };
        }
    }
}

export interface SqsEvent {
    readonly Records: readonly {
        readonly messageId: string;
        readonly receiptHandle: string;
        readonly body: string;
        readonly attributes: Readonly<Record<string, string>>;
        readonly [member: string]: unknown;
    }[];
}

export interface StreamEvent {
    readonly Records: readonly {
        readonly eventName: string;
        readonly dynamodb: {
            readonly SequenceNumber: string;
            readonly Keys: { readonly id: { readonly S: string } };
        };
    }[];
}

export class LambdaFixture {
    readonly world: FakeWorld;
    readonly runtime: ClosureRuntime;
    readonly lambda: LambdaService;
    readonly roleArn: string;
    readonly start: number;

    constructor({ interleaved = false, model = {} }: { interleaved?: boolean; model?: Partial<Model> } = {}) {
        this.world = new FakeWorld(model);
        this.runtime = new ClosureRuntime(interleaved);
        this.world.add(new IamService(this.world));
        this.world.add(new LogsService(this.world));
        this.world.add(new SqsService(this.world));
        this.lambda = this.world.add(new LambdaService(this.world, this.runtime));
        this.roleArn = this.role("role", "lambda.amazonaws.com");
        this.start = this.world.clock.now();
    }

    /** Seconds since the beginning. */
    get seconds(): number {
        return (this.world.clock.now() - this.start) / second;
    }

    role(name: string, trusted: string): string {
        const arn = this.world.arn("iam", `role/${name}`);
        const Statement = { Effect: "Allow", Principal: { Service: trusted }, Action: "sts:AssumeRole" };
        const assumeRolePolicy = JSON.stringify({ Version: "2012-10-17", Statement });
        this.world.create("aws:iam/role:Role", name, { assumeRolePolicy }, { arn });
        return arn;
    }

    fn(name: string, code: Code, inputs: Record<string, unknown> = {}): LambdaFunction {
        this.runtime.code.set(name, code);
        const arn = this.world.arn("lambda", `function:${name}`);
        const all = {
            role: this.roleArn,
            code: { kind: "archive", files: { "index.mjs": "" } },
            handler: "index.handler",
            runtime: "nodejs24.x",
            ...inputs,
        };
        this.world.create("aws:lambda/function:Function", name, all, { arn, id: name });
        return this.fnNamed(name);
    }

    fnNamed(name: string): LambdaFunction {
        const fn = this.world.find(this.world.arn("lambda", `function:${name}`));
        assert(fn instanceof LambdaFunction);
        return fn;
    }

    /** Creates a queue and returns its ARN. */
    queue(name: string, inputs: Record<string, unknown> = {}): string {
        const physical = inputs["fifoQueue"] === true ? `${name}.fifo` : name;
        const arn = this.world.arn("sqs", physical);
        this.world.create("aws:sqs/queue:Queue", name, inputs, { name: physical, arn, url: this.url(arn) });
        return arn;
    }

    fifo(name: string, inputs: Record<string, unknown> = {}): string {
        return this.queue(name, { fifoQueue: true, contentBasedDeduplication: true, ...inputs });
    }

    send(queueArn: string, body: string, group?: string): void {
        const input = { QueueUrl: this.url(queueArn), MessageBody: body, MessageGroupId: group };
        this.world.call("sqs", "SendMessage", input, user);
    }

    /** The bodies of a queue's visible messages, which are in flight from now on. */
    bodies(queueArn: string): (string | undefined)[] {
        const input = { QueueUrl: this.url(queueArn), MaxNumberOfMessages: 10 };
        const { Messages } = this.world.call("sqs", "ReceiveMessage", input, user) as {
            Messages?: { Body: string }[];
        };
        return (Messages ?? []).map(({ Body }) => Body);
    }

    /** How many messages a queue has, in flight or not. */
    size(queueArn: string): number {
        const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        const input = { QueueUrl: this.url(queueArn), AttributeNames: names };
        const output = this.world.call("sqs", "GetQueueAttributes", input, user) as {
            Attributes: Record<string, string>;
        };
        return names.reduce((sum, name) => sum + Number(output.Attributes[name]), 0);
    }

    stream(name: string): TableStream {
        const arn = this.world.arn("dynamodb", `table/${name}/stream/2026-01-01T00:00:00.000`);
        const stream = new TableStream(arn, "NEW_IMAGE", this.world.region, this.world.clock);
        this.world.register(arn, stream);
        return stream;
    }

    /** Maps a source to a function, and returns the mapping's UUID. */
    map(eventSourceArn: string, functionName: string, inputs: Record<string, unknown> = {}): string {
        const uuid = `uuid-${eventSourceArn}-${functionName}`;
        const position = eventSourceArn.includes(":dynamodb:") ? { startingPosition: "LATEST" } : {};
        const all = { eventSourceArn, functionName, ...position, ...inputs };
        this.world.create(
            "aws:lambda/eventSourceMapping:EventSourceMapping",
            `${functionName}-mapping`,
            all,
            { uuid },
        );
        return uuid;
    }

    pass(milliseconds: number): Promise<void> {
        return this.world.pass(milliseconds);
    }

    count(name: string): number {
        return this.world.counters[name] ?? 0;
    }

    url(queueArn: string): string {
        const name = queueArn.split(":").at(-1) ?? "";
        return `https://sqs.${this.world.region}.amazonaws.com/${this.world.account}/${name}`;
    }
}

/** Writes an item with this id. */
export function write(stream: TableStream, id: string, attributes: Record<string, { S: string }> = {}): void {
    const keys = { id: { S: id } };
    stream.append({ keys, before: undefined, after: { ...keys, ...attributes }, isExpiry: false });
}

export function refuses(action: () => unknown, name: string, message: RegExp): void {
    assert.throws(action, (error) => {
        assert(error instanceof AwsError, String(error));
        assert.equal(error.name, name);
        assert.match(error.message, message);
        return true;
    });
}
