import assert from "node:assert/strict";
import { cutLine } from "../../../cli/lib/cut.ts";

describe("A line on a terminal", () => {
    it("is left alone if it fits", () => {
        assert.equal(cutLine("abcde", 5), "abcde");
    });

    it("is cut, and ends in an ellipsis, if it does not", () => {
        assert.equal(cutLine("abcdef", 5), "abcd…");
    });

    it("is measured without its colours, which end with it", () => {
        assert.equal(cutLine("\u001b[1mabcde\u001b[22m", 5), "\u001b[1mabcde\u001b[22m");
        assert.equal(cutLine("\u001b[1mabcdef\u001b[22m", 5), "\u001b[1mabcd\u001b[22m…\u001b[0m");
    });
});
