/** Each rival does what its authors say, without faults. */
import assert from "node:assert/strict";
import { AwsError } from "../../embedded-aws/index.ts";
import { awsSample } from "../../rivals/designs/aws-sample.ts";
import { glueQueueing } from "../../rivals/designs/glue-queueing.ts";
import { lambdaCounter } from "../../rivals/designs/lambda-counter.ts";
import { COUNT } from "../../rivals/designs/lib/owner-count.ts";
import { LOCK_KEY } from "../../rivals/designs/lib/parts.ts";
import { listExecutions } from "../../rivals/designs/list-executions.ts";
import { ownerCounter } from "../../rivals/designs/owner-counter.ts";
import { poll } from "../../rivals/designs/poll.ts";
import { semaphoreConstruct } from "../../rivals/designs/semaphore.ts";
import type { Rival } from "../../rivals/rival.ts";
import { Scene } from "./scene.ts";

const user = { principal: "user" };

/** An execution that has a slot already, as after a lost reply, while all slots are taken. */
async function startAsOwner(scene: Scene): Promise<void> {
    const { world, program } = scene;
    const machine = program.resources.find(({ type }) => type.startsWith("aws:sfn/"));
    const stateMachineArn = String(machine?.outputs["arn"]);
    const arn = `${stateMachineArn.replace(":stateMachine:", ":execution:")}:owner`;
    const lock = { ...LOCK_KEY, [COUNT]: { N: "1" }, [arn]: { S: "2026-01-01T00:00:00.000Z" } };
    world.call("dynamodb", "PutItem", { TableName: program.outputs["tableName"], Item: lock }, user);
    const input = JSON.stringify({ arguments: { "--number": "0" } });
    world.call("states", "StartExecution", { stateMachineArn, name: "owner", input }, user);
    await scene.pass(90);
}

function itKeepsTheLimit(rival: Rival): void {
    it("runs as many jobs as the limit allows", () =>
        Scene.of(rival, 2, async (scene) => {
            await scene.send(5);
            assert.equal(scene.running, 2);
        }));

    it("runs every message", () =>
        Scene.of(rival, 2, async (scene) => {
            await scene.send(5);
            await scene.pass(3600);
            const done = scene.executions.filter(({ status }) => status === "SUCCEEDED");
            assert.equal(done.length, 5);
        }));
}

describe("AWS's sample", () => {
    itKeepsTheLimit(awsSample);

    it("makes seven writes in the 63 seconds of one denied try, before it reads", () =>
        Scene.of(awsSample, 1, async (scene) => {
            await scene.send(2);
            await scene.pass(55);
            assert.equal(scene.callsOf("UpdateItem", "states").length, 1 + 6);
            assert.equal(scene.callsOf("GetItem", "states").length, 0);
            await scene.pass(4);
            assert.equal(scene.callsOf("UpdateItem", "states").length, 1 + 7);
            assert.equal(scene.callsOf("GetItem", "states").length, 1);
        }));

    it("finds that it has the slot already", () =>
        Scene.of(awsSample, 1, async (scene) => {
            await startAsOwner(scene);
            assert.equal(scene.running, 1);
        }));

    it("frees the slot of an execution that was aborted", () =>
        Scene.of(awsSample, 1, async (scene) => {
            await scene.send(1);
            assert.equal(scene.taken, 1);
            scene.abort();
            await scene.pass(5);
            assert.equal(scene.taken, 0);
        }));
});

describe("The semaphore construct", () => {
    itKeepsTheLimit(semaphoreConstruct);

    it("never finds that it has the slot already", () =>
        Scene.of(semaphoreConstruct, 1, async (scene) => {
            await startAsOwner(scene);
            assert.equal(scene.running, 0);
        }));

    it("keeps the slot of an execution that was aborted", () =>
        Scene.of(semaphoreConstruct, 1, async (scene) => {
            await scene.send(1);
            scene.abort();
            await scene.pass(3600);
            assert.equal(scene.taken, 1);
        }));
});

describe("The counter in the Lambda", () => {
    itKeepsTheLimit(lambdaCounter);

    it("sends a refused message again, 15 to 120 seconds later", () =>
        Scene.of(lambdaCounter, 1, async (scene) => {
            await scene.send(3);
            const delays = scene
                .callsOf("SendMessage", "lambda")
                .map(({ input }) => (input as { DelaySeconds: number }).DelaySeconds);
            assert.equal(delays.length, 2);
            assert.ok(delays.every((seconds) => seconds >= 15 && seconds <= 120));
            assert.equal(scene.queued.delayed, 2);
        }));

    it("counts down twice for an event that comes twice", () =>
        Scene.of(lambdaCounter, 2, async (scene) => {
            await scene.send(2);
            assert.equal(scene.taken, 2);
            scene.world.onCall(({ caller }) =>
                caller.principal === "events.amazonaws.com" ? { happens: [0, 0] } : undefined,
            );
            scene.abort();
            await scene.pass(5);
            assert.equal(scene.taken, 0);
        }));
});

describe("The counter with owners", () => {
    itKeepsTheLimit(ownerCounter);

    it("leaves a message without a slot to the queue, which delivers it again after 30 seconds", () =>
        Scene.of(ownerCounter, 1, async (scene) => {
            await scene.send(2);
            assert.equal(scene.queued.inFlight, 1);
            const before = scene.callsOf("UpdateItem", "lambda").length;
            await scene.pass(30);
            assert.equal(scene.callsOf("UpdateItem", "lambda").length, before + 1);
        }));

    it("gives the slot back when the job has failed", () =>
        Scene.of(ownerCounter, 1, async (scene) => {
            scene.world.intercept((call, next) => {
                if (call.operation !== "StartJobRun") return next();
                throw new AwsError(
                    "EntityNotFoundException",
                    "Failed to start job run due to missing metadata",
                );
            });
            await scene.send(1);
            assert.deepEqual(
                scene.executions.map(({ status }) => status),
                ["FAILED"],
            );
            assert.equal(scene.taken, 0);
        }));
});

describe("The count of executions", () => {
    itKeepsTheLimit(listExecutions);

    it("asks Step Functions once for a batch", () =>
        Scene.of(listExecutions, 2, async (scene) => {
            await scene.send(5);
            const batches = scene.callsOf("ListExecutions", "lambda").length;
            assert.ok(batches >= 1 && batches < 5, `${batches} questions`);
        }));
});

describe("Glue's queue alone", () => {
    itKeepsTheLimit(glueQueueing);

    it("starts a run for each message at once, and lets Glue hold them", () =>
        Scene.of(glueQueueing, 2, async (scene) => {
            await scene.send(5);
            assert.equal(scene.waitingInGlue, 3);
        }));
});

describe("The 30-second poll", () => {
    itKeepsTheLimit(poll);

    it("looks again every 30 seconds", () =>
        Scene.of(poll, 1, async (scene) => {
            await scene.send(2);
            const before = scene.callsOf("UpdateItem", "states").length;
            await scene.pass(300);
            assert.equal(scene.callsOf("UpdateItem", "states").length, before + 10);
        }));
});
