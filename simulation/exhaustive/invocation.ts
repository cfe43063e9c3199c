/**
 * The functions, call by call. Their real code runs from the beginning of an invocation with the answers that its calls have
 * had so far, up to the next call. What it does depends on nothing else, so each point is computed once: the invocations
 * of a function are a tree, a node for each list of answers.
 */
import { create as createDispatcher } from "../../functions/dispatcher.ts";
import type { Handler, Platform } from "../../functions/lib/platform.ts";
import { create as createReaper } from "../../functions/reaper.ts";
import type { Item } from "../../slots/items.ts";
import { ENTRY, keyOf, TABLE } from "../../slots/table.ts";
import type { Call } from "./execution.ts";
import { Catalogue, Later } from "./later.ts";
import {
    canonical,
    DEAD_LETTER_QUEUE,
    JOB,
    NOW,
    POOL,
    REAPER_QUEUE,
    renamed,
    STATE_MACHINE,
    TABLE_NAME,
} from "./names.ts";

/** What a call of a function was answered: the output, or the name of the error. */
export type Answer = { readonly output: unknown } | { readonly error: string };

/** The error of a call that fails, or whose reply is lost. */
export const FAILURE = "TimeoutError";

/** How an invocation began. */
export interface Beginning {
    readonly of: "dispatcher" | "reaper";
    readonly event: object;
}

/** A point of an invocation. */
export interface Point {
    /** The call that it makes next; undefined once it is over. */
    readonly call: Call | undefined;
    /** Names the call. */
    readonly text: string;
    /** From the beginning on: the beginning, and every answer. */
    readonly path: readonly string[];
}

const SETTINGS: Item = {
    ...keyOf(POOL, ENTRY.settings),
    limit: { N: "1" },
    cooldownSeconds: { N: "0" },
};
const WORKFLOW: Item = {
    ...keyOf(POOL, ENTRY.workflow),
    stateMachine: { S: STATE_MACHINE },
    job: { S: JOB },
    deadLetterQueueUrl: { S: DEAD_LETTER_QUEUE },
};

/** Members of an answer that the SDK has as a `Date`. */
const DATES = new Set(["stopDate", "redriveDate", "startDate", "timestamp", "StartedOn", "CompletedOn"]);

export class Invocations {
    private readonly points = new Catalogue<Point>();
    private readonly further = new Later<string, number>();
    private readonly renamings = new Later<string, number>();

    get size(): number {
        return this.points.size;
    }

    at(point: number): Point {
        return this.points.at(point);
    }

    begin(beginning: Beginning): number {
        return this.pointOf([canonical(beginning)]);
    }

    /** Where an invocation is after the answer to its present call. */
    after(point: number, answer: Answer): number {
        const text = canonical(answer);
        const { call } = this.at(point);
        const possible = call && repliesTo(call);
        if (possible && !possible.some((reply) => canonical(reply) === text)) {
            throw new Error(`${call.operation} was answered ${text}, which its point does not expect`);
        }
        return this.further.get(`${point} ${text}`, () => this.find([...this.at(point).path, text]));
    }

    /** The same point with other messages in the places of those that it knows. */
    renamed(point: number, order: readonly number[]): number {
        if (order.every((old, i) => old === i)) return point;
        return this.renamings.get(`${point} ${order.join()}`, () =>
            this.find(this.at(point).path.map((text) => sorted(renamed(text, order)))),
        );
    }

    private pointOf(path: readonly string[]): number {
        return this.further.get(`begin ${path.join()}`, () => this.find(path));
    }

    private async find(path: readonly string[]): Promise<number> {
        const call = await nextCall(path);
        const text = call ? canonical(call) : "";
        return this.points.numberOf(await this.future(path, call), () => ({ call, text, path }));
    }

    /**
     * Names what an invocation will do from a point on: two points with the same future are one, whatever led to them. After a
     * read anything may follow, so what the invocation knows names that point.
     */
    private async future(path: readonly string[], call: Call | undefined): Promise<string> {
        if (!call) return "over";
        const possible = repliesTo(call);
        if (!possible) return path.join("\n");
        const futures: string[] = [];
        for (const reply of possible) {
            const further = [...path, canonical(reply)];
            futures.push(await this.future(further, await nextCall(further)));
        }
        return `${canonical(call)} (${futures.join(" | ")})`;
    }
}

const DONE: Answer = { output: {} };
const FAILED: Answer = { error: FAILURE };
const REPLIES: Readonly<Record<string, readonly Answer[]>> = {
    UpdateItem: [DONE, FAILED, { error: "ConditionalCheckFailedException" }],
    SendTaskSuccess: [DONE, FAILED, { error: "TaskTimedOut" }],
    SendMessage: [DONE, FAILED],
};

/** Every answer that a call may get; undefined if there are too many to try. */
function repliesTo({ operation, input }: Call): readonly Answer[] | undefined {
    return input["ReturnValues"] === undefined ? REPLIES[operation] : undefined;
}

/** A text with the items of a query that shows no order in the order of their names. */
function sorted(text: string): string {
    const value = JSON.parse(text) as { output?: { Items?: Item[]; inOrder?: boolean } };
    const { output } = value;
    if (output?.Items && output.inOrder !== true) {
        output.Items.sort((a, b) => ((a[TABLE.sortKey]?.S ?? "") < (b[TABLE.sortKey]?.S ?? "") ? -1 : 1));
    }
    return canonical(value);
}

/** Runs a function with the answers of a path. Returns the first call that has none; undefined if it comes to its end. */
async function nextCall([first = "", ...answers]: readonly string[]): Promise<Call | undefined> {
    const { of, event } = JSON.parse(first) as Beginning;
    let answered = 0;
    let reached: (call: Call) => void = () => undefined;
    const next = new Promise<Call>((resolve) => (reached = resolve));
    const handler = handlerOf(of, (call) => {
        const known = fixedAnswer(call);
        if (known !== undefined) return Promise.resolve(known);
        const text = answers[answered++];
        if (text === undefined) {
            reached(call);
            // The invocation stops here.
            return new Promise(() => undefined);
        }
        const answer = JSON.parse(text, revive) as Answer;
        return "error" in answer ? Promise.reject(failure(answer.error)) : Promise.resolve(answer.output);
    });
    const over = handler(event, CONTEXT).then(
        () => undefined,
        () => undefined,
    );
    return Promise.race([next, over]);
}

const CONTEXT = { functionName: "f", awsRequestId: "r", getRemainingTimeInMillis: () => 60_000 };

function handlerOf(of: Beginning["of"], send: (call: Call) => Promise<unknown>): Handler {
    const client = (service: string): never =>
        ({
            send: (command: { constructor: { name: string }; input: Call["input"] }) =>
                send({
                    service,
                    operation: command.constructor.name.replace(/Command$/, ""),
                    input: command.input,
                }),
        }) as never;
    const platform: Platform = {
        env: { TABLE_NAME, REAPER_QUEUE_URL: REAPER_QUEUE, POOLS: JSON.stringify([POOL]) },
        now: () => NOW,
        dynamodb: client("dynamodb"),
        sfn: client("states"),
        glue: client("glue"),
        sqs: client("sqs"),
        log: { info: () => undefined, warn: () => undefined, error: () => undefined },
        metrics: () => undefined,
    };
    return of === "dispatcher" ? createDispatcher(platform) : createReaper(platform);
}

/** The answer to a call about what never changes here, or about what no decision looks at. */
function fixedAnswer({ operation, input }: Call): unknown {
    if (operation === "GetItem") {
        const entry = (input["Key"] as Item)[TABLE.sortKey]?.S;
        if (entry === ENTRY.settings) return { Item: SETTINGS };
        if (entry === ENTRY.workflow) return { Item: WORKFLOW };
        if (entry === ENTRY.override) return {};
    }
    if (operation === "ChangeMessageVisibility") return {};
    // Any invocation may begin at any moment: a message that asks for one adds nothing.
    if (operation === "SendMessage" && input["QueueUrl"] === REAPER_QUEUE) return {};
    return undefined;
}

function revive(key: string, value: unknown): unknown {
    return DATES.has(key) && typeof value === "string" ? new Date(value) : value;
}

function failure(name: string): Error {
    const error = new Error("an answer of the small world");
    error.name = name;
    return error;
}

/** A change of the table. */
export const DISPATCH: Beginning = {
    of: "dispatcher",
    event: { Records: [{ dynamodb: { Keys: keyOf(POOL, ENTRY.gate) } }] },
};

/** A message of the reaper's queue. */
export function reap(body: object): Beginning {
    const attributes = { ApproximateReceiveCount: "1" };
    const record = { messageId: "m", receiptHandle: "r", body: JSON.stringify(body), attributes };
    return { of: "reaper", event: { Records: [record] } };
}
