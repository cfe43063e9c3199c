import assert from "node:assert/strict";
import { blockLines, createProgress } from "../../../cli/run/progress.ts";
import type { Snapshot } from "../../../cli/run/progress.ts";

const snapshot: Snapshot = {
    total: 48,
    sent: 48,
    waiting: 16,
    running: 10,
    limit: 10,
    done: 20,
    failed: 2,
    elapsed: 600,
    left: 400,
    pace: 100,
    jobs: [],
    retries: [],
};

describe("live progress", () => {
    it("shows what was sent, waits, runs, is done, failed, and the time left to watch", () => {
        const text = blockLines(snapshot, "Turnstile", 100).join("\n");
        for (const expected of [
            /sent 48/,
            /in line 16/,
            /running 10 of 10/,
            /done 20/,
            /failed 2/,
            /22 of 48/,
            /about 4\.0 s left/,
        ]) {
            assert.match(text, expected);
        }
    });

    it("names the jobs that run, with how long they have", () => {
        const jobs = ["a", "b", "c", "d", "e", "f"].map((label, index) => ({ label, seconds: 100 - index }));
        const text = blockLines({ ...snapshot, jobs }, "Turnstile", 100).join("\n");
        assert.match(text, /^running: a 1 min 40 s, b 1 min 39 s, c 1 min 38 s, d 1 min 37 s, and 2 more$/m);
    });

    it("says how many jobs are tried again, and when the first of them is", () => {
        const text = blockLines({ ...snapshot, retries: [40, 18] }, "Turnstile", 120).join("\n");
        assert.match(text, /failed 2 · 2 retry in 18 s$/m);
    });

    it("fills its bar with what failed, too", () => {
        const bar = (done: number, failed: number): string | undefined =>
            /█*/.exec(blockLines({ ...snapshot, done, failed }, "Turnstile", 80)[1] ?? "")?.[0];
        assert.equal(bar(10, 14), bar(24, 0));
        assert.notEqual(bar(10, 14), bar(10, 0));
    });

    it("has at least as much time left as until the last retry", () => {
        const text = blockLines({ ...snapshot, left: 1, pace: 1, retries: [18, 40] }, "Turnstile", 120).join(
            "\n",
        );
        assert.match(text, /about 40 s left/);
    });

    it("never says that no time is left while something is to come", () => {
        const text = blockLines({ ...snapshot, left: 3, pace: 100 }, "Turnstile", 80).join("\n");
        assert.match(text, /less than a second left/);
    });

    it("fits its terminal, so that redrawing leaves nothing behind", () => {
        for (const columns of [20, 40, 80, 200]) {
            for (const line of blockLines(
                { ...snapshot, total: 1_000_000, sent: 900_000 },
                "T".repeat(300),
                columns,
            )) {
                assert.ok(line.length < columns, `${line.length} characters on ${columns} columns`);
            }
        }
    });

    it("is a few plain lines where there is no terminal, however many jobs there are", () => {
        let text = "";
        const progress = createProgress({ write: (line: string) => ((text += line), true) }, "Turnstile");
        for (let done = 0; done <= 10_000; done++)
            progress.show({ ...snapshot, total: 10_000, done, failed: 0 });
        progress.end();
        const lines = text.trim().split("\n");
        assert.equal(lines.length, 11);
        assert.match(lines[10] ?? "", /^100 %.*done 10,000/);
        assert.ok(!text.includes("\u001b"));
    });

    it("is plain lines on a dumb terminal", () => {
        let text = "";
        const output = { isTTY: true, write: (line: string) => ((text += line), true) };
        const progress = createProgress(output, "Turnstile", { TERM: "dumb" });
        progress.show(snapshot);
        progress.end();
        assert.match(text, /^Turnstile\n/);
        assert.ok(!text.includes("\u001b"));
    });
});
