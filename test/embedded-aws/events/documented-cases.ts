/** What the EventBridge User Guide and its API Reference say of patterns, rules, targets and events. */
import assert from "node:assert/strict";
import { Machines } from "../step-functions/machines.ts";
import { FUNCTION, RULE } from "./documented-run.ts";
import type { PatternCase, RuleCase, Stage } from "./documented-run.ts";

const PATTERNS = "EventBridge User Guide: Creating Amazon EventBridge event patterns";
const OPERATORS = "EventBridge User Guide: Comparison operators for use in event patterns";
const ARRAYS = "EventBridge User Guide: Arrays in Amazon EventBridge event patterns";
const NULLS = "EventBridge User Guide: Matching null values and empty strings";
const RATES = "EventBridge User Guide: Rate expressions reference";
const SCHEDULES = "EventBridge User Guide: Creating an Amazon EventBridge rule that runs on a schedule";
const RETRIES = "EventBridge User Guide: How EventBridge retries delivering events";
const DEAD = "EventBridge User Guide: Using dead-letter queues to process undelivered events";
const TRANSFORM = "EventBridge User Guide: Transforming Amazon EventBridge target input";
const METADATA = "EventBridge User Guide: AWS service event metadata";
const PUT_RULE = "EventBridge API Reference: PutRule";
const PUT_TARGETS = "EventBridge API Reference: PutTargets";
const PUT_EVENTS = "EventBridge API Reference: PutEvents";
const TARGET = "EventBridge API Reference: Target";
const SIZE = "EventBridge User Guide: Calculating Amazon EventBridge PutEvents event entry size";
const RETRY_POLICY = "EventBridge API Reference: RetryPolicy";
const STATES = "Step Functions Developer Guide: Automating Step Functions event delivery with EventBridge";
const INVALID = "ValidationException";

/** A pattern of one field, and values that it matches, and others. `absent` stands for no such field. */
const absent = Symbol("absent");

function field(
    title: string,
    source: string,
    values: readonly unknown[],
    matches: readonly unknown[],
    ignores: readonly unknown[] = [],
): PatternCase {
    const event = (value: unknown): object => ({ detail: value === absent ? {} : { x: value } });
    return {
        title,
        source,
        pattern: { detail: { x: values } },
        matches: matches.map(event),
        ignores: ignores.map(event),
    };
}

function refused(title: string, source: string, pattern: object | string): PatternCase {
    return { title, source, pattern, refused: true };
}

export const patterns: readonly PatternCase[] = [
    field(
        "a string matches character by character",
        PATTERNS,
        ["abc"],
        ["abc"],
        ["ABC", "ab", "abcd", absent],
    ),
    field(
        "a field matches any of its values",
        PATTERNS,
        ["a", 1, true],
        ["a", 1, true],
        ["b", 2, false, "1"],
    ),
    {
        title: "every field of a pattern must match",
        source: PATTERNS,
        pattern: { source: ["aws.glue"], detail: { state: ["FAILED"] } },
        matches: [{ source: "aws.glue", detail: { state: "FAILED" } }],
        ignores: [{ source: "aws.glue", detail: { state: "SUCCEEDED" } }, { source: "aws.glue" }],
    },
    {
        title: "fields of the event that the pattern does not name are ignored",
        source: PATTERNS,
        pattern: { source: ["a"] },
        matches: [{ source: "a", detail: { anything: 1 } }],
    },
    {
        title: "a field must be where the pattern has it",
        source: PATTERNS,
        pattern: { detail: { state: ["a"] } },
        ignores: [{ state: "a" }, { detail: { inner: { state: "a" } } }],
    },
    {
        title: "a pattern may be given as JSON text",
        source: PATTERNS,
        pattern: '{"source":["a"]}',
        matches: [{ source: "a" }],
    },
    field("null matches null, and nothing that is absent", NULLS, [null], [null], ["", 0, false, absent]),
    field("an empty string matches an empty string, and no null", NULLS, [""], [""], [null, "a", absent]),
    field(
        "an array in the event matches when one of its elements does",
        ARRAYS,
        ["a", "b"],
        [["b", "c"], ["a"]],
        [["c"], []],
    ),
    {
        title: "an array of objects matches when one of them has all the fields",
        source: ARRAYS,
        pattern: { detail: { parts: { a: [1], b: [2] } } },
        matches: [{ detail: { parts: [{ a: 1, b: 2 }, { a: 3 }] } }],
        ignores: [{ detail: { parts: [{ a: 1 }, { b: 2 }] } }],
    },
    field(
        "prefix matches how a string begins",
        OPERATORS,
        [{ prefix: "ab" }],
        ["ab", "abc"],
        ["Abc", "cab", 1],
    ),
    field(
        "prefix may ignore case",
        OPERATORS,
        [{ prefix: { "equals-ignore-case": "eventb" } }],
        ["EventBridge", "eventbus"],
        ["event"],
    ),
    field(
        "suffix matches how a string ends",
        OPERATORS,
        [{ suffix: ".png" }],
        ["a.png"],
        ["a.PNG", "a.png2", 1],
    ),
    field(
        "suffix may ignore case",
        OPERATORS,
        [{ suffix: { "equals-ignore-case": "tBridge" } }],
        ["EventBridge", "EVENTBRIDGE"],
        ["EventBridges"],
    ),
    field(
        "equals-ignore-case matches a string in any case",
        OPERATORS,
        [{ "equals-ignore-case": "alice" }],
        ["Alice", "ALICE"],
        ["Alicea", 1],
    ),
    field(
        "anything-but matches whatever is there and is something else",
        OPERATORS,
        [{ "anything-but": "initializing" }],
        ["running", 1, null],
        ["initializing", absent],
    ),
    field("anything-but takes a number", OPERATORS, [{ "anything-but": 123 }], [124, "123"], [123]),
    field(
        "anything-but takes a list of strings",
        OPERATORS,
        [{ "anything-but": ["stopped", "overloaded"] }],
        ["running"],
        ["stopped", "overloaded"],
    ),
    field(
        "anything-but takes a list of numbers",
        OPERATORS,
        [{ "anything-but": [100, 200] }],
        [150],
        [100, 200],
    ),
    field(
        "anything-but with a prefix, or a list of them",
        OPERATORS,
        [{ "anything-but": { prefix: ["init", "stop"] } }],
        ["running"],
        ["initializing", "stopped"],
    ),
    field(
        "anything-but with a suffix, or a list of them",
        OPERATORS,
        [{ "anything-but": { suffix: [".png", ".jpg"] } }],
        ["a.gif"],
        ["a.png", "a.jpg"],
    ),
    field(
        "anything-but may ignore case",
        OPERATORS,
        [{ "anything-but": { "equals-ignore-case": ["initializing", "stopped"] } }],
        ["running"],
        ["INITIALIZING", "Stopped"],
    ),
    field(
        "anything-but with a wildcard",
        OPERATORS,
        [{ "anything-but": { wildcard: "*/lib/*" } }],
        ["/src/a"],
        ["/src/lib/a"],
    ),
    field(
        "numeric = matches a number however it is written",
        OPERATORS,
        [{ numeric: ["=", 3.018e2] }],
        [301.8],
        [301, "301.8"],
    ),
    field(
        "numeric matches a range with its ends or without",
        OPERATORS,
        [{ numeric: [">", 0, "<=", 5] }],
        [0.1, 5],
        [0, 5.1, "1", absent],
    ),
    field("numeric matches below, above and from on", OPERATORS, [{ numeric: ["<", 10] }], [9.9, -1], [10]),
    field(
        "exists: true matches a field with any value, null included",
        OPERATORS,
        [{ exists: true }],
        ["a", null, 0, false],
        [absent],
    ),
    field(
        "exists: false matches an absent field, or one that is an object",
        OPERATORS,
        [{ exists: false }],
        [absent, { c1: 100 }],
        ["a", null],
    ),
    {
        title: "exists works on leaves, not on what is between",
        source: OPERATORS,
        pattern: { detail: [{ exists: true }] },
        ignores: [{ detail: { a: 1 } }],
    },
    {
        title: "exists: false below a field matches when the field is absent, too",
        source: OPERATORS,
        pattern: { detail: { a: { b: [{ exists: false }] } } },
        matches: [{ detail: {} }, { detail: { a: {} } }],
        ignores: [{ detail: { a: { b: 1 } } }],
    },
    field(
        "wildcard matches any characters in place of a star",
        OPERATORS,
        [{ wildcard: "dir/*.png" }],
        ["dir/a.png", "dir/b/c.png", "dir/.png"],
        ["dir/a.jpg", "a/dir/a.png"],
    ),
    field(
        "a backslash in a wildcard makes a star or a backslash plain",
        OPERATORS,
        [{ wildcard: "a\\*\\\\b*" }],
        ["a*\\bc"],
        ["axx\\b"],
    ),
    field(
        "cidr matches IPv4 addresses of a network",
        OPERATORS,
        [{ cidr: "10.0.0.0/24" }],
        ["10.0.0.0", "10.0.0.255"],
        ["10.0.1.0", "text"],
    ),
    field(
        "cidr matches IPv6 addresses of a network",
        OPERATORS,
        [{ cidr: "2001:db8::/32" }],
        ["2001:db8::1"],
        ["2001:db9::1"],
    ),
    {
        title: "$or matches one of several fields, beside others that must match",
        source: OPERATORS,
        pattern: {
            source: ["aws.glue"],
            detail: {
                $or: [{ count: [{ numeric: [">", 0, "<=", 5] }] }, { limit: [{ numeric: ["<", 10] }] }],
            },
        },
        matches: [
            { source: "aws.glue", detail: { count: 3, limit: 50 } },
            { source: "aws.glue", detail: { count: 30, limit: 5 } },
        ],
        ignores: [
            { source: "aws.glue", detail: { count: 30, limit: 50 } },
            { source: "aws.sqs", detail: { count: 3 } },
        ],
    },
    {
        title: "several operators of one field are alternatives",
        source: OPERATORS,
        pattern: { detail: { x: [{ prefix: "a" }, { suffix: "z" }, "m"] } },
        matches: [{ detail: { x: "ab" } }, { detail: { x: "yz" } }, { detail: { x: "m" } }],
        ignores: [{ detail: { x: "bc" } }],
    },
    {
        title: "300, 300.0 and 3.0e2 are not the same",
        source: PATTERNS,
        notModelled: "events are values, not text, so that numbers compare by value",
        pattern: '{"detail":{"x":[3.0e2]}}',
        matches: [{ detail: { x: 300 } }],
    },
    refused("a pattern that is no JSON is refused", PATTERNS, "{"),
    refused("a pattern that is no object is refused", PATTERNS, "[]"),
    refused("a value outside of an array is refused", PATTERNS, { source: "aws.glue" }),
    refused("an empty array is refused", PATTERNS, { source: [] }),
    refused("an operator that does not exist is refused", OPERATORS, { a: [{ contains: "x" }] }),
    refused("anything-but with strings and numbers together is refused", OPERATORS, {
        a: [{ "anything-but": ["a", 1] }],
    }),
    refused("a prefix that is no string is refused", OPERATORS, { a: [{ prefix: 1 }] }),
    refused("a numeric comparison of strings is refused", OPERATORS, { a: [{ numeric: [">", "1"] }] }),
    refused("a numeric operator that does not exist is refused", OPERATORS, { a: [{ numeric: ["!=", 1] }] }),
    refused("a number outside of ±5e9 is refused", OPERATORS, { a: [{ numeric: ["<", 5.1e9] }] }),
    refused("stars in a row are refused", OPERATORS, { a: [{ wildcard: "a**" }] }),
];

const whole = { eventPattern: '{"source":["app"]}' };
const toDead = { deadLetterConfig: { arn: "arn:aws:sqs:eu-west-1:123456789012:dead" } };

function rate(expression: string, isValid: boolean): RuleCase {
    return {
        title: `${expression} is ${isValid ? "" : "not "}valid`,
        source: RATES,
        rule: { scheduleExpression: expression },
        ...(isValid ? {} : { refused: INVALID }),
    };
}

function lost(attributes: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return { RULE_ARN: RULE, TARGET_ARN: FUNCTION, ERROR_MESSAGE: "no", ...attributes };
}

const schedules: readonly RuleCase[] = [
    ...[
        "rate(1 minute)",
        "rate(5 minutes)",
        "rate(1 hour)",
        "rate(5 hours)",
        "rate(1 day)",
        "rate(2 days)",
    ].map((expression) => rate(expression, true)),
    ...[
        "rate(1 minutes)",
        "rate(1 hours)",
        "rate(5 hour)",
        "rate(2 day)",
        "rate(0 minutes)",
        "rate(1 second)",
    ].map((expression) => rate(expression, false)),
    {
        title: "a rate begins with the rule and fires once in each period",
        source: RATES,
        rule: { scheduleExpression: "rate(5 minutes)" },
        seconds: 960,
        at: [300, 600, 900],
    },
    {
        title: "a schedule may be a cron expression",
        source: SCHEDULES,
        notModelled: "the program uses rates alone, and cron is refused by name",
        rule: { scheduleExpression: "cron(0 12 * * ? *)" },
        unsupported: /cron\(0 12/,
    },
    {
        title: "what a schedule sends is a Scheduled Event of aws.events that names the rule",
        source: METADATA,
        rule: { scheduleExpression: "rate(1 minute)" },
        seconds: 60,
        check: ({ delivered }) => {
            const { id, ...event } = delivered[0] as Record<string, unknown>;
            assert.match(String(id), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
            assert.deepEqual(event, {
                version: "0",
                "detail-type": "Scheduled Event",
                source: "aws.events",
                account: "123456789012",
                time: "2026-01-01T00:01:00Z",
                region: "eu-west-1",
                resources: [RULE],
                detail: {},
            });
        },
    },
    {
        title: "a schedule fires within its minute, seconds late",
        source: SCHEDULES,
        notModelled: "it fires to the second",
        rule: { scheduleExpression: "rate(1 minute)" },
        seconds: 60,
        at: [60],
    },
    {
        title: "a rule may have both a pattern and a schedule",
        source: PUT_RULE,
        rule: { ...whole, scheduleExpression: "rate(1 minute)" },
        puts: [{}],
        at: [0, 60],
    },
    {
        title: "a rule has a pattern or a schedule",
        source: PUT_RULE,
        rule: {},
        refused: INVALID,
    },
    {
        title: "a rule's name has 64 letters, digits, periods, hyphens and underscores at most",
        source: PUT_RULE,
        rule: { ...whole, name: "a b" },
        refused: INVALID,
    },
    {
        title: "a pattern has 2,048 characters at most",
        source: "EventBridge User Guide: Amazon EventBridge quotas",
        rule: { eventPattern: JSON.stringify({ source: ["x".repeat(2048)] }) },
        refused: "LimitExceededException",
    },
];

const rulesAndTargets: readonly RuleCase[] = [
    {
        title: "an event goes to every rule that it matches and to all targets of each",
        source: "EventBridge User Guide: Rules in Amazon EventBridge",
        does: [
            [
                0,
                (stage) => {
                    stage.target({ targetId: "second" });
                    const arn = `${RULE}2`;
                    stage.world.create("aws:cloudwatch/eventRule:EventRule", "rule2", whole, { arn });
                    stage.target({ rule: "rule2" });
                    stage.put({});
                },
            ],
        ],
        check: ({ delivered }) => assert.equal(delivered.length, 3),
    },
    {
        title: "a disabled rule matches nothing, and an enabled one again",
        source: "EventBridge API Reference: DisableRule",
        does: [
            [0, (stage) => void stage.call("DisableRule", { Name: "rule" })],
            [1, (stage) => void stage.put({})],
            [2, (stage) => void stage.call("EnableRule", { Name: "rule" })],
            [3, (stage) => void stage.put({})],
        ],
        at: [3],
    },
    {
        title: "a rule has five targets at most",
        source: PUT_TARGETS,
        does: [
            [
                0,
                (stage) => {
                    for (const targetId of ["2", "3", "4", "5"]) stage.target({ targetId });
                    assert.throws(() => stage.target({ targetId: "6" }), { name: "LimitExceededException" });
                },
            ],
        ],
    },
    {
        title: "a target gets the whole event unless told otherwise",
        source: PUT_TARGETS,
        puts: [{ Resources: ["arn:r"], Time: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)), Detail: '{"a":1}' }],
        check: ({ delivered }) => {
            const { id, ...event } = delivered[0] as Record<string, unknown>;
            assert.equal(typeof id, "string");
            assert.deepEqual(event, {
                version: "0",
                "detail-type": "Something",
                source: "app",
                account: "123456789012",
                time: "2026-01-02T03:04:05Z",
                region: "eu-west-1",
                resources: ["arn:r"],
                detail: { a: 1 },
            });
        },
    },
    {
        title: "a target with Input gets that constant and nothing of the event",
        source: TARGET,
        target: { input: '{"sweep":true}' },
        puts: [{}],
        delivered: [{ sweep: true }],
    },
    { title: "Input is valid JSON", source: TARGET, target: { input: "{" }, refused: INVALID },
    {
        title: "a target with InputPath gets that part of the event",
        source: TARGET,
        target: { inputPath: "$.detail.a" },
        puts: [{ Detail: '{"a":{"b":1}}' }],
        delivered: [{ b: 1 }],
    },
    {
        title: "Input, InputPath and InputTransformer exclude one another",
        source: PUT_TARGETS,
        target: { input: "{}", inputPath: "$" },
        refused: INVALID,
    },
    {
        title: "an input transformer puts parts of the event into a template, text where it is quoted and JSON elsewhere",
        source: TRANSFORM,
        target: {
            inputTransformer: {
                inputPaths: { state: "$.detail.state", detail: "$.detail" },
                inputTemplate: '{"text":"it is <state>","state":<state>,"all":<detail>}',
            },
        },
        puts: [{ Detail: '{"state":"RUNNING"}' }],
        delivered: [{ text: "it is RUNNING", state: "RUNNING", all: { state: "RUNNING" } }],
    },
    {
        title: "an input transformer does not escape what it puts between quotes, so that a quote there breaks the JSON",
        source: TRANSFORM,
        does: [
            [
                0,
                (stage) => {
                    const arn = stage.queue("texts");
                    const inputPaths = { who: "$.detail.who" };
                    stage.target({ arn, inputTransformer: { inputPaths, inputTemplate: '"it is <who>"' } });
                    stage.put({ Detail: JSON.stringify({ who: 'a "b"' }) });
                },
            ],
        ],
        check: (stage) => assert.deepEqual(stage.bodies("https://texts"), ['"it is a "b""']),
    },
    {
        title: "a variable whose path finds nothing is left out",
        source: TRANSFORM,
        target: {
            inputTransformer: {
                inputPaths: { who: "$.detail.who" },
                inputTemplate: '{"text":"it is <who>."}',
            },
        },
        puts: [{}],
        delivered: [{ text: "it is ." }],
    },
    {
        title: "an input transformer may name the rule, and the event and when it came",
        source: TRANSFORM,
        target: {
            inputTransformer: {
                inputPaths: { id: "$.id" },
                inputTemplate:
                    '{"arn":<aws.events.rule-arn>,"name":"<aws.events.rule-name>","at":"<aws.events.event.ingestion-time>"}',
            },
        },
        puts: [{}],
        delivered: [{ arn: RULE, name: "rule", at: "2026-01-01T00:00:00Z" }],
    },
    {
        title: "a template names only variables that it has paths for",
        source: TRANSFORM,
        target: { inputTransformer: { inputPaths: {}, inputTemplate: "<who>" } },
        refused: INVALID,
    },
    {
        title: "a FIFO queue as a target needs a message group",
        source: TARGET,
        target: { arn: "arn:aws:sqs:eu-west-1:123456789012:x.fifo" },
        refused: INVALID,
    },
    {
        title: "a FIFO queue as a target needs content-based deduplication: without it the event is not delivered",
        source: TARGET,
        does: [
            [
                0,
                (stage) => {
                    for (const isOn of [true, false]) {
                        const inputs = { fifoQueue: true, contentBasedDeduplication: isOn };
                        const arn = stage.queue(`${isOn}.fifo`, inputs);
                        const sqsTarget = { messageGroupId: "g" };
                        stage.target({ arn, targetId: String(isOn), sqsTarget, ...toDead });
                    }
                    stage.put({ Detail: '{"a":1}' });
                },
            ],
        ],
        check: (stage) => {
            assert.equal(stage.messages("https://true.fifo").length, 1);
            assert.equal(stage.messages("https://false.fifo").length, 0);
            assert.equal(stage.messages("https://dead").length, 1);
        },
    },
];

const deliveries: readonly RuleCase[] = [
    {
        title: "a delivery that fails is tried again with growing, random pauses",
        source: RETRIES,
        puts: [{}],
        errors: Array<string>(4).fill("ServiceException"),
        check: ({ at }) => {
            assert.equal(at.length, 1);
            assert((at[0] ?? 0) > 7.5 && (at[0] ?? 0) <= 15, `after ${at[0]} seconds`);
        },
    },
    {
        title: "a delivery is given up after 24 hours, or 185 tries more, and the event is dropped",
        source: RETRIES,
        puts: [{}],
        errors: Array<string>(1000).fill("ServiceException"),
        seconds: 90_000,
        check: ({ delivered, invocations, world }) => {
            assert.deepEqual(delivered, []);
            assert(invocations > 100 && invocations <= 186, `${invocations} tries`);
            assert.equal(world.counters["events.failed"], 1);
        },
    },
    {
        title: "a target has its own number of retries, and a dead-letter queue gets what is given up",
        source: DEAD,
        target: { ...toDead, retryPolicy: { maximumRetryAttempts: 2 } },
        puts: [{}],
        errors: Array<string>(3).fill("TooManyRequestsException"),
        delivered: [],
        dead: [
            lost({
                ERROR_CODE: "THROTTLING",
                EXHAUSTED_RETRY_CONDITION: "MaximumRetryAttempts",
                RETRY_ATTEMPTS: "2",
            }),
        ],
    },
    {
        title: "a target has its own age at which an event is given up",
        source: DEAD,
        target: { ...toDead, retryPolicy: { maximumEventAgeInSeconds: 60 } },
        puts: [{}],
        errors: Array<string>(100).fill("ServiceException"),
        seconds: 120,
        check: (stage) => {
            const [message, ...others] = stage.messages("https://dead");
            assert.deepEqual(others, []);
            assert.equal(message?.attributes["ERROR_CODE"], "ERROR_FROM_TARGET");
            assert.equal(message.attributes["EXHAUSTED_RETRY_CONDITION"], "MaximumEventAgeInSeconds");
        },
    },
    {
        title: "a dead-letter queue gets the event itself, with what became of it in attributes",
        source: DEAD,
        target: { ...toDead, retryPolicy: { maximumRetryAttempts: 0 }, input: '"constant"' },
        puts: [{ Detail: '{"a":1}' }],
        errors: ["ServiceException"],
        check: (stage) => {
            const [message] = stage.messages("https://dead");
            assert.deepEqual((message?.body as Record<string, unknown>)["detail"], { a: 1 });
        },
    },
    {
        title: "a missing permission is not tried again",
        source: DEAD,
        target: toDead,
        puts: [{}],
        errors: ["AccessDeniedException"],
        delivered: [],
        dead: [lost({ ERROR_CODE: "NO_PERMISSIONS", RETRY_ATTEMPTS: "0" })],
    },
    {
        title: "a target that does not exist is not tried again",
        source: DEAD,
        target: toDead,
        puts: [{}],
        errors: ["ResourceNotFoundException"],
        delivered: [],
        dead: [lost({ ERROR_CODE: "NO_RESOURCE", RETRY_ATTEMPTS: "0" })],
    },
    {
        title: "without a permission and without a dead-letter queue the event is lost",
        source: DEAD,
        puts: [{}],
        errors: ["AccessDeniedException"],
        delivered: [],
        dead: [],
        check: ({ world }) => assert.equal(world.counters["events.failed"], 1),
    },
    {
        title: "a dead-letter queue must let the rule in by its policy, or the event is lost",
        source: DEAD,
        errors: ["AccessDeniedException"],
        does: [
            [
                0,
                (stage) => {
                    const arn = stage.queue("closed", {}, false);
                    stage.target({ deadLetterConfig: { arn } });
                    stage.put({});
                },
            ],
        ],
        check: (stage) => {
            assert.deepEqual(stage.messages("https://closed"), []);
            assert.equal(stage.world.counters["events.lost"], 1);
        },
    },
    {
        title: "a dead-letter queue is a standard queue",
        source: DEAD,
        target: { deadLetterConfig: { arn: "arn:aws:sqs:eu-west-1:123456789012:dead.fifo" } },
        refused: INVALID,
    },
    {
        title: "retries are 185 at most",
        source: RETRY_POLICY,
        target: { retryPolicy: { maximumRetryAttempts: 186 } },
        refused: INVALID,
    },
    ...[59, 86_401].map((maximumEventAgeInSeconds) => ({
        title: `an event's age is from 60 to 86,400 seconds: ${maximumEventAgeInSeconds} is refused`,
        source: RETRY_POLICY,
        target: { retryPolicy: { maximumEventAgeInSeconds } },
        refused: INVALID,
    })),
    {
        title: "an event may be delivered more than once, and events in any order",
        source: "EventBridge User Guide: What is Amazon EventBridge? and its FAQ",
        notModelled: "chance is the simulator's: a bus alone delivers each event once and in order",
        puts: [{ Detail: '{"n":1}' }, { Detail: '{"n":2}' }],
        target: { inputPath: "$.detail.n" },
        delivered: [1, 2],
    },
];

/** Codes of the entries of a PutEvents answer. */
function codes(answer: Record<string, unknown>): (string | undefined)[] {
    return (answer["Entries"] as { ErrorCode?: string }[]).map(({ ErrorCode }) => ErrorCode);
}

function putting(title: string, source: string, check: (stage: Stage) => void): RuleCase {
    return { title, source, does: [[0, check]] };
}

/** The event of an execution that got this input and ended with this output. */
async function statusEvent(input: unknown, output: unknown): Promise<Record<string, unknown>> {
    const pass = { P: { Type: "Pass", Output: output, End: true } };
    const machines = new Machines().create({ QueryLanguage: "JSONata", StartAt: "P", States: pass });
    machines.start("one", input);
    await machines.finish();
    return machines.statusEvents.at(-1) ?? {};
}

/** Rows whose `check` is a promise would not be waited for: the events are made first. */
const small = await statusEvent({ a: 1 }, { b: 2 });
const large = await statusEvent({ text: "x".repeat(150 * 1024) }, "x".repeat(150 * 1024));
const huge = await statusEvent({ text: "x".repeat(249 * 1024) }, {});

const putEvents: readonly RuleCase[] = [
    putting("PutEvents takes one to ten entries", PUT_EVENTS, (stage) => {
        assert.throws(() => stage.put(), { name: INVALID });
        assert.equal(stage.put(...Array<object>(10).fill({}))["FailedEntryCount"], 0);
        assert.throws(() => stage.put(...Array<object>(11).fill({})), { name: INVALID });
    }),
    putting("the entries of PutEvents have 1 MB together at most", PUT_EVENTS, (stage) => {
        const Detail = JSON.stringify({ text: "x".repeat(500_000) });
        assert.equal(stage.put({ Detail }, { Detail })["FailedEntryCount"], 0);
        assert.throws(() => stage.put({ Detail }, { Detail }, { Detail }), { name: INVALID });
    }),
    putting("an entry's size is its texts' and resources' bytes, and 14 for a time", SIZE, (stage) => {
        const rest = "app".length + "Something".length + "arn:é".length + 1 + 14;
        const put = (length: number): unknown =>
            stage.put({
                Detail: JSON.stringify("x".repeat(length)).replace(/^"(.*)"$/, '{"a":"$1"}'),
                Resources: ["arn:é"],
                Time: new Date(0),
            });
        const most = 1024 * 1024 - rest - '{"a":""}'.length;
        put(most);
        assert.throws(() => put(most + 1), { name: INVALID });
    }),
    putting(
        "an entry without a source, a type or a detail fails, and the others are taken",
        PUT_EVENTS,
        (stage) => {
            const answer = stage.put(
                { Source: undefined },
                { DetailType: undefined },
                { Detail: undefined },
                {},
            );
            const failed = "InvalidArgument";
            assert.deepEqual(codes(answer), [failed, failed, failed, undefined]);
            assert.equal(answer["FailedEntryCount"], 3);
        },
    ),
    putting("an entry's detail is a JSON object", PUT_EVENTS, (stage) => {
        const failed = "MalformedDetail";
        assert.deepEqual(codes(stage.put({ Detail: "no" }, { Detail: "[]" }, { Detail: "1" })), [
            failed,
            failed,
            failed,
        ]);
    }),
    putting("a source that begins with aws. is AWS's own", PUT_EVENTS, (stage) => {
        assert.deepEqual(codes(stage.put({ Source: "aws.glue" })), ["NotAuthorizedForSourceException"]);
    }),
    {
        title: "an entry without a time gets that of the call",
        source: PUT_EVENTS,
        target: { inputPath: "$.time" },
        does: [[30, (stage) => void stage.put({})]],
        delivered: ["2026-01-01T00:00:30Z"],
    },
    {
        title: "an execution's status change carries input and output as text, and says that they are whole",
        source: STATES,
        check: () => {
            const { input, output, inputDetails, outputDetails, status, ...rest } = small;
            assert.deepEqual([input, output, status], ['{"a":1}', '{"b":2}', "SUCCEEDED"]);
            assert.deepEqual([inputDetails, outputDetails], [{ included: true }, { included: true }]);
            assert.deepEqual(Object.keys(rest).sort(), [
                "cause",
                "error",
                "executionArn",
                "name",
                "redriveCount",
                "redriveDate",
                "redriveStatus",
                "redriveStatusReason",
                "startDate",
                "stateMachineAliasArn",
                "stateMachineArn",
                "stateMachineVersionArn",
                "stopDate",
            ]);
        },
    },
    {
        title: "a status change leaves the input out when it and the output are more than 248 KB together",
        source: STATES,
        check: () => {
            assert.deepEqual([large["input"], large["inputDetails"]], [null, { included: false }]);
            assert.deepEqual(large["outputDetails"], { included: true });
        },
    },
    {
        title: "a status change leaves the input out when it alone is more than 248 KB",
        source: STATES,
        check: () => {
            assert.deepEqual([huge["input"], huge["inputDetails"]], [null, { included: false }]);
            assert.deepEqual([huge["output"], huge["outputDetails"]], ["{}", { included: true }]);
        },
    },
];

export const rules: readonly RuleCase[] = [...schedules, ...rulesAndTargets, ...deliveries, ...putEvents];
