import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { slotCurves } from "../../../cli/page/messages.ts";
import { parseTrace } from "../../../cli/trace/format.ts";
import type { TraceHead, TraceMessage, TraceSummary } from "../../../cli/trace/format.ts";
import { pageDataOf } from "../../../cli/trace/page-data.ts";
import { runTurnstile } from "../command-line.ts";
import { HOSTILE } from "../page/page-run.ts";

const HEAD: TraceHead = {
    type: "trace",
    format: "turnstile.trace/1.0",
    stack: "orders/prod",
    region: "eu-central-1",
    pool: "jobs",
    job: "nightly-load",
    limit: 2,
    cooldownSeconds: 1,
    exportedAt: "2026-11-28T10:00:00.000Z",
    since: null,
    hasBodies: false,
};

const DONE: TraceMessage = {
    type: "message",
    messageId: "7f3a11d0-0000-4000-8000-000000000001",
    group: "2015-03",
    acceptedAt: "2026-11-28T09:00:00.000Z",
    endedAt: "2026-11-28T09:01:10.500Z",
    outcome: "done",
    attempts: 1,
    execution: "arn:aws:states:eu-central-1:123456789012:execution:m:2015-03-7f3a11d0",
    phases: [
        { phase: "waiting", from: "2026-11-28T09:00:00.000Z", seconds: 10 },
        { phase: "running", from: "2026-11-28T09:00:10.000Z", seconds: 60 },
        { phase: "closing", from: "2026-11-28T09:01:10.000Z", seconds: 0.5 },
    ],
    runs: [
        {
            runId: "jr_1",
            state: "SUCCEEDED",
            startedAt: "2026-11-28T09:00:10.000Z",
            runningAt: "2026-11-28T09:00:10.000Z",
            endedAt: "2026-11-28T09:01:10.000Z",
        },
    ],
};

const SUMMARY: TraceSummary = {
    type: "summary",
    messages: 1,
    done: 1,
    deadLettered: 0,
    cancelled: 0,
    open: 0,
    isComplete: true,
    calls: {},
};

function textOf(...lines: object[]): string {
    return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

function pageOf(...lines: object[]): ReturnType<typeof pageDataOf> {
    return pageDataOf(parseTrace(textOf(...lines), "a trace"));
}

describe("The page of a trace", () => {
    it("has each message with its phases, its end and its runs", () => {
        const { messages, groups, startedAt, took, verdict } = pageOf(HEAD, DONE, SUMMARY);
        assert.deepEqual(messages.labels, ["7f3a11d0"]);
        assert.deepEqual(messages.phases, [[0, 10_000, 2, 60_000, 4, 500]]);
        assert.deepEqual([messages.outcomes, messages.runs], [[1], [[["jr_1", "SUCCEEDED"]]]]);
        assert.deepEqual([groups, startedAt, took], [["2015-03"], Date.parse(DONE.acceptedAt), 70_500]);
        assert.deepEqual(verdict, { kind: "good", sentence: "The message is done." });
    });

    it("has how many slots were in use", () => {
        const { gate } = pageOf(HEAD, DONE, SUMMARY);
        assert.deepEqual(gate, { after: [10_000, 60_000], holders: [1, 0], limits: [2, 2] });
        assert.ok(slotCurves(pageOf(HEAD, DONE, SUMMARY)));
    });

    it("counts what was cancelled as failed", () => {
        const { verdict, failures } = pageOf(
            HEAD,
            DONE,
            { ...DONE, outcome: "cancelled", runs: [] },
            SUMMARY,
        );
        assert.deepEqual(verdict, { kind: "failed", sentence: "1 message of 2 failed." });
        assert.deepEqual(failures, [{ cause: "No run was started", count: 1, first: "7f3a11d0" }]);
    });

    it("says that messages had not ended", () => {
        const { verdict } = pageOf(
            HEAD,
            { ...DONE, outcome: null, endedAt: null },
            { ...SUMMARY, isComplete: false },
        );
        assert.deepEqual(verdict, {
            kind: "unfinished",
            sentence: "1 message of 1 had not ended. There were more messages.",
        });
    });

    it("says that a trace without its last line is cut off", () => {
        assert.match(pageOf(HEAD, DONE).verdict.sentence, /The trace is cut off\.$/);
    });

    it("has bodies and causes if the trace has them", () => {
        const { messages } = pageOf(
            { ...HEAD, hasBodies: true },
            { ...DONE, outcome: "dead-lettered", body: "the body", cause: "the cause" },
            SUMMARY,
        );
        assert.deepEqual([messages.bodies, messages.causes], [["the body"], { 0: "the cause" }]);
    });

    it("can be made of a trace without messages", () => {
        assert.equal(pageOf(HEAD, { ...SUMMARY, messages: 0 }).took, 0);
    });
});

describe("A trace", () => {
    const wrong: readonly (readonly [string, string, RegExp])[] = [
        ["is no JSON", "hello\n", /a trace, line 1: it is not JSON/],
        ["has a line that is no object", textOf(HEAD) + "5\n", /a trace, line 2: it is no object/],
        ["is empty", "", /a trace is no trace: its first line has no "type": "trace"/],
        ["begins with a message", textOf(DONE), /its first line has no "type": "trace"/],
        [
            "is of another major version",
            textOf({ ...HEAD, format: "turnstile.trace/2.0" }),
            /has the format "turnstile.trace\/2.0"/,
        ],
        [
            "has a message without phases",
            textOf(HEAD, { ...DONE, phases: 5 }),
            /a trace, line 2: it is not a message/,
        ],
        [
            "has a phase that does not exist",
            textOf(HEAD, { ...DONE, phases: [{ phase: "x" }] }),
            /it is not a message/,
        ],
        ["has a time that is none", textOf(HEAD, { ...DONE, acceptedAt: "soon" }), /it is not a message/],
        ["has a run that is none", textOf(HEAD, { ...DONE, runs: [null] }), /it is not a message/],
    ];
    for (const [what, text, message] of wrong) {
        it(`that ${what} is refused`, () => {
            assert.throws(() => parseTrace(text, "a trace"), { name: "TraceError", message });
        });
    }

    it("of a later minor version is read, with lines that are not known yet", () => {
        const text = textOf(
            { ...HEAD, format: "turnstile.trace/1.7", more: 1 },
            { type: "weather" },
            DONE,
            SUMMARY,
        );
        assert.equal(parseTrace(text, "a trace").messages.length, 1);
    });
});

describe("turnstile report", () => {
    let folder: string;
    before(() => {
        folder = mkdtempSync(path.join(tmpdir(), "turnstile-report-"));
        writeFileSync(path.join(folder, "night.jsonl"), textOf(HEAD, DONE, SUMMARY));
        writeFileSync(path.join(folder, "wrong.jsonl"), "hello\n");
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    const report = (args: readonly string[], stdin?: string): ReturnType<typeof runTurnstile> =>
        runTurnstile(["report", ...args], { cwd: folder, ...(stdin !== undefined && { stdin }) });

    it("says in JSON where the page is", async () => {
        const { code, out } = await report(["night.jsonl", "--output", "night.html", "--json"]);
        assert.equal(code, 0);
        const document = JSON.parse(out) as Record<string, unknown>;
        assert.deepEqual(document, {
            format: "turnstile.report/1.0",
            file: path.join(folder, "night.html"),
            messages: 1,
            verdict: "The message is done.",
        });
    });

    it("reads a trace from standard input, and takes nothing in it for markup", async () => {
        const text = textOf(
            { ...HEAD, stack: HOSTILE },
            { ...DONE, group: HOSTILE, messageId: HOSTILE },
            SUMMARY,
        );
        assert.equal((await report(["-", "-o", "hostile.html"], text)).code, 0);
        const html = readFileSync(path.join(folder, "hostile.html"), "utf8");
        assert.ok(!html.includes(HOSTILE));
        assert.ok(!html.includes("<img"));
    });

    const wrong: readonly (readonly [string, readonly string[], number, RegExp])[] = [
        ["no output", ["night.jsonl"], 2, /required option '-o, --output <file>' not specified/],
        [
            "a file that is not there",
            ["no.jsonl", "-o", "p.html"],
            1,
            /^turnstile: no\.jsonl cannot be read: it does not exist\n$/,
        ],
        [
            "a file that is no trace",
            ["wrong.jsonl", "-o", "p.html"],
            1,
            /^turnstile: wrong\.jsonl, line 1: it is not JSON\n/,
        ],
        [
            "an output that is a folder",
            ["night.jsonl", "-o", "."],
            1,
            /^turnstile: cannot write .*: it is a folder\n$/,
        ],
    ];
    for (const [what, args, code, message] of wrong) {
        it(`refuses ${what} in one line`, async () => {
            const outcome = await report(args);
            assert.equal(outcome.code, code);
            assert.match(outcome.error, message);
        });
    }
});
