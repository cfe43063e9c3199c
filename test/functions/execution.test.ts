import assert from "node:assert/strict";
import fc from "fast-check";
import { executionArn, executionName, nameOfExecution } from "../../functions/lib/execution.ts";
import { messageIdOf } from "../../slots/holder.ts";

/** What SQS takes as a message group: SendMessage, "MessageGroupId". */
const group = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    maxLength: 128,
});

describe("An execution's name", () => {
    it("is read from its ARN", () => {
        const arn = executionArn("arn:aws:states:eu-west-1:123456789012:stateMachine:etl", "g-1");
        assert.equal(nameOfExecution(arn), "g-1");
    });

    it("tells the message's id", () => {
        fc.assert(
            fc.property(group, fc.uuid(), (chosen, id) => {
                assert.equal(messageIdOf(executionName(chosen, id)), id);
            }),
        );
    });

    it("is its message's alone, whatever the groups of two messages are: theirs are never the same", () => {
        fc.assert(
            fc.property(group, group, fc.uuid(), fc.uuid(), (oneGroup, otherGroup, one, other) => {
                fc.pre(one !== other);
                // A group may hold the id of another message.
                for (const chosen of [otherGroup, oneGroup, one, `${one}-${other}`, `${other}-`]) {
                    assert.notEqual(executionName(oneGroup, one), executionName(chosen, other));
                }
            }),
        );
    });

    it("has at most 80 letters, digits, - and _, and ends in the message's id", () => {
        fc.assert(
            fc.property(fc.oneof(group, fc.string({ unit: "binary" })), fc.uuid(), (chosen, id) => {
                assert.match(executionName(chosen, id), new RegExp(`^[A-Za-z0-9_-]{1,43}(?<=-)${id}$`));
            }),
        );
    });
});
