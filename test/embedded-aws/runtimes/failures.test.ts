import assert from "node:assert/strict";
import { createRuntime } from "../../../embedded-aws/runtimes/index.ts";
import { failed, loadFailed } from "../../../embedded-aws/runtimes/failures.ts";
import { FakeWorld } from "../fake-world.ts";

describe("How Lambda reports", () => {
    it("a value that was thrown and is no error", () => {
        assert.deepEqual(failed(42), { kind: "failed", errorType: "number", errorMessage: "42" });
    });

    it("a package that is not in the bundle", async () => {
        const error: unknown = await import(`${"no-such"}-package`).catch((reason: unknown) => reason);
        const outcome = loadFailed(error);
        assert.equal(outcome.kind === "failed" && outcome.errorType, "Runtime.ImportModuleError");
    });

    it("an error that the code throws while it is loaded, by its name", () => {
        assert.deepEqual(loadFailed(new RangeError("too far")), {
            kind: "failed",
            errorType: "RangeError",
            errorMessage: "too far",
        });
    });
});

describe("A runtime of functions in this thread", () => {
    it("needs a platform", () => {
        assert.throws(() => createRuntime(new FakeWorld(), { functions: "interleaved" }), {
            message: /^functions is "interleaved", but there is no platform/,
        });
    });
});
