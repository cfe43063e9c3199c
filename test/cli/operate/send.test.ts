import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { AwsError } from "../../../embedded-aws/index.ts";
import type { Call } from "../../../embedded-aws/index.ts";
import { MINUTE, recorded } from "../../stack/test-stack.ts";
import type { Given, Outcome } from "../command-line.ts";
import { Operated } from "./operated.ts";

interface Sent {
    readonly changed: boolean;
    readonly sent: number;
    readonly acceptedBefore: number;
    readonly inDoubt: readonly number[];
    readonly refused: readonly { readonly line: number; readonly problem: string }[];
    readonly left: number;
    readonly journal: string | null;
}

interface Batch {
    readonly Entries: readonly { readonly Id: string; readonly MessageGroupId: string }[];
}

describe("turnstile send", () => {
    let operated: Operated;
    let cwd: string;

    beforeEach(async () => {
        cwd = mkdtempSync(path.join(tmpdir(), "turnstile-send-"));
        operated = await Operated.open({ limit: "2" });
        await operated.stack.pass(MINUTE);
    });
    afterEach(async () => {
        rmSync(cwd, { recursive: true, force: true });
        await operated.close();
    });

    const lines = (count: number, group = ""): string =>
        Array.from({ length: count }, (_, i) =>
            JSON.stringify({ body: { arguments: { "--number": String(i) } }, group: group || `g${i % 3}` }),
        ).join("\n");
    const write = (text: string): void => writeFileSync(path.join(cwd, "jobs.jsonl"), text);
    const run = (args: readonly string[] = [], given: Given = {}): Promise<Outcome> =>
        operated.run(["send", "jobs.jsonl", ...args], { cwd, ...given });
    const json = (args: readonly string[] = []): Promise<Sent> =>
        operated.json<Sent>(["send", "jobs.jsonl", "--yes", ...args], { cwd });

    /** Deals with the batches that are sent; counts them. */
    function onBatch(act: (number: number, call: Call, next: () => unknown) => unknown): void {
        let batches = 0;
        operated.stack.world.intercept((call, next) => {
            if (call.operation !== "SendMessageBatch" || call.caller.isGuest !== true) return next();
            return act(++batches, call, next);
        });
    }

    async function accepted(): Promise<number> {
        await operated.stack.pass(MINUTE);
        return operated.stack.openRows();
    }

    it("sends each message of a file, ten at once", async () => {
        write(lines(23));
        let batches = 0;
        onBatch((number, _call, next) => ((batches = number), next()));
        const { code, out, error } = await run(["--yes"]);
        assert.deepEqual([code, out, batches], [0, "23 messages sent.\n", 3]);
        assert.match(
            error,
            /^Send 23 messages of jobs\.jsonl in 3 groups\.\nWhat is accepted is noted in jobs\.jsonl\.sent;/,
        );
        assert.equal(await accepted(), 23);
    });

    it("sends what stands twice in a file twice", async () => {
        write(`${lines(2, "g")}\n${lines(2, "g")}`);
        await run(["--yes"]);
        assert.equal(await accepted(), 4);
    });

    it("sends nothing twice that was accepted, whatever was added to the file", async () => {
        write(lines(12));
        await run(["--yes"]);
        await operated.stack.pass(60 * MINUTE);
        write(`{"body": {"arguments": {"--new": "1"}}}\n${lines(12)}`);
        const { sent, acceptedBefore, journal } = await json();
        assert.deepEqual([sent, acceptedBefore, journal], [1, 12, "jobs.jsonl.sent"]);
    });

    it("has nothing to send the second time", async () => {
        write(lines(3));
        await run(["--yes"]);
        const { code, out } = await run();
        assert.equal(code, 0);
        assert.match(
            out,
            /^Send 0 messages .*\n3 were accepted before, and are not sent again\.\n.*\nNothing was sent\.$/m,
        );
    });

    it("goes on where it was killed", async () => {
        write(lines(25));
        onBatch((number, _call, next) => {
            if (number <= 1) return next();
            throw new AwsError("AccessDenied", "killed", 403);
        });
        assert.equal((await run(["--yes"])).code, 4);
        const { sent, acceptedBefore } = await ((): Promise<Sent> => {
            onBatch((_number, call) => operated.call("sqs", call.operation, call.input as object));
            return json();
        })();
        assert.deepEqual([sent, acceptedBefore], [15, 10]);
        assert.equal(await accepted(), 25);
    });

    it("sends a batch whose answer was lost again within five minutes, and SQS drops what it has", async () => {
        write(lines(5));
        let isLost = true;
        onBatch((_number, _call, next) => {
            const answer = next();
            if (!isLost) return answer;
            throw new AwsError("AccessDenied", "the answer is lost", 403);
        });
        await run(["--yes"]);
        isLost = false;
        await operated.stack.pass(MINUTE);
        assert.equal((await json()).sent, 5);
        assert.equal(await accepted(), 5);
    });

    it("leaves out later what may have been sent, by its line, with exit code 7", async () => {
        write(lines(5));
        let isLost = true;
        onBatch((_number, _call, next) => {
            const answer = next();
            if (!isLost) return answer;
            throw new AwsError("AccessDenied", "the answer is lost", 403);
        });
        await run(["--yes"]);
        isLost = false;
        await operated.stack.pass(10 * MINUTE);
        const { code, out } = await run(["--yes"]);
        assert.equal(code, 7);
        assert.match(
            out,
            /^5 may have been sent before \(line 1, 2, 3, 4, 5\): they are left out; --again sends them\.$/m,
        );
        assert.deepEqual((await json()).inDoubt, [1, 2, 3, 4, 5]);
        assert.equal((await json(["--again"])).sent, 5);
    });

    it("says which lines SQS refused, and keeps the rest of their groups back, with exit code 7", async () => {
        write(lines(30));
        onBatch((number, call, next) => {
            if (number > 1) return next();
            const { Entries } = call.input as Batch;
            const [first, ...others] = Entries;
            const answer = operated.call("sqs", "SendMessageBatch", {
                ...(call.input as object),
                Entries: others,
            }) as object;
            return {
                ...answer,
                Failed: [{ Id: first?.Id, Code: "InternalError", Message: "no", SenderFault: false }],
            };
        });
        const { code, out } = await run(["--yes"]);
        assert.equal(code, 7);
        assert.match(
            out,
            /^23 messages sent\.\nNot sent: line 1: InternalError: no\n6 were not tried\. Run it again to go on\.$/m,
        );
        assert.equal((await json()).sent, 7);
        assert.equal(await accepted(), 30);
    });

    it("cuts batches that are larger than SQS takes", async () => {
        const large = (i: number): string =>
            JSON.stringify({
                body: { arguments: { "--text": `${i}${"x".repeat(120_000)}` } },
                group: `g${i}`,
            });
        write(Array.from({ length: 10 }, (_, i) => large(i)).join("\n"));
        const sizes: number[] = [];
        onBatch((_number, call, next) => (sizes.push((call.input as Batch).Entries.length), next()));
        assert.equal((await run(["--yes"])).code, 0);
        assert.deepEqual(sizes, [8, 2]);
    });

    it("sends nothing of a file with a wrong line, with exit code 1 and each line's problem", async () => {
        write(`${lines(1)}\n{"body": {"arguments": {"month": "1"}}}\nno JSON\n{"body": {"priority": 12}}`);
        const { code, error } = await run(["--yes"]);
        assert.equal(code, 1);
        assert.match(error, /jobs\.jsonl, line 2: .*"month".*\njobs\.jsonl, line 3: it is not JSON/);
        assert.match(error, /line 4: .*\n {2}3 wrong lines; nothing was sent/);
        assert.equal(await accepted(), 0);
    });

    it("sends nothing of a file with a message that is too large to start", async () => {
        write(JSON.stringify({ body: { arguments: { "--text": "x".repeat(130_000) } } }));
        const { code, error } = await run(["--yes"]);
        assert.equal(code, 1);
        assert.match(error, /line 1: The message makes an execution input of \d+ bytes; at most 245760 fit/);
    });

    it("knows to the byte what the starter takes", async () => {
        const sized = (length: number): string =>
            JSON.stringify({ body: { arguments: { "--text": "x".repeat(length) } }, group: "g" });
        // The text stands in the input twice: in the body, and as the argument.
        const refused = async (length: number): Promise<number> => {
            write(sized(length));
            const { code, error } = await run(["--dry-run"]);
            return code === 0 ? 0 : Number(/input of (\d+) bytes/.exec(error)?.[1]);
        };
        const over = await refused(123_000);
        assert.ok(over > 245_760);
        const most = 123_000 - Math.ceil((over - 245_760) / 2);
        assert.equal(await refused(most), 0);
        write(sized(most));
        await run(["--yes"]);
        assert.equal(await accepted(), 1);
        assert.equal(operated.stack.deadLetters().length, 0);
    });

    it("refuses an argument whose name the deployment does not allow", async () => {
        const { outputs } = await recorded({ argumentNames: '["--month"]' });
        const { argumentNames } = outputs["operator"] as { argumentNames?: unknown };
        const env = { TURNSTILE_OPERATOR: JSON.stringify({ ...operated.operator, argumentNames }) };
        write(lines(1));
        const { code, error } = await run(["--yes"], { env });
        assert.equal(code, 1);
        assert.match(error, /line 1: .*"--number".* takes only --month/);
    });

    for (const [what, text, expected] of [
        ["is empty", "", /has no messages/],
        ["is no text", "\u0000", /is binary/],
    ] as const) {
        it(`refuses a file that ${what}, with exit code 1`, async () => {
            write(text);
            const { code, error } = await run(["--yes"]);
            assert.equal(code, 1);
            assert.match(error, expected);
        });
    }

    it("refuses a file that is not there, with exit code 1", async () => {
        const { code, error } = await run(["--yes"]);
        assert.equal(code, 1);
        assert.match(error, /jobs\.jsonl cannot be read: it does not exist/);
    });

    it("refuses a journal that is none, with exit code 1", async () => {
        write(lines(1));
        for (const text of ["something else\n", '{"format": "turnstile.sent/2.0"}\n']) {
            writeFileSync(path.join(cwd, "other"), text);
            const { code, error } = await run(["--yes", "--journal", "other"]);
            assert.equal(code, 1);
            assert.match(error, /The journal .*other cannot be used: it is no journal of turnstile send/);
        }
    });

    it("refuses a journal that cannot be read or written, with exit code 2", async () => {
        write(lines(1));
        assert.match((await run(["--yes", "--journal", "."])).error, /cannot be used: it is a folder/);
        assert.match(
            (await run(["--yes", "--journal", "none/journal"])).error,
            /cannot be used: its folder does not exist/,
        );
        assert.equal(await accepted(), 0);
    });

    it("reads a journal whose last line was cut off when the process was killed", async () => {
        write(lines(2));
        await run(["--yes"]);
        const file = path.join(cwd, "jobs.jsonl.sent");
        writeFileSync(file, `${readFileSync(file, "utf8")}{"sending":["a`);
        assert.equal((await json()).acceptedBefore, 2);
    });

    it("reads messages from standard input, without a journal unless one is named", async () => {
        const given = { stdin: lines(2), cwd };
        const first = await operated.run(["send", "-", "--yes"], given);
        assert.match(first.error, /^Send 2 messages of standard input.*\nNo journal is kept/);
        const second = await operated.run(["send", "-", "--yes", "--journal", "j"], {
            ...given,
            stdin: lines(3),
        });
        assert.equal(second.code, 0);
        assert.ok(existsSync(path.join(cwd, "j")));
        assert.equal(await accepted(), 3);
    });

    it("cannot read both messages and stack from standard input", async () => {
        assert.equal((await operated.run(["send", "-", "--operator", "-"])).code, 2);
    });

    it("shows its progress on a terminal", async () => {
        write(lines(12));
        const { error } = await run(["--yes"], { isTerminal: true });
        assert.match(error, /\r10 of 12 sent\r12 of 12 sent\n$/);
    });

    it("ends after the batch under way when it is interrupted", async () => {
        write(lines(25));
        let stop: (() => void) | undefined;
        const interrupts = {
            exitCode: undefined as number | undefined,
            handle: (by: () => void) => (stop = by),
        };
        onBatch((_number, _call, next) => {
            interrupts.exitCode = 130;
            stop?.();
            return next();
        });
        const { code, out } = await run(["--yes"], { interrupts });
        assert.equal(code, 130);
        assert.match(out, /^10 messages sent\.\n15 were not tried\. Run it again to go on\.$/m);
    });

    it("exits with 1 if SQS takes nothing", async () => {
        write(lines(1));
        onBatch(() => ({ Failed: [{ Id: "0", Code: "InternalError", Message: "no", SenderFault: false }] }));
        assert.equal((await run(["--yes"])).code, 1);
    });

    it("sends nothing after a no, or with --dry-run", async () => {
        write(lines(2));
        assert.equal((await run([], { isTerminal: true, stdin: "n\n" })).code, 3);
        assert.match((await run(["--dry-run"])).out, /Nothing was sent\.\n$/);
        assert.equal(await accepted(), 0);
        assert.equal(existsSync(path.join(cwd, "jobs.jsonl.sent")), false);
    });
});
