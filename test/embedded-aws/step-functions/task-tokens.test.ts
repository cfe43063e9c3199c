import assert from "node:assert/strict";
import fc from "fast-check";
import { Machines } from "./machines.ts";
import { awaitingToken, refusal, waiting } from "./fixtures.ts";

describe("A task token", () => {
    it("ends its task with the output that is sent", async () => {
        const { machines, token } = await awaitingToken();
        assert.equal(machines.service.execution(machines.executionArn("one"))?.waitingFor, "token");
        machines.call("SendTaskSuccess", { taskToken: token, output: '{"granted":true}' });
        await machines.finish();
        assert.equal(machines.describe("one").output, '{"granted":true}');
        assert.deepEqual(machines.types("one"), [
            "ExecutionStarted",
            "TaskStateEntered",
            "TaskScheduled",
            "TaskStarted",
            "TaskSubmitted",
            "TaskSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded",
        ]);
    });

    it("leaves the execution that waits its input", async () => {
        const Output = "{% [$states.context.Execution.Input, $states.context.Execution.Name] %}";
        const { machines, token } = await awaitingToken({ Output });
        machines.call("SendTaskSuccess", { taskToken: token, output: "1" });
        await machines.finish();
        assert.equal(machines.describe("one").output, '[{},"one"]');
    });

    it("fails its task with the error that is sent", async () => {
        const { machines, token } = await awaitingToken();
        machines.call("SendTaskFailure", {
            taskToken: token,
            error: "Failure error",
            cause: "Failure cause",
        });
        await machines.finish();
        const { status, error, cause } = machines.describe("one");
        assert.deepEqual(
            { status, error, cause },
            { status: "FAILED", error: "Failure error", cause: "Failure cause" },
        );
    });

    it("is TaskTimedOut once it has been used, even before the execution went on", async () => {
        const { machines, token } = await awaitingToken();
        machines.call("SendTaskSuccess", { taskToken: token, output: "{}" });
        const again = (): unknown => machines.call("SendTaskSuccess", { taskToken: token, output: "{}" });
        assert.throws(again, refusal("TaskTimedOut", /Provided task does not exist anymore/));
        await machines.finish();
        assert.throws(again, refusal("TaskTimedOut"));
    });

    it("is TaskTimedOut after the task's timeout, an abort and a redrive", async () => {
        const { machines, token } = await awaitingToken({ TimeoutSeconds: 10 });
        await machines.finish();
        const send = (): unknown => machines.call("SendTaskSuccess", { taskToken: token, output: "{}" });
        assert.throws(send, refusal("TaskTimedOut"));
        machines.call("RedriveExecution", { executionArn: machines.executionArn("one") });
        await machines.world.pass(1);
        assert.throws(send, refusal("TaskTimedOut"));
        machines.call("SendTaskSuccess", { taskToken: machines.tokens[1], output: "1" });
        await machines.finish();
        assert.equal(machines.describe("one").status, "SUCCEEDED");
    });

    it("is InvalidToken when malformed, TaskDoesNotExist when it was never handed out", async () => {
        const { machines, token } = await awaitingToken();
        const send = (taskToken: string): unknown => machines.call("SendTaskHeartbeat", { taskToken });
        assert.throws(() => send("nonsense"), refusal("InvalidToken"));
        const forged = token.slice(0, -1) + (token.endsWith("0") ? "1" : "0");
        assert.throws(() => send(forged), refusal("TaskDoesNotExist"));
    });

    it("takes only JSON as output", async () => {
        const { machines, token } = await awaitingToken();
        assert.throws(
            () => machines.call("SendTaskSuccess", { taskToken: token, output: "granted" }),
            refusal("InvalidOutput"),
        );
    });

    it("is another one at every retry", async () => {
        const { machines } = await awaitingToken({
            TimeoutSeconds: 5,
            Retry: [{ ErrorEquals: ["States.Timeout"] }],
        });
        await machines.finish();
        assert.equal(new Set(machines.tokens).size, 4);
    });

    it("may be answered before the call that carried it has returned", async () => {
        const machines = new Machines().create(waiting);
        machines.world.fake("dynamodb", {
            UpdateItem: (input: { token: string }) => {
                machines.call("SendTaskSuccess", { taskToken: input.token, output: '"early"' });
                return {};
            },
        });
        machines.start("one");
        await machines.finish();
        assert.equal(machines.describe("one").output, '"early"');
    });

    it("is of no use when the call itself failed", async () => {
        const { machines, token } = await awaitingToken(
            {},
            { "dynamodb:UpdateItem": [{ error: "ResourceNotFoundException" }] },
        );
        assert.equal(machines.describe("one").error, "DynamoDB.ResourceNotFoundException");
        assert.throws(
            () => machines.call("SendTaskSuccess", { taskToken: token, output: "{}" }),
            refusal("TaskTimedOut"),
        );
    });

    it("kept alive by heartbeats outlives the heartbeat's timeout, not the task's", async () => {
        const { machines, token } = await awaitingToken({ HeartbeatSeconds: 10, TimeoutSeconds: 25 });
        for (let i = 0; i < 3; i++) {
            await machines.world.pass(8_000);
            machines.call("SendTaskHeartbeat", { taskToken: token });
        }
        await machines.finish();
        const { error, startDate, stopDate } = machines.describe("one");
        assert.equal(error, "States.Timeout");
        assert.equal((stopDate as Date).getTime() - startDate.getTime(), 25_000);
    });

    it("that was never handed out is refused", () => {
        const machines = new Machines();
        const send = (taskToken: string): unknown => machines.call("SendTaskHeartbeat", { taskToken });
        fc.assert(
            fc.property(fc.string({ maxLength: 60 }), (text) => {
                assert.throws(() => send(text), refusal("InvalidToken"));
            }),
        );
    });
});
