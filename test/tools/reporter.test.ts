import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const root = path.join(import.meta.dirname, "..", "..");

describe("the test command", () => {
    let directory: string;

    beforeEach(() => {
        directory = mkdtempSync(path.join(tmpdir(), "turnstile-"));
    });

    afterEach(() => {
        rmSync(directory, { recursive: true });
    });

    it("ends with how many passed and failed", () => {
        const { status, stdout } = test('describe("a", () => { it("b", () => {}); it("c", () => {}); });');
        assert.equal(lastLine(stdout), "2 passed, 0 failed");
        assert.equal(status, 0);
    });

    it("counts what was skipped only when something was", () => {
        const { stdout } = test('it("b", () => {}); it.skip("c", () => {});');
        assert.equal(lastLine(stdout), "1 passed, 0 failed, 1 skipped");
    });

    it("shows a failure's title, message and difference", () => {
        const { status, stdout } = test(`
            import assert from "node:assert/strict";
            describe("a queue", () => { it("keeps order", () => { assert.deepEqual(["x"], ["y"]); }); });
        `);
        assert.equal(lastLine(stdout), "0 passed, 1 failed");
        assert.match(stdout, /✖ a queue .+\n/);
        assert.match(stdout, /1\) a queue\n\s+keeps order/);
        assert.match(stdout, /\n\+\s+'x'\n-\s+'y'\n/);
        assert.match(stdout, /some\.test\.ts:3:/);
        assert.equal(status, 1);
    });

    it("counts a hook that throws as a failure", () => {
        const { status, stdout } = test(`
            describe("a", () => { before(() => { throw new Error("no disk"); }); it("b", () => {}); });
        `);
        assert.equal(lastLine(stdout), "0 passed, 1 failed");
        assert.match(stdout, /no disk/);
        assert.equal(status, 1);
    });

    it("fails for a rejected promise that nobody waits for", () => {
        const { status } = test(
            'it("b", async () => { void Promise.reject(new Error("left")); await new Promise(setImmediate); });',
        );
        assert.notEqual(status, 0);
    });

    it("fails when no test ran", () => {
        const { status, stdout } = test('it("b", () => {});', "--grep", "something else");
        assert.match(stdout, /^no test ran/m);
        assert.equal(status, 1);
    });

    it("runs files side by side, and counts a file in which no test matches as nothing", () => {
        const { status, stdout } = run(["test/slots", "test/workflow", "--grep", "A holder id"]);
        assert.match(lastLine(stdout) ?? "", /^\d+ passed, 0 failed$/);
        assert.equal(status, 0);
        assert.equal(run(["test/slots", "--grep", "something else"]).status, 1);
    });

    it("refuses a lone `only` where CI is set", () => {
        const { status, stderr } = test('it["only"]("b", () => {});');
        assert.match(stderr, /only.*forbidden/);
        assert.notEqual(status, 0);
    });

    function test(source: string, ...args: readonly string[]) {
        const file = path.join(directory, "some.test.ts");
        writeFileSync(file, source);
        return run([file, ...args]);
    }

    function run(args: readonly string[]) {
        const command = ["tools/launch.cjs", "node_modules/mocha/bin/mocha.js", ...args];
        return spawnSync(process.execPath, command, {
            cwd: root,
            encoding: "utf8",
            env: { ...process.env, CI: "true", NO_COLOR: "1" },
        });
    }
});

function lastLine(output: string): string | undefined {
    return output.trimEnd().split("\n").at(-1);
}
