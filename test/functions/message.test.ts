/** What may be asked of a message's reader: names and values that are refused, and hostile bodies by the hundred thousand. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import schema from "../../functions/starter/message.schema.json" with { type: "json" };
import { readMessage } from "../../functions/starter/message.ts";
import { DOUBTFUL_VALUES, NAMES, VALUES } from "./argparse-cases.ts";
import {
    BEGINNINGS,
    GLUES_DATA,
    GLUES_NAMES_READ_ON,
    GLUES_OWN,
    GLUES_OWN_BY_SOURCE,
    HostileBodies,
    TURNSTILES_OWN,
} from "./hostile-bodies.ts";

/** How many hostile bodies are read. All of them: `HOSTILE_MESSAGES=1000000 npm test -- test/functions/message.test.ts`. */
const COUNT = Number(process.env["HOSTILE_MESSAGES"] ?? 100_000);

/** SQS's largest message; the queue takes a quarter of that. */
const LARGEST = 1024 * 1024;
/** A reason ends in an attribute of 1000 characters, and is read by people. */
const MAX_REASON = 400;

const reserved = schema.properties.arguments.propertyNames.not;
const [, { enum: reservedNames = [] }] = reserved.anyOf as [unknown, { enum?: string[] }];

/** Beginnings that reserve all names which have them. */
const FAMILIES = ["--enable-", "--continuous-log-", "--python-virtual-env"];

function problemOf(body: string | object, allowed?: ReadonlySet<string>): string {
    const read = readMessage(typeof body === "string" ? body : JSON.stringify(body), allowed);
    assert.ok("problem" in read, `it was accepted: ${JSON.stringify(body).slice(0, 200)}`);
    return read.problem;
}

function accepted(args: Record<string, string>, allowed?: ReadonlySet<string>): unknown {
    const read = readMessage(JSON.stringify({ arguments: args }), allowed);
    assert.ok("work" in read, `it was refused: ${"problem" in read ? read.problem : ""}`);
    return read.work.arguments;
}

/** Reads cases of argparse-cases.ts, and prints those that this machine's argparse decides otherwise. */
const ARGPARSE = `
import argparse, json, sys

class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise ValueError(message)

def parse(options, words):
    parser = Parser(add_help=True)
    for option in options:
        parser.add_argument(option, dest=option)
    try:
        return vars(parser.parse_known_args(words)[0])
    except (ValueError, SystemExit):
        return None

cases = json.load(sys.stdin)
for value, becomes in cases["values"]:
    parsed = parse(["--key", "--month"], ["--key", value, "--month", "1"])
    # Newer versions of Python take more for numbers: what is refused here may be taken there.
    if becomes == "value" and parsed != {"--key": value, "--month": "1"}:
        print(value, parsed)
for case in cases["names"]:
    parsed = parse(case["options"], [case["name"], "x"])
    gets = "error" if parsed is None else next((o for o in parsed if parsed[o] == "x"), "nothing")
    if gets != case["gets"]:
        print(case, gets)
`;

const s3Record = {
    eventVersion: "2.5",
    eventSource: "aws:s3",
    awsRegion: "us-west-2",
    eventName: "ObjectCreated:Put",
    s3: { s3SchemaVersion: "1.0", bucket: { name: "amzn-s3-demo-bucket" }, object: { key: "day.csv" } },
};
const snsNotification = {
    Type: "Notification",
    MessageId: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
    SequenceNumber: "10000000000000000000",
    TopicArn: "arn:aws:sns:us-west-2:123456789012:MyTopic.fifo",
    Message: '{"arguments":{"--day":"1"}}',
    Timestamp: "2012-05-02T00:54:06.655Z",
    UnsubscribeURL: "https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe",
};
const event = {
    version: "0",
    id: "17793124-05d4-b198-2fde-7ededc63b103",
    "detail-type": "Object Created",
    source: "aws.s3",
    account: "111122223333",
    time: "2021-11-12T00:00:00Z",
    region: "ca-central-1",
    resources: ["arn:aws:s3:::amzn-s3-demo-bucket1"],
    detail: { bucket: { name: "amzn-s3-demo-bucket1" }, object: { key: "example-key" } },
};

/**
 * Bodies that other services and programs send, in the shapes of their documentation: Amazon S3 User Guide, "Event message
 * structure"; Amazon SNS Developer Guide, "HTTP/HTTPS notification JSON format" and "Amazon SNS raw message delivery";
 * Amazon EventBridge User Guide, "AWS service event metadata"; Lambda Developer Guide, "Using Lambda with Amazon SQS";
 * Glue API, "StartJobRun"; CloudEvents 1.0, "JSON Event Format"; Airflow's REST API and its GlueJobOperator.
 */
const ENVELOPES: readonly (readonly [what: string, body: string | object, hint: string])[] = [
    [
        "an S3 event notification",
        { Records: [s3Record] },
        " This looks like an S3 event notification: let S3 send its events to EventBridge, and let a rule's input transformer write the body.",
    ],
    [
        "S3's test of a notification",
        { Service: "Amazon S3", Event: "s3:TestEvent", Time: "2014-10-13T15:57:02.089Z", Bucket: "b" },
        " This looks like an S3 event notification: let S3 send its events to EventBridge, and let a rule's input transformer write the body.",
    ],
    [
        "an SNS notification",
        snsNotification,
        " This looks like an SNS notification: turn on raw message delivery for the subscription.",
    ],
    [
        "an SNS notification as Lambda gets it",
        { Records: [{ EventSource: "aws:sns", EventVersion: "1.0", Sns: snsNotification }] },
        " This looks like records of aws:sns: send what is in each of them as a message of its own.",
    ],
    [
        "an EventBridge event",
        event,
        " This looks like an EventBridge event: give the rule's target an input transformer that writes the body.",
    ],
    [
        "SQS records as Lambda gets them",
        { Records: [{ messageId: "m", receiptHandle: "r", body: "{}", eventSource: "aws:sqs" }] },
        " This looks like records of aws:sqs: send what is in each of them as a message of its own.",
    ],
    [
        "a record as a pipe of EventBridge hands it on",
        { eventID: "1", eventName: "INSERT", eventSource: "aws:dynamodb", dynamodb: {} },
        " This looks like a record of aws:dynamodb: give the pipe's target an input template that writes the body.",
    ],
    [
        "a request of Glue's StartJobRun",
        { JobName: "aggregate", Arguments: { "--day": "1" } },
        ' This looks like a request of Glue\'s StartJobRun: send its Arguments as "arguments", and no JobName.',
    ],
    [
        "a CloudEvent",
        { specversion: "1.0", type: "com.example", source: "/x", id: "1", data: {} },
        " This looks like a CloudEvent: send only the job's arguments.",
    ],
    [
        "a DAG run of Airflow",
        { dag_run_id: "manual__1", conf: { "--day": "1" } },
        ' This looks like a DAG run of Airflow: send its conf as "arguments".',
    ],
    [
        "the parameters of Airflow's GlueJobOperator",
        { job_name: "aggregate", script_args: { "--day": "1" } },
        ' This looks like the parameters of Airflow\'s GlueJobOperator: send its script_args as "arguments".',
    ],
    [
        "a Python dict",
        "{'arguments': {'--day': '1'}}",
        " This looks like a Python dict: write the body with json.dumps (in Airflow's templates, with tojson).",
    ],
    [
        "JSON in JSON",
        JSON.stringify('{"arguments":{"--day":"1"}}'),
        " This looks like JSON that was encoded twice: encode it once.",
    ],
];

describe("A message's reader", () => {
    it("refuses each name that Glue or its library gives a meaning, and says where else the value can go", () => {
        const elsewhere =
            "If your script reads it, send the value under another name; if Glue should, set it in the job's default arguments.";
        for (const name of [...GLUES_OWN, ...FAMILIES.map((family) => `${family}x`)]) {
            const family = FAMILIES.find((beginning) => name.startsWith(beginning));
            const what = family === undefined ? "it" : `names that begin with ${family}`;
            assert.equal(
                problemOf({ arguments: { [name]: "x" } }),
                `The argument name "${name}" cannot be used: AWS Glue gives ${what} a meaning. ${elsewhere}`,
            );
        }
    });

    it(`reserves each name to which AWS's pages gave a meaning on ${GLUES_NAMES_READ_ON}, and no other; the schema names the pages`, () => {
        const inFamilies = GLUES_OWN.filter((name) => FAMILIES.some((family) => name.startsWith(family)));
        assert.deepEqual([...reservedNames, ...inFamilies].sort(), [...GLUES_OWN].sort());
        const { $comment } = reserved;
        assert.ok($comment.includes(GLUES_NAMES_READ_ON));
        for (const source of Object.keys(GLUES_OWN_BY_SOURCE)) assert.ok($comment.includes(source), source);
    });

    it("refuses the names that docs/security.md lists, and those with the beginnings that it gives", () => {
        const page = readFileSync(new URL("../../docs/security.md", import.meta.url), "utf8");
        const [, section = ""] =
            /Arguments to which Glue gives a meaning([^]*?)\(Glue Developer/.exec(page) ?? [];
        const listed = [...section.matchAll(/`(--[\w-]+)`/g)].map(([, name = ""]) => name);
        assert.deepEqual(listed.filter((name) => !FAMILIES.includes(name)).sort(), [...reservedNames].sort());
        assert.ok(FAMILIES.every((family) => listed.includes(family)));
    });

    it("refuses Turnstile's own names", () => {
        for (const name of TURNSTILES_OWN) {
            assert.match(
                problemOf({ arguments: { [name]: "x" } }),
                /cannot be used: names that begin with --turnstile are/,
            );
        }
    });

    for (const [name, taken] of [
        ["--EXTRA_PY_FILES", "--extra-py-files"],
        ["--tempdir", "--TempDir"],
        ["--Enable-Spark-UI", "a name that begins with --enable-"],
        ["--continuous_log_x", "a name that begins with --continuous-log-"],
        ["--Temp", "--TempDir"],
        ["--e", "--encryption-type"],
        ["--en", "--encryption-type"],
        ["--ena", "a name that begins with --enable-"],
        ["--enable", "a name that begins with --enable-"],
        ["--JOB_RUN", "--JOB_RUN_ID"],
        ["--job-bookmark-opt", "--job-bookmark-option"],
        ["--python-virtual", "a name that begins with --python-virtual-env"],
        ["--extra-p", "--extra-py-files"],
        ["--script", "--scriptLocation"],
    ] as const) {
        it(`refuses ${name}, which may be taken for ${taken}`, () => {
            assert.equal(
                problemOf({ arguments: { [name]: "x" } }),
                `The argument name "${name}" cannot be used: it may be taken for ${taken}, to which AWS Glue gives a meaning. Send the value under another name.`,
            );
        });
    }

    for (const name of ["--Turnstile-Holder", "--turnstil", "--t"]) {
        it(`refuses ${name}, which may be taken for a name of Turnstile's own`, () => {
            assert.match(
                problemOf({ arguments: { [name]: "x" } }),
                /taken for one of Turnstile's own, which begin with --turnstile\. Send the value under another name\.$/,
            );
        });
    }

    it("refuses each beginning of a name that Glue or Turnstile gives a meaning: argparse would complete it", () => {
        assert.ok(BEGINNINGS.length > 400);
        for (const name of BEGINNINGS.filter((name) => !GLUES_DATA.includes(name)))
            assert.match(problemOf({ arguments: { [name]: "x" } }), /cannot be used: /, name);
        for (const [name, options, gets] of NAMES) {
            const isTurnstiles = options.every((option) => option.startsWith("--turnstile"));
            if (gets === "nothing" || name === "--target_bucke") assert.ok(accepted({ [name]: "x" }));
            else assert.match(problemOf({ arguments: { [name]: "x" } }), isTurnstiles ? /Turnstile/ : /Glue/);
        }
    });

    it("refuses a name that the deployment does not allow, and lists those that it does", () => {
        const allowed = new Set(["--month", "--target_bucket"]);
        assert.deepEqual(accepted({ "--month": "1" }, allowed), { "--month": "1" });
        assert.deepEqual(accepted({}, allowed), {});
        assert.equal(
            problemOf({ arguments: { "--month": "1", "--target_bucke": "x" } }, allowed),
            'The argument name "--target_bucke" cannot be used: this queue takes only --month and --target_bucket. Did you mean --target_bucket? Otherwise use one of these, or have the name added to argumentNames of the deployment.',
        );
        assert.match(problemOf({ arguments: { "--Month": "x" } }, allowed), /takes only --month and/);
        const many = new Set(Array.from({ length: 100 }, (_, i) => `--name-${i}-${"x".repeat(i)}`));
        const problem = problemOf({ arguments: { ["--n".repeat(42)]: "x" } }, many);
        assert.match(problem, /takes only --name-0-, --name-1-x, [-\w, ]+ and \d\d more\. Use/);
        assert.ok(problem.length < MAX_REASON, String(problem.length));
    });

    it("takes any name that is not reserved if the deployment's list is empty, and a reserved one never", () => {
        assert.deepEqual(accepted({ "--x": "1" }, new Set()), { "--x": "1" });
        const allowed = new Set(["--conf", "--Temp", "--turnstile-holder"]);
        for (const name of allowed)
            assert.match(problemOf({ arguments: { [name]: "x" } }, allowed), /Glue|Turnstile/);
    });

    it("refuses names that the schema lets pass, of which the schema and docs/send-messages.md give examples", () => {
        const page = readFileSync(new URL("../../docs/send-messages.md", import.meta.url), "utf8");
        const { description } = schema.properties.arguments;
        const [validate, examples] = [new Ajv().compile(schema), ["--job_name", "--Temp"]];
        for (const name of examples) {
            assert.ok(validate({ arguments: { [name]: "x" } }));
            problemOf({ arguments: { [name]: "x" } });
            assert.ok(description.includes(` ${name}`) && page.includes(`\`${name}\``), name);
        }
    });

    it("takes names that are only like a reserved one to the eye, and those that say which data", () => {
        const names = [
            "--MODE",
            "--env",
            "--enabled",
            "--country",
            "--JOBS",
            "--Temperature",
            "--extras",
            "--confidence",
        ];
        const args = Object.fromEntries([...names, ...GLUES_DATA].map((name) => [name, "x"]));
        assert.deepEqual(accepted(args), args);
    });

    it("refuses a value that begins with a dash, which argparse would take for an option, unless it is - or a number", () => {
        for (const [value, becomes] of VALUES) {
            if (becomes === "value") assert.deepEqual(accepted({ "--key": value }), { "--key": value });
            else
                assert.match(
                    problemOf({ arguments: { "--key": value, "--month": "1" } }),
                    /^The body's arguments\.--key must not begin with a dash \(only - alone and numbers such as -5 and -0\.5 may\), but it is "-.*": .* Put something before the dash, such as \.\/ before a path\.$/,
                    value,
                );
        }
        for (const value of DOUBTFUL_VALUES)
            assert.match(problemOf({ arguments: { "--key": value } }), /must not begin with a dash/, value);
    });

    it("agrees with the argparse of this machine about every value that it takes, and about names", function () {
        const cases = JSON.stringify({
            values: VALUES,
            names: NAMES.map(([name, options, gets]) => ({ name, options, gets })),
        });
        const { status, stdout, stderr } = spawnSync("python3", ["-c", ARGPARSE], {
            input: cases,
            encoding: "utf8",
        });
        if (status === null) return this.skip();
        assert.equal(status, 0, stderr);
        assert.equal(stdout, "");
    });

    it("takes values with a dash further on, and anything that may stand in a script's argument", () => {
        const values = [
            "h",
            "x -h",
            "2024-01-01",
            "x --extra-jars y",
            " --x",
            "",
            "\n",
            "\u0001",
            "😀",
            "{% 1 %}",
        ];
        const args = Object.fromEntries(values.map((value, i) => [`--v${i}`, value]));
        assert.deepEqual(accepted(args), args);
    });

    it("refuses values that no program can be given: with NUL, or with half a surrogate pair", () => {
        for (const value of ["a\u0000", "\ud800", "x\udc00"])
            assert.match(
                problemOf({ arguments: { "--x": value } }),
                /--x must be text that a program can be given/,
            );
    });

    for (const [what, body, problem] of [
        [
            "another arguments",
            '{"arguments":{"--a":"1"},"arguments":{"--b":"2"}}',
            /^The name "arguments" comes twice in the body: only the last value would count\. Send each name once\.$/,
        ],
        [
            "another argument of the same name",
            '{"arguments":{"--b":"1","--c-":"2","--b":"1"}}',
            /^The name "--b" comes twice in the body's arguments: /,
        ],
        ["another priority", '{"priority":1,"priority":2}', /"priority" comes twice/],
        ["a name that is spelt another way", '{"priority":1,"\\u0070riority":1}', /"priority" comes twice/],
        ["an empty name", '{"":1,"":2}', /name "" comes twice/],
        ["__proto__", '{"arguments":{"__proto__":"1","__proto__":"2"}}', /"__proto__" comes twice/],
        [
            "a name inside of a list",
            '{"arguments":[1,{"x":[]},{"x":{},"x":"}"}]}',
            /"x" comes twice in the body's arguments/,
        ],
        [
            "a name after values that look like one",
            '{"arguments":{"--x":"\\"--y\\":","--y":"{\\\\","--y":""}}',
            /"--y" comes twice/,
        ],
    ] as const) {
        it(`refuses ${what} in one object, of which JSON would keep the last`, () => {
            const read = readMessage(body);
            assert.ok("problem" in read);
            assert.match(read.problem, problem);
            assert.equal(read.rule, "name twice");
        });
    }

    it("takes names that come again in another object, or in a value", () => {
        const args = { "--x": '"--x":1,"--x":2', "--arguments": "x", "--y": '{"a":1,"a":2}' };
        assert.deepEqual(accepted(args), args);
    });

    it("finds a name that comes twice in the time that it takes to read the body", () => {
        const names = (count: number): string => Array.from({ length: count }, (_, i) => `"k${i}":1`).join();
        for (const body of [
            `{${names(LARGEST / 12)},"k7":1}`,
            `${'{"a":'.repeat(LARGEST / 8)}{"b":1,"b":2}${"}".repeat(LARGEST / 8)}`,
            `{"a":"${"\\\\".repeat(LARGEST / 4)}${'\\"'.repeat(LARGEST / 4)}","a":1}`,
            `{"${'\\"'.repeat(LARGEST / 4)}":1,"${'\\"'.repeat(LARGEST / 4)}":1}`,
        ]) {
            const start = performance.now();
            assert.match(problemOf(body), /twice/);
            assert.ok(performance.now() - start < 5000);
        }
    });

    for (const [sent, body] of [
        ["12345678901234567890", '{"priority":12345678901234567890}'],
        ["1e400", '{"priority": 1e400 }'],
        ["-1E+0002", '{"arguments":{"--x":"\\"priority\\":7"},"priority":-1E+0002}'],
        ["-0", '{"arguments":{"--y":"1","--x":-0}}'],
        ["1.50", '{"arguments":{"--x":\n1.50}}'],
        ["1e400", "1e400"],
        ["0.10", '{"arguments":0.10}'],
    ] as const) {
        it(`quotes a number as it was sent: ${sent} of ${body.replaceAll(/\s/g, "")}`, () => {
            assert.match(problemOf(body), new RegExp(`, but it is ${sent.replaceAll(/[.+]/g, "\\$&")}[.:]`));
        });
    }

    it("quotes a number of any length in a few words", () => {
        assert.ok(problemOf(`{"priority":${"9".repeat(LARGEST)}}`).length < MAX_REASON);
    });

    for (const [what, body, hint] of ENVELOPES) {
        it(`recognizes ${what}, and says how to send what is in it`, () => {
            const problem = problemOf(body);
            assert.ok(problem.endsWith(hint), problem);
            assert.ok(problem.length < MAX_REASON);
        });
    }

    it("gives no such hint to a body that is only wrong", () => {
        for (const body of [
            '{"argument":{}}',
            '{"Records":[]}',
            '{"Records":[null]}',
            '{"Type":"x"}',
            '"x"',
            "[1]",
            "{",
        ])
            assert.doesNotMatch(problemOf(body), /looks like/);
    });

    for (const [body, problem] of [
        ["{", /^The body is not JSON \(Expected .*\)\. Send \{"arguments": \{"--name": "value"\}\}\.$/],
        ["[]", 'The body must be a JSON object, but it is []. Send {"arguments": {"--name": "value"}}.'],
        ["null", 'The body must be a JSON object, but it is null. Send {"arguments": {"--name": "value"}}.'],
        [
            '{"argument":{}}',
            'The body has the unknown member "argument": it takes only "arguments" and "priority". Send what the job needs in "arguments".',
        ],
        [
            '{"arguments":"--x 1"}',
            'The body\'s arguments must be a JSON object, but it is "--x 1". Send {"arguments": {"--name": "value"}}.',
        ],
        [
            '{"arguments":{"--x":1}}',
            "The body's arguments.--x must be text, but it is 1: Glue takes nothing else. Send it, or its JSON, in quotation marks.",
        ],
        [
            { arguments: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`--${i}`, ""])) },
            "The body's arguments may have at most 100 names, but they have 101. Put the data into S3 and send its name.",
        ],
        [
            '{"arguments":{"x":"1"}}',
            'The argument name "x" cannot be used: names begin with -- and a letter or digit, go on with letters, digits, _ . and - only, and have 128 characters or fewer.',
        ],
        [
            { arguments: { "--x": "a\0" } },
            'The body\'s arguments.--x must be text that a program can be given, without NUL and without half of a surrogate pair, but it is "a\\u0000". Leave such characters out.',
        ],
        ['{"priority":10}', "The body's priority must be a whole number from 0 to 9, but it is 10."],
        ['{"priority":-1}', "The body's priority must be a whole number from 0 to 9, but it is -1."],
        ['{"priority":1.5}', "The body's priority must be a whole number from 0 to 9, but it is 1.5."],
        ['{"priority":"5"}', 'The body\'s priority must be a whole number from 0 to 9, but it is "5".'],
    ] as const) {
        it(`says what came, what was expected and what to do: ${JSON.stringify(body).slice(0, 40)}`, () => {
            if (typeof problem === "string") assert.equal(problemOf(body), problem);
            else assert.match(problemOf(body), problem);
        });
    }

    it("gives a reason for nesting of any depth", () => {
        const deep = "[".repeat(LARGEST / 2) + "]".repeat(LARGEST / 2);
        assert.match(problemOf(deep), /^The body must be a JSON object, but it is a list of 1\. Send /);
        assert.match(problemOf(`{"arguments":{"--x":${deep}}}`), /--x must be text, but it is a list of 1: /);
    });

    it("quotes in a reason a few words of the body at most", () => {
        for (const text of ["x".repeat(LARGEST), "\u0001".repeat(LARGEST), "😀".repeat(LARGEST / 4)]) {
            for (const body of [
                { [text]: 1 },
                { arguments: { [text]: "" } },
                { arguments: text },
                { priority: text },
            ])
                assert.ok(problemOf(body).length < MAX_REASON);
        }
    });

    it("writes out in a reason what nobody can see", () => {
        assert.match(problemOf("\ufeff{}"), /\(Unexpected token '\\ufeff'/);
        assert.match(problemOf({ "\u202e\u0000\ud800": 1 }), /unknown member "\\u202e\\u0000\\ud800"/);
    });

    it("keeps names like those of Object.prototype where they are", () => {
        const body = '{"arguments":{"--constructor":"1","--toString":"2","--hasOwnProperty":"3"}}';
        const read = readMessage(body);
        assert.ok("work" in read);
        assert.deepEqual(Object.keys(read.work.arguments), [
            "--constructor",
            "--toString",
            "--hasOwnProperty",
        ]);
        for (const name of ["__proto__", "constructor", "prototype"]) {
            assert.match(problemOf(`{"${name}":{"arguments":{}}}`), /unknown member/);
            assert.match(problemOf(`{"arguments":{"${name}":"x"}}`), /cannot be used/);
            assert.match(problemOf(`{"arguments":{"${name}":{"--x":"y"}}}`), /cannot be used/);
        }
    });

    it(`reads ${COUNT.toLocaleString("en")} hostile bodies: each gives the work that was asked for, or a short reason, and nothing else changes`, function () {
        this.timeout(20_000 + COUNT);
        const before = Object.getOwnPropertyNames(Object.prototype);
        const bodies = new HostileBodies(1, LARGEST);
        const seen = {
            work: 0,
            JSON: 0,
            schema: 0,
            "name twice": 0,
            "reserved argument": 0,
            "argument name": 0,
        };
        const allowed = new Set(["--x", "--day"]);
        for (let i = 0; i < COUNT; i++) {
            const { body, work } = bodies.next();
            const isListed = i % 10 === 0;
            const read = readMessage(body, isListed ? allowed : undefined);
            if ("work" in read) {
                assert.deepEqual(read, { work }, body);
                assert.equal(Object.getPrototypeOf(read.work.arguments), Object.prototype);
                seen.work++;
            } else {
                const names = Object.keys(work?.arguments ?? {});
                if (work && read.rule === "argument name")
                    assert.ok(isListed && names.some((name) => !allowed.has(name)), body);
                else assert.equal(work, undefined, `${body}\n${read.problem}`);
                assert.ok(read.problem.length > 20 && read.problem.length <= MAX_REASON, read.problem);
                assert.doesNotMatch(read.problem, /[\p{C}\p{Zl}\p{Zp}]/u, body);
                seen[read.rule]++;
            }
        }
        assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), before);
        for (const [what, times] of Object.entries(seen)) assert.ok(times > COUNT / 100, `${what}: ${times}`);
    });
});
