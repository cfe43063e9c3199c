/** Bodies, arguments and causes: what others wrote is in no JSON unless somebody asks for it, and is harmless where it is shown. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createProgram } from "../../../cli/turnstile.ts";
import type { Surroundings } from "../../../cli/lib/surroundings.ts";
import { errorOf } from "../../../cli/operate/cause.ts";
import { MINUTE } from "../../stack/test-stack.ts";
import { Operated } from "./operated.ts";

/** What nobody should find: it is in a body, an argument, an attribute and in what Glue says of a run. */
const SECRET = "hunter2";
/** It moves the cursor, and begins a line that looks like one of Turnstile's. */
const CAUSE = `AccessDenied: ${SECRET}\u009b2J\u202e\nWHY     all is well`;

describe("What messages and failures say", () => {
    let operated: Operated;
    let folder: string;
    let failed: string;
    let running: string;

    before(async () => {
        folder = mkdtempSync(path.join(tmpdir(), "turnstile-bodies-"));
        writeFileSync(path.join(folder, "jobs.jsonl"), `{"body": {"arguments": {"--x": "${SECRET}"}}}\n`);
        operated = await Operated.open(
            { limit: "2", maxAttempts: "1", pauseAfterFailures: "0" },
            {
                keepHistory: "all",
                job: ({ arguments: given }) =>
                    given["--fails"] === "yes"
                        ? { millis: MINUTE, end: { state: "FAILED" as const, errorMessage: CAUSE } }
                        : { millis: 1e9 },
            },
        );
        const { stack } = operated;
        await stack.pass(MINUTE);
        failed = stack.send({ arguments: { "--x": SECRET, "--fails": "yes" } }, "a");
        await stack.pass(10 * MINUTE);
        running = stack.send({ arguments: { "--x": SECRET } }, "b");
        stack.send(`no JSON: ${SECRET}`, "c");
        for (let i = 0; i < 3; i++) stack.send({ arguments: { "--x": SECRET } }, `w${i}`);
        await stack.pass(5 * MINUTE);
        operated.call("sqs", "SendMessage", {
            QueueUrl: stack.output("deadLetterQueueUrl"),
            MessageBody: SECRET,
            MessageGroupId: "d",
            MessageDeduplicationId: "d",
            MessageAttributes: { tenant: { DataType: "String", StringValue: SECRET } },
        });
    });
    after(async () => {
        await operated.close();
        rmSync(folder, { recursive: true, force: true });
    });

    /** A command line of each command that prints a document about a stack. */
    function lines(): string[][] {
        const all = [
            ...[["status"], ["status", "--check"], ["list"], ["doctor", "--verbose"], ["export"]],
            ...[["why", failed], ["why", running], ["failed"], ["failed", "show", failed], ["cost"]],
            ...["pause", "drain", "resume"].map((name) => [name, "--dry-run"]),
            ...[
                ["limit", "1", "--dry-run"],
                ["retry", "--all", "--dry-run"],
            ],
            ...[
                ["purge", "--all", "--dry-run"],
                ["cancel", running, "--dry-run"],
                ["free", running],
            ],
            ["send", "jobs.jsonl", "--dry-run"],
        ];
        return all.filter(([name = ""]) => commands().includes(name));
    }

    it("is in the JSON of no command that looks after a stack", async () => {
        for (const args of lines()) {
            const { out, error } = await operated.run([...args, "--json"], { cwd: folder });
            assert.notEqual(out, "", `${args.join(" ")}: ${error}`);
            assert.doesNotMatch(out, new RegExp(SECRET), args.join(" "));
        }
    });

    it("is looked for in every command that looks after a stack", () => {
        // The page has a test of its own: what it prints is its address.
        const tried = new Set([...lines().map(([name = ""]) => name), "ui"]);
        assert.deepEqual(
            commands().filter((name) => !tried.has(name)),
            [],
        );
    });

    it("is in the JSON of those that have --bodies", async () => {
        for (const args of [["failed"], ["failed", "show", failed], ["why", failed], ["export"]]) {
            const { out } = await operated.run([...args, "--bodies", "--json"]);
            assert.match(out, new RegExp(SECRET), args.join(" "));
        }
    });

    it("leaves the error's name in the JSON", async () => {
        const { items } = await operated.json<{ items: { messageId: string; error: string | null }[] }>([
            "failed",
        ]);
        const names = items.map(({ error }) => error).sort();
        assert.equal(items.find(({ messageId }) => messageId === failed)?.error, "States.TaskFailed");
        assert.deepEqual(names, ["MessageRefused", "ReceivedTooOften", "States.TaskFailed"]);
        const { execution } = await operated.json<{ execution: { error: string } }>(["why", failed]);
        assert.equal(execution.error, "States.TaskFailed");
    });

    it("is shown as text, where it cannot pass for a line of Turnstile's", async () => {
        for (const args of [["failed", "show", failed], ["why", failed], ["failed"]]) {
            const { out } = await operated.run(args);
            assert.match(out, new RegExp(`AccessDenied: ${SECRET}`), args.join(" "));
            assert.doesNotMatch(out, /^WHY {5}all is well/m);
            assert.doesNotMatch(out, /[\u0080-\u009f\u202e]/);
        }
    });

    it("is no name of an error unless it looks like one", () => {
        assert.deepEqual(["States.TaskFailed: no", "no name here", "a b: c", ": x", ""].map(errorOf), [
            "States.TaskFailed",
            null,
            null,
            null,
            null,
        ]);
    });
});

/** The commands that find a stack. */
function commands(): string[] {
    const program = createProgram({} as Surroundings, false, () => undefined);
    return program.commands
        .filter(({ options }) => options.some(({ long }) => long === "--operator"))
        .map((command) => command.name());
}
