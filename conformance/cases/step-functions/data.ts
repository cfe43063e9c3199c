/** JSONata's values, with the functions that Step Functions adds, and the limits of their size. */
import { machine } from "./machine.ts";
import { ERRORS, JSONATA, output, QUOTAS, RECORDED, task, TRANSFORM } from "./form.ts";
import type { Case } from "./form.ts";

/** An expression and its value. */
type Value = readonly [title: string, source: string, expression: unknown, value: unknown, input?: unknown];

const VALUES: readonly Value[] = [
    ["an expression needs no spaces in its brackets", TRANSFORM, "{%1+1%}", 2],
    [
        "text before or after the brackets makes a constant",
        TRANSFORM,
        [" {% 1 %}", "{% 1 %} and more", "{{ 1 }}"],
        [" {% 1 %}", "{% 1 %} and more", "{{ 1 }}"],
    ],
    ["an input may be a list", TRANSFORM, "{% $states.input[1] %}", 2, [1, 2]],
    ["an input may be null", TRANSFORM, "{% $states.input = null %}", true, null],
    ["an input may be text", TRANSFORM, "{% $states.input & '!' %}", "yes!", "yes"],
    ["empty lists and objects stay", TRANSFORM, { a: "{% [] %}", b: "{% {} %}" }, { a: [], b: {} }],
    ["lists in lists stay", JSONATA, "{% [[1], [[2]]] %}", [[1], [[2]]]],
    [
        "what is undefined is left out of JSONata's objects and lists",
        JSONATA,
        '{% { "a": $states.input.missing, "l": [1, $states.input.missing] } %}',
        { l: [1] },
    ],
    [
        "a question mark in text or before a condition's parts is no newer operator",
        JSONATA,
        ["{% 'a ?? b ?: c' %}", "{% true?(false?1:2):3 %}", "{% $map([1], $power(?, 2)) %}"],
        ["a ?? b ?: c", 2, 1],
    ],
    ["a block has its last value", JSONATA, "{% ($x := 1; $y := $x + 1; $x + $y) %}", 3],
    [
        "a map or filter with one result yields it without a list",
        JSONATA,
        [
            "{% $map([1], function($x) { $x + 1 }) %}",
            "{% $filter([1, 2], function($x) { $x > 1 }) %}",
            "{% [$filter([1, 2], function($x) { $x > 1 })] %}",
        ],
        [2, 2, [2]],
    ],
    [
        "text is compared and joined as JSONata has it",
        JSONATA,
        ["{% 1 & 'a' & true & null %}", "{% 'a' < 'b' %}", "{% 'x' in ['x', 'y'] %}"],
        ["1atruenull", true, true],
    ],
    [
        "text is counted in code points",
        JSONATA,
        ["{% $length('Grüße 😀') %}", "{% $substring('a😀b', 1, 1) %}"],
        [7, "😀"],
    ],
    [
        "numbers are doubles",
        JSONATA,
        ["{% 0.1 + 0.2 %}", "{% 7 / 2 %}", "{% -7 % 3 %}", "{% $round(2.5) %}"],
        [0.30000000000000004, 3.5, -1, 2],
    ],
    [
        "patterns match, split and replace",
        JSONATA,
        [
            "{% $match('ab12', /[0-9]+/).match %}",
            "{% $split('a, b', /,\\s*/) %}",
            "{% $replace('a-b-c', '-', '+') %}",
            "{% $contains('abc', /B/i) %}",
        ],
        ["12", ["a", "b"], "a+b+c", true],
    ],
    [
        "times are milliseconds or ISO 8601",
        JSONATA,
        ["{% $fromMillis(0) %}", "{% $toMillis('1970-01-01T00:00:01Z') %}"],
        ["1970-01-01T00:00:00.000Z", 1000],
    ],
    [
        "objects are sorted, merged, spread and looked up",
        JSONATA,
        [
            "{% $sort([3, 1, 2]) %}",
            '{% $merge([{ "a": 1 }, { "b": 2 }]) %}',
            '{% $lookup({ "a": 1 }, "a") %}',
            "{% $sum($states.input.n) %}",
        ],
        [[1, 2, 3], { a: 1, b: 2 }, 1, 6],
        { n: [1, 2, 3] },
    ],
    [
        "an object of JSONata groups by its keys",
        JSONATA,
        "{% $states.input.rows{ k: $sum(v) } %}",
        { a: 3, b: 3 },
        {
            rows: [
                { k: "a", v: 1 },
                { k: "a", v: 2 },
                { k: "b", v: 3 },
            ],
        },
    ],
    [
        "$partition makes lists of at most the size, the last one shorter",
        TRANSFORM,
        ["{% $partition([1, 2, 3], 3) %}", "{% $partition([1], 5) %}"],
        [[[1, 2, 3]], [[1]]],
    ],
    [
        "$range includes its end when a step lands on it",
        TRANSFORM,
        ["{% $range(1, 10, 4) %}", "{% $range(1, 9, 4) %}"],
        [
            [1, 5, 9],
            [1, 5, 9],
        ],
    ],
    ["$range yields at most 1,000 numbers", TRANSFORM, "{% $count($range(1, 1000, 1)) %}", 1000],
    [
        "$hash knows MD5 and the SHA family",
        TRANSFORM,
        [
            "{% $hash('', 'MD5') %}",
            "{% $hash('', 'SHA-256') %}",
            "{% $length($hash('', 'SHA-384')) %}",
            "{% $length($hash('', 'SHA-512')) %}",
        ],
        [
            "d41d8cd98f00b204e9800998ecf8427e",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            96,
            128,
        ],
    ],
    [
        "$uuid is a version 4 UUID, each time another one",
        TRANSFORM,
        [
            "{% $contains($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/) %}",
            "{% $uuid() = $uuid() %}",
        ],
        [true, false],
    ],
    [
        "$random lies between 0 and 1; a seed gives the same number each time",
        TRANSFORM,
        ["{% ($r := $random(); 0 <= $r and $r < 1) %}", "{% $random(7) = $random(7) %}"],
        [true, true],
    ],
    [
        "$parse reads JSON",
        TRANSFORM,
        ['{% $parse(\'{"a": [1, {"b": null}]}\') %}', "{% $parse('\"text\"') %}", "{% $parse('12') %}"],
        [{ a: [1, { b: null }] }, "text", 12],
    ],
    [
        "$string writes JSON, indented on request",
        JSONATA,
        ['{% $string({ "a": [1, "b"] }) %}', '{% $string({ "a": 1 }, true) %}'],
        ['{"a":[1,"b"]}', '{\n  "a": 1\n}'],
    ],
];

/** Expressions that fail. */
const FAILURES: readonly (readonly [title: string, source: string, expression: string])[] = [
    ["$range refuses more than 1,000 numbers", TRANSFORM, "{% $range(1, 1001, 1) %}"],
    ["$range refuses a step of 0", TRANSFORM, "{% $range(1, 2, 0) %}"],
    ["$partition refuses a size of 0", TRANSFORM, "{% $partition([1], 0) %}"],
    ["$hash refuses an algorithm that it does not know", TRANSFORM, "{% $hash('a', 'CRC32') %}"],
    ["$hash needs both parameters", TRANSFORM, "{% $hash('a') %}"],
    ["$parse refuses what is not JSON", TRANSFORM, "{% $parse('{a}') %}"],
    ["$error fails the state", JSONATA, "{% $error('no') %}"],
    ["$assert fails the state when it does not hold", JSONATA, "{% $assert(false, 'no') %}"],
    ["text and numbers are not compared", JSONATA, "{% 1 < 'a' %}"],
    ["arithmetic needs numbers", JSONATA, "{% 'a' + 1 %}"],
    ["a function refuses parameters of another type", JSONATA, "{% $uppercase(1) %}"],
    ["a variable that nobody assigned is undefined", RECORDED, "{% $nobody %}"],
];

export const data: readonly Case[] = [
    ...VALUES.map(([title, source, expression, value, input]): Case => {
        const given = input === undefined ? {} : { input };
        return {
            title,
            source,
            definition: output({ v: expression }),
            ...given,
            status: "SUCCEEDED",
            output: { v: value },
        };
    }),
    ...FAILURES.map(([title, source, expression]): Case => ({
        title,
        source,
        definition: output({ v: expression }),
        status: "FAILED",
        error: "States.QueryEvaluationError",
        history: ["ExecutionStarted", "PassStateEntered", "EvaluationFailed", "ExecutionFailed"],
    })),
    {
        title: "an output of exactly 256 KiB is passed on",
        source: QUOTAS,
        definition: machine({
            P: { Type: "Pass", Output: "{% $pad('', 262142, 'y') %}", Next: "Q" },
            Q: { Type: "Pass", Output: "{% $length($states.input) %}", End: true },
        }),
        status: "SUCCEEDED",
        output: 262_142,
    },
    {
        title: "an output of one byte more is not",
        source: QUOTAS,
        definition: output("{% $pad('', 262143, 'y') %}"),
        status: "FAILED",
        error: "States.DataLimitExceeded",
    },
    {
        title: "size is counted in bytes of UTF-8",
        source: QUOTAS,
        definition: output("{% $pad('', 131072, 'ü') %}"),
        status: "FAILED",
        error: "States.DataLimitExceeded",
    },
    {
        title: "variables of more than 256 KiB in one Assign are States.DataLimitExceeded",
        source: QUOTAS,
        definition: machine({
            P: {
                Type: "Pass",
                Assign: { a: "{% $pad('', 140000, 'y') %}", b: "{% $pad('', 140000, 'y') %}" },
                Output: 1,
                End: true,
            },
        }),
        status: "FAILED",
        error: "States.DataLimitExceeded",
    },
    {
        title: "arguments of more than 256 KiB are States.DataLimitExceeded, without a call",
        source: ERRORS,
        definition: task(
            {
                Arguments: { a: "{% $pad('', 262144, 'y') %}" },
                Catch: [{ ErrorEquals: ["States.ALL"], Next: "C" }],
            },
            { C: { Type: "Pass", End: true } },
        ),
        services: { "dynamodb:UpdateItem": [{}] },
        status: "FAILED",
        error: "States.DataLimitExceeded",
        calls: { "dynamodb:UpdateItem": 0 },
    },
];
