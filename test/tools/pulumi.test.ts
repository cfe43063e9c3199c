import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";

const root = path.join(import.meta.dirname, "..", "..");

describe("the wrapper of the Pulumi CLI", () => {
    let directory: string;

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    beforeEach(() => {
        directory = mkdtempSync(path.join(tmpdir(), "turnstile-"));
    });

    afterEach(() => {
        rmSync(directory, { recursive: true });
    });

    it("prints one line when the CLI is missing, with the page to install it from", async () => {
        const { code, stderr } = await run(["preview"]);
        assert.equal(code, 1);
        assert.match(stderr, /^turnstile: the Pulumi CLI is not on the PATH; install it: https:\S+\n$/);
    });

    it("passes arguments on and returns the exit code", async () => {
        install('echo "$@"; exit 3');
        const { code, stdout } = await run(["up", "--stack", "dev", "--yes"]);
        assert.equal(stdout, "up --stack dev --yes\n");
        assert.equal(code, 3);
    });

    it("puts the project's Node first on the path of the CLI", async () => {
        install("command -v node");
        const { stdout } = await run(["preview"]);
        assert.equal(stdout, `${path.join(root, "node_modules", ".bin", "node")}\n`);
    });

    it("fails when the CLI was killed", async () => {
        install("kill -9 $$");
        const { code } = await run(["up"]);
        assert.equal(code, 137);
    });

    it("outlives a Ctrl-C, so that the CLI can end its update in order", async () => {
        install("echo started; read line; exit 5");
        const wrapper = start(["up"]);
        await once(wrapper.stdout, "data");
        wrapper.kill("SIGINT");
        wrapper.stdin.end("\n");
        assert.equal(await exitCode(wrapper), 5);
    });

    function install(script: string): void {
        writeFileSync(path.join(directory, "pulumi"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }

    function start(args: readonly string[]) {
        const launcher = path.join(root, "tools", "launch.cjs");
        return spawn(process.execPath, [launcher, "tools/pulumi.ts", ...args], {
            env: { ...process.env, PATH: directory },
        });
    }

    async function run(args: readonly string[]) {
        const wrapper = start(args);
        const [stdout, stderr, code] = await Promise.all([
            text(wrapper.stdout),
            text(wrapper.stderr),
            exitCode(wrapper),
        ]);
        return { code, stdout, stderr };
    }
});

async function exitCode(child: ChildProcess): Promise<number | null> {
    await once(child, "close");
    return child.exitCode;
}
