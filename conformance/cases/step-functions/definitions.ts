/** Definitions that CreateStateMachine refuses. */
import { machine } from "./machine.ts";
import { ERRORS, output, SPEC, task, TRANSFORM, VARIABLES } from "./form.ts";
import type { Case } from "./form.ts";

function retried(retrier: object): object {
    return task({ Retry: [{ ErrorEquals: ["States.ALL"], ...retrier }] });
}

const END = { C: { Type: "Pass", End: true } };

const REFUSED: readonly (readonly [title: string, source: string, definition: object])[] = [
    ["an expression that does not parse", TRANSFORM, output("{% 1 + %}")],
    ["the operator ??, which JSONata 2.0.6 does not have", TRANSFORM, output("{% $states.input.a ?? 1 %}")],
    [
        "the operator ?:, which JSONata 2.0.6 does not have",
        TRANSFORM,
        output({ a: "{% [1, $sum($map([1], function($x) { $x ?: 2 }))] %}" }),
    ],
    ["a StartAt that is no state", SPEC, machine({ A: { Type: "Pass", End: true } }, { StartAt: "B" })],
    ["a Next that is no state", SPEC, machine({ A: { Type: "Pass", Next: "B" } })],
    ["a state with neither Next nor End", SPEC, machine({ A: { Type: "Pass" } })],
    ["a type of state that does not exist", SPEC, machine({ A: { Type: "Loop", End: true } })],
    ["a Choice without rules", SPEC, machine({ A: { Type: "Choice", Choices: [], Default: "C" }, ...END })],
    ["a Wait without a time", SPEC, machine({ A: { Type: "Wait", End: true } })],
    [
        "a Wait with two times",
        SPEC,
        machine({ A: { Type: "Wait", Seconds: 1, Timestamp: "2016-03-14T01:59:00Z", End: true } }),
    ],
    [
        "a field of JSONPath in JSONata",
        TRANSFORM,
        machine({ A: { Type: "Pass", ResultPath: "$.a", End: true } }),
    ],
    [
        "a variable named states",
        VARIABLES,
        machine({ A: { Type: "Pass", Assign: { states: 1 }, End: true } }),
    ],
    ["a negative MaxAttempts", ERRORS, retried({ MaxAttempts: -1 })],
    ["a BackoffRate below 1", ERRORS, retried({ BackoffRate: 0.5 })],
    ["an IntervalSeconds of 0", ERRORS, retried({ IntervalSeconds: 0 })],
    [
        "a MaxDelaySeconds that is not above IntervalSeconds",
        ERRORS,
        retried({ IntervalSeconds: 5, MaxDelaySeconds: 5 }),
    ],
    ["a JitterStrategy that does not exist", ERRORS, retried({ JitterStrategy: "HALF" })],
    ["States.ALL beside another name", ERRORS, task({ Retry: [{ ErrorEquals: ["States.ALL", "Boom"] }] })],
    [
        "States.ALL above another catcher",
        ERRORS,
        task(
            {
                Catch: [
                    { ErrorEquals: ["States.ALL"], Next: "C" },
                    { ErrorEquals: ["Boom"], Next: "C" },
                ],
            },
            END,
        ),
    ],
    ["no names in a retrier", SPEC, task({ Retry: [{ ErrorEquals: [] }] })],
    ["a heartbeat that is not below the timeout", SPEC, task({ TimeoutSeconds: 5, HeartbeatSeconds: 5 })],
    [
        "a Catch in a Pass",
        SPEC,
        machine({ A: { Type: "Pass", Catch: [{ ErrorEquals: ["States.ALL"], Next: "A" }], End: true } }),
    ],
];

export const definitions: readonly Case[] = REFUSED.map(([title, source, definition]) => ({
    title: `a definition is refused for ${title}`,
    source,
    definition,
    refused: "InvalidDefinition",
}));
