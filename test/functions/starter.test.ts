import assert from "node:assert/strict";
import { METRIC } from "../../functions/lib/metrics.ts";
import { create } from "../../functions/starter.ts";
import { hashOf } from "../../functions/starter/received.ts";
import { awsError, CONTEXT, FakeAws } from "./fake-aws.ts";
import type { Answer } from "./fake-aws.ts";

const ENV = {
    TABLE_NAME: "slots",
    POOL: "etl",
    QUEUE_URL: "https://work.fifo",
    JOB_NAME: "aggregate",
    STATE_MACHINE_ARN: "arn:aws:states:eu-west-1:123456789012:stateMachine:etl",
    DEAD_LETTER_QUEUE_URL: "https://dead.fifo",
};

interface PutInput {
    Item: Record<string, { S?: string; N?: string }>;
}

type Attribute = { dataType: string; stringValue?: string; binaryValue?: string };

interface Message {
    id: string;
    group?: string;
    body?: string;
    /** How often it was delivered. */
    deliveries?: number;
    /** Message attributes, as Lambda hands them over. */
    sent?: Readonly<Record<string, Attribute>>;
}

function records(messages: readonly Message[]): object {
    return {
        Records: messages.map(({ id, group, body, deliveries, sent }, i) => ({
            messageId: id,
            receiptHandle: `handle-${id}`,
            body: body ?? '{"arguments":{"--day":"1"}}',
            messageAttributes: sent ?? {},
            attributes: {
                MessageGroupId: group ?? "g",
                ApproximateReceiveCount: String(deliveries ?? 1),
                SentTimestamp: String(Date.parse("2026-03-01T11:00:00Z")),
                SequenceNumber: String(i).padStart(20, "0"),
            },
        })),
    };
}

async function start(
    aws: FakeAws,
    messages: readonly Message[],
    env: Readonly<Record<string, string>> = {},
): Promise<string[]> {
    const answer = await create(aws.platform({ ...ENV, ...env }))(records(messages), CONTEXT);
    const { batchItemFailures } = answer as { batchItemFailures: { itemIdentifier: string }[] };
    return batchItemFailures.map((failure) => failure.itemIdentifier);
}

function working(more: Record<string, Answer> = {}): FakeAws {
    return new FakeAws({
        PutItem: () => ({}),
        StartExecution: () => ({}),
        SendMessage: () => ({}),
        ChangeMessageVisibilityBatch: () => ({}),
        ...more,
    });
}

/** Throws for the calls whose input mentions one of the messages. */
function failingFor(ids: readonly string[], error: string): Answer {
    return (input: unknown) => {
        if (ids.some((id) => JSON.stringify(input).includes(id))) throw awsError(error);
        return {};
    };
}

/** The sizes that it reported, in GB. */
function sizes({ metrics }: FakeAws): number[] {
    return metrics.filter(({ name }) => name === METRIC.itemCollectionSize).map(({ value }) => value);
}

describe("The starter", () => {
    it("opens a message's row, under the message's id, before it starts its execution", async () => {
        const aws = working();
        assert.deepEqual(await start(aws, [{ id: "m-1", group: "seattle" }]), []);
        assert.deepEqual(
            aws.calls.map((call) => call.command),
            ["PutItem", "StartExecution"],
        );
        const { Item, ConditionExpression } = aws.inputs("PutItem")[0] as {
            Item: Record<string, { S?: string }>;
            ConditionExpression: string;
        };
        assert.equal(Item["poolName"]?.S, "etl");
        assert.equal(Item["entry"]?.S, "job#m-1");
        assert.equal(Item["linePosition"]?.S, "open#2026-03-01T12:00:00.000Z#m-1");
        assert.equal(Item["execution"]?.S, "arn:aws:states:eu-west-1:123456789012:execution:etl:seattle-m-1");
        assert.equal(ConditionExpression, "attribute_not_exists(poolName)");
        const started = aws.inputs("StartExecution")[0] as { name: string; input: string };
        assert.equal(started.name, "seattle-m-1");
        assert.deepEqual(JSON.parse(started.input), {
            format: 1,
            pool: "etl",
            message: {
                id: "m-1",
                group: "seattle",
                body: '{"arguments":{"--day":"1"}}',
                sentAt: "2026-03-01T11:00:00.000Z",
                sequence: "00000000000000000000",
                attributes: {},
                arguments: { "--day": "1" },
                priority: 5,
            },
        });
    });

    it("takes a message although its record names neither group nor sequence", async () => {
        const aws = working();
        const { Records } = records([{ id: "m-1" }]) as { Records: { attributes: object }[] };
        const [record] = Records;
        const attributes = { ApproximateReceiveCount: "1", SentTimestamp: "0" };
        await create(aws.platform(ENV))({ Records: [{ ...record, attributes }] }, CONTEXT);
        const { input } = aws.inputs("StartExecution")[0] as { input: string };
        const { message } = JSON.parse(input) as { message: { group: string; sequence: string } };
        assert.deepEqual([message.group, message.sequence], ["", ""]);
    });

    it("takes a row that DynamoDB does not show for that of another message, and refuses this one", async () => {
        const PutItem = (): never => {
            throw awsError("ConditionalCheckFailedException");
        };
        const aws = working({ PutItem });
        assert.deepEqual(await start(aws, [{ id: "m-1" }]), []);
        assert.deepEqual([aws.inputs("StartExecution").length, aws.inputs("SendMessage").length], [0, 1]);
    });

    it("makes a safe execution name of 80 characters at most from any group", async () => {
        const aws = working();
        const id = "0f8fad5b-d9cb-469f-a165-70867728950e";
        await start(aws, [{ id, group: "Kunde: Müller/Söhne #1 *?<>" + "x".repeat(100) }]);
        const { name } = aws.inputs("StartExecution")[0] as { name: string };
        assert.match(name, /^[A-Za-z0-9_-]{1,80}$/);
        assert.ok(name.endsWith(id));
    });

    it("sends back the first failed message of a group with all that follow it in the group, and no other", async () => {
        const aws = working({ StartExecution: failingFor(["m-2"], "ServiceUnavailable") });
        const failed = await start(aws, [
            { id: "m-1", group: "a" },
            { id: "m-2", group: "a" },
            { id: "m-3", group: "b" },
            { id: "m-4", group: "a" },
        ]);
        assert.deepEqual(failed, ["m-2", "m-4"]);
        assert.deepEqual(
            aws.inputs("StartExecution").map((input) => input["name"]),
            ["a-m-1", "a-m-2", "b-m-3"],
        );
    });

    it("brings back what failed after seconds, and after twice as long with each delivery, four minutes at most", async () => {
        const aws = working({ PutItem: failingFor(["m-"], "ThrottlingException") });
        const messages = [1, 2, 5, 50].map((deliveries) => ({
            id: `m-${deliveries}`,
            group: `g${deliveries}`,
            deliveries,
        }));
        await start(aws, messages);
        const [{ QueueUrl, Entries }] = aws.inputs("ChangeMessageVisibilityBatch") as unknown as [
            { QueueUrl: string; Entries: { ReceiptHandle: string; VisibilityTimeout: number }[] },
        ];
        assert.equal(QueueUrl, "https://work.fifo");
        assert.deepEqual(
            Entries.map(({ ReceiptHandle, VisibilityTimeout }) => [ReceiptHandle, VisibilityTimeout]),
            [
                ["handle-m-1", 5],
                ["handle-m-2", 10],
                ["handle-m-5", 80],
                ["handle-m-50", 240],
            ],
        );
    });

    it("still reports what failed when it cannot bring it back sooner", async () => {
        const refuse = (): never => {
            throw awsError("ServiceUnavailable");
        };
        const aws = working({ PutItem: refuse, ChangeMessageVisibilityBatch: refuse });
        assert.deepEqual(await start(aws, [{ id: "m-1" }]), ["m-1"]);
    });

    it("counts an execution that was started before as started", async () => {
        const aws = working({ StartExecution: failingFor(["m-1"], "ExecutionAlreadyExists") });
        assert.deepEqual(await start(aws, [{ id: "m-1" }]), []);
    });

    it("starts an execution whose row it had opened before it died", async () => {
        const aws = working();
        await start(aws, [{ id: "m-1" }]);
        const { Item } = aws.inputs("PutItem")[0] as { Item: unknown };
        const again = working({ PutItem: refusing(Item) });
        assert.deepEqual(await start(again, [{ id: "m-1" }]), []);
        assert.deepEqual(again.inputs("StartExecution"), aws.inputs("StartExecution"));
    });

    it("starts nothing for a message whose execution has joined the line, though another state machine serves the pool now", async () => {
        const aws = working();
        await start(aws, [{ id: "m-1" }]);
        const { Item } = aws.inputs("PutItem")[0] as { Item: Record<string, { S: string }> };
        const execution = { S: String(Item["execution"]?.S).replace(/execution:[^:]+/, "execution:former") };
        const joined = { S: "2026-03-01T11:30:00Z" };
        const again = working({ PutItem: refusing({ ...Item, execution, joined }) });
        assert.deepEqual(await start(again, [{ id: "m-1" }]), []);
        assert.deepEqual(again.inputs("StartExecution"), []);
    });

    it("starts nothing for a message that has ended already", async () => {
        const aws = working();
        await start(aws, [{ id: "m-1" }]);
        const { Item } = aws.inputs("PutItem")[0] as { Item: object };
        const again = working({ PutItem: refusing({ ...Item, ended: { S: "2026-03-01T11:30:00Z" } }) });
        assert.deepEqual(await start(again, [{ id: "m-1" }]), []);
        assert.deepEqual(again.inputs("StartExecution"), []);
    });

    it("reports a message that comes again with another body, instead of swallowing it", async () => {
        const aws = working({ PutItem: refusing({ bodyHash: { S: "other" } }) });
        assert.deepEqual(await start(aws, [{ id: "m-1" }]), []);
        assert.deepEqual(aws.inputs("StartExecution"), []);
        assert.match(causeOf(aws), /same id but another body was accepted before\. Send this one again/);
    });

    for (const [what, body, cause] of [
        ["is not JSON", "{", /The body is not JSON \(/],
        ["is not an object", "[]", /The body must be a JSON object, but it is \[\]/],
        [
            "has an argument that is not text",
            '{"arguments":{"--n":1}}',
            /body's arguments.--n must be text, but it is 1/,
        ],
        [
            "has a reserved argument",
            '{"arguments":{"--turnstile-holder":"x"}}',
            /"--turnstile-holder" cannot be used/,
        ],
        [
            "has an argument without dashes",
            '{"arguments":{"day":"1"}}',
            /"day" cannot be used: names begin with --/,
        ],
        [
            "has a priority out of range",
            '{"priority":10}',
            /body's priority must be a whole number from 0 to 9, but it is 10/,
        ],
        ["has an unknown member", '{"argument":{}}', /unknown member "argument"/],
        ["has a name twice", '{"priority":1,"priority":2}', /"priority" comes twice in the body/],
        [
            "is larger than an execution can carry",
            JSON.stringify({ arguments: { "--x": "y".repeat(130_000) } }),
            /260\d+ bytes/,
        ],
    ] as const) {
        it(`sends a message to the dead-letter queue at once, with the reason, that ${what}; its group goes on`, async () => {
            const aws = working();
            assert.deepEqual(await start(aws, [{ id: "m-1", body }, { id: "m-2" }]), []);
            assert.match(causeOf(aws), cause);
            const sent = aws.inputs("SendMessage")[0] as Record<string, unknown>;
            assert.equal(sent["MessageBody"], body);
            assert.equal(sent["MessageDeduplicationId"], "m-1");
            assert.equal(sent["MessageGroupId"], "g");
            assert.deepEqual(
                aws.inputs("StartExecution").map((input) => input["name"]),
                ["g-m-2"],
            );
        });
    }

    describe("that refuses a message", () => {
        const bad = { id: "m-1", body: "{" };
        const mark = {
            messageId: { S: "m-1" },
            opened: { S: "2026-03-01T11:00:00.000Z" },
            bodyHash: { S: hashOf(bad.body) },
        };
        const ended = { ...mark, ended: { S: "2026-03-01T11:00:00.000Z" } };

        it("marks it before its letter is sent, and records that after", async () => {
            const aws = working();
            await start(aws, [bad]);
            assert.deepEqual(
                aws.calls.map((call) => call.command),
                ["PutItem", "SendMessage", "PutItem"],
            );
            const [before, after] = aws.inputs("PutItem") as unknown as [PutInput, PutInput];
            assert.equal(before.Item["entry"]?.S, "job#m-1");
            assert.equal(before.Item["ended"], undefined);
            assert.equal(before.Item["linePosition"], undefined);
            assert.equal(after.Item["entry"]?.S, "job#m-1");
            assert.equal(after.Item["outcome"]?.S, "deadLettered");
            assert.equal(after.Item["ended"]?.S, "2026-03-01T12:00:00.000Z");
            assert.equal(after.Item["expires"]?.N, String(Date.parse("2026-03-22T12:00:00Z") / 1000));
            assert.equal(after.Item["linePosition"]?.S, "end#2026-03-01T12:00:00.000Z#m-1");
        });

        it("does not bring it back when its end cannot be recorded", async () => {
            let puts = 0;
            const aws = working({
                PutItem: () => {
                    if (puts++ > 0) throw awsError("ThrottlingException");
                    return {};
                },
            });
            assert.deepEqual(await start(aws, [bad]), []);
            assert.match(JSON.stringify(aws.logged), /the refusal was not recorded/);
        });

        it("brings it back when it cannot see whether the message has a row", async () => {
            const aws = working({ PutItem: failingFor(["m-1"], "ThrottlingException") });
            assert.deepEqual(await start(aws, [bad]), ["m-1"]);
            assert.equal(aws.inputs("SendMessage").length, 0);
        });

        it("sends no second letter when it has ended", async () => {
            const aws = working({ PutItem: refusing(ended) });
            assert.deepEqual(await start(aws, [bad]), []);
            assert.equal(aws.inputs("SendMessage").length, 0);
        });

        it("sends its letter at a later delivery when only its mark is there", async () => {
            const aws = working({ PutItem: refusingFirst(mark) });
            assert.deepEqual(await start(aws, [bad]), []);
            assert.deepEqual(
                aws.calls.map((call) => call.command),
                ["PutItem", "SendMessage", "PutItem"],
            );
        });

        it("sends its letter with its own reason when its id has the row of another body", async () => {
            const aws = working({ PutItem: refusing({ bodyHash: { S: "other" } }) });
            assert.deepEqual(await start(aws, [bad]), []);
            assert.match(causeOf(aws), /The body is not JSON/);
            assert.equal(aws.inputs("PutItem").length, 1);
        });

        it("leaves the row of a message alone that is in the line", async () => {
            const aws = working();
            await start(aws, [bad]);
            for (const { ConditionExpression } of aws.inputs("PutItem"))
                assert.match(String(ConditionExpression), /^attribute_not_exists\((poolName|linePosition)\)/);
        });
    });

    describe("after a deployment changed the rules", () => {
        const message = { id: "m-1", body: '{"arguments":{"--day":"1"},"priority":2}' };
        const stricter = { ARGUMENT_NAMES: '["--date"]' };

        /** The row that the first delivery of the message has written, and its start. */
        async function accepted(): Promise<{ row: PutInput["Item"]; started: unknown }> {
            const aws = working();
            await start(aws, [message]);
            const [{ Item }] = aws.inputs("PutItem") as unknown as [PutInput];
            return { row: Item, started: aws.inputs("StartExecution")[0] };
        }

        it("sends no letter of a message that was accepted before", async () => {
            const { row } = await accepted();
            const StartExecution = failingFor(["m-1"], "ExecutionAlreadyExists");
            const aws = working({ PutItem: refusing(row), StartExecution });
            assert.deepEqual(await start(aws, [message], stricter), []);
            assert.deepEqual(aws.inputs("SendMessage"), []);
        });

        it("starts a message as it was accepted whose execution was not started before", async () => {
            const { row, started } = await accepted();
            const aws = working({ PutItem: refusing(row) });
            assert.deepEqual(await start(aws, [message], stricter), []);
            assert.deepEqual(aws.inputs("StartExecution"), [started]);
        });

        it("starts it under the name in its row", async () => {
            const { row } = await accepted();
            const execution = `${String(row["execution"]?.S).replace(/[^:]+$/, "")}another-name`;
            const aws = working({ PutItem: refusing({ ...row, execution: { S: execution } }) });
            await start(aws, [message]);
            assert.deepEqual(
                aws.inputs("StartExecution").map((input) => input["name"]),
                ["another-name"],
            );
        });

        it("drops a message that has ended", async () => {
            const { row } = await accepted();
            const aws = working({ PutItem: refusing({ ...row, ended: { S: "2026-03-01T11:30:00Z" } }) });
            assert.deepEqual(await start(aws, [message], stricter), []);
            assert.deepEqual([aws.inputs("StartExecution"), aws.inputs("SendMessage")], [[], []]);
        });

        it("starts nothing for a message that was refused before, and sends its letter", async () => {
            const strict = working();
            await start(strict, [message], stricter);
            const [{ Item: mark }] = strict.inputs("PutItem") as unknown as [PutInput];
            const aws = working({ PutItem: refusingFirst(mark) });
            assert.deepEqual(await start(aws, [message]), []);
            assert.deepEqual(aws.inputs("StartExecution"), []);
            assert.match(causeOf(aws), /An earlier delivery of the message was refused/);
            const [, closed] = aws.inputs("PutItem") as unknown as [PutInput, PutInput];
            assert.equal(closed.Item["outcome"]?.S, "deadLettered");
        });

        it("brings a message back whose row is open although no release accepts its body", async () => {
            const { row } = await accepted();
            const bad = { id: "m-1", body: "{" };
            const aws = working({ PutItem: refusing({ ...row, bodyHash: { S: hashOf(bad.body) } }) });
            assert.deepEqual(await start(aws, [bad]), ["m-1"]);
            assert.deepEqual([aws.inputs("StartExecution"), aws.inputs("SendMessage")], [[], []]);
        });
    });

    it("sends a message back that it could not refuse", async () => {
        const aws = working({ SendMessage: failingFor(["m-1"], "ServiceUnavailable") });
        assert.deepEqual(await start(aws, [{ id: "m-1", body: "{" }]), ["m-1"]);
    });

    it("logs no message's body", async () => {
        const aws = working({ StartExecution: failingFor(["m-2"], "ServiceUnavailable") });
        const body = '{"arguments":{"--secret":"hunter2"}}';
        await start(aws, [
            { id: "m-1", body },
            { id: "m-2", body },
        ]);
        assert.ok(aws.logged.length >= 2);
        assert.doesNotMatch(JSON.stringify(aws.logged), /hunter2/);
    });

    it("logs of a message that it refuses which rule it broke, and no word of its body", async () => {
        const bodies = [
            "hunter2",
            '{"hunter2":1}',
            '{"arguments":{"--x":"--hunter2"}}',
            '{"arguments":{"--extra-py-files":"hunter2","--hunter2":""}}',
            JSON.stringify({ arguments: { "--x": "hunter2".repeat(30_000) } }),
        ];
        const aws = working();
        await start(
            aws,
            bodies.map((body, i) => ({ id: `m-${i}`, body })),
        );
        assert.doesNotMatch(JSON.stringify(aws.logged), /hunter2/);
        assert.deepEqual(
            aws.logged.map(({ fields }) => fields["rule"]),
            ["JSON", "schema", "schema", "reserved argument", "size"],
        );
    });

    it("refuses arguments that its deployment does not allow", async () => {
        const bodies = ['{"arguments":{"--day":"1"}}', '{"arguments":{"--dy":"1"}}'];
        const aws = working();
        const messages = bodies.map((body, i) => ({ id: `m-${i}`, body }));
        assert.deepEqual(await start(aws, messages, { ARGUMENT_NAMES: '["--day","--x"]' }), []);
        assert.match(causeOf(aws), /"--dy" cannot be used: this queue takes only --day and --x\./);
        assert.deepEqual(
            aws.inputs("StartExecution").map((input) => input["name"]),
            ["g-m-0"],
        );
        assert.deepEqual(
            aws.logged.filter(({ level }) => level === "warn").map(({ fields }) => fields["rule"]),
            ["argument name"],
        );
        for (const list of ["[]", ""]) {
            const any = working();
            await start(any, messages, { ARGUMENT_NAMES: list });
            assert.equal(any.inputs("StartExecution").length, 2);
        }
    });

    it("does not start with a list of allowed arguments that it cannot read", () => {
        for (const list of ["--day", '"--day"', "[1]", '["--day",'])
            assert.throws(
                () => create(working().platform({ ...ENV, ARGUMENT_NAMES: list })),
                /ARGUMENT_NAMES must be a JSON list of names, such as \["--day"\], but it is /,
            );
    });

    it("reports the lower bound of the size of its pool's items, for each row that it opens", async () => {
        const ItemCollectionMetrics = { SizeEstimateRangeGB: [3, 4] };
        const aws = working({ PutItem: () => ({ ItemCollectionMetrics }) });
        await start(aws, [{ id: "m-0" }]);
        assert.deepEqual(sizes(aws), [3]);
    });

    it("reports a full table when its row does not fit", async () => {
        const aws = working({ PutItem: failingFor(["m-"], "ItemCollectionSizeLimitExceededException") });
        assert.deepEqual(await start(aws, [{ id: "m-0" }]), ["m-0"]);
        assert.deepEqual(sizes(aws), [10]);
    });

    it("names the variable that its deployment left out", () => {
        const { POOL: _, ...env } = ENV;
        assert.throws(() => create(working().platform(env)), /environment variable POOL is not set/);
    });
});

const text = (stringValue: string, dataType = "String"): Attribute => ({ dataType, stringValue });

function inputAttributes(aws: FakeAws): unknown {
    const [{ input }] = aws.inputs("StartExecution") as unknown as [{ input: string }];
    return (JSON.parse(input) as { message: { attributes: unknown } }).message.attributes;
}

function letterAttributes(aws: FakeAws): Record<string, { DataType: string; StringValue: string }> {
    const [{ MessageAttributes }] = aws.inputs("SendMessage") as unknown as [
        { MessageAttributes: Record<string, { DataType: string; StringValue: string }> },
    ];
    return MessageAttributes;
}

function dropped(aws: FakeAws): unknown {
    return aws.logged.map(({ fields }) => fields["droppedAttributes"]);
}

describe("The sender's message attributes", () => {
    const tenant = text("acme");
    const kept = { tenant: { DataType: "String", StringValue: "acme" } };

    it("are in the execution's input, as SendMessage takes them", async () => {
        const aws = working();
        await start(aws, [{ id: "m-1", sent: { tenant, size: text("7", "Number.bytes") } }]);
        assert.deepEqual(inputAttributes(aws), {
            size: { DataType: "Number.bytes", StringValue: "7" },
            ...kept,
        });
        assert.deepEqual(dropped(aws), [undefined]);
    });

    it("are on the dead letter of a message that is refused, beside Turnstile's own", async () => {
        const aws = working();
        await start(aws, [{ id: "m-1", body: "{", sent: { tenant } }]);
        const { cause, ...others } = letterAttributes(aws);
        assert.match(cause?.StringValue ?? "", /^MessageRefused: /);
        assert.deepEqual(others, {
            messageId: { DataType: "String", StringValue: "m-1" },
            pool: { DataType: "String", StringValue: "etl" },
            ...kept,
        });
    });

    for (const body of ["{}", "{"]) {
        it(`are three, the first by name, because Turnstile has seven of the ten; the log names the others (body ${body})`, async () => {
            const aws = working();
            const sent = Object.fromEntries(["d", "B", "a", "c", "e"].map((name) => [name, text(name)]));
            await start(aws, [{ id: "m-1", body, sent }]);
            const there = body === "{" ? letterAttributes(aws) : (inputAttributes(aws) as object);
            assert.deepEqual(
                Object.keys(there).filter((name) => name.length === 1),
                ["B", "a", "c"],
            );
            assert.deepEqual(dropped(aws), [["d", "e"]]);
        });
    }

    it("do not replace Turnstile's own, nor stand where it has none", async () => {
        const sent = Object.fromEntries(
            ["cause", "attempts", "pool", "messageId", "execution", "run", "console"].map((name) => [
                name,
                text("spoof"),
            ]),
        );
        const aws = working();
        await start(aws, [
            { id: "m-1", body: "{", sent },
            { id: "m-2", sent: { ...sent, tenant } },
        ]);
        assert.deepEqual(Object.keys(letterAttributes(aws)).sort(), ["cause", "messageId", "pool"]);
        assert.doesNotMatch(JSON.stringify(letterAttributes(aws)), /spoof/);
        assert.deepEqual(inputAttributes(aws), kept);
        assert.deepEqual(dropped(aws), [Object.keys(sent).sort(), Object.keys(sent).sort()]);
    });

    it("are texts and numbers, of 4096 bytes in all; binary and larger ones are dropped whole, and others stay", async () => {
        const aws = working();
        const sent = {
            binary: { dataType: "Binary", binaryValue: "AAAA" },
            large: text("é".repeat(2045)),
            small: text("x".repeat(2000)),
            tenant,
            vast: text("é".repeat(2000)),
        };
        await start(aws, [{ id: "m-1", sent }]);
        assert.deepEqual(Object.keys(inputAttributes(aws) as object), ["small", "tenant"]);
        assert.deepEqual(dropped(aws), [["binary", "large", "vast"]]);
        const most = working();
        await start(most, [{ id: "m-1", sent: { n: text("x".repeat(4096 - 1 - 6)) } }]);
        assert.deepEqual(Object.keys(inputAttributes(most) as object), ["n"]);
    });

    it("make the same input each time, in whichever order they come, and none with a name like __proto__ is lost", async () => {
        const sent = [
            ["b", text("1")],
            ["__proto__", text("2")],
            ["constructor", text("3")],
        ] as const;
        const inputs = new Set<unknown>();
        for (const order of [sent, [...sent].reverse()]) {
            const aws = working();
            await start(aws, [{ id: "m-1", sent: Object.fromEntries(order) }]);
            inputs.add(aws.inputs("StartExecution")[0]?.["input"]);
            assert.deepEqual(Object.keys(inputAttributes(aws) as object), ["__proto__", "b", "constructor"]);
        }
        assert.equal(inputs.size, 1);
    });

    it("are not in the log but by name", async () => {
        const aws = working();
        const sent = Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, text("hunter2")]));
        await start(aws, [
            { id: "m-1", sent },
            { id: "m-2", body: "{", sent },
        ]);
        assert.doesNotMatch(JSON.stringify(aws.logged), /hunter2/);
    });
});

function refusing(Item: unknown): Answer {
    return () => {
        throw awsError("ConditionalCheckFailedException", { Item });
    };
}

/** Refuses the first write, and makes those that follow. */
function refusingFirst(Item: unknown): Answer {
    let isFirst = true;
    return () => {
        if (!isFirst) return {};
        isFirst = false;
        throw awsError("ConditionalCheckFailedException", { Item });
    };
}

function causeOf(aws: FakeAws): string {
    const sent = aws.inputs("SendMessage")[0] as { MessageAttributes: { cause: { StringValue: string } } };
    return sent.MessageAttributes.cause.StringValue;
}
