import assert from "node:assert/strict";
import fc from "fast-check";
import { compile } from "../../../embedded-aws/services/events/pattern.ts";

describe("event patterns", () => {
    it("look only at an event's own fields", () => {
        assert.equal(compile({ constructor: { name: [{ exists: true }] } })({}), false);
    });

    it("select exactly the events that have one of the listed values", () => {
        const value = fc.oneof(
            fc.string({ maxLength: 3 }),
            fc.integer({ min: -3, max: 3 }),
            fc.boolean(),
            fc.constant(null),
        );
        fc.assert(
            fc.property(fc.array(value, { minLength: 1 }), value, (values, actual) => {
                assert.equal(compile({ a: values })({ a: actual }), values.includes(actual));
                assert.equal(compile({ a: values })({ a: [{}, actual] }), values.includes(actual));
            }),
        );
    });

    it("are refused with what is wrong in them", () => {
        const wrong: [string | object, RegExp][] = [
            ["{", /Event pattern is not valid\. Reason: /],
            ["[]", /Filter is not an object/],
            [{ source: "aws.states" }, /"source" must be an object or an array/],
            [{ source: [] }, /Empty arrays are not allowed/],
            [{ detail: {} }, /Empty objects are not allowed/],
            [{ a: [{ prefixx: "x" }] }, /Unrecognized match type prefixx/],
            [{ a: [{ prefix: 1 }] }, /prefix match pattern must be a string/],
            [{ a: [{ prefix: "a", suffix: "b" }] }, /Only one key allowed/],
            [{ a: [{ numeric: ["~", 1] }] }, /Unrecognized numeric range operator: ~/],
            [{ a: [{ numeric: ["<", 6e9] }] }, /must be between/],
            [{ a: [{ "anything-but": ["a", 1] }] }, /mixed type is not supported/],
            [{ a: [{ exists: "yes" }] }, /exists match pattern must be either true or false/],
            [{ a: [{ wildcard: "a**" }] }, /Consecutive wildcard/],
            [{ a: [["x"]] }, /Match value must be/],
        ];
        for (const [pattern, message] of wrong) {
            assert.throws(() => compile(pattern), { name: "InvalidEventPatternException", message });
        }
    });

    it("have fewer operators in Lambda's filters, which fail in Lambda's words", () => {
        const error = {
            name: "InvalidParameterValueException",
            message: /^Invalid filter pattern definition\./,
        };
        for (const operator of [
            { wildcard: "a*" },
            { cidr: "10.0.0.0/8" },
            { "anything-but": { prefix: "a" } },
        ]) {
            assert.throws(() => compile({ a: [operator] }, "lambda"), error);
        }
        assert.equal(compile({ a: [{ "anything-but": ["x"] }] }, "lambda")({ a: "y" }), true);
    });
});
