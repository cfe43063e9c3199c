/** Deploying again while jobs wait and run. */
import assert from "node:assert/strict";
import { recorded, TestStack, withStack } from "./test-stack.ts";

describe("A second deployment", () => {
    it("of an unchanged program touches nothing", async () => {
        await withStack({}, async (stack) => {
            const deployed = await stack.world.deploy(await recorded());
            assert.deepEqual([deployed.created, deployed.updated, deployed.removed], [[], [], []]);
            assert.ok(deployed.unchanged.length > 40);
        });
    });

    it("never touches what the running system wrote: holders, turns and rows stay as they were", async () => {
        await withStack({}, async (stack) => {
            await stack.pass(90_000);
            stack.sendMany(10);
            await stack.pass(120_000);
            const before = stack.gate();
            assert.equal(Object.keys(before?.holders ?? {}).length, 3);
            const open = stack.openRows();
            await stack.world.deploy(await recorded({ limit: "5", settleSeconds: "30", maxAttempts: "2" }));
            assert.deepEqual(stack.gate(), before);
            assert.equal(stack.openRows(), open);
        });
    });

    it("with another limit puts that in force within seconds, and no job is killed", async () => {
        await withStack({}, async (stack) => {
            await stack.pass(90_000);
            stack.sendMany(12);
            await stack.pass(120_000);
            await stack.world.deploy(await recorded({ limit: "1" }));
            await stack.pass(3000);
            assert.equal(stack.gate()?.limit, 1);
            assert.equal(stack.glue.running, 3);
            await stack.world.deploy(await recorded({ limit: "5" }));
            await stack.pass(5000);
            assert.equal(stack.glue.running, 5);
            await stack.untilEnded(12);
            assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
        });
    });

    it("leaves executions that began before it on the definition that they began with, and all end", async () => {
        const options = { keepHistory: "all" as const, job: () => ({ millis: 600_000 }) };
        await withStack(options, async (stack) => {
            await stack.pass(90_000);
            const old = stack.sendMany(4);
            await stack.pass(60_000);
            const visits = new Map<string, string[]>();
            stack.states.onTransition((execution, state) => {
                visits.set(execution, [...(visits.get(execution) ?? []), state]);
            });
            await stack.world.deploy(await recorded({ settleSeconds: "45" }));
            const recent = stack.send({ arguments: {} }, "recent");
            await stack.untilEnded(5);
            assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
            const settled = [...visits]
                .filter(([, states]) => states.includes("Let it settle"))
                .map(([name]) => name.slice(-36));
            assert.deepEqual(settled, [recent]);
            assert.equal(old.length, 4);
        });
    });
});

describe("Functions with their real SDK clients", () => {
    it("give the same outcome, in the same order, as with direct clients", async function () {
        const outcome = async (functions: "direct" | "sdk"): Promise<object> => {
            const stack = await TestStack.open({
                programs: [await recorded({ maxAttempts: "2" })],
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
                await stack.pass(90_000);
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
