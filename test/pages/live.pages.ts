/** The live page, as Chromium shows it, of a stack whose time passes when a test lets it. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { AwsError } from "../../embedded-aws/index.ts";
import { ROOT } from "../cli/command-line.ts";
import type { Operated } from "../cli/operate/operated.ts";
import { busyStack, Paged } from "../cli/operate/ui/paged.ts";
import type { Given } from "../cli/operate/ui/paged.ts";
import { Served } from "../cli/serve/served.ts";
import { MINUTE, SECOND } from "../stack/test-stack.ts";
import { faultsOf, openBrowser } from "./browser.ts";
import type { Browser, Page } from "./browser.ts";

/** Where the pictures go that somebody should look at. */
const PICTURES = path.join(ROOT, ".turnstile", "pages");

const WIDTHS = [375, 1280, 1920];
const SCHEMES = ["light", "dark"] as const;

describe("the live page", () => {
    let browser: Browser;
    let operated: Operated;
    let paged: Paged;
    let page: Page;
    /** Why calls of the server fail; undefined: they do not. */
    let fault: AwsError | undefined;
    const said: string[] = [];
    const asked: string[] = [];

    before(async () => {
        mkdirSync(PICTURES, { recursive: true });
        browser = await openBrowser();
    });
    after(() => browser?.close());
    beforeEach(async () => {
        fault = undefined;
        operated = await busyStack();
        operated.stack.world.intercept((call, next) => {
            if (fault && call.caller.isGuest === true) throw fault;
            return next();
        });
    });
    afterEach(async () => {
        await page?.close();
        await paged?.close();
        await operated.close();
    });

    async function serve(given: Given = {}): Promise<void> {
        paged = await Paged.open(operated, { isRunning: true, interval: 1, ...given });
    }

    async function open(width = 1280, colorScheme?: "light" | "dark", given: Given = {}): Promise<Page> {
        await serve(given);
        await visit(paged.server.address, width, colorScheme);
        await page.locator("#row-0 canvas").waitFor();
        return page;
    }

    async function visit(
        address: string,
        width = 1280,
        colorScheme?: "light" | "dark",
        timezoneId = "Europe/Berlin",
    ): Promise<void> {
        const viewport = { width, height: width < 700 ? 812 : 900 };
        page = await browser.newPage({ viewport, timezoneId, ...(colorScheme && { colorScheme }) });
        page.on("console", (message) => said.push(message.text()));
        page.on("pageerror", (error) => said.push(error.message));
        page.on("request", (request) => asked.push(request.url()));
        await page.goto(address);
    }

    const button = (text: string) => page.locator(`button:has-text("${text}")`);
    const picture = async (name: string, fullPage: boolean): Promise<void> => {
        await page.evaluate("scrollTo(0, 0)");
        await page.screenshot({ path: path.join(PICTURES, `live-${name}.png`), fullPage });
    };
    const override = (): unknown => operated.stack.item("jobs", "override");

    for (const width of WIDTHS) {
        for (const scheme of SCHEMES) {
            it(`has nothing that axe finds at ${width} px, ${scheme}`, async () => {
                await open(width, scheme);
                await button("Show the causes").click();
                await page.locator(".causes summary").click();
                await picture(`${width}-${scheme}`, true);
                assert.deepEqual(await faultsOf(page), []);
            });

            it(`has nothing that axe finds in a story at ${width} px, ${scheme}`, async () => {
                await open(width, scheme);
                await page.locator("#row-0").click();
                await page.locator("dialog h3 >> nth=0").waitFor();
                await picture(`${width}-${scheme}-story`, false);
                assert.deepEqual(await faultsOf(page), []);
            });

            it(`has nothing that axe finds in a question at ${width} px, ${scheme}`, async () => {
                await open(width, scheme);
                await button("Pause…").click();
                await button("Show what it would do").click();
                await button("Change nothing").waitFor();
                await picture(`${width}-${scheme}-question`, false);
                assert.deepEqual(await faultsOf(page), []);
            });
        }

        it(`fits its window at ${width} px`, async () => {
            await open(width);
            await button("Show the causes").click();
            await page.locator(".causes").waitFor();
            assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
        });
    }

    it("shows slots, line and messages", async () => {
        await open();
        assert.equal(await page.locator("h1").innerText(), "2 of 2 slots taken, 3 messages wait.");
        assert.equal(await page.locator(".slots .taken").count(), 2);
        assert.equal(await page.locator(".count").innerText(), "7 messages");
    });

    it("updates by itself", async () => {
        await open();
        operated.stack.sendMany(2);
        await operated.stack.pass(MINUTE);
        await page.locator('h1:has-text("5 messages wait")').waitFor();
        await page.locator('.count:has-text("9 messages")').waitFor();
    });

    it("keeps its place and what is chosen when it updates", async () => {
        await open();
        await page.locator("select >> nth=1").selectOption("waiting");
        await page.locator("#row-0").focus();
        await page.keyboard.press("ArrowDown");
        operated.stack.sendMany(2);
        await operated.stack.pass(MINUTE);
        await page.locator('.count:has-text("5 of 9 messages")').waitFor();
        assert.equal(await focused(), "row-1");
    });

    it("tells a message's story when its bar is clicked", async () => {
        await open();
        await page.locator("#row-2 canvas").click({ position: { x: 40, y: 8 } });
        await page.locator("dialog .reasons").waitFor();
        const story = await page.locator("dialog").innerText();
        assert.match(story, /waiting, 1\. in line/);
        assert.match(story, /limit-reached 2 of 2 slots taken/);
        assert.match(story, /accepted/);
        await button("Close").click();
        await page.locator("dialog").waitFor({ state: "hidden" });
    });

    it("tells the story of a slot's holder when the slot is clicked", async () => {
        await open();
        await page.locator(".slots button >> nth=0").click();
        await page.locator("dialog .reasons").waitFor();
        assert.match(await page.locator("dialog").innerText(), /running its run is RUNNING/);
    });

    it("is walked by keys: down, Enter, Escape, and back to where one was", async () => {
        await open();
        await page.locator("#row-0").focus();
        await page.keyboard.press("ArrowDown");
        assert.equal(await focused(), "row-1");
        await page.keyboard.press("Enter");
        await page.locator("dialog .facts").waitFor();
        await page.keyboard.press("Escape");
        await page.locator("dialog").waitFor({ state: "hidden" });
        assert.equal(await focused(), "row-1");
    });

    it("follows the present until somebody looks at a part of the past, and again when told to", async () => {
        await open();
        const range = (): Promise<string> => page.locator(".range").innerText();
        await page.locator("button[aria-label='Zoom in']").click();
        const before = await range();
        operated.stack.sendMany(1);
        await operated.stack.pass(MINUTE);
        await page.locator('.count:has-text("8 messages")').waitFor();
        assert.equal(await range(), before);
        await button("Follow").click();
        assert.notEqual(await range(), before);
        assert.equal(await button("Follow").isDisabled(), true);
    });

    it("pauses the pool after a yes", async () => {
        await open();
        await button("Pause…").click();
        await page.locator("dialog select").selectOption("2h");
        await page.locator("dialog input").fill("upgrade");
        await button("Show what it would do").click();
        await page.locator('dialog pre:has-text("3 in line keep their places")').waitFor();
        assert.equal(
            await page.locator("dialog code").innerText(),
            "turnstile pause --for 2h --reason upgrade",
        );
        assert.equal(override(), undefined);
        await page.locator("dialog button.main").click();
        await page.locator('dialog pre:has-text("Paused")').waitFor();
        assert.deepEqual((override() as { limit: unknown }).limit, { N: "0" });
        await button("Close").click();
        await operated.stack.pass(10 * SECOND);
        await page.locator('h1:has-text("paused: limit 0")').waitFor();
        assert.match(await page.locator("h1").innerText(), /"upgrade"/);
        assert.equal(await button("Resume…").count(), 1);
        await picture("paused", true);
    });

    it("changes nothing when a question is closed with Escape", async () => {
        await open();
        await button("Pause…").click();
        await button("Show what it would do").click();
        await button("Change nothing").waitFor();
        await page.keyboard.press("Escape");
        await page.locator("dialog").waitFor({ state: "hidden" });
        assert.equal(override(), undefined);
    });

    it("has the way out in focus where it asks, so that Enter changes nothing", async () => {
        await open();
        await button("Pause…").click();
        await button("Show what it would do").click();
        await button("Change nothing").waitFor();
        await page.keyboard.press("Enter");
        await page.locator("dialog").waitFor({ state: "hidden" });
        assert.equal(override(), undefined);
    });

    it("sets another limit", async () => {
        await open();
        await button("Another limit…").click();
        await page.locator("dialog input[type=number]").fill("4");
        await button("Show what it would do").click();
        await page.locator("dialog button.main").click();
        await page.locator('dialog pre:has-text("The limit is 4")').waitFor();
        assert.deepEqual((override() as { limit: unknown }).limit, { N: "4" });
    });

    it("sends dead letters again after a yes", async () => {
        await open();
        await button("Show the causes").click();
        await button("Retry all 2…").click();
        await page.locator('dialog pre:has-text("2 dead letters of 2")').waitFor();
        assert.equal(operated.stack.openRows(), 5);
        await button("Send again").click();
        await page.locator('dialog pre:has-text("2 messages sent.")').waitFor();
        await button("Close").click();
        await page.locator('text="There are none."').waitFor();
        await operated.stack.pass(10 * SECOND);
        assert.equal(operated.stack.openRows(), 7);
    });

    it("stops a message that waits after a yes", async () => {
        await open();
        await page.locator("#row-4").click();
        await button("Stop it…").click();
        await page.locator("dialog input[type=checkbox]").click();
        await page.locator("dialog input >> nth=0").fill("wrong month");
        await button("Show what it would do").click();
        await page.locator('dialog pre:has-text("ends as cancelled")').waitFor();
        assert.match(
            await page.locator("dialog code").innerText(),
            /^turnstile cancel --reason 'wrong month' [0-9a-f]{8} --drop$/,
        );
        await picture("stop", false);
        assert.deepEqual(await faultsOf(page), []);
        assert.equal(operated.stack.openRows(), 5);
        await page.locator("dialog button.main").click();
        await page.locator('dialog pre:has-text("Stopped.")').waitFor();
        await operated.stack.pass(5 * MINUTE);
        await button("Close").click();
        await page.locator('h1:has-text("2 messages wait")').waitFor();
    });

    it("frees no slot whose job runs, and says so", async () => {
        await open();
        await page.locator(".slots button >> nth=0").click();
        await button("Free its slot…").click();
        await page.locator('dialog pre:has-text("keeps its slot")').waitFor();
        assert.equal(await page.locator("dialog button.main").count(), 0);
        assert.deepEqual(await faultsOf(page), []);
    });

    it("writes times by the clock of the machine, or in UTC everywhere at once", async () => {
        await serve();
        await visit(paged.server.address, 1280, "light", "Asia/Kolkata");
        await page.locator("#row-0 canvas").waitFor();
        const clock = (): Promise<string> => page.locator(".clock").innerText();
        const ticks = (): Promise<string> => page.locator(".range").innerText();
        assert.match(await clock(), / UTC\+05:30, read/);
        const before = await ticks();
        await button("UTC").click();
        assert.match(await clock(), /\d UTC, read/);
        assert.notEqual(await ticks(), before);
        await page.locator("#row-0").click();
        await page.locator("dialog ol time >> nth=0").waitFor();
        assert.match(await page.locator("dialog ol time >> nth=0").innerText(), /^00:0\d:\d\d$/);
        await button("Close").click();
        await button("Local time").click();
        assert.match(await clock(), / UTC\+05:30, read/);
    });

    it("says what an hour of it costs", async () => {
        await open();
        assert.match(await page.locator("footer").innerText(), /AWS charges about \$0\.\d+ an hour\./);
    });

    it("runs nothing that a cause or a reason says", async () => {
        await open(1280, "light", { bodies: true });
        await operated.run(["limit", "2", "--reason", "<img src=x onerror='window.broken=1'>", "--yes"]);
        await button("Show the causes").click();
        await page.locator(".causes summary").click();
        await page.locator('button:has-text("Show the body") >> nth=0').click();
        await page.locator("pre.body").waitFor();
        await page.locator('.limits:has-text("onerror")').waitFor();
        assert.match(await page.locator(".causes pre >> nth=0").innerText(), /<script>window\.broken=1/);
        assert.equal(await page.evaluate("typeof broken"), "undefined");
        assert.equal(await page.locator("img").count(), 0);
    });

    it("has no buttons that change anything when it may only show", async () => {
        await open(1280, "light", { readOnly: true });
        await button("Show the causes").click();
        await page.locator(".causes").waitFor();
        await page.locator("#row-0").click();
        await page.locator("dialog .facts").waitFor();
        for (const text of ["Pause", "Another limit", "Retry", "Stop it", "Free its slot"])
            assert.equal(await button(text).count(), 0);
        assert.equal(await page.locator(".badge").innerText(), "read-only");
    });

    it("says that what it shows is old, and why, until AWS answers again", async () => {
        await open();
        fault = new AwsError("ExpiredTokenException", "The security token has expired", 400);
        await page.locator(".banner").waitFor();
        await picture("stale", true);
        const banner = await page.locator(".banner").innerText();
        assert.match(banner, /^What you see is \d+ s old\. AWS does not take these credentials/);
        assert.equal(await page.locator(".slots .taken").count(), 2);
        assert.deepEqual(await faultsOf(page), []);
        fault = undefined;
        await page.locator(".banner").waitFor({ state: "hidden" });
    });

    it("takes its key out of the address, and still has it after a reload", async () => {
        await open();
        assert.equal(page.url(), `http://127.0.0.1:${paged.port}/`);
        await page.reload();
        await page.locator("#row-0 canvas").waitFor();
    });

    it("says where the key is when it has none", async () => {
        await serve();
        await visit(`http://127.0.0.1:${paged.port}/`);
        await page.locator('h1:has-text("This page has no key")').waitFor();
        // Chromium notes the refusal by itself.
        assert.match(said.pop() ?? "", /401/);
        assert.deepEqual(await faultsOf(page), []);
    });

    it("is out of reach for the page of another origin that has its key", async () => {
        await serve();
        const other = createServer((_request, response) =>
            response.end("<!doctype html><title>other</title>"),
        );
        await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
        page = await browser.newPage({ viewport: { width: 800, height: 600 } });
        await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
        const headers = `{ "x-turnstile-token": "${paged.server.token}", "content-type": "application/json" }`;
        const tries = await page.evaluate(`Promise.all([
            fetch("http://127.0.0.1:${paged.port}/api/pool", { headers: ${headers} }),
            fetch("http://127.0.0.1:${paged.port}/api/change",
                { method: "POST", headers: ${headers}, body: '{"command":"pause"}' }),
        ].map((each) => each.then(() => "answered", () => "refused")))`);
        other.close();
        other.closeAllConnections();
        assert.deepEqual(tries, ["refused", "refused"]);
        assert.equal(override(), undefined);
    });

    it("pauses a stack that `turnstile serve` runs", async () => {
        const served = await Served.start(["--speed", "60"]);
        await serve();
        await visit(served.ready.page);
        await button("Pause…").click();
        await button("Show what it would do").click();
        await page.locator("dialog button.main").click();
        await page.locator('dialog pre:has-text("Paused")').waitFor();
        const Key = { poolName: { S: "jobs" }, entry: { S: "override" } };
        const read = new GetItemCommand({ TableName: served.ready.operator["tableName"], Key });
        const { Item } = await served.dynamodb.send(read);
        assert.deepEqual(Item?.["limit"], { N: "0" });
        await button("Close").click();
        await page.locator('h1:has-text("paused")').waitFor();
        await served.stop();
    });

    it("reads nothing while nobody sees it, and at once when somebody does", async () => {
        await serve();
        page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
        const looks: string[] = [];
        page.on("request", (request) => {
            if (request.url().endsWith("/api/pool?")) looks.push(request.url());
        });
        await page.clock.install();
        await page.goto(paged.server.address);
        await page.locator("#row-0 canvas").waitFor();
        await page.clock.runFor(1500);
        assert.ok(looks.length >= 2, "it reads while it is seen");
        const show = (isHidden: boolean): Promise<unknown> =>
            page.evaluate(`
                Object.defineProperty(document, "hidden", { value: ${isHidden}, configurable: true });
                document.dispatchEvent(new Event("visibilitychange"));
            `);
        await show(true);
        await page.clock.runFor(1500);
        const before = looks.length;
        await page.clock.runFor(600_000);
        assert.equal(looks.length, before);
        operated.stack.sendMany(1);
        await operated.stack.pass(MINUTE);
        await show(false);
        await page.locator('.count:has-text("8 messages")').waitFor();
    });

    it("wants the number typed before it sends more than 20 letters again", async () => {
        for (let i = 0; i < 19; i++) operated.stack.send({ arguments: { "--fails": "yes" } }, `more${i}`);
        await operated.run(["limit", "30", "--yes"]);
        await operated.stack.pass(10 * MINUTE);
        await open();
        await button("Show the causes").click();
        await button("Retry all 21…").click();
        await page.locator("dialog input").waitFor();
        assert.equal(await page.locator("dialog button.main").isDisabled(), true);
        await page.locator("dialog input").fill("21");
        await page.locator("dialog button.main").click();
        await page.locator('dialog pre:has-text("21 messages sent.")').waitFor();
    });

    it("asks for nothing but what its own server has", () => {
        const elsewhere = asked.filter((url) => !/^(http:\/\/127\.0\.0\.1:\d+\/|data:,$)/.test(url));
        assert.deepEqual(elsewhere, []);
    });

    it("has nothing to say on the console", () => {
        assert.deepEqual(said, []);
    });

    const focused = (): Promise<unknown> =>
        page.evaluate(
            "new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(document.activeElement.id))))",
        );
});
