import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { EXIT } from "../../cli/lib/exit-codes.ts";
import { ROOT, runTurnstile } from "./command-line.ts";

describe("turnstile", () => {
    it("lists its commands with examples and exit codes in --help", async () => {
        const { code, out, error } = await runTurnstile(["--help"]);
        assert.deepEqual([code, error], [0, ""]);
        assert.match(out, /^ {2}run +run jobs on this machine/m);
        assert.match(out, /^ {2}npm start\n/m);
        for (const exit of Object.values(EXIT)) assert.match(out, new RegExp(`\\b${exit}\\b`));
    });

    it("prints the help of each command in lines of at most 80 characters", async () => {
        const { out } = await runTurnstile(["--help"]);
        const commands = [...out.matchAll(/^ {2}([a-z]+) {3,}/gm)].map(([, name = ""]) => name);
        assert.ok(commands.includes("completion"), out);
        for (const args of [[], ...commands.map((name) => [name])]) {
            const { out: help } = await runTurnstile([...args, "--help"]);
            for (const line of help.split("\n")) assert.ok(line.length <= 80, line);
        }
    });

    it("lists each command in a group that says what it is for", async () => {
        const { out } = await runTurnstile(["--help"]);
        assert.doesNotMatch(out, /^Commands:/m);
        assert.match(out, /^Help:\n {2}completion [^\n]*\n {2}help /m);
    });

    it("shows its help on standard error with exit code 2 when no command is named", async () => {
        const { code, out, error } = await runTurnstile([]);
        assert.deepEqual([code, out], [2, ""]);
        assert.match(error, /^Usage: turnstile <command>/);
    });

    it("prints the version of package.json", async () => {
        assert.match((await runTurnstile(["--version"])).out, /^\d+\.\d+\.\d+\n$/);
    });

    const wrong: readonly (readonly [readonly string[], string])[] = [
        [["rnu"], "unknown command 'rnu'; did you mean run?"],
        [["run", "--lmit", "3"], "unknown option '--lmit'; did you mean --limit?"],
        [["help", "rnu"], "unknown command 'rnu'; did you mean run?"],
        [["failed", "3c90"], "failed does not take '3c90'; failed show ID shows one letter"],
        [["run", "jobs.jsonl"], "arguments without an option are not accepted; see --help"],
    ];
    for (const [args, message] of wrong) {
        it(`refuses \`${args.join(" ")}\` in one line, with exit code 2`, async () => {
            assert.deepEqual(await runTurnstile(args), {
                code: 2,
                out: "",
                error: `turnstile: ${message}\n`,
            });
        });
    }

    it("says what is wrong as a line of JSON with --json", async () => {
        const { code, out, error } = await runTurnstile(["run", "--jsn", "--json"]);
        assert.deepEqual([code, out], [2, ""]);
        assert.deepEqual(JSON.parse(error), {
            code: "usage",
            message: "unknown option '--jsn'; did you mean --json?",
            exit: 2,
        });
    });

    it("says in one line why a run cannot start", async () => {
        const { code, error } = await runTurnstile(["run", "--stack", "nowhere"]);
        assert.equal(code, 5);
        assert.match(error, /^turnstile: There is no stack 'nowhere'[^\n]*\n$/);
    });

    it("runs what npm start runs as `turnstile run`", () => {
        const args = ["--count", "2", "--speed", "max", "--json"];
        const main = path.join(ROOT, "cli/main.ts");
        const { stdout, status } = spawnSync(process.execPath, [main, "run", ...args], { encoding: "utf8" });
        assert.equal(status, 0);
        assert.equal((JSON.parse(stdout) as { done: number }).done, 2);
    });
});
