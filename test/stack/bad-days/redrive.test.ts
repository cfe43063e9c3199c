/** An execution that somebody redrives: it never runs its job without a slot, and stops if its message has ended. */
import assert from "node:assert/strict";
import { AwsError, carryOut } from "../../../embedded-aws/index.ts";
import {
    badDay,
    CONCURRENT,
    CONFIG,
    HOUR,
    LIMIT,
    LOST,
    makes,
    MINUTE,
    operation,
    record,
    SECOND,
    COOLING_DOWN,
    seenOn,
} from "./bad-day.ts";
import type { BadDay, Behavior } from "./bad-day.ts";

interface Moment {
    readonly state: string;
    readonly delay?: number;
    readonly visit?: number;
    readonly job?: Behavior;
    readonly config?: Record<string, string>;
    readonly prepare?: (day: BadDay) => void;
    /** How the message has ended after the execution was aborted. */
    readonly end: "done" | "dead";
}

const denied = new AwsError("AccessDeniedException", "refused by the test");

/** Aborted there, and redriven half an hour after its message has ended: SQS then deduplicates no longer. */
const LATE: readonly Moment[] = [
    { state: "Enter line", end: "dead" },
    { state: "Wait in line", job: { fails: 9 }, end: "dead" },
    {
        state: "Pause",
        delay: SECOND,
        // Every retry of the first join is refused too.
        prepare: (day) => void day.refuse(makes("join"), denied, 7),
        end: "dead",
    },
    { state: "Acquire slot", end: "dead" },
    { state: "Run job", delay: MINUTE, job: { minutes: 20 }, end: "dead" },
    { state: "Run job", end: "done" },
    {
        state: "Ask the reaper",
        visit: 2,
        delay: SECOND,
        job: { fails: 9 },
        prepare: (day) => void day.loseReply(operation("StartJobRun"), LOST, 2),
        end: "dead",
    },
    { state: "Cool down", delay: SECOND, job: { minutes: 2.7 }, config: COOLING_DOWN, end: "done" },
    {
        state: "Cool down after failure",
        visit: 2,
        delay: SECOND,
        job: { minutes: 2.7, fails: 9 },
        config: COOLING_DOWN,
        end: "dead",
    },
    { state: "Release slot", end: "done" },
    { state: "Release after failure", visit: 2, job: { fails: 9 }, end: "dead" },
    { state: "Back off", delay: SECOND, job: { fails: 9 }, end: "dead" },
    { state: "Close job", end: "done" },
    { state: "Dead-letter message", job: { fails: 9 }, end: "dead" },
    { state: "Close as dead-lettered", job: { fails: 9 }, end: "dead" },
    { state: "Notify", job: { fails: 9 }, end: "dead" },
];

before(record(CONFIG, COOLING_DOWN));

describe("An execution that is redriven after its message has ended", () => {
    for (const { state, delay = 5, visit = 1, job, config, prepare, end } of LATE) {
        const doing = `${state}${visit > 1 ? " of its last attempt" : ""}${delay > 5 ? "" : ", its call under way"}`;
        describe(`having been aborted in ${doing}`, () => {
            const seen = seenOn({ config: config ?? CONFIG }, async (day) => {
                prepare?.(day);
                const id = day.send(job);
                const happened = day.at(id, state, () => day.abort(id), { delay, visit });
                await day.until("it is aborted", happened);
                await day.until("its message has ended", () => day.rows().get(id)?.outcome !== undefined);
                // Nobody bars it by giving it no turn, and SQS deduplicates no longer.
                day.refuse(day.by("dispatcher"), denied);
                await day.pass(30 * MINUTE);
                const runs = day.runsOf(id).length;
                const slots = day.stack.slots.length;
                day.redrive(id);
                const ends = await day.ends(end === "done" ? { done: [id] } : { dead: [id] });
                const { redriveCount, status } = day.execution(id);
                assert.equal(redriveCount, 1);
                return {
                    id,
                    ends,
                    status,
                    runs: day.runsOf(id).length - runs,
                    slots: day.stack.slots.slice(slots),
                };
            });

            it("starts no job", () => {
                assert.equal(seen().runs, 0);
            });

            it("acquires no slot", () => {
                assert.deepEqual(seen().slots, []);
            });

            if (end === "done") {
                it("leaves its message done", () => {
                    const { id, ends } = seen();
                    assert.equal(ends.rows.get(id)?.outcome, "done");
                    assert.equal(ends.letters.size, 0);
                });
            } else {
                it("leaves its message in the dead-letter queue, once", () => {
                    const { id, ends } = seen();
                    assert.deepEqual([...ends.letters.keys()], [id]);
                });

                it("does not succeed", () => {
                    assert.notEqual(seen().status, "SUCCEEDED");
                });
            }
        });
    }
});

describe("An execution that is redriven at once", () => {
    it("while its first run is stopping, waits in line and runs again on a slot of its own", async () => {
        await badDay({ model: { glueStopMillis: () => 3 * MINUTE } }, async (day) => {
            const id = day.send({ minutes: 20 });
            await day.pass(2 * MINUTE);
            day.abort(id);
            await day.pass(SECOND);
            day.redrive(id);
            await day.until("it runs again", () => day.runsOf(id).length === 2);
            assert.deepEqual(day.held().toSorted(), [`${id}/1/0`, `${id}/1/1`]);
            await day.ends({ done: [id] });
        });
    });

    it("whose slot somebody else has by now, waits for its turn and never runs without a slot", async () => {
        await badDay({}, async (day) => {
            const id = day.send({ minutes: 20 });
            await day.pass(2 * MINUTE);
            // Nobody saves its message, so it can be redriven at any time.
            const unseen = day.refuse(operation("DescribeExecution"), denied);
            day.abort(id);
            const others = day.sendMany(2 * LIMIT, { minutes: 10 });
            await day.pass(5 * MINUTE);
            assert.ok(!day.holds(id));
            day.redrive(id);
            await day.pass(MINUTE);
            assert.equal(day.state(id), "Wait in line");
            unseen.end();
            await day.ends({ done: [id, ...others] }, 4 * HOUR);
            assert.equal(day.runsOf(id).length, 2);
        });
    });

    it("after its letter was sent and before its row is closed, starts no job", async () => {
        await badDay({}, async (day) => {
            const id = day.send({ minutes: 20 });
            await day.pass(2 * MINUTE);
            // The reaper sends the letter, and cannot close the row at once.
            const closing = day.refuse(makes("close"), denied);
            day.abort(id);
            await day.until("its letter is sent", () => closing.happened > 0);
            day.redrive(id);
            await day.pass(MINUTE);
            closing.end();
            const { letters } = await day.ends({ dead: [id] });
            assert.deepEqual([...letters.keys()], [id]);
            assert.equal(day.runsOf(id).length, 1);
        });
    });

    it("before the reaper marks its row, runs its job again and gets no letter", async () => {
        await badDay({ functions: "interleaved" }, async (day) => {
            const others = day.sendMany(LIMIT, { minutes: 10 });
            await day.pass(MINUTE);
            const id = day.send({ minutes: 5 });
            await day.until("it waits", () => day.rows().get(id)?.token !== undefined);
            // The reaper has seen that it was aborted, and is about to save its message.
            const late = day.fault(
                (call) => day.by("reaper")(call) && operation("GetExecutionHistory")(call),
                1,
                (next) => {
                    const history = next();
                    day.redrive(id);
                    return carryOut({ happens: [5 * SECOND] }, day.stack.world.clock, () => history);
                },
            );
            day.abort(id);
            const ends = await day.ends({ done: [id, ...others] });
            assert.equal(late.happened, 1);
            assert.equal(ends.letters.size, 0);
        });
    });

    it("while Glue refuses its start, acquires a slot anew and starts once", async () => {
        await badDay({}, async (day) => {
            const refused = day.refuse(operation("StartJobRun"), CONCURRENT);
            const id = day.send();
            await day.pass(20 * SECOND);
            day.abort(id);
            await day.pass(SECOND);
            day.redrive(id);
            await day.pass(30 * SECOND);
            refused.end();
            await day.ends({ done: [id] });
            assert.equal(day.runsOf(id).length, 1);
        });
    });

    it("from Ask the reaper, still asks for the run of the slot that it held, and starts no other", async () => {
        await badDay({}, async (day) => {
            day.loseReply(operation("StartJobRun"), LOST);
            const id = day.send({ minutes: 15 });
            await day.until("it asks", () => day.state(id) === "Ask the reaper");
            day.abort(id);
            await day.pass(MINUTE);
            day.redrive(id);
            await day.ends({ done: [id] });
            assert.equal(day.runsOf(id).length, 1);
            assert.equal(day.execution(id).status, "SUCCEEDED");
        });
    });

    it("again and again, from line and slot, never runs without a slot and ends once", async () => {
        await badDay({}, async (day) => {
            const sent = day.sendMany(5, { minutes: 4 });
            for (let i = 0; i < 25; i++) {
                const id = sent[i % sent.length] ?? "";
                await day.pass(7 * SECOND);
                if (["SUCCEEDED", "FAILED"].includes(day.execution(id).status)) continue;
                if (day.rows().get(id)?.outcome !== undefined) continue;
                day.abort(id);
                await day.pass((i % 4) * 100);
                day.redrive(id);
            }
            await day.ends({ done: sent }, 4 * HOUR);
        });
    });
});
