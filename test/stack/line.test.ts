/** The line, end to end: order, idle slots, and what waiting costs. */
import assert from "node:assert/strict";
import { AwsError } from "../../embedded-aws/index.ts";
import { messageIdOf } from "../../slots/holder.ts";
import { makes } from "../slots/protocol-writes.ts";
import { DAY, HOUR, messageOf, MINUTE, recorded, SECOND, TestStack, withStack } from "./test-stack.ts";

const LIMIT = 3;

/** How many transitions an execution may cost, by how long it waited for its slot. */
function allowedTransitions(waitMillis: number): number {
    const doublings = Math.max(0, Math.ceil(Math.log2(waitMillis / (4 * HOUR))));
    return 5 + 2 * doublings;
}

/** How many writes of each message's execution DynamoDB throttled: Step Functions makes them again, and bills each. */
function countThrottled({ world }: TestStack): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    world.intercept((call, next) => {
        try {
            return next();
        } catch (error) {
            const id = messageIdOf(call.caller.executionArn ?? "");
            if (error instanceof AwsError && error.name !== "ConditionalCheckFailedException")
                counts.set(id, (counts.get(id) ?? 0) + 1);
            throw error;
        }
    });
    return counts;
}

/** The value that so much of all values are not above. */
function percentile(values: readonly number[], part: number): number {
    return values.toSorted((a, b) => a - b)[Math.ceil(values.length * part) - 1] ?? Number.NaN;
}

for (const count of [30, 1000, 3000]) {
    describe(`A line of ${count} messages at limit ${LIMIT}`, () => {
        let stack: TestStack;
        let began: number;
        let sent: string[];
        let throttled: ReadonlyMap<string, number>;

        before(async function () {
            this.timeout(300_000);
            stack = await TestStack.open({ programs: [await recorded()] });
            throttled = countThrottled(stack);
            await stack.pass(90 * SECOND);
            began = stack.world.clock.now();
            sent = stack.sendMany(count);
            await stack.untilEnded(count);
            await stack.pass(MINUTE);
        });

        after(() => stack.close());

        it("is worked off: every job is done", () => {
            assert.equal(stack.ended.length, count);
            assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
        });

        it("uses every slot and never one more", () => {
            assert.equal(stack.glue.peak, LIMIT);
        });

        it("is served in the order in which its messages were sent", () => {
            assert.deepEqual(stack.served(), sent);
        });

        it("leaves no slot idle for more than 1.5 seconds from its job's end while somebody waits, at the 95th percentile", () => {
            const idle = stack.idleAfterJobs(LIMIT);
            assert.equal(idle.length, count - LIMIT);
            assert.ok(percentile(idle, 0.95) <= SECOND * 1.5, `${percentile(idle, 0.95)} ms`);
            assert.ok(Math.max(...idle) <= 2 * SECOND, `${Math.max(...idle)} ms`);
        });

        it("costs each execution 5 transitions, at most 2 for each doubling of its wait beyond four hours, and 1 for each write made again", () => {
            const executions = new Map(
                stack.ended.map((execution) => [execution.name.slice(-36), execution]),
            );
            const acquired = stack.acquired();
            assert.equal(acquired.length, count);
            for (const { holder, time } of acquired) {
                const { transitions = Infinity } = executions.get(messageOf(holder)) ?? {};
                const allowed = allowedTransitions(time - began) + (throttled.get(messageOf(holder)) ?? 0);
                assert.ok(transitions <= allowed, `${transitions} > ${allowed}`);
            }
        });

        if (count === 1000)
            it("costs 9 transitions on average at a median wait of 15 hours", () => {
                const waits = stack.acquired().map(({ time }) => time - began);
                assert.equal(Math.round(percentile(waits, 0.5) / HOUR), 15);
                const transitions = stack.ended.reduce((sum, execution) => sum + execution.transitions, 0);
                assert.ok(transitions / count <= 9, `${transitions / count}`);
            });

        it("calls the dispatcher once a minute and for each slot given back, not for executions that look by themselves", () => {
            const { counters, clock } = stack.world;
            const [, calls = NaN] =
                [...counters].find(([what]) => /^lambda\.invocations\..*dispatcher/.test(what)) ?? [];
            const minutes = Math.ceil((clock.now() - began) / MINUTE) + 2;
            // What joins at once comes in a few batches.
            assert.ok(calls - minutes <= count * 1.1, `${calls} in ${minutes} minutes`);
        });

        it("gives every slot back, once", () => {
            assert.equal(stack.released().length, count);
            assert.deepEqual(stack.gate()?.holders, {});
        });

        it("leaves no row open", () => {
            assert.equal(stack.openRows(), 0);
        });
    });
}

describe("The line", () => {
    it("costs a job that need not wait five transitions", async () => {
        await withStack({}, async (stack) => {
            await stack.pass(90 * SECOND);
            stack.sendMany(1);
            await stack.untilEnded(1);
            assert.equal(stack.ended[0]?.transitions, 5);
        });
    });

    it("lets a more urgent message go first, and within one priority whoever came first", async () => {
        await withStack({ config: { limit: "1" } }, async (stack) => {
            await stack.pass(90 * SECOND);
            const first = stack.send({ priority: 5 });
            await stack.pass(5 * SECOND);
            const others = [9, 5, 0, 5].map((priority, i) => stack.send({ priority }, `g${i}`));
            const sent = [first, ...others];
            await stack.untilEnded(5);
            const order = stack.served().map((id) => sent.indexOf(id));
            assert.deepEqual(order, [0, 3, 2, 4, 1]);
        });
    });

    it("starts nothing at a limit of 0", async () => {
        await withStack({ config: { limit: "0" } }, async (stack) => {
            stack.sendMany(5);
            await stack.pass(DAY);
            assert.equal(stack.runs.length, 0);
            assert.equal(stack.openRows(), 5);
        });
    });
});

describe("A line while a quarter of Glue's reads lag behind their event by up to two seconds", () => {
    it("leaves no slot idle for four seconds from its job's end", async () => {
        let reads = 0;
        const lag = (): number => (reads++ % 4 === 0 ? (reads * 331) % (2 * SECOND) : 0);
        await withStack({ model: { glueReadLagMillis: lag } }, async (stack) => {
            await stack.pass(90 * SECOND);
            stack.sendMany(100);
            await stack.untilEnded(100);
            const idle = stack.idleAfterJobs(LIMIT);
            assert.equal(idle.length, 100 - LIMIT);
            assert.ok(Math.max(...idle) > 2 * SECOND, "no read lagged");
            assert.ok(Math.max(...idle) < 4 * SECOND, `${Math.max(...idle)} ms`);
        });
    });
});

describe("The slot of a job that is over within a second", () => {
    for (const [what, end] of [
        ["succeeds", { state: "SUCCEEDED" }],
        ["fails", { state: "FAILED" }],
    ] as const) {
        it(`is taken by the next in line at once when the job ${what}`, async () => {
            const config = { limit: "1", maxAttempts: "1", pauseAfterFailures: "0" };
            const model = { glueStartMillis: () => 0, syncPollMillis: () => 20 * SECOND };
            await withStack({ config, model, job: () => ({ millis: SECOND, end }) }, async (stack) => {
                await stack.pass(90 * SECOND);
                stack.sendMany(20);
                await stack.untilEnded(20);
                for (const millis of stack.idleMillis(1)) assert.ok(millis < 5 * SECOND, `${millis} ms idle`);
            });
        });
    }

    it("is taken by the next in line at once when Glue refuses the job", async () => {
        const config = { limit: "1", maxAttempts: "1", pauseAfterFailures: "0" };
        await withStack({ config }, async (stack) => {
            await stack.pass(90 * SECOND);
            stack.world.intercept((call, next) => {
                if (call.operation !== "StartJobRun") return next();
                throw new AwsError("InvalidInputException", "refused by the test");
            });
            stack.sendMany(20);
            await stack.untilEnded(20);
            for (const millis of stack.idleMillis(1)) assert.ok(millis < 5 * SECOND, `${millis} ms idle`);
        });
    });
});

describe("A group of messages whose starts were refused for a moment", () => {
    let stack: TestStack;
    let sent: string[];
    let began: number;

    before(async function () {
        this.timeout(120_000);
        stack = await TestStack.open({ programs: [await recorded()] });
        await stack.pass(90 * SECOND);
        let refused = 0;
        stack.world.intercept((call, next) => {
            if (call.operation !== "StartExecution" || refused >= 2) return next();
            refused++;
            throw new AwsError("ThrottlingException", "Rate exceeded");
        });
        began = stack.world.clock.now();
        sent = Array.from({ length: 3 }, (_, i) => stack.send({ arguments: { "--number": String(i) } }));
        await stack.untilEnded(3);
        assert.equal(refused, 2);
    });

    after(() => stack.close());

    it("goes on within seconds", () => {
        const acquired = stack.acquired();
        assert.equal(acquired.length, 3);
        assert.ok(acquired.every(({ time }) => time - began < 20 * SECOND));
    });

    it("goes on in its order", () => {
        assert.deepEqual(stack.served(), sent);
    });
});

describe("300 messages without the dispatcher and without a line to join", () => {
    let stack: TestStack;
    const states = new Set<string>();

    before(async function () {
        this.timeout(120_000);
        stack = await TestStack.open({ programs: [await recorded()], job: () => ({ millis: MINUTE }) });
        await stack.pass(90 * SECOND);
        assert.ok(stack.gate());
        const dispatcher = stack.functionArn("dispatcher");
        const joins = makes("join");
        stack.world.intercept((call, next) => {
            if (call.caller.sourceArn === dispatcher || joins(call))
                throw new AwsError("AccessDeniedException", "refused by the test");
            return next();
        });
        stack.states.onTransition((_, state) => states.add(state));
        stack.sendMany(300);
        await stack.untilEnded(300);
        await stack.pass(10 * MINUTE);
    });

    after(() => stack.close());

    it("are all done", () => {
        assert.ok(stack.ended.every(({ status }) => status === "SUCCEEDED"));
    });

    it("never run more jobs than the limit", () => {
        assert.ok(stack.glue.peak <= LIMIT);
    });

    it("get their slots through Acquire slot and Pause alone", () => {
        assert.deepEqual([...states].sort(), [
            "Acquire slot",
            "Close job",
            "Enter line",
            "Pause",
            "Release slot",
            "Run job",
            "Wait in line",
        ]);
    });

    it("give every slot back", () => {
        assert.deepEqual(stack.gate()?.holders, {});
    });
});
