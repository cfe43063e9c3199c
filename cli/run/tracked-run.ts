/**
 * One run: it sends the messages, tracks each until it has ended, and stops when all have ended or when nothing happens any
 * more. It watches the services from their own side, and changes nothing but what it sends.
 */
import { messageIdOf, parseHolderId } from "../../slots/holder.ts";
import { HOLDER_ARGUMENT } from "../../slots/table.ts";
import { AwsError } from "../../embedded-aws/index.ts";
import type { Caller, ExecutionSummary, GlueRun } from "../../embedded-aws/index.ts";
import { count, duration, plural } from "../lib/format.ts";
import { STATE } from "../../workflow/states.ts";
import type { Message, Mistake } from "../lib/messages.ts";
import type { Snapshot } from "./progress.ts";
import type { End, JobReport } from "./report.ts";
import type { Stack } from "./stack.ts";
import { Statistics } from "./statistics.ts";

/** Whoever runs `npm start`. */
const USER: Caller = { principal: "user" };

/** Executions that a look at those that wait for a further attempt may take. */
const MOST_TO_LOOK_AT = 2000;

/** How often the run looks up to show progress and to hear signals, in real milliseconds. */
const LOOK_UP_MILLIS = 80;

export interface TrackedRunOptions {
    readonly messages: Iterable<Message>;
    readonly total: number;
    readonly limit: number;
    /** The run is stuck after so many seconds of its clock in which nothing happens to a message and no job runs. */
    readonly patienceSeconds: number;
    /** Shows how the run goes. */
    readonly show: (snapshot: Snapshot) => void;
    /** What the user knows a message by. */
    readonly label: (message: number) => string;
}

export class TrackedRun {
    readonly statistics = new Statistics();
    /** Why a message's job is not done, by message, in the order of ending. */
    readonly failures = new Map<number, { cause: string; run?: string }>();
    /** Messages that the queue refused. */
    readonly refused: Mistake[] = [];
    end: End = "complete";
    stuckBecause: string | undefined;
    /** What the services had counted at the end, before the run looked into the dead-letter queue. */
    counters: ReadonlyMap<string, number> = new Map();
    /** Milliseconds since 1970 on the run's clock. */
    endedAt = 0;
    private readonly stack: Stack;
    private readonly options: TrackedRunOptions;
    private readonly queue: Iterator<Message>;
    private readonly byMessage = new Map<string, number>();
    private readonly byRun = new Map<GlueRun, { message: number; index: number }>();
    private hasSentAll = false;
    private startedAt = 0;
    private wallStartedAt = 0;
    private lastLookUp = 0;
    private executionsEnded = 0;
    /** The last error that a function logged. */
    private lastError: string | undefined;

    constructor(stack: Stack, options: TrackedRunOptions) {
        this.stack = stack;
        this.options = options;
        this.queue = options.messages[Symbol.iterator]();
        stack.glue.onStart((run) => this.runStarted(run));
        stack.glue.onEnd((run) => this.runEnded(run));
        stack.states.onEnd((execution) => this.executionEnded(execution));
        stack.lambda.onLog(({ functionArn, line }) => {
            if (/"level":"error"/i.test(line)) this.lastError = `${functionArn.split(":").at(-1)}: ${line}`;
        });
        stack.world.intercept((call, next) => {
            const result = next();
            if (call.service === "sqs" && call.operation === "SendMessage")
                this.messageQueued(call.input as DeadLetter);
            return result;
        });
    }

    /** The message of a Glue run; -1 for a run without one. */
    messageOf(run: GlueRun): number {
        const holder = parseHolderId(run.arguments[HOLDER_ARGUMENT] ?? "");
        return (holder && this.byMessage.get(holder.message)) ?? -1;
    }

    /** Runs until every message has ended, `stop` is called, or nothing happens any more. */
    async toEnd(): Promise<void> {
        const { world } = this.stack;
        const { clock } = world;
        this.startedAt = clock.now();
        this.statistics.lastChange = this.startedAt;
        this.wallStartedAt = performance.now();
        this.lastLookUp = this.wallStartedAt;
        clock.after(0, () => this.sendNext());
        this.lookUpAfter(1);
        await clock.run();
        this.counters = new Map(world.counters);
        this.endedAt = clock.now();
        this.readDeadLetters();
        this.options.show(this.snapshot());
    }

    /** What became of each message that was sent, in order. */
    jobs(): JobReport[] {
        return Array.from({ length: this.statistics.sent }, (_, message) => this.job(message));
    }

    /** Ends the run after the present event. */
    stop(end: End): void {
        this.end = end;
        this.stack.world.clock.stop();
    }

    get wallSeconds(): number {
        return (performance.now() - this.wallStartedAt) / 1000;
    }

    private job(message: number): JobReport {
        const { sent, started, ended, attempts } = this.statistics.times(message);
        const failure = this.failures.get(message);
        const hasStarted = !Number.isNaN(started);
        const hasEnded = !Number.isNaN(ended);
        const end = hasEnded ? ended : this.endedAt;
        return {
            message: this.options.label(message),
            state: hasEnded ? (failure ? "failed" : "done") : hasStarted ? "running" : "waiting",
            attempts,
            waitSeconds: ((hasStarted ? started : end) - sent) / 1000,
            ...(hasStarted && {
                startedAt: new Date(started).toISOString(),
                seconds: (end - started) / 1000,
            }),
            ...(failure && { cause: failure.cause }),
        };
    }

    private sendNext(): void {
        const next = this.queue.next();
        if (next.done === true) {
            this.hasSentAll = true;
            this.stopIfOver();
            return;
        }
        this.send(next.value);
        // One sender makes one call after the other.
        const { clock, model } = this.stack.world;
        clock.after(model.callMillis, () => this.sendNext());
    }

    private send(message: Message): void {
        const { world, workQueue } = this.stack;
        const input = {
            QueueUrl: workQueue.url,
            MessageBody: message.body,
            MessageGroupId: message.group,
            // Two equal lines are two messages.
            MessageDeduplicationId: String(this.statistics.sent + this.refused.length),
        };
        try {
            const { MessageId } = world.call("sqs", "SendMessage", input, USER) as { MessageId: string };
            const index = this.statistics.messageSent(world.clock.now());
            this.byMessage.set(MessageId, index);
        } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            this.refused.push({ line: message.line ?? 0, problem: `${error.name}: ${error.message}` });
        }
    }

    private runStarted(run: GlueRun): void {
        const message = this.messageOf(run);
        const index = this.statistics.runStarted(message, run.startedOn);
        this.byRun.set(run, { message, index });
    }

    private runEnded(run: GlueRun): void {
        const known = this.byRun.get(run);
        if (!known) return;
        this.byRun.delete(run);
        this.statistics.runEnded(known.index, this.stack.world.clock.now());
        const failure = this.failures.get(known.message);
        if (run.state !== "SUCCEEDED") {
            this.failures.set(known.message, {
                cause: run.errorMessage ?? `the Glue run is ${run.state}`,
                run: run.id,
            });
        } else if (failure) {
            this.failures.delete(known.message);
        }
    }

    private executionEnded(execution: ExecutionSummary): void {
        this.executionsEnded++;
        const message = this.byMessage.get(messageIdOf(execution.name));
        if (message === undefined) return;
        const isDone = execution.status === "SUCCEEDED";
        if (!isDone && !this.failures.has(message)) {
            const { status, error = status, cause } = execution;
            this.failures.set(message, { cause: cause ? `${error}: ${cause}` : error });
        }
        this.statistics.messageEnded(message, isDone ? "done" : "failed", this.stack.world.clock.now());
        this.stopIfOver();
    }

    /** A message that is refused before it has an execution has ended when it is in the dead-letter queue. */
    private messageQueued(letter: DeadLetter): void {
        const { url } = this.stack.deadLetterQueue;
        if (letter.QueueUrl !== url || letter.MessageAttributes?.["execution"]) return;
        this.deadLettered(letter);
        this.stopIfOver();
    }

    private stopIfOver(): void {
        if (this.hasSentAll && this.statistics.ended === this.statistics.sent) this.stop("complete");
    }

    private lookUpAfter(millis: number): void {
        this.stack.world.clock.after(millis, () => this.lookUp(millis));
    }

    /** Looks up on the run's own clock, at an interval that follows from how fast that clock goes. */
    private async lookUp(interval: number): Promise<void> {
        const wall = performance.now();
        const passed = wall - this.lastLookUp;
        this.lastLookUp = wall;
        // Signals are heard and output is written only when Node's event loop goes on.
        await new Promise((resolve) => setImmediate(resolve));
        this.options.show(this.snapshot());
        if (this.isStopped()) return;
        const factor = passed > 0 ? Math.min(2, Math.max(0.5, LOOK_UP_MILLIS / passed)) : 2;
        this.lookUpAfter(Math.min(600_000, Math.max(1, interval * factor)));
    }

    private isStopped(): boolean {
        if (this.hasEnded()) {
            this.stop("complete");
            return true;
        }
        const idleSeconds = (this.stack.world.clock.now() - this.statistics.lastChange) / 1000;
        if (this.statistics.running > 0 || idleSeconds < this.options.patienceSeconds) return false;
        this.stuckBecause = this.describeStandstill(idleSeconds);
        this.stop("stuck");
        return true;
    }

    /** Whether every message has ended: none is in the queue, and no execution runs. */
    private hasEnded(): boolean {
        if (!this.hasSentAll) return false;
        const { visible, inFlight, delayed } = this.stack.workQueue.counts();
        const started = this.stack.world.counters.get("states.startedExecutions") ?? 0;
        return visible + inFlight + delayed === 0 && started === this.executionsEnded;
    }

    private describeStandstill(idleSeconds: number): string {
        const { visible, inFlight, delayed } = this.stack.workQueue.counts();
        const states = new Map<string, number>();
        for (const execution of this.stack.states.allExecutions()) {
            if (execution.status !== "RUNNING") continue;
            const state = execution.state ?? "Enter line";
            states.set(state, (states.get(state) ?? 0) + 1);
        }
        const where = [...states].map(([state, number]) => `${plural(number, "execution")} in "${state}"`);
        const [first] = this.statistics.open();
        const errors = this.stack.world.counters.get("lambda.errors") ?? 0;
        const queued = `${plural(visible + inFlight + delayed, "message")} in the queue`;
        return [
            `nothing was sent, started or ended for ${duration(idleSeconds)}, with ${[queued, ...where].join(", ")}.`,
            first === undefined ? "" : `The first message that has not ended: ${this.options.label(first)}.`,
            errors === 0 ? "" : `Invocations of functions that failed: ${count(errors)}.`,
            this.lastError === undefined ? "" : `The last error that a function logged: ${this.lastError}`,
        ]
            .filter((sentence) => sentence !== "")
            .join(" ");
    }

    /** Counts messages that are in the dead-letter queue and have not ended as failed, whoever moved them there. */
    private readDeadLetters(): void {
        const { world, deadLetterQueue } = this.stack;
        if (deadLetterQueue.counts().visible === 0 || this.statistics.ended === this.statistics.sent) return;
        const input = {
            QueueUrl: deadLetterQueue.url,
            MaxNumberOfMessages: 10,
            MessageAttributeNames: ["All"],
        };
        for (;;) {
            const { Messages = [] } = world.call("sqs", "ReceiveMessage", input, USER) as {
                Messages?: ReceivedLetter[];
            };
            if (Messages.length === 0) return;
            for (const letter of Messages) {
                this.deadLettered(letter);
                // A FIFO queue gives out no more messages of a group until this one is deleted.
                world.call(
                    "sqs",
                    "DeleteMessage",
                    { QueueUrl: deadLetterQueue.url, ReceiptHandle: letter.ReceiptHandle },
                    USER,
                );
            }
        }
    }

    private deadLettered({ MessageId = "", MessageAttributes = {} }: DeadLetter): void {
        const id = MessageAttributes["messageId"]?.StringValue ?? MessageId;
        const message = this.byMessage.get(id);
        if (message === undefined) return;
        if (!this.failures.has(message)) {
            const cause =
                MessageAttributes["cause"]?.StringValue ??
                "SQS moved it to the dead-letter queue because it was received too often";
            this.failures.set(message, { cause });
        }
        this.statistics.messageEnded(message, "failed", this.stack.world.clock.now());
    }

    private snapshot(): Snapshot {
        const { sent, waiting, running, done, failed } = this.statistics;
        const { total, limit } = this.options;
        const now = this.stack.world.clock.now();
        const elapsed = (now - this.startedAt) / 1000;
        const wall = Math.max(0.001, this.wallSeconds);
        return {
            total: total - this.refused.length,
            sent,
            waiting,
            running,
            limit,
            done,
            failed,
            elapsed,
            left: this.statistics.secondsLeft(limit, now, total),
            pace: elapsed / wall,
            jobs: [...this.byRun].map(([{ startedOn }, { message }]) => ({
                label: message < 0 ? "a run of nobody's" : this.options.label(message),
                seconds: (now - startedOn) / 1000,
            })),
            retries: this.retries(now),
        };
    }

    /** In how many seconds each message is tried again that waits for it. */
    private retries(now: number): number[] {
        const isCheap = this.statistics.sent <= MOST_TO_LOOK_AT;
        if (!isCheap || this.failures.size === this.statistics.failed) return [];
        return [...this.stack.states.allExecutions()]
            .filter(({ status, state }) => status === "RUNNING" && state === STATE.backOff)
            .map(({ waitsUntil = now }) => (waitsUntil - now) / 1000);
    }
}

/** A message that is sent to the dead-letter queue. */
interface DeadLetter {
    readonly QueueUrl?: string;
    /** Only of a message that was received from there. */
    readonly MessageId?: string;
    readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue?: string }>>;
}

/** A message that is received from the dead-letter queue. */
interface ReceivedLetter extends DeadLetter {
    readonly ReceiptHandle: string;
}
