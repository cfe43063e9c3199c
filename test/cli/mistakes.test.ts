/** The same mistake ends the same way, whichever command it is made in. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Command } from "commander";
import { EXIT } from "../../cli/lib/exit-codes.ts";
import type { Surroundings } from "../../cli/lib/surroundings.ts";
import { createProgram } from "../../cli/turnstile.ts";
import { runTurnstile } from "./command-line.ts";
import { Operated } from "./operate/operated.ts";

/** Every command, by the words that name it. */
function paths(command: Command, before: readonly string[] = []): string[][] {
    return command.commands.flatMap((each) => {
        const own = [...before, each.name()];
        return [own, ...paths(each, own)];
    });
}

describe("A mistake on the command line", () => {
    let operated: Operated;
    let cwd: string;
    let busy: Server;
    let port: string;

    before(async () => {
        operated = await Operated.open();
        cwd = mkdtempSync(path.join(tmpdir(), "turnstile-mistakes-"));
        writeFileSync(path.join(cwd, "file"), "{\n");
        writeFileSync(path.join(cwd, "trace.jsonl"), "");
        writeFileSync(path.join(cwd, "jobs.jsonl"), '{"body": {"arguments": {}}}\n');
        busy = createServer().listen(0, "127.0.0.1");
        await new Promise((resolve) => void busy.once("listening", resolve));
        port = String((busy.address() as AddressInfo).port);
    });
    after(async () => {
        busy.close();
        await operated.close();
        rmSync(cwd, { recursive: true, force: true });
    });

    it("in the name of an option is told before what is missing, by every command", async () => {
        const all = paths(createProgram({} as Surroundings, false, () => undefined));
        assert.ok(all.length > 20);
        for (const names of all) {
            const { code, out, error } = await runTurnstile([...names, "--nonsense"]);
            const line = "turnstile: unknown option '--nonsense'\n";
            assert.deepEqual([code, out, error], [EXIT.usage, "", line], names.join(" "));
        }
    });

    it("in the place of an option is told with the place where it belongs", async () => {
        const { code, error } = await runTurnstile(["--stack", "dev", "status"]);
        assert.equal(
            error,
            "turnstile: option '--stack' stands after the command: turnstile status --stack\n",
        );
        assert.equal(code, EXIT.usage);
    });

    it("in an option before the command that no command has is told as any other", async () => {
        const { error } = await runTurnstile(["--nonsense=1", "status"]);
        assert.equal(error, "turnstile: unknown option '--nonsense=1'\n");
    });

    /** What is wrong, how each command that it can happen to is called then, and how all of them end. */
    const causes: Readonly<Record<string, readonly [code: number, text: RegExp, lines: () => string[][]]>> = {
        "of a stack that does not exist": [
            EXIT.notFound,
            /nope/,
            () => [
                ["run", "--stack", "nope"],
                ["serve", "--stack", "nope"],
                ["plan", "--stack", "nope", "--jobs", "1", "--minutes", "1"],
                ["cost", "--stack", "nope", "--jobs-per-month", "1"],
                ["status", "--operator", "nope.json"],
            ],
        ],
        "of a message that does not exist": [
            EXIT.notFound,
            /nobody/,
            () => [
                ...[["why"], ["cancel"], ["free"], ["failed", "show"], ["retry"], ["purge"]].map((line) => [
                    ...line,
                    "nobody",
                ]),
            ],
        ],
        "of a file that cannot be read": [
            EXIT.failed,
            /gone\.jsonl.*(it does not exist|does not exist)/,
            () => [
                ["send", "gone.jsonl"],
                ["run", "--messages", "gone.jsonl"],
                ["report", "gone.jsonl", "--output", "page.html"],
            ],
        ],
        "of a file with something else in it": [
            EXIT.failed,
            /\bfile\b/,
            () => [
                ["send", "file"],
                ["run", "--strict", "--messages", "file"],
                ["report", "file", "--output", "page.html"],
                ["send", "jobs.jsonl", "--journal", "file", "--yes"],
            ],
        ],
        "of a file that cannot be written": [
            EXIT.failed,
            /file\/x|a part of its path is a file/,
            () => [
                ["export", "--output", "file/x"],
                ["run", "--count", "1", "--report", "file/x"],
                ["run", "--count", "1", "--trace", "file/x"],
                ["run", "--count", "1", "--exec", "true", "--output", "file/x"],
                ["serve", "--state", "file/x"],
                ["send", "jobs.jsonl", "--journal", "file/x", "--yes"],
            ],
        ],
        "of a port that is taken": [
            EXIT.failed,
            /is taken/,
            () => [
                ["serve", "--port", port],
                ["ui", "--port", port],
            ],
        ],
        "of an end that has passed": [
            EXIT.usage,
            /2020-01-01T00:00:00.000Z/,
            () => [
                ...[["limit", "1"], ["pause"], ["drain"]].map((line) => [
                    ...line,
                    "--until",
                    "2020-01-01T00:00Z",
                ]),
                ["plan", "--jobs", "1", "--minutes", "1", "--done-by", "2020-01-01T00:00Z"],
            ],
        ],
        "of a number that is none": [
            EXIT.usage,
            /many/,
            () => [
                ["limit", "many"],
                ["run", "--limit", "many"],
                ["serve", "--port", "many"],
                ["ui", "--interval", "many"],
                ["list", "--most", "many"],
                ["export", "--most", "many"],
                ["plan", "--jobs", "many"],
                ["cost", "--jobs-per-month", "many"],
            ],
        ],
    };
    for (const [what, [exit, text, lines]] of Object.entries(causes)) {
        it(`${what} ends every command with exit code ${exit}, without a stack trace`, async () => {
            for (const line of lines()) {
                const { code, error } = await operatedOrNot(line);
                assert.equal(code, exit, `${line.join(" ")}: ${error}`);
                assert.match(error, text, line.join(" "));
                assert.doesNotMatch(error, /^ +at /m);
            }
        });
    }

    it("of a stack that does not exist names it where the Pulumi CLI is not there to look", async () => {
        const { code, error } = await runTurnstile(["status", "--stack", "nope"], { cwd });
        assert.equal(code, EXIT.notFound);
        assert.match(error, /^turnstile: [^\n]*nope[^\n]*\n {2}[^\n]*--operator FILE[^\n]*\n$/);
    });

    /** Commands that look after a stack have one to look after. */
    function operatedOrNot(line: readonly string[]): Promise<{ code: number; error: string }> {
        const [name = ""] = line;
        const isHere = ["run", "serve", "plan", "cost", "report"].includes(name);
        return isHere ? runTurnstile(line, { cwd }) : operated.run(line, { cwd });
    }
});
