/** The queue delivers at least once; everything starts once. */
import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/index.ts";
import type { RecordedProgram } from "../../../embedded-aws/index.ts";
import { recorded } from "../test-stack.ts";
import { badDay, CONFIG, LOST, makes, MINUTE, operation, record } from "./bad-day.ts";
import type { BadDay, Fault } from "./bad-day.ts";

/** Messages are not deleted after they were accepted: they come again. */
function redeliver(day: BadDay, times: number): Fault {
    const starter = day.by("starter");
    const isDelete = operation("DeleteMessageBatch");
    const work = day.stack.output("queueUrl");
    return day.refuse(
        (call) => isDelete(call) && (starter(call) || JSON.stringify(call.input).includes(work)),
        new AwsError("ServiceUnavailable", "down", 503),
        times,
    );
}

before(record(CONFIG));

describe("A second delivery", () => {
    it("while the execution runs starts nothing", async () => {
        await badDay({}, async (day) => {
            const deliveries = redeliver(day, 2);
            const id = day.send({ minutes: 30 });
            await day.ends({ done: [id] });
            assert.equal(deliveries.happened, 2);
            assert.equal(day.runsOf(id).length, 1);
            assert.equal(day.started().length, 1);
            assert.ok(day.story(id).lines.length > 0);
        });
    });

    it("after the message was done starts nothing, and is logged", async () => {
        await badDay({}, async (day) => {
            const deliveries = redeliver(day, 2);
            const id = day.send({ minutes: 1 });
            await day.ends({ done: [id] });
            assert.equal(deliveries.happened, 2);
            assert.equal(day.runsOf(id).length, 1);
            assert.ok(
                day.story(id).lines.includes("message delivered again after it had ended: nothing started"),
            );
        });
    });

    it("after the message was dead-lettered starts nothing, and the dead-letter queue has it once", async () => {
        await badDay({}, async (day) => {
            const deliveries = redeliver(day, 4);
            const id = day.send({ minutes: 1, fails: 2 });
            await day.ends({ dead: [id] });
            assert.equal(deliveries.happened, 4);
            assert.equal(day.runsOf(id).length, 2);
        });
    });

    it("of a message that can never start sends no second letter", async () => {
        await badDay({}, async (day) => {
            // Each delivery comes minutes after the one before. SQS drops a repeated letter only within five minutes.
            const deliveries = redeliver(day, 4);
            const id = day.stack.send("not JSON", "group");
            await day.until("it has been delivered five times", () => deliveries.happened === 4);
            await day.ends({ dead: [id] });
            assert.equal(day.started().length, 0);
        });
    });

    it("of an accepted message whose arguments a deployment has forbidden since sends no letter", async () => {
        await badDay({}, async (day) => {
            const deliveries = redeliver(day, 4);
            const id = day.send({ minutes: 10 });
            await day.until("it runs", () => day.runsOf(id).length === 1);
            await day.stack.world.deploy(allowingOnly(await recorded(CONFIG), "--other"));
            await day.until("it has been delivered five times", () => deliveries.happened === 4);
            await day.ends({ done: [id] });
            assert.equal(day.runsOf(id).length, 1);
        });
    });

    it("of an accepted message that could not start then starts it, although its arguments are forbidden by now", async () => {
        await badDay({}, async (day) => {
            const refused = day.refuse(operation("StartExecution"), LOST);
            const id = day.send({ minutes: 1 });
            await day.until("it has a row", () => day.rows().has(id));
            await day.stack.world.deploy(allowingOnly(await recorded(CONFIG), "--other"));
            refused.end();
            await day.ends({ done: [id] });
        });
    });

    it("of a message that was refused before a deployment allowed it starts nothing", async () => {
        await badDay({}, async (day) => {
            const program = await recorded(CONFIG);
            await day.stack.world.deploy(allowingOnly(program, "--other"));
            // The mark is written, the letter is sent, and the starter dies before it can record that.
            const death = day.crash("starter", 3, "before");
            const id = day.send({ minutes: 1 });
            await day.until("the starter has died", () => death.happened === 1);
            await day.stack.world.deploy(program);
            await day.ends({ dead: [id] });
            assert.equal(day.started().length, 0);
        });
    });

    it("of a message whose execution ended while its row could not be closed starts nothing", async () => {
        await badDay({}, async (day) => {
            redeliver(day, 1);
            const denied = new AwsError("AccessDeniedException", "refused by the test");
            const open = day.refuse(makes("close"), denied);
            const id = day.send({ minutes: 1 });
            await day.until("its execution has ended", () => day.stack.ended.length === 1);
            await day.pass(10 * MINUTE);
            assert.equal(day.started().length, 1);
            assert.equal(day.queued(), 0, "it comes again and again");
            open.end();
            await day.ends({ done: [id] });
            assert.equal(day.runsOf(id).length, 1);
        });
    });

    it("with the same id and another body is reported in the dead-letter queue", async () => {
        await badDay({}, async (day) => {
            redeliver(day, 1);
            const id = day.send({ minutes: 1 });
            // SQS never does this; a sender that makes its own ids may.
            day.stack.world.intercept((call, next) => {
                const answer = next() as { Messages?: { MessageId: string; Body: string }[] };
                if (call.operation !== "ReceiveMessage" || day.rows().size === 0) return answer;
                const Messages = answer.Messages?.map((message) =>
                    message.MessageId === id && day.started().length === 1
                        ? { ...message, Body: '{"arguments":{"--other":"1"}}' }
                        : message,
                );
                return { ...answer, ...(Messages && { Messages }) };
            });
            await day.until("its first body is done", () => day.rows().get(id)?.outcome === "done");
            await day.pass(15 * MINUTE);
            const letters = day.stack.deadLetters();
            assert.equal(letters.length, 1);
            assert.match(
                letters[0]?.MessageAttributes["cause"]?.StringValue ?? "",
                /^MessageRefused: A message with the same id but another body was accepted before/,
            );
            assert.equal(day.rows().get(id)?.outcome, "done");
            assert.equal(day.started().length, 1);
            assert.equal(day.metric("MessageRefused"), 1);
        });
    });
});

/** The program with a starter that allows no argument but one. */
function allowingOnly(program: RecordedProgram, name: string): RecordedProgram {
    const resources = program.resources.map((resource) => {
        const environment = resource.inputs["environment"] as
            { variables: Record<string, string> } | undefined;
        if (environment?.variables["DEAD_LETTER_QUEUE_URL"] === undefined) return resource;
        const variables = { ...environment.variables, ARGUMENT_NAMES: JSON.stringify([name]) };
        const changed = { environment: { variables } };
        return {
            ...resource,
            inputs: { ...resource.inputs, ...changed },
            outputs: { ...resource.outputs, ...changed },
        };
    });
    return { ...program, resources };
}
