/** A message that a person takes out of the line for good, as `turnstile cancel --drop` does. */
import assert from "node:assert/strict";
import { CANCELLED } from "../../workflow/errors.ts";
import { HOUR, MINUTE, recorded, TestStack } from "./test-stack.ts";

const CAUSE = "by ana: wrong month";

describe("A message that is cancelled in line", () => {
    let stack: TestStack;
    let cancelled: string;

    before(async () => {
        stack = await TestStack.open({ programs: [await recorded()] });
        [, , , cancelled = ""] = stack.sendMany(5);
        await stack.pass(MINUTE);
        const taskToken = stack.item("jobs", `job#${cancelled}`)?.["token"]?.S;
        const answer = { taskToken, error: CANCELLED, cause: CAUSE };
        stack.world.call("states", "SendTaskFailure", answer, { principal: "user" });
        await stack.pass(HOUR);
    });
    after(async () => {
        await stack.close();
    });

    it("ends as cancelled, with who did it and why", () => {
        const { status, error, cause } = stack.execution(cancelled) ?? {};
        assert.deepEqual([status, error, cause], ["FAILED", CANCELLED, CAUSE]);
    });

    it("runs no job", () => {
        assert.ok(!stack.served().includes(cancelled));
    });

    it("leaves no letter, and no open row", () => {
        assert.deepEqual([stack.deadLetters(), stack.openRows()], [[], 0]);
    });

    it("keeps no other message from its job", () => {
        assert.equal(stack.served().length, 4);
    });
});
