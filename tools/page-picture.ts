/**
 * Takes docs/page-light.png and docs/page-dark.png, the pictures of the page in README.md: `npm run docs:page`, which needs
 * Chromium. The page is the report of `npm start` with its default seed, so the pictures show what anybody gets. `npm run
 * pages` fails while they show another page than that.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { runTurnstile } from "../test/cli/command-line.ts";
import { openBrowser } from "../test/pages/browser.ts";

export const SCHEMES = ["light", "dark"] as const;

/** The file of a picture. */
export function pagePicture(scheme: (typeof SCHEMES)[number], directory = DOCS): string {
    return path.join(directory, `page-${scheme}.png`);
}

const DOCS = path.join(import.meta.dirname, "..", "docs");

/** So high that the first jobs of each slot can be seen. */
const VIEWPORT = { width: 1280, height: 960 };

/** Takes the pictures, and puts them into a directory. */
export async function takePictures(directory: string): Promise<void> {
    const temporary = mkdtempSync(path.join(tmpdir(), "turnstile-"));
    const browser = await openBrowser();
    try {
        const report = path.join(temporary, "run.html");
        const { code, error } = await runTurnstile(["run", "--speed", "max", "--report", report]);
        if (code !== 0) throw new Error(`npm start ended with ${code}: ${error}`);
        for (const colorScheme of SCHEMES) {
            const page = await browser.newPage({ viewport: VIEWPORT, colorScheme, reducedMotion: "reduce" });
            await page.goto(pathToFileURL(report).href);
            await page.locator(".u-over >> nth=0").waitFor();
            await page.screenshot({ path: pagePicture(colorScheme, directory), fullPage: false });
        }
    } finally {
        await browser.close();
        rmSync(temporary, { recursive: true, force: true });
    }
}

if (process.argv[1] === import.meta.filename) await takePictures(DOCS);
