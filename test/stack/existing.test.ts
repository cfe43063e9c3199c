/** A workflow around what exists already, and a queue that a service sends to. */
import assert from "node:assert/strict";
import type { RecordedProgram, Resource } from "../../embedded-aws/index.ts";
import { FIXTURES, HOUR, messageOfRun, MINUTE, recorded, TestStack } from "./test-stack.ts";

const user = { principal: "user" };

/** The program, with policies changed. */
async function program(change: (policy: string, name: string) => string): Promise<RecordedProgram> {
    const whole = await recorded({}, FIXTURES.existing);
    const changed = ({ inputs, name }: Resource) =>
        "policy" in inputs ? { ...inputs, policy: change(String(inputs["policy"]), name) } : inputs;
    return { ...whole, resources: whole.resources.map((each) => ({ ...each, inputs: changed(each) })) };
}

const openStack = async (change: (policy: string, name: string) => string = (policy) => policy) =>
    TestStack.open({
        programs: [await program(change)],
        job: ({ arguments: { "--fail": fail } }) => ({
            millis: fail === "hang" ? 20 * MINUTE : MINUTE,
            ...(fail === "yes" && { end: { state: "FAILED", errorMessage: "no" } }),
        }),
    });

/** Messages that are done, that fail, and whose execution is aborted. */
async function live(stack: TestStack): Promise<{ done: string; failed: string; aborted: string }> {
    await stack.pass(2 * MINUTE);
    const done = stack.send({ arguments: { "--number": "1" } }, "a");
    const failed = stack.send({ arguments: { "--fail": "yes" } }, "b");
    const aborted = stack.send({ arguments: { "--fail": "hang" } }, "c");
    await stack.pass(3 * MINUTE);
    const executionArn = arnOf(stack, "mine-jobs").replace(":stateMachine:", ":execution:");
    const name = `c-${aborted}`;
    stack.world.call("states", "StopExecution", { executionArn: `${executionArn}:${name}` }, user);
    await stack.pass(HOUR);
    return { done, failed, aborted };
}

function arnOf(stack: TestStack, machine: string): string {
    const found = stack.world
        .resources()
        .find(({ type, name }) => type === "aws:sfn/stateMachine:StateMachine" && name === machine);
    return String(found?.outputs["arn"]);
}

describe("A workflow around a queue, a topic, a key and a log group that exist already", function () {
    let stack: TestStack;
    let sent: Awaited<ReturnType<typeof live>>;
    let letters: string[];

    before(async function () {
        this.timeout(120_000);
        stack = await openStack();
        sent = await live(stack);
        letters = stack
            .deadLetters()
            .map(({ MessageAttributes }) => MessageAttributes["messageId"]?.StringValue ?? "");
    });

    after(() => stack.close());

    it("runs the messages of the queue", () => {
        const done = stack.runs.filter(({ state }) => state === "SUCCEEDED").map(messageOfRun);
        assert.ok(done.includes(sent.done));
    });

    it("sends what fails, and what the reaper saves, to the dead-letter queue that exists", () => {
        assert.deepEqual(letters.sort(), [sent.failed, sent.aborted].sort());
    });

    it("gives back every slot", () => {
        assert.deepEqual(stack.gate("mine")?.holders, {});
    });

    it("makes no queue, topic or log group of its own besides the starter's", async () => {
        const { resources } = await recorded({}, FIXTURES.existing);
        const own = resources.filter(
            ({ type, name }) => name.startsWith("mine-") && /:(Queue|Topic|LogGroup|QueuePolicy)$/.test(type),
        );
        assert.deepEqual(
            own.map(({ name }) => name),
            ["mine-jobs-starter-logs"],
        );
    });
});

describe("The reaper of a bucket without a key", () => {
    it("reads the executions of a workflow with one by the permission that the workflow brings", async function () {
        this.timeout(120_000);
        const stack = await openStack((policy, name) =>
            name === "mine-jobs-reaper-policy" ? policy.replaceAll("kms:Decrypt", "kms:DescribeKey") : policy,
        );
        try {
            const { aborted } = await live(stack);
            const letters = stack.deadLetters().map((letter) => JSON.stringify(letter));
            assert.ok(!letters.some((letter) => letter.includes(aborted)));
        } finally {
            await stack.close();
        }
    });
});

describe("A queue whose senders name a rule of EventBridge", () => {
    const runsOfRule = (stack: TestStack) => stack.runs.filter((run) => "--rule" in run.arguments).length;

    it("gets the rule's messages", async () => {
        const stack = await openStack();
        try {
            await stack.pass(3.5 * HOUR);
            assert.equal(runsOfRule(stack), 3);
        } finally {
            await stack.close();
        }
    });

    for (const [what, from, to] of [
        ["they do not name it", "AllowSender1", "Allowed"],
        ["they name another rule", ":rule/", ":rule/other-"],
    ] as const) {
        it(`gets none where ${what}`, async () => {
            const stack = await openStack((policy, name) => {
                if (name !== "hourly-queue-policy") return policy;
                if (from === ":rule/") return policy.replaceAll(from, to);
                const { Statement, ...document } = JSON.parse(policy) as { Statement: { Sid: string }[] };
                return JSON.stringify({
                    ...document,
                    Statement: Statement.filter(({ Sid }) => Sid !== from),
                });
            });
            try {
                await stack.pass(3.5 * HOUR);
                assert.equal(runsOfRule(stack), 0);
            } finally {
                await stack.close();
            }
        });
    }
});
