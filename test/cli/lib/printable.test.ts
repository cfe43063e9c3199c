import assert from "node:assert/strict";
import { createPaint } from "../../../cli/lib/color.ts";
import { belowLabel, printable } from "../../../cli/lib/printable.ts";

describe("A text of others", () => {
    it("cannot move the cursor or hide what follows", () => {
        assert.equal(
            printable("a\u001b[2Jb\u001b]0;x\u0007\u009b8m"),
            "a\\u001b[2Jb\\u001b]0;x\\u0007\\u009b8m",
        );
    });

    it("cannot turn the direction of a line", () => {
        assert.equal(printable("a\u202eb\u2066c"), "a\\u202eb\\u2066c");
    });

    it("keeps its line breaks and its letters of any language", () => {
        assert.equal(printable("één\nдва 三 🙂"), "één\nдва 三 🙂");
    });

    it("has no colours of its own where there are none", () => {
        assert.equal(printable("\u001b[31mred"), "\\u001b[31mred");
    });

    it("leaves every style of Turnstile's", () => {
        const { strong, quiet, trouble, held } = createPaint(true);
        const text = [strong, quiet, trouble, held].map((style) => style("x")).join("\n");
        assert.equal(printable(text, true), text);
    });

    it("hides no text by a style that Turnstile does not have", () => {
        assert.equal(printable("\u001b[8mx", true), "\\u001b[8mx");
    });

    it("of several lines is indented below its label", () => {
        assert.equal(belowLabel("one\r\ntwo\nthree", 2), "one\n  two\n  three");
    });
});
