import assert from "node:assert/strict";
import fc from "fast-check";
import jsonata from "jsonata";
import { Clock } from "../../../embedded-aws/clock.ts";
import { Random } from "../../../embedded-aws/random.ts";
import { compileProgram, UNDECIDED } from "../../../embedded-aws/services/step-functions/program.ts";
import type { Ast } from "../../../embedded-aws/services/step-functions/program.ts";
import type { Scope } from "../../../embedded-aws/services/step-functions/scope.ts";

/** What the library makes of an expression: a value, or an error. */
async function byLibrary(source: string, { variables, states }: Scope): Promise<object> {
    const expression = jsonata(source);
    const random = new Random(7);
    expression.registerFunction("millis", () => Math.floor(NOW), "<:n>");
    expression.registerFunction("now", () => new Date(NOW).toISOString(), "<s?s?:s>");
    expression.registerFunction("random", () => random.next(), "<n?:n>");
    try {
        const value: unknown = await expression.evaluate(undefined, { ...variables, states });
        return { json: JSON.stringify(value), next: random.next() };
    } catch {
        return { error: true };
    }
}

/** What its program makes of it; undefined if there is none, or if it leaves the value to the library. */
function byProgram(source: string, { variables, states }: Scope): object | undefined {
    const program = compileProgram(jsonata(source).ast() as Ast);
    const random = new Random(7);
    const value = program?.({ variables, states }, { clock: new Clock({ start: NOW }), random }) ?? undefined;
    if (!program || value === UNDECIDED) {
        assert.equal(random.next(), new Random(7).next(), "chance was not given back");
        return undefined;
    }
    const json = JSON.stringify(
        program({ variables, states }, { clock: new Clock({ start: NOW }), random: new Random(7) }),
    );
    return { json, next: random.next() };
}

const NOW = Date.UTC(2026, 0, 1, 12, 30) + 0.25;

const scalar = fc.oneof(
    fc.constantFrom<unknown>(null, 0, -0, 1, -1.5, 0.1 + 0.2, 1e21, 1e-9, 3, "", "a", "0", true, false),
    fc.constantFrom("abcdef", "a\u{1f600}b", "2026", "2026-01-01T12:30:00Z", "2026-02-31T25:00:00.5Z"),
    fc.integer({ min: -5, max: 5 }),
);
const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        scalar,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.record(
            { a: tie("value"), b: tie("value"), _jsonata_lambda: fc.constant(true) },
            { requiredKeys: [] },
        ),
    ),
}));

const scopes = fc.record({
    variables: fc.record({ x: json, y: json, z: json, string: scalar }, { requiredKeys: ["x", "y"] }),
    states: fc.record({ a: json, b: json }, { requiredKeys: [] }),
});

const { expression } = fc.letrec<{ expression: string }>((tie) => {
    const e = tie("expression");
    const binary = fc.constantFrom(..."+ - * / % = != < <= > >= & in and or".split(" "));
    const call = (...names: string[]): fc.Arbitrary<string> =>
        fc.tuple(fc.constantFrom(...names), e).map(([name, argument]) => `$${name}(${argument})`);
    const list = fc.array(e, { maxLength: 3 }).map((items) => `[${items.join(", ")}]`);
    return {
        expression: fc.oneof(
            { maxDepth: 5, withCrossShrink: true },
            fc.constantFrom(
                "$x",
                "$y",
                "$z",
                "$states.a",
                "$x.a",
                "$x.a.b",
                "$y.b",
                "$x.a[0]",
                "$string",
                "$l",
            ),
            fc.constantFrom(
                "1",
                "-2",
                "0.1",
                "'a'",
                "''",
                "null",
                "true",
                "$millis()",
                "$now()",
                "$random()",
            ),
            fc.tuple(e, binary, e).map(([left, operator, right]) => `(${left} ${operator} ${right})`),
            fc.tuple(e, e, e).map(([condition, yes, no]) => `(${condition} ? ${yes} : ${no})`),
            fc.tuple(e, e).map(([condition, yes]) => `(${condition} ? ${yes})`),
            fc.tuple(e, e).map(([bound, result]) => `($l := ${bound}; ${result})`),
            fc.tuple(e, e).map(([a, b]) => `{'a': ${a}, 'b': ${b}}`),
            list,
            e.map((operand) => `-${operand}`),
            call("exists", "floor", "fromMillis", "max", "merge", "min", "string", "type", "error", "count"),
            fc
                .tuple(fc.constantFrom("max", "min", "merge"), list)
                .map(([name, items]) => `$${name}(${items})`),
            fc.tuple(e, e).map(([base, exponent]) => `$power(${base}, ${exponent})`),
            fc.tuple(e, e).map(([text, start]) => `$substring(${text}, ${start})`),
            e.map((millis) => `$toMillis($fromMillis(${millis}))`),
            call("toMillis"),
        ),
    };
});

describe("The program of an expression", () => {
    it("has the value that JSONata gives it, or leaves it to JSONata", async () => {
        let decided = 0;
        await fc.assert(
            fc.asyncProperty(expression, scopes, async (source, scope) => {
                const outcome = byProgram(source, scope);
                if (!outcome) return;
                decided++;
                assert.deepEqual(outcome, await byLibrary(source, scope));
            }),
            { numRuns: 3000 },
        );
        assert.ok(decided > 300, `only ${decided} of 3000 were decided`);
    });

    const everyday: readonly [string, unknown][] = [
        ["$states.a.b", 2],
        ["$x.list", [1, 2]],
        ["$n > 0 and $n % 4 = 3 ? 'a' & $n : $string(1.5) & null & $x.none", "a3"],
        ["1 + $floor($min([900, 5 * $power(2, $min([$n, 8]))]) * (0.5 + $random() / 2))", 38],
        ["($exists($x.none) ? $x.none : 0) != $n", true],
        ["$merge([$states.a, {'c': $type($n), 'd': $x.none}])", { b: 2, c: "number" }],
        ["($m := 1; $m := $m + 1; {'m': ($m := 5; $m), 'n': $m})", { m: 5, n: 2 }],
        ["$n in [1, 3] or $error('no')", true],
        ["$fromMillis($millis() - 300000)", "2026-01-01T12:25:00.000Z"],
        ["$substring('abcdef', -$n)", "def"],
        ["$substring('a\u{1f600}b', 1)", UNDECIDED],
        ["$substring($x.none, 1)", UNDECIDED],
        ["$toMillis('2026-01-01T12:30:00.25Z')", Date.UTC(2026, 0, 1, 12, 30) + 250],
        ["$toMillis('2026-01-01')", UNDECIDED],
        ["-$n <= 'a' ? 1", UNDECIDED],
        ["$random() < 0 ? 1", undefined],
        ["$random() >= 0 ? $error('after a draw')", UNDECIDED],
    ];
    for (const [source, expected] of everyday) {
        it(`finds the value of ${source}${expected === UNDECIDED ? " too hard" : ""}`, () => {
            const program = compileProgram(jsonata(source).ast() as Ast);
            const world = { clock: new Clock({ start: NOW }), random: new Random(7) };
            const scope = { variables: { n: 3, x: { list: [1, 2] } }, states: { a: { b: 2 } } };
            assert.deepEqual(program?.(scope, world), expected);
        });
    }

    const others = [
        "$",
        "$x[0]",
        "$x.a[]",
        "[$random(), $random()]",
        "{'a': 1, 'a': 2}",
        "{'__proto__': 1}",
        "{$x: 1}",
        "$uuid()",
        "$string($x, true)",
        "function($v) { $v }",
        "($string := 1; $string(2))",
        "$x ~> $string",
        "1 + ($x := 2)[0]",
        "[1..3]",
    ];
    for (const source of others) {
        it(`does not exist for ${source}`, () => {
            assert.equal(compileProgram(jsonata(source).ast() as Ast), undefined);
        });
    }
});
