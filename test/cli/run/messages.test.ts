import assert from "node:assert/strict";
import fc from "fast-check";
import { describeMistakes, generateMessages, parseMessages } from "../../../cli/run/messages.ts";

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

    it("has priorities, which become the body's", () => {
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
        ["[1]", /expected an object with a body, got an array/],
        ["null", /got null/],
        ["{}", /no body/],
        ['{"body":3}', /an object or a text, got a number/],
        ['{"body":""}', /empty/],
        ['{"body":"a","grup":"b"}', /unknown key "grup"; a line may have body, group, priority/],
        ['{"body":"a","group":"two words"}', /group must be 1 to 128/],
        ['{"body":"a","group":7}', /group must be .* got 7/],
        ['{"body":{},"priority":10}', /from 0 \(first\) to 9 \(last\), got 10/],
        ['{"body":"a","priority":1}', /needs a body that is an object/],
        ['{"body":{"priority":2},"priority":1}', /given twice/],
        [`{"body":"${"x".repeat(1_048_577)}"}`, /1048577 bytes; SQS takes 1048576/],
    ];
    for (const [line, expected] of wrong) {
        it(`says what is wrong with ${line.slice(0, 60)}`, () => assert.match(problemOf(line), expected));
    }

    it("never makes parsing fail on account of one line, and counts each line once", () => {
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
        assert.throws(() => parse(" \n\n"), /^MessagesError: jobs.jsonl is empty; expected JSON lines/);
    });

    it("cannot be binary, nor in another encoding", () => {
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
    it("are shown with file and number, some of many", () => {
        const mistakes = Array.from({ length: 12 }, (_, index) => ({
            line: index + 1,
            problem: "it has no body",
        }));
        const shown = describeMistakes(mistakes, "jobs.jsonl", 2);
        assert.deepEqual(shown, [
            "jobs.jsonl, line 1: it has no body",
            "jobs.jsonl, line 2: it has no body",
            "jobs.jsonl: 10 more lines are wrong",
        ]);
    });
});

describe("generated messages", () => {
    it("are as many as asked for, and all different", () => {
        const messages = [...generateMessages(25)];
        assert.equal(messages.length, 25);
        assert.equal(new Set(messages.map(({ body }) => body)).size, 25);
    });
});
