import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createProgram } from "../../cli/turnstile.ts";
import { SHELLS } from "../../cli/completion.ts";
import { runTurnstile } from "./command-line.ts";

describe("turnstile completion", () => {
    let folder: string;
    let script: string;

    before(async () => {
        folder = mkdtempSync(path.join(tmpdir(), "turnstile-completion-"));
        writeFileSync(path.join(folder, "jobs.jsonl"), "");
        script = path.join(folder, "script");
        writeFileSync(script, (await runTurnstile(["completion", "bash"])).out);
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    /** What bash completes the last word with. */
    function complete(...words: string[]): string[] {
        const typed = ["turnstile", ...words].map((word) => `'${word}'`).join(" ");
        const commands = [
            `source ${script}`,
            // Twice, as a shell that starts another one does.
            `source ${script}`,
            `COMP_WORDS=(${typed})`,
            `COMP_CWORD=${words.length}`,
            "_turnstile",
            'printf "%s\\n" "${COMPREPLY[@]}"',
        ];
        const options = { cwd: folder, encoding: "utf8" } as const;
        const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", commands.join("\n")], options);
        assert.equal(stderr, "");
        return stdout.split("\n").filter((line) => line !== "");
    }

    describe("in bash", () => {
        before(function () {
            // There, bash is that of WSL, which has other paths.
            if (process.platform === "win32") this.skip();
        });

        it("completes the names of commands", () => {
            assert.deepEqual(complete("st"), ["status"]);
            assert.deepEqual(complete("failed", "sh"), ["show"]);
        });

        it("completes options of the command, wherever it stands", () => {
            assert.deepEqual(complete("list", "--st").sort(), ["--stack", "--state"]);
            assert.deepEqual(complete("--version", "cancel", "3c90", "--dr").sort(), ["--drop", "--dry-run"]);
            assert.deepEqual(complete("failed", "show", "--bo"), ["--bodies"]);
            assert.deepEqual(complete("plan", "--jobs", "5", "--li"), ["--limits"]);
            assert.deepEqual(complete("cost", "--ba"), ["--batches"]);
        });

        it("completes the values that an option takes", () => {
            assert.deepEqual(complete("list", "--state", ""), ["running", "waiting", "elsewhere"]);
            assert.deepEqual(complete("status", "--color", "n"), ["never"]);
        });

        it("completes files where files are expected, and nothing where nothing is known", () => {
            assert.deepEqual(complete("send", "jobs"), ["jobs.jsonl"]);
            assert.deepEqual(complete("report", "jobs"), ["jobs.jsonl"]);
            assert.deepEqual(complete("export", "--output", "jobs"), ["jobs.jsonl"]);
            assert.deepEqual(complete("send", "jobs.jsonl", "--jou"), ["--journal"]);
            assert.deepEqual(complete("status", "--operator", "jobs"), ["jobs.jsonl"]);
            assert.deepEqual(complete("pause", "--reason", ""), []);
        });

        it("evaluates nothing that was typed", () => {
            complete("$(touch evaluated)", "`touch evaluated`");
            assert.ok(!existsSync(path.join(folder, "evaluated")));
        });
    });

    for (const shell of SHELLS) {
        it(`names every command and option in the script for ${shell}`, async () => {
            const { code, out } = await runTurnstile(["completion", shell]);
            assert.equal(code, 0);
            const around = { root: path.join(import.meta.dirname, "../.."), stdout: {}, stderr: {} };
            const program = createProgram(around as never, false, () => undefined);
            for (const command of program.commands) {
                assert.ok(out.includes(command.name()), command.name());
                for (const { long = "" } of command.options) assert.ok(out.includes(long.slice(2)), long);
            }
        });

        it(`makes a script that ${shell} reads, where it is installed`, async function () {
            if (process.platform === "win32" || spawnSync(shell, ["--version"]).error) this.skip();
            const { out } = await runTurnstile(["completion", shell]);
            const file = path.join(folder, `script.${shell}`);
            writeFileSync(file, out);
            assert.equal(spawnSync(shell, ["-n", file], { encoding: "utf8" }).stderr, "");
        });
    }

    it("knows no other shell, with exit code 2", async () => {
        const { code, error } = await runTurnstile(["completion", "cmd"]);
        assert.equal(code, 2);
        assert.match(error, /Allowed choices are bash, zsh, fish/);
    });
});
