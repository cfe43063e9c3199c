/** Messages that can never start, by the format in functions/starter/message.schema.json. */
import assert from "node:assert/strict";
import { badDay, CONFIG, MINUTE, record, SECOND, seenOn } from "./bad-day.ts";

const job = (parts: object): string => JSON.stringify({ arguments: { "--minutes": "1" }, ...parts });

const BAD: readonly (readonly [string, string, RegExp])[] = [
    [
        "is not JSON",
        "2026-03-01",
        /^MessageRefused: The body is not JSON|^MessageRefused: The body must be a JSON object/,
    ],
    ["is JSON but no object", "[]", /The body must be a JSON object, but it is \[\]/],
    ["has an unknown member", job({ argument: {} }), /unknown member "argument"/],
    ["has an argument that is no text", job({ arguments: { "--n": 1 } }), /--n must be text, but it is 1/],
    ["has an argument without --", job({ arguments: { n: "1" } }), /The argument name "n" cannot be used/],
    [
        "has an argument that is reserved for Turnstile",
        job({ arguments: { "--turnstile-holder": "me/1/0" } }),
        /"--turnstile-holder" cannot be used/,
    ],
    [
        "has an argument that Glue keeps to itself",
        job({ arguments: { "--conf": "x" } }),
        /"--conf" cannot be used/,
    ],
    [
        "has the beginning of an argument that is Turnstile's",
        job({ arguments: { "--turnstil": "me/1/0" } }),
        /"--turnstil" cannot be used: it may be taken for one of Turnstile's own/,
    ],
    [
        "has an argument that loads code",
        job({ arguments: { "--python-virtual-env": "s3://bucket/env.tar.gz" } }),
        /AWS Glue gives names that begin with --python-virtual-env a meaning/,
    ],
    [
        "has an argument that argparse takes for an option",
        job({ arguments: { "--key": "-x.csv" } }),
        /--key must not begin with a dash .* but it is "-x\.csv"/,
    ],
    [
        "has arguments twice",
        '{"arguments":{"--minutes":"1"},"arguments":{"--n":"2"}}',
        /The name "arguments" comes twice in the body/,
    ],
    [
        "has a priority above 9",
        job({ priority: 10 }),
        /priority must be a whole number from 0 to 9, but it is 10/,
    ],
    [
        "has a priority below 0",
        job({ priority: -1 }),
        /priority must be a whole number from 0 to 9, but it is -1/,
    ],
    [
        "has a priority that is no whole number",
        job({ priority: 1.5 }),
        /priority must be a whole number from 0 to 9, but it is 1.5/,
    ],
    [
        "is larger than an execution can carry",
        job({ arguments: { "--text": "x".repeat(250_000) } }),
        /execution input of \d+ bytes; at most \d+ fit/,
    ],
];

/** A deployment that lists the argument names that a message may use. */
const LISTED = { ...CONFIG, argumentNames: '["--minutes","--fails","--target-bucket"]' };

before(record(CONFIG, LISTED));

describe("A message that can never start", () => {
    for (const [what, body, reason] of BAD) {
        describe(`because it ${what}`, () => {
            const seen = seenOn({}, async (day) => {
                const before = day.send({ minutes: 1 }, "group");
                const bad = day.stack.send(body, "group");
                const after = day.send({ minutes: 1 }, "group");
                const sent = day.stack.world.clock.now();
                await day.until("its group has gone on", () => day.started().length === 2, MINUTE);
                const goneOnMillis = day.stack.world.clock.now() - sent;
                const { letters, rows } = await day.ends({ done: [before, after], dead: [bad] });
                const refused = day.metric("MessageRefused");
                return { bad, goneOnMillis, letters, rows, refused, runs: day.stack.runs.length };
            });

            it("goes to the dead-letter queue with its own body and the reason", () => {
                const { bad, letters } = seen();
                assert.equal(letters.get(bad)?.body, body);
                assert.match(letters.get(bad)?.cause ?? "", reason);
            });

            it("lets its group go on within ten seconds", () => {
                assert.ok(seen().goneOnMillis <= 10 * SECOND);
            });

            it("has a row that says how it ended", () => {
                const { bad, rows } = seen();
                assert.equal(rows.get(bad)?.outcome, "deadLettered");
            });

            it("starts no run", () => assert.equal(seen().runs, 2));

            it("is counted in the metric MessageRefused", () => {
                assert.equal(seen().refused, 1);
            });
        });
    }

    it("is none of these: a large one, one with odd names, and one with no arguments at all are done", async () => {
        await badDay({}, async (day) => {
            const good = [
                "{}",
                job({ priority: 0 }),
                job({ arguments: { "--a.b_c-1": "", "--JOBS": 'ü\u0001\u2028 "{% 1 %}"' } }),
                job({ arguments: { "--minutes": "1", "--text": "x".repeat(100_000) } }),
            ].map((body, i) => day.stack.send(body, `group-${i}/${'!"#$%'.repeat(20)}`));
            await day.ends({ done: good });
            assert.deepEqual(
                day.stack.runs.map((run) => run.arguments["--text"]?.length).filter(Boolean),
                [100_000],
            );
        });
    });

    it("may be one that names an argument which the deployment does not list", async () => {
        await badDay({ config: LISTED }, async (day) => {
            const listed = day.send({ minutes: 1 });
            const other = day.stack.send(job({ arguments: { "--target_bucket": "x" } }));
            const { letters } = await day.ends({ done: [listed], dead: [other] });
            assert.equal(
                letters.get(other)?.cause,
                'MessageRefused: The argument name "--target_bucket" cannot be used: this queue takes only --minutes, --fails and --target-bucket. Did you mean --target-bucket? Otherwise use one of these, or have the name added to argumentNames of the deployment.',
            );
        });
    });
});
