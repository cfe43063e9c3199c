/**
 * Hostile messages through the whole stack. Each ends as one run with the arguments that were asked for, or in the
 * dead-letter queue with a reason; nothing that a sender chooses reaches a name, a row or a position but as documented in
 * docs/security.md.
 */
import assert from "node:assert/strict";
import { create } from "../../functions/starter.ts";
import { LambdaService, Random, Topic } from "../../embedded-aws/index.ts";
import type { Call } from "../../embedded-aws/index.ts";
import { CONTEXT, FakeAws } from "../functions/fake-aws.ts";
import { HostileBodies } from "../functions/hostile-bodies.ts";
import type { Hostile } from "../functions/hostile-bodies.ts";
import { protocolWrite } from "../slots/protocol-writes.ts";
import { record } from "./bad-days/bad-day.ts";
import { DAY, messageOfRun, MINUTE, recorded, SECOND, TestStack, withStack } from "./test-stack.ts";

/** How many hostile messages are sent. Ten thousand: `HOSTILE_MESSAGES=10000 npm test -- test/stack/hostile-messages.test.ts`. */
const COUNT = Number(process.env["HOSTILE_MESSAGES"] ?? 1000);

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

/** Chooses everything that a sender can choose, with bad intentions. */
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
            "__proto__",
            "constructor",
            "arn:aws:states:::x",
            "$(id)",
            uuid,
            `g-${uuid}`,
            "x".repeat(128),
            "!".repeat(128),
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

    private note(call: Call): void {
        const { operation, input, caller } = call;
        if (caller.principal === "user") return;
        const {
            name,
            input: started,
            Item,
        } = input as { name?: string; input?: string; Item?: { entry: { S: string } } };
        if (operation === "StartExecution") {
            this.names.push(name ?? "");
            const { message } = JSON.parse(started ?? "") as { message: { id: string; attributes: unknown } };
            this.attributes.set(message.id, message.attributes);
        }
        if (operation === "PutItem") this.items.push(Item?.entry.S ?? "");
        const { execution = "", position } = protocolWrite(call) ?? {};
        if (position?.startsWith("wait#") !== true) return;
        const id = execution.slice(-36);
        this.positions.set(id, (this.positions.get(id) ?? new Set()).add(position));
    }
}

/** How many messages are in the work queue, visible or not. */
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

    it(`run exactly once if they can run at all, of ${COUNT.toLocaleString("en")}`, () => {
        const asked = sent.filter(({ work }) => work);
        assert.ok(asked.length > COUNT / 3);
        assert.deepEqual(stack.runs.map(messageOfRun).sort(), asked.map(({ id }) => id).sort());
        assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
    });

    it("run with the arguments that they ask for and Turnstile's own two", () => {
        const byId = new Map(sent.map((message) => [message.id, message]));
        for (const run of stack.runs) {
            const id = messageOfRun(run);
            const { "--turnstile-holder": holder, "--turnstile-pool": pool, ...rest } = run.arguments;
            assert.deepEqual(rest, byId.get(id)?.work?.arguments);
            assert.equal(pool, "jobs");
            assert.equal(holder, `${id}/1/0`);
        }
    });

    it("are in the dead-letter queue, once each, if they cannot run", () => {
        const refused = sent.filter(({ work }) => !work);
        assert.ok(refused.length > COUNT / 4);
        const ids = letters.map(({ MessageAttributes }) => MessageAttributes["messageId"]?.StringValue);
        assert.deepEqual(ids.sort(), refused.map(({ id }) => id).sort());
    });

    it("keep their body in the dead-letter queue", () => {
        const bodies = new Map(sent.map(({ id, body }) => [id, body]));
        for (const { Body, MessageAttributes } of letters)
            assert.equal(Body, bodies.get(MessageAttributes["messageId"]?.StringValue ?? ""));
    });

    it("have a reason in the dead-letter queue", () => {
        for (const { MessageAttributes } of letters)
            assert.match(MessageAttributes["cause"]?.StringValue ?? "", /^MessageRefused: The .{20,}\.$/);
    });

    it("keep three of their sender's attributes in the dead-letter queue, none of them with a name of Turnstile's", () => {
        const byId = new Map(sent.map((message) => [message.id, message]));
        for (const { MessageAttributes } of letters) {
            const { cause: _, messageId, pool, ...others } = MessageAttributes;
            assert.equal(pool?.StringValue, "jobs");
            assert.deepEqual(others, kept(byId.get(messageId?.StringValue ?? "")?.attributes ?? {}));
        }
    });

    it("hand three of their sender's attributes to the execution, none of them with a name of Turnstile's", () => {
        const asked = sent.filter(({ work }) => work);
        assert.ok(asked.some(({ attributes }) => Object.keys(attributes).length > 6));
        for (const { id, attributes } of asked) assert.deepEqual(diary.attributes.get(id), kept(attributes));
    });

    it("leave no message in the work queue", () => {
        assert.equal(left(stack), 0);
    });

    it("leave no slot taken", () => {
        assert.deepEqual(stack.gate()?.holders, {});
    });

    it("leave no row open", () => {
        assert.equal(stack.openRows(), 0);
    });

    it("let no function fail, nor log an error", () => {
        assert.equal(stack.world.counters.get("lambda.errors") ?? 0, 0);
        assert.deepEqual(diary.loggedErrors, []);
    });

    it("have executions named after the id that SQS gave them, each its own", () => {
        const asked = sent.filter(({ work }) => work);
        assert.equal(new Set(diary.names).size, asked.length);
        assert.equal(diary.names.length, asked.length);
        for (const name of diary.names) assert.match(name, /^[A-Za-z0-9_-]{1,80}$/);
        const ids = new Set(asked.map(({ id }) => id));
        assert.ok(diary.names.every((name) => ids.has(name.slice(-36))));
    });

    it("have rows named after the id that SQS gave them, and no other item", () => {
        // A refused one is marked, and closed after its letter was sent.
        const rows = sent.flatMap(({ id, work }) => Array<string>(work ? 1 : 2).fill(`job#${id}`));
        assert.deepEqual(diary.items.sort(), rows.sort());
    });

    it("choose nothing of their position in line but a priority from 0 to 9", () => {
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
    it("cannot make the workflow believe in another end, run or reason by what its arguments say", async () => {
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
            await stack.untilEnded(1, DAY);
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
        it(`keeps its arguments out of the notification when the run ends ${state} without a message`, async () => {
            const job = () => ({ millis, end: { state: "FAILED" } as const });
            await withStack({ config: CONFIG, job }, async (stack) => {
                await stack.pass(90 * SECOND);
                stack.send({ arguments: { "--password": "hunter2" } });
                await stack.untilEnded(1, DAY);
                const topic = stack.world.find(stack.output("failureTopicArn"));
                assert.ok(topic instanceof Topic);
                const [notification, ...others] = topic.published.map(({ Message }) => Message);
                assert.deepEqual(others, []);
                assert.match(
                    notification ?? "",
                    new RegExp(`"cause":"the Glue run ended without a message: ${state}"`),
                );
                assert.doesNotMatch(notification ?? "", /hunter2|password/);
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

/** How many bytes of input the starter gives the execution of a message. */
async function inputOf(stack: TestStack, body: string, group: string): Promise<number> {
    const aws = new FakeAws({ PutItem: () => ({}), StartExecution: () => ({}), SendMessage: () => ({}) });
    const env = {
        TABLE_NAME: "slots",
        POOL: "jobs",
        QUEUE_URL: "q",
        JOB_NAME: "j",
        DEAD_LETTER_QUEUE_URL: "d",
        STATE_MACHINE_ARN: stack.output("stateMachineArn"),
    };
    const attributes = {
        MessageGroupId: group,
        SequenceNumber: "0".repeat(20),
        ApproximateReceiveCount: "1",
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
        describe(`filled with ${what}`, () => {
            let stack: TestStack;
            let body: string;
            let more: string;

            before(async () => {
                stack = await TestStack.open({ programs: [await recorded(CONFIG)] });
                await stack.pass(90 * SECOND);
                body = await bodyFor(stack, filling, group, LARGEST_INPUT);
                stack.send(body, group);
                more = stack.send(`${body} `, group);
                await stack.untilEnded(1, DAY);
            });

            after(() => stack.close());

            it("runs to its end", () => {
                assert.deepEqual(
                    stack.ended.map(({ status }) => status),
                    ["SUCCEEDED"],
                );
            });

            it("is refused when it has one byte more", () => {
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
                await stack.untilEnded(1, DAY);
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
            await stack.untilEnded(1, DAY);
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
            await stack.untilEnded(2, DAY);
            assert.equal(new Set(stack.runs.map(messageOfRun)).size, 2);
        });
    });
});
