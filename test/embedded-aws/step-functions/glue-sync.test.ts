import assert from "node:assert/strict";
import { machine } from "../../../conformance/cases/step-functions/machine.ts";
import { GLUE, MINUTE } from "./fixtures.ts";
import { Machines } from "./machines.ts";

describe("A .sync Glue task", () => {
    const definition = machine({
        R: {
            Type: "Task",
            Resource: GLUE,
            Arguments: { JobName: "job", Arguments: { "--a": "1" } },
            TimeoutSeconds: "{% $states.input.timeout %}",
            End: true,
        },
    });
    const run = (state: string): object => ({
        JobRun: {
            Id: "jr_1",
            JobName: "job",
            JobRunState: state,
            StartedOn: new Date(5),
            CompletedOn: undefined,
        },
    });
    const started = { output: { JobRunId: "jr_1" } };
    const running = { output: run("RUNNING") };

    function sync(polls: readonly object[], timeout = 99_999): Machines {
        const machines = new Machines({
            syncPollMillis: (waited) => (waited < 10 * MINUTE ? MINUTE : 5 * MINUTE),
        })
            .answer({ "glue:StartJobRun": [started], "glue:GetJobRun": polls, "glue:BatchStopJobRun": [{}] })
            .create(definition);
        machines.start("one", { timeout });
        return machines;
    }

    it("looks at its run every minute for ten minutes, then every five", async () => {
        const machines = sync([...Array<object>(12).fill(running), { output: run("SUCCEEDED") }]);
        await machines.finish();
        const { startDate, stopDate } = machines.describe("one");
        assert.equal(machines.callsTo("glue:GetJobRun").length, 13);
        assert.equal((stopDate as Date).getTime() - startDate.getTime(), 25 * MINUTE);
    });

    it("has the run as its result, times as milliseconds", async () => {
        const machines = sync([{ output: run("SUCCEEDED") }]);
        await machines.finish();
        assert.deepEqual(JSON.parse(machines.describe("one").output ?? ""), {
            Id: "jr_1",
            JobName: "job",
            JobRunState: "SUCCEEDED",
            StartedOn: 5,
        });
    });

    for (const state of ["FAILED", "STOPPED", "TIMEOUT", "ERROR"]) {
        it(`fails with States.TaskFailed and the run as cause when the run ends ${state}`, async () => {
            const machines = sync([{ output: run(state) }]);
            await machines.finish();
            const { error, cause } = machines.describe("one");
            assert.equal(error, "States.TaskFailed");
            assert.deepEqual(JSON.parse(cause ?? ""), {
                Id: "jr_1",
                JobName: "job",
                JobRunState: state,
                StartedOn: 5,
            });
        });
    }

    it("goes on waiting when a look fails, and while the run is stopping", async () => {
        const machines = sync([
            { error: "OperationTimeoutException" },
            { output: run("STOPPING") },
            { output: run("SUCCEEDED") },
        ]);
        await machines.finish();
        assert.equal(machines.describe("one").status, "SUCCEEDED");
    });

    it("asks the run to stop, once, when the execution is stopped", async () => {
        const machines = sync([running]);
        await machines.world.pass(90_000);
        machines.call("StopExecution", { executionArn: machines.executionArn("one"), error: "Stop" });
        await machines.finish();
        assert.deepEqual(machines.callsTo("glue:BatchStopJobRun"), [{ JobName: "job", JobRunIds: ["jr_1"] }]);
        assert.equal(machines.callsTo("glue:GetJobRun").length, 1);
    });

    it("asks the run to stop when the task times out", async () => {
        const machines = sync([running], 150);
        await machines.finish();
        assert.equal(machines.describe("one").error, "States.Timeout");
        assert.equal(machines.callsTo("glue:BatchStopJobRun").length, 1);
    });

    it("leaves alone a run that has ended", async () => {
        const machines = sync([{ output: run("SUCCEEDED") }]);
        await machines.finish();
        assert.deepEqual(machines.callsTo("glue:BatchStopJobRun"), []);
    });

    it("names a refusal to start as the optimized integration does", async () => {
        const machines = new Machines()
            .answer({ "glue:StartJobRun": [{ error: "ConcurrentRunsExceededException" }] })
            .create(definition);
        machines.start("one", { timeout: 9 });
        await machines.finish();
        assert.equal(machines.describe("one").error, "Glue.ConcurrentRunsExceededException");
    });

    it("names throttling as the old SDK does, which does not model it", async () => {
        const machines = new Machines()
            .answer({ "glue:StartJobRun": [{ error: "ThrottlingException", message: "Rate exceeded" }] })
            .create(definition);
        machines.start("one", { timeout: 9 });
        await machines.finish();
        const { error, cause } = machines.describe("one");
        assert.equal(error, "Glue.AWSGlueException");
        assert.match(
            cause ?? "",
            /^Rate exceeded \(Service: AWSGlue; Status Code: 400; Error Code: ThrottlingException;/,
        );
    });
});
