/**
 * Plays a scenario: the deployed program on the embedded AWS, first with faults (safety), then without (liveness), watched
 * from outside the whole time.
 */
import { platformOn } from "../cli/run/platform.ts";
import {
    EmbeddedWorld,
    GlueService,
    LambdaService,
    StepFunctionsService,
    createServices,
} from "../embedded-aws/index.ts";
import type { ExecutionSummary, RecordedProgram } from "../embedded-aws/index.ts";
import { Callers, FUNCTIONS } from "./callers.ts";
import { injectCallFaults } from "./faults/calls.ts";
import { disturbBatches, injectEventFaults, stopStreams } from "./faults/events.ts";
import { setGlueClock } from "./faults/glue-clock.ts";
import { injectLag, staleReads } from "./faults/reads.ts";
import { injectTableLag } from "./faults/table-reads.ts";
import { Journal } from "./journal.ts";
import type { Violation } from "./journal.ts";
import { People } from "./people.ts";
import { HOLDER_ARGUMENT, TABLE } from "../slots/table.ts";
import { poolsOf, sizeOf } from "./programs.ts";
import type { PoolOutputs } from "./programs.ts";
import type { Scenario, Work } from "./scenario.ts";
import { PoolWatch } from "./watch/pool.ts";
import { behaviorOf, bodyOf } from "./work.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const user = { principal: "user" };

/** The longest that a run takes to stop. */
const DEAF_MILLIS = 48 * HOUR;

export const END_PROPERTIES = {
    ends: "everything ends once the faults have ended",
    clean: "no slot, token or open row is left",
} as const;

export interface Result {
    readonly seed: number;
    readonly violations: readonly Violation[];
    readonly counts: Readonly<Record<string, number>>;
    /** Lines of the trace; empty unless it was asked for. */
    readonly trace: readonly string[];
    /** A hash of the trace: two runs are the same if it is. */
    readonly digest: string;
}

export interface PlayOptions {
    /** One for each configuration. */
    readonly programs: readonly RecordedProgram[];
    /** @default false */
    readonly trace?: boolean;
}

export async function play(scenario: Scenario, options: PlayOptions): Promise<Result> {
    const program = options.programs[scenario.configuration];
    if (!program) throw new Error(`There is no configuration ${scenario.configuration}.`);
    const world = await openWorld(scenario, program);
    try {
        const run = new Run(world, scenario, program, options);
        await run.toEnd();
        return run.result();
    } finally {
        await world.close();
    }
}

async function openWorld(scenario: Scenario, program: RecordedProgram): Promise<EmbeddedWorld> {
    const { seed, model, clocks, isInterleaved, messages } = scenario;
    const clockOffset = (name: string): number => {
        const role = FUNCTIONS.find((each) => name.includes(`-${each}`));
        return role ? clocks[role] : 0;
    };
    const world: EmbeddedWorld = await EmbeddedWorld.open({
        programs: [program],
        seed,
        modelOverrides: {
            callMillis: model.call,
            pollMillis: model.poll,
            eventMillis: model.event,
            glueStopMillis: () =>
                model.deaf > 0 && world.random.next() < model.deaf
                    ? world.random.between(24 * HOUR, DEAF_MILLIS)
                    : world.random.between(SECOND, model.stop),
            glueTailMillis: () => world.random.between(0, model.tail),
        },
        services: createServices({
            platform: platformOn,
            clockOffset,
            jobs: (opened) => behaviorOf(opened as EmbeddedWorld, messages),
            functions: isInterleaved ? "interleaved" : "direct",
            stepFunctions: { keepHistory: "all" },
        }),
    });
    return world;
}

class Run {
    private readonly world: EmbeddedWorld;
    private readonly scenario: Scenario;
    private readonly journal: Journal;
    private readonly callers: Callers;
    private readonly pools: readonly PoolWatch[];
    private readonly people: People;
    /** When the last message is sent: milliseconds from the beginning of the run. */
    private readonly lastSend: number;
    private caller = "people";

    constructor(world: EmbeddedWorld, scenario: Scenario, program: RecordedProgram, options: PlayOptions) {
        this.world = world;
        this.scenario = scenario;
        this.lastSend = Math.max(0, ...scenario.messages.map(({ at }) => at));
        const { clock } = world;
        this.journal = new Journal(() => clock.now(), options.trace === true);
        this.callers = new Callers(world);
        const run = { world, scenario, journal: this.journal, now: () => clock.now(), by: () => this.caller };
        const tableName = String(program.outputs["tableName"]);
        this.pools = poolsOf(program).map((outputs) => new PoolWatch(run, tableName, outputs));
        this.journal.count(`pools ${this.pools.length}`);
        this.watchCalls();
        this.watchFlow();
        const context = { world, callers: this.callers, scenario, journal: this.journal };
        injectLag(context);
        setGlueClock(context);
        injectTableLag(context);
        injectEventFaults(context);
        injectCallFaults(context);
        stopStreams(context);
        disturbBatches(context);
        const { programs } = options;
        this.people = new People({ ...context, program, programs, pools: this.pools });
        scenario.messages.forEach((work, number) => clock.after(work.at, () => this.send(work, number)));
    }

    async toEnd(): Promise<void> {
        const { scenario, journal } = this;
        await this.pass(Math.max(scenario.calmFrom, 1));
        journal.note("the faults end");
        await this.people.settle();
        const bound = journal.elapsed + this.lastSend + boundOf(scenario);
        while (!this.isOver()) {
            if (journal.elapsed > bound) {
                journal.violate(END_PROPERTIES.ends, this.describeRest(), this.restNames());
                return;
            }
            await this.passMinute();
        }
        // Longer than SQS deduplicates, and than two sweeps take: what is left then stays.
        for (let minute = 0; minute < 15; minute++) await this.passMinute();
        for (const { messages } of this.pools) messages.checkEnds();
        const left = this.pools.flatMap((pool) => pool.left());
        if (left.length > 0) journal.violate(END_PROPERTIES.clean, left.join(", "), left);
    }

    result(): Result {
        const { journal, scenario, world } = this;
        for (const name of ["states.transitions", "dynamodb.writeUnits", "lambda.invocations"])
            journal.count(name, world.counters.get(name) ?? 0);
        for (const [operation, count] of staleReads(world.counters))
            journal.count(`fault stale ${operation}`, count);
        journal.count("virtual seconds", Math.round(journal.elapsed / 1000));
        return {
            seed: scenario.seed,
            violations: journal.violations,
            counts: Object.fromEntries([...journal.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
            trace: journal.lines,
            digest: journal.digest(),
        };
    }

    private send(work: Work, number: number): void {
        const pool = this.pools[work.pool ?? 0];
        if (!pool)
            throw new Error(`Message ${number} is for pool ${work.pool}, which the program does not have.`);
        const input = {
            QueueUrl: pool.outputs.queueUrl,
            MessageBody: bodyOf(work, number),
            MessageGroupId: `g${work.group}`,
            MessageDeduplicationId: `${this.scenario.seed}-${number}`,
        };
        this.world.call("sqs", "SendMessage", input, user);
        this.journal.note(`message ${number} is sent`);
        pool.messages.wasSent(number);
    }

    /** Notes who makes each call, and what it is about. Innermost: it sees what really happens. */
    private watchCalls(): void {
        this.world.intercept((call, next) => {
            const before = this.caller;
            this.caller = this.callers.of(call) ?? "people";
            const input = call.input as CallInput;
            try {
                if (call.operation === "StartExecution")
                    this.poolThat(
                        ({ stateMachineArn }) => stateMachineArn === input.stateMachineArn,
                    )?.events.executionStarts(input.name ?? "");
                const answer = next();
                this.wasAnswered(call.operation, input, answer);
                return answer;
            } catch (error) {
                const isAcquire = input.ExpressionAttributeValues?.[":seenBefore"] !== undefined;
                if (isAcquire && (error as Error).name === "ConditionalCheckFailedException")
                    this.poolThat(
                        ({ pool }) => pool === input.Key?.[TABLE.partitionKey]?.S,
                    )?.turns.wasRefused(input.ExpressionAttributeNames?.["#me"] ?? "");
                throw error;
            } finally {
                this.caller = before;
            }
        });
    }

    private wasAnswered(operation: string, input: CallInput, answer: unknown): void {
        switch (operation) {
            case "SendMessage": {
                const { MessageId } = answer as { MessageId: string };
                this.poolThat(({ queueUrl }) => queueUrl === input.QueueUrl)?.alarms.messageSent(MessageId);
                const said = (name: string): string => input.MessageAttributes?.[name]?.StringValue ?? "";
                this.poolThat(({ deadLetterQueueUrl: url }) => url === input.QueueUrl)?.messages.letterSent({
                    body: input.MessageBody ?? "",
                    messageId: said("messageId"),
                    cause: said("cause"),
                    run: said("run"),
                    id: MessageId,
                });
                return;
            }
            case "StartExecution":
                return this.poolThat(
                    ({ stateMachineArn }) => stateMachineArn === input.stateMachineArn,
                )?.messages.learn(input.name ?? "", numberInInput(input.input ?? ""));
            case "SendTaskSuccess":
                for (const pool of this.pools) pool.wasWoken(input.taskToken ?? "");
        }
    }

    private poolThat(fits: (outputs: PoolOutputs) => boolean): PoolWatch | undefined {
        return this.pools.find(({ outputs }) => fits(outputs));
    }

    /** Counts the edges of the workflow and the lines of the functions. */
    private watchFlow(): void {
        const { journal } = this;
        const states = new Map<string, string>();
        this.world.service(StepFunctionsService).onTransition((execution, state) => {
            const from = states.get(execution) ?? "start";
            states.set(execution, state);
            journal.count(`edge ${from} > ${state}`);
            journal.note(`${execution} enters ${state}`);
        });
        this.world.service(GlueService).onStart((run) => {
            const holder = run.arguments[HOLDER_ARGUMENT] ?? "somebody else";
            journal.note(`run ${run.id} starts for ${holder}`);
        });
        this.world.service(GlueService).onEnd((run) => journal.note(`run ${run.id} ends: ${run.state}`));
        this.world.service(LambdaService).onLog(({ functionArn, line }) => {
            const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
            if (message === undefined) return;
            const name = this.callers.functionOf(functionArn) ?? "function";
            journal.count(`log ${name}: ${message}`);
            journal.note(`${name} logs ${line.slice(0, 600)}`);
        });
    }

    /** A minute without faults. */
    private async passMinute(): Promise<void> {
        await this.pass(MINUTE);
        for (const pool of this.pools) pool.look();
    }

    private async pass(millis: number): Promise<void> {
        const { clock } = this.world;
        const timer = clock.after(millis, () => clock.stop());
        await clock.run();
        clock.cancel(timer);
    }

    private isOver(): boolean {
        const { journal, people, pools } = this;
        if (journal.elapsed <= this.lastSend || people.isBusy || pools.some(({ isBusy }) => isBusy))
            return false;
        return this.running().length === 0 && this.queued() === 0;
    }

    private running(): ExecutionSummary[] {
        const all = this.world.service(StepFunctionsService).allExecutions();
        return [...all].filter(({ status }) => status === "RUNNING");
    }

    /** How many messages the work queues have. */
    private queued(): number {
        const AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        return this.pools.reduce((sum, { outputs: { queueUrl: QueueUrl } }) => {
            const { Attributes } = this.world.call(
                "sqs",
                "GetQueueAttributes",
                { QueueUrl, AttributeNames },
                user,
            ) as { Attributes: Record<string, string> };
            return Object.values(Attributes).reduce((all, count) => all + Number(count), sum);
        }, 0);
    }

    private describeRest(): string {
        const executions = this.running().map(
            ({ name, state, waitingFor }) => `${name} in ${String(state)} (${String(waitingFor)})`,
        );
        const pools = this.pools.map((pool) => pool.describe());
        return JSON.stringify({ queued: this.queued(), pools, executions: executions.slice(0, 5) });
    }

    private restNames(): string[] {
        const inTable = this.pools.flatMap(({ table, holders }) => [...table.open.keys(), ...holders]);
        return [...inTable, ...this.running().map(({ name }) => name)].slice(0, 5);
    }
}

/**
 * Milliseconds within which everything must have ended once the faults have: every job, three attempts each with the
 * longest pauses, on one slot after the other; two rounds of what waits longest (an execution asks again each hour; a
 * message comes back after minutes); the outside runs that take Glue's room; the override that ends last; and runs that stop late. While the breaker is open one job runs at a
 * time, each after a pause of up to half an hour.
 */
function boundOf({ messages, acts, calmFrom, configuration, model }: Scenario): number {
    const { limit, hasBreaker } = sizeOf(configuration);
    const pause = (hasBreaker ? 31 : 0) * MINUTE;
    const each = (work: Work): number => (3 + work.capacityFails) * (work.millis + 4 * MINUTE + pause);
    const longest = Math.max(0, ...messages.map(each));
    const redriven = 1 + acts.filter(({ kind }) => kind === "redriveLetters").length;
    const atOnce = hasBreaker ? 1 : limit;
    const work = (messages.reduce((sum, message) => sum + each(message), 0) * redriven) / atOnce + longest;
    const outside = acts.reduce((sum, act) => sum + (act.kind === "outsideRun" ? act.millis : 0), 0);
    const overridden = acts.some(({ kind }) => kind === "override") ? HOUR : 0;
    // Whose row is gone looks by itself: after 8 hours, or after twice as long as it has waited.
    const unseen = acts.some(({ kind }) => kind === "deleteRow") ? 8 * HOUR + 2 * calmFrom : 0;
    const deaf = model.deaf > 0 ? 2 * DEAF_MILLIS : 0;
    return work + outside + overridden + unseen + deaf + 4 * HOUR;
}

function numberInInput(input: string): number {
    const match = /\\?"--number\\?":\\?"(\d+)/.exec(input);
    return Number(match?.[1] ?? -1);
}

/** The members of an input that are looked at. */
interface CallInput {
    readonly QueueUrl?: string;
    readonly MessageBody?: string;
    readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue?: string }>>;
    readonly stateMachineArn?: string;
    readonly name?: string;
    readonly input?: string;
    readonly Key?: Readonly<Record<string, { readonly S?: string }>>;
    readonly taskToken?: string;
    readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
    readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>>;
}
