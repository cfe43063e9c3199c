/** Nobody gives turns: executions look by themselves, ever more seldom, and never beyond the limit. */
import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/index.ts";
import { badDay, CONFIG, DAY, HOUR, LIMIT, makes, MINUTE, record } from "./bad-day.ts";
import type { BadDay, Fault } from "./bad-day.ts";

/** Every call of the dispatcher is refused. */
function breakDispatcher(day: BadDay): Fault {
    return day.refuse(day.by("dispatcher"), new AwsError("AccessDeniedException", "refused by the test"));
}

before(record(CONFIG));

describe("A dispatcher that is broken for a day", () => {
    it("lets executions drain the line by themselves, never above the limit", async () => {
        await badDay({}, async (day) => {
            breakDispatcher(day);
            const sent = day.sendMany(10);
            await day.ends({ done: sent }, DAY);
            assert.equal(day.stack.glue.peak, LIMIT);
        });
    });

    it("is seen in the metrics: it stops saying that it lives, and its invocations fail", async () => {
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

    it("brings order back with itself: from then on slots go to the first in line", async () => {
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

describe("A month in line", () => {
    it("has fewer than 500 events in an execution's history and costs two transitions for each doubling, with the dispatcher broken, and its position is kept", async () => {
        await badDay({}, async (day) => {
            day.override(0);
            await day.pass(MINUTE);
            const broken = breakDispatcher(day);
            const first = day.sendMany(3);
            await day.pass(30 * DAY);
            for (const id of first) {
                const { status, events, transitions } = day.execution(id);
                assert.deepEqual([status, events < 500], ["RUNNING", true], `${events} events`);
                assert.ok(transitions <= 9 + 2 * Math.log2((30 * DAY) / (5 * MINUTE)), `${transitions}`);
            }
            broken.end();
            await day.pass(10 * MINUTE);
            const last = day.sendMany(2);
            await day.pass(MINUTE);
            day.override(LIMIT);
            await day.ends({ done: [...first, ...last] });
            assert.deepEqual(day.stack.served(), [...first, ...last]);
        });
    });
});

describe("A line that cannot be joined and a dispatcher that is broken", () => {
    it("are done without: executions pause, look and take slots, never above the limit", async () => {
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
