import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { FORMAT } from "../../../cli/page/data.ts";
import type { RunData } from "../../../cli/page/data.ts";
import { readMessages, slotCurves } from "../../../cli/page/messages.ts";
import { readMessages as readSource } from "../../../cli/run/message-source.ts";
import { parseOptions } from "../../../cli/run/options.ts";
import { ReportFile, failuresOf, verdictOf } from "../../../cli/run/report-file.ts";
import { runProgram } from "../../../cli/run/run.ts";
import { recordStack } from "../../../cli/run/stack.ts";
import type { RecordedProgram } from "../../../embedded-aws/index.ts";
import { ROOT } from "../command-line.ts";

/** A job with it fails, and says so in its cause. */
const HOSTILE = "</script><b>month</b>";

function unexpected(text: string): never {
    throw new assert.AssertionError({ message: `unexpected: ${text}` });
}

describe("npm start -- --report", () => {
    let program: RecordedProgram;
    let directory = "";

    before(async () => {
        program = await recordStack(ROOT, { stack: "dev", seed: 1 });
        directory = mkdtempSync(path.join(tmpdir(), "turnstile-"));
        const lines = ["2012-01", HOSTILE, "2012-02"].map((month) => ({
            body: { arguments: { "--month": month } },
            group: HOSTILE,
        }));
        // A message that the starter refuses.
        const refused = { body: "not JSON", group: "refused" };
        writeFileSync(
            path.join(directory, "messages.jsonl"),
            [...lines, refused].map((line) => JSON.stringify(line)).join("\n"),
        );
    });
    after(() => rmSync(directory, { recursive: true, force: true }));

    async function run(...args: string[]): Promise<{ code: number; error: string }> {
        let error = "";
        const parsed = parseOptions(args, { out: unexpected, error: unexpected });
        if ("exitCode" in parsed) assert.fail();
        const stdin = Readable.from([]);
        const code = await runProgram(
            program,
            await readSource(parsed.options, directory, stdin),
            parsed.options,
            {
                root: ROOT,
                cwd: directory,
                interrupts: { exitCode: undefined, handle: () => undefined },
                stdin,
                stdout: { write: () => true },
                stderr: { write: (text: string) => ((error += text), true) },
            },
        );
        return { code, error };
    }

    function written(file: string): { html: string; data: RunData } {
        const html = readFileSync(path.join(directory, file), "utf8");
        const [, json = ""] = /<script type="application\/json" id="run">(.*?)<\/script>/s.exec(html) ?? [];
        return { html, data: JSON.parse(json) as RunData };
    }

    describe("of a run in which all goes well", () => {
        let data: RunData;
        let said = "";

        before(async () => {
            const { code, error } = await run("--count", "7", "--report", "good.html");
            assert.equal(code, 0, error);
            said = error;
            ({ data } = written("good.html"));
        });

        it("says where the page is", () => {
            assert.match(said, /^The page of this run: .*good\.html$/m);
        });

        it("has every message, its run and its end", () => {
            const messages = readMessages(data);
            assert.equal(data.format, FORMAT);
            assert.equal(data.verdict.sentence, "All 7 jobs are done, at most 3 at once.");
            assert.equal(messages.length, 7);
            for (const { state: outcome, runs, spans, end } of messages) {
                assert.equal(outcome, "done");
                assert.deepEqual(
                    runs.map(([, state]) => state),
                    ["SUCCEEDED"],
                );
                const phases = spans.map(({ phase }) => phase);
                assert.deepEqual(
                    phases.filter((phase) => phase === "running"),
                    ["running"],
                );
                assert.ok(phases.indexOf("waiting") < phases.indexOf("starting"));
                assert.ok(end <= data.took);
            }
        });

        it("has as many slots in use as messages that hold one, at every moment", () => {
            const { times, holders, limits } = slotCurves(data);
            assert.equal(Math.max(...holders), 3);
            assert.deepEqual([...new Set(limits)], [3]);
            const messages = readMessages(data);
            const holding = ["starting", "running", "cooling down"];
            for (const [i, time] of times.slice(0, -1).entries()) {
                const now = messages.filter(({ spans }) =>
                    spans.some(({ phase, from, to }) => holding.includes(phase) && from <= time && time < to),
                );
                assert.equal(now.length, holders[i], `at ${time} ms`);
            }
        });

        it("has neither bodies nor causes", () => {
            assert.equal(data.messages.bodies, undefined);
            assert.equal(data.messages.causes, undefined);
        });
    });

    describe("of a run with hostile messages", () => {
        it("shows how they ended, and keeps what they say to itself", async () => {
            const { code } = await run("--messages", "messages.jsonl", "--report", "bad.html");
            assert.equal(code, 1);
            const { html, data } = written("bad.html");
            assert.equal(html.match(/<\/script/g)?.length, 2);
            const messages = readMessages(data);
            assert.deepEqual(
                messages.map(({ state, group }) => [state, group]),
                [
                    ["done", HOSTILE],
                    ["failed", HOSTILE],
                    ["done", HOSTILE],
                    ["failed", "refused"],
                ],
            );
            assert.deepEqual(data.failures, [
                { cause: "The run failed", count: 1, first: "line 2" },
                { cause: "No run was started", count: 1, first: "line 4" },
            ]);
            assert.ok(messages[1]?.spans.some(({ phase }) => phase === "backing off"));
            assert.doesNotMatch(JSON.stringify({ ...data, groups: [] }), /month|not JSON/);
        });

        it("shows bodies and causes with --bodies", async () => {
            await run("--messages", "messages.jsonl", "--report", "bodies.html", "--bodies");
            const { html, data } = written("bodies.html");
            assert.equal(html.match(/<\/script/g)?.length, 2);
            assert.match(data.messages.bodies?.[1] ?? "", /month/);
            assert.match(data.messages.causes?.[1] ?? "", /month/);
            assert.ok(data.failures.some(({ cause }) => cause.includes("<b>month</b>")));
        });
    });

    it("refuses a file that cannot be written before anything runs", async () => {
        mkdirSync(path.join(directory, "folder"));
        await assert.rejects(run("--count", "1", "--report", "folder"), {
            name: "ReportFileError",
            message: `cannot write ${path.join(directory, "folder")}: it is a folder`,
        });
        await assert.rejects(run("--count", "1", "--report", "none/page.html"), /its folder does not exist$/);
    });

    it("leaves no empty file behind before the run has ended", () => {
        const file = path.join(directory, "later.html");
        new ReportFile(file, false);
        assert.ok(!existsSync(file));
    });

    it("leaves a page that is there as it is until then", () => {
        const file = path.join(directory, "earlier.html");
        writeFileSync(file, "earlier");
        new ReportFile(file, false);
        assert.equal(readFileSync(file, "utf8"), "earlier");
    });

    it("needs a page to put bodies into", () => {
        let said = "";
        const parsed = parseOptions(["--bodies"], { out: unexpected, error: (text) => (said += text) });
        assert.deepEqual(parsed, { exitCode: 2 });
        assert.match(said, /^turnstile: --bodies needs --report, --trace or --json, /);
    });

    it("records nothing where no page is asked for", () => {
        assert.equal(ReportFile.named({ bodies: false }, directory), undefined);
    });
});

describe("the failures of a page", () => {
    it("stand in the order of their number", () => {
        const runs = [[["a", "TIMEOUT"]], [["b", "FAILED"]], [["c", "FAILED"]], []] as const;
        const columns = {
            labels: ["1", "2", "3", "4"],
            ids: [],
            groups: [],
            sent: [],
            phases: [],
            outcomes: [2, 2, 2, 1],
            runs,
        };
        assert.deepEqual(failuresOf(columns), [
            { cause: "The run failed", count: 2, first: "2" },
            { cause: "The run took longer than its timeout", count: 1, first: "1" },
        ]);
    });
});

describe("the verdict of a page", () => {
    const good = {
        end: "complete",
        messages: 4,
        done: 4,
        failed: 0,
        wrongLines: 0,
        limit: 3,
        peakRunning: 3,
    } as const;
    const cases = [
        [{}, "good", "All 4 jobs are done, at most 3 at once."],
        [{ messages: 1, done: 1, peakRunning: 1 }, "good", "The job is done, at most 1 at once."],
        [{ wrongLines: 2 }, "failed", "All 4 jobs are done, at most 3 at once. 2 wrong lines sent nothing."],
        [{ done: 3, failed: 1 }, "failed", "1 job of 4 failed."],
        [{ peakRunning: 4 }, "failed", "The limit did not hold: 4 jobs ran at once, of 3."],
        [
            { end: "interrupted", done: 1 },
            "unfinished",
            "The run was interrupted: 3 jobs of 4 had not ended.",
        ],
        [{ end: "stuck", done: 3 }, "unfinished", "The run is stuck: 1 job of 4 had not ended."],
    ] as const;
    for (const [difference, kind, sentence] of cases) {
        it(`can be: ${sentence}`, () => {
            assert.deepEqual(verdictOf({ ...good, ...difference }), { kind, sentence });
        });
    }
});
