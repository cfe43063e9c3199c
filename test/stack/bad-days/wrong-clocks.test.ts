/** A function whose clock is wrong by minutes. */
import assert from "node:assert/strict";
import type { Job, Role } from "../test-stack.ts";
import { badDay, CONFIG, HOUR, LIMIT, MINUTE, record, SECOND } from "./bad-day.ts";
import type { BadDay } from "./bad-day.ts";

/** An execution of Step Functions ends at 25,000. */
const MAX_EVENTS = 1000;

/** Seconds: just longer than a turn, just shorter than silence, and in between. */
const OFFSETS: Readonly<Record<Role, readonly number[]>> = {
    dispatcher: [-298, -120, -51, 51, 120, 298],
    reaper: [-298, 298],
    starter: [-298, 298],
};

before(record(CONFIG));

/** Lets jobs come in two bursts, with one that fails, while one job holds its slot for long; then a night in line. */
async function work(day: BadDay): Promise<void> {
    const failing = day.send({ fails: 2 });
    const sent = [day.send({ minutes: 40 }), ...day.sendMany(6)];
    await day.pass(20 * MINUTE);
    sent.push(...day.sendMany(6));
    await day.pass(2 * HOUR);
    day.override(0);
    await day.pass(5 * MINUTE);
    sent.push(...day.sendMany(10));
    await day.pass(12 * HOUR);
    day.override(LIMIT);
    await day.ends({ done: sent, dead: [failing] }, 4 * HOUR);
}

describe("A dispatcher with a wrong clock", () => {
    it("says by that clock when it was last seen", async () => {
        await badDay({ clocks: { dispatcher: -10 * MINUTE } }, async ({ stack }) => {
            const seen = Date.parse(stack.gate()?.dispatcherSeen ?? "");
            assert.ok(stack.world.clock.now() - seen >= 10 * MINUTE);
        });
    });
});

for (const role of ["dispatcher", "reaper", "starter"] satisfies Role[]) {
    for (const seconds of OFFSETS[role]) {
        const wrong = `${Math.abs(seconds)} seconds ${seconds < 0 ? "behind" : "ahead"}`;
        describe(`With the ${role}'s clock ${wrong}`, () => {
            let events: number;
            let peak: number;

            before(async function () {
                this.timeout(120_000);
                await badDay({ clocks: { [role]: seconds * SECOND } }, async (day) => {
                    await work(day);
                    events = Math.max(...[...day.stack.states.allExecutions()].map((each) => each.events));
                    ({ peak } = day.stack.glue);
                });
            });

            it("every job runs, and the limit holds", () => {
                assert.equal(peak, LIMIT);
            });

            it("no execution comes near the end of its history", () => {
                assert.ok(events < MAX_EVENTS, `${events} events`);
            });
        });
    }
}

describe("With the dispatcher's clock 70 seconds ahead, and every run failing for three hours", () => {
    let refused = 0;
    let probes = 0;
    let events: number;

    before(async function () {
        this.timeout(120_000);
        const job: Job = () => ({ millis: MINUTE, end: { state: "FAILED", errorMessage: "no such day" } });
        await badDay({ clocks: { dispatcher: 70 * SECOND }, job }, async (day) => {
            day.sendMany(40);
            const before = new Map<string, string>();
            day.stack.states.onTransition((execution, state) => {
                if (state === "Wait in line" && before.get(execution) === "Acquire slot") refused++;
                before.set(execution, state);
            });
            await day.pass(3 * HOUR);
            probes = day.stack.runs.length;
            events = Math.max(...[...day.stack.states.allExecutions()].map((each) => each.events));
        });
    });

    it("no probe is woken in vain", () => {
        assert.ok(probes > 10, `${probes} probes`);
        assert.equal(refused, 0);
    });

    it("no execution comes near the end of its history", () => {
        assert.ok(events < 100, `${events} events`);
    });
});
