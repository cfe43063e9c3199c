/** The page of a run, as Chromium shows it: real clicks and keys, at three widths, light and dark. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { bundlePage } from "../../cli/page/bundle.ts";
import { pageHtml } from "../../cli/page/html.ts";
import { runTurnstile, ROOT } from "../cli/command-line.ts";
import { hostileRun } from "../cli/page/page-run.ts";
import { faultsOf, openBrowser } from "./browser.ts";
import type { Browser, Page } from "./browser.ts";
import { longRun } from "./long-run.ts";

/** Where the pictures go that somebody should look at. */
const PICTURES = path.join(ROOT, ".turnstile", "pages");

const WIDTHS = [375, 1280, 1920];
const SCHEMES = ["light", "dark"] as const;

describe("the page of a run", () => {
    let directory = "";
    let browser: Browser;
    let page: Page;
    const said: string[] = [];
    const asked: string[] = [];

    before(async () => {
        directory = mkdtempSync(path.join(tmpdir(), "turnstile-"));
        mkdirSync(PICTURES, { recursive: true });
        browser = await openBrowser();
        await makeReport();
    });
    after(async () => {
        await browser?.close();
        rmSync(directory, { recursive: true, force: true });
    });
    afterEach(() => page?.close());

    /** Runs 40 jobs in two groups, six of which fail. */
    async function makeReport(): Promise<void> {
        const months = Array.from({ length: 40 }, (_, i) => ({
            body: { arguments: { "--month": i % 6 === 5 ? `no month ${i}` : `2012-0${1 + (i % 9)}` } },
            group: i % 3 === 0 ? "orders/a-group-with-a-long-name" : "stock",
        }));
        const file = path.join(directory, "messages.jsonl");
        writeFileSync(file, months.map((message) => JSON.stringify(message)).join("\n"));
        const report = path.join(directory, "run.html");
        const args = ["run", "--messages", file, "--limit", "4", "--speed", "max", "--bodies"];
        const { code, error } = await runTurnstile([...args, "--report", report], { cwd: directory });
        assert.equal(code, 1, error);
    }

    async function open(file = "run.html", width = 1280, colorScheme?: "light" | "dark"): Promise<Page> {
        page = await browser.newPage({
            viewport: { width, height: width < 700 ? 812 : 900 },
            ...(colorScheme && { colorScheme }),
        });
        page.on("console", (message) => said.push(message.text()));
        page.on("pageerror", (error) => said.push(error.message));
        page.on("request", (request) => asked.push(request.url()));
        await page.goto(pathToFileURL(path.join(directory, file)).href);
        await page.locator("#row-0 canvas").waitFor();
        return page;
    }

    const labels = (): Promise<string[]> => page.locator(".row .label").allInnerTexts();

    for (const width of WIDTHS) {
        for (const scheme of SCHEMES) {
            it(`has nothing that axe finds at ${width} px, ${scheme}`, async () => {
                await open("run.html", width, scheme);
                await page.screenshot({
                    path: path.join(PICTURES, `${width}-${scheme}.png`),
                    fullPage: true,
                });
                assert.deepEqual(await faultsOf(page), []);
            });

            it(`has nothing that axe finds in a story at ${width} px, ${scheme}`, async () => {
                await open("run.html", width, scheme);
                await page.locator("#row-5").click();
                await page.screenshot({
                    path: path.join(PICTURES, `${width}-${scheme}-story.png`),
                    fullPage: false,
                });
                assert.deepEqual(await faultsOf(page), []);
            });
        }

        it(`fits its window at ${width} px`, async () => {
            await open("run.html", width);
            assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
        });
    }

    it("tells a message's story when its bar is clicked", async () => {
        await open();
        await page.locator("#row-5 canvas").click({ position: { x: 40, y: 8 } });
        const story = await page.locator("dialog").innerText();
        assert.match(story, /line 6/);
        assert.match(story, /backing off, 30 s/);
        assert.match(story, /FAILED/);
        await page.locator("dialog button").click();
        await page.locator("dialog").waitFor({ state: "hidden" });
    });

    it("says what a bar shows under the pointer", async () => {
        await open();
        await page.locator("#row-20 canvas").hover({ position: { x: 5, y: 8 } });
        assert.match(await page.locator(".tip").innerText(), /^line 21: waiting, .* from 0:00:00$/);
    });

    it("shows the messages of one group", async () => {
        await open();
        await page.locator("select >> nth=0").selectOption("stock");
        assert.equal(await page.locator(".count").innerText(), "26 of 40 messages");
        const groups = await page.locator(".row .group").allInnerTexts();
        assert.deepEqual([...new Set(groups)], ["stock"]);
    });

    it("shows the messages that failed", async () => {
        await open();
        await page.locator("select >> nth=1").selectOption("failed");
        assert.deepEqual(
            await labels(),
            [6, 12, 18, 24, 30, 36].map((line) => `line ${line}`),
        );
    });

    it("finds messages by a part of their text", async () => {
        await open();
        await page.locator("input").fill("no month 11");
        assert.deepEqual(await labels(), ["line 12"]);
        await page.locator("input").fill("none like this");
        assert.deepEqual(await labels(), []);
        assert.match(await page.locator(".none").innerText(), /No message fits/);
    });

    it("is walked by keys: down, to the end, Enter, Escape", async () => {
        await open();
        await page.locator("#row-0").focus();
        await page.keyboard.press("ArrowDown");
        assert.equal(await focused(), "row-1");
        await page.keyboard.press("End");
        assert.equal(await focused(), "row-39");
        await page.keyboard.press("Enter");
        assert.match(await page.locator("dialog h2").innerText(), /line 40/);
        await page.keyboard.press("Escape");
        await page.locator("dialog").waitFor({ state: "hidden" });
        assert.equal(await focused(), "row-39");
    });

    it("zooms by keys", async () => {
        await open();
        const before = await page.locator(".range").innerText();
        await page.locator("#row-0").focus();
        await page.keyboard.press("+");
        assert.notEqual(await page.locator(".range").innerText(), before);
        await page.keyboard.press("0");
        assert.equal(await page.locator(".range").innerText(), before);
    });

    it("zooms the bars to what is dragged over on a curve", async () => {
        await open();
        const box = await page.locator(".u-over >> nth=0").boundingBox();
        assert.ok(box);
        await page.mouse.move(box.x + box.width * 0.25, box.y + 30);
        await page.mouse.down();
        await page.mouse.move(box.x + box.width * 0.5, box.y + 30);
        await page.mouse.up();
        assert.match(await page.locator(".range").innerText(), /^0:1\d:\d\d to 0:3\d:\d\d$/);
    });

    it("is light or dark, as one likes", async () => {
        await open("run.html", 1280, "light");
        const background = "getComputedStyle(document.body).backgroundColor";
        const before = await page.evaluate(background);
        await page.locator("#theme button").click();
        assert.notEqual(await page.evaluate(background), before);
        assert.equal(await page.locator("#theme button").innerText(), "Light");
    });

    it("runs nothing that messages say", async () => {
        writeFileSync(
            path.join(directory, "hostile.html"),
            pageHtml(hostileRun(), await bundlePage("report")),
        );
        await open("hostile.html");
        await page.locator("#row-0").click();
        await page.locator("dialog").waitFor();
        assert.equal(await page.evaluate("typeof broken"), "undefined");
        assert.equal(await page.locator("img").count(), 0);
        assert.deepEqual(await faultsOf(page), []);
    });

    it("shows 10,000 messages with as many rows as can be seen, from less than 5 MB", async () => {
        const file = path.join(directory, "long.html");
        writeFileSync(file, pageHtml(longRun(10_000), await bundlePage("report")));
        assert.ok(statSync(file).size < 5e6, `${statSync(file).size} bytes`);
        const started = performance.now();
        await open("long.html");
        const millis = Math.round(performance.now() - started);
        process.stdout.write(`10,000 messages: ${statSync(file).size} bytes, open after ${millis} ms\n`);
        assert.ok((await page.locator(".row").count()) < 100);
        assert.equal(await page.locator("[role=grid]").getAttribute("aria-rowcount"), "10001");
    });

    it("asks for nothing but its own file", () => {
        assert.deepEqual(
            asked.filter((url) => !url.startsWith("file:")),
            [],
        );
    });

    it("has nothing to say on the console", () => {
        assert.deepEqual(said, []);
    });

    const focused = (): Promise<unknown> =>
        page.evaluate(
            "new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(document.activeElement.id))))",
        );
});
