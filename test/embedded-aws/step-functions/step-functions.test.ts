import assert from "node:assert/strict";
import fc from "fast-check";
import type { Need } from "../../../embedded-aws/service.ts";
import { Key } from "../../../embedded-aws/services/kms/service.ts";
import { UnsupportedError } from "../../../embedded-aws/service.ts";
import type { AwsError } from "../../../embedded-aws/service.ts";
import { machine } from "../../../conformance/cases/step-functions/machine.ts";
import { KIND, Machines, ROLE } from "./machines.ts";

const UPDATE = "arn:aws:states:::dynamodb:updateItem";
const WAIT = `${UPDATE}.waitForTaskToken`;
const GLUE = "arn:aws:states:::glue:startJobRun.sync";
const MINUTE = 60_000;

/** Parks until somebody answers its token, then ends with the answer. */
const waiting = machine({
    T: { Type: "Task", Resource: WAIT, Arguments: { token: "{% $states.context.Task.Token %}" }, End: true },
});
const sleeping = machine({ W: { Type: "Wait", Seconds: 100, End: true } });
const failing = machine({ F: { Type: "Fail", Error: "E", Cause: "c" } });

function refusal(name: string, message?: RegExp): (error: AwsError) => boolean {
    return (error) => {
        assert.equal(error.name, name);
        if (message) assert.match(error.message, message);
        return true;
    };
}

async function parked(fields: object = {}, answers = {}): Promise<{ machines: Machines; token: string }> {
    const definition = machine({
        T: {
            Type: "Task",
            Resource: WAIT,
            Arguments: { token: "{% $states.context.Task.Token %}" },
            ...fields,
            End: true,
        },
    });
    const machines = new Machines().answer({ "dynamodb:UpdateItem": [{}], ...answers }).create(definition);
    machines.start("one");
    await machines.world.pass(1);
    return { machines, token: machines.tokens[0] as string };
}

describe("Starting an execution", () => {
    it("is the same execution again while it runs and name and input are the same", () => {
        const machines = new Machines().create(sleeping);
        machines.start("one", { a: 1 });
        machines.start("one", { a: 1 });
        assert.equal([...machines.service.allExecutions()].length, 1);
    });

    it("is refused with another input, as ExecutionAlreadyExists", () => {
        const machines = new Machines().create(sleeping);
        machines.start("one", { a: 1 });
        assert.throws(
            () => machines.start("one", { a: 2 }),
            refusal("ExecutionAlreadyExists", /Already Exists: 'arn:/),
        );
    });

    it("is refused with the same input once the execution has ended", async () => {
        const machines = new Machines().create(failing);
        machines.start("one");
        await machines.finish();
        assert.throws(() => machines.start("one"), refusal("ExecutionAlreadyExists"));
    });

    it("takes names of 80 characters and refuses 81", () => {
        const machines = new Machines().create(sleeping);
        machines.start("n".repeat(80));
        assert.throws(
            () => machines.start("n".repeat(81)),
            refusal("ValidationException", /less than or equal to 80/),
        );
    });

    it("refuses every character that a name must not contain", () => {
        const machines = new Machines().create(sleeping);
        for (const character of ' <>{}[]?*"#%\\^|~`$&,;:/\u0007\u007f\u0090') {
            assert.throws(
                () => machines.start(`a${character}b`),
                refusal("InvalidName", /^Invalid Name: 'a/),
            );
        }
        machines.start("a-b_c.d+e=f@g!h'i(j)k");
    });

    it("refuses an input that is not JSON, and one beyond 256 KiB", () => {
        const machines = new Machines().create(sleeping);
        const start = (input: string): unknown =>
            machines.call("StartExecution", { stateMachineArn: machines.arn, input });
        assert.throws(() => start("not json"), refusal("InvalidExecutionInput"));
        assert.throws(
            () => start(JSON.stringify("x".repeat(262_143))),
            refusal("ValidationException", /262144/),
        );
        assert.throws(() => start(JSON.stringify("ü".repeat(150_000))), refusal("InvalidExecutionInput"));
        start(JSON.stringify("x".repeat(262_142)));
    });

    it("names what does not exist", () => {
        const machines = new Machines();
        const unknown = machines.arn;
        assert.throws(
            () => machines.call("StartExecution", { stateMachineArn: unknown }),
            refusal("StateMachineDoesNotExist"),
        );
        assert.throws(
            () => machines.call("StartExecution", { stateMachineArn: "nonsense" }),
            refusal("InvalidArn"),
        );
        assert.throws(() => machines.describe("nobody"), refusal("ExecutionDoesNotExist"));
    });

    it("is throttled beyond the bucket, which refills with time", async () => {
        const machines = new Machines({ startExecutionQuota: { burst: 2, perSecond: 1 } }).create(sleeping);
        machines.start("one");
        machines.start("two");
        assert.throws(() => machines.start("three"), refusal("ThrottlingException", /^Rate exceeded$/));
        await machines.world.pass(1000);
        machines.start("three");
        assert.throws(() => machines.start("four"), refusal("ThrottlingException"));
    });

    it("is refused when too many executions are open, and not any more when one has ended", async () => {
        const machines = new Machines({}, { maxOpenExecutions: 1 }).create(sleeping);
        machines.start("one");
        assert.throws(() => machines.start("two"), refusal("ExecutionLimitExceeded"));
        await machines.finish();
        machines.start("two");
    });
});

describe("A task token", () => {
    it("ends its task with the output that is sent", async () => {
        const { machines, token } = await parked();
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

    it("fails its task with the error that is sent", async () => {
        const { machines, token } = await parked();
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
        const { machines, token } = await parked();
        machines.call("SendTaskSuccess", { taskToken: token, output: "{}" });
        const again = (): unknown => machines.call("SendTaskSuccess", { taskToken: token, output: "{}" });
        assert.throws(again, refusal("TaskTimedOut", /Provided task does not exist anymore/));
        await machines.finish();
        assert.throws(again, refusal("TaskTimedOut"));
    });

    it("is TaskTimedOut after the task's timeout, an abort and a redrive", async () => {
        const { machines, token } = await parked({ TimeoutSeconds: 10 });
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

    it("is InvalidToken when malformed, TaskDoesNotExist when nobody made it", async () => {
        const { machines, token } = await parked();
        const send = (taskToken: string): unknown => machines.call("SendTaskHeartbeat", { taskToken });
        assert.throws(() => send("nonsense"), refusal("InvalidToken"));
        const forged = token.slice(0, -1) + (token.endsWith("0") ? "1" : "0");
        assert.throws(() => send(forged), refusal("TaskDoesNotExist"));
    });

    it("takes only JSON as output", async () => {
        const { machines, token } = await parked();
        assert.throws(
            () => machines.call("SendTaskSuccess", { taskToken: token, output: "granted" }),
            refusal("InvalidOutput"),
        );
    });

    it("is another one at every retry", async () => {
        const { machines } = await parked({
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
        const { machines, token } = await parked(
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
        const { machines, token } = await parked({ HeartbeatSeconds: 10, TimeoutSeconds: 25 });
        for (let i = 0; i < 3; i++) {
            await machines.world.pass(8_000);
            machines.call("SendTaskHeartbeat", { taskToken: token });
        }
        await machines.finish();
        const { error, startDate, stopDate } = machines.describe("one");
        assert.equal(error, "States.Timeout");
        assert.equal((stopDate as Date).getTime() - startDate.getTime(), 25_000);
    });

    it("that nobody made is refused, whatever it looks like", () => {
        const machines = new Machines();
        const send = (taskToken: string): unknown => machines.call("SendTaskHeartbeat", { taskToken });
        fc.assert(
            fc.property(fc.string({ maxLength: 60 }), (text) => {
                assert.throws(() => send(text), refusal("InvalidToken"));
            }),
        );
    });
});

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

describe("Stopping an execution", () => {
    it("aborts it with error and cause, and nothing of it happens any more", async () => {
        const machines = new Machines().create(sleeping);
        machines.start("one");
        await machines.world.pass(1000);
        const executionArn = machines.executionArn("one");
        machines.call("StopExecution", { executionArn, error: "Operator", cause: "no more" });
        await machines.finish();
        const { status, error, cause } = machines.describe("one");
        assert.deepEqual(
            { status, error, cause },
            { status: "ABORTED", error: "Operator", cause: "no more" },
        );
        assert.deepEqual(machines.types("one"), ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]);
    });

    it("that has ended changes nothing", async () => {
        const machines = new Machines().create(failing);
        machines.start("one");
        await machines.finish();
        machines.call("StopExecution", { executionArn: machines.executionArn("one"), error: "Operator" });
        assert.equal(machines.describe("one").status, "FAILED");
    });

    it("does not take back a call that is under way", async () => {
        const machines = new Machines({ callMillis: 20 })
            .answer({ "dynamodb:UpdateItem": [{}] })
            .create(waiting);
        machines.start("one");
        await machines.world.pass(10);
        machines.call("StopExecution", { executionArn: machines.executionArn("one") });
        await machines.finish();
        assert.equal(machines.callsTo("dynamodb:UpdateItem").length, 1);
        assert.equal(machines.describe("one").status, "ABORTED");
    });
});

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

    it("keeps the state's EnteredTime and tells the RedriveTime", async () => {
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

describe("Status events", () => {
    it("tell RUNNING, the end, and a redrive, with input, output and dates in milliseconds", async () => {
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

describe("State transitions", () => {
    it("are counted for each state entered and each retry", async () => {
        const seen: string[] = [];
        const machines = new Machines()
            .answer({ "dynamodb:UpdateItem": [{ error: "ConditionalCheckFailedException" }, {}] })
            .create(
                machine({
                    P: { Type: "Pass", Next: "T" },
                    T: {
                        Type: "Task",
                        Resource: UPDATE,
                        Retry: [{ ErrorEquals: ["States.ALL"] }],
                        Next: "S",
                    },
                    S: { Type: "Succeed" },
                }),
            );
        machines.service.onTransition((execution, state) => seen.push(`${execution} ${state}`));
        machines.start("one");
        await machines.finish();
        assert.deepEqual(seen, ["one P", "one T", "one T", "one S"]);
        assert.equal(machines.world.counters["states.transitions"], 4);
        assert.equal(machines.service.execution(machines.executionArn("one"))?.transitions, 4);
    });

    it("beyond the quota are delayed, not refused", async () => {
        const machines = new Machines({ stateTransitionQuota: { burst: 1, perSecond: 2 } }).create(
            machine({
                A: { Type: "Pass", Next: "B" },
                B: { Type: "Pass", Next: "C" },
                C: { Type: "Pass", End: true },
            }),
        );
        machines.start("one");
        await machines.finish();
        const { status, startDate, stopDate } = machines.describe("one");
        assert.equal(status, "SUCCEEDED");
        assert.equal((stopDate as Date).getTime() - startDate.getTime(), 1000);
    });
});

describe("Execution history", () => {
    it("numbers its events and links each to the one before", async () => {
        const { machines, token } = await parked();
        machines.call("SendTaskSuccess", { taskToken: token, output: "1" });
        await machines.finish();
        const links = machines.history("one").map(({ id, previousEventId }) => [id, previousEventId]);
        assert.deepEqual(links, [
            [1, 0],
            [2, 0],
            [3, 2],
            [4, 3],
            [5, 4],
            [6, 5],
            [7, 6],
            [8, 7],
        ]);
    });

    it("shows what was sent, with the timeouts in force", async () => {
        const { machines, token } = await parked({ TimeoutSeconds: 60, HeartbeatSeconds: "{% 30 %}" });
        const scheduled = machines.history("one").find(({ type }) => type === "TaskScheduled");
        assert.deepEqual(scheduled?.["taskScheduledEventDetails"], {
            resourceType: "dynamodb",
            resource: "updateItem.waitForTaskToken",
            region: "eu-west-1",
            parameters: JSON.stringify({ token }),
            timeoutInSeconds: 60,
            heartbeatInSeconds: 30,
        });
    });

    it("is read in pages, forwards and backwards", async () => {
        const machines = new Machines().create(failing);
        machines.start("one");
        await machines.finish();
        const executionArn = machines.executionArn("one");
        const read = (input: object): { events: { id: number }[]; nextToken?: string } =>
            machines.call("GetExecutionHistory", { executionArn, ...input }) as never;
        const first = read({ maxResults: 2, reverseOrder: true });
        const { nextToken } = first;
        const rest = read({ maxResults: 2, reverseOrder: true, nextToken });
        assert.deepEqual(
            [...first.events, ...rest.events].map(({ id }) => id),
            [3, 2, 1],
        );
        assert.equal(rest.nextToken, undefined);
    });

    it("has its failure as event 25,000 and nothing after", async () => {
        const machines = new Machines().create(
            machine({
                L: { Type: "Pass", Next: "M" },
                M: { Type: "Choice", Choices: [{ Condition: "{% false %}", Next: "E" }], Default: "L" },
                E: { Type: "Succeed" },
            }),
        );
        machines.start("one");
        await machines.finish();
        const executionArn = machines.executionArn("one");
        const { events } = machines.call("GetExecutionHistory", {
            executionArn,
            reverseOrder: true,
            maxResults: 2,
        }) as {
            events: { id: number; type: string }[];
        };
        assert.deepEqual(
            events.map(({ id, type }) => [id, type.replace(/^(Pass|Choice)/, "")]),
            [
                [25_000, "ExecutionFailed"],
                [24_999, "StateExited"],
            ],
        );
    });

    it("of an ended execution is only counted unless all are kept", async () => {
        const machines = new Machines({}, { keepHistory: "running" }).create(failing);
        machines.start("one");
        await machines.finish();
        assert.equal(machines.service.execution(machines.executionArn("one"))?.events, 3);
        assert.throws(() => machines.history("one"), UnsupportedError);
    });
});

describe("Listing executions", () => {
    it("begins with the latest, by status, in pages", async () => {
        const machines = new Machines().create(sleeping);
        for (const name of ["a", "b", "c", "d"]) {
            machines.start(name);
            await machines.world.pass(1000);
        }
        machines.call("StopExecution", { executionArn: machines.executionArn("c") });
        const list = (input: object): { executions: { name: string }[]; nextToken?: string } =>
            machines.call("ListExecutions", { stateMachineArn: machines.arn, ...input }) as never;
        const first = list({ statusFilter: "RUNNING", maxResults: 2 });
        assert.deepEqual(
            first.executions.map(({ name }) => name),
            ["d", "b"],
        );
        const { nextToken } = first;
        const rest = list({ statusFilter: "RUNNING", maxResults: 2, nextToken });
        assert.deepEqual(
            rest.executions.map(({ name }) => name),
            ["a"],
        );
        assert.throws(
            () => list({ statusFilter: "running" }),
            refusal("ValidationException", /Member must satisfy enum/),
        );
        assert.throws(() => list({ maxResults: 1001 }), refusal("ValidationException", /1000/));
    });
});

describe("A state machine", () => {
    it("needs a role that exists and trusts Step Functions", () => {
        const machines = new Machines();
        const roleArn = ROLE.replace("machine", "nobody");
        assert.throws(
            () => machines.create(failing, { roleArn }),
            refusal("AccessDeniedException", /nobody/),
        );
    });

    it("needs the log group that it logs to", () => {
        const machines = new Machines();
        const logDestination = machines.world.arn("logs", "log-group:/turnstile:*");
        const loggingConfiguration = { level: "ALL", logDestination };
        const create = (): unknown => machines.create(failing, { loggingConfiguration });
        assert.throws(create, refusal("InvalidLoggingConfiguration", /log-group:\/turnstile/));
        machines.world.register(logDestination.replace(/:\*$/, ""), {});
        create();
    });

    it("needs the key that it is encrypted with", () => {
        const machines = new Machines();
        const encryptionConfiguration = { type: "CUSTOMER_MANAGED_KMS_KEY", kmsKeyId: "1234" };
        const create = (): unknown => machines.create(failing, { encryptionConfiguration });
        assert.throws(create, refusal("KmsAccessDeniedException", /1234/));
        const arn = machines.world.arn("kms", "key/1234");
        machines.world.register(arn, new Key(arn, "1234", true, undefined));
        create();
        const reuse = { ...encryptionConfiguration, kmsDataKeyReusePeriodSeconds: 901 };
        assert.throws(
            () => new Machines().create(failing, { encryptionConfiguration: reuse }),
            refusal("ValidationException", /from 60 to 900/),
        );
    });

    it("of type EXPRESS is unsupported", () => {
        assert.throws(() => new Machines().create(failing, { type: "EXPRESS" }), UnsupportedError);
    });

    it("is called under its role, on behalf of the machine", async () => {
        const { machines } = await parked();
        const call = machines.world.calls.find(({ service }) => service === "dynamodb");
        assert.deepEqual(call?.caller, {
            principal: "states.amazonaws.com",
            roleArn: ROLE,
            sourceArn: machines.arn,
        });
    });

    it("lets what a service lacks end the run instead of catching it", async () => {
        const machines = new Machines().create(
            machine({
                T: {
                    Type: "Task",
                    Resource: UPDATE,
                    Catch: [{ ErrorEquals: ["States.ALL"], Next: "S" }],
                    Next: "S",
                },
                S: { Type: "Succeed" },
            }),
        );
        machines.start("one");
        await assert.rejects(machines.finish(), UnsupportedError);
    });

    it("describes the definition that an execution began with, and the one in force", async () => {
        const machines = new Machines().create(sleeping);
        machines.start("one");
        const definition = JSON.stringify(failing);
        const arn = machines.arn;
        const resource = { type: KIND, name: "machine", urn: "", inputs: { definition, roleArn: ROLE } };
        const kind = machines.service.kinds[KIND];
        const outputs = { ...resource.inputs, arn, name: "machine" };
        kind?.update?.({ ...resource, outputs }, { ...resource, outputs });
        const executionArn = machines.executionArn("one");
        const began = machines.call("DescribeStateMachineForExecution", { executionArn });
        const now = machines.call("DescribeStateMachine", { stateMachineArn: arn });
        assert.equal((began as { definition: string }).definition, JSON.stringify(sleeping));
        assert.equal((now as { definition: string }).definition, definition);
        await machines.finish();
        assert.equal(machines.describe("one").status, "SUCCEEDED");
    });
});

describe("A state machine with a key of one's own", () => {
    const MACHINE = "kms:EncryptionContext:aws:states:stateMachineArn";
    const DELIVERY = "kms:EncryptionContext:SourceArn";

    /** A machine, its key, and what its role was asked for; `lacks` are actions that the role does not have. */
    function encrypted(
        definition: object,
        {
            lacks = [],
            policy,
            ...inputs
        }: { lacks?: string[]; policy?: object; [input: string]: unknown } = {},
    ) {
        const machines = new Machines().answer({ "dynamodb:UpdateItem": [{}] });
        const arn = machines.world.arn("kms", "key/1234");
        const key = new Key(arn, "1234", true, policy);
        machines.world.register(arn, key);
        const needs: string[] = [];
        machines.world.allows = (_caller?: unknown, need?: Need) => {
            if (need?.resource === arn) needs.push(`${need.action} ${JSON.stringify(need.context?.())}`);
            return !lacks.includes(need?.action ?? "");
        };
        const encryptionConfiguration = { type: "CUSTOMER_MANAGED_KMS_KEY", kmsKeyId: arn };
        const create = (): Machines => machines.create(definition, { encryptionConfiguration, ...inputs });
        return { machines, key, needs, create };
    }

    it("starts nothing whose role may not use the key as itself, in the machine's context", () => {
        const { machines, needs, create } = encrypted(failing, { lacks: ["kms:GenerateDataKey"] });
        create();
        assert.throws(
            () => machines.start("one"),
            refusal(
                "KmsAccessDeniedException",
                /assumed-role\/machine\/machine is not .*: kms:GenerateDataKey/,
            ),
        );
        const context = JSON.stringify({ [MACHINE]: machines.arn });
        assert.deepEqual(needs, [`kms:Decrypt ${context}`, `kms:GenerateDataKey ${context}`]);
    });

    it("fails what runs, and takes no answer that it would have to keep, when the key is disabled", async () => {
        const { machines, key, create } = encrypted(waiting);
        create();
        for (const name of ["one", "two"]) machines.start(name);
        await machines.world.pass(1);
        const [taskToken, other] = machines.tokens;
        key.enabled = false;
        assert.throws(() => machines.start("three"), refusal("KmsInvalidStateException", /is disabled/));
        assert.throws(
            () => machines.call("SendTaskSuccess", { taskToken, output: "1" }),
            refusal("KmsInvalidStateException"),
        );
        assert.throws(
            () => machines.call("SendTaskFailure", { taskToken, error: "E" }),
            refusal("KmsInvalidStateException"),
        );
        machines.call("SendTaskFailure", { taskToken });
        await machines.world.pass(1);
        assert.equal(machines.describe("one").status, "FAILED");
        key.enabled = true;
        machines.call("SendTaskSuccess", { taskToken: other, output: "1" });
        await machines.world.pass(1);
        assert.equal(machines.describe("two").status, "SUCCEEDED");
    });

    it("fails an execution at the next state after its key was disabled", async () => {
        const { machines, key, create } = encrypted(
            machine({ W: { Type: "Wait", Seconds: 10, Next: "S" }, S: { Type: "Succeed" } }),
        );
        create().start("one");
        await machines.world.pass(1);
        key.enabled = false;
        await machines.finish();
        const { status, error, cause } = machines.describe("one");
        assert.deepEqual([status, error], ["FAILED", "States.Runtime"]);
        assert.match(cause ?? "", /key\/1234 is disabled/);
    });

    it("tells nothing of data in its events", async () => {
        const { machines, create } = encrypted(failing);
        create().start("one", { secret: true });
        await machines.finish();
        assert.equal(machines.statusEvents.length, 2);
        for (const event of machines.statusEvents) {
            const { input, output, error, cause, inputDetails } = event;
            assert.deepEqual([input, output, error, cause], [null, null, null, null]);
            assert.deepEqual(inputDetails, { included: false });
        }
    });

    it("needs its role to encrypt the log on its way, and the delivery of logs to decrypt it", () => {
        const loggingConfiguration = {
            level: "ERROR",
            logDestination: "arn:aws:logs:eu-west-1:1:log-group:g:*",
        };
        const context = { [DELIVERY]: "arn:aws:logs:eu-west-1:123456789012:*" };
        const statements = [
            {
                Effect: "Allow",
                Principal: { AWS: "arn:aws:iam::123456789012:root" },
                Action: "kms:*",
                Resource: "*",
            },
            {
                Effect: "Allow",
                Principal: { Service: "delivery.logs.amazonaws.com" },
                Action: "kms:Decrypt",
                Resource: "*",
                Condition: { StringEquals: context },
            },
        ];
        const policy = (count: number) => ({ Version: "2012-10-17", Statement: statements.slice(0, count) });
        const denied = refusal("AccessDeniedException", /not authorized to access the Log Destination/);
        for (const [lacks, count] of [
            [["kms:GenerateDataKey"], 2],
            [[], 1],
        ] as const) {
            const wrong = encrypted(failing, {
                lacks: [...lacks],
                policy: policy(count),
                loggingConfiguration,
            });
            wrong.machines.world.register("arn:aws:logs:eu-west-1:1:log-group:g", {});
            assert.throws(wrong.create, denied);
        }
        const right = encrypted(failing, { policy: policy(2), loggingConfiguration });
        right.machines.world.register("arn:aws:logs:eu-west-1:1:log-group:g", {});
        right.create();
        assert.deepEqual(right.needs, [`kms:GenerateDataKey ${JSON.stringify(context)}`]);
    });

    it("is not made by somebody whom the key's own policy keeps out", () => {
        const Statement = { Effect: "Allow", Principal: { AWS: ROLE }, Action: "kms:*", Resource: "*" };
        const { create } = encrypted(failing, { policy: { Version: "2012-10-17", Statement } });
        assert.throws(create, refusal("KmsAccessDeniedException", /kms:DescribeKey/));
    });
});
