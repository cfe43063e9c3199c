import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { AwsError } from "../../../embedded-aws/index.ts";
import { CommandError } from "../../../cli/lib/command-error.ts";
import { explainAwsError } from "../../../cli/operate/aws-errors.ts";
import { parseOperator } from "../../../cli/operate/operator.ts";
import { MINUTE } from "../../stack/test-stack.ts";
import { Operated } from "./operated.ts";

describe("The stack to look after", () => {
    let operated: Operated;
    let directory: string;
    const bare = { TURNSTILE_OPERATOR: "" };

    before(async () => {
        operated = await Operated.open();
        await operated.stack.pass(MINUTE);
        directory = mkdtempSync(path.join(tmpdir(), "turnstile-"));
        writeFileSync(path.join(directory, "operator.json"), JSON.stringify(operated.operator));
    });
    after(async () => {
        rmSync(directory, { recursive: true });
        await operated.close();
    });

    it("is read from a file, by a path that starts where the user is", async () => {
        const { code, error } = await operated.run(["status", "--operator", "operator.json"], {
            cwd: directory,
            env: bare,
        });
        assert.deepEqual([code, error], [0, ""]);
    });

    it("is read from standard input", async () => {
        const stdin = JSON.stringify(operated.operator);
        assert.equal((await operated.run(["status", "--operator", "-"], { stdin, env: bare })).code, 0);
    });

    it("is read from a file that the environment names", async () => {
        const env = { TURNSTILE_OPERATOR: path.join(directory, "operator.json") };
        assert.equal((await operated.run(["status"], { env })).code, 0);
    });

    it("is the one on the command line, whatever the environment says", async () => {
        const { code, error } = await operated.run(["status", "--operator", "nowhere.json"], {
            cwd: directory,
        });
        assert.equal(code, 5);
        assert.match(
            error,
            /^turnstile: nowhere\.json cannot be read: it does not exist\n.*pulumi stack output/,
        );
    });

    for (const [title, stdin, expected] of [
        ["no JSON", "x", /standard input is not JSON/],
        ["no object", "3", /is not an object/],
        [
            "another version",
            '{"format": "turnstile.operator/2.0"}',
            /has the format "turnstile.operator\/2.0", not/,
        ],
        ["no format", "{}", /has the format undefined/],
        ["a missing text", '{"format": "turnstile.operator/1.3", "stack": "a"}', /has no region/],
    ] as const) {
        it(`is refused if it has ${title}, with exit code 2`, async () => {
            const { code, error } = await operated.run(["status", "--operator", "-"], { stdin });
            assert.equal(code, 2);
            assert.match(error, expected);
        });
    }

    it("is refused if a number is missing", () => {
        const json = JSON.stringify({ ...operated.operator, maxAttempts: "3" });
        assert.throws(() => parseOperator(json, "a file"), { message: "a file has no maxAttempts" });
    });

    describe("through the Pulumi CLI", () => {
        const withPulumi = async (script: string, run: () => Promise<void>): Promise<void> => {
            const file = path.join(directory, "pulumi");
            writeFileSync(file, `#!/bin/sh\n${script}\n`);
            chmodSync(file, 0o755);
            const before = process.env["PATH"];
            process.env["PATH"] = `${directory}${path.delimiter}${before ?? ""}`;
            try {
                await run();
            } finally {
                process.env["PATH"] = before;
                rmSync(file);
            }
        };

        it("is the output operator of the stack that is named", async function () {
            if (process.platform === "win32") this.skip();
            const print = `case "$*" in *"--stack big") cat '${directory}/operator.json';; *) exit 9;; esac`;
            await withPulumi(print, async () => {
                const { code, error } = await operated.run(["status", "--stack", "big"], { env: bare });
                assert.deepEqual([code, error], [0, ""]);
            });
        });

        it("is not there if Pulumi does not know it, with exit code 5", async function () {
            if (process.platform === "win32") this.skip();
            await withPulumi(`echo "error: no stack named 'big' found" >&2; exit 255`, async () => {
                const { code, error } = await operated.run(["status", "--stack", "big"], { env: bare });
                assert.equal(code, 5);
                assert.match(
                    error,
                    /^turnstile: Pulumi has no output operator of stack big: no stack named 'big' found$/m,
                );
            });
        });

        it("is not there if there is no Pulumi, with exit code 5", async () => {
            const before = process.env["PATH"];
            process.env["PATH"] = directory;
            try {
                const { code, error } = await operated.run(["status"], { env: bare });
                assert.equal(code, 5);
                assert.match(error, /No stack is named.*\n.*--operator FILE, or TURNSTILE_OPERATOR/);
            } finally {
                process.env["PATH"] = before;
            }
        });
    });
});

describe("Errors of AWS", () => {
    let operated: Operated;
    let refusal: { name: string; message: string };

    before(async () => {
        operated = await Operated.open();
        operated.stack.world.intercept((call, next) => {
            if (call.caller.isGuest !== true) return next();
            throw new AwsError(refusal.name, refusal.message);
        });
    });
    after(() => operated.close());

    for (const [name, exit, expected] of [
        ["ExpiredTokenException", 4, /AWS does not take these credentials: ExpiredTokenException: because/],
        ["AccessDeniedException", 4, /AWS does not allow this: because/],
        [
            "ResourceNotFoundException",
            5,
            /Stack turnstile\/dev is not in region us-east-1 of http.*: because\n.*--region/,
        ],
        ["ValidationException", 1, /AWS says ValidationException: because/],
    ] as const) {
        it(`such as ${name} are said in one line, with exit code ${exit}`, async () => {
            refusal = { name, message: "because" };
            const { code, error } = await operated.run(["status"]);
            assert.equal(code, exit);
            assert.match(error, expected);
        });
    }

    it("name the profile to log in with", async () => {
        const error = explainAwsError(
            Object.assign(new Error("The SSO session has expired"), { name: "CredentialsProviderError" }),
            { stack: "a/b" } as never,
            { profile: "work" },
        );
        assert.ok(error instanceof CommandError);
        assert.deepEqual([error.exitCode, error.hint], [4, "aws sso login --profile work"]);
    });

    it("such as nobody who listens are said in one line, with exit code 1", async () => {
        const other = await Operated.open();
        await other.endpoint.close();
        const { code, error } = await other.run(["status"]);
        await other.stack.world.close();
        assert.equal(code, 1);
        assert.match(error, /^turnstile: AWS cannot be reached: .*\n.*whether turnstile serve still runs/);
    });

    it("leave a fault of this program as it is", () => {
        const fault = new TypeError("x is undefined");
        assert.equal(explainAwsError(fault, {} as never, {}), fault);
    });
});
