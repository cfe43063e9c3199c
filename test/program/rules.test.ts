/** The rules of the services, one by one: each finds its mistake in a program that is right but for that. */
import assert from "node:assert/strict";
import type { Recorded } from "../mocks.ts";
import { directory } from "./fixtures.ts";
import { RULES, ruleMistakes } from "./rules/index.ts";
import { valueAt } from "./rules/rule.ts";
import { declareProgram } from "./schema/declare.ts";

/** Type (its last part), what is changed of its first resource, and what is found then. */
type Case = readonly [type: string, change: Change, says: string | RegExp];
type Change = Readonly<Record<string, unknown>> | ((resource: Recorded) => Readonly<Record<string, unknown>>);

const policy =
    (change: (statement: Record<string, unknown>) => object, more: object = {}, input = "policy"): Change =>
    ({ inputs }) => {
        const document = JSON.parse(String(inputs[input])) as { Statement: Record<string, unknown>[] };
        const [first = {}, ...others] = document.Statement;
        return {
            [input]: JSON.stringify({
                ...document,
                ...more,
                Statement: [{ ...first, ...change(first) }, ...others],
            }),
        };
    };
const trust = (change: object, more: object = {}): Change => policy(() => change, more, "assumeRolePolicy");
const tags = (count: number): object =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, ""]));
const widget = (change: object): Change => ({
    dashboardBody: JSON.stringify({ widgets: [{ type: "metric", properties: {}, ...change }] }),
});
const shows = (...metrics: unknown[][]): Change => widget({ properties: { metrics } });
const many = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

const CASES: readonly Case[] = [
    // Tags
    ["Queue", { tags: tags(51) }, "tags are 51; expected at most 50"],
    ["BucketObjectv2", { tags: tags(11) }, "tags are 11; expected at most 10"],
    ["Queue", { tags: { "a,b": "" } }, 'tags have the key "a,b", which no tag can have'],
    ["Queue", { tags: { "aws:a": "" } }, 'tags have the key "aws:a", which no tag can have'],
    ["Queue", { tags: { a: "b#c" } }, 'tags have the value "b#c" under a, which no tag can have'],
    ["Role", { tags: { Team: "a", team: "b" } }, /^tags have the key team twice, in another case/],
    // ARNs
    [
        "Job",
        { roleArn: "turnstile-role" },
        /^roleArn is "turnstile-role"; expected an ARN that goes on with \/\^iam/,
    ],
    [
        "EventTarget",
        { arn: "arn:aws:kinesis:us-east-1:123456789012:stream/x" },
        /^arn is ".*"; expected an ARN/,
    ],
    ["Function", { role: "arn:aws:iam::123456789012:user/x" }, /^role is ".*"; expected an ARN/],
    [
        "MetricAlarm",
        { okActions: ["arn:aws:sqs:us-east-1:123456789012:x"] },
        /^okActions\.0 is ".*"; expected an ARN/,
    ],
    [
        "Topic",
        { kmsMasterKeyId: "arn:aws:kms:us-east-1:123456789012:alias/x" },
        /^kmsMasterKeyId is ".*alias\/x"; expected/,
    ],
    [
        "Function",
        { deadLetterConfig: { targetArn: "arn:aws:sqs:us-east-1:123456789012:x" } },
        /^deadLetterConfig\.targetArn is an ARN, and nobody says of which kind/,
    ],
    [
        "StateMachine",
        { loggingConfiguration: { logDestination: "arn:aws:logs:us-east-1:123456789012:log-group:x" } },
        /^loggingConfiguration\.logDestination is ".*"; expected an ARN/,
    ],
    // Policies
    [
        "RolePolicy",
        policy(() => ({ Principal: "*" })),
        /^policy is no identity policy: an identity policy must not have a Principal$/,
    ],
    [
        "RolePolicy",
        policy(() => ({ Condition: { StringEqual: { a: "b" } } })),
        /^policy is no identity policy: unknown condition operator StringEqual$/,
    ],
    ["RolePolicy", policy(() => ({ Action: [] })), "policy has an empty list at Statement.0.Action"],
    [
        "RolePolicy",
        policy(() => ({ Condition: { StringEquals: { "aws:SourceAccount": [] } } })),
        "policy has an empty list at Statement.0.Condition.StringEquals.aws:SourceAccount",
    ],
    [
        "RolePolicy",
        policy(() => ({ Resource: "arn:aws:glue:us-east-1:123456789012:job/日本" })),
        "policy has characters beyond U+00FF, which IAM does not take",
    ],
    [
        "RolePolicy",
        policy(() => ({ Sid: "deny-plain" })),
        "policy has the Sid deny-plain; expected letters and digits",
    ],
    [
        "RolePolicy",
        policy(() => ({}), { Version: "2008-10-17" }),
        "policy has Version 2008-10-17; expected 2012-10-17",
    ],
    [
        "Role",
        trust({ Resource: "*" }),
        /^assumeRolePolicy is no trust policy: a trust policy must not have a Resource$/,
    ],
    [
        "RolePolicy",
        policy(() => ({ Sid: "x".repeat(10_240) })),
        /^name: its \d inline policies have \d{5} characters together; expected at most 10240$/,
    ],
    ["QueuePolicy", policy(() => ({ Resource: "*" })), /^policy is about \*; expected arn:aws:sqs:/],
    [
        "QueuePolicy",
        policy(() => ({ Action: "sns:Publish" })),
        "policy has the action sns:Publish; expected actions of sqs",
    ],
    [
        "QueuePolicy",
        policy(() => ({ Principal: undefined })),
        "policy is no resource policy: a statement has no Principal",
    ],
    [
        "QueuePolicy",
        policy(({ Sid }) => ({ Action: many(8, "sqs:SendMessage"), Sid })),
        "policy has 8 actions in a statement; expected at most 7",
    ],
    [
        "QueuePolicy",
        policy(() => ({ Principal: { AWS: many(51, "123456789012") } })),
        "policy has 51 principals; expected at most 50",
    ],
    [
        "QueuePolicy",
        policy(() => ({ Sid: "x".repeat(8192) })),
        /^policy has 8\d{3} bytes; expected at most 8192$/,
    ],
    ["TopicPolicy", policy(() => ({ Resource: "*" })), /^policy is about \*; expected arn:aws:sns:/],
    [
        "TopicPolicy",
        policy(() => ({ Action: "sns:*" })),
        "policy has the action sns:*, which no topic's policy can have",
    ],
    [
        "TopicPolicy",
        policy(() => ({ Sid: "x".repeat(30_720) })),
        /^policy has 3\d{4} bytes; expected at most 30720$/,
    ],
    [
        "BucketPolicy",
        policy(() => ({ Resource: "arn:aws:s3:::another" })),
        /^policy is about arn:aws:s3:::another; expected arn:aws:s3:::turnstile-/,
    ],
    [
        "BucketPolicy",
        policy(() => ({ Sid: "x".repeat(20_480) })),
        /^policy has 2\d{4} bytes; expected at most 20480$/,
    ],
    ["Key", policy(() => ({ Sid: "x".repeat(32_768) })), /^policy has 3\d{4} bytes; expected at most 32768$/],
    [
        "BucketPolicy",
        policy(() => ({ Principals: "*" })),
        "policy is no resource policy: unknown statement element Principals",
    ],
    [
        "TopicPolicy",
        policy(() => ({ Resource: undefined })),
        "policy is no resource policy: a statement has no Resource",
    ],
    ["Key", policy(() => ({ Effect: "allow" })), /^policy is no resource policy: Effect is "allow"/],
    // Functions and what feeds them
    ["Function", { handler: "main.handler" }, "handler is main.handler; expected a file among index.mjs"],
    ["Function", { code: { "index.mjs": { text: "x".repeat(52_428_801) } } }, /^code has 52428801 bytes/],
    [
        "Function",
        { loggingConfig: { logFormat: "Text", systemLogLevel: "WARN" } },
        "loggingConfig has log levels, which need logFormat JSON",
    ],
    ["Permission", { "outputs.statementId": "s".repeat(101) }, /^statementId is s+; expected/],
    ["Permission", { action: "InvokeFunction" }, /^action is "InvokeFunction"; expected/],
    ["Permission", { sourceArn: undefined }, "sourceArn is missing; expected the resource that invokes"],
    [
        "Queue",
        { visibilityTimeoutSeconds: 239 },
        /^eventSourceArn is of turnstile-queue, which hides messages for 239 seconds; expected six times the 40 of turnstile-jobs-starter or more$/,
    ],
    // Tables, buckets, jobs
    ["Table", { streamEnabled: undefined }, "streamViewType is given, but streamEnabled is not true"],
    [
        "Table",
        { localSecondaryIndexes: many(6, { name: "line", rangeKey: "a", projectionType: "ALL" }) },
        "localSecondaryIndexes are more than five",
    ],
    [
        "Table",
        { localSecondaryIndexes: [{ name: "l", rangeKey: "a", projectionType: "ALL" }] },
        "localSecondaryIndexes has the name l; expected 3 to 255 characters",
    ],
    [
        "Table",
        { localSecondaryIndexes: [{ name: "line", rangeKey: "a", projectionType: "all" }] },
        "localSecondaryIndexes has line with projectionType all; expected ALL, KEYS_ONLY or INCLUDE",
    ],
    ["Table", { "ttl.attributeName": "" }, 'ttl.attributeName is ""; expected /./'],
    ["Table", { "ttl.attributeName": "entry" }, "ttl.attributeName is entry, which is a key"],
    ["TableItem", { item: "{" }, "item is {; expected a JSON object"],
    [
        "TableItem",
        { item: '{"poolName": {"S": "a"}, "entry": {"S": "b"}, "limit": {"N": 3}}' },
        "item has no typed value at limit",
    ],
    ["TableItem", { item: '{"poolName": {"S": "a"}}' }, "item lacks the key entry"],
    [
        "TableItem",
        { item: JSON.stringify({ poolName: { S: "a" }, entry: { S: "b".repeat(409_600) } }) },
        "item has more than 400 KB",
    ],
    [
        "TableItem",
        { hashKey: "entry" },
        "tableName is a table whose hashKey is poolName; the item says entry",
    ],
    ["BucketObjectv2", { key: "é".repeat(513) }, "key has more than 1024 bytes"],
    ["BucketObjectv2", { serverSideEncryption: "AES256" }, "kmsKeyId needs serverSideEncryption aws:kms"],
    [
        "BucketServerSideEncryptionConfiguration",
        {
            rules: [
                {
                    applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" },
                    blockedEncryptionTypes: ["SSE"],
                },
            ],
        },
        "rules block SSE",
    ],
    ["Job", { glueVersion: "5" }, /^glueVersion is "5"; expected one of 0\.9/],
    ["Job", { "command.pythonVersion": "3" }, "command is pythonshell with Python 3; expected 3.6 or 3.9"],
    [
        "Job",
        { "command.scriptLocation": "s3://a/b.py" },
        "command.scriptLocation is s3://a/b.py, where the program puts no object",
    ],
    [
        "Job",
        { "executionProperty.maxConcurrentRuns": 1001 },
        "executionProperty.maxConcurrentRuns is 1001; expected at most 1000",
    ],
    [
        "Job",
        { defaultArguments: { number: "1" } },
        "defaultArguments has number; expected names that begin with --",
    ],
    // Machines, events, logs, mails
    ["StateMachine", { "outputs.name": "n".repeat(81) }, /^name is n+, 81 characters; expected 1 to 80/],
    [
        "StateMachine",
        { definition: "x".repeat(1_048_577) },
        "definition has 1048577 bytes; expected at most 1 MiB",
    ],
    ["EventRule", { namePrefix: "n".repeat(39) }, "namePrefix has 39 characters; expected at most 38"],
    ["EventRule", { "outputs.name": "nobody" }, "name: it has no target, so it does nothing"],
    ["EventTarget", { "outputs.targetId": "a b" }, /^targetId is a b; expected/],
    [
        "EventTarget",
        { input: JSON.stringify("x".repeat(8192)) },
        "input has 8194 characters; expected at most 8192",
    ],
    ["EventTarget", { input: "{sweep: true}" }, "input is {sweep: true}; expected JSON"],
    [
        "EventTarget",
        { inputPath: "$.detail" },
        "input is given together with inputPath; expected one of them",
    ],
    ["LogGroup", { namePrefix: "aws/turnstile" }, /^namePrefix is "aws\/turnstile"; expected/],
    ["TopicSubscription", { endpoint: "operators" }, "endpoint is operators; expected an address"],
    // Alarms and dashboards
    [
        "MetricAlarm",
        { metricName: "ApproximateNumberOfMessages" },
        /^metricName has the metric AWS\/SQS ApproximateNumberOfMessages, which is not on SQS/,
    ],
    [
        "MetricAlarm",
        { namespace: "AWS/Sqs" },
        /^metricName has the namespace AWS\/Sqs; expected one of Turnstile/,
    ],
    [
        "MetricAlarm",
        { dimensions: { Queue: "x" } },
        "metricName has the metric ApproximateNumberOfMessagesVisible by Queue; expected by QueueName",
    ],
    [
        "MetricAlarm",
        { dimensions: { QueueName: "" } },
        'dimensions have QueueName ""; expected 1 to 1024 characters',
    ],
    [
        "Dashboard",
        shows(["Turnstile", "Waitings", "table", "t", "pool", "p"]),
        "dashboardBody has the metric Turnstile Waitings, which is not on functions/lib/metrics.ts",
    ],
    [
        "Dashboard",
        shows(["AWS/Lambda", "Errors", "FunctionName"]),
        "dashboardBody has the metric Errors with a dimension that has no value",
    ],
    [
        "Dashboard",
        shows(...many(501, ["AWS/SQS", "NumberOfMessagesSent", "QueueName", "q"])),
        "dashboardBody has a widget with more than 500 metrics",
    ],
    ["Dashboard", widget({ type: "graph" }), "dashboardBody has a widget of type graph"],
    ["Dashboard", widget({ width: 25 }), "dashboardBody has a widget 25 columns wide; expected 1 to 24"],
    ["Dashboard", widget({ height: 0 }), "dashboardBody has a widget 0 rows high; expected 1 to 1000"],
    [
        "Dashboard",
        widget({ properties: { period: 90 } }),
        "dashboardBody has a widget with the period 90; expected a multiple of 60",
    ],
    [
        "Dashboard",
        widget({ properties: { alarms: many(101, "a") } }),
        "dashboardBody has a widget of 101 alarms; expected at most 100",
    ],
];

describe("The services' rules", () => {
    let program: readonly Recorded[];

    before(async () => {
        const owned = {
            kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/1",
            alarmEmail: "operators@example.com",
        };
        const { resources } = await declareProgram(directory, owned);
        const statement = {
            Effect: "Allow",
            Principal: { AWS: "123456789012" },
            Action: "kms:*",
            Resource: "*",
        };
        const document = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
        const key = {
            type: "aws:kms/key:Key",
            name: "key",
            inputs: { policy: document },
            outputs: {},
            secrets: [],
        };
        program = [...resources, key];
        assert.deepEqual(ruleMistakes(program), []);
    });

    for (const [type, change, says] of CASES) {
        it(`${type}: ${typeof says === "string" ? says : says.source}`.slice(0, 140), () => {
            const found = ruleMistakes(changed(program, type, change));
            const mistakes = found.map((mistake) => mistake.replace(/^[\w-]+ \(aws:[\w/:]+\): /, ""));
            const without = mistakes.map((mistake) => mistake.replace(/ \([^()]*(\([^()]*\)[^()]*)*\)$/, ""));
            assert.ok(
                without.some((mistake) => (typeof says === "string" ? mistake === says : says.test(mistake))),
                `found ${without.map((mistake) => mistake.slice(0, 300)).join("\n") || "nothing"}`,
            );
        });
    }

    it("say the resource, its type, the input, and the page of AWS that they come from", () => {
        const [mistake] = ruleMistakes(changed(program, "Queue", { tags: tags(51) }));
        assert.match(
            mistake ?? "",
            /^turnstile-[\w-]+ \(aws:sqs\/queue:Queue\): tags are 51; expected at most 50 \(/,
        );
    });

    it("all find something in these cases", () => {
        const silent = new Set(
            Object.entries(RULES).flatMap(([type, rules]) => rules.map((rule, i) => ({ type, rule, i }))),
        );
        for (const [type, change] of CASES) {
            const faulty = changed(program, type, change);
            for (const each of silent) {
                const own = faulty.filter((resource) => each.type === "*" || resource.type === each.type);
                if (own.some((resource) => each.rule.find(resource, faulty).length > 0)) silent.delete(each);
            }
        }
        assert.deepEqual(
            [...silent].map(({ type, i, rule }) => `${type} ${i}: ${rule.page}`),
            [],
        );
    });

    it("are about types that the program has, or that its tests have", () => {
        const types = new Set(program.map(({ type }) => type));
        assert.deepEqual(
            Object.keys(RULES).filter((type) => type !== "*" && !types.has(type)),
            [],
        );
    });
});

/** The program, with changes to the first resource of a type: of inputs by their paths, or of what AWS assigned. */
function changed(program: readonly Recorded[], type: string, change: Change): Recorded[] {
    const first = program.find(
        (resource) => resource.type.endsWith(`:${type}`) && isSuited(resource, change),
    );
    assert.ok(first, `the program has no ${type} for this`);
    const changes = typeof change === "function" ? change(first) : change;
    const copy = structuredClone(first) as Recorded & Record<string, Record<string, unknown>>;
    for (const [path, value] of Object.entries(changes)) {
        const names = (path.startsWith("outputs.") ? path : `inputs.${path}`).split(".");
        const holder = valueAt(copy, names.slice(0, -1).join(".")) as Record<string, unknown>;
        holder[names.at(-1) ?? ""] = value;
    }
    return program.map((resource) => (resource === first ? copy : resource));
}

/** A change of a value that only some resources of a type have is made to one that has it. */
function isSuited({ name, type, inputs }: Recorded, change: Change): boolean {
    if (typeof change === "function") return true;
    if (type.endsWith(":Queue") && "visibilityTimeoutSeconds" in change) return name === "turnstile-queue";
    if (type.endsWith(":MetricAlarm")) return inputs["namespace"] === "AWS/SQS";
    return !("inputPath" in change) || inputs["input"] !== undefined;
}
