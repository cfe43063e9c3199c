/** The line, end to end: order, idle slots, and what waiting costs. */
import assert from "node:assert/strict";
import { AwsError } from "../../embedded-aws/index.ts";
import { parseHolderId } from "../../slots/holder.ts";
import { withStack } from "./test-stack.ts";
import type { TestStack } from "./test-stack.ts";

const LIMIT = 3;

/** The message of each slot taken, in the order of taking. */
function takers(stack: TestStack): string[] {
    return stack.slots.filter(({ what }) => what === "take").map(({ holder }) => messageOf(holder));
}

function messageOf(holder: string): string {
    return (parseHolderId(holder)?.execution ?? "").slice(-36);
}

/** Transitions that an execution may have cost, given how long it waited for its slot. */
function allowedTransitions(waitMillis: number): number {
    const doublings = Math.max(0, Math.ceil(Math.log2(waitMillis / 300_000)));
    return 8 + 2 * doublings;
}

describe("The line", () => {
    for (const count of [30, 300, 3000]) {
        it(`serves ${count} messages at limit ${LIMIT} in order, never above it, without idle slots, at 8 transitions and 2 for each doubling of the wait`, async function () {
            await withStack({}, async (stack) => {
                await stack.pass(90_000);
                const began = stack.world.clock.now();
                const sent = stack.sendMany(count);
                await stack.untilEnded(count);

                assert.equal(stack.glue.peak, LIMIT);
                assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
                assert.deepEqual(takers(stack), sent);

                const takes = stack.slots.filter(({ what }) => what === "take");
                const gives = stack.slots.filter(({ what }) => what === "release");
                assert.equal(gives.length, count);
                gives.slice(0, count - LIMIT).forEach((give, i) => {
                    const idle = (takes[i + LIMIT]?.time ?? Infinity) - give.time;
                    assert.ok(idle >= 0 && idle <= 2000, `slot ${i} stood idle for ${idle} ms`);
                });

                for (const take of takes) {
                    const execution = stack.execution(messageOf(take.holder));
                    const allowed = allowedTransitions(take.time - began);
                    assert.ok(
                        (execution?.transitions ?? Infinity) <= allowed,
                        `${execution?.transitions} > ${allowed}`,
                    );
                }
                await stack.pass(60_000);
                assert.deepEqual(stack.gate()?.holders, {});
                assert.equal(stack.openRows(), 0);
            });
        });
    }

    it("costs a job that need not wait seven transitions", async () => {
        await withStack({}, async (stack) => {
            await stack.pass(90_000);
            stack.sendMany(1);
            await stack.untilEnded(1);
            assert.equal(stack.ended[0]?.transitions, 7);
        });
    });

    it("lets a more urgent message go first, and within one priority whoever came first", async () => {
        await withStack({ config: { limit: "1" } }, async (stack) => {
            await stack.pass(90_000);
            const first = stack.send({ priority: 5 });
            await stack.pass(5000);
            const others = [9, 5, 0, 5].map((priority, i) => stack.send({ priority }, `g${i}`));
            const sent = [first, ...others];
            await stack.untilEnded(5);
            const order = takers(stack).map((id) => sent.indexOf(id));
            assert.deepEqual(order, [0, 3, 2, 4, 1]);
        });
    });

    it("starts nothing at a limit of 0", async () => {
        await withStack({ config: { limit: "0" } }, async (stack) => {
            stack.sendMany(5);
            await stack.pass(86_400_000);
            assert.equal(stack.runs.length, 0);
            assert.equal(stack.openRows(), 5);
        });
    });
});

describe("A group of messages", () => {
    it("goes on within seconds, in its order, when starts were refused for a moment", async () => {
        await withStack({}, async (stack) => {
            await stack.pass(90_000);
            let refused = 0;
            stack.world.intercept((call, next) => {
                if (call.operation !== "StartExecution" || refused >= 2) return next();
                refused++;
                throw new AwsError("ThrottlingException", "Rate exceeded");
            });
            const began = stack.world.clock.now();
            const sent = Array.from({ length: 3 }, (_, i) =>
                stack.send({ arguments: { "--number": String(i) } }),
            );
            await stack.untilEnded(3);
            const takes = stack.slots.filter(({ what }) => what === "take");
            assert.equal(refused, 2);
            assert.deepEqual(takers(stack), sent);
            assert.ok(takes.every(({ time }) => time - began < 20_000));
        });
    });
});

describe("Without the dispatcher and without a line to join", () => {
    it("300 messages drain at limit 3, never above it, through Acquire slot and Pause alone", async function () {
        await withStack({ job: () => ({ millis: 60_000 }) }, async (stack) => {
            await stack.pass(90_000);
            assert.ok(stack.gate());
            const dispatcher = functionArn(stack, "dispatcher");
            stack.world.intercept((call, next) => {
                const isDispatcher = call.caller.sourceArn === dispatcher;
                const isJoin = JSON.stringify(call.input ?? null).includes('"SET #token = :token');
                if (isDispatcher || isJoin) throw accessDenied();
                return next();
            });
            const states = new Set<string>();
            stack.states.onTransition((_, state) => states.add(state));
            stack.sendMany(300);
            await stack.untilEnded(300);
            assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
            assert.ok(stack.glue.peak <= LIMIT);
            assert.deepEqual([...states].sort(), [
                "Acquire slot",
                "Begin",
                "Close job",
                "How did it end",
                "Pause",
                "Release slot",
                "Run job",
                "Wait in line",
            ]);
            await stack.pass(600_000);
            assert.deepEqual(stack.gate()?.holders, {});
        });
    });
});

function accessDenied(): Error {
    return new AwsError("AccessDeniedException", "refused by the test");
}

/** The ARN of the function whose environment and name say that it is the one. */
function functionArn(stack: TestStack, role: string): string {
    const found = stack.world
        .resources()
        .find(({ type, name }) => type === "aws:lambda/function:Function" && name.endsWith(role));
    assert.ok(found, `there is no function ${role}`);
    return String(found.outputs["arn"]);
}
