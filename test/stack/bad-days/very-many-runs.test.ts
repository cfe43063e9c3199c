/** The job has had so many newer runs that the reaper finds the run of a slot only after several invocations. */
import assert from "node:assert/strict";
import { badDay, CONFIG, HOUR, LOST, MINUTE, operation, record } from "./bad-day.ts";

before(record(CONFIG));

describe("A run behind 30,000 newer ones, whose id nobody knows,", () => {
    it("keeps its slot until it is found ended, whereupon its message is saved", async function () {
        this.timeout(120_000);
        const job = () => ({ millis: 300 * HOUR });
        let others = 0;
        await badDay({ job, model: { syncPollMillis: () => 24 * HOUR } }, async (day) => {
            day.loseReply(operation("StartJobRun"), LOST);
            day.loseEvents();
            const id = day.send();
            await day.until("it asks", () => day.state(id) === "Ask the reaper");
            await day.pass(MINUTE);
            const [run] = day.runsOf(id);
            assert.ok(run);
            const { name, maxConcurrentRuns } = day.stack.glue.job(day.stack.output("jobName"));
            while (others < 30_000) {
                for (let i = 1; i < maxConcurrentRuns; i++, others++) day.stack.glue.startOutsideRun(name, 1);
                await day.pass(MINUTE / 2);
            }
            day.abort(id);
            day.call("glue", "BatchStopJobRun", { JobName: name, JobRunIds: [run.id] });
            await day.until("its slot is free", () => !day.holds(id), HOUR);
            assert.ok(run.isTerminal);
            const said = "looks for a run behind very many newer ones";
            assert.ok(day.logs.some(({ line }) => line["message"] === said));
            await day.ends({ dead: [id] });
        });
    });
});
