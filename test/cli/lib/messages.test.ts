import assert from "node:assert/strict";
import fc from "fast-check";
import { describeMistakes, generateMessages, parseMessages } from "../../../cli/lib/messages.ts";

function parse(text: string): ReturnType<typeof parseMessages> {
    return parseMessages(Buffer.from(text), "jobs.jsonl");
}

/** What is wrong with a file of one line. */
function problemOf(line: string): string {
    const { messages, mistakes } = parse(line);
    assert.deepEqual(messages, []);
    assert.equal(mistakes[0]?.line, 1);
    return mistakes[0].problem;
}

describe("a file of messages", () => {
    it("has a message on each line, with the line's number", () => {
        const { messages, mistakes } = parse(
            '{"body":{"arguments":{"--a":"1"}},"group":"g"}\n\n{"body":"text"}\r\n',
        );
        assert.deepEqual(messages, [
            { body: '{"arguments":{"--a":"1"}}', group: "g", line: 1 },
            { body: "text", group: "messages", line: 3 },
        ]);
        assert.deepEqual(mistakes, []);
    });

    it("may begin with a byte order mark", () => {
        assert.equal(parse('\uFEFF{"body":"a"}').messages.length, 1);
    });

    it("may have a priority, which becomes the body's", () => {
        assert.equal(
            parse('{"body":{"arguments":{}},"priority":0}').messages[0]?.body,
            '{"arguments":{},"priority":0}',
        );
    });

    it("keeps its good lines when others are wrong", () => {
        const { messages, mistakes } = parse('{"body":"a"}\n{"body":}\n{"body":"c"}');
        assert.deepEqual(
            messages.map(({ line }) => line),
            [1, 3],
        );
        assert.deepEqual(
            mistakes.map(({ line }) => line),
            [2],
        );
    });

    const wrong: readonly (readonly [string, RegExp])[] = [
        ["[1]", /must be an object with a body, but it is an array/],
        ["null", /but it is null/],
        ["{}", /no body/],
        ['{"body":3}', /an object or a string, but it is a number/],
        ['{"body":""}', /empty/],
        ['{"body":"a","grup":"b"}', /unknown key "grup"; the keys of a line are body, group, priority/],
        ['{"body":"a","group":"two words"}', /group must be 1 to 128/],
        ['{"body":"a","group":7}', /group must be .* but it is 7/],
        ['{"body":{},"priority":10}', /from 0 \(first\) to 9 \(last\), but it is 10/],
        ['{"body":"a","priority":1}', /needs a body that is an object/],
        ['{"body":{"priority":2},"priority":1}', /differ; give it once/],
        [`{"body":"${"x".repeat(1_048_577)}"}`, /1048577 bytes; SQS allows 1048576/],
    ];
    for (const [line, expected] of wrong) {
        it(`explains what is wrong with ${line.slice(0, 60)}`, () => assert.match(problemOf(line), expected));
    }

    it("makes each line that is not blank either a message or a mistake, whatever it is", () => {
        fc.assert(
            fc.property(fc.array(fc.oneof(fc.json(), fc.string(), fc.constant('{"body":"a"}'))), (lines) => {
                const text = lines.map((line) => line.replaceAll(/[\n\0]/g, " ")).join("\n");
                const filled = text.split("\n").filter((line) => line.trim() !== "").length;
                fc.pre(filled > 0 && text.isWellFormed());
                const { messages, mistakes } = parse(text);
                assert.equal(messages.length + mistakes.length, filled);
            }),
        );
    });

    it("cannot be empty", () => {
        assert.throws(
            () => parse(" \n\n"),
            /^MessagesError: jobs.jsonl has no messages; it needs JSON lines/,
        );
    });

    it("must be UTF-8 text", () => {
        assert.throws(
            () => parseMessages(Uint8Array.of(0x7f, 0x45, 0, 1), "a.out"),
            /^MessagesError: a.out is binary/,
        );
        assert.throws(
            () => parseMessages(Uint8Array.of(0x22, 0xe9, 0x22), "latin1"),
            /^MessagesError: latin1 is not UTF-8/,
        );
    });
});

describe("wrong lines", () => {
    it("are shown with file and number, ten of them at most", () => {
        const mistakes = Array.from({ length: 12 }, (_, index) => ({
            line: index + 1,
            problem: "it has no body",
        }));
        const shown = describeMistakes(mistakes, "jobs.jsonl");
        assert.equal(shown.length, 11);
        assert.equal(shown[0], "jobs.jsonl, line 1: it has no body");
        assert.equal(shown[9], "jobs.jsonl, line 10: it has no body");
        assert.equal(shown[10], "jobs.jsonl: and 2 more wrong lines");
    });
});

describe("generated messages", () => {
    it("are as many as asked for, and all different", () => {
        const messages = [...generateMessages(25)];
        assert.equal(messages.length, 25);
        assert.equal(new Set(messages.map(({ body }) => body)).size, 25);
    });
});
