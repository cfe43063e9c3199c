/** The dispatcher is broken: the reaper wakes the line, or executions recheck at growing intervals, never beyond the limit. */
import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/index.ts";
import { badDay, CONFIG, DAY, HOUR, LIMIT, makes, MINUTE, record, seenOn } from "./bad-day.ts";
import type { BadDay, Fault } from "./bad-day.ts";

/** Every call of the dispatcher is refused. */
function breakDispatcher(day: BadDay): Fault {
    return day.refuse(day.by("dispatcher"), new AwsError("AccessDeniedException", "refused by the test"));
}

before(record(CONFIG));

describe("A dispatcher that is broken for a day", () => {
    it("leaves no slot free for ten minutes while somebody waits: the reaper's sweep wakes the line", async () => {
        await badDay({}, async (day) => {
            breakDispatcher(day);
            const sent = day.sendMany(10);
            await day.ends({ done: sent }, DAY);
            assert.equal(day.stack.glue.peak, LIMIT);
            const idle = day.stack.idleMillis(LIMIT);
            assert.equal(idle.length, 8);
            for (const millis of idle) assert.ok(millis < 10 * MINUTE, `${millis} ms idle`);
            assert.deepEqual(day.stack.served(), sent);
        });
    });

    it("shows in the metrics: Dispatched stands still, and invocations fail", async () => {
        await badDay({}, async (day) => {
            const broken = breakDispatcher(day);
            const [alive, errors] = [
                day.metric("Dispatched"),
                day.stack.world.counters.get("lambda.errors") ?? 0,
            ];
            await day.pass(DAY);
            assert.equal(day.metric("Dispatched"), alive);
            assert.ok((day.stack.world.counters.get("lambda.errors") ?? 0) > errors + 1000);
            broken.end();
            await day.pass(5 * MINUTE);
            assert.ok(day.metric("Dispatched") >= alive + 4);
        });
    });

    it("gives slots to the first in line again once it is repaired", async () => {
        await badDay({}, async (day) => {
            day.override(0);
            await day.pass(MINUTE);
            const broken = breakDispatcher(day);
            const sent: string[] = [];
            for (let i = 0; i < 8; i++) {
                sent.push(day.send());
                await day.pass(3 * HOUR);
            }
            broken.end();
            await day.pass(2 * MINUTE);
            day.override(LIMIT);
            await day.ends({ done: sent });
            assert.deepEqual(day.stack.served(), sent);
        });
    });
});

describe("A dispatcher and a reaper that are both broken", () => {
    const seen = seenOn({ model: { syncPollMillis: () => MINUTE } }, async (day) => {
        breakDispatcher(day);
        day.refuse(day.by("reaper"), new AwsError("AccessDeniedException", "refused by the test"));
        const began = day.stack.world.clock.now();
        // The demonstration job may run for an hour.
        const sent = day.sendMany(12, { minutes: 50 });
        const areDone = (): boolean => day.stack.released().length === sent.length;
        await day.until("all are done", areDone, 60 * DAY);
        const waits = day.stack.acquired().map(({ time }) => time - began);
        const released = day.stack.released().map(({ time }) => time - began);
        return { sent, waits, released, peak: day.stack.glue.peak };
    });

    it("let executions drain the line by themselves, never above the limit", () => {
        assert.equal(seen().waits.length, seen().sent.length);
        assert.equal(seen().peak, LIMIT);
    });

    it("leave nobody waiting for longer than eight hours, or three times its wait, once a slot is free", () => {
        const { waits, released } = seen();
        waits.slice(LIMIT).forEach((wait, i) => {
            const free = released[i] ?? Infinity;
            assert.ok(
                wait <= Math.max(8 * HOUR, 3 * free) + MINUTE,
                `${wait / HOUR} h, free since ${free / HOUR} h`,
            );
        });
    });
});

describe("A month in line with the dispatcher broken", () => {
    const seen = seenOn({}, async (day) => {
        day.override(0);
        await day.pass(MINUTE);
        const broken = breakDispatcher(day);
        const first = day.sendMany(3);
        await day.pass(30 * DAY);
        const executions = first.map((id) => {
            const { status, events, transitions } = day.execution(id);
            return { status, events, transitions };
        });
        broken.end();
        await day.pass(10 * MINUTE);
        const last = day.sendMany(2);
        await day.pass(MINUTE);
        day.override(LIMIT);
        await day.ends({ done: [...first, ...last] });
        return { executions, sent: [...first, ...last], served: day.stack.served() };
    });

    it("leaves executions running, with fewer than 500 events in their history", () => {
        for (const { status, events } of seen().executions)
            assert.deepEqual([status, events < 500], ["RUNNING", true], `${events} events`);
    });

    it("costs an execution two transitions for each doubling of its wait beyond four hours", () => {
        for (const { transitions } of seen().executions)
            assert.ok(transitions <= 5 + 2 * Math.log2((30 * DAY) / (4 * HOUR)), `${transitions}`);
    });

    it("keeps every position: those who came first are served first", () => {
        const { sent, served } = seen();
        assert.deepEqual(served, sent);
    });
});

describe("A line that cannot be joined and a dispatcher that is broken", () => {
    it("are not needed: executions pause, try and acquire slots, never above the limit", async () => {
        await badDay({}, async (day) => {
            breakDispatcher(day);
            const denied = new AwsError("AccessDeniedException", "refused by the test");
            day.refuse(makes("join"), denied);
            const sent = day.sendMany(8);
            await day.ends({ done: sent }, DAY);
            assert.equal(day.stack.glue.peak, LIMIT);
        });
    });
});
