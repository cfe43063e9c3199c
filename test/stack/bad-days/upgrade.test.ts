/** A later version is deployed, or the stack is taken down, while messages of the one before wait and run. */
import assert from "node:assert/strict";
import { OTHER_JOB, withOtherJob } from "../../../simulation/other-job.ts";
import { FORMAT } from "../../../slots/table.ts";
import { recorded } from "../test-stack.ts";
import { badDay, CONFIG, LIMIT, LOST, MINUTE, operation, record, SECOND, COOLING_DOWN } from "./bad-day.ts";

before(record(CONFIG, COOLING_DOWN));

describe("An upgrade", () => {
    it("ends executions and rows of the older version under the newer one, whatever they were doing", async () => {
        await badDay({}, async (day) => {
            day.loseReply(operation("StartJobRun"), LOST);
            const unseen = day.send({ minutes: 20 });
            const running = day.send({ minutes: 20 });
            const failing = day.send({ fails: 2 });
            const waiting = day.sendMany(3);
            const aborted = day.send();
            await day.pass(2 * MINUTE);
            await day.stack.world.deploy(await recorded(COOLING_DOWN));
            day.abort(aborted);
            const later = day.sendMany(2);
            await day.ends({ done: [unseen, running, ...waiting, ...later], dead: [failing, aborted] });
            assert.equal(day.stack.glue.peak, LIMIT);
        });
    });

    it("finds a format version in the gate and in every row, and in every row the name of the job that it runs", async () => {
        await badDay({}, async (day) => {
            const sent = day.sendMany(LIMIT + 1);
            await day.pass(MINUTE);
            const job = day.stack.output("jobName");
            assert.equal(day.held().length, LIMIT);
            assert.equal(day.stack.item("jobs", "gate")?.["format"]?.N, String(FORMAT));
            for (const row of day.rows().values()) {
                assert.equal(row.job, job);
                assert.equal(day.stack.item("jobs", `job#${row.name}`)?.["format"]?.N, String(FORMAT));
            }
            await day.ends({ done: sent });
        });
    });

    it("keeps a slot until the run that it was acquired for has ended, although the stack runs another job by then", async () => {
        await badDay({ model: { syncPollMillis: () => 60 * MINUTE } }, async (day) => {
            const old = day.send({ minutes: 20 });
            await day.pass(2 * MINUTE);
            const program = await recorded(CONFIG);
            await day.stack.world.deploy(withOtherJob(program));
            const recent = day.send({ minutes: 5 });
            await day.pass(10 * MINUTE);
            assert.equal(day.runsOf(recent)[0]?.job.name, OTHER_JOB);
            assert.ok(day.holds(old));
            await day.until("its slot is back", () => !day.holds(old), 15 * MINUTE);
            const completed = day.runsOf(old)[0]?.completedOn ?? Infinity;
            assert.ok(completed <= day.stack.world.clock.now());
            await day.ends({ done: [old, recent] }, 5 * 60 * MINUTE);
        });
    });

    it("looks for a run of the job that its execution runs, although its row was written for the job before", async () => {
        await badDay({ model: { syncPollMillis: () => 60 * MINUTE } }, async (day) => {
            const closed = day.refuse(operation("StartExecution"), LOST);
            const id = day.send({ minutes: 10 });
            await day.until("it has a row", () => day.rows().has(id));
            const before = day.rows().get(id)?.job;
            await day.stack.world.deploy(withOtherJob(await recorded(CONFIG)));
            closed.end();
            await day.until("it runs", () => day.runsOf(id).length === 1, 10 * MINUTE);
            assert.notEqual(before, OTHER_JOB);
            assert.equal(day.runsOf(id)[0]?.job.name, OTHER_JOB);
            // The run cannot be stopped, and succeeds.
            day.refuse(operation("BatchStopJobRun"), LOST);
            day.abort(id);
            const { rows } = await day.ends({ done: [id] });
            assert.equal(rows.get(id)?.run, day.runsOf(id)[0]?.id);
        });
    });
});

describe("A stack that is drained before it is destroyed", () => {
    it("has nothing open once its mapping is off and the accepted messages have ended", async () => {
        await badDay({}, async (day) => {
            const accepted = day.sendMany(4);
            await day.pass(5 * SECOND);
            day.setMapping("starter", false);
            const left = day.sendMany(2);
            await day.until(
                "it has drained",
                () => day.stack.openRows() === 0 && day.held().length === 0,
                30 * MINUTE,
            );
            assert.equal(day.started().length, accepted.length);
            assert.equal(day.queued(), left.length);
            day.setMapping("starter", true);
            await day.ends({ done: [...accepted, ...left] });
        });
    });
});
