import assert from "node:assert/strict";
import { machine } from "../../../conformance/cases/step-functions/machine.ts";
import { failing } from "./fixtures.ts";
import { Machines } from "./machines.ts";

describe("Status events", () => {
    it("show RUNNING, the end, and a redrive, with input, output and dates in milliseconds", async () => {
        const machines = new Machines().create(failing);
        machines.start("one", { a: 1 });
        await machines.finish();
        machines.call("RedriveExecution", { executionArn: machines.executionArn("one") });
        await machines.finish();
        const found = machines.statusEvents.map(({ status, redriveCount }) => [status, redriveCount]);
        assert.deepEqual(found, [
            ["RUNNING", 0],
            ["FAILED", 0],
            ["RUNNING", 1],
            ["FAILED", 1],
        ]);
        const { startDate, stopDate } = machines.describe("one");
        assert.deepEqual(machines.statusEvents[1], {
            executionArn: machines.executionArn("one"),
            stateMachineArn: machines.arn,
            name: "one",
            status: "FAILED",
            startDate: startDate.getTime(),
            stopDate: stopDate?.getTime(),
            input: '{"a":1}',
            output: null,
            inputDetails: { included: true },
            outputDetails: null,
            error: "E",
            cause: "c",
            stateMachineVersionArn: null,
            stateMachineAliasArn: null,
            redriveCount: 0,
            redriveDate: null,
            redriveStatus: "REDRIVABLE",
        });
    });

    it("come for every way of ending", async () => {
        const ends: unknown[] = [];
        const machines = new Machines().create(
            machine({ W: { Type: "Wait", Seconds: 5, End: true } }, { TimeoutSeconds: 3 }),
        );
        machines.start("late");
        machines.start("aborted");
        machines.call("StopExecution", { executionArn: machines.executionArn("aborted") });
        machines.service.onEnd(({ name, status }) => ends.push([name, status]));
        await machines.finish();
        const statuses = machines.statusEvents.map(
            ({ name, status }) => `${String(name)}: ${String(status)}`,
        );
        assert.ok(statuses.includes("aborted: ABORTED"));
        assert.ok(statuses.includes("late: TIMED_OUT"));
        assert.deepEqual(ends, [["late", "TIMED_OUT"]]);
    });

    it("leave out an input that does not fit", async () => {
        const machines = new Machines().create(failing);
        machines.start("one", "x".repeat(250 * 1024));
        await machines.finish();
        assert.deepEqual(machines.statusEvents[0]?.inputDetails, { included: false });
        assert.equal(machines.statusEvents[0]?.input, null);
    });

    it("keep an input and an output that fit together, by what they are and not by what they might be", async () => {
        const output = "y".repeat(200 * 1024);
        const pass = machine({ P: { Type: "Pass", Output: output, End: true } });
        const machines = new Machines().create(pass);
        machines.start("one", "x".repeat(15 * 1024));
        await machines.finish();
        const { status, inputDetails, outputDetails } = machines.statusEvents.at(-1) ?? {};
        assert.equal(status, "SUCCEEDED");
        assert.deepEqual([inputDetails, outputDetails], [{ included: true }, { included: true }]);
    });
});
