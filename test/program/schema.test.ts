/** The check of what a program gives to the provider: what it finds, and in which words. */
import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { find } from "../mocks.ts";
import { directory } from "./fixtures.ts";
import { schemaMistakes } from "./schema/check.ts";
import { demandedBy, inputsOf } from "./schema/declarations.ts";
import { declare, declareProgram } from "./schema/declare.ts";
import { meant } from "./schema/spelling.ts";

const QUEUE = "aws:sqs/queue:Queue";
const FUNCTION = "aws:lambda/function:Function";
const ROLE = "aws:iam/role:Role";
const MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping";

function mistakes(type: string, given: Record<string, unknown>): string[] {
    return schemaMistakes({ type, name: "mine", given });
}

describe("The provider's declarations", () => {
    it("name a misspelt input with its resource, its type and what was meant", () => {
        assert.deepEqual(
            schemaMistakes({ type: QUEUE, name: "turnstile-queue", given: { visibilityTimeoutSecond: 5 } }),
            [
                "turnstile-queue (aws:sqs/queue:Queue): visibilityTimeoutSecond is not an input; did you mean visibilityTimeoutSeconds?",
            ],
        );
    });

    it("guess nothing where no input has a name like it", () => {
        assert.deepEqual(mistakes(QUEUE, { weather: "nice" }), [
            "mine (aws:sqs/queue:Queue): weather is not an input",
        ]);
    });

    it("name a misspelt input within an object", () => {
        const role = "arn:aws:iam::123456789012:role/r";
        assert.deepEqual(mistakes(FUNCTION, { role, environment: { variable: {} } }), [
            `mine (${FUNCTION}): environment.variable is not an input; did you mean variables?`,
        ]);
    });

    it("name a misspelt input within a list", () => {
        const filters = [{ pattern: "{}" }, { patern: "{}" }];
        assert.deepEqual(mistakes(MAPPING, { functionName: "f", filterCriteria: { filters } }), [
            `mine (${MAPPING}): filterCriteria.filters[1].patern is not an input; did you mean pattern?`,
        ]);
    });

    it("name a misspelt input without a value", () => {
        assert.deepEqual(mistakes(QUEUE, { delaySecond: undefined }), [
            `mine (${QUEUE}): delaySecond is not an input; did you mean delaySeconds?`,
        ]);
    });

    const wrong: readonly (readonly [type: string, given: Record<string, unknown>, says: string])[] = [
        [QUEUE, { delaySeconds: "5" }, 'delaySeconds is "5"; expected a number'],
        [QUEUE, { delaySeconds: NaN }, "delaySeconds is null; expected a number"],
        [QUEUE, { fifoQueue: "true" }, 'fifoQueue is "true"; expected a boolean'],
        [QUEUE, { name: 5 }, "name is 5; expected a text"],
        [QUEUE, { name: ["a"] }, 'name is ["a"]; expected a text'],
        [QUEUE, { tags: { team: 5 } }, "tags.team is 5; expected a text"],
        [QUEUE, { tags: ["team"] }, 'tags is ["team"]; expected a map, each value a text'],
        [MAPPING, { functionName: "f", topics: "a" }, 'topics is "a"; expected a list, each item a text'],
        [
            MAPPING,
            { functionName: "f", scalingConfig: 5 },
            "scalingConfig is 5; expected an object with maximumConcurrency",
        ],
        [FUNCTION, { role: "r", code: "index.mjs" }, 'code is "index.mjs"; expected an archive'],
        [
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            { alarmActions: [5] },
            "alarmActions[0] is 5; expected a text or a resource",
        ],
    ];

    for (const [type, given, says] of wrong) {
        it(`say which type was expected and what came: ${says}`, () => {
            assert.deepEqual(mistakes(type, given), [`mine (${type}): ${says}`]);
        });
    }

    it("say which input is missing", () => {
        assert.deepEqual(mistakes(FUNCTION, {}), [`mine (${FUNCTION}): role is missing; expected a text`]);
    });

    it("say which input is missing within an object", () => {
        const table = { attributes: [{ name: "poolName" }] };
        assert.deepEqual(mistakes("aws:dynamodb/table:Table", table), [
            "mine (aws:dynamodb/table:Table): attributes[0].type is missing; expected a text",
        ]);
    });

    it("say that an input is missing where it is null", () => {
        assert.deepEqual(mistakes(FUNCTION, { role: null }), [
            `mine (${FUNCTION}): role is missing; expected a text`,
        ]);
    });

    it("find a value that is none of a choice", () => {
        const [unknown = "", ...others] = mistakes(FUNCTION, { role: "r", runtime: "nodejs24x" });
        assert.match(unknown, /runtime is "nodejs24x"; expected one of .*; did you mean nodejs24\.x\?$/);
        assert.deepEqual(others, []);
    });

    it("find a value that is deprecated", () => {
        assert.match(
            mistakes(FUNCTION, { role: "r", runtime: "nodejs12.x" }).join(),
            /"nodejs12.x", which is deprecated: /,
        );
    });

    it("find an input that is deprecated, and say why", () => {
        const bucket = "aws:s3/bucket:Bucket";
        assert.deepEqual(mistakes(bucket, { acl: "private" }), [
            `mine (${bucket}): acl is deprecated: acl is deprecated. Use the aws.s3.BucketAcl resource instead.`,
        ]);
    });

    it("find a type that is deprecated, and say why", () => {
        assert.match(mistakes("aws:s3/bucketV2:BucketV2", {}).join(), /: the type is deprecated: \w/);
    });

    const policy = {
        Version: "2012-10-17",
        Statement: [{ Effect: "Alow", Actions: "sqs:*", Principal: "*" }],
    };
    for (const [form, assumeRolePolicy] of [
        ["an object", policy],
        ["text", JSON.stringify(policy)],
    ] as const) {
        it(`hold a policy that comes as ${form} against the elements that there are`, () => {
            const expected = [
                "Actions is not an input; did you mean Action?",
                'Effect is "Alow"; expected one of Allow, Deny; did you mean Allow?',
            ];
            assert.deepEqual(
                mistakes(ROLE, { assumeRolePolicy }),
                expected.map((mistake) => `mine (${ROLE}): assumeRolePolicy.Statement[0].${mistake}`),
            );
        });
    }

    it("hold for functions as well", () => {
        const type = "aws:iam/getPolicyDocument:getPolicyDocument";
        const [deprecated, misspelt] = mistakes(type, {
            sourceJson: "{}",
            statements: [{ action: ["sqs:*"] }],
        });
        assert.match(String(deprecated), /: sourceJson is deprecated: \w/);
        assert.equal(misspelt, `mine (${type}): statements[0].action is not an input; did you mean actions?`);
        assert.deepEqual(mistakes("aws:index/getCallerIdentity:getCallerIdentity", {}), []);
    });

    it("require what the constructors themselves demand, in every type that the program has", async () => {
        const { resources } = await declareProgram(directory);
        const types = new Set(resources.map(({ type }) => type));
        assert.ok(types.size > 20);
        for (const type of types) {
            const required = [...inputsOf(type)]
                .filter(([, { isRequired }]) => isRequired)
                .map(([name]) => name);
            assert.deepEqual(required.sort(), demandedBy(type).sort(), type);
        }
    });

    it("are missing for a type of a module that there is not", () => {
        assert.throws(() => inputsOf("aws:sqs/nothing:Nothing"), /ENOENT/);
    });

    it("are missing for a type that its module does not declare", () => {
        assert.throws(() => inputsOf("aws:sqs/queue:Nothing"), /queue\.d\.ts does not declare NothingArgs/);
    });

    it("are missing for a type of another package", () => {
        assert.throws(() => inputsOf("turnstile:index:WorkQueue"), /is nothing of @pulumi\/aws/);
    });
});

describe("A misspelt input in a component", () => {
    /** As a component may write it: the compiler does not look for unknown names in what is spread in. */
    class Misspelt extends pulumi.ComponentResource {
        constructor(name: string, inputs: object) {
            super("test:index:Misspelt", name);
            new aws.sqs.Queue(`${name}-queue`, { ...{ fifoQueue: true }, ...inputs }, { parent: this });
        }
    }

    it("is found although the provider's constructor drops it without a word", async () => {
        const { given, resources } = await declare(() => new Misspelt("mine", { delaySecond: 5 }));
        assert.deepEqual(find(resources, "mine-queue", ":Queue").inputs, { fifoQueue: true });
        assert.deepEqual(given.flatMap(schemaMistakes), [
            "mine-queue (aws:sqs/queue:Queue): delaySecond is not an input; did you mean delaySeconds?",
        ]);
    });

    it("is found among values that are known later", async () => {
        const redrivePolicy = pulumi.output(Promise.resolve({ deadLetterTargetArn: "arn" }));
        const { given } = await declare(
            () => new Misspelt("mine", { redrivePolicy, tags: { a: pulumi.output(1) } }),
        );
        assert.deepEqual(given.flatMap(schemaMistakes), [
            'mine-queue (aws:sqs/queue:Queue): redrivePolicy is {"deadLetterTargetArn":"arn"}; expected a text',
            "mine-queue (aws:sqs/queue:Queue): tags.a is 1; expected a text",
        ]);
    });

    it("is found in the arguments of a function of the provider's", async () => {
        const statements = [{ actions: ["sqs:*"], resources: ["*"] }];
        const args = { ...{ statements }, versions: "2012-10-17" };
        const { given } = await declare(() => void aws.iam.getPolicyDocumentOutput(args));
        assert.ok(
            given
                .flatMap(schemaMistakes)
                .includes(
                    "getPolicyDocument (aws:iam/getPolicyDocument:getPolicyDocument): versions is not an input; did you mean version?",
                ),
        );
    });

    it("is looked for only while a program is recorded: the classes are the provider's own again afterwards", async () => {
        const before = aws.sqs.Queue;
        await declare(() => {
            assert.notEqual(aws.sqs.Queue, before);
            assert.ok(before.isInstance(new aws.sqs.Queue("mine")));
        });
        assert.equal(aws.sqs.Queue, before);
    });
});

describe("What somebody meant", () => {
    const near: readonly (readonly [written: string, names: string[], meant: string | undefined])[] = [
        ["tag", ["tags", "topics"], "tags"],
        ["visibilityTimeout", ["visibilityTimeoutSeconds", "delaySeconds"], "visibilityTimeoutSeconds"],
        ["FIFOQueue", ["fifoQueue"], "fifoQueue"],
        ["weather", ["tags", "fifoQueue"], undefined],
        ["x", [], undefined],
    ];
    for (const [written, names, expected] of near) {
        it(`by ${written} is ${expected ?? "unknown"}, among ${names.join(" and ") || "no names"}`, () => {
            assert.equal(meant(written, names), expected);
        });
    }
});
