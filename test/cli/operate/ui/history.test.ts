import assert from "node:assert/strict";
import { History } from "../../../../cli/operate/ui/history.ts";

const NUMBERS = { holders: 1, limit: 2, waiting: 3 };

describe("What looks have seen", () => {
    it("has a moment for each change, then the present", () => {
        const history = new History();
        history.add(10, NUMBERS);
        history.add(20, NUMBERS);
        history.add(30, { ...NUMBERS, waiting: 4 });
        assert.deepEqual(history.columns(40), {
            times: [10, 30, 40],
            holders: [1, 1, 1],
            limits: [2, 2, 2],
            waiting: [3, 4, 4],
        });
    });

    it("goes on in time when the clock of AWS steps back", () => {
        const history = new History();
        history.add(10, NUMBERS);
        history.add(5, { ...NUMBERS, holders: 2 });
        assert.deepEqual(history.columns(8).times, [10]);
    });

    it("forgets the oldest of very many changes", () => {
        const history = new History();
        for (let i = 0; i < 2500; i++) history.add(i, { ...NUMBERS, waiting: i });
        const { times } = history.columns(2499);
        assert.deepEqual([times.length, times[0]], [2000, 500]);
    });
});
