/** Step Functions starts fewer executions a second than messages come. */
import assert from "node:assert/strict";
import { badDay, CONFIG, HOUR, MINUTE, record } from "./bad-day.ts";

before(record(CONFIG));

describe("2,000 messages where Step Functions starts 20 executions a second", () => {
    for (const functions of ["direct", "interleaved"] as const) {
        it(`are accepted within minutes (${functions})`, async () => {
            const model = { startExecutionQuota: { burst: 20, perSecond: 20 } };
            await badDay({ model, functions }, async (day) => {
                day.stack.sendMany(2000);
                const began = day.stack.world.clock.now();
                await day.until("all are accepted", () => day.started().length === 2000, 4 * HOUR);
                const minutes = (day.stack.world.clock.now() - began) / MINUTE;
                assert.ok(minutes < 10, `${minutes} minutes`);
            });
        });
    }
});
