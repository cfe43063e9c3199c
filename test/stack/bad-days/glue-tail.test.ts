/** Glue's tail: an ended run counts against the job's concurrency for a while. */
import assert from "node:assert/strict";
import { badDay, CONFIG, LIMIT, MINUTE, record, SECOND, COOLDOWN_SECONDS, COOLING_DOWN } from "./bad-day.ts";
import type { BadDay } from "./bad-day.ts";

/** A job that may run no more often than the limit, so that a tail is in the way of the next start. */
function tighten(day: BadDay): void {
    const { name, definition } = day.stack.glue.job(day.stack.output("jobName"));
    const JobUpdate = { ...definition, ExecutionProperty: { MaxConcurrentRuns: LIMIT } };
    day.call("glue", "UpdateJob", { JobName: name, JobUpdate });
}

const refusals = (day: BadDay): number => day.stack.world.counters.get("glue.refused") ?? 0;

before(record(CONFIG, COOLING_DOWN));

describe("With a tail of Glue's", () => {
    for (const [who, seconds] of [
        ["the reaper", 60],
        ["its execution", 5],
    ] as const) {
        it(`no start is refused when cooldownSeconds is as long, and ${who} sees the end of a run first`, async () => {
            const model = {
                glueTailMillis: () => COOLDOWN_SECONDS * SECOND,
                syncPollMillis: () => seconds * SECOND,
            };
            await badDay({ config: COOLING_DOWN, model }, async (day) => {
                tighten(day);
                const sent = day.sendMany(8);
                await day.ends({ done: sent });
                assert.equal(refusals(day), 0);
            });
        });
    }

    it("no start is refused when cooldownSeconds is as long, also after jobs that fail, are stopped or are aborted", async () => {
        const model = { glueTailMillis: () => COOLDOWN_SECONDS * SECOND };
        await badDay({ config: COOLING_DOWN, model }, async (day) => {
            tighten(day);
            const aborted = day.send({ minutes: 30 });
            const failing = day.send({ fails: 2 });
            const sent = day.sendMany(5);
            await day.pass(MINUTE);
            day.abort(aborted);
            await day.ends({ done: sent, dead: [aborted, failing] });
            assert.equal(refusals(day), 0);
        });
    });

    it("starts are refused without cooldownSeconds, tried again, and nothing fails", async () => {
        await badDay({ config: CONFIG, model: { glueTailMillis: () => 30 * SECOND } }, async (day) => {
            tighten(day);
            const sent = day.sendMany(8);
            await day.ends({ done: sent });
            assert.ok(refusals(day) >= 3, `${refusals(day)} refusals`);
            assert.equal(day.stack.runs.length, 8);
        });
    });
});
