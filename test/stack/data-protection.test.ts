/**
 * Data at rest, on its way and in logs, in every program that is recorded here: what can be encrypted is, with the key that
 * was given; what comes without TLS is refused; logs are kept as long as configured and repeat nothing of a message.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { LambdaService } from "../../embedded-aws/index.ts";
import type { Key, RecordedProgram, Resource } from "../../embedded-aws/index.ts";
import { documentedKeyPolicy } from "../key-policy.ts";
import type { KeyStatement } from "../key-policy.ts";
import { inputsOf } from "../program/schema/declarations.ts";
import { firstBroken } from "./scenes.ts";
import {
    CONFIG,
    DAY,
    FIXTURES,
    HOUR,
    messageOfRun,
    MINUTE,
    recorded,
    ROOT,
    SECOND,
    TestStack,
} from "./test-stack.ts";

/** Every program there is: as it is, with the user's keys, and with several pools. */
const programs = {
    "the program": () => recorded(CONFIG),
    "the program with the user's own keys": () => recorded({}, FIXTURES.twoKeys),
    "a program with two pools": () => recorded({}, FIXTURES.twoPools),
};

/** Types with an input for a key that have nothing to encrypt, and why. */
const NO_DATA: Readonly<Record<string, string>> = {
    "aws:lambda/eventSourceMapping:EventSourceMapping": "the key is for the filters, which are the program's",
    "aws:glue/job:Job": "the security configuration is for what the user's job writes",
};

describe("What can be encrypted at rest", () => {
    let resources: readonly Resource[];
    let documented: readonly string[];

    before(async function () {
        this.timeout(120_000);
        ({ resources } = await recorded({}, FIXTURES.twoKeys));
        const page = readFileSync(path.join(ROOT, "docs/security.md"), "utf8");
        const [, section = ""] = /\n## Encryption at rest\n(.*?)\n## /s.exec(page) ?? [];
        documented = [...section.matchAll(/^\| `(aws:[\w/]+:\w+)`/gm)].map(([, type = ""]) => type);
    });

    it("is in docs/security.md: each type with an input for a key", () => {
        const types = new Set(resources.map(({ type }) => type).filter((type) => /^aws:(?!kms)/.test(type)));
        const canHaveKey = [...types].filter((type) =>
            [...inputsOf(type).keys()].some((input) => /kms|encryption|securityConfiguration/i.test(input)),
        );
        const script = "aws:s3/bucketObjectv2:BucketObjectv2";
        assert.deepEqual([...documented, ...Object.keys(NO_DATA), script].sort(), canHaveKey.sort());
    });

    it("has the key that was given", () => {
        const keys = resources
            .filter(({ type }) => type === "aws:kms/key:Key")
            .map(({ outputs }) => outputs["arn"]);
        assert.equal(keys.length, 2);
        for (const resource of resources.filter(({ type }) => documented.includes(type))) {
            const { name, inputs } = encryptionOf(resource, resources);
            assert.ok(
                keys.some((arn) => JSON.stringify(inputs).includes(`"${String(arn)}"`)),
                `${name} has no key`,
            );
        }
    });

    it("is encrypted with an AWS key where a service would not do that by itself, when no key is given", async () => {
        for (const record of [programs["the program"], programs["a program with two pools"]]) {
            for (const { type, name, inputs } of (await record()).resources) {
                if (type === "aws:sqs/queue:Queue") assert.equal(inputs["sqsManagedSseEnabled"], true, name);
                // CloudWatch cannot use the key that AWS manages (docs/security.md).
                if (type !== "aws:sns/topic:Topic" || name.endsWith("-alarms")) continue;
                assert.equal(inputs["kmsMasterKeyId"], "alias/aws/sns", name);
            }
        }
    });
});

describe("The key policy in docs/security.md", () => {
    const location = { partition: "aws", region: "us-east-1", account: "123456789012" };
    const documented = documentedKeyPolicy(location);
    let program: RecordedProgram;
    let key: Resource;

    before(async function () {
        this.timeout(120_000);
        program = await recorded({}, FIXTURES.twoKeys);
        const found = program.resources.find(({ name }) => name === "key");
        assert.ok(found);
        key = found;
    });

    it("is the one that the program is tested with", () => {
        assert.deepEqual(JSON.parse(String(key.inputs["policy"])), documented);
    });

    it("has five statements", () => {
        assert.equal(documented.Statement.length, 5);
    });

    for (const { what, Statement } of smaller(documented.Statement)) {
        it(`breaks a promise without ${what}`, async () => {
            const policy = JSON.stringify({ ...documented, Statement });
            const changed = { ...key, inputs: { ...key.inputs, policy } };
            const resources = program.resources.map((each) => (each === key ? changed : each));
            assert.notEqual(await firstBroken({ ...program, resources }), undefined);
        });
    }
});

describe("A key that is disabled for an hour", () => {
    let stack: TestStack;
    let ids: string[];

    before(async function () {
        this.timeout(120_000);
        stack = await TestStack.open({
            programs: [await recorded({}, FIXTURES.twoKeys)],
            job: () => ({ millis: 20 * MINUTE }),
        });
        await stack.pass(2 * MINUTE);
        ids = stack.sendMany(5);
        await stack.pass(5 * MINUTE);
        keyOf(stack).enabled = false;
        await stack.pass(HOUR);
    });

    after(() => stack.close());

    it("ends executions, which can go on no more", () => {
        assert.ok(stack.ended.some(({ error }) => error === "States.Runtime"));
    });

    describe("and is enabled again", () => {
        before(async () => {
            keyOf(stack).enabled = true;
            await stack.pass(3 * HOUR);
        });

        it("loses no message: each has been done or is in the dead-letter queue", () => {
            // What has run is done, even if its execution could not say that any more.
            const done = stack.runs.filter(({ state }) => state === "SUCCEEDED").map(messageOfRun);
            const dead = stack
                .deadLetters()
                .map(({ MessageAttributes }) => MessageAttributes["messageId"]?.StringValue);
            assert.deepEqual([...done, ...dead].sort(), ids.sort());
        });

        it("leaves no slot taken", () => {
            assert.deepEqual(stack.gate()?.holders, {});
        });
    });
});

describe("Transport", () => {
    for (const [name, record] of Object.entries(programs)) {
        it(`is refused without TLS by every queue, topic and bucket of ${name}`, async () => {
            const { resources } = await record();
            const refusing = new Set(resources.flatMap((resource) => refusedIn(resource)));
            const asked = resources.filter(({ type }) => /:(Queue|Topic|Bucket)$/.test(type));
            assert.ok(asked.length >= 6);
            for (const { name: resource, outputs } of asked)
                assert.ok(refusing.has(String(outputs["arn"])), `${resource} lets plain HTTP in`);
        });
    }
});

describe("Logs", () => {
    for (const [name, record] of Object.entries(programs)) {
        it(`expire, in ${name}`, async () => {
            const { resources } = await record();
            const groups = resources.filter(({ type }) => type === "aws:cloudwatch/logGroup:LogGroup");
            assert.ok(groups.length >= 4);
            for (const group of groups) assert.equal(group.inputs["retentionInDays"], 30, group.name);
        });

        it(`hold no data of executions, in ${name}`, async () => {
            const { resources } = await record();
            const machines = resources.filter(({ type }) => type === "aws:sfn/stateMachine:StateMachine");
            assert.ok(machines.length > 0);
            for (const { inputs } of machines) {
                const { level, includeExecutionData } = inputs["loggingConfiguration"] as Record<
                    string,
                    unknown
                >;
                assert.deepEqual(
                    { level, includeExecutionData },
                    { level: "ERROR", includeExecutionData: false },
                );
            }
        });
    }
});

describe("A message that is done, fails, is refused, aborted, or lost and found", () => {
    /** Short, so that no error message about a body cuts it. */
    const MARKER = "zq4111zq";
    const lines: string[] = [];
    const items: string[] = [];
    let stack: TestStack;

    before(async function () {
        this.timeout(120_000);
        stack = await TestStack.open({
            programs: [await recorded(CONFIG)],
            job: ({ arguments: args }) => ({
                millis: args["--kind"] === "long" ? 60 * MINUTE : MINUTE,
                ...(args["--kind"] === "bad" && { end: { state: "FAILED", errorMessage: "no such day" } }),
            }),
        });
        stack.world.service(LambdaService).onLog(({ line }) => lines.push(line));
        stack.world.intercept((call, next) => {
            if (call.service === "dynamodb") items.push(JSON.stringify(call.input));
            return next();
        });
        await stack.pass(90 * SECOND);
        await sendEverywhere(stack, MARKER);
    });

    after(() => stack.close());

    it("is in its run's arguments, and in its dead letter", () => {
        assert.ok(stack.runs.some(({ arguments: args }) => args["--card"] === MARKER));
        assert.equal(stack.deadLetters().length, 6);
    });

    it("is in no log line", () => {
        assert.ok(lines.length > 20);
        assert.deepEqual(
            lines.filter((line) => line.includes(MARKER)),
            [],
        );
    });

    it("is in no item of the table", () => {
        assert.ok(items.length > 20);
        assert.deepEqual(
            items.filter((item) => item.includes(MARKER)),
            [],
        );
    });
});

describe("The state of a deployment", () => {
    it("can hold no secret, because no configuration is one", () => {
        const project = parse(readFileSync(path.join(ROOT, "Pulumi.yaml"), "utf8")) as {
            config: Record<string, { secret?: boolean }>;
        };
        assert.ok(Object.keys(project.config).length > 15);
        const secrets = Object.entries(project.config).filter(
            ([name, { secret }]) => secret === true || /secret|password|token|credential/i.test(name),
        );
        assert.deepEqual(secrets, []);
    });

    it("has nothing but names and addresses in the functions' environments", async () => {
        const { resources } = await recorded(CONFIG);
        const known = new Set(
            resources.flatMap(({ outputs }) => [outputs["name"], outputs["url"], outputs["arn"]]),
        );
        const functions = resources.filter(({ type }) => type === "aws:lambda/function:Function");
        assert.equal(functions.length, 3);
        for (const { name, inputs } of functions) {
            const { variables } = inputs["environment"] as { variables: Record<string, string> };
            for (const [variable, value] of Object.entries(variables)) {
                const isPools = /^POOLS?$/.test(variable);
                assert.ok(isPools || known.has(value), `${name}: ${variable} is ${value}`);
            }
        }
    });
});

function keyOf(stack: TestStack): Key {
    const key = stack.programs[0]?.resources.find(({ name }) => name === "key");
    return stack.world.find(String(key?.outputs["arn"])) as Key;
}

/** The statements without each of them, and without each of several values of a condition. */
function* smaller(
    statements: readonly KeyStatement[],
): Generator<{ what: string; Statement: readonly KeyStatement[] }> {
    for (const [index, statement] of statements.entries()) {
        yield { what: statement.Sid, Statement: statements.toSpliced(index, 1) };
        for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
            for (const [key, value] of Object.entries(keys)) {
                const values = [value].flat();
                for (const one of values.length > 1 ? values : []) {
                    const Condition = { [operator]: { [key]: values.filter((each) => each !== one) } };
                    yield {
                        what: `${statement.Sid}: ${one}`,
                        Statement: statements.with(index, { ...statement, Condition }),
                    };
                }
            }
        }
    }
}

/** The resource that configures another's encryption: itself, or for a bucket its configuration. */
function encryptionOf(resource: Resource, resources: readonly Resource[]): Resource {
    if (resource.type !== "aws:s3/bucket:Bucket") return resource;
    const configuration = resources.find(
        ({ type, inputs }) =>
            type ===
                "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration" &&
            inputs["bucket"] === resource.outputs["bucket"],
    );
    assert.ok(configuration, `${resource.name} has no encryption`);
    return configuration;
}

/** ARNs of what a resource policy refuses to everybody who comes without TLS. */
function refusedIn({ type, inputs }: Resource): string[] {
    if (!/:(QueuePolicy|TopicPolicy|BucketPolicy)$/.test(type)) return [];
    const { Statement } = JSON.parse(String(inputs["policy"])) as {
        Statement: { Effect: string; Principal: unknown; Resource: string | string[]; Condition?: object }[];
    };
    return Statement.filter(
        ({ Effect, Principal, Condition }) =>
            Effect === "Deny" &&
            Principal === "*" &&
            JSON.stringify(Condition) === '{"Bool":{"aws:SecureTransport":"false"}}',
    ).flatMap(({ Resource }) => Resource);
}

/** Sends the marker along every way that a message can take, and waits until all have come to their end. */
async function sendEverywhere(stack: TestStack, marker: string): Promise<void> {
    const send = (kind: string): string =>
        stack.send({ arguments: { "--kind": kind, "--card": marker } }, kind);
    send("good");
    send("bad");
    stack.send(`${marker} is no JSON`, "nonsense");
    stack.send({ arguments: { "--card": [marker] } }, "wrong");
    stack.send({ arguments: { [`--TempDir${marker}`]: marker, "--TempDir": marker } }, "hostile");
    await stack.untilEnded(2, DAY);
    const aborted = send("long");
    await stack.pass(5 * MINUTE);
    stop(stack, aborted);
    await stack.pass(15 * MINUTE);
    const lost = send("lost");
    await stack.pass(3 * SECOND);
    stop(stack, lost);
    await stack.pass(30 * MINUTE);
}

function stop(stack: TestStack, id: string): void {
    const [executionArn] = [...stack.states.allExecutions()]
        .filter(({ name }) => name.endsWith(id))
        .map(({ arn }) => arn);
    stack.world.call("states", "StopExecution", { executionArn }, { principal: "user" });
}
