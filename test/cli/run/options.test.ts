import assert from "node:assert/strict";
import { parseOptions } from "../../../cli/run/options.ts";

/** The options of a command line, and whatever it printed. */
function parse(...args: string[]): { parsed: ReturnType<typeof parseOptions>; out: string; error: string } {
    let out = "";
    let error = "";
    const parsed = parseOptions(args, { out: (text) => (out += text), error: (text) => (error += text) });
    return { parsed, out, error };
}

describe("the options of npm start", () => {
    it("are the dev stack with the example's messages, at a speed to watch, when none is given", () => {
        assert.deepEqual(parse().parsed, {
            options: {
                stack: "dev",
                speed: "auto",
                seed: 1,
                sdk: false,
                json: false,
                strict: false,
                bodies: false,
            },
        });
    });

    it("are all read", () => {
        const { parsed } = parse(
            ..."--stack big --messages - --limit 7 --speed max --seed 42".split(" "),
            ..."--sdk --json --strict --report page.html --bodies".split(" "),
        );
        assert.deepEqual(parsed, {
            options: {
                stack: "big",
                messages: "-",
                limit: 7,
                speed: "max",
                seed: 42,
                sdk: true,
                json: true,
                strict: true,
                report: "page.html",
                bodies: true,
            },
        });
    });

    it("understand real as a speed of 1", () => {
        assert.equal("options" in parse("--speed", "real").parsed && "ok", "ok");
        assert.deepEqual(parse("--speed", "real").parsed, parse("--speed", "1").parsed);
    });

    it("run commands in real time", () => {
        const { parsed } = parse("--exec", "true");
        assert.ok("options" in parsed);
        assert.equal(parsed.options.speed, 1);
    });

    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
        [["--limit", "0"], /^turnstile: option '--limit <n>' .*from 1 to 1000.*nothing would run.*\n$/],
        [["--limit", "ten"], /'ten'.*whole number from 1 to 1000/],
        [["--limit", "2.5"], /whole number/],
        [["--count", "-3"], /whole number from 1/],
        [["--seed", "1e3"], /whole number/],
        [["--speed", "fast"], /real, max, or a number/],
        [["--speed", "0"], /real, max, or a number/],
        [["--messages", ""], /empty/],
        [["--messages", "x", "--count", "3"], /'--messages <file>' cannot be used with option '--count <n>'/],
        [
            ["--exec", "true", "--speed", "max"],
            /'--speed <speed>' cannot be used with option '--exec <command>'/,
        ],
        [["--stack"], /argument missing/],
        [["--color"], /unknown option '--color'/],
        [["jobs.jsonl"], /arguments without an option are not accepted/],
    ];
    for (const [args, expected] of wrong) {
        it(`refuse \`${args.join(" ")}\` in one line, with exit code 2`, () => {
            const { parsed, out, error } = parse(...args);
            assert.deepEqual(parsed, { exitCode: 2 });
            assert.match(error, expected);
            assert.equal(error.trim().split("\n").length, 1, error);
            assert.equal(out, "");
        });
    }

    it("are explained, with examples, by --help, with exit code 0", () => {
        const { parsed, out, error } = parse("--help");
        assert.deepEqual(parsed, { exitCode: 0 });
        for (const option of [
            "stack",
            "messages",
            "count",
            "limit",
            "speed",
            "seed",
            "sdk",
            "exec",
            "output",
            "json",
            "strict",
        ]) {
            assert.match(out, new RegExp(`--${option}\\b`));
        }
        assert.match(out, /npm start -- --count 10000/);
        assert.equal(error, "");
    });
});
