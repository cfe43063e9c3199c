import assert from "node:assert/strict";
import { Clock } from "../../../embedded-aws/clock.ts";
import { Random } from "../../../embedded-aws/random.ts";
import { UnsupportedError } from "../../../embedded-aws/service.ts";
import {
    checkDefinition,
    parseDefinition,
} from "../../../embedded-aws/services/step-functions/definition.ts";
import { machine } from "../../../conformance/cases/step-functions/machine.ts";

const world = { clock: new Clock(), random: new Random(1), partition: "aws" };
const UPDATE = "arn:aws:states:::dynamodb:updateItem";

function mistakes(definition: object): string[] {
    const { diagnostics } = checkDefinition(JSON.stringify(definition), world);
    return diagnostics.map(({ code, message, location }) => `${code}: ${message} at ${location}`);
}

function one(state: object): object {
    return machine({ S: state });
}

function task(fields: object): object {
    return one({ Type: "Task", Resource: UPDATE, End: true, ...fields });
}

/** The state beside one that ends. */
function branch(state: object): object {
    const choice = { Type: "Choice", Choices: [{ Condition: true, Next: "S" }], Default: "End" };
    return machine({ Choice: choice, S: state, End: { Type: "Succeed" } });
}

const pass = { Type: "Pass", End: true };

describe("A definition is refused", () => {
    const refused: readonly [title: string, definition: object, mistake: string][] = [
        [
            "without StartAt and States",
            { QueryLanguage: "JSONata" },
            "SCHEMA_VALIDATION_FAILED: These fields are required: [StartAt, States] at /",
        ],
        [
            "with a StartAt that is no state",
            machine({ S: pass }, { StartAt: "X" }),
            "MISSING_TRANSITION_TARGET: Missing 'StartAt' target: X at /StartAt",
        ],
        [
            "with a Next that is no state",
            branch({ Type: "Pass", Next: "X" }),
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/S/Next",
        ],
        [
            "with a catcher's Next that is no state",
            task({ Catch: [{ ErrorEquals: ["States.ALL"], Next: "X" }] }),
            "MISSING_TRANSITION_TARGET: Missing 'Catch[0]/Next' target: X at /States/S/Catch[0]/Next",
        ],
        [
            "with a state that nothing leads to",
            machine({ S: pass, Lost: pass }),
            'MISSING_TRANSITION_TARGET: State "Lost" is not reachable. at /States/Lost',
        ],
        [
            "with a field of another type of state",
            one({ ...pass, Catch: [{ ErrorEquals: ["States.ALL"], Next: "S" }] }),
            "SCHEMA_VALIDATION_FAILED: Field 'Catch' is not supported at /States/S",
        ],
        [
            "with a field of JSONPath",
            one({ ...pass, ResultPath: "$.a" }),
            "SCHEMA_VALIDATION_FAILED: Field 'ResultPath' is not supported at /States/S",
        ],
        [
            "with a type that does not exist",
            one({ Type: "Loop", End: true }),
            "SCHEMA_VALIDATION_FAILED: The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/S/Type",
        ],
        [
            "with neither Next nor End",
            branch({ Type: "Pass" }),
            "SCHEMA_VALIDATION_FAILED: A state needs either 'Next' or 'End': true at /States/S",
        ],
        [
            "with an expression that does not parse",
            one({ ...pass, Output: { v: "{% a[1,2) %}" } }),
            'INVALID_JSONATA_EXPRESSION: Expected "]", got "," at /States/S/Output/v',
        ],
        [
            "with a name that refers to nothing",
            one({ ...pass, Output: { v: "{% phone %}" } }),
            "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. at /States/S/Output/v",
        ],
        [
            "with $$",
            one({ ...pass, Output: "{% $$ %}" }),
            "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$$' at the top level is not supported. at /States/S/Output",
        ],
        [
            "with $states.errorOutput outside of a catcher",
            task({ Output: "{% $states.errorOutput %}" }),
            "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$states.errorOutput' is not supported in this field. at /States/S/Output",
        ],
        [
            "with $states.result in a task's Arguments",
            task({ Arguments: { a: "{% $states.result %}" } }),
            "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$states.result' is not supported in this field. at /States/S/Arguments/a",
        ],
        [
            "with a variable called states",
            one({ ...pass, Assign: { states: 1 } }),
            "SCHEMA_VALIDATION_FAILED: 'states' is not a valid variable name at /States/S/Assign",
        ],
        [
            "with States.ALL beside another error",
            task({ Retry: [{ ErrorEquals: ["States.ALL", "E"] }] }),
            "SCHEMA_VALIDATION_FAILED: 'States.ALL' must appear alone and in the last element at /States/S/Retry[0]",
        ],
        [
            "with a misspelt predefined error",
            task({ Retry: [{ ErrorEquals: ["States.Timout"] }] }),
            "SCHEMA_VALIDATION_FAILED: 'States.Timout' is not a predefined error name at /States/S/Retry[0]/ErrorEquals",
        ],
        [
            "with a BackoffRate below 1",
            task({ Retry: [{ ErrorEquals: ["E"], BackoffRate: 0.5 }] }),
            "SCHEMA_VALIDATION_FAILED: BackoffRate must be at least 1.0 at /States/S/Retry[0]",
        ],
        [
            "with a MaxDelaySeconds that is not above IntervalSeconds",
            task({ Retry: [{ ErrorEquals: ["E"], IntervalSeconds: 5, MaxDelaySeconds: 5 }] }),
            "SCHEMA_VALIDATION_FAILED: MaxDelaySeconds must be greater than IntervalSeconds and less than 31622400 at /States/S/Retry[0]",
        ],
        [
            "with a heartbeat that is not shorter than the timeout",
            task({ TimeoutSeconds: 5, HeartbeatSeconds: 5 }),
            "SCHEMA_VALIDATION_FAILED: HeartbeatSeconds must be smaller than TimeoutSeconds at /States/S/HeartbeatSeconds",
        ],
        [
            "with a Wait for nothing",
            one({ Type: "Wait", End: true }),
            "SCHEMA_VALIDATION_FAILED: Exactly one of [Seconds, Timestamp] is required at /States/S",
        ],
        [
            "with a Timestamp that is none",
            one({ Type: "Wait", Timestamp: "2016-13-05T21:29:29Z", End: true }),
            "SCHEMA_VALIDATION_FAILED: String does not match RFC3339 timestamp at /States/S/Timestamp",
        ],
    ];
    for (const [title, definition, mistake] of refused) {
        it(title, () => assert.deepEqual(mistakes(definition), [mistake]));
    }

    it("without a state that ends", () => {
        const definition = machine({ A: { Type: "Pass", Next: "B" }, B: { Type: "Pass", Next: "A" } });
        assert.deepEqual(mistakes(definition), [
            "SCHEMA_VALIDATION_FAILED: The state machine has no terminal state at /States",
        ]);
    });

    it("with all its mistakes at once", () => {
        const definition = machine({ S: { Type: "Pass", Next: "X", Output: "{% 1 + %}" }, Lost: pass });
        assert.equal(mistakes(definition).length, 3);
        assert.throws(() => parseDefinition(JSON.stringify(definition), world), {
            name: "InvalidDefinition",
            message:
                /^Invalid State Machine Definition: 'INVALID_JSONATA_EXPRESSION: .*, MISSING_TRANSITION_TARGET: .*'$/,
        });
    });
});

describe("A definition is unsupported by name", () => {
    const unsupported: readonly [title: string, definition: object, message: RegExp][] = [
        ["in JSONPath", { StartAt: "S", States: { S: pass } }, /QueryLanguage is "JSONPath"/],
        ["with a Map state", one({ Type: "Map", End: true }), /State "S" is a Map state/],
        ["with a Parallel state", one({ Type: "Parallel", End: true }), /State "S" is a Parallel state/],
        [
            "with another service",
            task({ Resource: "arn:aws:states:::ecs:runTask.sync" }),
            /ecs:runTask\.sync/,
        ],
        ["with another operation", task({ Resource: "arn:aws:states:::dynamodb:query" }), /dynamodb:query/],
        [
            "with .sync of an SDK call",
            task({ Resource: "arn:aws:states:::aws-sdk:glue:startJobRun.sync" }),
            /aws-sdk:glue/,
        ],
        ["with another partition", task({ Resource: "arn:aws-cn:states:::sqs:sendMessage" }), /aws-cn/],
        [
            "with a function's ARN",
            task({ Resource: "arn:aws:lambda:eu-west-1:123456789012:function:f" }),
            /function:f/,
        ],
    ];
    for (const [title, definition, message] of unsupported) {
        it(title, () => {
            const check = (): unknown => checkDefinition(JSON.stringify(definition), world);
            assert.throws(check, (error) => error instanceof UnsupportedError && message.test(error.message));
        });
    }
});

describe("An expression is accepted", () => {
    const accepted = [
        "$states.input.a.b[c > 1].d",
        "$map($states.input.a, function($v) { $v.x })",
        "($x := $states.context.Execution.Name; $x & '/')",
        "$states.input.{ 'a': b }",
        "$merge([$a, { 'k': $b }])",
        "$count($states.input.a[$ > 3])",
    ];
    for (const expression of accepted) {
        it(expression, () => assert.deepEqual(mistakes(one({ ...pass, Output: `{% ${expression} %}` })), []));
    }
});
