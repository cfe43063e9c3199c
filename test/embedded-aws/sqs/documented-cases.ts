/** What the SQS Developer Guide and its API Reference say of queues and their messages. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { day } from "./documented-run.ts";
import type { QueueCase, Stage, Step } from "./documented-run.ts";

const SEND = "SQS API Reference: SendMessage";
const BATCH = "SQS API Reference: SendMessageBatch";
const RECEIVE = "SQS API Reference: ReceiveMessage";
const CHANGE = "SQS API Reference: ChangeMessageVisibility";
const DELETE = "SQS API Reference: DeleteMessage";
const PURGE = "SQS API Reference: PurgeQueue";
const SET = "SQS API Reference: SetQueueAttributes";
const CREATE = "SQS API Reference: CreateQueue";
const MOVE = "SQS API Reference: StartMessageMoveTask";
const QUOTAS = "SQS Developer Guide: Amazon SQS message quotas";
const TERMS = "SQS Developer Guide: Amazon SQS FIFO queue key terms";
const GROUPS = "SQS Developer Guide: Interleaving multiple ordered message groups";
const DELAY = "SQS Developer Guide: Amazon SQS delay queues";
const TIMERS = "SQS Developer Guide: Amazon SQS message timers";
const METADATA = "SQS API Reference: MessageAttributeValue, and ReceiveMessage on names";
const DEAD = "SQS Developer Guide: Using dead-letter queues in Amazon SQS";
const RETENTION = "SQS Developer Guide: Setting-up dead-letter queue retention";
const REDRIVE = "SQS Developer Guide: Learn how to configure a dead-letter queue redrive";
const SECURITY = "SQS Developer Guide: Amazon SQS security best practices; unchecked";
const INVALID = "InvalidParameterValue";

const mebibyte = 1_048_576;
const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/** Each is refused so. */
function refused(error: string, ...steps: readonly Step[]): Step[] {
    return steps.map((step) => ["refused", error, step] as const);
}

function attributes(...names: readonly string[]): { MessageAttributes: object } {
    const value = { DataType: "String", StringValue: "x" };
    return { MessageAttributes: Object.fromEntries(names.map((name) => [name, value])) };
}

function numbered(count: number): string[] {
    return Array.from({ length: count }, (_, index) => `a${index}`);
}

function entries(...list: readonly object[]): { Entries: object[] } {
    return { Entries: list.map((entry, index) => ({ Id: `${index}`, MessageBody: "x", ...entry })) };
}

function equal(actual: (stage: Stage) => unknown, expected: unknown): Step {
    return ["check", (stage) => assert.deepEqual(actual(stage), expected)];
}

function startMove(input: object = {}): Step {
    return [
        "check",
        (stage) => void stage.call("StartMessageMoveTask", { SourceArn: stage.arn("dead"), ...input }),
    ];
}

/** Of the latest task. */
function task(stage: Stage, member: string): unknown {
    const { Results } = stage.call("ListMessageMoveTasks", { SourceArn: stage.arn("dead") });
    return (Results as Record<string, unknown>[])[0]?.[member];
}

/** Sends a message, lets it be received once and come back, and so be dead-lettered by the next receive. */
const poison: readonly Step[] = [
    ["send", "poison", "a"],
    ["receive", ["poison"]],
    ["wait", 30],
    ["receive", []],
];

const messages: readonly QueueCase[] = [
    {
        title: "a message has one character at least",
        source: SEND,
        steps: [...refused("MissingParameter", ["send", ""]), ["send", "x"]],
    },
    {
        title: "a message has 1 MiB at most",
        source: SEND,
        queue: { maxMessageSize: mebibyte },
        steps: [["send", "x".repeat(mebibyte)], ...refused(INVALID, ["send", "x".repeat(mebibyte + 1)])],
    },
    {
        title: "the queue's own limit of a message's size is between 1 KiB and 1 MiB",
        source: SET,
        steps: [
            ["set", { MaximumMessageSize: "1024" }],
            ["send", "x".repeat(1024)],
            ...refused(INVALID, ["send", "x".repeat(1025)], ["send", "é".repeat(513)]),
            ...refused("InvalidAttributeValue", ["set", { MaximumMessageSize: "1023" }]),
            ...refused("InvalidAttributeValue", ["set", { MaximumMessageSize: String(mebibyte + 1) }]),
        ],
    },
    {
        title: "attributes count as part of a message's size: name, type and value",
        source: METADATA,
        queue: { maxMessageSize: 1024 },
        steps: [
            ["send", "x".repeat(1024 - 8), attributes("a")],
            ...refused(INVALID, ["send", "x".repeat(1024 - 7), attributes("a")]),
        ],
    },
    {
        title: "a message has ten attributes at most",
        source: QUOTAS,
        steps: [
            ["send", "ten", attributes(...numbered(10))],
            ...refused(INVALID, ["send", "eleven", attributes(...numbered(11))]),
        ],
    },
    {
        title: "an attribute's name, type and value must not be empty",
        source: METADATA,
        steps: refused(
            INVALID,
            ["send", "x", attributes("")],
            ["send", "x", { MessageAttributes: { a: { DataType: "", StringValue: "x" } } }],
            ["send", "x", { MessageAttributes: { a: { DataType: "String", StringValue: "" } } }],
            ["send", "x", { MessageAttributes: { a: { DataType: "String" } } }],
            [
                "send",
                "x",
                { MessageAttributes: { a: { DataType: "Binary", BinaryValue: new Uint8Array() } } },
            ],
        ),
    },
    {
        title: "an attribute's type is String, Number or Binary, with a label if need be",
        source: METADATA,
        steps: [
            ["send", "x", { MessageAttributes: { a: { DataType: "Number.byte", StringValue: "7" } } }],
            [
                "send",
                "x",
                { MessageAttributes: { a: { DataType: "Binary.gif", BinaryValue: Buffer.of(1) } } },
            ],
            ...refused(INVALID, [
                "send",
                "x",
                { MessageAttributes: { a: { DataType: "Text", StringValue: "x" } } },
            ]),
        ],
    },
    {
        title: "an attribute's name has 256 of certain characters at most, no period at its ends nor two in a row, and no reserved prefix",
        source: METADATA,
        steps: [
            ["send", "x", attributes("A-z_0.9", "a".repeat(256))],
            ...[".a", "a.", "a..b", "a b", "AWS.a", "aws.a", "Amazon.a", "a".repeat(257)].flatMap((name) =>
                refused(INVALID, ["send", "x", attributes(name)]),
            ),
        ],
    },
    {
        title: "AWSTraceHeader is the only system attribute, and does not count as part of the size",
        source: SEND,
        queue: { maxMessageSize: 1024 },
        steps: [
            [
                "send",
                "x".repeat(1024),
                {
                    MessageSystemAttributes: {
                        AWSTraceHeader: { DataType: "String", StringValue: "Root=1" },
                    },
                },
            ],
            ["receive", ["x".repeat(1024)]],
            equal((stage) => stage.attribute("x".repeat(1024), "AWSTraceHeader"), "Root=1"),
            ...refused(INVALID, [
                "send",
                "x",
                { MessageSystemAttributes: { Other: { DataType: "String", StringValue: "x" } } },
            ]),
        ],
    },
    {
        title: "a message has only characters that XML has",
        source: SEND,
        steps: [
            ["send", "\t\n\r \ud7ff\ue000\ufffd\u{10000}\u{10ffff}"],
            ...["\u0000", "\u0008", "\u000b", "\u001f", "\ud800", "\udfff", "\ufffe", "\uffff"].flatMap(
                (bad) => refused("InvalidMessageContents", ["send", `a${bad}`]),
            ),
        ],
    },
    {
        title: "a message group's id has 128 letters, digits and punctuation characters at most",
        source: SEND,
        fifo: true,
        steps: [
            ["send", "a", punctuation],
            ["send", "b", "x".repeat(128)],
            ...["", "a b", "é", "a\n", "x".repeat(129)].flatMap((group) =>
                refused(INVALID, ["send", "c", group]),
            ),
        ],
    },
    {
        title: "a deduplication id has 128 letters, digits and punctuation characters at most",
        source: SEND,
        fifo: true,
        steps: [
            ["send", "a", { MessageGroupId: "a", MessageDeduplicationId: punctuation }],
            ...["a b", "é", "x".repeat(129)].flatMap((MessageDeduplicationId) =>
                refused(INVALID, ["send", "c", { MessageGroupId: "a", MessageDeduplicationId }]),
            ),
        ],
    },
    {
        title: "a standard queue takes a message group too, and goes on with it in parallel",
        source: SEND,
        steps: [
            ["send", "a1", "a"],
            ["send", "a2", "a"],
            ["receive", ["a1"], { MaxNumberOfMessages: 1 }],
            ["receive", ["a2"]],
            equal((stage) => stage.attribute("a2", "MessageGroupId"), "a"),
        ],
    },
    {
        title: "a batch has one to ten messages, under ids that are distinct",
        source: BATCH,
        steps: [
            ["call", "SendMessageBatch", entries(...numbered(10).map(() => ({})))],
            ...refused("TooManyEntriesInBatchRequest", [
                "call",
                "SendMessageBatch",
                entries(...numbered(11).map(() => ({}))),
            ]),
            ...refused("EmptyBatchRequest", ["call", "SendMessageBatch", entries()]),
            ...refused("BatchEntryIdsNotDistinct", [
                "call",
                "SendMessageBatch",
                entries({ Id: "a" }, { Id: "a" }),
            ]),
        ],
    },
    {
        title: "a batched message's id has 80 letters, digits, hyphens and underscores at most",
        source: QUOTAS,
        steps: [
            ["call", "SendMessageBatch", entries({ Id: "a-Z_9".repeat(16) })],
            ...["", "a b", "a.b", "x".repeat(81)].flatMap((Id) =>
                refused("InvalidBatchEntryId", ["call", "SendMessageBatch", entries({ Id })]),
            ),
        ],
    },
    {
        title: "the messages of a batch have 1 MiB together at most, attributes included",
        source: BATCH,
        queue: { maxMessageSize: mebibyte },
        steps: [
            [
                "call",
                "SendMessageBatch",
                entries(...[0, 1].map(() => ({ MessageBody: "x".repeat(mebibyte / 2) }))),
            ],
            ...refused("BatchRequestTooLong", [
                "call",
                "SendMessageBatch",
                entries({ MessageBody: "x".repeat(mebibyte - 8) }, { MessageBody: "x", ...attributes("a") }),
            ]),
        ],
    },
    {
        title: "a batch succeeds and fails by message",
        source: BATCH,
        steps: [
            [
                "call",
                "SendMessageBatch",
                entries({ MessageBody: "one" }, { MessageBody: "" }, { MessageBody: "three" }),
                {
                    Successful: [{ Id: "0" }, { Id: "2" }],
                    Failed: [{ Id: "1", SenderFault: true, Code: "MissingParameter" }],
                },
            ],
            ["receive", ["one", "three"]],
        ],
    },
    {
        title: "a message's own delay is from 0 to 900 seconds and replaces the queue's",
        source: TIMERS,
        queue: { delaySeconds: 30 },
        steps: [
            ["send", "slow"],
            ["send", "now", { DelaySeconds: 0 }],
            ["send", "last", { DelaySeconds: 900 }],
            ["count", 1, 0, 2],
            ["receive", ["now"]],
            ["delete", "now"],
            ["wait", 29],
            ["receive", []],
            ["wait", 1],
            ["receive", ["slow"]],
            ["delete", "slow"],
            ["wait", 869],
            ["receive", []],
            ["wait", 1],
            ["receive", ["last"]],
            ...refused(INVALID, ["send", "x", { DelaySeconds: 901 }], ["send", "x", { DelaySeconds: -1 }]),
        ],
    },
    {
        title: "a standard queue's delay is not retroactive",
        source: DELAY,
        queue: { delaySeconds: 60 },
        steps: [
            ["send", "a"],
            ["set", { DelaySeconds: "0" }],
            ["send", "b"],
            ["receive", ["b"]],
            ["delete", "b"],
            ["wait", 59],
            ["receive", []],
            ["wait", 1],
            ["receive", ["a"]],
        ],
    },
    {
        title: "a FIFO queue's delay is retroactive",
        source: DELAY,
        fifo: true,
        queue: { delaySeconds: 60 },
        steps: [
            ["send", "a", "a"],
            ["set", { DelaySeconds: "0" }],
            ["count", 1, 0, 0],
            ["set", { DelaySeconds: "20" }],
            ["receive", []],
            ["wait", 19],
            ["receive", []],
            ["wait", 1],
            ["receive", ["a"]],
        ],
    },
    {
        title: "a queue's delay is from 0 to 900 seconds",
        source: SET,
        steps: [
            ["set", { DelaySeconds: "900" }],
            ...refused("InvalidAttributeValue", ["set", { DelaySeconds: "901" }]),
        ],
    },
    {
        title: "a message is kept for four days unless the queue says otherwise",
        source: QUOTAS,
        steps: [
            ["send", "a"],
            ["wait", 4 * day - 1],
            ["count", 1, 0, 0],
            ["wait", 1],
            ["count", 0, 0, 0],
        ],
    },
    {
        title: "messages are kept from 60 seconds to 14 days, in flight or not",
        source: QUOTAS,
        queue: { messageRetentionSeconds: 60, visibilityTimeoutSeconds: 3600 },
        steps: [
            ["send", "a"],
            ["receive", ["a"]],
            ["wait", 60],
            ["count", 0, 0, 0],
            ["set", { MessageRetentionPeriod: "1209600" }],
            ...refused("InvalidAttributeValue", ["set", { MessageRetentionPeriod: "59" }]),
            ...refused("InvalidAttributeValue", ["set", { MessageRetentionPeriod: "1209601" }]),
        ],
    },
    {
        title: "a shorter retention holds for the messages that are there",
        source: SET,
        steps: [
            ["send", "old"],
            ["wait", 3600],
            ["send", "young"],
            ["set", { MessageRetentionPeriod: "3600" }],
            ["receive", ["young"]],
        ],
    },
];

const receives: readonly QueueCase[] = [
    {
        title: "a receive gives one message unless it asks for up to ten",
        source: RECEIVE,
        steps: [
            ["send", "a"],
            ["send", "b"],
            ["receive", ["a"], { MaxNumberOfMessages: undefined }],
            ...refused(INVALID, ["receive", [], { MaxNumberOfMessages: 0 }]),
            ...refused(INVALID, ["receive", [], { MaxNumberOfMessages: 11 }]),
        ],
    },
    {
        title: "a received message is hidden for 30 seconds unless the queue says otherwise, and comes back with another handle",
        source: RECEIVE,
        steps: [
            ["send", "a"],
            ["receive", ["a"]],
            ["wait", 29],
            ["count", 0, 1, 0],
            ["receive", []],
            ["wait", 1],
            ["receive", ["a"]],
            equal(
                (stage) => new Set(stage.received.get("a")?.map(({ ReceiptHandle }) => ReceiptHandle)).size,
                2,
            ),
        ],
    },
    {
        title: "a receive may hide messages for a time of its own, from 0 seconds to 12 hours",
        source: RECEIVE,
        steps: [
            ["send", "a"],
            ["receive", ["a"], { VisibilityTimeout: 0 }],
            ["receive", ["a"], { VisibilityTimeout: 43_200 }],
            ["wait", 43_199],
            ["receive", []],
            ["wait", 1],
            ["receive", ["a"]],
            ...refused(INVALID, ["receive", [], { VisibilityTimeout: 43_201 }]),
            ...refused(INVALID, ["receive", [], { VisibilityTimeout: -1 }]),
            ...refused("InvalidAttributeValue", ["set", { VisibilityTimeout: "43201" }]),
        ],
    },
    {
        title: "a changed visibility timeout counts from the change",
        source: CHANGE,
        queue: { visibilityTimeoutSeconds: 60 },
        steps: [
            ["send", "a"],
            ["receive", ["a"]],
            ["wait", 15],
            ["change visibility", "a", 10],
            ["wait", 9],
            ["receive", []],
            ["wait", 1],
            ["receive", ["a"]],
        ],
    },
    {
        title: "a changed visibility timeout is not remembered for the next receive",
        source: CHANGE,
        queue: { visibilityTimeoutSeconds: 60 },
        steps: [
            ["send", "a"],
            ["receive", ["a"]],
            ["change visibility", "a", 0],
            ["receive", ["a"]],
            ["wait", 59],
            ["receive", []],
            ["wait", 1],
            ["receive", ["a"]],
        ],
    },
    {
        title: "a message is hidden for 12 hours at most from its receive on; more than what is left is an error",
        source: CHANGE,
        steps: [
            ["send", "a"],
            ["receive", ["a"], { VisibilityTimeout: 7200 }],
            ["wait", 3600],
            ...refused(INVALID, ["change visibility", "a", 39_601], ["change visibility", "a", 43_201]),
            ["change visibility", "a", 39_600],
            ["wait", 39_599],
            ["receive", []],
            ["wait", 1],
            ["receive", ["a"]],
        ],
    },
    {
        title: "the visibility of a message that is not in flight cannot be changed",
        source: CHANGE,
        steps: [
            ["send", "a"],
            ["receive", ["a"]],
            ["wait", 30],
            ...refused(INVALID, ["change visibility", "a", 10]),
        ],
    },
    {
        title: "a standard queue with 120,000 messages in flight gives no more: OverLimit",
        source: CHANGE,
        steps: [
            ["check", (stage) => stage.fill(120_010)],
            ["check", (stage) => receiveAll(stage, 12_000)],
            ...refused("OverLimit", ["receive", []]),
        ],
    },
    {
        title: "a FIFO queue with 120,000 messages in flight gives no more, without an error",
        source: CHANGE,
        fifo: true,
        steps: [
            ["check", (stage) => stage.fill(120_010, (index) => `g${Math.floor(index / 10)}`)],
            ["check", (stage) => receiveAll(stage, 12_000)],
            ["count", 10, 120_000, 0],
            ["receive", []],
        ],
    },
    {
        title: "a message that is received counts how often, and since when",
        source: RECEIVE,
        steps: [
            ["send", "a"],
            ["wait", 5],
            ["receive", ["a"]],
            ["wait", 30],
            ["receive", ["a"]],
            [
                "check",
                (stage) => {
                    const start = stage.world.clock.now() - 35_000;
                    assert.equal(stage.attribute("a", "ApproximateReceiveCount"), "2");
                    assert.equal(stage.attribute("a", "SentTimestamp"), String(start));
                    assert.equal(
                        stage.attribute("a", "ApproximateFirstReceiveTimestamp"),
                        String(start + 5000),
                    );
                },
            ],
        ],
    },
    {
        title: "an older handle of a standard queue's message is accepted and deletes nothing",
        source: DELETE,
        steps: [
            ["send", "a"],
            ["receive", ["a"]],
            ["wait", 30],
            ["receive", ["a"]],
            ["delete by the first handle", "a"],
            ["count", 0, 1, 0],
            ["delete", "a"],
            ["count", 0, 0, 0],
        ],
    },
    {
        title: "a standard queue's message can be deleted after its visibility timeout",
        source: DELETE,
        steps: [
            ["send", "a"],
            ["receive", ["a"]],
            ["wait", 31],
            ["delete", "a"],
            ["count", 0, 0, 0],
        ],
    },
    {
        title: "a FIFO queue's message cannot be deleted once its visibility timeout is over",
        source: RECEIVE,
        fifo: true,
        steps: [
            ["send", "a", "a"],
            ["receive", ["a"]],
            ["wait", 30],
            ...refused(INVALID, ["delete", "a"], ["change visibility", "a", 10]),
            ["receive", ["a"]],
            ["delete", "a"],
            ["count", 0, 0, 0],
        ],
    },
    {
        title: "a handle that is none is refused",
        source: DELETE,
        steps: refused("ReceiptHandleIsInvalid", ["call", "DeleteMessage", { ReceiptHandle: "nonsense" }]),
    },
    {
        title: "a purge deletes what is there, in flight or delayed, and waits 60 seconds for the next",
        source: PURGE,
        steps: [
            ["send", "a"],
            ["send", "b"],
            ["send", "c", { DelaySeconds: 60 }],
            ["receive", ["a"], { MaxNumberOfMessages: 1 }],
            ["count", 1, 1, 1],
            ["call", "PurgeQueue"],
            ["count", 0, 0, 0],
            ["wait", 59],
            ...refused("PurgeQueueInProgress", ["call", "PurgeQueue"]),
            ["wait", 1],
            ["call", "PurgeQueue"],
        ],
    },
    {
        title: "a queue that does not exist is QueueDoesNotExist, whatever is asked of it",
        source: SEND,
        steps: [
            "SendMessage",
            "ReceiveMessage",
            "DeleteMessage",
            "PurgeQueue",
            "GetQueueAttributes",
            "SetQueueAttributes",
            "ChangeMessageVisibility",
            "SendMessageBatch",
            "DeleteMessageBatch",
        ].flatMap((operation) =>
            refused("QueueDoesNotExist", [
                "call",
                operation,
                { QueueUrl: "https://sqs.eu-west-1.amazonaws.com/123456789012/missing", MessageBody: "x" },
            ]),
        ),
    },
    {
        title: "a long poll waits up to 20 seconds for a message",
        source: RECEIVE,
        notModelled: "operations answer at once and mappings are told of messages",
        steps: [
            ["receive", [], { WaitTimeSeconds: 20 }],
            equal(({ seconds }) => seconds, 0),
            ...refused(INVALID, ["receive", [], { WaitTimeSeconds: 21 }]),
        ],
    },
    {
        title: "a standard queue may give a message twice, or late messages first",
        source: "SQS Developer Guide: Amazon SQS at-least-once delivery; unchecked",
        notModelled: "chance is the simulator's: a queue alone gives each message once and in order",
        steps: [
            ["send", "a"],
            ["send", "b"],
            ["receive", ["a", "b"]],
            ["receive", []],
        ],
    },
];

function receiveAll(stage: Stage, requests: number): void {
    for (let i = 0; i < requests; i++) stage.queue("jobs").receive(10, 30);
}

const attempt = { ReceiveRequestAttemptId: "attempt" };

const fifo: readonly QueueCase[] = [
    {
        title: "a group's messages come in the order in which they were sent",
        source: SEND,
        fifo: true,
        steps: [
            ["send", "a1", "a"],
            ["send", "b1", "b"],
            ["send", "a2", "a"],
            ["send", "a3", "a"],
            ["receive", ["a1", "a2", "a3", "b1"]],
        ],
    },
    {
        title: "while a message of a group is hidden no other of the group is given; other groups go on",
        source: GROUPS,
        fifo: true,
        steps: [
            ["send", "a1", "a"],
            ["send", "a2", "a"],
            ["send", "b1", "b"],
            ["receive", ["a1"], { MaxNumberOfMessages: 1 }],
            ["receive", ["b1"]],
            ["receive", []],
            ["delete", "a1"],
            ["receive", ["a2"]],
        ],
    },
    {
        title: "a group goes on only when all of its messages that were received are deleted or visible",
        source: GROUPS,
        fifo: true,
        steps: [
            ...["a1", "a2", "a3"].map((body): Step => ["send", body, "a"]),
            ["receive", ["a1", "a2"], { MaxNumberOfMessages: 2 }],
            ["delete", "a2"],
            ["receive", []],
            ["wait", 30],
            ["receive", ["a1", "a3"]],
        ],
    },
    {
        title: "a message without a group is refused",
        source: SEND,
        fifo: true,
        steps: refused("MissingParameter", ["send", "x"]),
    },
    {
        title: "a message cannot have a delay of its own",
        source: SEND,
        fifo: true,
        steps: refused(INVALID, ["send", "x", { MessageGroupId: "a", DelaySeconds: 5 }]),
    },
    {
        title: "a deduplication id is for FIFO queues",
        source: SEND,
        steps: refused(INVALID, ["send", "x", { MessageDeduplicationId: "d" }]),
    },
    {
        title: "a message under the id of an earlier one is accepted and not delivered for five minutes",
        source: TERMS,
        fifo: true,
        steps: [
            ["send", "one", { MessageGroupId: "a", MessageDeduplicationId: "d" }],
            ["send", "two", { MessageGroupId: "a", MessageDeduplicationId: "d" }],
            ["receive", ["one"]],
            ["delete", "one"],
            ["wait", 299],
            ["send", "three", { MessageGroupId: "a", MessageDeduplicationId: "d" }],
            ["count", 0, 0, 0],
            ["wait", 1],
            ["send", "four", { MessageGroupId: "a", MessageDeduplicationId: "d" }],
            ["receive", ["four"]],
        ],
    },
    {
        title: "a deduplication id is kept in mind after its message was received and deleted",
        source: SEND,
        fifo: true,
        steps: [
            ["send", "a", "a"],
            ["receive", ["a"]],
            ["delete", "a"],
            ["send", "a", "a"],
            ["receive", []],
        ],
    },
    {
        title: "a content's id is the SHA-256 of the body, whatever the attributes",
        source: SEND,
        fifo: true,
        steps: [
            ["send", "a", "a"],
            ["send", "a", { MessageGroupId: "a", ...attributes("other") }],
            ["count", 1, 0, 0],
            ["receive", ["a"]],
            equal((stage) => stage.attribute("a", "MessageDeduplicationId"), sha256("a")),
        ],
    },
    {
        title: "an id that is given replaces that of the content",
        source: SEND,
        fifo: true,
        steps: [
            ["send", "a", { MessageGroupId: "a", MessageDeduplicationId: "1" }],
            ["send", "a", { MessageGroupId: "a", MessageDeduplicationId: "2" }],
            ["receive", ["a", "a"]],
        ],
    },
    {
        title: "an id that is given and equals that of an earlier content is a duplicate",
        source: SEND,
        fifo: true,
        steps: [
            ["send", "a", "a"],
            ["send", "b", { MessageGroupId: "a", MessageDeduplicationId: sha256("a") }],
            ["receive", ["a"]],
        ],
    },
    {
        title: "without an id and without content-based deduplication a message is refused",
        source: SEND,
        fifo: true,
        queue: { contentBasedDeduplication: false },
        steps: refused(INVALID, ["send", "a", "a"]),
    },
    {
        title: "duplicates are looked for in the queue",
        source: CREATE,
        fifo: true,
        steps: [
            ["send", "x", "a"],
            ["send", "x", "b"],
            ["count", 1, 0, 0],
        ],
    },
    {
        title: "duplicates are looked for in the group when the scope is messageGroup",
        source: CREATE,
        fifo: true,
        queue: { deduplicationScope: "messageGroup" },
        steps: [
            ["send", "x", "a"],
            ["send", "x", "b"],
            ["send", "x", "b"],
            ["count", 2, 0, 0],
        ],
    },
    {
        title: "throughput by group needs deduplication by group",
        source: SET,
        fifo: true,
        steps: [
            ...refused("InvalidAttributeValue", ["set", { FifoThroughputLimit: "perMessageGroupId" }]),
            ["set", { DeduplicationScope: "messageGroup", FifoThroughputLimit: "perMessageGroupId" }],
        ],
    },
    {
        title: "sequence numbers grow, and not by one",
        source: TERMS,
        fifo: true,
        steps: [
            ["send", "a", "a"],
            ["send", "b", "a"],
            [
                "check",
                ({ sent }) => {
                    const [a, b] = ["a", "b"].map((body) =>
                        BigInt(sent.get(body)?.[0]?.["SequenceNumber"] ?? 0),
                    );
                    assert(a !== undefined && b !== undefined && b > a + 1n, `${a} and ${b}`);
                },
            ],
        ],
    },
    {
        title: "a receive repeated under its attempt's id gives the same messages and handles, hidden anew",
        source: RECEIVE,
        fifo: true,
        steps: [
            ["send", "a1", "a"],
            ["send", "b1", "b"],
            ["receive", ["a1"], { ...attempt, MaxNumberOfMessages: 1 }],
            ["wait", 20],
            ["receive", ["a1"], attempt],
            equal(({ received }) => new Set(received.get("a1")?.map((each) => each.ReceiptHandle)).size, 1),
            ["wait", 20],
            ["receive", ["b1"]],
            ["wait", 10],
            ["receive", ["a1"]],
        ],
    },
    {
        title: "a receive is not repeated when one of its messages was deleted or had its visibility changed",
        source: RECEIVE,
        fifo: true,
        steps: [
            ...["a1", "b1", "c1"].map((body): Step => ["send", body, body]),
            ["receive", ["a1", "b1"], { ...attempt, MaxNumberOfMessages: 2 }],
            ["change visibility", "a1", 60],
            ["receive", ["c1"], attempt],
            ["delete", "c1"],
            ["receive", [], attempt],
        ],
    },
    {
        title: "an attempt's id is good for five minutes",
        source: RECEIVE,
        fifo: true,
        queue: { visibilityTimeoutSeconds: 600 },
        steps: [
            ["send", "a", "a"],
            ["receive", ["a"], attempt],
            ["wait", 299],
            ["receive", ["a"], attempt],
            ["wait", 1],
            ["receive", [], attempt],
        ],
    },
    {
        title: "only the first 120,000 messages are looked at for groups to go on with",
        source: "SQS Developer Guide: Avoid large message backlogs with the same message group ID",
        fifo: true,
        steps: [
            ["check", (stage) => stage.fill(120_000, () => "big")],
            ["send", "small", "small"],
            ["receive", ["m0"], { MaxNumberOfMessages: 1 }],
            ["receive", []],
            ["delete", "m0"],
            ["receive", ["m1"], { MaxNumberOfMessages: 1 }],
            ["receive", ["small"]],
        ],
    },
    {
        title: "a FIFO queue takes 300 requests a second for each action, or more in high throughput mode",
        source: QUOTAS,
        notModelled: "no quota of requests holds",
        steps: numbered(1000).map((body): Step => ["send", body, body]),
    },
];

function sha256(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}

const deadLetters: readonly QueueCase[] = [
    {
        title: "a message that is received more often than maxReceiveCount says is moved",
        source: DEAD,
        dead: {},
        maxReceiveCount: 2,
        steps: [
            ["send", "a"],
            ["receive", ["a"]],
            ["wait", 30],
            ["receive", ["a"]],
            ["wait", 30],
            ["on", "dead", ["receive", []]],
            ["receive", []],
            ["on", "dead", ["receive", ["a"]]],
            equal(
                (stage) => [
                    stage.attribute("a", "DeadLetterQueueSourceArn"),
                    stage.received.get("a")?.length,
                ],
                ["arn:aws:sqs:eu-west-1:123456789012:jobs", 3],
            ),
        ],
    },
    {
        title: "receives are counted across all queues",
        source: RECEIVE,
        dead: {},
        maxReceiveCount: 2,
        steps: [
            ["send", "a"],
            ["receive", ["a"]],
            ["wait", 30],
            ["receive", ["a"]],
            ["wait", 30],
            ["receive", []],
            ["on", "dead", ["receive", ["a"]]],
            equal((stage) => stage.attribute("a", "ApproximateReceiveCount"), "3"),
        ],
    },
    {
        title: "a FIFO queue's dead letter keeps its group, and its deduplication id becomes the message's id",
        source: REDRIVE,
        fifo: true,
        dead: {},
        steps: [
            ...poison,
            ["on", "dead", ["receive", ["poison"]]],
            equal((stage) => stage.attribute("poison", "MessageGroupId"), "a"),
            [
                "check",
                (stage) =>
                    assert.equal(
                        stage.attribute("poison", "MessageDeduplicationId"),
                        stage.sent.get("poison")?.[0]?.["MessageId"],
                    ),
            ],
        ],
    },
    {
        title: "two dead letters that share a deduplication id are both kept",
        source: REDRIVE,
        fifo: true,
        queue: { deduplicationScope: "messageGroup" },
        dead: {},
        steps: [
            ["send", "x", "a"],
            ["send", "x", "b"],
            ["receive", ["x", "x"]],
            ["wait", 30],
            ["receive", []],
            ["on", "dead", ["receive", ["x", "x"]]],
        ],
    },
    {
        title: "a standard queue's dead letter expires by when it was first sent",
        source: RETENTION,
        queue: { visibilityTimeoutSeconds: 0 },
        dead: { messageRetentionSeconds: 4 * day },
        steps: [
            ["send", "a"],
            ["wait", day],
            ["receive", ["a"]],
            ["on", "dead", ["send", "younger"]],
            ["receive", []],
            ["wait", 3 * day - 1],
            ["on", "dead", ["count", 2, 0, 0]],
            ["wait", 1],
            ["on", "dead", ["count", 1, 0, 0]],
            ["on", "dead", ["receive", ["younger"]]],
        ],
    },
    {
        title: "a FIFO queue's dead letter begins its retention anew",
        source: RETENTION,
        fifo: true,
        queue: { visibilityTimeoutSeconds: 0 },
        dead: { messageRetentionSeconds: 4 * day },
        steps: [
            ["send", "a", "a"],
            ["wait", day],
            ["receive", ["a"]],
            ["receive", []],
            ["wait", 4 * day - 1],
            ["on", "dead", ["count", 1, 0, 0]],
            ["wait", 1],
            ["on", "dead", ["count", 0, 0, 0]],
        ],
    },
    {
        title: "the age of a dead-letter queue's oldest message counts from when it was moved",
        source: RETENTION,
        queue: { visibilityTimeoutSeconds: 0 },
        dead: { messageRetentionSeconds: 4 * day },
        steps: [
            ["send", "a"],
            ["wait", day],
            ["receive", ["a"]],
            ["receive", []],
            ["wait", 3600],
            equal((stage) => stage.metric("dead", "ApproximateAgeOfOldestMessage"), 3600),
        ],
    },
    {
        title: "a dead-letter queue is of the same type as its source",
        source: SET,
        steps: [
            [
                "check",
                (stage) => {
                    const arn = stage.world.arn("sqs", "x.fifo");
                    const outputs = { name: "x.fifo", arn, url: "https://x.fifo" };
                    stage.world.create("aws:sqs/queue:Queue", "x", { fifoQueue: true }, outputs);
                },
            ],
            ...refused(INVALID, ["set", redrivePolicy("x.fifo", 3)]),
        ],
    },
    {
        title: "a dead-letter queue must exist, and maxReceiveCount is from 1 to 1000",
        source: SET,
        steps: [
            ["set", redrivePolicy("other", 1000)],
            ...refused(INVALID, ["set", redrivePolicy("missing", 3)]),
            ...refused(INVALID, ["set", redrivePolicy("other", 0)], ["set", redrivePolicy("other", 1001)]),
        ],
    },
    {
        title: "a dead-letter queue may refuse all sources, or all but ten that it names",
        source: SET,
        steps: [
            ["on", "other", ["set", allowPolicy({ redrivePermission: "denyAll" })]],
            ...refused(INVALID, ["set", redrivePolicy("other", 3)]),
            [
                "on",
                "other",
                ["set", allowPolicy({ redrivePermission: "byQueue", sourceQueueArns: ["arn:x"] })],
            ],
            ...refused(INVALID, ["set", redrivePolicy("other", 3)]),
            [
                "on",
                "other",
                ["set", allowPolicy({ redrivePermission: "byQueue", sourceQueueArns: [arnOf("jobs")] })],
            ],
            ["set", redrivePolicy("other", 3)],
            ...refused(INVALID, [
                "set",
                allowPolicy({ redrivePermission: "byQueue", sourceQueueArns: numbered(11) }),
            ]),
            ...refused(INVALID, [
                "set",
                allowPolicy({ redrivePermission: "allowAll", sourceQueueArns: [arnOf("jobs")] }),
            ]),
        ],
    },
    {
        title: "a move task takes dead letters back to where they came from, as new messages with new ids and times",
        source: REDRIVE,
        fifo: true,
        dead: {},
        steps: [
            ...poison,
            ["wait", 100],
            startMove(),
            ["wait", 1],
            ["receive", ["poison"]],
            [
                "check",
                (stage) => {
                    const [before, after] = stage.received.get("poison") ?? [];
                    assert.notEqual(before?.MessageId, after?.MessageId);
                    assert.equal(Number(after?.Attributes?.SentTimestamp), stage.world.clock.now() - 1000);
                    assert.equal(after?.Attributes?.ApproximateReceiveCount, "1");
                    assert.equal(task(stage, "Status"), "COMPLETED");
                },
            ],
        ],
    },
    {
        title: "a message that was dead-lettered stays the earlier one of its deduplication id for the producer",
        source: SEND,
        fifo: true,
        dead: {},
        steps: [...poison, ["send", "poison", "a"], ["count", 0, 0, 0], ["on", "dead", ["count", 1, 0, 0]]],
    },
    {
        title: "a move task's message is a new one, and no duplicate of itself within five minutes",
        source: REDRIVE,
        fifo: true,
        dead: {},
        steps: [...poison, startMove(), ["wait", 1], ["count", 1, 0, 0]],
    },
    {
        title: "a message that is dead-lettered again within five minutes is kept again, under the id of the new message",
        source: REDRIVE,
        fifo: true,
        dead: {},
        steps: [
            ...poison,
            startMove(),
            ["wait", 1],
            ["receive", ["poison"]],
            ["wait", 30],
            ["receive", []],
            ["on", "dead", ["receive", ["poison"]]],
            [
                "check",
                (stage) =>
                    assert.equal(
                        stage.attribute("poison", "MessageDeduplicationId"),
                        stage.received.get("poison")?.[1]?.MessageId,
                    ),
            ],
        ],
    },
    {
        title: "a move task begins the retention of a standard queue's message anew",
        source: REDRIVE,
        queue: { visibilityTimeoutSeconds: 0, messageRetentionSeconds: 2 * day },
        dead: { messageRetentionSeconds: 4 * day },
        steps: [
            ["send", "a"],
            ["wait", day],
            ["receive", ["a"]],
            ["receive", []],
            startMove(),
            ["wait", 1.5 * day],
            ["count", 1, 0, 0],
            ["wait", 0.6 * day],
            ["count", 0, 0, 0],
        ],
    },
    {
        title: "a move task moves the oldest message first",
        source: REDRIVE,
        fifo: true,
        dead: {},
        steps: [
            ...["m1", "m2", "m3"].map((body): Step => ["on", "dead", ["send", body, body]]),
            ["check", (stage) => void stage.call("StartMessageMoveTask", toOther(stage))],
            ["wait", 1],
            ["on", "other", ["receive", ["m1", "m2", "m3"]]],
        ],
    },
    {
        title: "a move task without a destination fails at a message that SQS did not dead-letter",
        source: "observed; the reason CouldNotDetermineMessageSource is named by the AWS CLI's help for list-message-move-tasks",
        dead: {},
        steps: [
            ["on", "dead", ["send", "by hand"]],
            startMove(),
            ["wait", 1],
            equal((stage) => task(stage, "Status"), "FAILED"),
            equal((stage) => task(stage, "FailureReason"), "CouldNotDetermineMessageSource"),
            ["on", "dead", ["count", 1, 0, 0]],
        ],
    },
    {
        title: "a move task has a dead-letter queue as its source",
        source: MOVE,
        steps: refused(INVALID, [
            "check",
            (stage) => void stage.call("StartMessageMoveTask", { SourceArn: stage.arn("other") }),
        ]),
    },
    {
        title: "a queue has one active move task, which can be cancelled, and what was moved stays moved",
        source: MOVE,
        dead: {},
        steps: [
            ...numbered(10).map((body): Step => ["on", "dead", ["send", body]]),
            [
                "check",
                (stage) =>
                    void stage.call("StartMessageMoveTask", {
                        ...toOther(stage),
                        MaxNumberOfMessagesPerSecond: 2,
                    }),
            ],
            ["wait", 1.5],
            ...refused(INVALID, startMove()),
            [
                "check",
                (stage) =>
                    assert.deepEqual(
                        stage.call("CancelMessageMoveTask", { TaskHandle: task(stage, "TaskHandle") }),
                        { ApproximateNumberOfMessagesMoved: 4 },
                    ),
            ],
            ["wait", 10],
            equal((stage) => task(stage, "Status"), "CANCELLED"),
            ["on", "other", ["count", 4, 0, 0]],
            ["on", "dead", ["count", 6, 0, 0]],
        ],
    },
    {
        title: "a move task moves 500 messages a second at most",
        source: MOVE,
        dead: {},
        steps: [
            ...refused(INVALID, startMove({ MaxNumberOfMessagesPerSecond: 501 })),
            ...refused(INVALID, startMove({ MaxNumberOfMessagesPerSecond: 0 })),
            startMove({ MaxNumberOfMessagesPerSecond: 500 }),
        ],
    },
];

function arnOf(queue: string): string {
    return `arn:aws:sqs:eu-west-1:123456789012:${queue}`;
}

function redrivePolicy(queue: string, maxReceiveCount: number): { RedrivePolicy: string } {
    return { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(queue), maxReceiveCount }) };
}

function allowPolicy(policy: object): { RedriveAllowPolicy: string } {
    return { RedriveAllowPolicy: JSON.stringify(policy) };
}

function toOther(stage: Stage): object {
    return { SourceArn: stage.arn("dead"), DestinationArn: stage.arn("other") };
}

function policy(...Statement: readonly object[]): { Policy: string } {
    return { Policy: JSON.stringify({ Version: "2012-10-17", Statement }) };
}

const events = {
    principal: "events.amazonaws.com",
    sourceArn: "arn:aws:events:eu-west-1:123456789012:rule/r",
};

const access: readonly QueueCase[] = [
    {
        title: "a policy that denies whatever does not come over TLS lets through what does",
        source: SECURITY,
        steps: [
            [
                "set",
                policy({
                    Effect: "Deny",
                    Principal: "*",
                    Action: "sqs:*",
                    Resource: arnOf("jobs"),
                    Condition: { Bool: { "aws:SecureTransport": "false" } },
                }),
            ],
            ["send", "a"],
            ["receive", ["a"]],
        ],
    },
    {
        title: "a request without TLS is denied by such a policy",
        source: SECURITY,
        notModelled:
            "every request counts as sent over TLS, so that the deny is seen only with its condition turned round",
        steps: [
            [
                "set",
                policy({
                    Effect: "Deny",
                    Principal: "*",
                    Action: "sqs:*",
                    Resource: arnOf("jobs"),
                    Condition: { Bool: { "aws:SecureTransport": "true" } },
                }),
            ],
            ...refused("AccessDenied", ["send", "a"], ["receive", []]),
        ],
    },
    {
        title: "a rule's events are taken only when the queue's policy names EventBridge, for that rule",
        source: "EventBridge User Guide: Using resource-based policies for Amazon EventBridge",
        steps: [
            ...refused("AccessDenied", ["check", deliver]),
            [
                "set",
                policy({
                    Effect: "Allow",
                    Principal: { Service: "events.amazonaws.com" },
                    Action: "sqs:SendMessage",
                    Resource: arnOf("jobs"),
                    Condition: { ArnEquals: { "aws:SourceArn": events.sourceArn } },
                }),
            ],
            ["check", deliver],
            ["receive", ["event"]],
        ],
    },
    {
        title: "a queue's name has 80 letters, digits, hyphens and underscores at most, and ends in .fifo if it is one",
        source: CREATE,
        steps: [
            ["check", (stage) => stage.create("a-Z_9".repeat(16))],
            ...["a b", "a.b", "x.fifo", "x".repeat(81)].flatMap((name) =>
                refused(INVALID, ["check", (stage) => stage.create(name)]),
            ),
        ],
    },
    {
        title: "attributes of FIFO queues are unknown to standard ones, and nothing changes when one attribute is refused",
        source: SET,
        steps: [
            ...refused("InvalidAttributeName", [
                "set",
                { VisibilityTimeout: "7", ContentBasedDeduplication: "true" },
            ]),
            [
                "call",
                "GetQueueAttributes",
                { AttributeNames: ["All"] },
                { Attributes: { VisibilityTimeout: "30" } },
            ],
        ],
    },
];

function deliver(stage: Stage): void {
    stage.call("SendMessage", { MessageBody: "event" }, "jobs", events);
}

export const cases: readonly QueueCase[] = [...messages, ...receives, ...fifo, ...deadLetters, ...access];
