import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { PHASES } from "../../../cli/page/data.ts";
import type { RunData } from "../../../cli/page/data.ts";
import { readMessages } from "../../../cli/run/message-source.ts";
import { parseOptions } from "../../../cli/run/options.ts";
import { runProgram } from "../../../cli/run/run.ts";
import { parseTrace } from "../../../cli/trace/format.ts";
import type { Trace } from "../../../cli/trace/format.ts";
import { pageDataOf } from "../../../cli/trace/page-data.ts";
import { recorded } from "../../stack/test-stack.ts";
import { ROOT, runTurnstile } from "../command-line.ts";

/** The argument of one message. */
const SECRET = "hush-4711";

describe("npm start -- --trace", () => {
    let folder: string;
    let trace: Trace;
    let page: RunData;
    let error: string;

    before(async () => {
        folder = mkdtempSync(path.join(tmpdir(), "turnstile-trace-"));
        const lines = ["2012-01", SECRET, "2012-02", "2012-03", "2012-04", "2012-05", "2012-06"].map(
            (month, i) => ({
                body: { arguments: { "--month": month } },
                group: `group-${i}`,
            }),
        );
        const refused = { body: "not JSON", group: "refused" };
        const text = [...lines, refused].map((line) => JSON.stringify(line)).join("\n");
        writeFileSync(path.join(folder, "messages.jsonl"), text);
        error = await run("--trace", "run.jsonl", "--report", "run.html");
        trace = parseTrace(readFileSync(path.join(folder, "run.jsonl"), "utf8"), "the trace");
        const html = readFileSync(path.join(folder, "run.html"), "utf8");
        const [, data = ""] = /<script type="application\/json" id="run">(.*?)<\/script>/s.exec(html) ?? [];
        page = JSON.parse(data) as RunData;
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    /** Runs the messages, and returns what was said on standard error. */
    async function run(...args: string[]): Promise<string> {
        const none = (): never => assert.fail();
        const parsed = parseOptions([...args, "--messages", "messages.jsonl"], { out: none, error: none });
        if ("exitCode" in parsed) assert.fail();
        let said = "";
        const stdin = Readable.from([]);
        await runProgram(
            await recorded(),
            await readMessages(parsed.options, folder, stdin),
            parsed.options,
            {
                root: ROOT,
                cwd: folder,
                interrupts: { exitCode: undefined, handle: () => undefined },
                stdin,
                stdout: { write: () => true },
                stderr: { write: (text: string) => ((said += text), true) },
            },
        );
        return said;
    }

    it("has every message that was sent", () => {
        const { messages, done, deadLettered, open, isComplete } = trace.summary ?? {};
        assert.deepEqual([messages, done, deadLettered, open, isComplete], [8, 6, 2, 0, true]);
        assert.deepEqual(
            trace.messages.map(({ messageId }) => messageId).sort(),
            [...page.messages.ids].sort(),
        );
        assert.match(error, /^The trace of this run: .*run\.jsonl$/m);
    });

    it("tells from AWS's calls what was seen in the services themselves", () => {
        for (const message of trace.messages) {
            const index = page.messages.ids.indexOf(message.messageId);
            const seen = page.messages.phases[index] ?? [];
            const sum = (wanted: number): number =>
                seen.reduce((all, took, i) => (i % 2 === 1 && seen[i - 1] === wanted ? all + took : all), 0);
            for (const phase of ["waiting", "starting", "running", "backing off"] as const) {
                const told = message.phases.filter((each) => each.phase === phase);
                const seconds = told.reduce((all, each) => all + each.seconds, 0);
                // Glue tells the time of a run in whole seconds, and the trace begins when a message is accepted.
                const difference = Math.abs(seconds - sum(PHASES.indexOf(phase)) / 1000);
                assert.ok(difference <= 3, `${phase}: ${difference}`);
            }
            assert.deepEqual(
                message.runs.map(({ runId, state }) => [runId, state]),
                page.messages.runs[index]?.map(([id, state]) => [id, state]),
            );
        }
    });

    it("never has more slots in use than the limit", () => {
        const { gate } = pageDataOf(trace);
        assert.equal(Math.max(...gate.holders), 3);
        assert.ok(gate.limits.every((limit) => limit === 3));
        assert.equal(gate.holders.at(-1), 0);
    });

    it("leaves bodies, arguments and causes out", () => {
        assert.doesNotMatch(readFileSync(path.join(folder, "run.jsonl"), "utf8"), new RegExp(SECRET));
    });

    it("becomes a page", async () => {
        const { code, out } = await runTurnstile(["report", "run.jsonl", "-o", "trace.html"], {
            cwd: folder,
        });
        assert.equal(code, 0);
        assert.match(out, /^2 messages of 8 failed\.\n.*trace\.html\n$/);
        assert.match(readFileSync(path.join(folder, "trace.html"), "utf8"), /<h1 class="verdict failed">/);
    });

    it("says before the run that its file cannot be written", async () => {
        await assert.rejects(run("--trace", "nowhere/run.jsonl"), {
            name: "TraceFileError",
            message: /cannot write .*run\.jsonl: its folder does not exist/,
        });
    });
});
