/** Deploying again while jobs wait and run. */
import assert from "node:assert/strict";
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import { accountKeys } from "../program/schema/embedded.ts";
import { MINUTE, recorded, SECOND, TestStack, withStack } from "./test-stack.ts";

/** Another configuration to deploy. */
const CHANGED = { limit: "5", cooldownSeconds: "30", maxAttempts: "2" };

describe("A second deployment", () => {
    it("of an unchanged program touches nothing", async () => {
        await withStack({}, async (stack) => {
            const deployed = await stack.world.deploy(await recorded());
            assert.deepEqual([deployed.created, deployed.updated, deployed.removed], [[], [], []]);
            assert.ok(deployed.unchanged.length > 40);
        });
    });

    it("never touches what the running system wrote: holders and rows stay as they were", async () => {
        await withStack({}, async (stack) => {
            await stack.pass(90 * SECOND);
            stack.sendMany(10);
            await stack.pass(2 * MINUTE);
            const before = stack.gate();
            assert.equal(Object.keys(before?.holders ?? {}).length, 3);
            const open = stack.openRows();
            await stack.world.deploy(await recorded(CHANGED));
            assert.deepEqual(stack.gate(), before);
            assert.equal(stack.openRows(), open);
        });
    });

    it("with another limit puts that in force within seconds and kills no job", async () => {
        await withStack({}, async (stack) => {
            await stack.pass(90 * SECOND);
            stack.sendMany(12);
            await stack.pass(2 * MINUTE);
            await stack.world.deploy(await recorded({ limit: "1" }));
            await stack.pass(3 * SECOND);
            assert.equal(stack.gate()?.limit, 1);
            assert.equal(stack.glue.running, 3);
            await stack.world.deploy(await recorded(CHANGED));
            await stack.pass(5 * SECOND);
            assert.equal(stack.glue.running, 5);
            await stack.untilEnded(12);
            assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
        });
    });

    it("leaves executions that began before it on the definition that they began with", async () => {
        const options = { keepHistory: "all" as const, job: () => ({ millis: 10 * MINUTE }) };
        await withStack(options, async (stack) => {
            await stack.pass(90 * SECOND);
            const old = stack.sendMany(4);
            await stack.pass(MINUTE);
            const visits = new Map<string, string[]>();
            stack.states.onTransition((execution, state) => {
                visits.set(execution, [...(visits.get(execution) ?? []), state]);
            });
            await stack.world.deploy(await recorded(CHANGED));
            const recent = stack.send({ arguments: {} }, "recent");
            await stack.untilEnded(5);
            assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
            const cooledDown = [...visits]
                .filter(([, states]) => states.includes("Cool down"))
                .map(([name]) => name.slice(-36));
            assert.deepEqual(cooledDown, [recent]);
            assert.equal(old.length, 4);
        });
    });
});

describe("The user's own key", () => {
    const kmsKeyArn = "arn:aws:kms:us-east-1:123456789012:key/0f8fad5b-d9cb-469f-a165-70867728950e";
    const job = () => ({ millis: 10 * MINUTE });

    it("may be turned on while jobs wait and run, and off again when the line is empty", async () => {
        const open = await recorded();
        const keyed = withScriptOf(open, await recorded({ kmsKeyArn }));
        const stack = await TestStack.open({ programs: [accountKeys(open, [kmsKeyArn]), open], job });
        try {
            await stack.pass(90 * SECOND);
            stack.sendMany(6);
            await stack.pass(2 * MINUTE);
            await stack.world.deploy(keyed);
            stack.sendMany(2);
            await stack.untilEnded(8);
            await stack.world.deploy(open);
            stack.sendMany(4);
            await stack.untilEnded(12);
            assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
            assert.deepEqual(stack.deadLetters(), []);
        } finally {
            await stack.close();
        }
    });

    it("is taken off everything explicitly, because the provider leaves what is left out as it was", async () => {
        const inputs = async (configuration: Record<string, string>): Promise<Map<string, unknown>> => {
            const { resources } = await recorded(configuration);
            return new Map(resources.map((each) => [`${each.type} ${each.name}`, each.inputs]));
        };
        const [open, keyed] = [await inputs({}), await inputs({ kmsKeyArn })];
        const of = (from: Map<string, unknown>, what: string): Record<string, unknown> =>
            from.get(what) as Record<string, unknown>;
        const table = "aws:dynamodb/table:Table turnstile-slots";
        const machine = "aws:sfn/stateMachine:StateMachine turnstile-jobs";
        const script = "aws:s3/bucketObjectv2:BucketObjectv2 turnstile-demonstration-script";
        assert.deepEqual(of(open, table)["serverSideEncryption"], { enabled: false });
        assert.deepEqual(of(open, machine)["encryptionConfiguration"], { type: "AWS_OWNED_KEY" });
        assert.notEqual(of(open, script)["key"], of(keyed, script)["key"]);
    });
});

/** The same with the other program's script, because the embedded AWS replaces nothing. */
function withScriptOf(other: RecordedProgram, program: RecordedProgram): RecordedProgram {
    const [theirs, own] = [other, program].map(({ resources }) =>
        String(resources.find(({ type }) => type.includes("BucketObject"))?.inputs["key"]),
    );
    return JSON.parse(JSON.stringify(program).replaceAll(String(own), String(theirs))) as RecordedProgram;
}

describe("Functions with their real SDK clients", () => {
    it("give the same outcome, in the same order, as with direct clients", async function () {
        const outcome = async (functions: "direct" | "sdk"): Promise<object> => {
            const stack = await TestStack.open({
                programs: [await recorded(CHANGED)],
                functions,
                job: ({ arguments: args }) => ({
                    millis: 100_000 + 1000 * Number(args["--number"] ?? 0),
                    end:
                        args["--number"] === "2"
                            ? { state: "FAILED", errorMessage: "no" }
                            : { state: "SUCCEEDED" },
                }),
            });
            try {
                await stack.pass(90 * SECOND);
                stack.send("not JSON");
                stack.sendMany(8);
                await stack.untilEnded(8);
                return {
                    slots: stack.slots,
                    ended: stack.ended.map(({ name, status, stopTime, transitions }) => ({
                        name,
                        status,
                        stopTime,
                        transitions,
                    })),
                    dead: stack
                        .deadLetters()
                        .map(({ Body, MessageAttributes }) => ({ Body, MessageAttributes })),
                    gate: stack.gate(),
                };
            } finally {
                await stack.close();
            }
        };
        const direct = await outcome("direct");
        assert.deepEqual(await outcome("sdk"), direct);
    });
});
