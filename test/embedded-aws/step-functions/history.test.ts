import assert from "node:assert/strict";
import { UnsupportedError } from "../../../embedded-aws/service.ts";
import { machine } from "../../../conformance/cases/step-functions/machine.ts";
import { failing, awaitingToken, UPDATE } from "./fixtures.ts";
import { Machines } from "./machines.ts";

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
        const { machines, token } = await awaitingToken();
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
        const { machines, token } = await awaitingToken({ TimeoutSeconds: 60, HeartbeatSeconds: "{% 30 %}" });
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

    it("ends, as an outline too, with how its execution ended", async () => {
        const machines = new Machines({}, { keepHistory: "states" }).create(failing);
        machines.start("one");
        await machines.finish();
        assert.equal(machines.history("one").at(-1)?.type, "ExecutionFailed");
    });
});
