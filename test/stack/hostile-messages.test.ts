/**
 * Hostile messages through the whole stack. Each ends as one run with the arguments that were asked for, or in the
 * dead-letter queue with a reason; nothing that a sender chooses reaches a name, a row or a position but as documented in
 * docs/security.md.
 */
import assert from "node:assert/strict";
import { create } from "../../functions/starter.ts";
import { LambdaService, Random, Topic } from "../../embedded-aws/index.ts";
import type { Call } from "../../embedded-aws/index.ts";
import { parseHolderId } from "../../slots/holder.ts";
import { CONTEXT, FakeAws } from "../functions/fake-aws.ts";
import { HostileBodies } from "../functions/hostile-bodies.ts";
import type { Hostile } from "../functions/hostile-bodies.ts";
import { record } from "./bad-days/bad-day.ts";
import { recorded, TestStack, withStack } from "./test-stack.ts";

/** How many hostile messages are sent. Ten thousand: `HOSTILE_MESSAGES=10000 npm test -- test/stack/hostile-messages.test.ts`. */
const COUNT = Number(process.env["HOSTILE_MESSAGES"] ?? 1000);

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** The work queue's largest message. */
const LARGEST = 256 * 1024;
/** The largest input of an execution that the starter starts. */
const LARGEST_INPUT = 240 * 1024;

/** What SQS takes in the ids that a sender chooses: SendMessage, "MessageGroupId" and "MessageDeduplicationId". */
const ID_CHARACTERS =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
/** What SQS refuses in bodies and attributes: SendMessage, "MessageBody". */
// eslint-disable-next-line no-control-regex
const REFUSED_BY_SQS = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

const CONFIG = { limit: "50", maxAttempts: "2" };

const user = { principal: "user" };

/** A message as it was sent. */
interface Sent extends Hostile {
    readonly id: string;
    readonly group: string;
    readonly attributes: Attributes;
}

type Attributes = Readonly<Record<string, { DataType: string; StringValue: string }>>;

/** Everything that a sender can choose, chosen by somebody who means ill. */
class Sender {
    private readonly stack: TestStack;
    private readonly random: Random;
    private readonly bodies: HostileBodies;
    private readonly groups: readonly string[];
    private count = 0;

    constructor(stack: TestStack, seed: number) {
        this.stack = stack;
        this.random = new Random(seed);
        this.bodies = new HostileBodies(seed, LARGEST);
        const uuid = this.random.uuid();
        this.groups = [
            ...[
                "g",
                "-",
                "../../x",
                "a/b/c",
                "job#x",
                "gate",
                "{%$states.context%}",
                "States.ALL",
                "#me",
                ":now",
                "'\"\\",
            ],
            ...[
                "__proto__",
                "constructor",
                "arn:aws:states:::x",
                "$(id)",
                uuid,
                `g-${uuid}`,
                "x".repeat(128),
                "!".repeat(128),
            ],
            ...Array.from({ length: 40 }, () => this.id(this.random.integer(1, 128))),
        ];
    }

    send(): Sent {
        let hostile = this.bodies.next();
        // Nothing that SQS itself refuses gets as far as a message.
        while (
            hostile.body.search(REFUSED_BY_SQS) >= 0 ||
            !hostile.body.isWellFormed() ||
            hostile.body === ""
        )
            hostile = this.bodies.next();
        const group =
            this.random.next() < 0.5 ? this.bodies.pick(this.groups) : this.id(this.random.integer(1, 60));
        const attributes = this.attributes(hostile.body.length < 10_000);
        const id = this.sendAs(hostile.body, group, attributes);
        return { ...hostile, id, group, attributes };
    }

    private sendAs(MessageBody: string, MessageGroupId: string, MessageAttributes: Attributes): string {
        const [before, after] = [this.id(this.random.integer(0, 60)), this.id(this.random.integer(0, 60))];
        const sent = this.stack.world.call(
            "sqs",
            "SendMessage",
            {
                QueueUrl: this.stack.output("queueUrl"),
                MessageBody,
                MessageGroupId,
                MessageDeduplicationId: `${before}${this.count++}${after}`,
                MessageAttributes,
                ...(this.random.next() < 0.3 && { MessageSystemAttributes: this.trace() }),
            },
            user,
        );
        return (sent as { MessageId: string }).MessageId;
    }

    /** None, or message attributes named like those of a dead letter, and like what the starter reads. */
    private attributes(isSmall: boolean): Attributes {
        if (!isSmall || this.random.next() >= 0.3) return {};
        const names = [
            "cause",
            "tenant",
            "messageId",
            "execution",
            "priority",
            "MessageGroupId",
            "SequenceNumber",
            "__proto__x",
            "a.b-c_d",
        ];
        const value = (): string => this.bodies.noise(50).toWellFormed().replaceAll(REFUSED_BY_SQS, "");
        return Object.fromEntries(
            names
                .slice(0, this.random.integer(1, names.length))
                .map((name) => [name, { DataType: "String.{% 1 %}", StringValue: value() }]),
        );
    }

    private trace(): object {
        const StringValue = this.bodies.pick([
            "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
            "x",
            "{% 1 %}",
            "Root=;;=",
        ]);
        return { AWSTraceHeader: { DataType: "String", StringValue } };
    }

    private id(length: number): string {
        let id = "";
        while (id.length < length) id += ID_CHARACTERS[this.random.integer(0, ID_CHARACTERS.length - 1)];
        return id;
    }
}

/** Those of a sender's attributes that must stay with its message: the first three whose names are not Turnstile's. */
function kept(attributes: Attributes): Attributes {
    const others = Object.keys(attributes).filter(
        (name) => !["cause", "messageId", "execution"].includes(name),
    );
    return Object.fromEntries(
        others
            .sort()
            .slice(0, 3)
            .map((name) => [name, attributes[name] ?? { DataType: "", StringValue: "" }]),
    );
}

/** Everything that a stack wrote and started, by message id. */
class Diary {
    readonly names: string[] = [];
    readonly attributes = new Map<string, unknown>();
    readonly positions = new Map<string, Set<string>>();
    readonly items: string[] = [];
    readonly loggedErrors: string[] = [];

    constructor({ world }: TestStack) {
        world.intercept((call, next) => {
            this.note(call);
            return next();
        });
        world.service(LambdaService).onLog(({ line }) => {
            if (/"level":"(ERROR|CRITICAL)"/.test(line)) this.loggedErrors.push(line);
        });
    }

    private note({ operation, input, caller }: Call): void {
        if (caller.principal === "user") return;
        const {
            name,
            input: started,
            Item,
            Key,
            ExpressionAttributeValues: values,
        } = input as {
            name?: string;
            input?: string;
            Item?: { entry: { S: string } };
            Key?: { entry: { S: string } };
            ExpressionAttributeValues?: { readonly ":position"?: { S: string } };
        };
        if (operation === "StartExecution") {
            this.names.push(name ?? "");
            const { message } = JSON.parse(started ?? "") as { message: { id: string; attributes: unknown } };
            this.attributes.set(message.id, message.attributes);
        }
        if (operation === "PutItem") this.items.push(Item?.entry.S ?? "");
        const position = values?.[":position"]?.S;
        if (operation !== "UpdateItem" || position?.startsWith("wait#") !== true) return;
        const id = Key?.entry.S.slice(-36) ?? "";
        this.positions.set(id, (this.positions.get(id) ?? new Set()).add(position));
    }
}

function messageOf(run: { arguments: Readonly<{ [name: string]: string }> }): string {
    return parseHolderId(run.arguments["--turnstile-holder"] ?? "")?.execution.slice(-36) ?? "";
}

/** Messages in the work queue, whether anybody has them or not. */
function left(stack: TestStack): number {
    const AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    const input = { QueueUrl: stack.output("queueUrl"), AttributeNames };
    const { Attributes } = stack.world.call("sqs", "GetQueueAttributes", input, user) as {
        Attributes: { [name: string]: string };
    };
    return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name]), 0);
}

before(record(CONFIG));

describe("Hostile messages", () => {
    let stack: TestStack;
    let diary: Diary;
    let sent: Sent[];
    let letters: ReturnType<TestStack["deadLetters"]>;

    before(async function () {
        this.timeout(120_000 + 30 * COUNT);
        stack = await TestStack.open({
            programs: [await recorded(CONFIG)],
            job: () => ({ millis: MINUTE }),
            model: { glueStartMillis: () => SECOND, glueTailMillis: () => 0 },
        });
        diary = new Diary(stack);
        await stack.pass(90 * SECOND);
        const sender = new Sender(stack, 5);
        sent = Array.from({ length: COUNT }, () => sender.send());
        await stack.untilEnded(sent.filter(({ work }) => work).length);
        await stack.pass(15 * MINUTE);
        letters = stack.deadLetters();
    });

    after(() => stack.close());

    it(`run once, of ${COUNT.toLocaleString("en")}, with the arguments that they ask for and Turnstile's own two, if they can run at all`, () => {
        const asked = sent.filter(({ work }) => work);
        assert.ok(asked.length > COUNT / 3);
        const runs = new Map(stack.runs.map((run) => [messageOf(run), run]));
        assert.equal(stack.runs.length, asked.length);
        for (const { id, work } of asked) {
            const run = runs.get(id);
            assert.ok(run, `message ${id} did not run`);
            const { "--turnstile-holder": holder, "--turnstile-pool": pool, ...rest } = run.arguments;
            assert.deepEqual(rest, work?.arguments);
            assert.equal(pool, "jobs");
            assert.match(holder ?? "", new RegExp(`^[\\w-]{1,43}${id}/1/0$`));
        }
        assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
    });

    it("are in the dead-letter queue with their own body and a reason if they cannot", () => {
        const refused = sent.filter(({ work }) => !work);
        assert.ok(refused.length > COUNT / 4);
        const byId = new Map(
            letters.map((letter) => [letter.MessageAttributes["messageId"]?.StringValue, letter]),
        );
        assert.equal(letters.length, refused.length);
        for (const { id, body, attributes } of refused) {
            const letter = byId.get(id);
            assert.ok(letter, `message ${id} is lost: ${body.slice(0, 200)}`);
            assert.equal(letter.Body, body);
            assert.match(
                letter.MessageAttributes["cause"]?.StringValue ?? "",
                /^MessageRefused: The .{20,}\.$/,
            );
            const { cause: _, messageId, pool, ...others } = letter.MessageAttributes;
            assert.equal(messageId?.StringValue, id);
            assert.equal(pool?.StringValue, "jobs");
            assert.deepEqual(others, kept(attributes));
        }
    });

    it("hand three of their sender's attributes to the execution, none of them with a name of Turnstile's", () => {
        const asked = sent.filter(({ work }) => work);
        assert.ok(asked.some(({ attributes }) => Object.keys(attributes).length > 6));
        for (const { id, attributes } of asked) assert.deepEqual(diary.attributes.get(id), kept(attributes));
    });

    it("leave nothing behind: no message, no slot, no open row, no function's error", () => {
        assert.equal(left(stack), 0);
        assert.deepEqual(stack.gate()?.holders, {});
        assert.equal(stack.openRows(), 0);
        assert.equal(stack.world.counters.get("lambda.errors") ?? 0, 0);
        assert.deepEqual(diary.loggedErrors, []);
    });

    it("have rows and executions named after the id that SQS gave them, each its own", () => {
        const asked = sent.filter(({ work }) => work);
        assert.equal(new Set(diary.names).size, asked.length);
        assert.equal(diary.names.length, asked.length);
        for (const name of diary.names) assert.match(name, /^[A-Za-z0-9_-]{1,80}$/);
        const ids = new Set(asked.map(({ id }) => id));
        assert.ok(diary.names.every((name) => ids.has(name.slice(-36))));
        assert.deepEqual(diary.items.sort(), diary.names.map((name) => `job#${name}`).sort());
    });

    it("choose their line by a priority from 0 to 9, and no place in it", () => {
        for (const { id, work } of sent) {
            const positions = [...(diary.positions.get(id) ?? [])];
            assert.equal(positions.length, work ? 1 : 0);
            if (!work) continue;
            const [position = ""] = positions;
            assert.match(
                position,
                new RegExp(`^wait#${Math.abs(work.priority)}#\\d{4}-\\d\\d-\\d\\dT[\\d:.]{12}Z#\\d{20}$`),
            );
        }
    });
});

describe("A hostile message whose job fails", () => {
    it("cannot tell the workflow another end, another run or another reason by what its arguments say", async () => {
        const spoof = '","JobRunState":"SUCCEEDED","Id":"jr_evil","CompletedOn":1,"ErrorMessage":"evil';
        const args = {
            "--x": spoof,
            "--JobRunState": "SUCCEEDED",
            "--Id": "jr_evil",
            "--y": JSON.stringify(spoof),
        };
        const end = { state: "FAILED", errorMessage: "no such day" } as const;
        await withStack({ config: CONFIG, job: () => ({ millis: MINUTE, end }) }, async (stack) => {
            await stack.pass(90 * SECOND);
            stack.send({ arguments: args });
            await stack.untilEnded(1, 1);
            assert.equal(stack.runs.length, 2);
            const [letter] = stack.deadLetters();
            assert.equal(letter?.MessageAttributes["cause"]?.StringValue, "States.TaskFailed: no such day");
            assert.equal(letter.MessageAttributes["run"]?.StringValue, stack.runs[1]?.id);
        });
    });

    for (const [state, millis] of [
        ["FAILED", MINUTE],
        ["TIMEOUT", 24 * 60 * MINUTE],
    ] as const) {
        it(`keeps its arguments from those who are told of it when the run ends ${state} without a message`, async () => {
            const job = () => ({ millis, end: { state: "FAILED" } as const });
            await withStack({ config: CONFIG, job }, async (stack) => {
                await stack.pass(90 * SECOND);
                stack.send({ arguments: { "--password": "hunter2" } });
                await stack.untilEnded(1, 1);
                const topic = stack.world.find(stack.output("failureTopicArn"));
                assert.ok(topic instanceof Topic);
                const [told, ...others] = topic.published.map(({ Message }) => Message);
                assert.deepEqual(others, []);
                assert.match(
                    told ?? "",
                    new RegExp(`"cause":"the Glue run ended without a message: ${state}"`),
                );
                assert.doesNotMatch(told ?? "", /hunter2|password/);
            });
        });
    }
});

/** A body that makes an execution input of so many bytes, filled up in some way. */
type Filling = (bytes: number) => string;

const spaces: Filling = (bytes) => `{"arguments":{"--x":"y"}}${" ".repeat(bytes)}`;
const FILLINGS: { readonly [what: string]: Filling } = {
    "spaces in the body": spaces,
    "an argument": (bytes) => JSON.stringify({ arguments: { "--x": "y".repeat(bytes / 2) } }),
    "characters of four bytes": (bytes) => JSON.stringify({ arguments: { "--x": "😀".repeat(bytes / 8) } }),
    "control characters": (bytes) => JSON.stringify({ arguments: { "--x": "\u0001".repeat(bytes / 13) } }),
    "quotation marks": (bytes) => JSON.stringify({ arguments: { "--x": '"'.repeat(bytes / 6) } }),
    "escaped letters": (bytes) => `{"arguments":{"--x":"${"\\u0041".repeat(bytes / 8)}"}}`,
    "a hundred arguments": (bytes) =>
        JSON.stringify({
            arguments: Object.fromEntries(
                Array.from({ length: 100 }, (_, i) => [`--${i}`, "y".repeat(bytes / 200 - 20)]),
            ),
        }),
};

/** The bytes of input that a message makes on its way through the starter alone. */
async function inputOf(stack: TestStack, body: string, group: string): Promise<number> {
    const aws = new FakeAws({ PutItem: () => ({}), StartExecution: () => ({}), SendMessage: () => ({}) });
    const env = {
        ...{
            TABLE_NAME: "slots",
            POOL: "jobs",
            QUEUE_URL: "q",
            JOB_NAME: "j",
            DEAD_LETTER_QUEUE_URL: "d",
        },
        STATE_MACHINE_ARN: stack.output("stateMachineArn"),
    };
    const attributes = {
        ...{ MessageGroupId: group, SequenceNumber: "0".repeat(20), ApproximateReceiveCount: "1" },
        SentTimestamp: String(stack.world.clock.now()),
    };
    const record = { messageId: "0".repeat(36), receiptHandle: "r", body, attributes, messageAttributes: {} };
    await create(aws.platform(env))({ Records: [record] }, CONTEXT);
    const [started] = aws.inputs("StartExecution");
    assert.ok(started, "it is too large already");
    return Buffer.byteLength(started["input"] as string);
}

/** A body whose execution input has exactly so many bytes; a space more has one more. */
async function bodyFor(stack: TestStack, filling: Filling, group: string, bytes: number): Promise<string> {
    const body = filling(bytes - 2000);
    return body + " ".repeat(bytes - (await inputOf(stack, body, group)));
}

describe("The largest message", () => {
    const group = '"'.repeat(128);

    for (const [what, filling] of Object.entries(FILLINGS)) {
        it(`runs to its end, and with a byte more is refused, if it is filled with ${what}`, async () => {
            await withStack({ config: CONFIG }, async (stack) => {
                await stack.pass(90 * SECOND);
                const body = await bodyFor(stack, filling, group, LARGEST_INPUT);
                stack.send(body, group);
                const more = stack.send(`${body} `, group);
                await stack.untilEnded(1, 1);
                assert.deepEqual(
                    stack.ended.map(({ status }) => status),
                    ["SUCCEEDED"],
                );
                const [letter, ...others] = stack.deadLetters();
                assert.deepEqual(others, []);
                assert.equal(letter?.MessageAttributes["messageId"]?.StringValue, more);
                assert.equal(letter.Body, `${body} `);
                assert.match(
                    letter.MessageAttributes["cause"]?.StringValue ?? "",
                    /input of 245761 bytes; at most 245760 fit/,
                );
            });
        });

        it(`is dead-lettered by the workflow with its own body when its job fails, if it is filled with ${what}`, async () => {
            const end = { state: "FAILED", errorMessage: '"😀\\'.repeat(1000) } as const;
            await withStack({ config: CONFIG, job: () => ({ millis: MINUTE, end }) }, async (stack) => {
                await stack.pass(90 * SECOND);
                const body = await bodyFor(stack, filling, group, LARGEST_INPUT);
                stack.send(body, group);
                await stack.untilEnded(1, 1);
                const [letter] = stack.deadLetters();
                assert.equal(letter?.Body, body);
                assert.equal(letter.MessageAttributes["attempts"]?.StringValue, "2");
                assert.match(
                    letter.MessageAttributes["cause"]?.StringValue ?? "",
                    /^States\.TaskFailed: "😀/u,
                );
            });
        });

        it(`is saved by the reaper with its own body when its execution is aborted, if it is filled with ${what}`, async () => {
            await withStack({ config: CONFIG }, async (stack) => {
                await stack.pass(90 * SECOND);
                const body = await bodyFor(stack, filling, group, LARGEST_INPUT);
                stack.send(body, group);
                await stack.pass(MINUTE);
                const [execution] = [...stack.states.allExecutions()];
                const executionArn = execution?.arn;
                const cause = "\u0000\ud800\u202e".repeat(5000);
                stack.world.call("states", "StopExecution", { executionArn, error: "x", cause }, user);
                await stack.pass(10 * MINUTE);
                const [letter] = stack.deadLetters();
                assert.equal(letter?.Body, body);
                assert.match(
                    letter.MessageAttributes["cause"]?.StringValue ?? "",
                    /^ExecutionABORTED: x: .{900,979}$/u,
                );
            });
        });
    }

    it("that the queue takes is dead-lettered with its reason, whatever SQS counts besides its body", async () => {
        await withStack({ config: CONFIG }, async (stack) => {
            const body = "[".repeat(LARGEST);
            stack.send(body, group);
            await stack.pass(MINUTE);
            const [letter] = stack.deadLetters();
            assert.equal(letter?.Body, body);
            assert.match(
                letter.MessageAttributes["cause"]?.StringValue ?? "",
                /^MessageRefused: The body is not JSON/,
            );
            assert.equal(left(stack), 0);
        });
    });

    it("can be sent from the dead-letter queue to the work queue again, with its reason", async () => {
        const end = { state: "FAILED", errorMessage: "😀".repeat(1000) } as const;
        await withStack({ config: CONFIG, job: () => ({ millis: MINUTE, end }) }, async (stack) => {
            await stack.pass(90 * SECOND);
            stack.send(await bodyFor(stack, spaces, group, LARGEST_INPUT), group);
            await stack.untilEnded(1, 1);
            const arn = (queue: string): string =>
                (
                    stack.world.call(
                        "sqs",
                        "GetQueueAttributes",
                        { QueueUrl: stack.output(queue), AttributeNames: ["QueueArn"] },
                        user,
                    ) as { Attributes: { QueueArn: string } }
                ).Attributes.QueueArn;
            stack.world.call(
                "sqs",
                "StartMessageMoveTask",
                { SourceArn: arn("deadLetterQueueUrl"), DestinationArn: arn("queueUrl") },
                user,
            );
            await stack.untilEnded(2, 1);
            assert.equal(new Set(stack.runs.map(messageOf)).size, 2);
        });
    });
});
