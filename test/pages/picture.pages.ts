/** The pictures of the page in README.md against the page as it is. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pagePicture, SCHEMES, takePictures } from "../../tools/page-picture.ts";
import { openBrowser } from "./browser.ts";
import type { Browser } from "./browser.ts";

/** Pictures are compared as so many cells, because other machines have other fonts. */
const [COLUMNS, ROWS] = [64, 48];
/** The most that a cell may differ in red, green or blue. */
const MOST = 40;

describe("the picture of the page", () => {
    let directory = "";
    let browser: Browser;

    before(async () => {
        directory = mkdtempSync(path.join(tmpdir(), "turnstile-"));
        await takePictures(directory);
        browser = await openBrowser();
    });
    after(async () => {
        await browser?.close();
        rmSync(directory, { recursive: true, force: true });
    });

    /** The largest difference of two pictures' cells. */
    async function difference(one: string, other: string): Promise<number> {
        const page = await browser.newPage({ viewport: { width: 100, height: 100 } });
        const texts = [one, other].map((file) => readFileSync(file).toString("base64"));
        const script = `Promise.all(${JSON.stringify(texts)}.map(async (text) => {
            const image = new Image();
            image.src = "data:image/png;base64," + text;
            await image.decode();
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [${COLUMNS}, ${ROWS}];
            const context = canvas.getContext("2d");
            context.imageSmoothingQuality = "high";
            context.drawImage(image, 0, 0, ${COLUMNS}, ${ROWS});
            return context.getImageData(0, 0, ${COLUMNS}, ${ROWS}).data;
        })).then(([a, b]) => Math.max(...a.map((value, i) => Math.abs(value - b[i]))))`;
        return (await page.evaluate(script)) as number;
    }

    for (const scheme of SCHEMES) {
        it(`shows the ${scheme} page as it is: else run npm run docs:page`, async () => {
            const found = await difference(pagePicture(scheme), pagePicture(scheme, directory));
            assert.ok(found <= MOST, `a part of the picture differs by ${found} of 255`);
        });
    }

    it("is another one for the dark page", async () => {
        assert.ok((await difference(pagePicture("light"), pagePicture("dark"))) > MOST);
    });
});
