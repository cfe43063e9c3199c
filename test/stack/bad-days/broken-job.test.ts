/** A job that is broken for everybody: the breaker keeps the line from emptying into the dead-letter queue. */
import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/index.ts";
import type { RecordedProgram } from "../../../embedded-aws/index.ts";
import { isOpen } from "../../../slots/breaker.ts";
import { FIXTURES, recorded, TestStack } from "../test-stack.ts";
import type { Job } from "../test-stack.ts";
import {
    asSent,
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
    seenOn,
} from "./bad-day.ts";
import type { BadDay, Fault } from "./bad-day.ts";

/** Ten slots, one attempt, and a breaker that never opens: it only counts. */
const COUNTING = { ...CONFIG, limit: "10", maxAttempts: "1", pauseAfterFailures: "100" };
/** Three slots, and a breaker that two failures open. */
const SENSITIVE = { ...CONFIG, limit: "3", pauseAfterFailures: "2" };
const WITHOUT = { ...CONFIG, pauseAfterFailures: "0" };

/** The default of `pauseAfterFailures`. */
const PAUSE_AFTER = 5;

before(record(CONFIG, COUNTING, SENSITIVE, WITHOUT));

/** Glue refuses every start for good, as it does when the job cannot run. */
function breakJob(day: BadDay): Fault {
    return day.refuse(operation("StartJobRun"), new AwsError("InvalidInputException", "no such data"));
}

/** Messages that were dead-lettered. */
function dead(day: BadDay): string[] {
    return [...day.rows()].filter(([, { outcome }]) => outcome === "deadLettered").map(([id]) => id);
}

function failures(day: BadDay): number {
    return day.stack.gate()?.failures ?? 0;
}

function isBreakerOpen(day: BadDay): boolean {
    const gate = day.stack.gate();
    return gate !== undefined && isOpen(gate);
}

/** Every message that is not dead-lettered by now gets done. */
async function restIsDone(day: BadDay, sent: readonly string[]): Promise<string[]> {
    const lost = dead(day);
    await day.ends({ done: sent.filter((id) => !lost.includes(id)), dead: lost }, 2 * DAY);
    return lost;
}

/** The most runs that went on at once, of those that began after a moment. */
function peakSince(day: BadDay, moment: number): number {
    const runs = day.stack.runs.filter((run) => run.startedOn >= moment);
    return Math.max(
        0,
        ...runs.map((run) => {
            const others = runs.filter((other) => other.startedOn <= run.startedOn);
            return others.filter((other) => (other.completedOn ?? Infinity) > run.startedOn).length;
        }),
    );
}

describe("A job that is broken for ten minutes with 300 messages in line", () => {
    const seen = seenOn({}, async (day) => {
        const broken = breakJob(day);
        const sent = day.sendMany(300);
        await day.until("the breaker is open", () => isBreakerOpen(day), MINUTE);
        const atOnce = dead(day).length;
        await day.pass(10 * MINUTE);
        broken.end();
        await day.until("the breaker is closed", () => failures(day) === 0, HOUR);
        const closed = day.stack.world.clock.now();
        const letters = dead(day).length;
        await restIsDone(day, sent);
        return { day, atOnce, letters, peak: peakSince(day, closed) };
    });

    it("dead-letters as many messages as open the breaker, and those that had a slot already", () => {
        assert.ok(seen().atOnce <= PAUSE_AFTER + LIMIT - 1, `${seen().atOnce}`);
    });

    it("dead-letters one more for each probe, after growing pauses", () => {
        // After 1, 2, 4 and 8 minutes, each up to a minute late.
        assert.ok(seen().letters <= PAUSE_AFTER + LIMIT - 1 + 4, `${seen().letters}`);
    });

    it("lets the rest of the line go on at the full limit once a job succeeds", () => {
        assert.equal(seen().peak, LIMIT);
    });

    it("says in the log, with the number of failures, that the breaker is open", () => {
        const { logs } = seen().day;
        const said = logs.filter(({ line }) => /the breaker is open/.test(String(line["message"])));
        assert.ok(said.length >= 10, `${said.length} lines`);
        assert.ok(said.every(({ line }) => Number(line["failures"]) >= PAUSE_AFTER));
    });
});

describe("A job whose runs fail for a day with 100 messages in line", () => {
    let isBroken = true;
    const job: Job = (run) =>
        isBroken ? { millis: MINUTE, end: { state: "FAILED", errorMessage: "no such day" } } : asSent(run);

    const seen = seenOn({ job }, async (day) => {
        isBroken = true;
        const sent = day.sendMany(100);
        await day.until("the breaker is open", () => isBreakerOpen(day), HOUR);
        const opened = day.stack.world.clock.now();
        // Those that ran beside the last of the five.
        await day.pass(10 * MINUTE);
        const peak = { since: day.stack.world.clock.now() };
        await day.pass(DAY);
        const [runs, letters] = [day.stack.runs.length, dead(day).length];
        const most = peakSince(day, peak.since);
        isBroken = false;
        await day.until("the breaker is closed", () => failures(day) === 0, HOUR);
        await restIsDone(day, sent);
        return { day, opened, runs, letters, most };
    });

    it("runs one job at a time", () => {
        assert.equal(seen().most, 1);
    });

    it("runs at most two in an hour, whether they are attempts that are retried or not", () => {
        assert.ok(seen().runs <= 2 * (PAUSE_AFTER + LIMIT) + 2 * 25, `${seen().runs} runs`);
    });

    it("dead-letters no more than one an hour, because each message has two attempts", () => {
        assert.ok(seen().letters <= PAUSE_AFTER + LIMIT + 25, `${seen().letters} letters`);
    });
});

describe("A broken job", () => {
    it("whose dispatcher is down as well dead-letters a handful, never runs two at a time, and goes on once it is mended", async () => {
        await badDay({}, async (day) => {
            const down = day.refuse(
                day.by("dispatcher"),
                new AwsError("AccessDeniedException", "refused by the test"),
            );
            const broken = breakJob(day);
            const sent = day.sendMany(100);
            await day.until("the breaker is open", () => isBreakerOpen(day), DAY);
            await day.pass(6 * HOUR);
            assert.ok(dead(day).length <= PAUSE_AFTER + LIMIT - 1 + 12 + 5, `${dead(day).length}`);
            broken.end();
            await day.until("the breaker is closed", () => failures(day) === 0, 2 * DAY);
            down.end();
            await restIsDone(day, sent);
        });
    });

    it("gets its next message within two minutes of the end of the pause, and that message is done", async () => {
        await badDay({}, async (day) => {
            const broken = breakJob(day);
            const sent = day.sendMany(20);
            await day.until("the breaker is open", () => isBreakerOpen(day), MINUTE);
            broken.end();
            const { probeAfter = Infinity } = day.stack.gate() ?? {};
            await day.until("the probe runs", () => day.held().length === 1, HOUR);
            assert.ok(day.stack.world.clock.now() - probeAfter <= 2 * MINUTE);
            await restIsDone(day, sent);
        });
    });

    it("is run at the full limit at once when somebody closes the breaker by hand", async () => {
        await badDay({}, async (day) => {
            const broken = breakJob(day);
            const sent = day.sendMany(20);
            await day.until("the breaker is open", () => isBreakerOpen(day), MINUTE);
            broken.end();
            day.closeBreaker();
            await day.until("all slots are taken", () => day.held().length === LIMIT, 30 * SECOND);
            await restIsDone(day, sent);
        });
    });

    it("runs again when its dead letters are redriven, while the breaker is open and after", async () => {
        await badDay({}, async (day) => {
            const broken = breakJob(day);
            day.sendMany(10);
            await day.until("the breaker is open", () => isBreakerOpen(day), MINUTE);
            await day.pass(30 * SECOND);
            day.redriveDeadLetters();
            await day.pass(30 * SECOND);
            broken.end();
            const open = (): boolean => [...day.rows().values()].some(({ ended }) => ended === undefined);
            await day.until("everything has ended", () => day.queued() === 0 && !open(), 2 * HOUR);
            await day.pass(MINUTE);
            day.redriveDeadLetters();
            await day.pass(30 * SECOND);
            await day.until("everything has ended", () => day.queued() === 0 && !open(), 2 * HOUR);
            const done = [...day.rows().values()].filter(({ outcome }) => outcome === "done");
            assert.equal(done.length, 10);
        });
    });

    it("goes on at the full limit with a breaker that the configuration turns off", async () => {
        await badDay({ config: WITHOUT }, async (day) => {
            breakJob(day);
            const sent = day.sendMany(40);
            await day.ends({ dead: sent }, 10 * MINUTE);
            assert.equal(failures(day), 40);
        });
    });

    it("opens no breaker until the dispatcher has carried the setting over to a gate that an older release made", async () => {
        await badDay({}, async (day) => {
            breakJob(day);
            day.removeFrom("settings", "pauseAfterFailures");
            await day.until("it is gone", () => day.stack.gate()?.pauseAfterFailures === undefined);
            const sent = day.sendMany(10);
            await day.until("they are dead", () => dead(day).length === sent.length, 5 * MINUTE);
            await day.stack.world.deploy(await recorded(CONFIG));
            day.putItem({
                entry: { S: "settings" },
                limit: { N: String(LIMIT) },
                cooldownSeconds: { N: "0" },
                pauseAfterFailures: { N: "5" },
            });
            await day.until("the breaker is open", () => isBreakerOpen(day), 2 * MINUTE);
            const later = day.sendMany(10);
            await day.pass(50 * SECOND);
            assert.equal(dead(day).length, sent.length);
            day.closeBreaker();
            await day.pass(10 * MINUTE);
            assert.ok(dead(day).length < sent.length + later.length);
        });
    });
});

describe("The breaker's count", () => {
    it("is one for each message that failed for good, although ten run at once, both release their slots, and answers get lost", async () => {
        const job: Job = () => ({ millis: MINUTE, end: { state: "FAILED", errorMessage: "no" } });
        await badDay({ config: COUNTING, job }, async (day) => {
            const lost = day.loseReply(makes("release"), LOST, 20);
            const sent = day.sendMany(60);
            await day.ends({ dead: sent }, DAY);
            assert.equal(failures(day), 60);
            assert.equal(lost.happened, 20);
        });
    });

    it("is the same when the reaper never comes first, because no event of Glue arrives", async () => {
        await badDay({ config: COUNTING }, async (day) => {
            breakJob(day);
            const sent = day.sendMany(30);
            await day.ends({ dead: sent }, DAY);
            assert.equal(failures(day), 30);
            assert.equal(day.metric("SlotFreed"), 0);
        });
    });

    it("goes back to nothing at each success: failures and successes that alternate never open it", async () => {
        await badDay({}, async (day) => {
            for (let i = 0; i < 12; i++) {
                const failed = day.send({ fails: 2, minutes: 1 });
                await day.until("it is dead", () => dead(day).includes(failed));
                const done = day.send({ minutes: 1 });
                await day.until("it is done", () => day.rows().get(done)?.outcome === "done");
                assert.ok(failures(day) <= 1);
            }
            assert.equal(day.metric("BreakerOpen"), 0);
        });
    });

    it("leaves out attempts that are tried again", async () => {
        await badDay({}, async (day) => {
            const sent = day.sendMany(12, { fails: 1, minutes: 1 });
            await day.until("all have failed once", () => day.stack.runs.length >= 12, HOUR);
            assert.equal(failures(day), 0);
            await day.ends({ done: sent });
            assert.equal(day.metric("BreakerOpen"), 0);
        });
    });

    it("leaves out runs that were stopped by hand", async () => {
        await badDay({ config: COUNTING }, async (day) => {
            const sent = day.sendMany(8, { minutes: 30 });
            await day.until("they run", () => day.stack.runs.length === 8, 5 * MINUTE);
            const JobRunIds = day.stack.runs.map(({ id }) => id);
            await day.pass(MINUTE);
            day.call("glue", "BatchStopJobRun", { JobName: day.stack.output("jobName"), JobRunIds });
            await day.ends({ dead: sent });
            assert.equal(failures(day), 0);
        });
    });

    it("leaves out runs that had no capacity", async () => {
        const errorMessage = "Exceeded maximum concurrent capacity for your account: 300.";
        let runs = 0;
        const job: Job = (run) =>
            runs++ < 20 ? { millis: 5000, end: { state: "FAILED", errorMessage } } : asSent(run);
        await badDay({ config: COUNTING, job }, async (day) => {
            const sent = day.sendMany(8);
            await day.until("there was no capacity", () => runs > 10, HOUR);
            assert.equal(failures(day), 0);
            await day.ends({ done: sent }, DAY);
        });
    });

    it("leaves out messages that can never start", async () => {
        await badDay({}, async (day) => {
            for (let i = 0; i < 10; i++) day.stack.send("not JSON", `bad${i}`);
            const done = day.sendMany(4);
            await day.until("they are done", () =>
                done.every((id) => day.rows().get(id)?.outcome === "done"),
            );
            assert.equal(failures(day), 0);
            day.stack.deadLetters();
        });
    });
});

describe("A job that breaks now and then, while the reaper dies, answers get lost and the breaker is closed by hand", () => {
    let isBroken = false;
    const job: Job = (run) =>
        isBroken ? { millis: MINUTE, end: { state: "FAILED", errorMessage: "no such day" } } : asSent(run);

    for (const seed of [1, 2, 3, 4, 5, 6]) {
        it(`gets no slot that the breaker or the limit kept, and leaves no message behind (seed ${seed})`, async () => {
            isBroken = true;
            await badDay({ config: SENSITIVE, job, seed }, async (day) => {
                const { random } = day.stack.world;
                const faults: Fault[] = [];
                const mishaps: readonly (() => void)[] = [
                    () => void (isBroken = !isBroken),
                    () => void faults.push(breakJob(day)),
                    () => void faults.push(day.crash("reaper", random.integer(1, 12), "before")),
                    () => void faults.push(day.crash("reaper", random.integer(1, 12), "after")),
                    () => void faults.push(day.loseReply(makes("release"), LOST, 2)),
                    () => void faults.push(day.loseReply(makes("acquire"), LOST, 2)),
                    () => day.closeBreaker(),
                    () => faults.forEach((fault) => fault.end()),
                ];
                day.sendMany(6);
                for (let step = 0; step < 20; step++) {
                    day.sendMany(random.integer(0, 3), { fails: random.integer(0, 1), minutes: 1 });
                    mishaps[random.integer(0, mishaps.length - 1)]?.();
                    await day.pass(random.integer(1, 15) * MINUTE);
                }
                for (const fault of faults) fault.end();
                isBroken = false;
                const last = day.send();
                const ended = (): boolean => day.queued() === 0 && day.stack.openRows() === 0;
                await day.until("everything has ended", ended, 2 * DAY);
                assert.equal(day.rows().get(last)?.outcome, "done");
                assert.equal(failures(day), 0);
                assert.ok(day.metric("BreakerOpen") > 0, "the breaker was never open");
            });
        });
    }
});

describe("Two pools on one table, of which one has a broken job", () => {
    let isBroken = (_pool: string): boolean => true;
    const job: Job = (run) => {
        const pool = run.arguments["--turnstile-pool"] ?? "";
        return isBroken(pool)
            ? { millis: MINUTE, end: { state: "FAILED", errorMessage: "no such day" } }
            : { millis: MINUTE };
    };

    it("do not affect each other: one breaker opens, and the other pool runs all its jobs", async () => {
        const program = await recorded({}, FIXTURES.twoPools);
        const stack = await TestStack.open({ programs: [program], job });
        try {
            await stack.pass(90 * SECOND);
            isBroken = (pool) => pool === "daily";
            for (const pool of ["daily", "backfill"]) stack.sendMany(30, queueOf(program, pool));
            await stack.pass(2 * HOUR);
            const open = ["daily", "backfill"].map((pool) => {
                const gate = stack.gate(pool);
                return gate && isOpen(gate);
            });
            assert.deepEqual(open, [true, false]);
            assert.equal(stack.openRows("backfill"), 0);
            assert.ok(stack.openRows("daily") > 15);
            isBroken = () => false;
            await stack.pass(2 * HOUR);
            assert.equal(stack.openRows("daily"), 0);
        } finally {
            await stack.close();
        }
    });
});

function queueOf(program: RecordedProgram, pool: string): RecordedProgram {
    return { ...program, outputs: { ...program.outputs, queueUrl: program.outputs[pool] } };
}
