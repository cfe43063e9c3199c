/**
 * Records what each message does and when, for `--report`. It watches the services from their own side, and keeps a few
 * numbers a message.
 */
import { DynamoDbService } from "../../embedded-aws/index.ts";
import type { GlueRun, RecordedProgram, TableWrite } from "../../embedded-aws/index.ts";
import { messageIdOf, parseHolderId } from "../../slots/holder.ts";
import { readGate } from "../../slots/items.ts";
import { ENTRY, HOLDER_ARGUMENT, TABLE } from "../../slots/table.ts";
import { OUTCOMES, PHASES } from "../page/data.ts";
import type { GateColumns, MessageColumns, Outcome, Phase, RunRecord } from "../page/data.ts";
import type { Stack } from "./stack.ts";

/** States in which an execution has no slot, and what its message does then. */
const PHASE_OF_STATE: Readonly<Record<string, Phase>> = {
    "Wait in line": "waiting",
    "Back off": "backing off",
    "Wait for capacity": "backing off",
};

/** Bodies are cut after so many characters. */
const MAX_BODY = 4096;

/** What the recorder has noted of one message. */
interface Noted {
    readonly id: string;
    readonly group: number;
    readonly sent: number;
    readonly phases: number[];
    readonly runs: { readonly run: GlueRun; cause?: string }[];
    phase: Phase;
    since: number;
    isHolder: boolean;
    outcome: Outcome;
}

/** The members of a call of SQS that the recorder reads. */
interface Sent {
    readonly QueueUrl?: string;
    readonly MessageBody?: string;
    readonly MessageGroupId?: string;
    readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue?: string }>>;
}

export class RunRecorder {
    readonly groups: string[] = [];
    private readonly stack: Stack;
    private readonly withBodies: boolean;
    private readonly pool: unknown;
    private readonly messages: Noted[] = [];
    private readonly bodies: string[] = [];
    private readonly byId = new Map<string, Noted>();
    private readonly groupIndexes = new Map<string, number>();
    private holders: ReadonlySet<string> = new Set();
    private readonly gate = { after: [] as number[], holders: [] as number[], limits: [] as number[] };
    private lastGateChange = 0;

    /** @param withBodies whether it keeps bodies and causes, which may hold what not everybody should read */
    constructor(stack: Stack, program: RecordedProgram, withBodies: boolean) {
        this.stack = stack;
        this.withBodies = withBodies;
        this.pool = program.outputs["pool"];
        const { world, glue, states } = stack;
        world.intercept((call, next) => {
            const result = next();
            if (call.service === "sqs" && call.operation === "SendMessage")
                this.messageSent(call.input as Sent, result as { MessageId: string });
            return result;
        });
        world.service(DynamoDbService).onWrite((write) => {
            if (write.tableName === program.outputs["tableName"]) this.written(write);
        });
        glue.onStart((run) => this.ofRun(run)?.runs.push({ run }));
        glue.onEnd((run) => this.runEnded(run));
        states.onTransition((execution, state, time) => this.entered(messageIdOf(execution), state, time));
        states.onEnd(({ name, status }) =>
            this.ended(this.byId.get(messageIdOf(name)), status === "SUCCEEDED" ? "done" : "failed"),
        );
    }

    /** When the first message was sent: milliseconds since 1970. */
    get startedAt(): number {
        return this.messages[0]?.sent ?? this.now;
    }

    /** In whole milliseconds: a moment is the same number in messages and gate. */
    private get now(): number {
        return Math.round(this.stack.world.clock.now());
    }

    /** Brings every message up to the present, and returns what was recorded. */
    finish(options: {
        readonly label: (message: number) => string;
        readonly causeOf: (message: number) => string | undefined;
    }): { readonly messages: MessageColumns; readonly gate: GateColumns } {
        const { now } = this;
        for (const message of this.messages) if (message.outcome === "not ended") close(message, now);
        const { messages, withBodies, startedAt, gate } = this;
        const causes = messages.flatMap(({ outcome }, index): [number, string][] => {
            const cause = outcome === "failed" ? options.causeOf(index) : undefined;
            return cause === undefined ? [] : [[index, cause]];
        });
        return {
            gate: {
                ...gate,
                after: gate.after.map((time, i) => (i === 0 ? time - startedAt : time)),
            },
            messages: {
                labels: messages.map((_, index) => options.label(index)),
                ids: messages.map(({ id }) => id),
                groups: messages.map(({ group }) => group),
                sent: messages.map(({ sent }) => sent - startedAt),
                phases: messages.map(({ phases }) => phases),
                outcomes: messages.map(({ outcome }) => OUTCOMES.indexOf(outcome)),
                runs: messages.map(({ runs }) => runs.map(({ run }) => this.recordOf(run))),
                ...(withBodies && { causes: Object.fromEntries(causes), bodies: this.bodies }),
            },
        };
    }

    private recordOf(run: GlueRun): RunRecord {
        const state = run.completedOn === undefined ? "" : run.state;
        if (!this.withBodies || run.errorMessage === undefined) return [run.id, state];
        return [run.id, state, run.errorMessage];
    }

    private messageSent(input: Sent, { MessageId: id }: { MessageId: string }): void {
        const { workQueue, deadLetterQueue } = this.stack;
        if (input.QueueUrl === deadLetterQueue.url) {
            const { messageId, execution } = input.MessageAttributes ?? {};
            // An execution that sends its message there ends soon after.
            if (!execution) this.ended(this.byId.get(messageId?.StringValue ?? ""), "failed");
            return;
        }
        if (input.QueueUrl !== workQueue.url || this.byId.has(id)) return;
        const { now } = this;
        const message: Noted = {
            id,
            group: this.groupIndex(input.MessageGroupId ?? ""),
            sent: now,
            phases: [],
            runs: [],
            phase: "waiting",
            since: now,
            isHolder: false,
            outcome: "not ended",
        };
        this.messages.push(message);
        this.byId.set(id, message);
        if (this.withBodies) this.bodies.push(cut(input.MessageBody ?? ""));
    }

    private groupIndex(group: string): number {
        const known = this.groupIndexes.get(group);
        if (known !== undefined) return known;
        this.groupIndexes.set(group, this.groups.length);
        return this.groups.push(group) - 1;
    }

    private written({ after }: TableWrite): void {
        if (after?.[TABLE.sortKey]?.S !== ENTRY.gate) return;
        // Other pools of the table have slots of their own.
        if (this.pool !== undefined && after[TABLE.partitionKey]?.S !== this.pool) return;
        const gate = readGate(after as Parameters<typeof readGate>[0]);
        if (!gate) return;
        const { now } = this;
        const holders = new Set(Object.keys(gate.holders));
        for (const holder of holders) if (!this.holders.has(holder)) this.slotChanged(holder, true, now);
        for (const holder of this.holders) if (!holders.has(holder)) this.slotChanged(holder, false, now);
        this.holders = holders;
        this.noteGate(holders.size, gate.limit ?? 0, now);
    }

    private noteGate(holders: number, limit: number, now: number): void {
        const { gate } = this;
        if (gate.holders.at(-1) === holders && gate.limits.at(-1) === limit) return;
        gate.after.push(now - this.lastGateChange);
        gate.holders.push(holders);
        gate.limits.push(limit);
        this.lastGateChange = now;
    }

    private slotChanged(holder: string, isHolder: boolean, now: number): void {
        const message = this.byId.get(parseHolderId(holder)?.message ?? "");
        if (!message) return;
        message.isHolder = isHolder;
        change(message, isHolder ? "starting" : "closing", now);
    }

    private runEnded(run: GlueRun): void {
        const message = this.ofRun(run);
        if (!message) return;
        const { now } = this;
        if (run.runningSince !== undefined) change(message, "running", run.runningSince);
        change(message, "cooling down", now);
    }

    private entered(id: string, state: string, now: number): void {
        const phase = PHASE_OF_STATE[state];
        const message = this.byId.get(id);
        if (phase && message && !message.isHolder) change(message, phase, now);
    }

    private ended(message: Noted | undefined, outcome: Outcome): void {
        if (message?.outcome !== "not ended") return;
        close(message, this.now);
        message.outcome = outcome;
    }

    private ofRun(run: GlueRun): Noted | undefined {
        return this.byId.get(parseHolderId(run.arguments[HOLDER_ARGUMENT] ?? "")?.message ?? "");
    }
}

/** Begins a phase of a message that has not ended. */
function change(message: Noted, phase: Phase, now: number): void {
    if (message.outcome !== "not ended" || phase === message.phase) return;
    close(message, now);
    message.phase = phase;
}

/** Notes how long the present phase has taken. */
function close(message: Noted, now: number): void {
    const until = Math.round(now);
    const took = until - message.since;
    message.since = until;
    if (took > 0) message.phases.push(PHASES.indexOf(message.phase), took);
}

function cut(body: string): string {
    return body.length <= MAX_BODY ? body : `${body.slice(0, MAX_BODY)}…`;
}
