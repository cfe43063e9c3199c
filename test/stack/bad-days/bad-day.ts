/**
 * What the tests of bad days share: a stack whose messages say how their jobs behave, ways to make things go wrong, and
 * what must hold after each of them.
 */
import assert from "node:assert/strict";
import { AwsError, carryOut, LambdaService } from "../../../embedded-aws/index.ts";
import type { Call, CallOutcome, GlueRun, Model, RunEnd } from "../../../embedded-aws/index.ts";
import { parseHolderId } from "../../../slots/holder.ts";
import { readRow } from "../../../slots/items.ts";
import type { Item } from "../../../slots/items.ts";
import type { Outcome, Row } from "../../../slots/table.ts";
import { narrowed } from "../../../slots/breaker.ts";
import { freeSlots } from "../../../slots/next.ts";
import { closeBreaker } from "../../../slots/writes.ts";
import { protocolWrite } from "../../slots/protocol-writes.ts";
import { CONFIG, HOUR, messageOf, messageOfRun, MINUTE, recorded, SECOND, TestStack } from "../test-stack.ts";
import type { Job, Role, TestStackOptions } from "../test-stack.ts";

export { makes } from "../../slots/protocol-writes.ts";
export { CONFIG, DAY, HOUR, MINUTE, SECOND } from "../test-stack.ts";

export const POOL = "jobs";

/** The limit of CONFIG. */
export const LIMIT = 2;
export const COOLDOWN_SECONDS = 40;
/** CONFIG with a cooldown after each run. */
export const COOLING_DOWN = { ...CONFIG, cooldownSeconds: String(COOLDOWN_SECONDS) };

/** For `before`: records the programs of a file's tests. On a busy machine that takes longer than a test may. */
export function record(...configs: Record<string, string>[]): (this: Mocha.Context) => Promise<void> {
    return async function () {
        this.timeout(120_000);
        for (const config of configs) await recorded(config);
    };
}

/** Glue without chance: 10 seconds to start, 20 to stop, no tail. */
const CALM: Partial<Model> = {
    glueStartMillis: () => 10 * SECOND,
    glueStopMillis: () => 20 * SECOND,
    glueTailMillis: () => 0,
};

/** How the job of a message behaves. */
export interface Behavior {
    /** How long it runs. @default 2 */
    minutes?: number;
    /** How many of its first attempts fail. @default 0 */
    fails?: number;
    priority?: number;
}

/** What is left when everything has ended. */
export interface Ends {
    /** Rows by message id. */
    readonly rows: ReadonlyMap<string, Row & { readonly run?: string }>;
    /** Dead letters by message id. */
    readonly letters: ReadonlyMap<string, DeadLetter>;
}

export interface DeadLetter {
    readonly body: string;
    readonly cause: string;
    readonly attributes: Readonly<Record<string, string>>;
}

export interface BadDayOptions extends Partial<Omit<TestStackOptions, "programs" | "job">> {
    config?: Record<string, string>;
    programs?: TestStackOptions["programs"];
    job?: Job;
}

/** A test with a stack that has its gate, and is watched from its first moment for what must never happen. */
export async function badDay(options: BadDayOptions, test: (day: BadDay) => Promise<void>): Promise<void> {
    const { config, ...rest } = options;
    const stack = await TestStack.open({
        programs: [await recorded(config ?? CONFIG)],
        job: asSent,
        ...rest,
        model: { ...CALM, ...options.model },
    });
    try {
        const { dispatcher = 0, reaper = 0 } = options.clocks ?? {};
        const day = new BadDay(stack, Math.max(0, dispatcher, reaper));
        await stack.pass(90 * SECOND);
        await test(day);
        assert.deepEqual(day.broken, []);
    } finally {
        await stack.close();
    }
}

/**
 * A bad day that several tests look at: a hook of the `describe` in which this is called lives through it, once. The tests
 * get what `test` returned.
 */
export function seenOn<T>(
    options: BadDayOptions | (() => Promise<BadDayOptions>),
    test: (day: BadDay) => Promise<T>,
): () => T {
    let seen: { readonly value: T } | undefined;
    before(async function () {
        this.timeout(120_000);
        await badDay(typeof options === "function" ? await options() : options, async (day) => {
            seen = { value: await test(day) };
        });
    });
    return () => {
        assert.ok(seen);
        return seen.value;
    };
}

/** A job that behaves as its message says. */
export function asSent(run: GlueRun): { millis: number; end: RunEnd } {
    const { "--minutes": minutes = "2", "--fails": fails = "0" } = run.arguments;
    const attempt = parseHolderId(run.arguments["--turnstile-holder"] ?? "")?.ordinal ?? 1;
    const end: RunEnd =
        attempt <= Number(fails)
            ? { state: "FAILED", errorMessage: `no "such" day, attempt ${attempt}` }
            : { state: "SUCCEEDED" };
    return { millis: Number(minutes) * MINUTE, end };
}

export class BadDay {
    readonly stack: TestStack;
    /** What must never happen, and did. */
    readonly broken: string[] = [];
    /** Everything that the functions logged. */
    readonly logs: { readonly function: string; readonly line: Record<string, unknown> }[] = [];
    private readonly limits = new Map<string, number>();

    /** @param ahead how far the clocks of those who wake executions are ahead at most: milliseconds */
    constructor(stack: TestStack, ahead: number) {
        this.stack = stack;
        this.watchSlots(ahead);
        stack.world.service(LambdaService).onLog(({ functionArn, line }) => {
            if (line.startsWith("{"))
                this.logs.push({
                    function: functionArn,
                    line: JSON.parse(line) as Record<string, unknown>,
                });
        });
    }

    /** Sends a message whose job behaves like this; returns its id. It has a group of its own unless one is given. */
    send(behavior: Behavior = {}, group = `g${this.stack.world.random.integer(0, 1e9)}`): string {
        const { minutes = 2, fails = 0, priority } = behavior;
        return this.stack.send(
            {
                arguments: { "--minutes": String(minutes), "--fails": String(fails) },
                ...(priority !== undefined && { priority }),
            },
            group,
        );
    }

    sendMany(count: number, behavior: Behavior = {}): string[] {
        return Array.from({ length: count }, () => this.send(behavior));
    }

    pass(millis: number): Promise<void> {
        return this.stack.pass(millis);
    }

    /** Lets time pass, two seconds at once, until something has happened; fails after `atMost` milliseconds. */
    async until(what: string, hasHappened: () => boolean, atMost = 2 * HOUR): Promise<void> {
        const { clock } = this.stack.world;
        const end = clock.now() + atMost;
        while (!hasHappened()) {
            assert.ok(clock.now() < end, `${what}: not within ${atMost / MINUTE} minutes`);
            await this.pass(2 * SECOND);
        }
    }

    /** A call of an AWS API by whoever runs the stack. */
    call<T>(service: Call["service"], operation: string, input: object): T {
        return this.stack.world.call(service, operation, input, { principal: "user" }) as T;
    }

    /** The ids of the holders. */
    held(): string[] {
        return Object.keys(this.stack.gate()?.holders ?? {});
    }

    /** Whether a message holds a slot. */
    holds(id: string): boolean {
        return this.held().some((holder) => messageOf(holder) === id);
    }

    /** The runs that were started for a message. */
    runsOf(id: string): GlueRun[] {
        return this.stack.runs.filter((run) => messageOfRun(run) === id);
    }

    /** The messages of all executions that were started, in order. */
    started(): string[] {
        return [...this.stack.states.allExecutions()].map(({ name }) => name.slice(-36));
    }

    /** The execution of a message, whether it has ended or not. */
    execution(id: string) {
        const found = [...this.stack.states.allExecutions()].filter(({ name }) => name.endsWith(id));
        assert.ok(found.length <= 1, `${id} has ${found.length} executions`);
        assert.ok(found[0], `${id} has no execution`);
        return found[0];
    }

    /** The state that a message's execution is in; undefined before it has one. */
    state(id: string): string | undefined {
        return [...this.stack.states.allExecutions()].find(({ name }) => name.endsWith(id))?.state;
    }

    abort(id: string, error?: string): void {
        const executionArn = this.execution(id).arn;
        this.call("states", "StopExecution", { executionArn, ...(error !== undefined && { error }) });
    }

    redrive(id: string): void {
        this.call("states", "RedriveExecution", { executionArn: this.execution(id).arn });
    }

    /**
     * Calls `action` when a message's execution has entered a state: for the `visit`th time, from 1, and `delay` milliseconds
     * ago. After five milliseconds the state's call is under way. The returned function says whether it has happened.
     */
    at(id: string, state: string, action: () => void, { delay = 5, visit = 1 } = {}): () => boolean {
        let happened = false;
        let visits = 0;
        this.stack.states.onTransition((execution, entered) => {
            if (entered !== state || !execution.endsWith(id) || ++visits !== visit) return;
            happened = true;
            this.stack.world.clock.after(delay, action);
        });
        return () => happened;
    }

    /** Refuses calls: the first `times` of them, or until the fault is ended. */
    refuse(matches: (call: Call) => boolean, error: AwsError, times = Infinity): Fault {
        return this.fault(matches, times, { happens: [], caller: error });
    }

    /** Lets calls happen and loses their answers. */
    loseReply(matches: (call: Call) => boolean, error: AwsError, times = 1): Fault {
        return this.fault(matches, times, { caller: error });
    }

    /** Replaces what calls do: the first `times` of them, or until the fault is ended. */
    fault(
        matches: (call: Call) => boolean,
        times: number,
        instead: CallOutcome | ((next: () => unknown) => unknown),
    ): Fault {
        const { world } = this.stack;
        let happened = 0;
        const end = world.intercept((call, next) => {
            if (happened >= times || !matches(call)) return next();
            happened++;
            return typeof instead === "function" ? instead(next) : carryOut(instead, world.clock, next);
        });
        return {
            end,
            get happened() {
                return happened;
            },
        };
    }

    /** Loses every event of Glue and Step Functions. */
    loseEvents(): Fault {
        return this.fault(operation("PutServiceEvents"), Infinity, { happens: [], caller: {} });
    }

    /** Ends a function at its `nth` call, from 1: before the call is made or after it. */
    crash(role: Role, nth: number, when: "before" | "after"): Fault {
        const isBy = this.by(role);
        let calls = 0;
        return this.fault((call) => isBy(call) && ++calls === nth, 1, {
            happens: when === "before" ? [] : [0],
            caller: "end",
        });
    }

    /** Whether a call is made by the code of a function. */
    by(role: Role): (call: Call) => boolean {
        const arn = this.stack.functionArn(role);
        return ({ caller }) => caller.sourceArn === arn;
    }

    /** Turns the event source mappings of a function on or off. */
    setMapping(role: Role, Enabled: boolean): void {
        const FunctionName = this.stack.functionArn(role);
        const { EventSourceMappings } = this.call<{ EventSourceMappings: { UUID: string }[] }>(
            "lambda",
            "ListEventSourceMappings",
            { FunctionName },
        );
        assert.ok(EventSourceMappings.length > 0);
        for (const { UUID } of EventSourceMappings)
            this.call("lambda", "UpdateEventSourceMapping", { UUID, Enabled });
    }

    /** Has the reaper look everywhere. */
    sweep(): void {
        const found = this.stack.world
            .resources()
            .find(({ type, name }) => type === "aws:sqs/queue:Queue" && name.endsWith("reaper-queue"));
        const QueueUrl = found?.outputs["url"];
        this.call("sqs", "SendMessage", { QueueUrl, MessageBody: JSON.stringify({ sweep: true }) });
    }

    /** Loses the word of the schedules that would invoke a function. */
    loseInvocations(role: Role): Fault {
        const arn = this.stack.functionArn(role);
        return this.fault(operation("Invoke", arn), Infinity, { happens: [], caller: {} });
    }

    /** Writes the operator's override. */
    override(limit: number | string, until?: number): void {
        this.putItem({
            entry: { S: "override" },
            limit: typeof limit === "number" ? { N: String(limit) } : { S: limit },
            by: { S: "test" },
            why: { S: "test" },
            ...(until !== undefined && { until: { S: new Date(until).toISOString() } }),
        });
    }

    putItem(item: Item): void {
        const Item = { poolName: { S: POOL }, ...item };
        this.call("dynamodb", "PutItem", { TableName: this.stack.output("tableName"), Item });
    }

    deleteItem(entry: string): void {
        const Key = { poolName: { S: POOL }, entry: { S: entry } };
        this.call("dynamodb", "DeleteItem", { TableName: this.stack.output("tableName"), Key });
    }

    removeFrom(entry: string, attribute: string): void {
        const Key = { poolName: { S: POOL }, entry: { S: entry } };
        const UpdateExpression = `REMOVE ${attribute}`;
        this.call("dynamodb", "UpdateItem", {
            TableName: this.stack.output("tableName"),
            Key,
            UpdateExpression,
        });
    }

    /** Closes the breaker, as an operator does. */
    closeBreaker(): void {
        this.call(
            "dynamodb",
            "UpdateItem",
            closeBreaker({ table: this.stack.output("tableName"), pool: POOL }),
        );
    }

    /** Sends the messages of the dead-letter queue back to the work queue. */
    redriveDeadLetters(): void {
        const arnOf = (output: string): string => {
            const query = { QueueUrl: this.stack.output(output), AttributeNames: ["QueueArn"] };
            const { Attributes } = this.call<{ Attributes: { QueueArn: string } }>(
                "sqs",
                "GetQueueAttributes",
                query,
            );
            return Attributes.QueueArn;
        };
        const [SourceArn, DestinationArn] = [arnOf("deadLetterQueueUrl"), arnOf("queueUrl")];
        this.call("sqs", "StartMessageMoveTask", { SourceArn, DestinationArn });
    }

    /** Every row, by message id. */
    rows(): Map<string, Row & { outcome?: Outcome; run?: string }> {
        const { Items } = this.call<{ Items: Item[] }>("dynamodb", "Query", {
            TableName: this.stack.output("tableName"),
            KeyConditionExpression: "poolName = :p AND begins_with(entry, :job)",
            ExpressionAttributeValues: { ":p": { S: POOL }, ":job": { S: "job#" } },
            ConsistentRead: true,
        });
        return new Map(
            Items.map((item) => {
                const run = item["run"]?.S;
                return [item["messageId"]?.S ?? "", { ...readRow(item), ...(run !== undefined && { run }) }];
            }),
        );
    }

    metric(name: string): number {
        return this.stack.world.counters.get(`metric.Turnstile.${name}`) ?? 0;
    }

    /** How many messages are in the work queue, whether they are visible or not. */
    queued(): number {
        const AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        const query = { QueueUrl: this.stack.output("queueUrl"), AttributeNames };
        const { Attributes } = this.call<{ Attributes: Record<string, string> }>(
            "sqs",
            "GetQueueAttributes",
            query,
        );
        return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
    }

    /** What the functions logged about a message; the functions are in the order of their first line. */
    story(id: string): { functions: string[]; lines: string[] } {
        const about = this.logs.filter(({ line }) => JSON.stringify(line).includes(id));
        return {
            functions: [...new Set(about.map((each) => each.function.replace(/^.*-(\w+)-\w+$/, "$1")))],
            lines: about.map(({ line }) => String(line["message"])),
        };
    }

    /**
     * Waits until nothing is open and no slot is held. Then checks that every message is done or dead-lettered, as expected,
     * exactly once, and that nothing else is in the dead-letter queue.
     */
    async ends(
        expected: { done?: readonly string[]; dead?: readonly string[] },
        atMost = 2 * HOUR,
    ): Promise<Ends> {
        const { done = [], dead = [] } = expected;
        const { stack } = this;
        const executions = (): boolean =>
            [...stack.states.allExecutions()].every(({ status }) => status !== "RUNNING");
        const accepted = (): boolean => {
            const rows = this.rows();
            return this.queued() === 0 && done.every((id) => rows.get(id)?.ended !== undefined);
        };
        await this.until(
            "everything has ended",
            () => stack.openRows() === 0 && this.held().length === 0 && executions() && accepted(),
            atMost,
        );
        // Longer than SQS deduplicates: a message that was dead-lettered twice would show.
        await this.pass(15 * MINUTE);
        assert.deepEqual(this.held(), []);
        assert.equal(stack.openRows(), 0);
        assert.equal(stack.glue.running, 0);
        const rows = this.rows();
        const letters = stack.deadLetters();
        const idOf = (letter: (typeof letters)[number]): string =>
            letter.MessageAttributes["messageId"]?.StringValue ?? "none";
        assert.deepEqual(letters.map(idOf).sort(), dead.toSorted(), "dead letters");
        for (const id of done) assert.equal(rows.get(id)?.outcome, "done", `row of ${id}`);
        for (const id of dead) {
            const row = rows.get(id);
            if (row) assert.equal(row.outcome, "deadLettered", `row of ${id}`);
        }
        assert.deepEqual(this.broken, []);
        return {
            rows,
            letters: new Map(letters.map((letter) => [idOf(letter), readLetter(letter)])),
        };
    }

    /** Notes jobs above the limit, runs without a slot, slots released under a run, and acquires past an open breaker. */
    private watchSlots(ahead: number): void {
        const { world, glue } = this.stack;
        world.intercept((call, next) => {
            const write = protocolWrite(call);
            const [holder = ""] = write?.holders ?? [];
            const before = write?.name === "acquire" ? this.stack.gate() : undefined;
            const isBarred =
                before !== undefined &&
                before.holders[holder] === undefined &&
                freeSlots(narrowed(before, world.clock.now() + ahead)) === 0;
            const answer = next();
            if (isBarred) this.broken.push(`${holder} acquired a slot that the breaker or the limit kept`);
            if (write?.name === "acquire") {
                if (!this.limits.has(holder)) this.limits.set(holder, this.stack.gate()?.limit ?? 0);
            } else if (write?.name === "release") {
                const going = this.stack.runs.find(
                    (run) => run.arguments["--turnstile-holder"] === holder && !run.isTerminal,
                );
                if (going)
                    this.broken.push(
                        `the slot of ${holder} was released while ${going.id} is ${going.state}`,
                    );
            }
            return answer;
        });
        glue.onStart((run) => {
            const holder = run.arguments["--turnstile-holder"];
            if (holder === undefined) return;
            if (!this.held().includes(holder))
                this.broken.push(`${run.id} was started without a slot for ${holder}`);
            // The run is counted a moment later.
            const running = this.stack.runs.filter(
                (other) => other.outsideMillis === undefined && !other.isTerminal,
            );
            const limit = this.limits.get(holder) ?? 0;
            if (running.length > limit)
                this.broken.push(`${running.length} runs at a limit of ${limit} when ${holder} started`);
        });
    }
}

/** Something that goes wrong. */
export interface Fault {
    /** How often it has gone wrong. */
    readonly happened: number;
    end(): void;
}

/** Calls of an operation; with `says`, those whose input has this text in it, such as an ARN or an id. */
export function operation(name: string, says?: string): (call: Call) => boolean {
    return (call) =>
        call.operation === name && (says === undefined || JSON.stringify(call.input ?? null).includes(says));
}

export const THROTTLED = new AwsError("ThrottlingException", "Rate exceeded");
export const CONCURRENT = new AwsError("ConcurrentRunsExceededException", "Concurrent runs exceeded");
export const LOST = new AwsError("InternalServiceException", "the answer got lost", 500);

function readLetter(letter: {
    Body: string;
    MessageAttributes: Record<string, { StringValue: string }>;
}): DeadLetter {
    const attributes = Object.fromEntries(
        Object.entries(letter.MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]),
    );
    return { body: letter.Body, cause: attributes["cause"] ?? "", attributes };
}
