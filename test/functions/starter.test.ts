import assert from "node:assert/strict";
import { create } from "../../functions/starter.ts";
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

interface Message {
    id: string;
    group?: string;
    body?: string;
    /** How often it was delivered. */
    deliveries?: number;
}

function records(messages: readonly Message[]): object {
    return {
        Records: messages.map(({ id, group, body, deliveries }, i) => ({
            messageId: id,
            receiptHandle: `handle-${id}`,
            body: body ?? '{"arguments":{"--day":"1"}}',
            attributes: {
                MessageGroupId: group ?? "g",
                ApproximateReceiveCount: String(deliveries ?? 1),
                SentTimestamp: String(Date.parse("2026-03-01T11:00:00Z")),
                SequenceNumber: String(i).padStart(20, "0"),
            },
        })),
    };
}

async function start(aws: FakeAws, messages: readonly Message[]): Promise<string[]> {
    const answer = await create(aws.platform(ENV))(records(messages), CONTEXT);
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

describe("The starter", () => {
    it("opens a message's row before it starts its execution, under the same name", async () => {
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
        assert.equal(Item["entry"]?.S, "job#seattle-m-1");
        assert.equal(Item["linePosition"]?.S, "open#2026-03-01T12:00:00.000Z#seattle-m-1");
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
                arguments: { "--day": "1" },
                priority: 5,
            },
        });
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
        assert.match(causeOf(aws), /same id but another body/);
    });

    for (const [what, body, cause] of [
        ["is not JSON", "{", /The body is not JSON \(/],
        ["is not an object", "[]", /The body must be object, but it is \[\]/],
        [
            "has an argument that is not text",
            '{"arguments":{"--n":1}}',
            /body's arguments.--n must be string, but it is 1/,
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
        ["has a priority out of range", '{"priority":10}', /body's priority must be <= 9, but it is 10/],
        ["has an unknown member", '{"argument":{}}', /unknown member "argument"/],
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

    it("names the variable that its deployment left out", () => {
        const { POOL: _, ...env } = ENV;
        assert.throws(() => create(working().platform(env)), /environment variable POOL is not set/);
    });
});

function refusing(Item: unknown): Answer {
    return () => {
        throw awsError("ConditionalCheckFailedException", { Item });
    };
}

function causeOf(aws: FakeAws): string {
    const sent = aws.inputs("SendMessage")[0] as { MessageAttributes: { cause: { StringValue: string } } };
    return sent.MessageAttributes.cause.StringValue;
}
