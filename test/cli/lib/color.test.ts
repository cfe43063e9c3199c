import assert from "node:assert/strict";
import { createPaint, wantsColor } from "../../../cli/lib/color.ts";
import type { ColorChoice } from "../../../cli/lib/color.ts";

describe("Colour", () => {
    const cases: readonly [string, ColorChoice, Record<string, string>, boolean, boolean][] = [
        ["is used on a terminal", "auto", {}, true, true],
        ["is not used in a pipe", "auto", {}, false, false],
        ["is not used on a dumb terminal", "auto", { TERM: "dumb" }, true, false],
        ["is not used with NO_COLOR", "auto", { NO_COLOR: "1" }, true, false],
        ["is used with an empty NO_COLOR", "auto", { NO_COLOR: "" }, true, true],
        ["is used in a pipe with FORCE_COLOR", "auto", { FORCE_COLOR: "1" }, false, true],
        ["is not used with FORCE_COLOR=0", "auto", { FORCE_COLOR: "0" }, true, false],
        [
            "is not used with NO_COLOR beside FORCE_COLOR",
            "auto",
            { NO_COLOR: "1", FORCE_COLOR: "1" },
            true,
            false,
        ],
        ["is used with --color always beside NO_COLOR", "always", { NO_COLOR: "1" }, false, true],
        ["is not used with --color never on a terminal", "never", { FORCE_COLOR: "1" }, true, false],
    ];
    for (const [title, choice, env, isTerminal, expected] of cases) {
        it(title, () => assert.equal(wantsColor(choice, env, isTerminal), expected));
    }

    it("leaves texts alone when it is off", () => {
        assert.equal(createPaint(false).trouble("slot-leaked"), "slot-leaked");
    });

    it("ends where a text ends", () => {
        assert.equal(createPaint(true).trouble("x"), "\u001b[31mx\u001b[39m");
    });
});
