/** Glue runs that end without Step Functions noticing, or that Glue itself starts once more. */
import assert from "node:assert/strict";
import {
    badDay,
    CONFIG,
    HOUR,
    LIMIT,
    MINUTE,
    record,
    SECOND,
    COOLDOWN_SECONDS,
    COOLING_DOWN,
} from "./bad-day.ts";
import type { BadDay } from "./bad-day.ts";

/** Step Functions looks at its runs once an hour, so it notices nothing. */
const BLIND = { syncPollMillis: () => HOUR };

function stop(day: BadDay, id: string): void {
    const JobRunIds = day.runsOf(id).map((run) => run.id);
    day.call("glue", "BatchStopJobRun", { JobName: day.stack.output("jobName"), JobRunIds });
}

/** From the end of a message's run until its slot was released, in milliseconds. */
function slotAfterRun(day: BadDay, id: string): number {
    const back = day.stack.released().find(({ holder }) => holder.includes(id));
    return (back?.time ?? Infinity) - (day.runsOf(id)[0]?.completedOn ?? Infinity);
}

before(record(CONFIG, COOLING_DOWN));

describe("The Glue run", () => {
    it("that is stopped by hand keeps its slot while it is STOPPING, and frees it at the Glue event, before Step Functions notices", async () => {
        await badDay({ model: BLIND }, async (day) => {
            const id = day.send({ minutes: 30 });
            const waiting = day.sendMany(LIMIT);
            await day.pass(5 * MINUTE);
            stop(day, id);
            await day.pass(15 * SECOND);
            assert.equal(day.runsOf(id)[0]?.state, "STOPPING");
            assert.ok(day.holds(id));
            await day.pass(15 * SECOND);
            assert.ok(!day.holds(id));
            assert.ok(slotAfterRun(day, id) < 5 * SECOND);
            const { letters } = await day.ends({ done: [id, ...waiting] }, 12 * HOUR);
            assert.equal(letters.size, 0);
            assert.equal(day.runsOf(id).length, 2);
        });
    });

    it("that ends while Step Functions has not noticed frees its slot at the Glue event, and the next in line acquires it within seconds", async () => {
        await badDay({ model: BLIND }, async (day) => {
            const sent = day.sendMany(2 * LIMIT);
            await day.pass(10 * MINUTE);
            assert.equal(day.stack.runs.length, 2 * LIMIT);
            const [first, second, third] = day.stack.runs;
            assert.ok((third?.startedOn ?? Infinity) - (first?.completedOn ?? 0) < 10 * SECOND);
            assert.ok(second);
            await day.ends({ done: sent }, 12 * HOUR);
            for (const id of sent) assert.ok(slotAfterRun(day, id) < 5 * SECOND);
        });
    });

    it("that ends while Step Functions has not noticed cools down before its slot is freed", async () => {
        await badDay({ config: COOLING_DOWN, model: BLIND }, async (day) => {
            const [id = ""] = day.sendMany(1);
            await day.ends({ done: [id] }, 12 * HOUR);
            const after = slotAfterRun(day, id);
            assert.ok(
                after >= COOLDOWN_SECONDS * SECOND && after < (COOLDOWN_SECONDS + 5) * SECOND,
                `${after} ms`,
            );
        });
    });

    it("that Glue itself retries keeps its slot until the last of its attempts has ended", async () => {
        await badDay({ config: CONFIG, model: BLIND, job: failsOnce }, async (day) => {
            const { name, definition } = day.stack.glue.job(day.stack.output("jobName"));
            day.call("glue", "UpdateJob", { JobName: name, JobUpdate: { ...definition, MaxRetries: 1 } });
            const id = day.send();
            await day.until("Glue tries it again", () => day.runsOf(id).length === 2);
            const [first, again] = day.runsOf(id);
            assert.match(again?.id ?? "", /_attempt_1$/);
            assert.equal(first?.state, "FAILED");
            await day.pass(90 * SECOND);
            assert.equal(again?.state, "RUNNING");
            assert.ok(day.holds(id), "its event freed the slot");
            await day.pass(2 * MINUTE);
            assert.equal(again?.state, "SUCCEEDED");
            assert.ok(!day.holds(id));
        });
    });
});

/** Glue's own first attempt fails, its second one succeeds. */
function failsOnce(run: { attempt: number }): {
    millis: number;
    end: { state: "SUCCEEDED" | "FAILED"; errorMessage?: string };
} {
    return {
        millis: 2 * MINUTE,
        end: run.attempt === 0 ? { state: "FAILED", errorMessage: "first" } : { state: "SUCCEEDED" },
    };
}
