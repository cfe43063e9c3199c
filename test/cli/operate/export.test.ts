import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { parseTrace } from "../../../cli/trace/format.ts";
import type { Trace, TraceMessage } from "../../../cli/trace/format.ts";
import { MINUTE } from "../../stack/test-stack.ts";
import { ROOT } from "../command-line.ts";
import type { Outcome } from "../command-line.ts";
import { Operated } from "./operated.ts";

const SECRET = "hush-4711";
const CAUSE = "cause-0815";

describe("turnstile export", () => {
    let operated: Operated;
    let folder: string;
    let ids: { done: string; failed: string; refused: string; running: string; waiting: string };

    before(async () => {
        folder = mkdtempSync(path.join(tmpdir(), "turnstile-export-"));
        operated = await Operated.open(
            { limit: "1", maxAttempts: "2", pauseAfterFailures: "0" },
            {
                keepHistory: "all",
                job: (run) => ({
                    millis: 5 * MINUTE,
                    ...(run.arguments["--fails"] && {
                        end: { state: "FAILED" as const, errorMessage: CAUSE },
                    }),
                }),
            },
        );
        const { stack } = operated;
        const send = (given: object, group: string): string =>
            stack.send({ arguments: { "--text": SECRET, ...given } }, group);
        await stack.pass(MINUTE);
        const done = send({}, "one");
        await stack.untilEnded(1);
        const failed = send({ "--fails": "yes" }, "two");
        await stack.untilEnded(2);
        await stack.pass(2 * MINUTE);
        const refused = stack.send(`not JSON: ${SECRET}`, "three");
        const running = send({}, "four");
        await stack.pass(MINUTE);
        const waiting = send({}, "five");
        await stack.pass(MINUTE);
        ids = { done, failed, refused, running, waiting };
    });
    after(async () => {
        await operated.close();
        rmSync(folder, { recursive: true, force: true });
    });

    function run(...args: string[]): Promise<Outcome> {
        return operated.run(["export", ...args], { cwd: folder });
    }

    async function exported(...args: string[]): Promise<Trace> {
        const { code, out, error } = await run(...args);
        assert.equal(code, 0, error);
        return parseTrace(out, "the export");
    }

    function storyOf(trace: Trace, id: string): TraceMessage {
        const found = trace.messages.find(({ messageId }) => messageId === id);
        assert.ok(found, id);
        return found;
    }

    it("begins with what it is of", async () => {
        const { head } = await exported();
        assert.deepEqual(
            [head.format, head.stack, head.pool, head.limit, head.hasBodies],
            ["turnstile.trace/1.0", "turnstile/dev", "jobs", 1, false],
        );
        assert.equal(Date.parse(head.exportedAt) - Date.parse(head.since ?? ""), 86_400_000);
    });

    it("has each message, in the order in which they were accepted", async () => {
        const { messages } = await exported();
        const expected = [ids.done, ids.failed, ids.refused, ids.running, ids.waiting];
        assert.deepEqual([...messages.map(({ messageId }) => messageId)].sort(), expected.sort());
        const times = messages.map(({ acceptedAt }) => acceptedAt);
        assert.deepEqual(times, [...times].sort());
    });

    it("ends with how many there are, and what it called", async () => {
        const { summary } = await exported();
        const { calls, ...counts } = summary ?? { calls: {} };
        assert.deepEqual(counts, {
            type: "summary",
            messages: 5,
            done: 1,
            deadLettered: 2,
            cancelled: 0,
            open: 2,
            isComplete: true,
        });
        // What was refused has no execution.
        assert.deepEqual(calls, { GetItem: 3, Query: 5, GetJobRuns: 1, GetExecutionHistory: 4 });
    });

    it("tells what became of a message whose job was done", async () => {
        const { outcome, phases, runs, acceptedAt, endedAt } = storyOf(await exported(), ids.done);
        assert.equal(outcome, "done");
        assert.deepEqual(
            phases.map(({ phase }) => phase),
            ["waiting", "starting", "running", "closing"],
        );
        const seconds = phases.reduce((sum, phase) => sum + phase.seconds, 0);
        assert.equal(Math.round(seconds * 1000), Date.parse(endedAt ?? "") - Date.parse(acceptedAt));
        assert.equal(phases[2]?.seconds, 300);
        assert.deepEqual(
            runs.map(({ state }) => state),
            ["SUCCEEDED"],
        );
    });

    it("tells of each attempt, and of the pause between them", async () => {
        const { outcome, phases, runs, attempts } = storyOf(await exported(), ids.failed);
        assert.deepEqual([outcome, attempts], ["dead-lettered", 2]);
        assert.deepEqual(
            runs.map(({ state }) => state),
            ["FAILED", "FAILED"],
        );
        const kinds = phases.map(({ phase }) => phase);
        assert.deepEqual(kinds.filter((phase) => phase === "running").length, 2);
        assert.ok(kinds.includes("backing off"), kinds.join());
    });

    it("has what was refused, without an execution", async () => {
        const { outcome, runs } = storyOf(await exported(), ids.refused);
        assert.deepEqual([outcome, runs], ["dead-lettered", []]);
    });

    it("has what runs and what waits as far as it has come", async () => {
        const trace = await exported();
        assert.equal(storyOf(trace, ids.running).phases.at(-1)?.phase, "running");
        assert.equal(storyOf(trace, ids.running).runs[0]?.endedAt, null);
        assert.deepEqual(
            storyOf(trace, ids.waiting).phases.map(({ phase }) => phase),
            ["waiting"],
        );
        assert.deepEqual(
            [storyOf(trace, ids.waiting).outcome, storyOf(trace, ids.waiting).endedAt],
            [null, null],
        );
    });

    it("leaves bodies, arguments and causes out", async () => {
        const { out } = await run();
        assert.doesNotMatch(out, new RegExp(`${SECRET}|${CAUSE}`));
    });

    it("has bodies and causes with --bodies", async () => {
        const trace = await exported("--bodies");
        assert.equal(trace.head.hasBodies, true);
        const { body = "", cause = "", runs } = storyOf(trace, ids.failed);
        assert.match(body, new RegExp(SECRET));
        assert.match(cause, new RegExp(CAUSE));
        assert.equal(runs[0]?.cause, CAUSE);
    });

    it("leaves out what ended before --since", async () => {
        const { messages, head } = await exported("--since", "3m");
        assert.deepEqual(
            [...messages.map(({ messageId }) => messageId)].sort(),
            [ids.refused, ids.running, ids.waiting].sort(),
        );
        const again = await exported("--since", head.since ?? "");
        assert.equal(again.messages.length, 3);
    });

    it("has the latest with --most, and says that there are more", async () => {
        const { out, error } = await run("--most", "1");
        const { messages, summary } = parseTrace(out, "the export");
        assert.deepEqual(
            messages.map(({ messageId }) => messageId),
            [ids.waiting],
        );
        assert.equal(summary?.isComplete, false);
        assert.match(error, /there are more messages; raise --most/);
    });

    it("writes a file as a whole", async () => {
        const { code, out, error } = await run("--output", "night.jsonl");
        assert.deepEqual([code, out], [0, ""], error);
        assert.equal(
            parseTrace(readFileSync(path.join(folder, "night.jsonl"), "utf8"), "").messages.length,
            5,
        );
        assert.deepEqual(readdirSync(folder), ["night.jsonl"]);
        assert.match(error, /^turnstile: 5 messages in .*night\.jsonl\n$/);
    });

    it("says in one line that its file cannot be written", async () => {
        const { code, error } = await run("--output", "nowhere/night.jsonl");
        assert.equal(code, 1);
        assert.match(error, /^turnstile: .*night\.jsonl cannot be written: its folder does not exist\n$/);
    });

    it("names what the caller may not read", async () => {
        const denied = (call: { operation: string }, next: () => unknown): unknown => {
            if (call.operation !== "GetExecutionHistory" || !isDenying) return next();
            throw Object.assign(new Error("no"), { name: "AccessDeniedException" });
        };
        let isDenying = true;
        operated.stack.world.intercept(denied);
        const { summary, messages } = await exported().finally(() => (isDenying = false));
        assert.deepEqual(
            summary?.partial?.map(({ action }) => action),
            ["states:GetExecutionHistory"],
        );
        assert.equal(messages.length, 5);
    });

    it("runs in a process of its own", async () => {
        writeFileSync(path.join(folder, "operator.json"), JSON.stringify(operated.operator));
        const endpoint = ["--endpoint-url", operated.endpoint.url];
        const args = [path.join(ROOT, "cli/main.ts"), "export", "--operator", "operator.json", ...endpoint];
        const env = { ...process.env, ...operated.keysOf({ principal: "user", isGuest: true }) };
        const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, env });
        assert.equal(parseTrace(stdout, "the export").summary?.messages, 5);
    });

    for (const [what, args] of [
        ["a time that is none", ["--since", "yesterday"]],
        ["no message", ["--most", "0"]],
    ] as const) {
        it(`refuses ${what}, with exit code 2`, async () => {
            assert.equal((await run(...args)).code, 2);
        });
    }

    it("names both forms of --since where it is neither", async () => {
        const { error } = await run("--since", "yesterday");
        assert.match(error, /such as 90m or 6h, or a date and a time with its zone/);
    });
});
