import assert from "node:assert/strict";
import { failing, refusal, sleeping, waiting } from "./fixtures.ts";
import { Machines } from "./machines.ts";

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

    it("has those that were aborted by when they started, and none that was redriven", async () => {
        const machines = new Machines().create(sleeping);
        for (const name of ["a", "b", "c", "d"]) {
            machines.start(name);
            await machines.world.pass(1000);
        }
        for (const name of ["c", "d", "a", "b"])
            machines.call("StopExecution", { executionArn: machines.executionArn(name) });
        const aborted = (): string[] => {
            const query = { stateMachineArn: machines.arn, statusFilter: "ABORTED" };
            const list = machines.call("ListExecutions", query) as { executions: { name: string }[] };
            return list.executions.map(({ name }) => name);
        };
        assert.deepEqual(aborted(), ["d", "c", "b", "a"]);
        machines.call("RedriveExecution", { executionArn: machines.executionArn("c") });
        assert.deepEqual(aborted(), ["d", "b", "a"]);
        machines.call("StopExecution", { executionArn: machines.executionArn("c") });
        assert.deepEqual(aborted(), ["d", "c", "b", "a"]);
    });
});
