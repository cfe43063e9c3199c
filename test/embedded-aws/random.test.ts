import assert from "node:assert/strict";
import { Random } from "../../embedded-aws/random.ts";

describe("The source of chance", () => {
    it("gives the numbers of its comment's example", () => {
        const random = new Random(1);
        assert.deepEqual([random.next(), random.integer(1, 6)], [0.37447000085376203, 3]);
    });
});
