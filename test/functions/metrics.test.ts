/** What the deployed platform writes for CloudWatch to read. */
import assert from "node:assert/strict";
import { METRIC, NAMESPACE } from "../../functions/lib/metrics.ts";
import { deployed } from "../../functions/lib/platform.ts";
import { embeddedMetrics } from "../../embedded-aws/index.ts";
import { CONTEXT } from "./fake-aws.ts";

/** Runs `action` and gives back what it wrote to standard output, line by line. */
async function written(action: () => Promise<unknown>): Promise<string[]> {
    const { stdout } = process;
    const write = Object.getOwnPropertyDescriptor(stdout, "write");
    const lines: string[] = [];
    stdout.write = (text: string | Uint8Array) => lines.push(String(text)) > 0;
    try {
        await action();
    } finally {
        if (write) Object.defineProperty(stdout, "write", write);
        else Reflect.deleteProperty(stdout, "write");
    }
    return lines;
}

describe("a metric of a deployed function", () => {
    const handler = deployed((platform) => (event) => {
        for (const value of event as number[])
            platform.metrics({ [METRIC.waiterWoken]: value }, { pool: "jobs" });
        return Promise.resolve();
    });
    const table = process.env["TABLE_NAME"];

    before(() => {
        process.env["TABLE_NAME"] = "slots";
    });

    after(() => {
        if (table === undefined) delete process.env["TABLE_NAME"];
        else process.env["TABLE_NAME"] = table;
    });

    it("is one line in Embedded Metric Format, under the table and the pool and nothing else", async () => {
        const lines = await written(() => handler([3], CONTEXT));
        assert.equal(lines.length, 1);
        assert.deepEqual(embeddedMetrics(lines[0] ?? ""), [
            {
                namespace: NAMESPACE,
                name: "WaiterWoken",
                values: [3],
                dimensions: { table: "slots", pool: "jobs" },
            },
        ]);
    });

    it("shares a line with those that are measured with it", async () => {
        const gauges = deployed((platform) => () => {
            platform.metrics({ [METRIC.dispatched]: 1, [METRIC.waiting]: 7 }, { pool: "jobs" });
            return Promise.resolve();
        });
        const lines = await written(() => gauges([], CONTEXT));
        assert.equal(lines.length, 1);
        assert.deepEqual(
            embeddedMetrics(lines[0] ?? "").map(({ name, values }) => [name, values]),
            [
                ["Dispatched", [1]],
                ["Waiting", [7]],
            ],
        );
    });

    it("is written at once each time, so that a crash later loses none", async () => {
        const lines = await written(() => handler([1, 0, 1], CONTEXT));
        assert.deepEqual(
            lines.map((line) => embeddedMetrics(line)[0]?.values),
            [[1], [0], [1]],
        );
    });

    it("has no level, which a log at INFO lets through and one at WARN would not", async () => {
        const [line = ""] = await written(() => handler([1], CONTEXT));
        assert.ok(!("level" in (JSON.parse(line) as object)));
    });
});
