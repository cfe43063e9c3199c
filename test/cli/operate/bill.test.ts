/** `turnstile cost` of a deployed stack, against what the embedded AWS has counted. */
import assert from "node:assert/strict";
import { usageOf } from "../../../cli/run/summary.ts";
import { HOUR, MINUTE } from "../../stack/test-stack.ts";
import { runTurnstile } from "../command-line.ts";
import { Operated } from "./operated.ts";

interface Bill {
    readonly format: string;
    readonly from: string;
    readonly to: string;
    readonly services: readonly { service: string; dollars: number; monthDollars: number }[];
    readonly dollars: number;
    readonly monthDollars: number;
    readonly glueDollars: number;
    readonly used: Readonly<Record<string, number | boolean | null>>;
    readonly metricsRead: number;
}

describe("turnstile cost, of a deployed stack", () => {
    let operated: Operated;
    let seen: Bill;

    before(async () => {
        operated = await Operated.open(
            { limit: "3" },
            { keepHistory: "all", job: () => ({ millis: 10 * MINUTE }) },
        );
        await operated.stack.pass(HOUR);
        operated.stack.sendMany(12);
        await operated.stack.pass(6 * HOUR);
        seen = await operated.json<Bill>(["cost"]);
    });
    after(() => operated.close());

    it("counts what the stack has used, as AWS has counted it", () => {
        const { counters } = operated.stack.world;
        const program = operated.stack.programs[0];
        assert.ok(program);
        const counted = usageOf(counters, program);
        const { used } = seen;
        const transitions = Number(used["executions"]) * Number(used["transitionsEach"]);
        // The command's own reads are counted once it has run.
        assert.ok(Math.abs(Number(used["readUnits"]) - counted.readUnits) < 20);
        assert.ok(Math.abs(Number(used["writeUnits"]) - counted.writeUnits) < 0.001);
        assert.equal(used["invocations"], counted.invocations);
        assert.ok(Math.abs(Number(used["gigabyteSeconds"]) - counted.gigabyteSeconds) < 1);
        assert.equal(Math.round(transitions), counted.transitions);
        assert.equal(
            Math.round(seen.glueDollars / 0.44 / 1e-6),
            Math.round((counters.get("glue.dpuSeconds") ?? 0) / 3600 / 1e-6),
        );
        assert.deepEqual(
            [used["executions"], used["sample"], used["runs"], used["hasAllRuns"]],
            [12, 12, 12, true],
        );
    });

    it("counts every alarm of the stack", () => {
        const alarms = operated.stack.world
            .resources()
            .filter(({ type }) => type === "aws:cloudwatch/metricAlarm:MetricAlarm");
        assert.equal(seen.used["alarms"], alarms.length);
    });

    it("looks back no further than the stack lives, and multiplies by the hours of a month", () => {
        const hours = (Date.parse(seen.to) - Date.parse(seen.from)) / HOUR;
        // The clock of AWS is known to some seconds.
        assert.ok(Math.abs(hours - 7) < 0.01, String(hours));
        assert.ok(Math.abs(seen.monthDollars - (seen.dollars * 730) / hours) < 1e-9);
    });

    it("looks back as many days as it is told to", async () => {
        await operated.stack.pass(26 * HOUR);
        const { from, to, used } = await operated.json<Bill>(["cost", "--days", "1"]);
        assert.equal((Math.floor(Date.parse(to) / HOUR) + 1) * HOUR - Date.parse(from), 24 * HOUR);
        assert.deepEqual([used["executions"], used["runs"]], [0, 0]);
    });

    it("says in text of at most 80 columns what each service is charged for, and what the look costs", async () => {
        const { code, out } = await operated.run(["cost"]);
        assert.equal(code, 0);
        assert.match(out, /^Step Functions .* {2}60 transitions$/m);
        assert.match(out, /^list prices of us-east-1, \d{4}-\d\d-\d\d, without free tiers$/m);
        assert.match(out, /^This look asked for 35 metrics, which costs \$0\.00035\.$/m);
        for (const line of out.split("\n")) assert.ok(line.length <= 80, line);
    });

    it("says that a stack of some hours tells little of a month", async () => {
        const young = await Operated.open();
        try {
            await young.stack.pass(HOUR);
            assert.match((await young.run(["cost"])).out, /^It has been seen for less than a day: /m);
        } finally {
            await young.close();
        }
    });

    it("refuses a region whose prices are not known", async () => {
        const env = { TURNSTILE_OPERATOR: JSON.stringify({ ...operated.operator, region: "eu-central-1" }) };
        const { code, error } = await operated.run(["cost"], { env });
        assert.deepEqual([code, /no prices of eu-central-1/.test(error)], [1, true]);
    });

    for (const [args, message] of [
        [["--minutes", "5"], /'--minutes <m>' is for an estimate, which needs --jobs-per-month/],
        [["--jobs-per-month", "5", "--days", "3"], /'--days <n>' is for a deployed stack/],
        [["--jobs-per-month", "5", "--operator", "f"], /'--operator <file>' is for a deployed stack/],
    ] as const) {
        it(`refuses \`cost ${args.join(" ")}\`, with exit code 2`, async () => {
            const { code, error } = await runTurnstile(["cost", ...args]);
            assert.deepEqual([code, message.test(error)], [2, true], error);
        });
    }
});
