import assert from "node:assert/strict";
import { HOUR, HourlySums } from "../../embedded-aws/hourly-sums.ts";

describe("What the services count by the hour", () => {
    it("is added up by metric, resource and hour", () => {
        const sums = new HourlySums();
        for (const [of, time, by] of [
            ["a", 10, 1],
            ["a", HOUR - 1, 2],
            ["a", HOUR, 4],
            ["b", 10, 8],
        ] as const)
            sums.add("AWS/DynamoDB", "units", of, time, by);
        sums.add("AWS/DynamoDB", "calls", "a", 10, 16);
        assert.deepEqual(sums.between("AWS/DynamoDB", "units", "a", 0, 2 * HOUR), [
            [0, 3],
            [HOUR, 4],
        ]);
        assert.deepEqual(sums.between("AWS/DynamoDB", "units", "a", HOUR, 2 * HOUR), [[HOUR, 4]]);
        assert.deepEqual(sums.between("AWS/DynamoDB", "units", "c", 0, HOUR), []);
    });
});
