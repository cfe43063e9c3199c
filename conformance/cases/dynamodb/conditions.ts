/** Condition expressions: what is true of an item, and which expressions are refused. */
import { put, update, remove, values, when } from "./form.ts";
import type { Cases } from "./form.ts";
import type { Request } from "./suite.ts";

const full = {
    n: { N: "1" },
    s: { S: "ab" },
    t: { BOOL: true },
    l: { L: [{ S: "a" }] },
    m: { M: { a: { N: "1" } } },
    tags: { SS: ["a", "b"] },
};

const holding = (condition: string, given?: object, names?: object): readonly Request[] => [
    put(full),
    remove({ ...when(condition, given, names), ReturnValuesOnConditionCheckFailure: "ALL_OLD" }),
];

export const conditions: Cases = {
    "two paths that are both missing": holding("missing = absent"),
    "two paths that are both missing and differ": holding("missing <> absent"),
    "a missing path and a value": holding("missing <> :v", { ":v": { N: "1" } }),
    "size of what is missing": holding("size(missing) < :v", { ":v": { N: "1" } }),
    "size of a number": holding("size(n) < :v", { ":v": { N: "9" } }),
    "size of a map, a list, a set, a text": holding(
        "size(m) = :one AND size(l) = :one AND size(tags) = :two AND size(s) = :two",
        { ":one": { N: "1" }, ":two": { N: "2" } },
    ),
    "size compared with a text": holding("size(m) < :v", { ":v": { S: "9" } }),
    "equal lists and maps": holding("l = :l AND m = :m", {
        ":l": { L: [{ S: "a" }] },
        ":m": { M: { a: { N: "1.0" } } },
    }),
    "equal sets in another order": holding("tags = :t", { ":t": { SS: ["b", "a"] } }),
    "compare across types": holding("n < :v OR s > :w", { ":v": { S: "9" }, ":w": { N: "1" } }),
    "compare a boolean": holding("t < :v", { ":v": { BOOL: false } }),
    "equal booleans": holding("t = :v", { ":v": { BOOL: true } }),
    "IN with a missing path": holding("n IN (missing, :v)", { ":v": { N: "1.0" } }),
    "IN with one value": holding("n IN (:v)", { ":v": { N: "2" } }),
    "BETWEEN paths": holding("n BETWEEN n AND n"),
    "BETWEEN upside down": holding("n BETWEEN :a AND :b", { ":a": { N: "2" }, ":b": { N: "1" } }),
    "begins_with a number": holding("begins_with(n, :v)", { ":v": { S: "1" } }),
    "begins_with of a wrong operand": holding("begins_with(s, :v)", { ":v": { N: "1" } }),
    "contains in a text, a set, a list": holding(
        "contains(s, :a) AND contains(tags, :a) AND contains(l, :a)",
        { ":a": { S: "a" } },
    ),
    "contains in a number": holding("contains(n, :v)", { ":v": { N: "1" } }),
    "contains itself": holding("contains(s, s)"),
    attribute_type: holding("attribute_type(m, :m) AND attribute_type(t, :b)", {
        ":m": { S: "M" },
        ":b": { S: "BOOL" },
    }),
    "attribute_type that there is not": holding("attribute_type(m, :m)", { ":m": { S: "MAP" } }),
    "attribute_type of a number": holding("attribute_type(m, :m)", { ":m": { N: "1" } }),
    "attribute_exists below a text": holding("attribute_not_exists(s.a) AND attribute_not_exists(m.a.b)"),
    precedence: holding("n = :two OR n = :one AND NOT s = :s", {
        ":one": { N: "1" },
        ":two": { N: "2" },
        ":s": { S: "ab" },
    }),
    "a condition on a key": holding("attribute_exists(poolName) AND entry = :e", { ":e": { S: "gate" } }),
    "a condition below a key": holding("attribute_exists(poolName.a)"),
    "a condition below an index key": holding("attribute_exists(linePosition[0])"),
    "IN with itself": holding("n IN (:v, n)", { ":v": { N: "2" } }),
    "BETWEEN itself and more": holding("n BETWEEN n AND :v", { ":v": { N: "2" } }),
    "BETWEEN without an order": holding("t BETWEEN :v AND :v", { ":v": { BOOL: true } }),
    "BETWEEN across types": holding("n BETWEEN :a AND :b", { ":a": { N: "0" }, ":b": { S: "b" } }),
    "a reserved word": [
        remove(when("limit = :v", { ":v": { N: "1" } })),
        remove(when("attribute_exists(token)")),
        remove(when("attribute_exists(linePosition) AND attribute_exists(outcome)")),
        update("SET ttl = :v", values({ ":v": { N: "1" } })),
    ],
    "a name that is not used": holding("n = :v", { ":v": { N: "1" } }, { "#unused": "n" }),
    "a value that is not used": holding("n = :v", { ":v": { N: "1" }, ":w": { N: "1" } }),
    "a name that is not given": holding("#n = :v", { ":v": { N: "1" } }),
    "a value that is not given": holding("n = :v AND s = :w", { ":v": { N: "1" } }),
    "a name of a wrong form": holding("n = :v", { ":v": { N: "1" } }, { n: "n" }),
    "names and values without an expression": [
        remove({ ExpressionAttributeNames: { "#n": "n" } }),
        remove(values({ ":v": { N: "1" } })),
    ],
    "an empty name": holding("#n = :v", { ":v": { N: "1" } }, { "#n": "" }),
    "a condition that is not there": [
        update("SET n = :v", {
            ...when("attribute_exists(n)", { ":v": { N: "1" } }),
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
    ],
    "a long expression": [
        remove(when(`n = :v${" ".repeat(4090)}`, { ":v": { N: "1" } })),
        remove(when(`n = :v${" ".repeat(4091)}`, { ":v": { N: "1" } })),
    ],
    "300 operators": [
        remove(when(Array.from({ length: 150 }, () => "n = :v").join(" OR "), { ":v": { N: "1" } })),
    ],
    "301 operators": [
        remove(when(Array.from({ length: 151 }, () => "n = :v").join(" OR "), { ":v": { N: "1" } })),
    ],
    "300 operators in an update, and more": [300, 301].map((length) =>
        update(`SET ${Array.from({ length }, (_, i) => `a${i}=:v+:v`).join(",")}`, {
            ...values({ ":v": { N: "1" } }),
            ReturnValues: "NONE",
        }),
    ),
};
