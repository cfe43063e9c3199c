/** Does the steps of a row with queues: `jobs`, its dead-letter queue `dead` if it has one, and `other`. */
import assert from "node:assert/strict";
import type { Message } from "@aws-sdk/client-sqs";
import { AwsError } from "../../../embedded-aws/service.ts";
import { SqsService } from "../../../embedded-aws/services/sqs/index.ts";
import type { Queue } from "../../../embedded-aws/services/sqs/index.ts";
import { FakeWorld, user } from "../fake-world.ts";
import type { Documented } from "../documented.ts";

/** One thing that is done with the queue `jobs`; a message is meant by its body. */
export type Step =
    /** A single name is the message group. */
    | readonly ["send", body: string, more?: string | object]
    /** A receive of up to ten messages, and the bodies that it must give in this order. */
    | readonly ["receive", bodies: readonly string[], more?: object]
    /** With the latest handle. */
    | readonly ["delete", body: string]
    /** With the handle of the first receive. */
    | readonly ["delete by the first handle", body: string]
    | readonly ["change visibility", body: string, seconds: number]
    | readonly ["wait", seconds: number]
    | readonly ["set", attributes: Readonly<Record<string, string>>]
    /** Any operation, and members that its answer must have. */
    | readonly ["call", operation: string, input?: object, answer?: object]
    /** Messages that are visible, in flight and delayed. */
    | readonly ["count", visible: number, inFlight: number, delayed: number]
    | readonly ["refused", error: string, step: Step]
    | readonly ["on", queue: "dead" | "other", step: Step]
    | readonly ["check", assertion: (stage: Stage) => void];

export interface QueueCase extends Documented {
    readonly fifo?: boolean;
    /** Inputs of `jobs`; a FIFO queue looks at contents for duplicates unless told otherwise. */
    readonly queue?: Readonly<Record<string, unknown>>;
    /** Inputs of a dead-letter queue. */
    readonly dead?: Readonly<Record<string, unknown>>;
    /** @default 1 */
    readonly maxReceiveCount?: number;
    readonly steps: readonly Step[];
}

export const day = 86_400;
const second = 1000;

export class Stage {
    readonly world = new FakeWorld({ callMillis: 0 });
    /** Every answer to a send, and every message that was received, by body. */
    readonly sent = new Map<string, Record<string, string>[]>();
    readonly received = new Map<string, Message[]>();
    private readonly start = this.world.clock.now();
    private readonly fifo: boolean;

    constructor({ fifo = false, queue = {}, dead, maxReceiveCount = 1 }: Omit<QueueCase, keyof Documented>) {
        this.fifo = fifo;
        this.world.add(new SqsService(this.world));
        this.create("other");
        if (dead) this.create("dead", dead);
        const policy = { deadLetterTargetArn: this.arn("dead"), maxReceiveCount };
        this.create("jobs", { ...(dead && { redrivePolicy: JSON.stringify(policy) }), ...queue });
    }

    /** Seconds since the beginning. */
    get seconds(): number {
        return (this.world.clock.now() - this.start) / second;
    }

    create(name: string, inputs: object = {}): void {
        const kind = this.fifo ? { fifoQueue: true, contentBasedDeduplication: true } : {};
        const outputs = { name: this.physical(name), arn: this.arn(name), url: this.url(name) };
        this.world.create("aws:sqs/queue:Queue", name, { ...kind, ...inputs }, outputs);
    }

    arn(queue: string): string {
        return this.world.arn("sqs", this.physical(queue));
    }

    url(queue: string): string {
        return `https://sqs.${this.world.region}.amazonaws.com/${this.world.account}/${this.physical(queue)}`;
    }

    call(operation: string, input: object = {}, queue = "jobs", caller = user): Record<string, unknown> {
        const all = { QueueUrl: this.url(queue), ...input };
        return this.world.call("sqs", operation, all, caller) as Record<string, unknown>;
    }

    queue(name: string): Queue {
        return this.world.find(this.arn(name)) as Queue;
    }

    /** Puts messages into `jobs`: m0, m1 …, each in its group. Many, so that no request is made for them. */
    fill(count: number, groupOf?: (index: number) => string): void {
        const queue = this.queue("jobs");
        for (let i = 0; i < count; i++) {
            const body = `m${i}`;
            const content = { body, attributes: {}, size: body.length, sender: "", deduplicationId: body };
            queue.send(groupOf ? { ...content, group: groupOf(i) } : content, 0);
        }
    }

    /** A system attribute of the message as it was received last. */
    attribute(body: string, name: string): string | undefined {
        const attributes = this.received.get(body)?.at(-1)?.Attributes as Record<string, string> | undefined;
        return attributes?.[name];
    }

    /** What CloudWatch is told of a queue. */
    metric(queue: string, name: string): number | undefined {
        return this.queue(queue).measure(name)?.maximum;
    }

    async do(step: Step, queue = "jobs"): Promise<void> {
        switch (step[0]) {
            case "send":
                return this.send(queue, step[1], step[2]);
            case "receive":
                return this.receive(queue, step[1], step[2]);
            case "delete":
                return void this.call("DeleteMessage", { ReceiptHandle: this.handle(step[1], -1) }, queue);
            case "delete by the first handle":
                return void this.call("DeleteMessage", { ReceiptHandle: this.handle(step[1], 0) }, queue);
            case "change visibility": {
                const input = { ReceiptHandle: this.handle(step[1], -1), VisibilityTimeout: step[2] };
                return void this.call("ChangeMessageVisibility", input, queue);
            }
            case "wait":
                return this.world.pass(step[1] * second);
            case "set":
                return void this.call("SetQueueAttributes", { Attributes: step[1] }, queue);
            case "call":
                return assert.partialDeepStrictEqual(this.call(step[1], step[2], queue), step[3] ?? {});
            case "count":
                return assert.deepEqual(this.counts(queue), step.slice(1));
            case "refused":
                return this.refuses(step[1], step[2], queue);
            case "on":
                return this.do(step[2], step[1]);
            case "check":
                return step[1](this);
        }
    }

    private send(queue: string, body: string, more: string | object = {}): void {
        const input = typeof more === "string" ? { MessageGroupId: more } : more;
        const answer = this.call("SendMessage", { MessageBody: body, ...input }, queue);
        this.sent.set(body, [...(this.sent.get(body) ?? []), answer as Record<string, string>]);
    }

    private receive(queue: string, bodies: readonly string[], more: object = {}): void {
        const input = { MaxNumberOfMessages: 10, MessageSystemAttributeNames: ["All"], ...more };
        const messages = (this.call("ReceiveMessage", input, queue)["Messages"] ?? []) as Message[];
        for (const message of messages) {
            const { Body = "" } = message;
            this.received.set(Body, [...(this.received.get(Body) ?? []), message]);
        }
        assert.deepEqual(
            messages.map(({ Body }) => Body),
            bodies,
        );
    }

    private handle(body: string, index: number): string | undefined {
        return this.received.get(body)?.at(index)?.ReceiptHandle;
    }

    private counts(queue: string): number[] {
        const prefix = "ApproximateNumberOfMessages";
        const AttributeNames = [prefix, `${prefix}NotVisible`, `${prefix}Delayed`];
        const { Attributes } = this.call("GetQueueAttributes", { AttributeNames }, queue);
        return AttributeNames.map((name) => Number((Attributes as Record<string, string>)[name]));
    }

    private async refuses(error: string, step: Step, queue: string): Promise<void> {
        const what = JSON.stringify(step).slice(0, 300);
        await assert.rejects(
            async () => this.do(step, queue),
            (thrown) => {
                assert(thrown instanceof AwsError, String(thrown));
                assert.equal(thrown.name, error, what);
                return true;
            },
            what,
        );
    }

    private physical(queue: string): string {
        return this.fifo ? `${queue}.fifo` : queue;
    }
}

export async function run(row: QueueCase): Promise<void> {
    const stage = new Stage(row);
    for (const step of row.steps) await stage.do(step);
}
