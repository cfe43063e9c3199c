/**
 * The demonstration. An operator pauses the line. Messages arrive: good ones of three priorities, one whose job fails, three that can never
 * start, one sent twice. An execution is aborted while it waits. Then the operator lets the line go on. The outcome has neither ids nor times,
 * so outcomes of different sites can be compared.
 */
import { executionName } from "../../functions/lib/execution.ts";
import { weatherMessages } from "../../examples/weather/messages.ts";
import { readGate, readRow } from "../../slots/items.ts";
import type { Item } from "../../slots/items.ts";
import { HOLDER_ARGUMENT } from "../../slots/table.ts";
import type { Row } from "../../slots/table.ts";
import type { SeenRun, Site } from "./site.ts";

/** The configuration of the stack that it needs. */
export const CONFIG = { limit: "3", maxAttempts: "2", retryDelaySeconds: "1" };
export const LIMIT = Number(CONFIG.limit);
const POOL = "jobs";

interface Message {
    readonly label: string;
    readonly body: string;
    readonly group: string;
    readonly priority: number;
    /** Whether it is refused and gets no execution. */
    readonly isRefused: boolean;
}

/** The message whose execution is aborted while it waits. */
const ABORTED = "aborted in line";

export const MESSAGES: readonly Message[] = [
    ...weatherMessages()
        .slice(0, 15)
        .map(({ body, group }, index) =>
            good(body.arguments["--month"], body, group, [5, 9, 5, 0, 5][index % 5]),
        ),
    work("a job that fails", { "--month": "1999-01", "--rows": "2012-01-01,0,10,5,3,sun" }),
    work(ABORTED, { "--month": "1999-02", "--rows": "2012-01-01,0,10,5,3,sun" }),
    work("odd text", { "--month": "2012-01", "--rows": "2012-01-01,0,10,5,3,{% $ %} ‘☂’ 'x' \"y\" \\n" }),
    refused("not JSON", "month=2012-01"),
    refused("a priority of 10", JSON.stringify({ arguments: {}, priority: 10 })),
    refused("a reserved argument", JSON.stringify({ arguments: { "--extra-py-files": "s3://x/y.py" } })),
];

/** Sent when nobody is in line any more. */
const LATE = work("late", { "--month": "2012-01", "--rows": "2012-01-01,0,10,5,3,sun" });

/** The labels of the messages that get an execution during the pause, in the order of the line. */
export const LINE: readonly string[] = MESSAGES.filter(({ isRefused }) => !isRefused)
    .map(({ label, priority }, index) => ({ label, priority, index }))
    .sort((a, b) => a.priority - b.priority || a.index - b.index)
    .map(({ label }) => label);

/** What is compared. */
export interface Outcome {
    /** By label. */
    readonly messages: Readonly<Record<string, MessageOutcome>>;
    /** In the order in which they left the dead-letter queue, which for a FIFO queue is the order of arrival. */
    readonly deadLetters: Readonly<Record<string, unknown>>;
    readonly gate: unknown;
    /** The other items of the table. */
    readonly otherItems: readonly string[];
}

interface MessageOutcome {
    readonly status: string;
    readonly error: string | undefined;
    readonly cause: string | undefined;
    /** The execution's output, with the name of its last run as "the last run". */
    readonly output: unknown;
    /** The state in which each run ended, from Glue. */
    readonly runs: readonly string[];
    readonly printed: readonly string[];
    /** The row's attributes. Values that are ids or times are "". */
    readonly row: unknown;
}

/** What is checked on each site by itself, because chance decides the order of simultaneous events. */
export interface Course {
    /** How many runs started during the pause. */
    readonly startedInPause: number;
    /** Labels in the order in which their first runs started. */
    readonly starts: readonly string[];
    /** The most runs at the same time. */
    readonly mostAtOnce: number;
    /** From when the late message's row was opened until its run started. */
    readonly lateSeconds: number;
}

export interface Demonstrated {
    readonly outcome: Outcome;
    readonly course: Course;
}

export async function demonstrate(site: Site): Promise<Demonstrated> {
    const play = new Demonstration(site);
    await play.until("the gate is there", ({ limit }) => limit === LIMIT);
    await play.override(0);
    await play.until("the line is paused", ({ limit }) => limit === 0);
    await play.send();
    await play.until("everybody waits in line", ({ rows }) => count(rows, "wait#") === LINE.length);
    await play.abort(ABORTED);
    await play.until("the aborted message has ended", ({ rows }) => count(rows, "wait#") === LINE.length - 1);
    const startedInPause = (await site.runs()).length;
    await play.override(undefined);
    await play.until("every row is closed and the gate is empty", ({ rows, holders }) => {
        return rows.length === MESSAGES.length && rows.every(isClosed) && holders === 0;
    });
    const course = play.course(await site.runs());
    await play.sendLate();
    await play.until("the late message has ended", ({ rows }) => {
        return rows.length === MESSAGES.length + 1 && rows.every(isClosed);
    });
    const lateSeconds = await play.lateSeconds();
    return { outcome: await play.outcome(), course: { ...course, startedInPause, lateSeconds } };
}

interface Sight {
    readonly rows: readonly Row[];
    readonly limit: number | undefined;
    readonly holders: number;
}

/** The number of rows at positions that begin with `position`. */
function count(rows: readonly Row[], position: string): number {
    return rows.filter((row) => row.position?.startsWith(position)).length;
}

function isClosed({ ended }: Row): boolean {
    return ended !== undefined;
}

class Demonstration {
    private readonly site: Site;
    private readonly table: string;
    /** Labels by message id. */
    private readonly labels = new Map<string, string>();

    constructor(site: Site) {
        this.site = site;
        this.table = site.output("tableName");
    }

    /** Sends all messages but the late one, and the first one a second time. */
    async send(): Promise<void> {
        const twice = MESSAGES.slice(0, 1);
        for (const message of [...MESSAGES, ...twice]) await this.sendOne(message);
    }

    async sendLate(): Promise<void> {
        await this.sendOne(LATE);
    }

    async lateSeconds(): Promise<number> {
        const row = (await this.look()).rows.find(({ messageId }) => this.labelOf(messageId) === LATE.label);
        const run = (await this.site.runs()).find((one) => this.labelOfRun(one) === LATE.label);
        return ((run?.started ?? Infinity) - Date.parse(row?.opened ?? "")) / 1000;
    }

    private async sendOne(message: Message): Promise<void> {
        const { MessageId } = await this.site.call<{ MessageId: string }>("sqs", "SendMessage", {
            QueueUrl: this.site.output("queueUrl"),
            MessageBody: message.body,
            MessageGroupId: message.group,
            MessageDeduplicationId: message.label.replaceAll(" ", "-"),
        });
        this.labels.set(MessageId, message.label);
    }

    /** Overrides the limit as an operator would; undefined removes the override. */
    async override(limit: number | undefined): Promise<void> {
        const key = { poolName: { S: POOL }, entry: { S: "override" } };
        const words = { by: { S: "an operator" }, why: { S: "the demonstration" } };
        if (limit === undefined) {
            await this.site.call("dynamodb", "DeleteItem", { TableName: this.table, Key: key });
        } else {
            const Item = { ...key, ...words, limit: { N: String(limit) } };
            await this.site.call("dynamodb", "PutItem", { TableName: this.table, Item });
        }
    }

    async abort(label: string): Promise<void> {
        await this.site.call("states", "StopExecution", { executionArn: this.executionOf(label) });
    }

    async until(what: string, isSo: (sight: Sight) => boolean): Promise<void> {
        while (!isSo(await this.look())) {
            if (await this.site.pass()) continue;
            throw new Error(
                `This did not happen in time: ${what}. ${await this.open()}\n${(await this.site.log()).slice(-3000)}`,
            );
        }
    }

    course(runs: readonly SeenRun[]): Pick<Course, "starts" | "mostAtOnce"> {
        const starts = new Set(runs.map((run) => this.labelOfRun(run)));
        const atOnce = runs.map(
            ({ started }) =>
                runs.filter((other) => other.started <= started && started < (other.ended ?? Infinity))
                    .length,
        );
        return { starts: [...starts], mostAtOnce: Math.max(...atOnce) };
    }

    async outcome(): Promise<Outcome> {
        const items = await this.items();
        const gate = readGate(items.find((item) => item["entry"]?.S === "gate"));
        const others = items
            .map((item) => item["entry"]?.S ?? "")
            .filter((entry) => !entry.startsWith("job#"));
        const messages: Record<string, MessageOutcome> = {};
        for (const item of items.filter(({ entry }) => entry?.S?.startsWith("job#"))) {
            messages[this.labelOf(item["messageId"]?.S)] = await this.messageOutcome(item);
        }
        return {
            messages,
            deadLetters: await this.deadLetters(),
            gate: gate && { limit: gate.limit, holders: gate.holders },
            otherItems: others.sort(),
        };
    }

    private async messageOutcome(item: Item): Promise<MessageOutcome> {
        const { execution, name } = readRow(item);
        const label = this.labelOf(item["messageId"]?.S);
        const isRefused = MESSAGES.some((message) => message.label === label && message.isRefused);
        const described: Described = isRefused ? { status: "never started" } : await this.describe(execution);
        const runs = (await this.site.runs()).filter(
            (run) => run.arguments[HOLDER_ARGUMENT]?.startsWith(`${name}/`) === true,
        );
        const states = await Promise.all(runs.map((run) => this.stateOf(run)));
        const last = runs.at(-1)?.id ?? "none";
        const plain = (text: string | undefined): string | undefined =>
            text?.replaceAll(last, "the last run");
        const kept = ["group", "bodyHash", "job", "outcome", "run"];
        return {
            status: described.status,
            error: described.error,
            cause: plain(described.cause),
            output: described.output && (JSON.parse(plain(described.output) ?? "") as unknown),
            runs: states,
            printed: runs.map(({ printed }) => printed),
            row: Object.fromEntries(
                Object.keys(item)
                    .sort()
                    .map((attribute) => [
                        attribute,
                        kept.includes(attribute) ? plain(item[attribute]?.S) : "",
                    ]),
            ),
        };
    }

    private describe(executionArn: string): Promise<Described> {
        return this.site.call<Described>("states", "DescribeExecution", { executionArn });
    }

    private async stateOf({ id }: SeenRun): Promise<string> {
        const input = { JobName: this.site.output("jobName"), RunId: id };
        const { JobRun } = await this.site.call<{ JobRun: { JobRunState: string } }>(
            "glue",
            "GetJobRun",
            input,
        );
        return JobRun.JobRunState;
    }

    /** By label, in order of arrival. */
    private async deadLetters(): Promise<Record<string, unknown>> {
        const letters: Record<string, unknown> = {};
        for (;;) {
            const { Messages = [] } = await this.site.call<{ Messages?: Letter[] }>("sqs", "ReceiveMessage", {
                QueueUrl: this.site.output("deadLetterQueueUrl"),
                MaxNumberOfMessages: 10,
                MessageAttributeNames: ["All"],
                MessageSystemAttributeNames: ["All"],
            });
            if (Messages.length === 0) return letters;
            for (const letter of Messages) {
                const attributes = Object.entries(letter.MessageAttributes).map(
                    ([name, { StringValue }]) => [name, StringValue] as const,
                );
                const { messageId = "", execution, run, console, ...rest } = Object.fromEntries(attributes);
                letters[this.labelOf(messageId)] = {
                    body: letter.Body,
                    group: letter.Attributes["MessageGroupId"],
                    ...rest,
                    hasExecution: execution?.endsWith(messageId),
                    hasConsole: console?.endsWith(execution ?? "?"),
                    hasRun: run === undefined || run === "none" ? run : "yes",
                };
            }
        }
    }

    private async look(): Promise<Sight> {
        const items = await this.items();
        const gate = readGate(items.find((item) => item["entry"]?.S === "gate"));
        return {
            rows: items.filter((item) => item["entry"]?.S?.startsWith("job#")).map(readRow),
            limit: gate?.limit,
            holders: Object.keys(gate?.holders ?? {}).length,
        };
    }

    private async open(): Promise<string> {
        const { rows, limit, holders } = await this.look();
        const positions = rows.map((row) => `${this.labelOf(row.messageId)}: ${row.position ?? "closed"}`);
        return `The limit is ${limit ?? "unknown"}, ${holders} slots are taken, and the rows are:\n${positions.join("\n")}`;
    }

    private async items(): Promise<Item[]> {
        const { Items } = await this.site.call<{ Items: Item[] }>("dynamodb", "Query", {
            TableName: this.table,
            ConsistentRead: true,
            KeyConditionExpression: "poolName = :pool",
            ExpressionAttributeValues: { ":pool": { S: POOL } },
        });
        return Items;
    }

    private executionOf(label: string): string {
        const [id = ""] = [...this.labels].find(([, other]) => other === label) ?? [];
        const { group = "" } = MESSAGES.find((message) => message.label === label) ?? {};
        const machine = this.site.output("stateMachineArn").replace(":stateMachine:", ":execution:");
        return `${machine}:${executionName(group, id)}`;
    }

    private labelOfRun({ arguments: given }: SeenRun): string {
        const id = /([0-9a-f-]{36})\//.exec(given[HOLDER_ARGUMENT] ?? "")?.[1];
        return this.labelOf(id);
    }

    private labelOf(messageId = ""): string {
        return this.labels.get(messageId) ?? `an unknown message ${messageId}`;
    }
}

interface Described {
    readonly status: string;
    readonly error?: string;
    readonly cause?: string;
    readonly output?: string;
}

interface Letter {
    readonly Body: string;
    readonly Attributes: Readonly<Record<string, string>>;
    readonly MessageAttributes: Readonly<Record<string, { readonly StringValue: string }>>;
}

function good(label: string, body: object, group: string, priority = 5): Message {
    return { label, body: JSON.stringify({ ...body, priority }), group, priority, isRefused: false };
}

function work(label: string, given: Readonly<Record<string, string>>): Message {
    return {
        label,
        body: JSON.stringify({ arguments: given }),
        group: label.replaceAll(" ", "-"),
        priority: 5,
        isRefused: false,
    };
}

function refused(label: string, body: string): Message {
    return { label, body, group: "refused", priority: 5, isRefused: true };
}
