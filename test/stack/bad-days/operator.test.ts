/** The operator changes the limit while jobs wait and run, by the item `override`. */
import assert from "node:assert/strict";
import { recorded } from "../test-stack.ts";
import { badDay, CONFIG, HOUR, LIMIT, MINUTE, record, SECOND } from "./bad-day.ts";

before(record(CONFIG, { ...CONFIG, limit: "5" }));

describe("The operator", () => {
    it("lowers the limit below what is in use: nothing is granted until enough slots came back, and no job is killed", async () => {
        await badDay({}, async (day) => {
            day.override(4);
            await day.pass(5 * SECOND);
            const sent = [3, 5, 7, 9, 1, 1, 1, 1].map((minutes) => day.send({ minutes }));
            await day.pass(2 * MINUTE);
            assert.equal(day.held().length, 4);
            day.override(1);
            await day.pass(5 * SECOND);
            assert.deepEqual([day.stack.gate()?.limit, day.held().length], [1, 4]);
            const started = day.stack.runs.length;
            await day.until("three came back", () => day.held().length === 1);
            assert.equal(day.stack.runs.length, started);
            await day.pass(MINUTE);
            assert.deepEqual([day.stack.runs.length, day.held().length], [started, 1]);
            await day.ends({ done: sent });
            assert.ok(day.stack.runs.every(({ state }) => state === "SUCCEEDED"));
        });
    });

    it("sets 0, which pauses within seconds: what runs goes on, and nothing is started until it is raised", async () => {
        await badDay({}, async (day) => {
            const sent = day.sendMany(5);
            await day.pass(MINUTE);
            day.override(0);
            await day.pass(5 * SECOND);
            assert.equal(day.stack.gate()?.limit, 0);
            await day.pass(3 * HOUR);
            assert.equal(day.stack.runs.length, LIMIT);
            assert.deepEqual(day.held(), []);
            day.override(LIMIT);
            await day.until("it goes on", () => day.held().length === LIMIT, 5 * SECOND);
            await day.ends({ done: sent });
        });
    });

    it("raises the limit, and waiters run within seconds", async () => {
        await badDay({}, async (day) => {
            const sent = day.sendMany(8);
            await day.pass(MINUTE);
            day.override(6);
            await day.until("six run", () => day.stack.glue.running === 6, 6 * SECOND);
            await day.ends({ done: sent });
            assert.equal(day.stack.glue.peak, 6);
        });
    });

    it("deletes the override, and the configured limit is in force within seconds", async () => {
        await badDay({}, async (day) => {
            day.override(0);
            await day.pass(5 * SECOND);
            const sent = day.sendMany(3);
            await day.pass(MINUTE);
            day.deleteItem("override");
            await day.until("it goes on", () => day.held().length === LIMIT, 6 * SECOND);
            assert.equal(day.stack.gate()?.limit, LIMIT);
            await day.ends({ done: sent });
        });
    });

    it("gives an override an end, and it ends by itself", async () => {
        await badDay({}, async (day) => {
            const sent = day.sendMany(3);
            await day.pass(3 * SECOND);
            const end = day.stack.world.clock.now() + 30 * MINUTE;
            day.override(0, end);
            await day.pass(29 * MINUTE);
            assert.equal(day.stack.gate()?.limit, 0);
            assert.equal(day.stack.runs.length, LIMIT);
            await day.until("it goes on", () => day.stack.runs.length === 3, 3 * MINUTE);
            assert.ok(day.stack.world.clock.now() >= end);
            assert.equal(day.stack.gate()?.limit, LIMIT);
            await day.ends({ done: sent });
        });
    });

    it("keeps the override through `pulumi up`, also one that changes the configured limit", async () => {
        await badDay({}, async (day) => {
            day.override(1);
            await day.pass(5 * SECOND);
            await day.stack.world.deploy(await recorded({ ...CONFIG, limit: "5" }));
            const sent = day.sendMany(4);
            await day.pass(5 * MINUTE);
            assert.deepEqual([day.stack.gate()?.limit, day.stack.glue.peak], [1, 1]);
            day.deleteItem("override");
            await day.pass(5 * SECOND);
            assert.equal(day.stack.gate()?.limit, 5);
            await day.ends({ done: sent });
        });
    });

    it("changes the limit while the dispatcher is down: the old one stays in force, never more", async () => {
        await badDay({}, async (day) => {
            day.setMapping("dispatcher", false);
            const down = day.loseInvocations("dispatcher");
            day.override(9);
            const sent = day.sendMany(6);
            await day.pass(30 * MINUTE);
            assert.equal(day.stack.glue.peak, LIMIT);
            down.end();
            await day.until("it is followed", () => day.stack.gate()?.limit === 9, 2 * MINUTE);
            await day.ends({ done: sent });
        });
    });
});
