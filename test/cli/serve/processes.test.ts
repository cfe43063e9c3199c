/** Commands as processes of their own, on a stack that `turnstile serve` runs: what they print, and how they end. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { ROOT } from "../command-line.ts";
import { Served } from "./served.ts";

interface Ended {
    readonly code: number;
    readonly out: string;
    readonly error: string;
}

describe("A command as a process, on a stack that serve runs", () => {
    let served: Served;

    before(async () => {
        served = await Served.start([]);
    });
    after(() => served.stop());

    function run(
        args: readonly string[],
        env: Readonly<Record<string, string>> = served.ready.env,
    ): Promise<Ended> {
        const options = {
            cwd: ROOT,
            env: { PATH: process.env["PATH"] ?? "", ...env },
            encoding: "utf8",
        } as const;
        return new Promise((resolve) => {
            execFile(
                process.execPath,
                [path.join(ROOT, "cli/main.ts"), ...args],
                options,
                (failure, out, error) => resolve({ code: Number(failure?.code ?? 0), out, error }),
            );
        });
    }

    it("prints text for people, or one document for scripts", async () => {
        const [text, json] = await Promise.all([run(["status"]), run(["status", "--json"])]);
        assert.deepEqual([text.code, json.code, text.error, json.error], [0, 0, "", ""]);
        assert.match(text.out, /^SLOTS {3}0 of 3 taken$/m);
        assert.equal((JSON.parse(json.out) as { format: string }).format, "turnstile.status/1.0");
    });

    it("changes what the next one sees", async () => {
        const { code, error, out } = await run(["pause", "--reason", "a test", "--yes"]);
        assert.equal(code, 0, error);
        assert.match(out, /^Paused /);
        const { out: after } = await run(["limit", "--reset", "--yes", "--json"]);
        assert.equal((JSON.parse(after) as { changed: boolean }).changed, true);
    });

    it("ends with the documented code, and one line of JSON on standard error, when something is wrong", async () => {
        const { AWS_ENDPOINT_URL: url = "", TURNSTILE_OPERATOR = "" } = served.ready.env;
        const nowhere = {
            ...served.ready.env,
            AWS_ENDPOINT_URL: "http://127.0.0.1:1",
            AWS_MAX_ATTEMPTS: "1",
        };
        const home = { HOME: "/nowhere", AWS_EC2_METADATA_DISABLED: "true" };
        const cases: readonly (readonly [
            number,
            string,
            readonly string[],
            Readonly<Record<string, string>>?,
        ])[] = [
            [2, "usage", ["status", "--nonsense", "--json"]],
            [2, "no-terminal", ["pause", "--json"]],
            [5, "no-such-message", ["why", "00000000", "--json"]],
            [1, "unreachable", ["status", "--json"], nowhere],
            [
                4,
                "no-credentials",
                ["status", "--json"],
                { AWS_ENDPOINT_URL: url, TURNSTILE_OPERATOR, ...home },
            ],
        ];
        const ended = await Promise.all(cases.map(([, , args, env]) => run(args, env)));
        for (const [i, [expected, code, args]] of cases.entries()) {
            const { code: exit, out, error = "" } = ended[i] as Ended;
            assert.deepEqual([exit, out], [expected, ""], `${args.join(" ")}: ${error}`);
            const last = error.trim().split("\n").at(-1) ?? "";
            assert.equal((JSON.parse(last) as { code: string }).code, code);
        }
    });
});
