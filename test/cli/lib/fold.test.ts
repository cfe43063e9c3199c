import assert from "node:assert/strict";
import { fold } from "../../../cli/lib/fold.ts";

describe("fold", () => {
    const at = (text: string, columns: number): string[] => fold(text, { isTTY: true, columns }).split("\n");

    it("breaks a line between words where it is wider than the terminal", () => {
        assert.deepEqual(at("Its run is asked to stop\nand waits", 14), [
            "Its run is",
            "asked to stop",
            "and waits",
        ]);
    });

    it("goes on below the text that a label or an option begins", () => {
        assert.deepEqual(at("WARN  nobody hears of alarms", 20), ["WARN  nobody hears", "      of alarms"]);
        assert.deepEqual(at("  --by <name>  who does it", 22), ["  --by <name>  who", "           does it"]);
    });

    it("leaves what is to be copied in one piece", () => {
        for (const line of [
            "PAGE  https://console.aws.amazon.com/states with more words",
            "      mend: aws sns subscribe --topic-arn X",
            "  turnstile plan --jobs 500 --minutes 5",
        ]) {
            assert.deepEqual(at(line, 20), [line]);
        }
    });

    it("leaves a word alone that is wider than the terminal", () => {
        assert.deepEqual(at("run jr_0123456789012345678901234567 is RUNNING", 20), [
            "run",
            "jr_0123456789012345678901234567",
            "is RUNNING",
        ]);
    });

    it("counts no colour", () => {
        const colored = "\u001b[31mred\u001b[39m words";
        assert.deepEqual(at(colored, 9), [colored]);
    });

    it("changes nothing where there is no terminal, or nobody knows its size", () => {
        const text = "as wide as it wants to be, for a script";
        assert.equal(fold(text, { columns: 20 }), text);
        assert.equal(fold(text, { isTTY: true }), text);
        assert.equal(fold(text, { isTTY: true, columns: 0 }), text);
    });
});
