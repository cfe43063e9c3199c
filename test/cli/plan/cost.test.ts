import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { Readable } from "node:stream";
import { monthlyBill } from "../../../cli/plan/bill.ts";
import type { Line } from "../../../cli/plan/bill.ts";
import type { CostOptions } from "../../../cli/plan/cost-options.ts";
import { costOf } from "../../../cli/plan/cost.ts";
import { pricesOf } from "../../../cli/lib/prices.ts";
import type { RecordedProgram } from "../../../embedded-aws/index.ts";
import { recorded } from "../../stack/test-stack.ts";
import { ROOT, runTurnstile } from "../command-line.ts";

interface CostJson {
    readonly format: string;
    readonly limit: number;
    readonly services: readonly { service: string; idleDollars: number; jobsDollars: number }[];
    readonly idleDollars: number;
    readonly jobsDollars: number;
    readonly dollars: number;
    readonly glueDollars: number | null;
    readonly batchMakespanSeconds: number | null;
}

const OPTIONS: CostOptions = {
    stack: "dev",
    jobsPerMonth: 600,
    minutes: 5,
    batches: 30,
    seed: 1,
    json: true,
};

/** The bill of the program as other tests have recorded it. */
async function print(
    given: Partial<CostOptions>,
    { program, stop }: { program?: RecordedProgram; stop?: boolean } = {},
): Promise<{ code: number; out: string; error: string }> {
    let [out, error] = ["", ""];
    const interrupts = {
        exitCode: stop === true ? 130 : undefined,
        handle: (stopIt: () => void) => void (stop === true && setImmediate(stopIt)),
    };
    const streams = {
        stdin: Readable.from([]),
        stdout: { write: (text: string) => ((out += text), true) },
        stderr: { write: (text: string) => ((error += text), true) },
    };
    const around = { root: ROOT, cwd: ROOT, env: {}, interrupts, ...streams };
    const code = await costOf(program ?? (await recorded()), { ...OPTIONS, ...given }, around);
    return { code, out, error };
}

describe("turnstile cost", () => {
    let cost: CostJson;
    before(async () => {
        cost = JSON.parse((await print({})).out) as CostJson;
    });

    it("adds up what each service costs", () => {
        const sum = (key: "idleDollars" | "jobsDollars"): number =>
            cost.services.reduce((total, line) => total + line[key], 0);
        assert.equal(cost.format, "turnstile.cost/1.0");
        assert.ok(Math.abs(cost.idleDollars - sum("idleDollars")) < 1e-9);
        assert.ok(Math.abs(cost.jobsDollars - sum("jobsDollars")) < 1e-9);
        assert.ok(Math.abs(cost.dollars - cost.idleDollars - cost.jobsDollars) < 1e-9);
    });

    it("takes five transitions at the least for each job", () => {
        const { jobsDollars = 0, idleDollars } =
            cost.services.find(({ service }) => service === "Step Functions") ?? {};
        assert.equal(idleDollars, 0);
        assert.ok(jobsDollars >= 600 * 5 * 0.000025 && jobsDollars < 600 * 9 * 0.000025, String(jobsDollars));
    });

    it("charges Glue for jobs of that length", () => {
        const hours = (600 * 5) / 60;
        const { glueDollars } = cost;
        assert.ok(glueDollars !== null && Math.abs(glueDollars / (hours * 0.0625 * 0.44) - 1) < 0.1);
    });

    it("takes the limit of the stack unless there is another", () => {
        assert.equal(cost.limit, 3);
    });

    it("prints a table of all services, with the totals", async () => {
        const { out } = await print({ json: false, jobsPerMonth: 31, batches: 30, limit: 2 });
        assert.match(
            out,
            /^31 jobs of 5 min a month, sent in 30 batches, limit 2\nstack dev, prices of us-east-1, \d{4}-/,
        );
        for (const { service } of cost.services) assert.match(out, new RegExp(`^${service} `, "m"));
        assert.match(out, /^All of these +\d+\.\d\d +\d+\.\d\d +\d+\.\d\d$/m);
        for (const line of out.split("\n")) assert.ok(line.length <= 80, line);
    });

    it("sends no more batches than there are jobs", async () => {
        const { out } = await print({ json: false, jobsPerMonth: 2, batches: 30 });
        assert.match(out, /^2 jobs of 5 min a month, sent in 2 batches, /);
    });

    it("costs nothing for jobs where there are none", async () => {
        const { out, error } = await print({ jobsPerMonth: 0 });
        const idle = JSON.parse(out) as CostJson;
        assert.deepEqual([idle.jobsDollars, idle.glueDollars, idle.batchMakespanSeconds], [0, null, null]);
        assert.ok(idle.idleDollars > 3);
        assert.equal(error, "a day without jobs\n");
    });

    it("ends with Ctrl-C, and prints nothing", async () => {
        assert.deepEqual(await print({}, { stop: true }), {
            code: 130,
            out: "",
            error: "a day without jobs\na batch of 20 jobs at limit 3\n",
        });
    });

    it("refuses a load that the limit cannot carry, with the one that can", async () => {
        await assert.rejects(print({ jobsPerMonth: 100_000 }), {
            message: "100,000 jobs of 5 min a month are more than 3 slots can run",
            hint: "they need a limit of 12 at the least: --limit",
            exitCode: 2,
        });
    });

    it("refuses a batch that is too large to try", async () => {
        const load = { jobsPerMonth: 1_000_000, limit: 1000, batches: 1 };
        await assert.rejects(print(load), {
            message: /^A batch of 1,000,000 jobs is too large/,
            exitCode: 2,
        });
    });

    it("refuses a region whose prices are not known", async () => {
        const program = { ...(await recorded()), region: "eu-central-1" };
        await assert.rejects(print({}, { program }), {
            message: "There are no prices of eu-central-1 here.",
        });
    });

    it("runs in a process of its own", () => {
        const args = [path.join(ROOT, "cli/main.ts"), "cost", "--jobs-per-month", "0", "--json"];
        const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
        assert.equal(status, 0, stderr);
        assert.ok(Math.abs((JSON.parse(stdout) as CostJson).idleDollars - cost.idleDollars) < 0.01);
    });

    const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
        ["part of a job", ["--jobs-per-month", "1.5"], /whole number from 0 to 3000000/],
        ["a limit of 0", ["--jobs-per-month", "1", "--limit", "0"], /whole number from 1 to 1000/],
        ["no batch", ["--jobs-per-month", "1", "--batches", "0"], /whole number from 1 to 100000/],
    ];
    for (const [what, args, message] of wrong) {
        it(`refuses ${what}, with exit code 2`, async () => {
            const { code, out, error } = await runTurnstile(["cost", ...args]);
            assert.deepEqual([code, out], [2, ""]);
            assert.match(error, message);
        });
    }
});

describe("A month's bill", () => {
    const usage = {
        transitions: 0,
        writeUnits: 0,
        readUnits: 0,
        invocations: 0,
        gigabyteSeconds: 0,
        queueRequests: 0,
        notifications: 0,
    };
    const idle = { usage, logBytes: 0, metrics: new Set(["one", "two"]) };
    const { prices } = pricesOf("us-east-1");

    function lineOf(
        service: string,
        ...resources: { type: string; inputs: Record<string, unknown> }[]
    ): Line | undefined {
        const program = { resources } as unknown as RecordedProgram;
        const lines = monthlyBill(program, prices, idle, { jobs: 1000, batches: 1 }, undefined);
        return lines.find((line) => line.service === service);
    }

    it("has an alarm for each metric that it watches", () => {
        const type = "aws:cloudwatch/metricAlarm:MetricAlarm";
        const metricQueries = [{ expression: "a + b" }, { metric: { name: "a" } }, { metric: { name: "b" } }];
        const line = lineOf("CloudWatch alarms", { type, inputs: {} }, { type, inputs: { metricQueries } });
        assert.equal(line?.idle.toFixed(2), "0.30");
    });

    it("has each metric of the functions", () => {
        assert.equal(lineOf("CloudWatch metrics")?.idle, 0.6);
    });

    it("has each key of the user's once", () => {
        const kmsKeyArn = "arn:aws:kms:us-east-1:123456789012:key/k-1";
        const table = { type: "aws:dynamodb/table:Table", inputs: { serverSideEncryption: { kmsKeyArn } } };
        const queue = { type: "aws:sqs/queue:Queue", inputs: { kmsMasterKeyId: kmsKeyArn } };
        assert.equal(lineOf("KMS", table, queue)?.idle, 1);
        assert.equal(lineOf("KMS")?.idle, 0);
    });

    it("has Lambda's calls to the queues that stay empty", () => {
        const type = "aws:lambda/eventSourceMapping:EventSourceMapping";
        const queue = { type, inputs: { eventSourceArn: "arn:aws:sqs:us-east-1:123456789012:queue" } };
        const stream = {
            type,
            inputs: { eventSourceArn: "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/s" },
        };
        assert.equal(
            lineOf("SQS", queue, stream)?.idle.toFixed(4),
            ((5 * 3 * 60 * 730 * 0.5) / 1e6).toFixed(4),
        );
    });

    it("has a trace for each job where executions are traced", () => {
        const type = "aws:sfn/stateMachine:StateMachine";
        assert.equal(
            lineOf("X-Ray", { type, inputs: { tracingConfiguration: { enabled: true } } })?.jobs,
            0.005,
        );
        assert.equal(
            lineOf("X-Ray", { type, inputs: { tracingConfiguration: { enabled: false } } })?.jobs,
            0,
        );
    });

    it("has the rows of messages that have ended, for the days that they stay", () => {
        assert.ok((lineOf("DynamoDB")?.jobs ?? 0) > 0);
    });
});
