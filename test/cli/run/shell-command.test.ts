import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { toArgv } from "../../../cli/run/command-arguments.ts";
import { checkShell, startCommand } from "../../../cli/run/shell-command.ts";
import type { CommandEnd, RunningCommand } from "../../../cli/run/shell-command.ts";

describe("a command for each Glue run", function () {
    let directory = "";

    before(function () {
        if (process.platform === "win32") this.skip();
        directory = mkdtempSync(path.join(tmpdir(), "turnstile-"));
    });
    after(() => rmSync(directory, { recursive: true, force: true }));

    /** Runs a command to its end. */
    function run(
        command: string,
        args: Readonly<Record<string, string>> = {},
        started: (running: RunningCommand) => void = () => undefined,
    ): Promise<CommandEnd & { stdout: string; stderr: string }> {
        const stdoutPath = path.join(directory, "stdout");
        const stderrPath = path.join(directory, "stderr");
        return new Promise((resolve) => {
            const running = startCommand({
                command,
                args,
                cwd: directory,
                stdoutPath,
                stderrPath,
                ended: (end) =>
                    resolve({
                        ...end,
                        stdout: readFileSync(stdoutPath, "utf8"),
                        stderr: readFileSync(stderrPath, "utf8"),
                    }),
            });
            started(running);
        });
    }

    it("gets the run's arguments as they are, whatever characters they have", async () => {
        const args = {
            "--a": "two words",
            "--b": `'; touch hacked; echo "$HOME" \`id\` $(id)`,
            "--c": "",
            "--d": "*\n\\",
        };
        const { stdout, exitCode } = await run(
            `${process.execPath} -e "console.log(JSON.stringify(process.argv.slice(1)))" --`,
            args,
        );
        assert.deepEqual(JSON.parse(stdout), toArgv(args));
        assert.equal(exitCode, 0);
    });

    it("may be a line of shell", async () => {
        const { stdout } = await run("cd / && pwd && printf '%s.'", { "--a": "b c" });
        assert.equal(stdout, "/\n--a.b c.");
    });

    it("gets arguments where it names them, whatever quotes it names them in", async () => {
        const value = `'; touch hacked; * "$HOME"`;
        const command = `printf '%s|' {--a} "x{--a}" 'y{--a}' \\{--b}`;
        const { stdout } = await run(command, { "--a": value, "--b": "b", "--c": "is not named" });
        assert.equal(stdout, `${value}|x${value}|y${value}|{--b}|`);
    });

    it("fails without being started when it names an argument that the run does not have", async () => {
        const { problem, stdout } = await run("echo {--day}", { "--month": "1" });
        assert.equal(problem, "--exec has the place {--day}, but the message has no argument --day");
        assert.equal(stdout, "");
    });

    it("gets arguments as environment variables", async () => {
        const { stdout } = await run(`echo "$TURNSTILE_ARG_DAY_OF_WEEK" #`, { "--day-of-week": "$(id)" });
        assert.equal(stdout, "$(id)\n");
    });

    it("ends only when everything that it started has ended", async () => {
        const { stdout } = await run("(sleep 0.3; echo late) & echo early #");
        assert.equal(stdout, "early\nlate\n");
    });

    it("does not outlive a SIGKILL that follows a SIGTERM, even if what it started ignores the latter", async () => {
        const child = "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)";
        const { problem, stdout } = await run(`${process.execPath} -e "${child}"; :`, {}, (running) => {
            const timer = setInterval(() => {
                if (!readFileSync(path.join(directory, "stdout"), "utf8").includes("up")) return;
                clearInterval(timer);
                running.kill("SIGTERM");
                running.kill("SIGKILL");
            }, 20);
        });
        assert.match(problem ?? "", /^the command was ended by SIG/);
        assert.equal(stdout, "up\n");
    });

    it("fails when it cannot be started", async () => {
        const { problem } = await run("true", { "--a": "x".repeat(3_000_000) });
        assert.match(problem ?? "", /^the command did not start: .*E2BIG/);
    });

    it("fails with the last line that it wrote to standard error", async () => {
        const { exitCode, problem } = await run(
            "echo first >&2; echo no such month >&2; echo >&2; exit 3; :",
        );
        assert.equal(exitCode, 3);
        assert.equal(problem, "the command ended with exit code 3 and wrote: no such month");
    });

    it("fails with its exit code when it wrote nothing", async () => {
        assert.equal((await run("exit 7; :")).problem, "the command ended with exit code 7");
    });

    it("is killed with everything that it started", async () => {
        const { problem, exitCode } = await run("sleep 600 | sleep 600; :", {}, (running) =>
            running.kill("SIGKILL"),
        );
        assert.equal(problem, "the command was ended by SIGKILL");
        assert.equal(exitCode, undefined);
    });

    it("may be killed when it has ended already", async () => {
        let running: RunningCommand | undefined;
        await run("true", {}, (started) => (running = started));
        assert.doesNotThrow(() => running?.kill("SIGTERM"));
    });

    it("is refused where there is no POSIX shell, with the advice to use WSL", () => {
        assert.throws(() => checkShell("win32"), /WSL/);
        assert.doesNotThrow(() => checkShell("linux"));
    });
});
