import assert from "node:assert/strict";
import fc from "fast-check";
import jsonata from "jsonata";
import { Clock } from "../../../embedded-aws/clock.ts";
import { Random } from "../../../embedded-aws/random.ts";
import { compileExpression } from "../../../embedded-aws/services/step-functions/expressions.ts";
import type {
    Evaluated,
    Expression,
    ExpressionHost,
} from "../../../embedded-aws/services/step-functions/expressions.ts";
import { Machines } from "./machines.ts";

function compile(source: string, clock = new Clock(), watchers: ExpressionHost["watchers"] = []): Expression {
    const world = { clock, random: new Random(1), watchers };
    const report = (code: string, message: string): never => assert.fail(`${code}: ${message}`);
    const context = { world, report, path: "/States/S", members: [] };
    return compileExpression(`{% ${source} %}`, "Output", context) as Expression;
}

const sources = [
    "$x",
    "$x.a",
    "$x.a.b",
    "$x.a.b.a",
    "$x.a[0]",
    "$x.a[].b",
    "$states.input.a",
    "$x.`a`.b",
    "$x.a & '/' & $x.b",
    "$exists($x.a.b) ? $x.a.b : 0",
    "[$x.a]",
    "{'k': $x.a, 'l': $states.input}",
];
const compiled = sources.map((source) => [compile(source), jsonata(source)] as const);

/** JSON that often has the members that the expressions ask for. */
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
        { depthSize: "medium", withCrossShrink: true },
        fc.constantFrom<unknown>(null, 0, 1.5, "", "s", true),
        fc.array(tie("json"), { maxLength: 3 }),
        fc.record({ a: tie("json"), b: tie("json") }, { requiredKeys: [] }),
    ),
}));

describe("An expression", () => {
    it("has the value that JSONata gives it, or fails where JSONata yields nothing", async () => {
        await fc.assert(
            fc.asyncProperty(json, json, fc.nat(sources.length - 1), async (x, input, index) => {
                const [expression, reference] = compiled[index] as (typeof compiled)[number];
                const expected: unknown = await reference.evaluate(undefined, { x, states: { input } });
                const evaluate = async (): Promise<unknown> =>
                    expression.evaluate({ variables: { x }, states: { input } });
                if (expected === undefined) await assert.rejects(evaluate, /returned nothing \(undefined\)/);
                else assert.equal(JSON.stringify(await evaluate()), JSON.stringify(expected));
            }),
            { numRuns: 2000 },
        );
    });

    it("takes the present and chance from the world", async () => {
        const scope = { variables: {}, states: {} };
        assert.equal(await compile("$now()").evaluate(scope), "2026-01-01T00:00:00.000Z");
        assert.equal(await compile("$millis()").evaluate(scope), Date.UTC(2026, 0, 1));
        assert.equal(await compile("$now('[Y]-[D]')").evaluate(scope), "2026-1");
        assert.equal(await compile("$random()").evaluate(scope), new Random(1).next());
        assert.equal(await compile("$uuid()").evaluate(scope), new Random(1).uuid());
    });

    it("keeps the worlds of two expressions with one text apart", async () => {
        const scope = { variables: {}, states: {} };
        const first = compile("$now('[Y]')");
        const second = compile("$now('[Y]')", new Clock({ start: 0 }));
        assert.deepEqual(await Promise.all([first.evaluate(scope), second.evaluate(scope)]), [
            "2026",
            "1970",
        ]);
    });

    for (const source of ["$millis()", "$map([1], function($n) { $millis() })[0]"]) {
        it(`sees whole milliseconds, whatever the clock shows: ${source}`, async () => {
            const expression = compile(source, new Clock({ start: Date.UTC(2026, 0, 1) + 0.75 }));
            assert.equal(await expression.evaluate({ variables: {}, states: {} }), Date.UTC(2026, 0, 1));
        });
    }

    it("leaves the values that it was given as they are", async () => {
        const variables = { x: Object.freeze({ a: Object.freeze([1, Object.freeze({ b: 2 })]) }) };
        const value = await compile("$merge([$x, {'c': $x.a[1]}])").evaluate({ variables, states: {} });
        assert.deepEqual(value, { a: [1, { b: 2 }], c: { b: 2 } });
    });
});

describe("Who watches evaluations", () => {
    const scope = { variables: { x: 2, unused: 1 }, states: { input: { a: 3 } } };

    async function watch(source: string): Promise<Evaluated[]> {
        const seen: Evaluated[] = [];
        const evaluation = compile(source, new Clock(), [(evaluated) => seen.push(evaluated)]).evaluate(
            scope,
        );
        await (evaluation as Promise<unknown>).catch(() => undefined);
        return seen;
    }

    it("sees what the expression names, and its value", async () => {
        const [evaluated] = await watch("$x + $states.input.a");
        assert.deepEqual(evaluated?.variables, { x: 2, states: { input: { a: 3 } } });
        assert.equal(evaluated.value, 5);
    });

    it("sees the time and the random numbers of this evaluation", async () => {
        const [evaluated] = await watch("$millis() + $random() + $random()");
        const random = new Random(1);
        assert.equal(evaluated?.now, Date.UTC(2026, 0, 1));
        assert.deepEqual(evaluated.random, [random.next(), random.next()]);
    });

    it("sees why an evaluation failed", async () => {
        const [evaluated] = await watch("$number('many')");
        assert.match(evaluated?.error ?? "", /threw an error during evaluation/);
        assert.equal("value" in (evaluated ?? {}), false);
    });

    it("sees a plain path, which needs no interpreter", async () => {
        const [evaluated] = await watch("$states.input.a");
        assert.equal(evaluated?.value, 3);
    });

    it("sees the expressions of a machine that was there before", async () => {
        const machines = new Machines().create({
            QueryLanguage: "JSONata",
            StartAt: "End",
            States: { End: { Type: "Succeed", Output: "{% $states.input.a %}" } },
        });
        const seen: Evaluated[] = [];
        machines.service.onEvaluation((evaluated) => seen.push(evaluated));
        machines.start("one", { a: 7 });
        await machines.finish();
        assert.deepEqual(
            seen.map(({ source, value }) => [source, value]),
            [["$states.input.a", 7]],
        );
    });
});
