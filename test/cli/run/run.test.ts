import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { aggregate } from "../../../examples/weather/aggregate.ts";
import { weatherMessages } from "../../../examples/weather/messages.ts";
import { recordProgram } from "../../../embedded-aws/index.ts";
import type { RecordedProgram } from "../../../embedded-aws/index.ts";
import { readMessages } from "../../../cli/run/message-source.ts";
import { parseOptions } from "../../../cli/run/options.ts";
import { run as runCommand, runProgram } from "../../../cli/run/run.ts";
import { recordStack } from "../../../cli/run/stack.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

function unexpected(...what: unknown[]): never {
    throw new assert.AssertionError({ message: `unexpected: ${JSON.stringify(what)}` });
}

interface Outcome {
    readonly code: number;
    readonly out: string;
    readonly error: string;
}

interface JsonReport {
    readonly good: boolean;
    readonly end: string;
    readonly sent: number;
    readonly done: number;
    readonly failed: number;
    readonly runs: number;
    readonly furtherAttempts: number;
    readonly peakRunning: number;
    readonly failures: readonly {
        readonly message: string;
        readonly cause: string;
        readonly output?: string;
    }[];
    readonly results?: readonly unknown[];
    readonly usage: { readonly transitions: number };
    readonly stuckBecause?: string;
    readonly seconds: Readonly<Record<string, number | null>>;
    readonly jobs: readonly {
        readonly message: string;
        readonly state: string;
        readonly attempts: number;
        readonly waitSeconds: number;
        readonly startedAt?: string;
        readonly seconds?: number;
        readonly cause?: string;
    }[];
}

describe("npm start", function () {
    let program: RecordedProgram;
    let directory = "";

    before(async () => {
        program = await recordStack(root, { stack: "dev", seed: 1 });
        directory = mkdtempSync(path.join(tmpdir(), "turnstile-"));
    });
    after(() => rmSync(directory, { recursive: true, force: true }));

    /** Runs with a command line, as fast as possible, and keeps what was printed. */
    async function run(args: readonly string[], given: Given = {}): Promise<Outcome> {
        let out = "";
        let error = "";
        const parsed = parseOptions(args, { out: unexpected, error: unexpected });
        if ("exitCode" in parsed) assert.fail();
        let stop = (): void => undefined;
        const interrupts = {
            exitCode: undefined as number | undefined,
            handle: (handler: () => void) => void (stop = handler),
        };
        const around = {
            root,
            cwd: directory,
            interrupts,
            stdin: Readable.from([Buffer.from(given.stdin ?? "")]),
            stdout: { write: (text: string) => ((out += text), true) },
            stderr: {
                write: (text: string) => {
                    error += text;
                    if (given.interruptAt?.test(text)) {
                        interrupts.exitCode = 130;
                        stop();
                    }
                    return true;
                },
            },
        };
        const { options } = parsed;
        const code = given.program
            ? await runProgram(
                  given.program,
                  await readMessages(options, directory, around.stdin),
                  options,
                  around,
              )
            : await runCommand(options, around);
        return { code, out, error };
    }

    interface Given {
        readonly stdin?: string;
        /** A recorded program; without it the program is recorded as `npm start` does. */
        readonly program?: RecordedProgram;
        /** Interrupts the run when this is printed to standard error. */
        readonly interruptAt?: RegExp;
    }

    function json(outcome: Outcome): JsonReport {
        return JSON.parse(outcome.out) as JsonReport;
    }

    describe("with the example", () => {
        let outcome: Outcome;

        before(async () => {
            outcome = await run([]);
        });

        it("exits with 0", () => {
            assert.equal(outcome.code, 0, outcome.error);
        });

        it("prints its 48 months", () => {
            assert.equal(outcome.out.match(/^│ 201[2-5]-\d\d │/gm)?.length, 48);
            assert.match(outcome.out, /│ 2012-01 │ +4\.3 │/);
        });

        it("prints a report", () => {
            assert.match(outcome.out, /Jobs +│ 48 done, 0 failed/);
            assert.match(outcome.out, /Running at most +│ 3 of 3 /);
        });

        it("prints lines of at most 80 characters", () => {
            for (const line of outcome.out.split("\n")) assert.ok(line.length <= 80, line);
        });
    });

    it("gives each message's own result, in the order of the messages", async () => {
        const report = json(await run(["--json"], { program }));
        const expected = weatherMessages().map(({ body }): unknown =>
            JSON.parse(aggregate(body.arguments, unexpected)),
        );
        assert.deepEqual(report.results, expected);
    });

    /** The report of twenty messages, but for the real time that it took. */
    async function reportOf(...args: string[]): Promise<Record<string, unknown>> {
        const { out } = await run(["--count", "20", "--json", ...args], { program });
        const { wallSeconds: _, ...report } = JSON.parse(out) as Record<string, unknown>;
        return report;
    }

    it("is the same run again with the same seed", async () => {
        assert.deepEqual(await reportOf(), await reportOf());
    });

    it("is another run with another seed", async () => {
        const [one, other] = [await reportOf(), await reportOf("--seed", "2")];
        assert.notDeepEqual(one["seconds"], other["seconds"]);
    });

    it("takes the same time when functions make their calls through the AWS SDK", async () => {
        const [direct, sdk] = [
            await run(["--json", "--count", "12"], { program }),
            await run(["--json", "--count", "12", "--sdk"], { program }),
        ].map((outcome) => json(outcome).seconds);
        assert.deepEqual(sdk, direct);
    });

    it("keeps to another limit than the stack's when one is given", async () => {
        const { code, out } = await run(["--count", "30", "--limit", "7", "--json"]);
        const { done, peakRunning } = JSON.parse(out) as JsonReport;
        assert.deepEqual({ code, done, peakRunning }, { code: 0, done: 30, peakRunning: 7 });
    });

    describe("with a file in which a line is wrong and two jobs cannot be done", () => {
        let outcome: Outcome;
        let report: JsonReport;

        before(async () => {
            const rows = "2012-01-01,0.0,12.8,5.0,4.7,drizzle";
            const stdin = [
                JSON.stringify({ body: { arguments: { "--month": "2012-01", "--rows": rows } } }),
                "{",
                JSON.stringify({ body: { arguments: { "--month": "1999-01", "--rows": rows } }, group: "b" }),
                JSON.stringify({ body: "no JSON for the job", group: "c" }),
            ].join("\n");
            outcome = await run(["--messages", "-", "--json", "--bodies"], { stdin });
            report = json(outcome);
        });

        it("exits with 1", () => {
            assert.equal(outcome.code, 1);
        });

        it("names the wrong line", () => {
            assert.match(outcome.error, /^turnstile: standard input, line 2: it is not JSON/m);
        });

        it("runs the others", () => {
            const { sent, done, failed, end } = report;
            assert.deepEqual({ sent, done, failed, end }, { sent: 3, done: 1, failed: 2, end: "complete" });
        });

        it("counts further attempts of the job that failed", () => {
            assert.equal(report.furtherAttempts, 2);
        });

        it("tells what became of each message", () => {
            const [done, failed, refused] = report.jobs;
            assert.deepEqual([done?.message, done?.state, done?.attempts], ["line 1", "done", 1]);
            assert.ok(Number(done?.seconds) >= 120 && Number(done?.waitSeconds) > 0);
            assert.match(done?.startedAt ?? "", /^\d{4}-\d\d-\d\dT/);
            assert.deepEqual([failed?.state, failed?.attempts], ["failed", 3]);
            assert.equal(failed?.cause, "there are no rows for --month 1999-01");
            assert.deepEqual([refused?.state, refused?.attempts], ["failed", 0]);
        });

        it("names the messages of jobs that failed, with their causes", () => {
            const [first, second, ...others] = report.failures;
            assert.deepEqual([first?.message, second?.message, others], ["line 3", "line 4", []]);
            assert.equal(first?.cause, "there are no rows for --month 1999-01");
            assert.match(second?.cause ?? "", /not JSON/);
        });
    });

    it("sends nothing of a file with a wrong line when it is strict", async () => {
        const stdin = '{"body":{"arguments":{}}}\n{}';
        const { code, out, error } = await run(["--messages", "-", "--strict"], { stdin });
        assert.equal(code, 1);
        assert.equal(
            error,
            "turnstile: standard input, line 2: it has no body\nturnstile: no message was sent\n",
        );
        assert.equal(out, "");
    });

    it("sends nothing of a file with a message that can never start when it is strict", async () => {
        const stdin = '{"body":{"arguments":{}}}\n{"body":{"argument":{}}}';
        const { code, out, error } = await run(["--messages", "-", "--strict"], { stdin });
        assert.equal(code, 1);
        assert.match(
            error,
            /^turnstile: standard input, line 2: The body has the unknown member "argument".*\nturnstile: no message was sent\n$/,
        );
        assert.equal(out, "");
    });

    it("sends nothing of a file with a message that is too large to start when it is strict", async () => {
        const stdin = JSON.stringify({ body: { arguments: { "--text": "x".repeat(130_000) } } });
        const { code, error } = await run(["--messages", "-", "--strict"], { stdin });
        assert.equal(code, 1);
        assert.match(error, /line 1: The message makes an execution input of \d+ bytes; at most 245760 fit/);
    });

    it("leaves causes out of its JSON without --bodies", async () => {
        const stdin = '{"body":"hush-4711 is not JSON"}';
        const { out } = await run(["--messages", "-", "--json"], { stdin, program });
        assert.doesNotMatch(out, /hush|cause/);
        assert.equal((JSON.parse(out) as JsonReport).failed, 1);
        const whole = await run(["--messages", "-", "--json", "--bodies"], { stdin, program });
        assert.match(json(whole).failures[0]?.cause ?? "", /not JSON/);
    });

    it("sends two equal lines as two messages", async () => {
        const stdin = '{"body":{"arguments":{}}}\n{"body":{"arguments":{}}}\n';
        assert.equal(json(await run(["--messages", "-", "--json"], { stdin, program })).runs, 2);
    });

    it("stops with what happened so far when it is interrupted", async () => {
        const { code, out } = await run(["--count", "300", "--json"], { program, interruptAt: /^ *10 %/ });
        const { end, done, good } = JSON.parse(out) as JsonReport;
        assert.equal(code, 130);
        assert.deepEqual({ end, good }, { end: "interrupted", good: false });
        assert.ok(done > 0 && done < 300);
    });

    it("stops when nothing happens any more, and shows where messages are", async () => {
        const queue = String(program.outputs["queueUrl"]);
        const arn = program.resources.find(({ outputs }) => outputs["url"] === queue)?.outputs["arn"];
        const resources = program.resources.filter(({ inputs }) => inputs["eventSourceArn"] !== arn);
        assert.equal(resources.length, program.resources.length - 1);
        const outcome = await run(["--count", "2", "--json"], { program: { ...program, resources } });
        const { end, stuckBecause } = json(outcome);
        assert.equal(outcome.code, 1);
        assert.equal(end, "stuck");
        assert.match(
            stuckBecause ?? "",
            /with 2 messages in the queue\. The first message that has not ended: message 1\./,
        );
    });

    it("names the last error that a function logged when nothing happens any more", async () => {
        const resources = program.resources.map((resource) => {
            const policy = String(resource.inputs["policy"]).replaceAll(
                "states:StartExecution",
                "states:None",
            );
            return "policy" in resource.inputs
                ? { ...resource, inputs: { ...resource.inputs, policy } }
                : resource;
        });
        const outcome = await run(["--count", "2", "--json"], { program: { ...program, resources } });
        assert.match(
            json(outcome).stuckBecause ?? "",
            /The last error that a function logged: \S+-starter-\S+: .*not authorized to perform: states:StartExecution/,
        );
    });

    it("refuses to start at a limit of 0, with which nothing would run", async () => {
        const resources = program.resources.map((resource) => {
            const item = String(resource.inputs["item"]).replace('"limit":{"N":"3"}', '"limit":{"N":"0"}');
            return "item" in resource.inputs
                ? { ...resource, inputs: { ...resource.inputs, item } }
                : resource;
        });
        const paused = { ...program, resources };
        await assert.rejects(
            run(["--count", "1"], { program: paused }),
            /^StackError: The stack's limit is 0/,
        );
    });

    it("runs a stack whose job is made elsewhere", async () => {
        const resources = program.resources.filter(({ type }) => type !== "aws:glue/job:Job");
        const { code, out } = await run(["--count", "4", "--json"], { program: { ...program, resources } });
        assert.equal(code, 0, out);
    });

    describe("with --exec", () => {
        before(function () {
            if (process.platform === "win32") this.skip();
        });

        describe("that counts the jobs under way", () => {
            let outcome: Outcome;

            before(async () => {
                // Each job writes down how many are under way, itself included.
                const command = `mkdir -p running; touch running/$$; ls running | wc -l; rm running/$$; echo "{}"; : `;
                const args = ["--count", "12", "--exec", command, "--output", "kept", "--json"];
                outcome = await run(args, { program });
            });

            it("does every job", () => {
                assert.equal(outcome.code, 0, outcome.out);
                assert.equal(json(outcome).done, 12);
            });

            it("has the last line of each job's output as its result", () => {
                assert.deepEqual(
                    json(outcome).results,
                    Array.from({ length: 12 }, () => ({})),
                );
            });

            it("never runs more jobs at once than the limit", () => {
                assert.equal(json(outcome).peakRunning, 3);
                for (const file of outputFiles()) {
                    const [running] = readFileSync(file, "utf8").split("\n");
                    assert.ok(Number(running) >= 1 && Number(running) <= 3, `${running} were running`);
                }
            });

            it("keeps the output of each job", () => {
                assert.equal(outputFiles().length, 12);
            });

            function outputFiles(): string[] {
                const kept = path.join(directory, "kept");
                return readdirSync(kept)
                    .filter((file) => file.endsWith(".stdout"))
                    .map((file) => path.join(kept, file));
            }
        });

        /** Without the pauses between attempts, which are real ones here. */
        async function withOneAttempt(): Promise<RecordedProgram> {
            return recordProgram({ directory: root, stack: "dev", seed: 1, config: { maxAttempts: "1" } });
        }

        it("runs only what has not succeeded when it resumes", async () => {
            const command = `echo ran >> ran; test -e repaired || test {--number} -lt 3`;
            const exec = ["--count", "4", "--json", "--exec", command];
            const first = json(
                await run([...exec, "--output", "resumed"], { program: await withOneAttempt() }),
            );
            assert.deepEqual([first.done, first.failed], [2, 2]);
            writeFileSync(path.join(directory, "repaired"), "");
            writeFileSync(path.join(directory, "ran"), "");
            const second = await run([...exec, "--resume", "resumed"]);
            assert.equal(second.code, 0, second.error);
            assert.deepEqual(
                json(second).jobs.map(({ message }) => message),
                ["message 3", "message 4"],
            );
            assert.equal(readFileSync(path.join(directory, "ran"), "utf8"), "ran\nran\n");
            const third = await run([...exec, "--resume", "resumed"]);
            assert.deepEqual(
                [third.code, third.error],
                [0, "turnstile: every message of that run has succeeded already\n"],
            );
        });

        it("keeps an index of what each attempt did", async () => {
            const command = `echo no >&2; test {--number} = 1`;
            const once = await withOneAttempt();
            await run(["--count", "2", "--exec", command, "--output", "indexed"], { program: once });
            const lines = readFileSync(path.join(directory, "indexed", "index.jsonl"), "utf8")
                .trim()
                .split("\n");
            const attempts = lines
                .map((line) => JSON.parse(line) as Record<string, unknown>)
                .map(({ seconds: _, hash: __, ...attempt }) => attempt)
                .sort((a, b) => String(a["stdout"]).localeCompare(String(b["stdout"])));
            assert.deepEqual(attempts, [
                {
                    message: 1,
                    label: "message 1",
                    attempt: 1,
                    command,
                    exitCode: 0,
                    stdout: "0001.stdout",
                    stderr: "0001.stderr",
                },
                {
                    message: 2,
                    label: "message 2",
                    attempt: 1,
                    command,
                    exitCode: 1,
                    problem: "the command ended with exit code 1 and wrote: no",
                    stdout: "0002.stdout",
                    stderr: "0002.stderr",
                },
            ]);
        });

        it("explains arguments to whoever runs a command that takes none", async () => {
            const once = await withOneAttempt();
            const args = ["--count", "1", "--exec", "sleep 0", "--output", "surprised"];
            const { out } = await run(args, { program: once });
            assert.match(out, /The command gets the job's arguments at its end, as in --month 2012-01/);
        });

        it("gives the command Glue's arguments", async () => {
            await run(["--count", "1", "--exec", `sh -c 'echo "$@"' sh`, "--output", "args"], { program });
            const [line] = readFileSync(path.join(directory, "args", "0001.stdout"), "utf8").split("\n");
            assert.match(
                line ?? "",
                /^--number 1 --turnstile-pool jobs --turnstile-holder [\da-f-]{36}\/1\/0$/,
            );
        });
    });

    describe("as a process", () => {
        /** Starts the program; resolves when it has ended. */
        function launch(
            args: readonly string[],
            onError?: (text: string, child: ReturnType<typeof spawn>) => void,
        ): Promise<Outcome> {
            const child = spawn(process.execPath, [path.join(root, "cli", "main.ts"), "run", ...args], {
                cwd: directory,
            });
            let [out, error] = ["", ""];
            child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
            child.stderr.setEncoding("utf8").on("data", (text: string) => {
                error += text;
                onError?.(error, child);
            });
            return new Promise((resolve) => {
                child.once("close", (code) => resolve({ code: code ?? -1, out, error }));
            });
        }

        it("ends in order on Ctrl-C, with everything that it started", async function () {
            if (process.platform === "win32") this.skip();
            // The job presses Ctrl-C itself, once it runs.
            const command = "echo $$; kill -INT $PPID; sleep 600; :";
            const { code, out } = await launch(["--count", "1", "--exec", command, "--output", "ended"]);
            assert.equal(code, 130);
            assert.match(out, /The run was interrupted\. These are the numbers so far\./);
            const job = Number(readFileSync(path.join(directory, "ended", "0001.stdout"), "utf8"));
            assert.throws(() => process.kill(job, 0), { code: "ESRCH" });
        });

        it("ends at once on the second Ctrl-C, even when a job does not", async function () {
            if (process.platform === "win32") this.skip();
            const command = "trap '' TERM; kill -INT $PPID; sleep 1; kill -INT $PPID; sleep 600; :";
            const { code, error } = await launch(["--count", "1", "--exec", command, "--output", "killed"]);
            assert.equal(code, 130);
            assert.match(error, /^turnstile: ended at once$/m);
        });

        it("prints no error when its reader stops reading", async () => {
            let isClosed = false;
            const { code, error } = await launch(["--count", "3", "--speed", "max"], (_, child) => {
                if (!isClosed) child.stdout?.destroy();
                isClosed = true;
            });
            assert.equal(code, 0);
            assert.doesNotMatch(error, /EPIPE/);
        });

        it("refuses a wrong command line with exit code 2 and one line", async () => {
            const { code, out, error } = await launch(["--limit", "many"]);
            assert.equal(code, 2);
            assert.equal(out, "");
            assert.match(error, /^turnstile: [^\n]*'many'[^\n]*\n$/);
        });

        it("refuses a stack that is not there with exit code 5 and one line", async () => {
            const { code, error } = await launch(["--stack", "nowhere"]);
            assert.equal(code, 5);
            assert.match(error, /^turnstile: There is no stack 'nowhere'[^\n]*\n$/);
        });
    });
});
