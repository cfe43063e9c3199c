import assert from "node:assert/strict";
import { Clock } from "../../embedded-aws/clock.ts";

describe("The clock", () => {
    it("runs what a promise posts before it lets time pass, and loses nothing by that", async () => {
        const clock = new Clock({ start: 0 });
        const happened: string[] = [];
        const note = (what: string) => (): void => void happened.push(`${what} at ${clock.now()}`);
        clock.at(10, () => {
            void Promise.resolve().then(() => clock.post(note("posted")));
        });
        clock.at(20, note("due"));
        clock.at(30, note("last"));
        await clock.run();
        assert.deepEqual(happened, ["posted at 10", "due at 20", "last at 30"]);
    });
});
