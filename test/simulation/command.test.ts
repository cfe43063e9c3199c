import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import { Simulate } from "../../simulation/command.ts";
import { parseOptions } from "../../simulation/options.ts";
import { recordPrograms } from "../../simulation/programs.ts";
import { drawScenario } from "../../simulation/scenario.ts";
import { mistaken } from "./mistaken.ts";

function unexpected(code: number): never {
    assert.fail(`exit ${code}`);
}

describe("npm run simulate", () => {
    let programs: readonly RecordedProgram[];
    let directory = "";

    before(async function () {
        this.timeout(120_000);
        programs = await recordPrograms({ only: drawScenario(2, "calm").configuration });
        directory = mkdtempSync(path.join(tmpdir(), "turnstile-"));
    });
    after(() => rmSync(directory, { recursive: true, force: true }));

    async function simulate(
        args: readonly string[],
        of = programs,
        signal?: AbortSignal,
    ): Promise<{ code: number; out: string; error: string }> {
        let out = "";
        let error = "";
        const command = new Simulate({
            programs: () => Promise.resolve(of),
            traces: directory,
            out: (text) => void (out += text),
            error: (text) => void (error += text),
            ...(signal && { signal }),
        });
        const code = await command.run(parseOptions(args, () => 77, unexpected));
        return { code, out, error };
    }

    const calm = ["--profile", "calm", "--runs", "1", "--workers", "1"];

    it("says where its seeds begin before it begins", async () => {
        const { code, out, error } = await simulate([...calm, "--seed", "2"]);
        assert.equal(error, "simulate: 1 runs from seed 2, profile calm\n");
        assert.match(out, /^1 runs in .* hours of AWS: \d+ jobs, 0 faults, 0 acts of people/m);
        assert.match(out, /^1 good, 0 broken, 0 not played$/m);
        assert.equal(code, 0);
    });

    it("begins with a random seed where none is given", () => {
        assert.equal(parseOptions([], () => 77).seed, 77);
    });

    it("prints one document with --json", async () => {
        const { out } = await simulate([...calm, "--seed", "2", "--json"]);
        const { seed, runs, counts } = JSON.parse(out) as {
            seed: number;
            runs: number;
            counts: Record<string, number>;
        };
        assert.deepEqual({ seed, runs }, { seed: 2, runs: 1 });
        assert.ok((counts["acquired"] ?? 0) > 0);
    });

    it("fails with --coverage when a kind of fault never occurred", async () => {
        const { code, out } = await simulate([...calm, "--seed", "2", "--coverage"]);
        assert.equal(code, 1);
        assert.match(out, /^never occurred: the fault killedAfter$/m);
    });

    it("replays a seed with everything that happens in it", async () => {
        const { code, out } = await simulate(["--replay", "2", "--profile", "calm"]);
        assert.equal(code, 0);
        assert.match(out, /^scenario \{"seed":2,/);
        assert.match(out, /^\d+\.\d{3} run jr_\w+ starts for /m);
        assert.match(out, /^digest [0-9a-f]{16}$/m);
    });

    it("says at once which seed broke something", async () => {
        const wrong = mistaken(programs, (text) => text.replaceAll('"deadLettered"', '"done"'));
        const { error } = await simulate([...calm, "--seed", "2"], wrong);
        assert.match(error, /^simulate: seed 2 breaks: /m);
    });

    it("sums up what it has played when it is interrupted", async () => {
        const { code, out } = await simulate([...calm, "--seed", "2"], programs, AbortSignal.abort());
        assert.match(out, /^0 good, 0 broken, 0 not played$/m);
        assert.equal(code, 0);
    });

    it("says how to replay a seed that cannot be played", async () => {
        const { code, out } = await simulate([...calm, "--seed", "2"], []);
        assert.equal(code, 1);
        assert.match(out, /^seed 2 could not be played: .*There is no configuration/m);
        assert.match(out, /^ {2}again: npm run simulate -- --replay 2 --profile calm$/m);
    });

    it("tells the story of what did not hold, and keeps the trace", async () => {
        const { code, out } = await simulate(
            ["--replay", "2", "--profile", "calm", "--shrink"],
            mistaken(programs, (text) => text.replaceAll('"deadLettered"', '"done"')),
        );
        assert.equal(code, 1);
        assert.match(out, /^seed 2 breaks: /m);
        assert.match(out, /^ {2}again: npm run simulate -- --replay 2 --profile calm$/m);
        assert.match(out, /^the smallest scenario of \d+ that were tried:$/m);
        const file = /the whole trace: (.*)$/m.exec(out)?.[1] ?? "";
        assert.match(readFileSync(file, "utf8"), /VIOLATION/);
    });

    for (const [args, problem] of [
        [["--runs", "0"], "Expected a whole number from 1 to 10000000."],
        [["--seed", "x"], "Expected a whole number from 0 to 2147483647."],
        [["--profile", "wild"], "Allowed choices are swarm, mild, calm."],
        [["--shrink"], "--shrink needs --replay"],
        [["--ruins", "1"], "Did you mean --runs?"],
    ] as const) {
        it(`exits with 2 for ${args.join(" ")}`, () => {
            const write = process.stderr.write.bind(process.stderr);
            let error = "";
            process.stderr.write = (text) => ((error += String(text)), true);
            const exit = (code: number): never => {
                throw new Error(`exit ${code}`);
            };
            try {
                assert.throws(() => parseOptions(args, () => 1, exit), { message: "exit 2" });
            } finally {
                process.stderr.write = write;
            }
            assert.ok(error.startsWith("turnstile: ") && error.includes(problem), error);
        });
    }
});
