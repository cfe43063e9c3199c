/** What may be asked of a message's reader: names and values that are refused, and hostile bodies by the hundred thousand. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import schema from "../../functions/starter/message.schema.json" with { type: "json" };
import { readMessage } from "../../functions/starter/message.ts";
import { GLUES_OWN, HostileBodies, TURNSTILES_OWN } from "./hostile-bodies.ts";

/** How many hostile bodies are read. All of them: `HOSTILE_MESSAGES=1000000 npm test -- test/functions/message.test.ts`. */
const COUNT = Number(process.env["HOSTILE_MESSAGES"] ?? 100_000);

/** SQS's largest message; the queue takes a quarter of that. */
const LARGEST = 1024 * 1024;
/** A reason ends in an attribute of 1000 characters, and is read by people. */
const MAX_REASON = 400;

const [, { enum: reservedNames = [] }] = schema.properties.arguments.propertyNames.not.anyOf as [
    unknown,
    { enum?: string[] },
];

function problemOf(body: string | object): string {
    const read = readMessage(typeof body === "string" ? body : JSON.stringify(body));
    assert.ok("problem" in read, `it was accepted: ${JSON.stringify(body).slice(0, 200)}`);
    return read.problem;
}

function accepted(args: Record<string, string>): unknown {
    const read = readMessage(JSON.stringify({ arguments: args }));
    assert.ok("work" in read, `it was refused: ${"problem" in read ? read.problem : ""}`);
    return read.work.arguments;
}

describe("A message's reader", () => {
    it("refuses each name that Glue or its library gives a meaning, and says where else the value can go", () => {
        const elsewhere =
            "If your script reads it, send the value under another name; if Glue should, set it in the job's default arguments.";
        for (const name of [...GLUES_OWN, "--enable-dedup", "--continuous-log-x"]) {
            const family = ["--enable-", "--continuous-log-"].find((beginning) => name.startsWith(beginning));
            const what = family === undefined ? "it" : `names that begin with ${family}`;
            assert.equal(
                problemOf({ arguments: { [name]: "x" } }),
                `The argument name "${name}" cannot be used: AWS Glue gives ${what} a meaning. ${elsewhere}`,
            );
        }
    });

    it("reserves no name that this list of Glue's does not have", () => {
        assert.deepEqual(
            reservedNames.filter((name) => !GLUES_OWN.includes(name)),
            [],
        );
    });

    it("refuses the names that docs/security.md lists, and those with the beginnings that it gives", () => {
        const page = readFileSync(new URL("../../docs/security.md", import.meta.url), "utf8");
        const [, section = ""] =
            /Arguments to which Glue gives a meaning([^]*?)\(Glue Developer/.exec(page) ?? [];
        const listed = [...section.matchAll(/`(--[\w-]+)`/g)].map(([, name = ""]) => name);
        const families = ["--enable-", "--continuous-log-"];
        assert.deepEqual(listed.filter((name) => !families.includes(name)).sort(), [...reservedNames].sort());
        assert.ok(families.every((family) => listed.includes(family)));
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
        ["--ena", "--enable-data-lineage"],
        ["--JOB_RUN", "--JOB_RUN_ID"],
        ["--job-bookmark-opt", "--job-bookmark-option"],
    ] as const) {
        it(`refuses ${name}, which may be taken for ${taken}`, () => {
            assert.equal(
                problemOf({ arguments: { [name]: "x" } }),
                `The argument name "${name}" cannot be used: it may be taken for ${taken}, to which AWS Glue gives a meaning. Send the value under another name.`,
            );
        });
    }

    it("refuses --Turnstile-Holder, which may be taken for a name of Turnstile's own", () => {
        assert.match(
            problemOf({ arguments: { "--Turnstile-Holder": "x" } }),
            /taken for one of Turnstile's own, which begin with --turnstile\. Send the value under another name\.$/,
        );
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
            "--JOB",
            "--Temperature",
            "--extra",
            "--confidence",
        ];
        const data = ["--job-bookmark-option", "--job-bookmark-from", "--job-bookmark-to"];
        const args = Object.fromEntries([...names, ...data].map((name) => [name, "x"]));
        assert.deepEqual(accepted(args), args);
    });

    it("refuses a value that begins with --, which Python's argparse would read as an argument of its own", () => {
        for (const value of ["--TempDir=s3://elsewhere/", "--", "--x y"]) {
            assert.match(
                problemOf({ arguments: { "--x": value } }),
                /arguments\.--x must not begin with -- or -h, but it is "--/,
            );
        }
    });

    it("refuses a value that begins with -h, at which argparse would print its help and end the run well", () => {
        for (const value of ["-h", "-hh", "-hx", "-h x", "-help"]) {
            assert.match(
                problemOf({ arguments: { "--foo": value, "--month": "1" } }),
                /--foo must not begin with -- or -h, but it is "-h.* for a call for help\.$/,
            );
        }
    });

    it("takes values with a dash, two of them further on, and anything that may stand in a script's argument", () => {
        const values = [
            "-5",
            "-",
            "-H",
            "h",
            "x -h",
            "2024-01-01",
            "x --extra-jars y",
            " --x",
            "-x y",
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

    it("gives a reason for nesting of any depth", () => {
        const deep = "[".repeat(LARGEST / 2) + "]".repeat(LARGEST / 2);
        assert.match(problemOf(deep), /^The body must be object, but it is a list of 1\.$/);
        assert.match(
            problemOf(`{"arguments":{"--x":${deep}}}`),
            /--x must be string, but it is a list of 1\.$/,
        );
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
        const seen = { work: 0, JSON: 0, schema: 0, "reserved argument": 0 };
        for (let i = 0; i < COUNT; i++) {
            const { body, work } = bodies.next();
            const read = readMessage(body);
            if ("work" in read) {
                assert.deepEqual(read, { work }, body);
                assert.equal(Object.getPrototypeOf(read.work.arguments), Object.prototype);
                seen.work++;
            } else {
                assert.equal(work, undefined, `${body}\n${read.problem}`);
                assert.ok(read.problem.length > 20 && read.problem.length <= MAX_REASON, read.problem);
                assert.doesNotMatch(read.problem, /[\p{C}\p{Zl}\p{Zp}]/u, body);
                seen[read.rule]++;
            }
        }
        assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), before);
        for (const [what, times] of Object.entries(seen)) assert.ok(times > COUNT / 100, `${what}: ${times}`);
    });
});
