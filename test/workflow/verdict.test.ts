/** What an execution says of its job when it releases its slot: the expression, evaluated as Step Functions would. */
import assert from "node:assert/strict";
import jsonata from "jsonata";
import { verdict } from "../../workflow/failure.ts";

const FAILED = { state: "FAILED", permanent: false, isCapacity: false, isRefused: false };

describe("What an execution says of its job", () => {
    for (const [what, variables, expected] of [
        ["succeeded when it is done", { isDone: true, failure: {}, attempt: 3 }, "succeeded"],
        ["failed when there is another attempt", { failure: FAILED, attempt: 2 }, "failed"],
        ["failed for good at the last attempt", { failure: FAILED, attempt: 3 }, "failedForGood"],
        [
            "failed for good when no further attempt helps",
            { failure: { ...FAILED, state: "", permanent: true }, attempt: 1 },
            "failedForGood",
        ],
        [
            "failed for good when Glue refused every start of the last attempt",
            { failure: { ...FAILED, state: "NONE", isRefused: true }, attempt: 3 },
            "failedForGood",
        ],
        [
            "says nothing when its run was stopped",
            { failure: { ...FAILED, state: "STOPPED" }, attempt: 3 },
            "none",
        ],
        [
            "says nothing when its run had no capacity",
            { failure: { ...FAILED, isCapacity: true }, attempt: 3 },
            "none",
        ],
    ] as const) {
        it(`is that it ${what}`, async () => {
            const result: unknown = await jsonata(verdict(3)).evaluate({}, { isDone: false, ...variables });
            assert.equal(result, expected);
        });
    }
});
