import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { aggregate } from "../../../examples/weather/aggregate.ts";
import { weatherMessages } from "../../../examples/weather/messages.ts";
import type { RecordedProgram } from "../../../embedded-aws/index.ts";
import { readInput } from "../../../cli/run/input.ts";
import { parseOptions } from "../../../cli/run/options.ts";
import { runProgram, start } from "../../../cli/run/start.ts";
import { recordStack } from "../../../cli/run/stack.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

function unexpected(...what: unknown[]): never {
    throw new assert.AssertionError({ message: `nobody should ask for ${JSON.stringify(what)}` });
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
}

describe("npm start", function () {
    let program: RecordedProgram;
    let directory = "";

    before(async () => {
        program = await recordStack(root, { stack: "dev", seed: 1 });
        directory = mkdtempSync(path.join(tmpdir(), "turnstile-"));
    });
    after(() => rmSync(directory, { recursive: true, force: true }));

    /** Runs the recorded program with a command line, as fast as it goes, and keeps what was printed. */
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
            ...{
                root,
                cwd: directory,
                interrupts,
                stdin: Readable.from([given.stdin ?? ""].map((text) => Buffer.from(text))),
            },
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
                  await readInput(options, directory, around.stdin),
                  options,
                  around,
              )
            : await start(options, around);
        return { code, out, error };
    }

    interface Given {
        readonly stdin?: string;
        /** Recorded already; without one the program is recorded as `npm start` does. */
        readonly program?: RecordedProgram;
        /** Interrupts when the standard error stream says this. */
        readonly interruptAt?: RegExp;
    }

    function json(outcome: Outcome): JsonReport {
        return JSON.parse(outcome.out) as JsonReport;
    }

    it("runs the example and ends with its 48 months and what the run was like, with exit code 0", async () => {
        const { code, out, error } = await run([]);
        assert.equal(code, 0, error);
        assert.equal(out.match(/^│ 201[2-5]-\d\d │/gm)?.length, 48);
        assert.match(out, /│ 2012-01 │ +4\.3 │/);
        assert.match(out, /Jobs +│ 48 done, 0 failed/);
        assert.match(out, /Running at most +│ 3 of 3 /);
        for (const line of out.split("\n")) assert.ok(line.length <= 80, line);
    });

    it("gives each message's own result, in the order of the messages", async () => {
        const report = json(await run(["--json"], { program }));
        const expected = weatherMessages().map(({ body }): unknown =>
            JSON.parse(aggregate(body.arguments, unexpected)),
        );
        assert.deepEqual(report.results, expected);
    });

    it("is the same run again with the same seed, and another one with another", async () => {
        const [first, again, other] = [
            await run(["--count", "20", "--json"], { program }),
            await run(["--count", "20", "--json"], { program }),
            await run(["--count", "20", "--json", "--seed", "2"], { program }),
        ].map(({ out }) => {
            const { wallSeconds: _, ...report } = JSON.parse(out) as Record<string, unknown>;
            return report;
        });
        assert.deepEqual(first, again);
        assert.notDeepEqual(first?.["seconds"], other?.["seconds"]);
    });

    it("goes the same way when functions use their real SDK clients", async () => {
        const [direct, sdk] = [
            await run(["--json", "--count", "12"], { program }),
            await run(["--json", "--count", "12", "--sdk"], { program }),
        ].map((outcome) => json(outcome).seconds);
        assert.deepEqual(sdk, direct);
    });

    it("takes another limit than the stack's, and keeps to it", async () => {
        const { code, out } = await run(["--count", "30", "--limit", "7", "--json"]);
        const { done, peakRunning } = JSON.parse(out) as JsonReport;
        assert.deepEqual({ code, done, peakRunning }, { code: 0, done: 30, peakRunning: 7 });
    });

    it("runs a file's good lines, names the wrong ones and the jobs that failed, and exits with 1", async () => {
        const rows = "2012-01-01,0.0,12.8,5.0,4.7,drizzle";
        const stdin = [
            JSON.stringify({ body: { arguments: { "--month": "2012-01", "--rows": rows } } }),
            "{",
            JSON.stringify({ body: { arguments: { "--month": "1999-01", "--rows": rows } }, group: "b" }),
            JSON.stringify({ body: "no JSON for the job", group: "c" }),
        ].join("\n");
        const outcome = await run(["--messages", "-", "--json"], { stdin });
        const { sent, done, failed, end, failures, furtherAttempts } = json(outcome);
        assert.equal(outcome.code, 1);
        assert.match(outcome.error, /^turnstile: standard input, line 2: not JSON/m);
        assert.deepEqual({ sent, done, failed, end }, { sent: 3, done: 1, failed: 2, end: "complete" });
        assert.equal(furtherAttempts, 2);
        assert.deepEqual(
            failures.map(({ message }) => message),
            ["line 3", "line 4"],
        );
        assert.equal(failures[0]?.cause, "there are no rows for --month 1999-01");
        assert.match(failures[1]?.cause ?? "", /not JSON/);
    });

    it("sends nothing of a file with a wrong line when it is strict", async () => {
        const stdin = '{"body":{"arguments":{}}}\n{}';
        const { code, out, error } = await run(["--messages", "-", "--strict"], { stdin });
        assert.equal(code, 1);
        assert.equal(
            error,
            "turnstile: standard input, line 2: it has no body\nturnstile: nothing was sent\n",
        );
        assert.equal(out, "");
    });

    it("sends two lines that say the same twice", async () => {
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

    it("says where messages are when nothing goes on, instead of waiting for ever", async () => {
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
            /2 messages in the queue; the first that has not ended is message 1/,
        );
    });

    it("refuses to start with a limit of 0, under which nothing would run", async () => {
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

        it("really runs each job, at most the limit at once, and keeps its output", async () => {
            // Each job writes down how many are under way, itself included.
            const command = `mkdir -p running; touch running/$$; ls running | wc -l; rm running/$$; echo "{}"; : `;
            const outcome = await run(["--count", "12", "--exec", command, "--output", "kept", "--json"], {
                program,
            });
            const { done, results, peakRunning } = json(outcome);
            assert.equal(outcome.code, 0, outcome.out);
            assert.equal(done, 12);
            assert.deepEqual(
                results,
                Array.from({ length: 12 }, () => ({})),
            );
            assert.equal(peakRunning, 3);
            const files = readdirSync(path.join(directory, "kept")).filter((file) =>
                file.endsWith(".stdout"),
            );
            assert.equal(files.length, 12);
            for (const file of files) {
                const [running] = readFileSync(path.join(directory, "kept", file), "utf8").split("\n");
                assert.ok(Number(running) >= 1 && Number(running) <= 3, `${running} were running`);
            }
        });

        it("hands over Glue's arguments", async () => {
            await run(["--count", "1", "--exec", `sh -c 'echo "$@"' sh`, "--output", "args"], { program });
            const [line] = readFileSync(path.join(directory, "args", "0001.stdout"), "utf8").split("\n");
            assert.match(
                line ?? "",
                /^--number 1 --turnstile-pool jobs --turnstile-holder group-1-\S+\/1\/0$/,
            );
        });
    });

    describe("as a process", () => {
        /** Starts the program; settles when it has ended. */
        function launch(
            args: readonly string[],
            onError?: (text: string, child: ReturnType<typeof spawn>) => void,
        ): Promise<Outcome> {
            const child = spawn(process.execPath, [path.join(root, "cli", "main.ts"), ...args], {
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
            assert.match(out, /Interrupted: these are the numbers so far/);
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

        it("says nothing when its reader stops reading", async () => {
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

        it("refuses a stack that is not there with exit code 1 and one line", async () => {
            const { code, error } = await launch(["--stack", "nowhere"]);
            assert.equal(code, 1);
            assert.match(error, /^turnstile: There is no stack 'nowhere'[^\n]*\n$/);
        });
    });
});
