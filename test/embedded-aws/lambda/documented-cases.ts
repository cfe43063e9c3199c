/** What the Lambda Developer Guide and its API Reference say of event source mappings of queues and tables' streams. */
import assert from "node:assert/strict";
import type { Answer, MappingCase, Stage } from "./documented-run.ts";

const CREATE = "Lambda API Reference: CreateEventSourceMapping";
const QUEUES = "Lambda Developer Guide: Using Lambda with Amazon SQS";
const QUEUE_ERRORS = "Lambda Developer Guide: Handling errors for an SQS event source in Lambda";
const SCALING = "Lambda Developer Guide: Configuring scaling behavior for SQS event source mappings";
const PROVIDER = "aws.lambda.EventSourceMapping of the provider: maximumBatchingWindowInSeconds";
const FILTERS = "Lambda Developer Guide: Control which events Lambda sends to your function";
const QUEUE_FILTERS = "Lambda Developer Guide: Using event filtering with an Amazon SQS event source";
const ORDER =
    "Lambda Developer Guide: How Lambda processes records from stream and queue-based event sources; unchecked";
const STREAMS = "Lambda Developer Guide: Using AWS Lambda with Amazon DynamoDB";
const STREAM_PARAMETERS =
    "Lambda Developer Guide: Lambda parameters for Amazon DynamoDB event source mappings";
const STREAM_ERRORS =
    "Lambda Developer Guide: Retain discarded records for a DynamoDB event source in Lambda";
const STREAM_REPORTS = "Lambda Developer Guide: Configuring partial batch response with DynamoDB and Lambda";
const INVALID = "InvalidParameterValueException";

const reporting = { functionResponseTypes: ["ReportBatchItemFailures"] };
const throws: Answer = { throws: true };

function filters(...patterns: readonly object[]): Record<string, unknown> {
    return { filterCriteria: { filters: patterns.map((pattern) => ({ pattern: JSON.stringify(pattern) })) } };
}

function numbered(count: number, prefix = "m"): string[] {
    return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}

/** All at once. */
function together(...names: readonly string[]): readonly (readonly [number, string])[] {
    return names.map((name) => [0, name] as const);
}

/** Each in a group of its own. */
function apart(...names: readonly string[]): readonly (readonly [number, string, string])[] {
    return names.map((name) => [0, name, name] as const);
}

function refusing(
    title: string,
    source: string,
    from: MappingCase["from"],
    mapping: Record<string, unknown>,
): MappingCase {
    return { title, source, from, mapping, refused: INVALID };
}

const queues: readonly MappingCase[] = [
    {
        title: "a batch of a queue has ten messages at most unless the mapping says otherwise, and one group's come in order",
        source: CREATE,
        from: "FIFO queue",
        sent: together(...numbered(12)),
        takes: 1,
        batches: [
            [0, ...numbered(10)],
            [1, "m11", "m12"],
        ],
        left: 0,
    },
    refusing("a FIFO queue's batch size is from 1 to 10: 0 is refused", CREATE, "FIFO queue", {
        batchSize: 0,
    }),
    refusing("a FIFO queue's batch size is from 1 to 10: 11 is refused", CREATE, "FIFO queue", {
        batchSize: 11,
    }),
    refusing("a standard queue's batch size is 10,000 at most", CREATE, "standard queue", {
        batchSize: 10_001,
        maximumBatchingWindowInSeconds: 1,
    }),
    refusing("a batch size above 10 needs a batching window", CREATE, "standard queue", { batchSize: 11 }),
    refusing("a batching window is 300 seconds at most", CREATE, "standard queue", {
        maximumBatchingWindowInSeconds: 301,
    }),
    refusing("a FIFO queue has no batching window", PROVIDER, "FIFO queue", {
        maximumBatchingWindowInSeconds: 1,
    }),
    {
        title: "with a batching window the function is invoked when the batch is full or the window ends",
        source: CREATE,
        from: "standard queue",
        queue: { visibilityTimeoutSeconds: 120 },
        mapping: { batchSize: 3, maximumBatchingWindowInSeconds: 20 },
        sent: [...together("m1", "m2", "m3", "m4"), [10, "m5"]],
        batches: [
            [0, "m1", "m2", "m3"],
            [20, "m4", "m5"],
        ],
        left: 0,
    },
    {
        title: "messages that are in the queue before the mapping are read",
        source: QUEUES,
        from: "FIFO queue",
        earlier: ["m1", "m2"],
        batches: [[0, "m1", "m2"]],
        left: 0,
    },
    {
        title: "a batch is no larger than the 6 MB that a function takes",
        source: CREATE,
        from: "FIFO queue",
        queue: { maxMessageSize: 1_048_576 },
        earlier: numbered(8).map((name) => name + "x".repeat(1_000_000)),
        check: ({ batches }) =>
            assert.deepEqual(
                batches.map(([, ...names]) => names.map((name) => name.slice(0, 2))),
                [numbered(6), ["m7", "m8"]],
            ),
    },
    {
        title: "what counts of the 6 MB is the event's JSON, in which a quote takes two bytes",
        source: CREATE,
        from: "FIFO queue",
        queue: { maxMessageSize: 1_048_576 },
        earlier: numbered(5).map((name) => name + '"'.repeat(1_000_000)),
        check: ({ batches }) =>
            assert.deepEqual(
                batches.map(([, ...names]) => names.map((name) => name.slice(0, 2))),
                [
                    ["m1", "m2", "m3"],
                    ["m4", "m5"],
                ],
            ),
    },
    {
        title: "when the function succeeds its messages are deleted",
        source: QUEUES,
        from: "FIFO queue",
        sent: together("m1", "m2"),
        batches: [[0, "m1", "m2"]],
        left: 0,
    },
    {
        title: "when the function fails the whole batch comes back after the visibility timeout, and nothing of it is deleted",
        source: QUEUE_ERRORS,
        from: "FIFO queue",
        sent: together("m1", "m2"),
        answers: [throws],
        batches: [
            [0, "m1", "m2"],
            [30, "m1", "m2"],
        ],
        left: 0,
    },
    {
        title: "when the function times out the whole batch comes back after the visibility timeout",
        source: QUEUE_ERRORS,
        from: "standard queue",
        fn: { timeout: 5 },
        takes: 6,
        sent: together("m1"),
        seconds: 45,
        batches: [
            [0, "m1"],
            [30, "m1"],
        ],
        left: 1,
    },
    {
        title: "a message that fails too often is dead-lettered, and its group goes on",
        source: QUEUES,
        from: "FIFO queue",
        mapping: { batchSize: 1 },
        sent: together("poison", "m2"),
        poison: ["poison"],
        batches: [
            [0, "poison"],
            [30, "poison"],
            [60, "poison"],
            [90, "m2"],
        ],
        left: 0,
        dead: ["poison"],
    },
    {
        title: "a group's messages are retried before later ones of the group; other groups go on",
        source: SCALING,
        from: "FIFO queue",
        mapping: { batchSize: 1 },
        sent: [
            [0, "a1", "a"],
            [0, "a2", "a"],
            [0, "b1", "b"],
        ],
        answers: [throws],
        batches: [
            [0, "a1"],
            [0, "b1"],
            [30, "a1"],
            [30, "a2"],
        ],
        left: 0,
    },
    {
        title: "with ReportBatchItemFailures only the messages that are reported come back",
        source: QUEUE_ERRORS,
        from: "standard queue",
        mapping: { ...reporting, batchSize: 10 },
        earlier: ["m1", "m2", "m3"],
        answers: [{ reports: ["m2"] }],
        batches: [
            [0, "m1", "m2", "m3"],
            [30, "m2"],
        ],
        left: 0,
    },
    {
        title: "a FIFO queue's order is kept when the first failure is reported with all after it",
        source: QUEUE_ERRORS,
        from: "FIFO queue",
        mapping: reporting,
        sent: [...together("m1", "m2", "m3"), [1, "m4"]],
        answers: [{ reports: ["m2", "m3"] }],
        batches: [
            [0, "m1", "m2", "m3"],
            [30, "m2", "m3", "m4"],
        ],
        left: 0,
    },
    {
        title: "a message after a failure that is not reported is deleted, in a FIFO queue too",
        source: QUEUE_ERRORS,
        from: "FIFO queue",
        mapping: reporting,
        sent: together("m1", "m2", "m3"),
        answers: [{ reports: ["m2"] }],
        batches: [
            [0, "m1", "m2", "m3"],
            [30, "m2"],
        ],
        left: 0,
    },
    {
        title: "a queue's function that throws fails the whole batch, whatever the response type",
        source: QUEUE_ERRORS,
        from: "FIFO queue",
        mapping: reporting,
        sent: together("m1", "m2"),
        answers: [throws],
        seconds: 10,
        batches: [[0, "m1", "m2"]],
        left: 2,
    },
    {
        title: "reports are ignored unless ReportBatchItemFailures is turned on",
        source: QUEUE_ERRORS,
        from: "FIFO queue",
        sent: together("m1"),
        answers: [{ reports: ["m1"] }],
        batches: [[0, "m1"]],
        left: 0,
    },
    ...conditions("FIFO queue", QUEUE_ERRORS),
    {
        title: "a message that no filter matches is deleted from the queue, and the function hears of others only",
        source: FILTERS,
        from: "standard queue",
        mapping: filters({ body: { kind: ["a"] } }, { body: { size: [{ numeric: [">", 5] }] } }),
        earlier: ['{"kind":"a"}', '{"kind":"b"}', '{"size":6}', '{"size":5}'],
        batches: [[0, '{"kind":"a"}', '{"size":6}']],
        seconds: 1,
        left: 0,
    },
    {
        title: "a body that is plain text is dropped by a filter on JSON, and one that is JSON by a filter on text",
        source: QUEUE_FILTERS,
        from: "standard queue",
        mapping: filters({ body: ["text"] }, { body: { kind: ["a"] } }),
        earlier: ["text", "other", '{"kind":"a"}', '{"kind":"b"}'],
        batches: [[0, "text", '{"kind":"a"}']],
        seconds: 1,
        left: 0,
    },
    {
        title: "the function is not invoked when nothing of a batch passes the filters",
        source: FILTERS,
        from: "standard queue",
        mapping: filters({ body: { kind: ["a"] } }),
        sent: together('{"kind":"b"}'),
        batches: [],
        seconds: 1,
        left: 0,
    },
    refusing(
        "a mapping has five filters at most",
        FILTERS,
        "standard queue",
        filters(...Array<object>(6).fill({})),
    ),
    refusing("a filter that is not valid is refused", FILTERS, "standard queue", filters({ body: "a" })),
    {
        title: "a FIFO queue's function runs at once for as many batches as there are groups",
        source: SCALING,
        from: "FIFO queue",
        mapping: { batchSize: 1 },
        sent: apart(...numbered(8)),
        takes: 2,
        most: 8,
        left: 0,
    },
    {
        title: "a FIFO queue's batch may have several groups",
        source: SCALING,
        from: "FIFO queue",
        earlier: [],
        does: [[0, (stage) => ["a", "b", "c"].forEach((group) => stage.send(group, group))]],
        batches: [[0, "a", "b", "c"]],
        left: 0,
    },
    {
        title: "a queue's mapping invokes no more than its maximum concurrency at once",
        source: SCALING,
        from: "FIFO queue",
        mapping: { batchSize: 1, scalingConfig: { maximumConcurrency: 3 } },
        sent: apart(...numbered(8)),
        takes: 2,
        batches: numbered(8).map((name, index) => [2 * Math.floor(index / 3), name]),
        most: 3,
        left: 0,
    },
    refusing("a maximum concurrency is from 2 to 1000: 1 is refused", SCALING, "FIFO queue", {
        scalingConfig: { maximumConcurrency: 1 },
    }),
    refusing("a maximum concurrency is from 2 to 1000: 1001 is refused", SCALING, "FIFO queue", {
        scalingConfig: { maximumConcurrency: 1001 },
    }),
    {
        title: "a standard queue begins with five batches at once",
        source: SCALING,
        from: "standard queue",
        mapping: { batchSize: 1 },
        earlier: numbered(30),
        takes: 1,
        seconds: 0.1,
        most: 5,
    },
    {
        title: "a standard queue is read by up to 300 more batches a minute",
        source: SCALING,
        from: "standard queue",
        queue: { visibilityTimeoutSeconds: 120 },
        fn: { timeout: 60 },
        mapping: { batchSize: 1 },
        earlier: numbered(800),
        takes: 2,
        seconds: 30,
        check: ({ most }) => assert(most > 100 && most <= 155, `${most} at once`),
    },
    {
        title: "a throttled batch is tried again without another receive until its visibility timeout ends",
        source: QUEUE_ERRORS,
        from: "FIFO queue",
        sent: [[1, "m1"]],
        does: [
            [0, (stage) => stage.reserve(0)],
            [10, (stage) => stage.reserve(1)],
        ],
        check: (stage) => {
            assert.deepEqual(stage.batches, [[16, "m1"]]);
            assert.equal(receives(stage, 0), "1");
            assert.equal(stage.fixture.size(stage.source), 0);
        },
    },
    {
        title: "a throttled batch is dropped when its visibility timeout ends, and received again",
        source: QUEUE_ERRORS,
        from: "FIFO queue",
        sent: [[1, "m1"]],
        does: [
            [0, (stage) => stage.reserve(0)],
            [40, (stage) => stage.reserve(1)],
        ],
        check: (stage) => {
            assert.equal(stage.batches.length, 1);
            assert.equal(receives(stage, 0), "2");
        },
    },
    {
        title: "a queue whose visibility timeout is shorter than the function's timeout is refused",
        source: "observed: users' reports of Queue visibility timeout … is less than Function timeout",
        from: "FIFO queue",
        queue: { visibilityTimeoutSeconds: 59 },
        fn: { timeout: 60 },
        refused: INVALID,
    },
    {
        title: "a mapping that is disabled does not read, and goes on once it is enabled",
        source: CREATE,
        from: "FIFO queue",
        mapping: { enabled: false },
        sent: together("m1"),
        does: [
            [50, (stage) => assert.equal(stage.call("GetEventSourceMapping")["State"], "Disabled")],
            [60, (stage) => void stage.call("UpdateEventSourceMapping", { Enabled: true })],
            [61, (stage) => assert.equal(stage.call("GetEventSourceMapping")["State"], "Enabled")],
        ],
        batches: [[60, "m1"]],
        left: 0,
    },
    {
        title: "a second mapping of the same queue and function is a ResourceConflictException",
        source: CREATE,
        from: "FIFO queue",
        does: [
            [
                0,
                (stage) =>
                    assert.throws(() => stage.map({ batchSize: 5 }), { name: "ResourceConflictException" }),
            ],
        ],
        seconds: 1,
    },
    {
        title: "the function's event has each message with its attributes, as Lambda writes them",
        source: QUEUES,
        from: "FIFO queue",
        sent: together("test"),
        check: ({ events, source, fixture }) => {
            const [record] = events[0]?.Records ?? [];
            const { messageId, receiptHandle, attributes, ...rest } = record as unknown as Record<
                string,
                unknown
            >;
            assert.equal(typeof messageId, "string");
            assert.equal(typeof receiptHandle, "string");
            assert.deepEqual(Object.keys(attributes as object).sort(), [
                "ApproximateFirstReceiveTimestamp",
                "ApproximateReceiveCount",
                "MessageDeduplicationId",
                "MessageGroupId",
                "SenderId",
                "SentTimestamp",
                "SequenceNumber",
            ]);
            assert.deepEqual(rest, {
                body: "test",
                messageAttributes: {},
                md5OfBody: "098f6bcd4621d373cade4e832627b4f6",
                eventSource: "aws:sqs",
                eventSourceARN: source,
                awsRegion: fixture.world.region,
            });
        },
    },
    {
        title: "Lambda reads less of a queue at once while its function fails",
        source: QUEUE_ERRORS,
        notModelled: "AWS does not say by how much",
        from: "FIFO queue",
        mapping: { batchSize: 1 },
        sent: apart(...numbered(8)),
        poison: numbered(8),
        seconds: 31,
        batches: [0, 30].flatMap((at) => numbered(8).map((name): [number, string] => [at, name])),
    },
    {
        title: "a queue may be read by pollers of its own (provisioned mode)",
        source: SCALING,
        notModelled: "the program does not use it, and it is refused by name",
        from: "standard queue",
        mapping: { provisionedPollerConfig: { minimumPollers: 2 } },
        unsupported: /provisionedPollerConfig/,
    },
    {
        title: "a mapping is Creating, Updating, Enabling or Disabling for a while",
        source: "Lambda API Reference: EventSourceMappingConfiguration",
        notModelled: "its state changes at once",
        from: "FIFO queue",
        does: [
            [0, (stage) => assert.equal(stage.call("GetEventSourceMapping")["State"], "Enabled")],
            [
                1,
                (stage) =>
                    assert.equal(
                        stage.call("UpdateEventSourceMapping", { Enabled: false })["State"],
                        "Disabled",
                    ),
            ],
        ],
    },
];

/** Answers that mean the same for queues and streams. */
function conditions(from: "FIFO queue" | "stream", source: string): MappingCase[] {
    const kind = from === "stream" ? "stream" : "queue";
    const success: readonly (readonly [string, unknown])[] = [
        ["an empty list of failures", { batchItemFailures: [] }],
        ["a null list of failures", { batchItemFailures: null }],
        ["an empty object", {}],
        ["null", null],
    ];
    const failure: readonly (readonly [string, unknown])[] = [
        ["an identifier that is an empty string", { batchItemFailures: [{ itemIdentifier: "" }] }],
        ["an identifier that is null", { batchItemFailures: [{ itemIdentifier: null }] }],
        ["an item with a bad key name", { batchItemFailures: [{ identifier: "x" }] }],
        ["an identifier that is not in the batch", { batchItemFailures: [{ itemIdentifier: "unknown" }] }],
        ["something that is no JSON object", "text"],
    ];
    const row = (what: string, returns: unknown, isSuccess: boolean): MappingCase => {
        const again = from === "stream" ? 1 : 30;
        const first = [0, "m1", "m2"] as const;
        return {
            title: `${what} is complete ${isSuccess ? "success" : "failure"} of a ${kind}'s batch`,
            source,
            from,
            mapping: reporting,
            sent: together("m1", "m2"),
            answers: [{ returns }],
            batches: isSuccess ? [first] : [first, [again, "m1", "m2"]],
            ...(from === "stream" ? {} : { left: 0 }),
        };
    };
    return [
        ...success.map(([what, returns]) => row(what, returns, true)),
        ...failure.map(([what, returns]) => row(what, returns, false)),
    ];
}

/** How often the first message of a batch was received. */
function receives({ events }: Stage, batch: number): unknown {
    const record = events[batch]?.Records[0] as unknown as { attributes: Record<string, string> } | undefined;
    return record?.attributes["ApproximateReceiveCount"];
}

/** With the destination for what is given up. */
function toFailures(inputs: Record<string, unknown>): Record<string, unknown> {
    const destinationArn = "arn:aws:sqs:eu-west-1:123456789012:failures";
    return { ...inputs, destinationConfig: { onFailure: { destinationArn } } };
}

function failures(stage: Stage): Record<string, Record<string, unknown>>[] {
    const bodies = stage.fixture.bodies(stage.deadLetters);
    return bodies.map((body) => JSON.parse(body ?? "") as Record<string, Record<string, unknown>>);
}

const streams: readonly MappingCase[] = [
    {
        title: "a batch of a stream has a hundred records at most unless the mapping says otherwise",
        source: STREAM_PARAMETERS,
        from: "stream",
        sent: together(...numbered(150)),
        takes: 1,
        batches: [
            [0, ...numbered(100)],
            [1, ...numbered(150).slice(100)],
        ],
    },
    refusing("a stream's batch size is 10,000 at most", STREAM_PARAMETERS, "stream", { batchSize: 10_001 }),
    {
        title: "a shard's records come in order, and the next batch when the one before is done with",
        source: STREAMS,
        from: "stream",
        mapping: { batchSize: 2 },
        sent: together("1", "2", "3", "4", "5"),
        takes: 2,
        most: 1,
        batches: [
            [0, "1", "2"],
            [2, "3", "4"],
            [4, "5"],
        ],
    },
    {
        title: "LATEST begins with what comes",
        source: STREAM_PARAMETERS,
        from: "stream",
        mapping: { startingPosition: "LATEST" },
        earlier: ["old"],
        sent: together("new"),
        batches: [[0, "new"]],
    },
    {
        title: "TRIM_HORIZON begins with the oldest record that there is",
        source: STREAM_PARAMETERS,
        from: "stream",
        mapping: { startingPosition: "TRIM_HORIZON" },
        earlier: ["old"],
        sent: [[1, "new"]],
        batches: [
            [0, "old"],
            [1, "new"],
        ],
    },
    refusing("a starting position is required for a stream", STREAM_PARAMETERS, "stream", {
        startingPosition: undefined,
    }),
    refusing("AT_TIMESTAMP is not for a table's stream", CREATE, "stream", {
        startingPosition: "AT_TIMESTAMP",
    }),
    {
        title: "records that no filter matches are passed over",
        source: FILTERS,
        from: "stream",
        mapping: filters({ dynamodb: { NewImage: { text: { S: [{ prefix: "x" }] } } } }),
        sent: [
            [0, "1", "a"],
            [0, "2", "x1"],
            [0, "3"],
            [0, "4", "x2"],
        ],
        batches: [[0, "2", "4"]],
    },
    {
        title: "with a batching window a stream's batch is handed over when it is full or the window ends",
        source: CREATE,
        from: "stream",
        mapping: { batchSize: 3, maximumBatchingWindowInSeconds: 10 },
        sent: [
            [0, "1"],
            [6, "2"],
            [12, "3"],
            [12, "4"],
            [12, "5"],
        ],
        batches: [
            [10, "1", "2"],
            [12, "3", "4", "5"],
        ],
    },
    {
        title: "a stream's batch is no larger than the 6 MB that a function takes",
        source: CREATE,
        from: "stream",
        sent: numbered(20).map((name) => [0, name, "x".repeat(390_000)] as const),
        batches: [
            [0, ...numbered(16)],
            [0, ...numbered(20).slice(16)],
        ],
    },
    {
        title: "a batch that fails is tried again before anything after it, for as long as the stream has its records: a day",
        source: STREAM_ERRORS,
        from: "stream",
        sent: [
            [0, "bad"],
            [80_000, "good"],
        ],
        poison: ["bad"],
        seconds: 90_000,
        check: ({ batches }) => {
            const [at = 0, ...names] = batches.at(-1) ?? [];
            assert.deepEqual(names, ["good"]);
            assert(at > 86_400 && at <= 86_500, `after ${at} seconds`);
            assert(batches.slice(0, -1).every(([, name]) => name === "bad"));
        },
    },
    {
        title: "a batch is tried again as often as MaximumRetryAttempts says",
        source: STREAM_ERRORS,
        from: "stream",
        mapping: { maximumRetryAttempts: 2 },
        sent: [
            [0, "bad"],
            [0.5, "good"],
        ],
        poison: ["bad"],
        check: ({ batches }) =>
            assert.deepEqual(
                batches.map(([, name]) => name),
                ["bad", "bad", "bad", "good"],
            ),
    },
    refusing("MaximumRetryAttempts is 10,000 at most", STREAM_PARAMETERS, "stream", {
        maximumRetryAttempts: 10_001,
    }),
    refusing("MaximumRecordAgeInSeconds is 604,800 at most", STREAM_PARAMETERS, "stream", {
        maximumRecordAgeInSeconds: 604_801,
    }),
    {
        title: "records older than MaximumRecordAgeInSeconds are discarded",
        source: STREAM_ERRORS,
        from: "stream",
        mapping: { maximumRecordAgeInSeconds: 60 },
        sent: [
            [0, "bad"],
            [40, "good"],
        ],
        poison: ["bad"],
        check: ({ batches }) => {
            const [at = 0, ...names] = batches.at(-1) ?? [];
            assert.deepEqual(names, ["good"]);
            assert(at > 60 && at <= 120, `after ${at} seconds`);
        },
    },
    {
        title: "throttles do not count as attempts",
        source: STREAM_ERRORS,
        from: "stream",
        mapping: { maximumRetryAttempts: 1 },
        sent: together("1"),
        does: [
            [0, (stage) => stage.reserve(0)],
            [300, (stage) => stage.reserve(undefined)],
        ],
        answers: [throws],
        check: ({ batches }) => assert.equal(batches.length, 2),
    },
    {
        title: "records that grow too old while the function is throttled are discarded",
        source: STREAM_ERRORS,
        from: "stream",
        mapping: { maximumRecordAgeInSeconds: 60 },
        sent: together("1"),
        does: [
            [0, (stage) => stage.reserve(0)],
            [300, (stage) => stage.reserve(undefined)],
        ],
        batches: [],
    },
    {
        title: "a failed batch is halved where the mapping bisects, which does not count as an attempt",
        source: STREAM_ERRORS,
        from: "stream",
        mapping: { bisectBatchOnFunctionError: true, maximumRetryAttempts: 0 },
        sent: together("1", "2", "3", "4"),
        poison: ["3"],
        check: ({ batches }) =>
            assert.deepEqual(
                batches.map(([, ...names]) => names.join()),
                ["1,2,3,4", "1,2", "3,4", "3", "4"],
            ),
    },
    {
        title: "a destination is told of records whose attempts are used up, but not what is in them",
        source: STREAM_ERRORS,
        from: "stream",
        mapping: toFailures({ maximumRetryAttempts: 1 }),
        sent: together("bad", "worse"),
        poison: ["bad"],
        check: (stage) => {
            const [record, ...others] = failures(stage);
            assert.deepEqual(others, []);
            const { requestContext, DDBStreamBatchInfo, timestamp, ...rest } = record ?? {};
            assert.match(timestamp as unknown as string, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
            assert.deepEqual(rest, {
                responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
                version: "1.0",
            });
            assert.deepEqual(Object.keys(requestContext ?? {}), [
                "requestId",
                "functionArn",
                "condition",
                "approximateInvokeCount",
            ]);
            assert.equal(requestContext?.["condition"], "RetryAttemptsExhausted");
            assert.equal(requestContext["approximateInvokeCount"], 2);
            assert.deepEqual(Object.keys(DDBStreamBatchInfo ?? {}), [
                "shardId",
                "startSequenceNumber",
                "endSequenceNumber",
                "approximateArrivalOfFirstRecord",
                "approximateArrivalOfLastRecord",
                "batchSize",
                "streamArn",
            ]);
            assert.equal(DDBStreamBatchInfo?.["batchSize"], 2);
            assert.equal(DDBStreamBatchInfo["streamArn"], stage.source);
        },
    },
    {
        title: "a destination is told of records that grew too old, without a response",
        source: STREAM_ERRORS,
        from: "stream",
        mapping: toFailures({ maximumRecordAgeInSeconds: 60 }),
        sent: together("bad"),
        poison: ["bad"],
        check: (stage) => {
            const [record] = failures(stage);
            assert.equal(record?.["requestContext"]?.["condition"], "RecordAgeExceeded");
        },
    },
    refusing("a destination is a standard queue", STREAM_PARAMETERS, "stream", {
        destinationConfig: { onFailure: { destinationArn: "arn:aws:sqs:eu-west-1:123456789012:x.fifo" } },
    }),
    {
        title: "a stream's batch goes on from the lowest sequence number that is reported, with everything after it",
        source: STREAM_REPORTS,
        from: "stream",
        mapping: reporting,
        sent: together("1", "2", "3", "4"),
        answers: [{ reports: ["4", "2"] }],
        batches: [
            [0, "1", "2", "3", "4"],
            [1, "2", "3", "4"],
        ],
    },
    {
        title: "a stream's function that throws fails the whole batch, whatever the response type",
        source: STREAM_REPORTS,
        from: "stream",
        mapping: reporting,
        sent: together("1", "2"),
        answers: [throws],
        batches: [
            [0, "1", "2"],
            [1, "1", "2"],
        ],
    },
    ...conditions("stream", STREAM_REPORTS),
    {
        title: "with a parallelization factor a shard has that many batches at once, and an item's records stay in order",
        source: ORDER,
        from: "stream",
        mapping: { parallelizationFactor: 4, batchSize: 2 },
        sent: Array.from({ length: 60 }, (_, index) => [0, `item${index % 7}`] as const),
        takes: 1,
        check: ({ most, events }) => {
            assert(most > 1 && most <= 4, `${most} at once`);
            const order = new Map<string, bigint>();
            for (const { dynamodb } of events.flatMap(({ Records }) => Records as unknown as StreamRecords)) {
                const number = BigInt(dynamodb.SequenceNumber);
                assert(number > (order.get(dynamodb.Keys.id.S) ?? 0n), "out of order");
                order.set(dynamodb.Keys.id.S, number);
            }
            assert.equal(order.size, 7);
        },
    },
    refusing("a parallelization factor is 10 at most", STREAM_PARAMETERS, "stream", {
        parallelizationFactor: 11,
    }),
    refusing("maximum concurrency is for queues alone", CREATE, "stream", {
        scalingConfig: { maximumConcurrency: 2 },
    }),
    refusing("attempts, age, destination and bisecting are for streams alone", CREATE, "standard queue", {
        maximumRetryAttempts: 2,
    }),
    {
        title: "a stream's mapping that was disabled goes on where it stopped",
        source: CREATE,
        from: "stream",
        sent: [
            [0, "1"],
            [20, "2"],
        ],
        does: [
            [10, (stage) => void stage.call("UpdateEventSourceMapping", { Enabled: false })],
            [60, (stage) => void stage.call("UpdateEventSourceMapping", { Enabled: true })],
        ],
        batches: [
            [0, "1"],
            [60, "2"],
        ],
    },
    {
        title: "a stream may be read in tumbling windows",
        source: STREAM_PARAMETERS,
        notModelled: "the program does not use them, and they are refused by name",
        from: "stream",
        mapping: { tumblingWindowInSeconds: 30 },
        unsupported: /tumblingWindowInSeconds/,
    },
];

type StreamRecords = readonly {
    readonly dynamodb: { SequenceNumber: string; Keys: { id: { S: string } } };
}[];

export const cases: readonly MappingCase[] = [...queues, ...streams];
