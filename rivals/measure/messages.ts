/** What became of the messages: done, in the dead-letter queue, still on their way, or lost. */
import { StepFunctionsService } from "../../embedded-aws/index.ts";
import type { EmbeddedWorld, RecordedProgram } from "../../embedded-aws/index.ts";
import { OUTPUT } from "../rival.ts";

const user = { principal: "user" };

export interface Fates {
    readonly done: number;
    /** Not done, and in the dead-letter queue, where a person finds them. */
    readonly deadLettered: number;
    /** Not done, and still in the queue or in an execution that runs. */
    readonly stuck: number;
    /** Not done, and nowhere. */
    readonly lost: number;
}

export class Messages {
    private readonly world: EmbeddedWorld;
    private readonly program: RecordedProgram;
    private readonly count: number;
    private readonly done = new Set<number>();
    /** By the execution's ARN: the message that it works on. */
    private readonly numberOf = new Map<string, number>();

    constructor(world: EmbeddedWorld, program: RecordedProgram, count: number) {
        this.world = world;
        this.program = program;
        this.count = count;
        world.intercept((call, next) => {
            const answer = next();
            if (call.operation === "StartExecution") {
                const { input = "" } = call.input as { input?: string };
                const { executionArn } = answer as { executionArn: string };
                this.numberOf.set(executionArn, numberIn(input));
            }
            return answer;
        });
    }

    /** Sends all messages at once. */
    send(): void {
        const QueueUrl = String(this.program.outputs[OUTPUT.queueUrl]);
        for (let number = 0; number < this.count; number++) {
            const MessageBody = JSON.stringify({ arguments: { "--number": String(number) } });
            const fifo = QueueUrl.endsWith(".fifo")
                ? { MessageGroupId: `g${number}`, MessageDeduplicationId: String(number) }
                : {};
            this.world.call("sqs", "SendMessage", { QueueUrl, MessageBody, ...fifo }, user);
        }
    }

    succeeded(number: number): void {
        this.done.add(number);
    }

    /** From 0 to 1. */
    get shareDone(): number {
        return this.done.size / this.count;
    }

    /** Whether nothing is on its way any more. */
    get areSettled(): boolean {
        return this.queued() === 0 && this.running().length === 0;
    }

    /** Call once, at the end: it takes the letters out of the dead-letter queue. */
    fates(): Fates {
        const isOpen = (number: number): boolean => number >= 0 && !this.done.has(number);
        const letters = new Set(this.letters().filter(isOpen));
        const underWay = new Set(this.running().filter((number) => isOpen(number) && !letters.has(number)));
        const open = this.count - this.done.size - letters.size;
        const stuck = Math.min(open, underWay.size + this.queued());
        return { done: this.done.size, deadLettered: letters.size, stuck, lost: open - stuck };
    }

    /** The messages that running executions work on. */
    private running(): number[] {
        const executions = this.world.service(StepFunctionsService).allExecutions();
        return [...executions]
            .filter(({ status }) => status === "RUNNING")
            .map(({ arn }) => this.numberOf.get(arn) ?? -1);
    }

    /** How many messages are in the queue: visible, delayed or in flight. */
    queued(): number {
        const input = { QueueUrl: this.program.outputs[OUTPUT.queueUrl], AttributeNames: ["All"] };
        const { Attributes } = this.world.call("sqs", "GetQueueAttributes", input, user) as {
            Attributes: Record<string, string>;
        };
        return ["", "NotVisible", "Delayed"].reduce(
            (sum, kind) => sum + Number(Attributes[`ApproximateNumberOfMessages${kind}`] ?? 0),
            0,
        );
    }

    private letters(): number[] {
        const input = { QueueUrl: this.program.outputs[OUTPUT.deadLetterQueueUrl], MaxNumberOfMessages: 10 };
        const numbers: number[] = [];
        for (;;) {
            const { Messages = [] } = this.world.call("sqs", "ReceiveMessage", input, user) as {
                Messages?: { Body: string }[];
            };
            if (Messages.length === 0) return numbers;
            numbers.push(...Messages.map(({ Body }) => numberIn(Body)));
        }
    }
}

/** The number that a body or an input has; -1 if it has none. */
function numberIn(text: string): number {
    return Number(/\\?"--number\\?":\s*\\?"(\d+)/.exec(text)?.[1] ?? -1);
}
