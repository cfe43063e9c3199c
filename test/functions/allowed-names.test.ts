import assert from "node:assert/strict";
import {
    allowedNames,
    listMistakes,
    MAX_LIST_CHARACTERS,
    whyNotAllowed,
} from "../../functions/starter/allowed-names.ts";

describe("A deployment's list of argument names", () => {
    it("is right with names that a message may use", () => {
        assert.deepEqual(listMistakes(["--day", "--target_bucket", "--job-bookmark-from"]), []);
    });

    it("has at least one name", () => {
        assert.deepEqual(listMistakes([]), ["it has no names; leave it out to let messages use every name"]);
    });

    const wrong: Readonly<Record<string, readonly [name: unknown, mistake: RegExp]>> = {
        "a name to which Glue gives a meaning": [
            "--TempDir",
            /^"--TempDir" cannot be used: AWS Glue gives it/,
        ],
        "a name of a family of Glue's": ["--enable-metrics", /^"--enable-metrics" .* begin with --enable-/],
        "the beginning of a name of Glue's": ["--Temp", /^"--Temp" .* may be taken for --TempDir/],
        "a name that looks like one of Glue's": [
            "--job_name",
            /^"--job_name" .* may be taken for --JOB_NAME/,
        ],
        "a name of Turnstile's": ["--turnstile-pool", /^"--turnstile-pool" .* are Turnstile's own$/],
        "the beginning of a name of Turnstile's": ["--turnst", /^"--turnst" .* one of Turnstile's own/],
        "a name without dashes": ["day", /^"day" is not a name: expected --, a letter or digit/],
        "a name with one dash": ["-d", /^"-d" is not a name/],
        "an empty name": ["", /^"" is not a name/],
        "a name that is too long": [`--${"x".repeat(128)}`, /is not a name: .*, 129 characters at most$/],
        "what is no text": [7, /^7 is not a text$/],
    };
    for (const [what, [name, mistake]] of Object.entries(wrong)) {
        it(`may not have ${what}`, () => {
            const mistakes = listMistakes(["--day", name]);
            assert.equal(mistakes.length, 1);
            assert.match(mistakes[0] ?? "", mistake);
        });
    }

    it("may not have a name twice", () => {
        assert.deepEqual(listMistakes(["--day", "--x", "--day"]), ['"--day" stands in it twice']);
    });

    it("fits into the function's environment", () => {
        const names = Array.from({ length: 100 }, (_, i) => `--name-${i}-${"x".repeat(20)}`);
        const [mistake, ...others] = listMistakes(names);
        assert.match(
            mistake ?? "",
            new RegExp(`^it has \\d+ characters; at most ${MAX_LIST_CHARACTERS} fit$`),
        );
        assert.deepEqual(others, []);
    });

    it("shows all of its mistakes", () => {
        assert.equal(listMistakes(["--conf", "day", "--conf"]).length, 3);
    });

    it("is read back as it was written", () => {
        assert.deepEqual([...allowedNames('["--day","--x"]')], ["--day", "--x"]);
    });
});

describe("A name that a deployment does not allow", () => {
    const allowed = new Set(["--day", "--target-bucket", "--x"]);
    const meant = (name: string): string | undefined =>
        /Did you mean (\S+)\?/.exec(whyNotAllowed(name, allowed))?.[1];

    for (const [name, expected] of [
        ["--dya", undefined],
        ["--dayy", "--day"],
        ["--Day", "--day"],
        ["--target_bucket", "--target-bucket"],
        ["--target-bukcet", "--target-bucket"],
        ["--y", "--x"],
        ["--month", undefined],
    ] as const) {
        it(`such as ${name} gets ${expected === undefined ? "no suggestion" : `the suggestion ${expected}`}`, () => {
            assert.equal(meant(name), expected);
        });
    }
});
