import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { AwsError } from "../../../embedded-aws/index.ts";
import { MINUTE, SECOND } from "../../stack/test-stack.ts";
import type { Given, Outcome } from "../command-line.ts";
import { Operated } from "./operated.ts";

/** A terminal that watches: time passes in the stack while the command waits. */
interface Watched extends Outcome {
    /** What was written, write by write. */
    readonly writes: readonly string[];
}

describe("turnstile status --watch", () => {
    let operated: Operated;

    beforeEach(async () => {
        operated = await Operated.open({ limit: "2" });
        await operated.stack.pass(MINUTE);
    });
    afterEach(() => operated.close());

    /** Watches for so many looks; `between` happens after each. */
    async function watch(
        looks: number,
        {
            args = [],
            between = () => undefined,
            ...given
        }: Given & {
            args?: readonly string[];
            between?: (look: number) => unknown;
        } = {},
    ): Promise<Watched> {
        const writes: string[] = [];
        let stop: () => void = () => undefined;
        const interrupts = {
            exitCode: undefined as number | undefined,
            handle: (by: () => void) => (stop = by),
        };
        let look = 0;
        const outcome = await operated.run(["status", "--watch", ...args], {
            ...given,
            interrupts,
            onOutput: (text) => writes.push(text),
            sleep: async (millis) => {
                await operated.stack.pass(millis);
                await between(++look);
                if (look < looks) return;
                interrupts.exitCode = 130;
                stop();
            },
        });
        return { ...outcome, writes };
    }

    it("prints a snapshot for each change in a pipe, and ends with the signal's code", async () => {
        const { code, out } = await watch(4, { between: (look) => look === 2 && operated.stack.sendMany(1) });
        assert.equal(code, 130);
        assert.equal(out.match(/^LIMIT {3}2$/gm)?.length, 2);
        assert.match(out, /^SLOTS {3}1 of 2 taken$/m);
        // eslint-disable-next-line no-control-regex -- the escape is what is looked for
        assert.doesNotMatch(out, /\u001b/);
    });

    it("prints a line of JSON for each change with --json", async () => {
        const { out } = await watch(4, {
            args: ["--json"],
            between: (look) => look === 2 && operated.stack.sendMany(1),
        });
        const documents = out
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line) as { format: string });
        assert.deepEqual(
            documents.map(({ format }) => format),
            ["turnstile.status/1.0", "turnstile.status/1.0"],
        );
    });

    it("prints snapshots on a dumb terminal", async () => {
        const { out } = await watch(1, { isTerminal: true, env: { TERM: "dumb" } });
        // eslint-disable-next-line no-control-regex -- the escape is what is looked for
        assert.doesNotMatch(out, /\u001b/);
    });

    for (const [columns, rows] of [
        [80, 24],
        [120, 40],
        [60, 15],
        [30, 5],
    ] as const) {
        it(`fits a terminal of ${columns} x ${rows}`, async () => {
            operated.stack.sendMany(12);
            await operated.stack.pass(MINUTE);
            const { writes } = await watch(1, { isTerminal: true, columns, rows });
            const drawn = writes.find((text) => text.includes("LIMIT")) ?? "";
            const lines = stripVTControlCharacters(drawn).trimEnd().split("\n");
            assert.ok(lines.length < rows, `${lines.length} lines`);
            for (const line of lines) assert.ok(line.length < columns, line);
        });
    }

    it("begins on an empty screen when the terminal has another size", async () => {
        const size = { columns: 80, rows: 24 };
        const { writes } = await watch(2, {
            isTerminal: true,
            size,
            between: () => Object.assign(size, { columns: 60 }),
        });
        assert.ok(writes.includes("\u001b[2J\u001b[H"));
    });

    it("keeps what it saw when a read fails, and says how old that is", async () => {
        let isBroken = false;
        operated.stack.world.intercept((call, next) => {
            if (!isBroken || call.caller.isGuest !== true) return next();
            throw new AwsError("ValidationException", "broken", 400);
        });
        const { out, code } = await watch(3, { between: () => (isBroken = true) });
        assert.equal(code, 130);
        assert.match(out, /^LIMIT[\s\S]*^Could not read: broken\. As of \d+(\.\d)? s ago\.$/m);
    });

    it("ends when the first read fails", async () => {
        operated.stack.world.intercept((call, next) => {
            if (call.caller.isGuest !== true) return next();
            throw new AwsError("ValidationException", "broken", 400);
        });
        assert.equal((await watch(3)).code, 1);
    });

    it("is no check, with exit code 2", async () => {
        assert.equal((await operated.run(["status", "--watch", "--check"])).code, 2);
    });
});

describe("turnstile drain", () => {
    let operated: Operated;

    beforeEach(async () => {
        operated = await Operated.open({ limit: "6" }, { job: () => ({ millis: 5 * MINUTE }) });
        await operated.stack.pass(MINUTE);
    });
    afterEach(() => operated.close());

    const sleep = (millis: number): Promise<void> => operated.stack.pass(millis);

    it("pauses and waits until nothing runs", async () => {
        operated.stack.sendMany(8);
        await operated.stack.pass(MINUTE);
        const args = ["drain", "--wait", "--yes", "--by", "ana"];
        const { code, out, error } = await operated.run(args, { sleep });
        assert.deepEqual([code, out], [0, "Nothing runs any more. turnstile resume goes on.\n"]);
        assert.match(error, /^Paused by ana without an end\.\n.*\n6 jobs run: (\w{8}, ){4}and 2 more\n/m);
        assert.deepEqual(
            operated.stack.runs.map(({ state }) => state),
            Array.from({ length: 6 }, () => "SUCCEEDED"),
        );
    });

    it("gives up after --timeout, with exit code 6; the pool stays paused", async () => {
        operated.stack.sendMany(1);
        await operated.stack.pass(MINUTE);
        const args = ["drain", "--wait", "--yes", "--timeout", "1m"];
        const { code, out } = await operated.run(args, { sleep });
        assert.deepEqual([code, out], [6, "1 job still runs; the pool stays paused.\n"]);
        assert.equal(operated.stack.gate()?.limit, 0);
    });

    it("stops waiting at a signal, with its code", async () => {
        operated.stack.sendMany(1);
        await operated.stack.pass(MINUTE);
        let stop: () => void = () => undefined;
        const interrupts = {
            exitCode: undefined as number | undefined,
            handle: (by: () => void) => (stop = by),
        };
        const { code } = await operated.run(["drain", "--wait", "--yes"], {
            interrupts,
            sleep: async () => {
                interrupts.exitCode = 130;
                stop();
            },
        });
        assert.equal(code, 130);
    });

    it("only pauses without --wait", async () => {
        const { code, out } = await operated.run(["drain", "--yes", "--by", "ana"]);
        assert.equal(code, 0);
        assert.match(out, /^Paused by ana/);
    });

    it("waits where somebody has paused already", async () => {
        await operated.run(["pause", "--yes"]);
        await operated.stack.pass(10 * SECOND);
        const drained = await operated.json<{ format: string; type: string; isDrained: boolean }>([
            "drain",
            "--wait",
            "--yes",
        ]);
        assert.deepEqual(
            [drained.format, drained.type, drained.isDrained],
            ["turnstile.drain/1.0", "summary", true],
        );
    });

    it("prints each change on a line with --json, and a summary last", async () => {
        operated.stack.sendMany(2);
        await operated.stack.pass(MINUTE);
        const { out } = await operated.run(["drain", "--wait", "--yes", "--json"], { sleep });
        const lines = out.trim().split("\n");
        const read = lines.map(
            (line) => JSON.parse(line) as { type: string; holders: string[]; isDrained: boolean },
        );
        assert.ok(read.length >= 2);
        assert.deepEqual(
            read.map(({ type, isDrained }) => [type, isDrained]),
            [...read.slice(1).map(() => ["progress", false]), ["summary", true]],
        );
        assert.deepEqual([read[0]?.holders.length, read.at(-1)?.holders.length], [2, 0]);
    });

    it("changes nothing with --dry-run, after a no, or without a terminal", async () => {
        assert.match((await operated.run(["drain", "--wait", "--dry-run"])).out, /Nothing was changed/);
        assert.equal((await operated.run(["drain", "--wait"], { isTerminal: true, stdin: "n\n" })).code, 3);
        assert.equal((await operated.run(["drain", "--wait"])).code, 2);
        assert.equal(operated.stack.item("jobs", "override"), undefined);
    });
});
