/** Headless Chromium, through playwright-core, and axe. Both are in tools/package.json; Chromium is the machine's own. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { ROOT } from "../cli/command-line.ts";

/** What the tests need of playwright-core. */
export interface Browser {
    newPage(options: {
        readonly viewport: { readonly width: number; readonly height: number };
        readonly timezoneId?: string;
        readonly colorScheme?: "light" | "dark";
        readonly reducedMotion?: "reduce";
    }): Promise<Page>;
    close(): Promise<void>;
}

export interface Page {
    goto(url: string): Promise<unknown>;
    reload(): Promise<unknown>;
    url(): string;
    locator(selector: string): Locator;
    evaluate(script: string): Promise<unknown>;
    screenshot(options: { readonly path: string; readonly fullPage: boolean }): Promise<unknown>;
    on(event: "console", listener: (message: { text(): string }) => void): void;
    on(event: "pageerror", listener: (error: Error) => void): void;
    on(event: "request", listener: (request: { url(): string }) => void): void;
    /** The time of the page's program, which passes when a test lets it once it is installed. */
    readonly clock: { install(): Promise<void>; runFor(millis: number): Promise<void> };
    readonly keyboard: { press(key: string): Promise<void> };
    readonly mouse: {
        move(x: number, y: number): Promise<void>;
        down(): Promise<void>;
        up(): Promise<void>;
    };
    close(): Promise<void>;
}

export interface Locator {
    click(options?: { readonly position?: { readonly x: number; readonly y: number } }): Promise<void>;
    hover(options?: { readonly position?: { readonly x: number; readonly y: number } }): Promise<void>;
    focus(): Promise<void>;
    fill(text: string): Promise<void>;
    selectOption(value: string): Promise<unknown>;
    waitFor(options?: { readonly state: "visible" | "hidden" }): Promise<void>;
    innerText(): Promise<string>;
    allInnerTexts(): Promise<string[]>;
    count(): Promise<number>;
    isVisible(): Promise<boolean>;
    isDisabled(): Promise<boolean>;
    getAttribute(name: string): Promise<string | null>;
    boundingBox(): Promise<{ x: number; y: number; width: number; height: number } | null>;
}

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

const require = createRequire(path.join(ROOT, "tools/package.json"));

/** The machine's Chromium; undefined where it has none. */
function findChromium(): string | undefined {
    const { CHROMIUM, PATH = "" } = process.env;
    const found = PATH.split(path.delimiter).flatMap((folder) =>
        NAMES.map((name) => path.join(folder, name)),
    );
    return [...(CHROMIUM === undefined ? [] : [CHROMIUM]), ...found].find((file) => existsSync(file));
}

export async function openBrowser(): Promise<Browser> {
    const executablePath = findChromium();
    if (executablePath === undefined)
        throw new Error("There is no Chromium: install one, or name it in the variable CHROMIUM.");
    const { chromium } = require("playwright-core") as {
        chromium: { launch(options: object): Promise<Browser> };
    };
    // Its sandbox is not for root, and a container has another one; it opens files of these tests alone.
    return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

/** What axe finds on a page, one line each. */
export async function faultsOf(page: Page): Promise<string[]> {
    await page.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
    const { violations } = (await page.evaluate("axe.run()")) as {
        violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
    };
    return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`),
    );
}
