/** Step Functions' reads are eventually consistent (API Reference, DescribeExecution): they may show what was a moment ago. */
import assert from "node:assert/strict";
import { machine } from "../../../conformance/cases/step-functions/machine.ts";
import { Machines } from "./machines.ts";

const LAG = 5000;

/** An execution waits ten seconds, then fails. */
const definition = machine({
    Wait: { Type: "Wait", Seconds: 10, Next: "Fail" },
    Fail: { Type: "Fail", Error: "Broken" },
});

/** With an execution named `one` that was started so long ago. */
async function started(millis: number): Promise<Machines> {
    const machines = new Machines().create(definition);
    machines.service.onRead(() => LAG);
    machines.start("one");
    await machines.world.pass(millis);
    return machines;
}

function list(machines: Machines): string[] {
    const answer = machines.call("ListExecutions", { stateMachineArn: machines.arn });
    return (answer as { executions: { name: string; status: string }[] }).executions.map(
        ({ name, status }) => `${name} ${status}`,
    );
}

/** With an execution that was aborted long ago, and was redriven just now. */
async function redriven(): Promise<Machines> {
    const machines = await started(LAG);
    call(machines, "StopExecution");
    await machines.world.pass(2 * LAG);
    call(machines, "RedriveExecution");
    return machines;
}

function call(machines: Machines, operation: string): void {
    machines.call(operation, { executionArn: machines.executionArn("one") });
}

describe("Reads of Step Functions that are five seconds old", () => {
    it("do not show an execution yet that was started since", async () => {
        const machines = await started(LAG - 1);
        assert.throws(() => machines.describe("one"), { name: "ExecutionDoesNotExist" });
        assert.deepEqual(list(machines), []);
        await machines.world.pass(1);
        assert.equal(machines.describe("one").status, "RUNNING");
        assert.deepEqual(list(machines), ["one RUNNING"]);
    });

    it("show an execution that has ended since as running", async () => {
        const machines = await started(10_000 + LAG - 1);
        const { status, stopDate, error, redriveStatus } = machines.describe("one");
        assert.deepEqual([status, stopDate, error], ["RUNNING", undefined, undefined]);
        assert.equal(redriveStatus, "NOT_REDRIVABLE");
        await machines.world.pass(1);
        assert.deepEqual(
            [machines.describe("one").status, machines.describe("one").error],
            ["FAILED", "Broken"],
        );
    });

    it("list no execution that has ended since", async () => {
        const machines = await started(10_000 + LAG - 1);
        assert.deepEqual(list(machines), []);
        await machines.world.pass(1);
        assert.deepEqual(list(machines), ["one FAILED"]);
    });

    it("show an execution that was redriven since with its end before that", async () => {
        const machines = await redriven();
        await machines.world.pass(LAG - 1);
        assert.deepEqual(
            [machines.describe("one").status, machines.describe("one").redriveCount],
            ["ABORTED", 0],
        );
        await machines.world.pass(1);
        assert.deepEqual(
            [machines.describe("one").status, machines.describe("one").redriveCount],
            ["RUNNING", 1],
        );
    });

    it("show an execution that was redriven and aborted since with its end before both", async () => {
        const machines = await redriven();
        const { stopDate } = machines.describe("one");
        await machines.world.pass(1000);
        call(machines, "StopExecution");
        const before = machines.describe("one");
        assert.deepEqual([before.status, before.stopDate, before.redriveCount], ["ABORTED", stopDate, 0]);
    });

    it("show the events until then", async () => {
        const machines = await started(10_000 + LAG - 1);
        assert.deepEqual(machines.types("one"), ["ExecutionStarted", "WaitStateEntered"]);
        await machines.world.pass(1);
        assert.equal(machines.types("one").at(-1), "ExecutionFailed");
    });

    it("are counted", async () => {
        const machines = await started(10_000 + LAG - 1);
        machines.describe("one");
        list(machines);
        machines.history("one");
        await machines.world.pass(1);
        machines.describe("one");
        list(machines);
        machines.history("one");
        const stale = Object.entries(machines.world.counters).filter(([name]) => name.includes("stale"));
        assert.deepEqual(Object.fromEntries(stale), {
            "states.staleDescribeExecution": 1,
            "states.staleListExecutions": 1,
            "states.staleGetExecutionHistory": 1,
        });
    });
});
