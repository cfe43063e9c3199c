import assert from "node:assert/strict";
import { conditionHeld, errorName, errorText } from "../../functions/lib/errors.ts";
import { forEach } from "../../functions/lib/for-each.ts";
import { required } from "../../functions/lib/platform.ts";
import { awsError } from "./fake-aws.ts";

describe("What the functions share", () => {
    it("tells an error by its name and text, and whatever else was thrown by its kind and itself", () => {
        const error = awsError("ThrottlingException");
        assert.deepEqual([errorName(error), errorText(error)], [error.name, error.message]);
        assert.deepEqual([errorName("no"), errorText("no")], ["string", "no"]);
    });

    it("tells a condition that did not hold from a write that failed", async () => {
        assert.equal(await conditionHeld(Promise.resolve()), true);
        assert.equal(await conditionHeld(Promise.reject(awsError("ConditionalCheckFailedException"))), false);
        await assert.rejects(conditionHeld(Promise.reject(awsError("ThrottlingException"))), {
            name: "ThrottlingException",
        });
    });

    it("acts on all, also when some fail, and then throws the first failure", async () => {
        const seen: number[] = [];
        const act = (each: number): Promise<void> => {
            seen.push(each);
            return each % 2 === 0 ? Promise.reject(new Error(`no ${each}`)) : Promise.resolve();
        };
        await assert.rejects(forEach([1, 2, 3, 4], act), { message: "no 2" });
        assert.deepEqual(seen, [1, 2, 3, 4]);
    });

    it("names the variable of the environment that the deployment left out", () => {
        assert.equal(required({ TABLE_NAME: "slots" }, "TABLE_NAME"), "slots");
        for (const env of [{}, { TABLE_NAME: "" }]) {
            assert.throws(
                () => required(env, "TABLE_NAME"),
                /The environment variable TABLE_NAME is not set/,
            );
        }
    });
});
