import assert from "node:assert/strict";
import { machine } from "../../../conformance/cases/step-functions/machine.ts";
import { failing, MINUTE, refusal, UPDATE } from "./fixtures.ts";
import { Machines } from "./machines.ts";

describe("Redriving an execution", () => {
    const definition = machine({
        A: { Type: "Pass", Assign: { seen: "{% $states.context.Execution.RedriveCount %}" }, Next: "T" },
        T: {
            Type: "Task",
            Resource: UPDATE,
            Arguments: { n: "{% $states.context.Execution.RedriveCount %}" },
            Retry: [{ ErrorEquals: ["States.ALL"], MaxAttempts: 1 }],
            Output: "{% [$seen, $states.context.Execution.RedriveCount, $states.context.State.RetryCount] %}",
            End: true,
        },
    });
    const refused = { error: "ConditionalCheckFailedException" };
    const redrive = (machines: Machines): unknown =>
        machines.call("RedriveExecution", { executionArn: machines.executionArn("one") });

    it("schedules the failed task again, with its variables, fresh retries and the new RedriveCount", async () => {
        const answers = { "dynamodb:UpdateItem": [refused, refused, refused, {}] };
        const machines = new Machines().answer(answers).create(definition);
        machines.start("one");
        await machines.finish();
        assert.equal(machines.describe("one").status, "FAILED");
        redrive(machines);
        assert.equal(machines.describe("one").status, "RUNNING");
        await machines.finish();
        assert.deepEqual(machines.callsTo("dynamodb:UpdateItem"), [{ n: 0 }, { n: 0 }, { n: 1 }, { n: 1 }]);
        assert.equal(machines.describe("one").output, "[0,1,1]");
        const types = machines.types("one");
        const from = types.indexOf("ExecutionRedriven");
        assert.deepEqual(types.slice(from, from + 3), ["ExecutionRedriven", "TaskScheduled", "TaskStarted"]);
    });

    it("enters any other state again", async () => {
        const machines = new Machines().create(failing);
        machines.start("one");
        await machines.finish();
        redrive(machines);
        await machines.finish();
        assert.deepEqual(machines.types("one"), [
            "ExecutionStarted",
            "FailStateEntered",
            "ExecutionFailed",
            "ExecutionRedriven",
            "FailStateEntered",
            "ExecutionFailed",
        ]);
    });

    it("keeps the state's EnteredTime and shows the RedriveTime", async () => {
        const machines = new Machines().answer({ "dynamodb:UpdateItem": [refused, {}] }).create(
            machine({
                T: {
                    Type: "Task",
                    Resource: UPDATE,
                    Output: "{% [$states.context.State.EnteredTime, $states.context.Execution.RedriveTime] %}",
                    End: true,
                },
            }),
        );
        machines.start("one");
        await machines.world.pass(60_000);
        redrive(machines);
        await machines.finish();
        const { output, startDate } = machines.describe("one");
        const start = startDate.getTime();
        const expected = [start, start + 60_000].map((time) => new Date(time).toISOString());
        assert.deepEqual(JSON.parse(output ?? ""), expected);
    });

    it("starts the execution's TimeoutSeconds again", async () => {
        const machines = new Machines().create(
            machine({ W: { Type: "Wait", Seconds: 25, End: true } }, { TimeoutSeconds: 10 }),
        );
        machines.start("one");
        await machines.world.pass(20_000);
        redrive(machines);
        await machines.finish();
        const { status, startDate, stopDate } = machines.describe("one");
        assert.equal(status, "TIMED_OUT");
        assert.equal((stopDate as Date).getTime() - startDate.getTime(), 30_000);
    });

    it("is refused while it runs, when it succeeded, and after 14 days", async () => {
        const machines = new Machines().create(machine({ S: { Type: "Succeed" } }));
        machines.start("one");
        assert.throws(
            () => redrive(machines),
            refusal("ExecutionNotRedrivable", /is RUNNING and cannot be redriven/),
        );
        await machines.finish();
        assert.throws(
            () => redrive(machines),
            refusal("ExecutionNotRedrivable", /^Execution is SUCCEEDED and cannot/),
        );
        const failed = new Machines().create(failing);
        failed.start("one");
        await failed.finish();
        await failed.world.pass(14 * 24 * 60 * MINUTE + 1);
        assert.throws(() => redrive(failed), refusal("ExecutionNotRedrivable", /14 days/));
    });

    it("runs the definition that the execution began with", async () => {
        const machines = new Machines().create(failing);
        machines.start("one");
        await machines.finish();
        machines.call("UpdateStateMachine", {
            stateMachineArn: machines.arn,
            definition: JSON.stringify(machine({ F: { Type: "Succeed" } })),
        });
        redrive(machines);
        machines.start("two");
        await machines.finish();
        assert.equal(machines.describe("one").status, "FAILED");
        assert.equal(machines.describe("two").status, "SUCCEEDED");
    });
});
