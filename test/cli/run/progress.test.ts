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
});
