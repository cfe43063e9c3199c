import assert from "node:assert/strict";
import fc from "fast-check";
import { messageInHolderId, holderId, parseHolderId } from "../../slots/holder.ts";

describe("A holder id", () => {
    it("names the message, the how-manieth slot and the redrives", () => {
        assert.equal(holderId({ message: "seattle-1", ordinal: 2, redrives: 1 }), "seattle-1/2/1");
    });

    it("is read back as it was made, whatever the message is called", () => {
        const name = fc.stringMatching(/^[A-Za-z0-9_.@=+-]{1,80}$/);
        const holder = fc.record({ message: name, ordinal: fc.integer({ min: 1 }), redrives: fc.nat() });
        fc.assert(
            fc.property(holder, (parts) => assert.deepEqual(parseHolderId(holderId(parts)), { ...parts })),
        );
    });

    it("tells the execution alone just where it can be read whole", () => {
        const parts = fc.array(fc.constantFrom("a", "bc", "1", "0", "23", "/", "-"), { maxLength: 8 });
        fc.assert(
            fc.property(parts, (each) => {
                const text = each.join("");
                assert.equal(messageInHolderId(text), parseHolderId(text)?.message);
            }),
            { numRuns: 1000 },
        );
    });

    for (const text of ["", "a", "a/1", "a/0/0", "a/1/x", "a/b/1/0", "/1/0", "a/-1/0", "a/1/0/"]) {
        it(`is not read from ${JSON.stringify(text)}`, () => {
            assert.equal(parseHolderId(text), undefined);
        });
    }
});
