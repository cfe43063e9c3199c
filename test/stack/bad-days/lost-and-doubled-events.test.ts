/** Events are hints: when they are lost, doubled, late or out of order, things happen later and nothing else changes. */
import assert from "node:assert/strict";
import { carryOut } from "../../../embedded-aws/index.ts";
import type { Call } from "../../../embedded-aws/index.ts";
import {
    badDay,
    CONFIG,
    DAY,
    HOUR,
    LIMIT,
    LOST,
    makes,
    MINUTE,
    operation,
    record,
    SECOND,
} from "./bad-day.ts";
import type { BadDay } from "./bad-day.ts";

const SWEEP = 5 * MINUTE;

/** An event on its way to the reaper, or an event source's. */
const isEvent = (call: Call): boolean =>
    call.operation === "PutServiceEvents" ||
    (call.operation === "SendMessage" && call.caller.principal === "events.amazonaws.com");

/** A day with everything: jobs that succeed and fail, aborts, a lost reply, a stopped run. Returns who ends how. */
async function mixedDay(day: BadDay): Promise<{ done: string[]; dead: string[] }> {
    day.loseReply(operation("StartJobRun"), LOST);
    const unseen = day.send();
    const failing = day.send({ fails: 2 });
    const aborted = day.send({ minutes: 30 });
    const retried = day.send({ fails: 1 });
    const waiting = day.send();
    const good = day.sendMany(2);
    const happened = day.at(aborted, "Run job", () => day.abort(aborted), { delay: MINUTE });
    await day.pass(30 * SECOND);
    day.abort(waiting);
    await day.until("the running one is aborted", happened);
    return { done: [unseen, retried, ...good], dead: [failing, aborted, waiting] };
}

/** Room for more jobs than a sweep looks at rows of one kind. */
const MANY = { ...CONFIG, limit: "60" };

before(record(CONFIG, MANY));

describe("When every event of executions and of Glue is lost", () => {
    it("a message whose execution died is saved, and its slot is back, within two sweeps", async () => {
        await badDay({}, async (day) => {
            day.loseEvents();
            const id = day.send({ minutes: 30 });
            await day.pass(3 * MINUTE);
            day.abort(id);
            await day.until("its run has stopped", () => day.runsOf(id)[0]?.isTerminal === true);
            await day.until("it is saved", () => day.rows().get(id)?.outcome !== undefined, 2 * SWEEP);
            await day.until("its slot is back", () => !day.holds(id), 2 * SWEEP);
            await day.ends({ dead: [id] });
        });
    });

    for (const [what, state] of [
        ["is being sent", "Dead-letter message"],
        ["was sent a moment ago", "Close as dead-lettered"],
    ] as const) {
        it(`a dead letter that ${what} when its execution is aborted is there once, although only the sweep sees it`, async () => {
            await badDay({}, async (day) => {
                day.loseEvents();
                const id = day.send({ minutes: 0.5, fails: 2 });
                const abort = (): void => day.abort(id);
                const isAborted = day.at(id, state, abort);
                await day.until("it is aborted", isAborted);
                await day.ends({ dead: [id] });
            });
        });
    }

    it("a dead letter that was sent a moment before an abort is there once, although sweeps are left out", async () => {
        await badDay({}, async (day) => {
            day.loseEvents();
            const id = day.send({ minutes: 0.5, fails: 2 });
            const lost = day.refuse(makes("close"), LOST);
            const isAborted = day.at(id, "Close as dead-lettered", () => day.abort(id), { delay: SECOND });
            await day.until("it is aborted", isAborted);
            const down = day.loseInvocations("reaper");
            const off = day.refuse(day.by("reaper"), LOST);
            await day.pass(20 * MINUTE);
            assert.equal(day.rows().get(id)?.ended, undefined);
            lost.end();
            down.end();
            off.end();
            await day.ends({ dead: [id] });
        });
    });

    it("a message behind 55 long jobs is saved within two sweeps, although the reaper was away for 70 minutes", async () => {
        await badDay({ config: MANY, job: () => ({ millis: 30 * HOUR }) }, async (day) => {
            day.loseEvents();
            const down = day.refuse(day.by("reaper"), LOST);
            day.sendMany(55);
            await day.until("the long ones run", () => day.held().length === 55, 20 * MINUTE);
            const ids = [day.send(), day.send()];
            await day.until("the last ones run", () => day.held().length === 57, 10 * MINUTE);
            for (const id of ids) day.abort(id);
            await day.pass(70 * MINUTE);
            down.end();
            const isSaved = (id: string): boolean => day.rows().get(id)?.outcome === "deadLettered";
            await day.until("they are saved", () => ids.every(isSaved), 2 * SWEEP);
            assert.deepEqual(
                ids.map((id) => day.holds(id)),
                [false, false],
            );
        });
    });

    it("a slot whose run has ended comes back within two sweeps although Step Functions does not notice", async () => {
        await badDay({ model: { syncPollMillis: () => 3 * HOUR } }, async (day) => {
            day.loseEvents();
            const id = day.send();
            await day.until("its run has ended", () => day.runsOf(id)[0]?.isTerminal === true);
            await day.until("its slot is back", () => !day.holds(id), 2 * SWEEP);
            await day.ends({ done: [id] }, 12 * HOUR);
        });
    });

    it("a mixed day ends as it would have with them", async () => {
        await badDay({}, async (day) => {
            day.loseEvents();
            await day.ends(await mixedDay(day), 6 * HOUR);
        });
    });
});

describe("When Step Functions does not notice the end of a run", () => {
    for (const [what, fail] of [
        ["its event is lost", (day: BadDay) => day.fault(operation("PutServiceEvents"), 1, () => ({}))],
        ["the reaper dies of its event", (day: BadDay) => day.crash("reaper", 1, "after")],
    ] as const)
        it(`its slot comes back at the next event although ${what}`, async () => {
            await badDay({ model: { syncPollMillis: () => 3 * HOUR } }, async (day) => {
                const first = day.send({ minutes: 1 });
                const second = day.send({ minutes: 1.25 });
                await day.until("both run", () => day.held().length === 2);
                fail(day);
                await day.until("both slots are back", () => day.held().length === 0, 5 * MINUTE);
                const { completedOn = Infinity } = day.runsOf(second)[0] ?? {};
                const back = day.stack.released().find(({ holder }) => holder.startsWith(first));
                const late = (back?.time ?? Infinity) - completedOn;
                assert.ok(late > 0 && late < 2 * SECOND, `${late} ms`);
                await day.ends({ done: [first, second] }, 12 * HOUR);
            });
        });
});

describe("When every record of the table's stream is lost", () => {
    it("a free slot with a waiter is acquired within about a minute, in the order of the line", async () => {
        await badDay({}, async (day) => {
            day.setMapping("dispatcher", false);
            const sent = [];
            for (let i = 0; i < 8; i++) {
                sent.push(day.send());
                await day.pass(SECOND);
            }
            await day.ends({ done: sent });
            assert.deepEqual(day.stack.served(), sent);
            for (const idle of day.stack.idleMillis(LIMIT)) assert.ok(idle <= 65 * SECOND, `${idle} ms`);
        });
    });
});

describe("When everything is lost: events, the stream, and the dispatcher's schedule", () => {
    it("a free slot with a waiter is acquired within one sweep of the reaper", async () => {
        await badDay({}, async (day) => {
            loseEverything(day);
            const sent = day.sendMany(6);
            const began = day.stack.world.clock.now();
            await day.ends({ done: sent }, 12 * HOUR);
            assert.deepEqual(day.stack.served().toSorted(), sent.toSorted());
            const first = (day.stack.slots[0]?.time ?? Infinity) - began;
            assert.ok(first <= 5 * MINUTE, `${first / MINUTE} minutes`);
        });
    });

    it("a mixed day ends as it would have with them, only later", async () => {
        await badDay({}, async (day) => {
            loseEverything(day);
            day.loseReply(operation("StartJobRun"), LOST);
            const unseen = day.send();
            const failing = day.send({ fails: 2 });
            const aborted = day.send({ minutes: 30 });
            const happened = day.at(aborted, "Run job", () => day.abort(aborted), { delay: MINUTE });
            const good = day.sendMany(2);
            await day.until("one is aborted", happened);
            await day.ends({ done: [unseen, ...good], dead: [failing, aborted] }, DAY);
        });
    });
});

describe("When every event comes twice, late and in the wrong order", () => {
    it("twice: nothing happens twice", async () => {
        await badDay({}, async (day) => {
            const doubled = day.fault(isEvent, Infinity, { happens: [0, 0] });
            await day.ends(await mixedDay(day));
            assert.ok(doubled.happened > 10);
            assertOnce(day);
        });
    });

    for (const [minutes, when] of [
        [3, "when the next attempt runs"],
        [20, "when others hold the slots"],
    ] as const) {
        it(`late by ${minutes} minutes, ${when}: nothing happens twice`, async () => {
            await badDay({}, async (day) => {
                const late = day.fault(isEvent, Infinity, { happens: [minutes * MINUTE], caller: {} });
                await day.ends(await mixedDay(day), 6 * HOUR);
                assert.ok(late.happened > 10);
                assertOnce(day);
            });
        });
    }

    it("in the wrong order, and twice: nothing happens twice", async () => {
        await badDay({}, async (day) => {
            const { clock, random } = day.stack.world;
            const delay = (): number => random.between(0, 5 * MINUTE);
            day.fault(isEvent, Infinity, (next) =>
                carryOut({ happens: [delay(), delay()], caller: {} }, clock, next),
            );
            await day.ends(await mixedDay(day), 6 * HOUR);
            assertOnce(day);
        });
    });

    it("with the dispatcher and the reaper called all the time: nothing happens twice, and nobody overtakes", async () => {
        await badDay({}, async (day) => {
            const { clock } = day.stack.world;
            const sweep = JSON.stringify({ sweep: true });
            const beat = (): void => {
                const FunctionName = day.stack.functionArn("dispatcher");
                for (let i = 0; i < 2; i++)
                    day.call("lambda", "Invoke", { FunctionName, InvocationType: "Event", Payload: sweep });
                for (let i = 0; i < 2; i++) day.sweep();
                clock.after(7 * SECOND, beat);
            };
            clock.after(0, beat);
            // The third is slow to acquire its slot: for a quarter of a minute its turn keeps it from being overtaken.
            const slow = day.fault((call) => makes("acquire", sent[2] ?? "nobody")(call), 1, {
                happens: [15 * SECOND],
            });
            const sent: string[] = [];
            for (let i = 0; i < 8; i++) {
                sent.push(day.send());
                await day.pass(SECOND);
            }
            await day.ends({ done: sent });
            assert.equal(slow.happened, 1);
            // The fourth acquired the other slot meanwhile, and nobody the third's.
            const [first, second, third, fourth, ...more] = sent;
            assert.deepEqual(day.stack.served(), [first, second, fourth, third, ...more]);
            assertOnce(day);
        });
    });
});

/** No holder acquired or released a slot twice, and no attempt has two runs. */
function assertOnce({ stack }: BadDay): void {
    for (const slots of [stack.acquired(), stack.released()]) {
        const holders = slots.map(({ holder }) => holder);
        assert.equal(new Set(holders).size, holders.length, holders.join());
    }
    const attempts = stack.runs.map((run) => run.arguments["--turnstile-holder"]);
    assert.equal(new Set(attempts).size, attempts.length);
}

/** No events, no stream, no dispatcher. The reaper's sweep is a schedule, and goes on. */
function loseEverything(day: BadDay): void {
    day.setMapping("dispatcher", false);
    day.loseEvents();
    day.loseInvocations("dispatcher");
}
