import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { OutputFolder } from "../../../cli/run/output-folder.ts";
import type { Attempt } from "../../../cli/run/output-folder.ts";
import { withoutDone } from "../../../cli/run/resume.ts";

const attempt: Attempt = {
    message: 1,
    label: "line 1",
    attempt: 1,
    command: "true",
    exitCode: 0,
    seconds: 1,
    stdout: "0001.stdout",
    stderr: "0001.stderr",
    hash: "h",
};

describe("the folder with the output of commands", () => {
    let parent = "";

    beforeEach(() => (parent = mkdtempSync(path.join(tmpdir(), "turnstile-"))));
    afterEach(() => rmSync(parent, { recursive: true, force: true }));

    it("is another one for each run of the same second", () => {
        const now = new Date(0);
        const names = [1, 2, 3].map(() => path.basename(OutputFolder.timed(parent, now).directory));
        assert.deepEqual(names, ["1970-01-01T00-00-00", "1970-01-01T00-00-00-2", "1970-01-01T00-00-00-3"]);
    });

    it("is refused if it has the output of another run", () => {
        OutputFolder.named(parent);
        assert.throws(
            () => OutputFolder.named(parent),
            /has the output of another run; choose another folder/,
        );
    });

    it("is refused where a file stands in its way", () => {
        writeFileSync(path.join(parent, "file"), "");
        assert.throws(
            () => OutputFolder.named(path.join(parent, "file")),
            /^OutputError: cannot write to .*file: it is a file/,
        );
        assert.throws(
            () => OutputFolder.named(path.join(parent, "file", "x")),
            /cannot write to .*: a part of the path is a file/,
        );
    });

    it("is refused where nothing can be made", function () {
        if (process.platform !== "linux") this.skip();
        assert.throws(() => OutputFolder.named("/proc/x"), /cannot write to \/proc\/x: /);
    });

    it("is refused where nobody may write", function () {
        if (process.platform === "win32" || process.getuid?.() === 0) this.skip();
        mkdirSync(path.join(parent, "closed"));
        chmodSync(path.join(parent, "closed"), 0o500);
        assert.throws(() => OutputFolder.named(path.join(parent, "closed")), /permission denied/);
    });

    it("cannot be resumed if it is not the output of a run", () => {
        assert.throws(
            () => OutputFolder.resumed(parent),
            /is not the output of a run: it has no index\.jsonl/,
        );
    });

    it("can be resumed after a run that was killed while it wrote", () => {
        OutputFolder.named(parent).add(attempt);
        const index = path.join(parent, "index.jsonl");
        writeFileSync(index, '{"message": 2, "att', { flag: "a" });
        assert.deepEqual(OutputFolder.resumed(parent).earlier, [attempt]);
    });

    it("cannot be resumed if its index has something else", () => {
        writeFileSync(path.join(parent, "index.jsonl"), '{"message": 1}\n{}\n');
        assert.throws(
            () => OutputFolder.resumed(parent),
            /index\.jsonl, line 1: it is not an attempt of a run/,
        );
    });

    it("cannot be resumed with other messages", () => {
        const source = {
            total: 1,
            messages: [{ body: "another", group: "g" }],
            mistakes: [],
            name: "jobs.jsonl",
            isExample: false,
            label: String,
            number: (message: number) => message + 1,
        };
        assert.throws(
            () => withoutDone(source, [attempt], "kept"),
            /kept is of other messages: its message 1 is not the one of jobs\.jsonl/,
        );
    });
});
