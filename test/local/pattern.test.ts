import assert from "node:assert/strict";
import fc from "fast-check";
import { compile } from "../../local/services/pattern.ts";

const event = {
    source: "aws.states",
    "detail-type": "Step Functions Execution Status Change",
    resources: ["arn:one", "arn:two"],
    detail: {
        status: "FAILED",
        count: 12,
        ratio: 0.5,
        gone: null,
        ok: true,
        none: [],
        parts: [
            { a: 1, b: 2 },
            { a: 3, b: 4 },
        ],
    },
};

function matches(pattern: object): boolean {
    return compile(pattern)(event);
}

function inDetail(field: string, ...values: unknown[]): boolean {
    return matches({ detail: { [field]: values } });
}

describe("event patterns", () => {
    it("match any of the given values of every given field", () => {
        assert.equal(matches({ source: ["aws.glue", "aws.states"], detail: { status: ["FAILED"] } }), true);
        assert.equal(matches({ source: ["aws.states"], detail: { status: ["SUCCEEDED"] } }), false);
        assert.equal(matches({ source: ["aws.states"], absent: ["x"] }), false);
    });

    it("are read from JSON text as well", () => {
        assert.equal(compile('{"source":["aws.states"]}')(event), true);
    });

    it("match an array that has one of the values", () => {
        assert.equal(matches({ resources: ["arn:two"] }), true);
        assert.equal(matches({ resources: ["arn:three"] }), false);
    });

    it("match fields of one and the same object of an array", () => {
        assert.equal(matches({ detail: { parts: { a: [1], b: [2] } } }), true);
        assert.equal(matches({ detail: { parts: { a: [1], b: [4] } } }), false);
    });

    it("tell strings, numbers, booleans and null apart", () => {
        assert.equal(inDetail("count", 12), true);
        assert.equal(inDetail("count", "12"), false);
        assert.equal(inDetail("ok", true), true);
        assert.equal(inDetail("gone", null), true);
        assert.equal(inDetail("absent", null), false);
        assert.equal(inDetail("status", ""), false);
    });

    it("match by prefix, suffix and without regard to case", () => {
        assert.equal(inDetail("status", { prefix: "FAI" }), true);
        assert.equal(inDetail("status", { prefix: "fai" }), false);
        assert.equal(inDetail("status", { prefix: { "equals-ignore-case": "fai" } }), true);
        assert.equal(inDetail("status", { suffix: "LED" }), true);
        assert.equal(inDetail("status", { suffix: "LE" }), false);
        assert.equal(inDetail("status", { "equals-ignore-case": "failed" }), true);
    });

    it("match by wildcard, in which a backslash makes a star plain", () => {
        assert.equal(inDetail("status", { wildcard: "F*L*D" }), true);
        assert.equal(inDetail("status", { wildcard: "F*X" }), false);
        assert.equal(compile({ a: [{ wildcard: "a\\*b" }] })({ a: "a*b" }), true);
        assert.equal(compile({ a: [{ wildcard: "a\\*b" }] })({ a: "axb" }), false);
        assert.equal(compile({ a: [{ wildcard: "a.b" }] })({ a: "axb" }), false);
    });

    it("match numbers by range", () => {
        assert.equal(inDetail("count", { numeric: [">", 11, "<=", 12] }), true);
        assert.equal(inDetail("count", { numeric: [">=", 12, "<", 13] }), true);
        assert.equal(inDetail("count", { numeric: ["=", 12] }), true);
        assert.equal(inDetail("count", { numeric: ["<", 12] }), false);
        assert.equal(inDetail("status", { numeric: ["<", 12] }), false);
    });

    it("match anything but the given, if there is something", () => {
        assert.equal(inDetail("status", { "anything-but": "SUCCEEDED" }), true);
        assert.equal(inDetail("status", { "anything-but": ["SUCCEEDED", "FAILED"] }), false);
        assert.equal(inDetail("count", { "anything-but": [12] }), false);
        assert.equal(inDetail("absent", { "anything-but": "x" }), false);
        assert.equal(inDetail("status", { "anything-but": { prefix: "FA" } }), false);
        assert.equal(inDetail("status", { "anything-but": { prefix: ["X", "Y"] } }), true);
        assert.equal(inDetail("status", { "anything-but": { wildcard: "*ED" } }), false);
    });

    it("match by presence of a value, which an object is not", () => {
        assert.equal(inDetail("status", { exists: true }), true);
        assert.equal(inDetail("gone", { exists: true }), true);
        assert.equal(inDetail("absent", { exists: true }), false);
        assert.equal(inDetail("absent", { exists: false }), true);
        assert.equal(inDetail("status", { exists: false }), false);
        assert.equal(matches({ absent: { deeper: [{ exists: false }] } }), true);
        assert.equal(matches({ detail: [{ exists: true }] }), false);
        assert.equal(inDetail("none", { exists: true }), false);
    });

    it("match addresses of a network", () => {
        assert.equal(compile({ ip: [{ cidr: "10.0.0.0/24" }] })({ ip: "10.0.0.7" }), true);
        assert.equal(compile({ ip: [{ cidr: "10.0.0.0/24" }] })({ ip: "10.0.1.7" }), false);
    });

    it("match one of several sets of fields with $or, beside others", () => {
        const pattern = {
            source: ["aws.states"],
            $or: [{ detail: { count: [1] } }, { detail: { status: ["FAILED"] } }],
        };
        assert.equal(matches(pattern), true);
        assert.equal(matches({ ...pattern, source: ["aws.glue"] }), false);
        assert.equal(matches({ $or: [{ detail: { count: [1] } }, { detail: { status: ["X"] } }] }), false);
    });

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
