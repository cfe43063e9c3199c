/** Jobs that fail: attempts, their order, the dead-letter queue and the way back from there. */
import assert from "node:assert/strict";
import { AwsError, Topic } from "../../../embedded-aws/index.ts";
import type { RunEnd } from "../../../embedded-aws/index.ts";
import { asSent, badDay, CONFIG, LIMIT, MINUTE, operation, record, SECOND, seenOn } from "./bad-day.ts";
import type { BadDay } from "./bad-day.ts";
import type { Job } from "../test-stack.ts";

before(record(CONFIG));

describe("A job that fails", () => {
    describe("at its first attempt", () => {
        const seen = seenOn({}, async (day) => {
            const id = day.send({ fails: 1 });
            const { rows } = await day.ends({ done: [id] });
            return { id, rows, runs: day.runsOf(id), output: day.execution(id).output ?? "" };
        });

        it("is tried again, and no more often once an attempt succeeds", () => {
            assert.equal(seen().runs.length, 2);
        });

        it("backs off for retryDelaySeconds before the next attempt", () => {
            const [first, second] = seen().runs;
            const pause = (second?.startedOn ?? 0) - (first?.completedOn ?? Infinity);
            assert.ok(pause >= 30 * SECOND && pause < 2 * MINUTE, `${pause}`);
        });

        it("is done with the run that succeeded", () => {
            const { id, rows, runs, output } = seen();
            assert.equal(rows.get(id)?.run, runs[1]?.id);
            assert.match(output, /"attempts":2/);
        });
    });

    it("stands ahead of later messages at a further attempt, because its arrival stays the same", async () => {
        await badDay({}, async (day) => {
            const first = day.sendMany(LIMIT, { fails: 1 });
            const later = day.sendMany(6);
            await day.ends({ done: [...first, ...later] });
            const order = day.stack.served();
            const again = first.map((id) => order.lastIndexOf(id));
            // While it backed off, one message went on each slot; then it is its turn again, before all others.
            assert.ok(Math.max(...again) < order.length - 2, `${again.join()} of ${order.length}`);
            assert.deepEqual(order.slice(-2), later.slice(-2));
        });
    });

    describe("at every attempt", () => {
        const body = '{ "arguments" : {"--fails":"2", "--minutes": "1"} }';
        const seen = seenOn({}, async (day) => {
            const id = day.stack.send(body, "bad");
            const { letters, rows } = await day.ends({ dead: [id] });
            const topic = day.stack.world.find(day.stack.output("failureTopicArn"));
            assert.ok(topic instanceof Topic);
            return {
                id,
                letter: letters.get(id),
                row: rows.get(id),
                run: day.runsOf(id).at(-1)?.id,
                execution: day.execution(id),
                notifications: topic.published.filter((message) => JSON.stringify(message).includes(id)),
            };
        });

        it("goes to the dead-letter queue with its body untouched", () => {
            assert.equal(seen().letter?.body, body);
        });

        it("has cause, attempts, pool, message, execution and last run in the attributes of its dead letter", () => {
            const { id, letter, execution, run } = seen();
            assert.deepEqual(
                { ...letter?.attributes, console: undefined },
                {
                    cause: 'States.TaskFailed: no "such" day, attempt 2',
                    attempts: "2",
                    pool: "jobs",
                    messageId: id,
                    execution: execution.arn,
                    run,
                    console: undefined,
                },
            );
        });

        it("has a link to its execution in the console in its dead letter", () => {
            const { letter, execution } = seen();
            assert.ok(letter?.attributes["console"]?.endsWith(execution.arn), letter?.attributes["console"]);
        });

        it("has its last run in its row", () => {
            const { row, run } = seen();
            assert.equal(row?.run, run);
        });

        it("has an execution that is FAILED with the job's error", () => {
            const { status, cause } = seen().execution;
            assert.deepEqual([status, cause], ["FAILED", 'no "such" day, attempt 2']);
        });

        it("is notified once", () => {
            assert.equal(seen().notifications.length, 1);
        });
    });

    it("leaves a trail of log lines by which its message is followed through all functions", async () => {
        await badDay({}, async (day) => {
            const blocker = day.sendMany(LIMIT);
            const id = day.send({ fails: 2 });
            await day.ends({ done: blocker, dead: [id] });
            const { functions, lines } = day.story(id);
            assert.deepEqual(functions, ["starter", "dispatcher", "reaper"]);
            assert.equal(lines[0], "execution started");
            assert.ok(lines.includes("waiter woken") && lines.includes("slot freed"), lines.join());
        });
    });

    it("runs again as a new execution when its dead letter is redriven to the queue, and is done", async () => {
        await badDay({}, async (day) => {
            const id = day.send({ fails: 2 });
            await day.until("it is dead", () => day.rows().get(id)?.outcome === "deadLettered");
            await day.pass(MINUTE);
            // The weather is better now.
            day.stack.world.intercept((call, next) => {
                if (call.operation !== "StartJobRun") return next();
                const { Arguments } = call.input as { Arguments: Record<string, string> };
                Arguments["--fails"] = "0";
                return next();
            });
            move(day, true);
            await day.until("it runs again", () => day.rows().size === 2);
            const again = [...day.rows().keys()].find((other) => other !== id) ?? "";
            const { rows } = await day.ends({ done: [again] });
            assert.equal(rows.get(id)?.outcome, "deadLettered");
            assert.equal(day.runsOf(id).length, 2);
            assert.equal(day.runsOf(again).length, 1);
        });
    });

    it("stays in the dead-letter queue when a redrive names no destination: SQS itself did not dead-letter it", async () => {
        await badDay({}, async (day) => {
            const id = day.send({ fails: 2 });
            await day.until("it is dead", () => day.rows().get(id)?.outcome === "deadLettered");
            move(day, false);
            await day.pass(MINUTE);
            const { Results } = day.call<{ Results: { Status: string; FailureReason?: string }[] }>(
                "sqs",
                "ListMessageMoveTasks",
                { SourceArn: queueArn(day, "deadLetterQueueUrl") },
            );
            assert.deepEqual(
                Results.map(({ Status, FailureReason }) => [Status, FailureReason]),
                [["FAILED", "CouldNotDetermineMessageSource"]],
            );
            await day.ends({ dead: [id] });
        });
    });

    it("goes to the dead-letter queue although that refuses for an hour and the notification fails for good", async () => {
        await badDay({}, async (day) => {
            const id = day.send({ fails: 2 });
            const url = day.stack.output("deadLetterQueueUrl");
            const refused = day.refuse(operation("SendMessage", url), refusal("RequestThrottled"));
            const unheard = day.refuse(operation("Publish"), refusal("AuthorizationError"));
            await day.pass(90 * MINUTE);
            assert.ok(refused.happened > 5);
            assert.equal(day.rows().get(id)?.outcome, undefined);
            refused.end();
            await day.ends({ dead: [id] });
            assert.ok(unheard.happened > 1);
        });
    });
});

/** Redrives the dead-letter queue, to the work queue or to nowhere in particular. */
function move(day: BadDay, toWorkQueue: boolean): void {
    const SourceArn = queueArn(day, "deadLetterQueueUrl");
    const DestinationArn = queueArn(day, "queueUrl");
    day.call("sqs", "StartMessageMoveTask", { SourceArn, ...(toWorkQueue && { DestinationArn }) });
}

function queueArn(day: BadDay, output: string): string {
    const query = { QueueUrl: day.stack.output(output), AttributeNames: ["QueueArn"] };
    return day.call<{ Attributes: { QueueArn: string } }>("sqs", "GetQueueAttributes", query).Attributes
        .QueueArn;
}

function refusal(name: string): AwsError {
    return new AwsError(name, "refused by the test");
}

describe("A run that Glue itself ends, without an event", () => {
    for (const state of ["ERROR", "EXPIRED"] as const) {
        describe(`as ${state}`, () => {
            const seen = seenOn({ job: endsAs(state) }, async (day) => {
                const once = day.send({ fails: 1 });
                const always = day.send({ fails: 2 });
                const { letters, rows } = await day.ends({ done: [once], dead: [always] });
                const holdings = day.held();
                return { day, once, letter: letters.get(always), row: rows.get(once), holdings };
            });

            it("is a failed attempt: the next one may succeed", () => {
                const { day, once, row } = seen();
                const runs = day.runsOf(once);
                assert.deepEqual(
                    runs.map((run) => run.state),
                    [state, "SUCCEEDED"],
                );
                assert.equal(row?.run, runs[1]?.id);
            });

            it("after the last attempt has the state in the dead letter's cause", () => {
                assert.match(seen().letter?.cause ?? "", new RegExp(`ended without a message: ${state}`));
            });

            it("leaves no slot held", () => {
                assert.deepEqual(seen().holdings, []);
            });
        });

        it(`as ${state}, after its execution was aborted, gives its slot back at a sweep`, async () => {
            await badDay({ job: endsAs(state, 20 * MINUTE) }, async (day) => {
                const id = day.send({ fails: 1 });
                await day.until("it runs", () => day.runsOf(id)[0]?.state === "RUNNING", 5 * MINUTE);
                day.refuse(operation("BatchStopJobRun"), new AwsError("InternalServiceException", "no"));
                day.abort(id);
                await day.until("its slot is back", () => day.held().length === 0, 40 * MINUTE);
                const { letters } = await day.ends({ dead: [id] });
                assert.equal(day.runsOf(id)[0]?.state, state);
                assert.match(letters.get(id)?.cause ?? "", /^ExecutionABORTED/);
            });
        });
    }
});

/** A job whose failures are ends of Glue's own. */
function endsAs(state: "ERROR" | "EXPIRED", millis?: number): Job {
    return (run) => {
        const sent = asSent(run);
        const end: RunEnd = sent.end.state === "FAILED" ? { state } : sent.end;
        return { millis: millis ?? sent.millis, end };
    };
}
