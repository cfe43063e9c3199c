import assert from "node:assert/strict";
import { pastOf } from "../../../../cli/operate/ui/past.ts";
import type { LiveMessage } from "../../../../cli/page/live-data.ts";

function message(opened: number, phases: LiveMessage["phases"]): LiveMessage {
    return { id: "m", group: "g", state: "running", attempt: 1, opened, phases, runs: [] };
}

describe("Slots and line before the first look", () => {
    it("follow from what messages did", () => {
        const messages = [
            message(10, [
                ["waiting", 20],
                ["starting", 21],
                ["running", 40],
                ["closing", 41],
            ]),
            message(15, [["waiting", 50]]),
        ];
        assert.deepEqual(
            pastOf(messages, 0, 50).map(({ at, holders, waiting }) => [at, holders, waiting]),
            [
                [0, 0, 0],
                [10, 0, 1],
                [15, 0, 2],
                [20, 1, 1],
                [21, 1, 1],
                [40, 0, 1],
                [41, 0, 1],
            ],
        );
    });

    it("begin with those that were there already", () => {
        const [first] = pastOf([message(10, [["waiting", 80]])], 30, 50);
        assert.deepEqual(first, { at: 30, holders: 0, waiting: 1, limit: null });
    });

    it("have nothing of what was over before", () => {
        const over = pastOf([message(10, [["running", 20]])], 30, 50);
        assert.deepEqual(over, [{ at: 30, holders: 0, waiting: 0, limit: null }]);
    });
});
