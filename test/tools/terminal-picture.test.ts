/** The moving picture of README.md: that it is current, and how it is drawn. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { TERMINAL_PICTURE, terminalPicture } from "../../tools/terminal-picture.ts";
import { Screen } from "../../tools/terminal/screen.ts";
import { draw } from "../../tools/terminal/svg.ts";

describe("docs/terminal.svg", () => {
    it("shows what `npm start` prints now; otherwise run `npm run docs:picture`", async function () {
        this.timeout(60_000);
        assert.equal(readFileSync(TERMINAL_PICTURE, "utf8"), await terminalPicture());
    });
});

describe("the screen", () => {
    const texts = (screen: Screen): string[] =>
        screen.shown().map((line) => line.map(({ text }) => text).join(""));

    it("shows a line that was written again as it is now", () => {
        const screen = new Screen(5);
        screen.write("$ run\none\ntwo\nthree");
        screen.write("\u001b[1A\u001b[1G\u001b[2K2\u001b[K\n3\u001b[K");
        assert.deepEqual(texts(screen), ["$ run", "one", "2", "3"]);
    });

    it("scrolls lines away that have no room", () => {
        const screen = new Screen(2);
        screen.write("one\ntwo\nthree\n");
        assert.deepEqual(texts(screen), ["two", "three"]);
    });

    it("keeps the style of each part of a line", () => {
        const screen = new Screen(1);
        screen.write("\u001b[1mloud\u001b[22m and \u001b[32mgreen\u001b[39m");
        assert.deepEqual(screen.shown(), [
            [
                { text: "loud", style: "bold" },
                { text: " and ", style: "plain" },
                { text: "green", style: "green" },
            ],
        ]);
    });

    it("refuses a control sequence that it does not know", () => {
        assert.throws(
            () => new Screen(1).write("\u001b[5Z"),
            /does not know the control sequence "ESC \[ 5 Z"/,
        );
    });
});

describe("the drawing of a terminal", () => {
    const drawing = draw({
        title: "a & b",
        description: "",
        columns: 10,
        rows: 1,
        frames: [
            { at: 0, lines: [[{ text: "first", style: "plain" }]] },
            { at: 1, lines: [[{ text: "last", style: "plain" }]] },
        ],
        holdSeconds: 3,
    });

    it("shows the last frame where nothing moves", () => {
        assert.match(drawing, /<g visibility="hidden">.*first<\/text><\/g>/);
        assert.match(drawing, /<g visibility="visible">.*last<\/text><\/g>/);
    });

    it("shows each frame for its own time where it moves", () => {
        assert.match(drawing, /dur="4s".*keyTimes="0;0.25" values="visible;hidden"\/><text[^>]*>first/);
        assert.match(drawing, /dur="4s".*keyTimes="0;0.25" values="hidden;visible"\/><text[^>]*>last/);
    });

    it("escapes what it is told", () => {
        assert.match(drawing, /<title id="title">a &amp; b<\/title>/);
    });
});
