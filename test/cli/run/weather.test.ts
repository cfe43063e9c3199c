import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { aggregate } from "../../../examples/weather/aggregate.ts";
import { weatherMessages } from "../../../examples/weather/messages.ts";

const script = fileURLToPath(new URL("../../../examples/weather/aggregate.py", import.meta.url));
const noInput = (): string => assert.fail("the message carries its rows");

/** Runs the script as a program for each list of arguments, in one process: starting Python takes longer than a month does. */
const RUN_EACH = `
import json, runpy, sys
script = sys.argv[1]
for args in json.load(sys.stdin):
    sys.argv = [script] + args
    runpy.run_path(script, run_name="__main__")
`;

/** What the script prints; undefined where there is no python3. */
function python(
    args: readonly string[],
): { status: number | null; stdout: string; stderr: string } | undefined {
    const result = spawnSync("python3", [script, ...args], { encoding: "utf8" });
    return result.error ? undefined : result;
}

describe("the weather example", () => {
    const messages = weatherMessages();

    it("has one message for each of 48 months, with 1461 days in all", () => {
        assert.equal(messages.length, 48);
        assert.equal(messages[0]?.body.arguments["--month"], "2012-01");
        assert.equal(messages[47]?.body.arguments["--month"], "2015-12");
        const days = messages.map(({ body }) => body.arguments["--rows"].split(";").length);
        assert.equal(
            days.reduce((sum, each) => sum + each, 0),
            1461,
        );
    });

    it("has messages far smaller than a queue or an execution allows", () => {
        for (const message of messages) assert.ok(JSON.stringify(message.body).length < 10_000);
    });

    it("sums a month up", () => {
        const rows =
            "2020-02-01,1.5,10.0,2.0,3.0,rain;2020-02-02,0.0,-1.2,-5.0,1.0,sun;2020-02-03,0.2,0.4,-4.3,1.0,rain";
        assert.deepEqual(JSON.parse(aggregate({ "--month": "2020-02", "--rows": rows }, noInput)), {
            month: "2020-02",
            days: 3,
            temperature: { mean: 0.3, max: 10, min: -5 },
            precipitation: 1.7,
            weather: { rain: 2, sun: 1 },
        });
    });

    it("escapes what is not ASCII as Python does", () => {
        const args = { "--month": "2012-01", "--rows": "2012-01-01,0,10,5,3,☂ 🌧" };
        assert.match(aggregate(args, noInput), /\{"\\u2602 \\ud83c\\udf27":1\}/);
    });

    it("reads the file of --input when a message carries no rows", () => {
        const csv = "date,precipitation\n2020-02-01,1.5,10.0,2.0,3.0,rain\n2020-03-01,9,9,9,9,sun\n";
        const line = aggregate({ "--month": "2020-02", "--input": "a.csv" }, (path) =>
            path === "a.csv" ? csv : "",
        );
        assert.equal((JSON.parse(line) as { days: number }).days, 1);
    });

    it("refuses a month without rows", () => {
        assert.throws(
            () => aggregate({ "--month": "1999-01", "--rows": "2020-02-01,1,1,1,1,sun" }, noInput),
            /no rows for --month 1999-01/,
        );
    });

    it("prints the same bytes in Python as in TypeScript, for each month, with Glue's own arguments around", function () {
        if (!python(["--help"])) return this.skip();
        const runs = messages.map(({ body }) => body.arguments);
        const argvs = runs.map((args) => [
            "--JOB_NAME",
            "weather",
            ...Object.entries(args).flat(),
            "--turnstile-holder",
            "x/1/0",
        ]);
        const { stdout } = spawnSync("python3", ["-c", RUN_EACH, script], {
            encoding: "utf8",
            input: JSON.stringify(argvs),
        });
        assert.equal(
            stdout.replaceAll("\r\n", "\n"),
            runs.map((args) => `${aggregate(args, noInput)}\n`).join(""),
        );
    });

    it("fails in Python with the reason in one line", function () {
        if (!python(["--help"])) return this.skip();
        const result = python(["--month", "1999-01"]);
        assert.equal(result?.status, 1);
        assert.equal(result.stderr.trimEnd(), "there are no rows for --month 1999-01");
    });
});
