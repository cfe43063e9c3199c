/** The dashboard of CloudWatch, drawn from a day on the embedded AWS, for somebody to look at. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../cli/command-line.ts";
import { HOUR, MINUTE, recorded, TestStack } from "../stack/test-stack.ts";
import { openBrowser } from "./browser.ts";
import { dashboardPage, readGraphs } from "./dashboard.ts";

const PICTURES = path.join(ROOT, ".turnstile", "pages");

/** What the embedded AWS does not measure: no alarm watches it. */
const NOT_MEASURED = ["Executions"];

describe("the dashboard", () => {
    let stack: TestStack;

    before(async () => {
        stack = await TestStack.open({
            programs: [await recorded({ limit: "3", maxAttempts: "2" })],
            job: (run) => ({
                millis: 20 * MINUTE,
                ...(Number(run.arguments["--number"]) % 9 === 4 && { end: { state: "FAILED" as const } }),
            }),
        });
        await stack.pass(30 * MINUTE);
        for (let i = 0; i < 4; i++) {
            stack.sendMany(12);
            await stack.pass(HOUR);
        }
        stack.send("not JSON", "refused");
        await stack.pass(2 * HOUR);
    });
    after(() => stack.world.close());

    it("has values in each of its graphs on a busy day", () => {
        const empty = readGraphs(stack, 6).flatMap(({ title, series }) =>
            series.length > 0 && series.every(({ points }) => points.length === 0) ? [title] : [],
        );
        // The first one has the alarms, and no metric.
        assert.deepEqual(empty, NOT_MEASURED);
    });

    it("is drawn without a word on the console", async () => {
        mkdirSync(PICTURES, { recursive: true });
        const file = path.join(PICTURES, "dashboard.html");
        writeFileSync(file, dashboardPage(stack, 6));
        const browser = await openBrowser();
        try {
            const page = await browser.newPage({ viewport: { width: 1480, height: 1260 } });
            const said: string[] = [];
            page.on("console", (message) => said.push(message.text()));
            await page.goto(`file://${file}`);
            await page.screenshot({ path: path.join(PICTURES, "dashboard.png"), fullPage: true });
            assert.deepEqual(said, []);
            assert.ok((await page.locator("polyline").count()) > 20);
        } finally {
            await browser.close();
        }
    });
});
