/** Runs a row with one function that reads one queue or one table's stream. */
import assert from "node:assert/strict";
import type { TableStream } from "../../../embedded-aws/services/dynamodb/stream.ts";
import { user } from "../fake-world.ts";
import { LambdaFixture, second, write } from "./fixture.ts";
import type { SqsEvent, StreamEvent } from "./fixture.ts";
import { runOrRefuse } from "../documented.ts";
import type { Documented } from "../documented.ts";

/** How the function answers an invocation; a message or record is meant by its body or item's id. */
export type Answer =
    { readonly throws: true } | { readonly reports: readonly string[] } | { readonly returns: unknown };

/** A message's body and group, or the item's id and a text that is written with it. */
type Sent = readonly [at: number, what: string, more?: string];

export interface MappingCase extends Documented {
    readonly from: "standard queue" | "FIFO queue" | "stream";
    /** Inputs of the queue, of the function and of the mapping. */
    readonly queue?: Readonly<Record<string, unknown>>;
    readonly fn?: Readonly<Record<string, unknown>>;
    readonly mapping?: Readonly<Record<string, unknown>>;
    /** Before the mapping exists. */
    readonly earlier?: readonly string[];
    readonly sent?: readonly Sent[];
    /** Of the first invocations; later ones return nothing. */
    readonly answers?: readonly Answer[];
    /** Whatever the invocation: the function throws for batches with one of these. */
    readonly poison?: readonly string[];
    /** Seconds that an invocation takes. */
    readonly takes?: number;
    /** What else is done, and when. */
    readonly does?: readonly (readonly [at: number, action: (stage: Stage) => void])[];
    /** For how many seconds the row goes on. @default 600 */
    readonly seconds?: number;
    /** What the function was given, and when. */
    readonly batches?: readonly (readonly [at: number, ...string[]])[];
    /** The most invocations at once. */
    readonly most?: number;
    /** Messages that are in the queue in the end, and bodies in its dead-letter queue. */
    readonly left?: number;
    readonly dead?: readonly string[];
    /** The error with which the mapping is refused. */
    readonly refused?: string;
    readonly unsupported?: RegExp;
    readonly check?: (stage: Stage) => void;
}

type Event = SqsEvent | StreamEvent;

export class Stage {
    readonly fixture = new LambdaFixture({ model: { invokeMillis: 0, pollMillis: 0 } });
    readonly events: Event[] = [];
    readonly batches: [number, ...string[]][] = [];
    readonly deadLetters = this.fixture.queue("failures");
    most = 0;
    uuid = "";
    readonly source: string;
    private readonly row: MappingCase;
    private readonly dead: string | undefined;
    private readonly stream: TableStream | undefined;

    constructor(row: MappingCase) {
        this.row = row;
        const { fixture } = this;
        fixture.runtime.durationMillis = (row.takes ?? 0) * second;
        fixture.fn("reads", (event: Event) => this.answer(event), row.fn ?? {});
        if (row.from === "stream") {
            this.stream = fixture.stream("table");
            this.source = this.stream.arn;
        } else {
            const create = row.from === "FIFO queue" ? "fifo" : "queue";
            this.dead = fixture[create]("dead");
            const policy = { deadLetterTargetArn: this.dead, maxReceiveCount: 3 };
            const inputs = { redrivePolicy: JSON.stringify(policy), ...row.queue };
            this.source = fixture[create]("jobs", inputs);
        }
    }

    map(inputs: object = {}): void {
        this.uuid = this.fixture.map(this.source, "reads", { ...this.row.mapping, ...inputs });
    }

    send(what: string, more?: string): void {
        if (this.stream) write(this.stream, what, more === undefined ? {} : { text: { S: more } });
        else this.fixture.send(this.source, what, this.row.from === "FIFO queue" ? (more ?? "a") : undefined);
    }

    call(operation: string, input: object = {}): Record<string, unknown> {
        const all = { UUID: this.uuid, ...input };
        return this.fixture.world.call("lambda", operation, all, user) as Record<string, unknown>;
    }

    /** Gives the function concurrency of its own; undefined: none. */
    reserve(reservedConcurrency: number | undefined): void {
        const fn = this.fixture.fnNamed("reads");
        fn.configuration = { ...fn.configuration, reservedConcurrency };
    }

    async go(): Promise<void> {
        const { row, fixture } = this;
        for (const what of row.earlier ?? []) this.send(what);
        this.map();
        const { clock } = fixture.world;
        const start = clock.now();
        for (const [at, what, more] of row.sent ?? [])
            clock.at(start + at * second, () => this.send(what, more));
        for (const [at, action] of row.does ?? []) clock.at(start + at * second, () => action(this));
        await fixture.pass((row.seconds ?? 600) * second);
        if (row.batches) assert.deepEqual(this.batches, row.batches);
        if (row.most !== undefined) assert.equal(this.most, row.most);
        if (row.left !== undefined) assert.equal(fixture.size(this.source), row.left);
        if (row.dead) assert.deepEqual(fixture.bodies(this.dead ?? ""), row.dead);
        row.check?.(this);
    }

    private answer(event: Event): unknown {
        const { answers = [], poison = [] } = this.row;
        const names = event.Records.map(nameOf);
        const answer = answers[this.events.length];
        this.events.push(event);
        this.batches.push([this.fixture.seconds, ...names]);
        this.most = Math.max(this.most, this.fixture.fnNamed("reads").running);
        if (names.some((name) => poison.includes(name))) throw new Error("no");
        if (!answer) return undefined;
        if ("throws" in answer) throw new Error("no");
        if ("returns" in answer) return answer.returns;
        const { reports } = answer;
        const failed = [...event.Records].filter((record) => reports.includes(nameOf(record)));
        return { batchItemFailures: failed.map((record) => ({ itemIdentifier: idOf(record) })) };
    }
}

type EventRecord = Event["Records"][number];

function nameOf(record: EventRecord): string {
    return "body" in record ? record.body : record.dynamodb.Keys.id.S;
}

function idOf(record: EventRecord): string {
    return "body" in record ? record.messageId : record.dynamodb.SequenceNumber;
}

export async function run(row: MappingCase): Promise<void> {
    await runOrRefuse(row, async () => new Stage(row).go());
}
