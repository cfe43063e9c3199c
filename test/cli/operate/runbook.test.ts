/** The commands of docs/operate.md, each run on a stack on which it has something to do; and a line that is very long. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { EXIT } from "../../../cli/lib/exit-codes.ts";
import { HOUR, MINUTE } from "../../stack/test-stack.ts";
import { ROOT, runTurnstile } from "../command-line.ts";
import type { Outcome } from "../command-line.ts";
import { Operated } from "./operated.ts";

/** Commands that run the program here: test/cli/plan has tests of them. */
const HERE = ["plan --jobs", "cost --jobs-per-month"];

/** In the place of an id or a holder in the page: what the message has to be. */
const FAILED = /^(failed show|retry) /;

describe("The runbook docs/operate.md", () => {
    let operated: Operated;
    let cwd: string;
    const ids = { failed: "", waiting: [] as string[], running: "" };

    before(async () => {
        cwd = mkdtempSync(path.join(tmpdir(), "turnstile-runbook-"));
        writeFileSync(path.join(cwd, "jobs.jsonl"), '{"body": {"arguments": {}}}\n');
        operated = await Operated.open(
            { limit: "1", maxAttempts: "1", pauseAfterFailures: "0" },
            {
                keepHistory: "all",
                job: (run) => {
                    const fails = run.arguments["--fails"] === "yes";
                    const end = { state: "FAILED", errorMessage: "AccessDenied: s3://orders" } as const;
                    return { millis: fails ? MINUTE : HOUR, ...(fails && { end }) };
                },
            },
        );
        const { stack } = operated;
        await stack.pass(MINUTE);
        for (let i = 0; i < 3; i++) ids.failed = stack.send({ arguments: { "--fails": "yes" } }, `f${i}`);
        await stack.pass(20 * MINUTE);
        [ids.running = "", ...ids.waiting] = stack.sendMany(6);
        await stack.pass(2 * MINUTE);
    });
    after(async () => {
        await operated.close();
        rmSync(cwd, { recursive: true, force: true });
    });

    it("shows no command that does not work", async () => {
        const lines = shown();
        assert.ok(lines.length > 25, lines.join("\n"));
        for (const line of lines) {
            if (HERE.some((each) => line.startsWith(each))) continue;
            const args = withIds(line);
            const { code, error } = await outcomeOf(args);
            assert.ok(expected(args).includes(code), `${args.join(" ")}: ${code} ${error}`);
            await operated.stack.pass(MINUTE);
        }
        assert.ok(existsSync(path.join(cwd, "night.html")));
    });

    /** Command lines that begin a line of code or stand in the tables, each once. */
    function shown(): string[] {
        const page = readFileSync(path.join(ROOT, "docs/operate.md"), "utf8");
        const found = [...page.matchAll(/(?:^|\| `|, `)turnstile ([^\n`|]+)/gm)].map(([, line = ""]) =>
            line.trim(),
        );
        return [...new Set(found)].filter((line) => !/^(MESSAGE|\(\))/.test(line));
    }

    /** The page's ids are those of nobody: here stand those of this stack. */
    function withIds(line: string): string[] {
        const words = (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ""));
        const id = FAILED.test(line) ? ids.failed : line.startsWith("free") ? ids.running : "";
        return words.map((word) => {
            if (!/^3c90/.test(word)) return word === "written-by-hand" ? ids.running : word;
            return id === "" ? (ids.waiting.pop() ?? "") : id;
        });
    }

    function outcomeOf(args: readonly string[]): Promise<Outcome> {
        const interrupts = { exitCode: undefined, handle: (stop: () => void) => void setImmediate(stop) };
        const given = { cwd, sleep: (millis: number) => operated.stack.pass(millis), interrupts };
        const [name = ""] = args;
        if (["report", "completion"].includes(name)) return runTurnstile(args, given);
        const changes = ["retry", "purge", "send", "pause", "drain", "resume", "limit", "cancel", "free"];
        return operated.run([...args, ...(changes.includes(name) ? ["--yes"] : [])], given);
    }

    /** How it may end. */
    function expected([name = "", ...rest]: readonly string[]): number[] {
        // The slot's job runs, so it is refused.
        if (name === "free") return [EXIT.declined];
        if (name === "doctor" || rest.includes("--check")) return [EXIT.done, EXIT.checkFailed];
        // Nobody else ends what it waits for while a signal ends the wait at once.
        if (name === "drain") return [EXIT.done, EXIT.timedOut];
        return [EXIT.done];
    }
});

describe("A line of 10,000", () => {
    it("costs status, list and why a number of reads that does not grow with it", async () => {
        const operated = await Operated.open({ limit: "1" });
        try {
            await operated.stack.pass(MINUTE);
            await operated.run(["pause", "--yes"]);
            for (let i = 0; i < 10_000; i++) {
                // A partition takes 1,000 write units a second.
                if (i % 400 === 0) await operated.stack.pass(1000);
                const id = String(i).padStart(8, "0");
                const opened = { S: new Date(operated.stack.world.clock.now()).toISOString() };
                operated.putItem(`job#${id}`, {
                    ...{ messageId: { S: id }, group: { S: "g" }, opened, job: { S: "j" } },
                    ...{ execution: { S: "" }, linePosition: { S: `wait#5#${id}` }, token: { S: id } },
                });
            }
            let reads = 0;
            operated.stack.world.intercept((call, next) => {
                if (call.service === "dynamodb" && call.caller.isGuest === true) reads++;
                return next();
            });
            for (const args of [["status"], ["list"], ["why", "00009999"]]) {
                reads = 0;
                const { code, error } = await operated.run(args);
                assert.equal(code, 0, error);
                // As docs/operate.md and the help of status say it.
                assert.ok(reads <= 20, `${args.join(" ")}: ${reads} reads`);
            }
            assert.match((await operated.run(["status"])).out, /^LINE {4}at least 5,000 wait/m);
        } finally {
            await operated.close();
        }
    });
});
