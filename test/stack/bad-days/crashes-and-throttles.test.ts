/** Functions that crash at any of their calls, a table that throttles, a Step Functions that refuses every start. */
import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/index.ts";
import type { Call } from "../../../embedded-aws/index.ts";
import {
    badDay,
    CONCURRENT,
    CONFIG,
    HOUR,
    LOST,
    makes,
    MINUTE,
    operation,
    record,
    SECOND,
    THROTTLED,
} from "./bad-day.ts";
import type { Role } from "../test-stack.ts";
import type { BadDay } from "./bad-day.ts";

/** A small day on which every function has work: a line, a failure, an abort, a lost reply, a message that cannot start. */
async function smallDay(day: BadDay): Promise<{ done: string[]; dead: string[]; groups: string[][] }> {
    const first = [day.send({ minutes: 3 }, "a"), day.send({ minutes: 1 }, "a")];
    day.loseReply(operation("StartJobRun", first[0]), LOST);
    const aborted = day.send({ minutes: 30 }, "b");
    const bad = day.stack.send("not JSON", "b");
    const after = day.send({ minutes: 1, fails: 2 }, "b");
    day.at(aborted, "Run job", () => day.abort(aborted), { delay: MINUTE });
    return {
        done: first,
        dead: [aborted, bad, after],
        groups: [first, [aborted, after]],
    };
}

/** Each message was accepted once, and those of a group in the order in which they were sent. */
function assertAccepted(day: BadDay, groups: readonly (readonly string[])[]): void {
    const started = day.started();
    assert.equal(new Set(started).size, started.length);
    for (const group of groups)
        assert.deepEqual(
            started.filter((id) => group.includes(id)),
            group,
        );
    assert.ok(day.stack.glue.peak <= 2);
}

before(record(CONFIG));

describe("A function that crashes", () => {
    const roles: Role[] = ["starter", "dispatcher", "reaper"];
    for (const role of roles) {
        for (const when of ["before", "after"] as const) {
            it(`the ${role}, right ${when} any of its calls, ends every message exactly once and leaks no slot`, async function () {
                for (let nth = 1; ; nth++) {
                    let crashed = 0;
                    await badDay({ seed: nth }, async (day) => {
                        const crash = day.crash(role, nth, when);
                        const { groups, ...expected } = await smallDay(day);
                        try {
                            await day.ends(expected, 6 * HOUR);
                            assertAccepted(day, groups);
                        } catch (error) {
                            throw new Error(`crash ${when} call ${nth} of the ${role}`, { cause: error });
                        }
                        crashed = crash.happened;
                    });
                    if (crashed === 0 || nth === 60) {
                        assert.ok(nth > 5, `only ${nth} calls`);
                        return;
                    }
                }
            });
        }
    }
});

describe("A table that throttles", () => {
    const throughput = new AwsError("ProvisionedThroughputExceededException", "too fast");
    const busy = (call: Call): boolean => call.service === "dynamodb" && call.caller.principal !== "user";

    it("every second call, for an hour, ends every message exactly once and leaks no slot", async () => {
        await badDay({}, async (day) => {
            // Of each operation by itself: otherwise every function dies at its second call, again and again.
            const calls = new Map<string, number>();
            const nth = ({ operation }: Call): number => {
                const count = (calls.get(operation) ?? 0) + 1;
                calls.set(operation, count);
                return count;
            };
            const throttled = day.refuse((call) => busy(call) && nth(call) % 2 === 0, throughput);
            day.stack.world.clock.after(HOUR, () => throttled.end());
            const { groups, ...expected } = await smallDay(day);
            await day.ends(expected, 6 * HOUR);
            assert.ok(throttled.happened > 20);
            assertAccepted(day, groups);
        });
    });

    it("every call, for twenty minutes in the middle of it, ends every message exactly once and leaks no slot", async () => {
        for (const begin of [0, MINUTE, 2 * MINUTE, 3 * MINUTE, 4 * MINUTE]) {
            await badDay({}, async (day) => {
                const { clock } = day.stack.world;
                const from = clock.now() + begin;
                const throttled = day.refuse(
                    (call) => busy(call) && clock.now() >= from && clock.now() < from + 20 * MINUTE,
                    throughput,
                );
                const { groups, ...expected } = await smallDay(day);
                await day.ends(expected, 6 * HOUR);
                assert.ok(throttled.happened > 20, `${throttled.happened}`);
                assertAccepted(day, groups);
            });
        }
    });
});

describe("A table that is gone for half an hour when a message has just been dead-lettered", () => {
    it("gets the row closed later, and does not send the message a second time", async () => {
        await badDay({}, async (day) => {
            const id = day.send({ fails: 2 });
            let gone = { end: (): void => undefined, happened: 0 } as ReturnType<BadDay["refuse"]>;
            const happened = day.at(
                id,
                "Close as dead-lettered",
                () => {
                    gone = day.refuse(
                        (call) => call.service === "dynamodb" && call.caller.principal !== "user",
                        new AwsError("InternalServerError", "down", 500),
                    );
                },
                { delay: 0 },
            );
            await day.until("it was dead-lettered", happened);
            await day.pass(30 * MINUTE);
            assert.equal(day.execution(id).status, "FAILED");
            assert.equal(day.rows().get(id)?.outcome, undefined);
            gone.end();
            await day.ends({ dead: [id] });
        });
    });
});

describe("An hour of refused StartExecution", () => {
    for (const error of [
        THROTTLED,
        new AwsError("ExecutionLimitExceeded", "The maximum number of running executions has been reached."),
        new AwsError("ServiceUnavailable", "down", 503),
    ]) {
        it(`(${error.name}) dead-letters nothing and keeps each group's order`, async () => {
            await badDay({}, async (day) => {
                const refused = day.refuse(operation("StartExecution"), error);
                const groups = [0, 1].map((g) => [0, 1, 2].map(() => day.send({ minutes: 1 }, `g${g}`)));
                await day.pass(HOUR);
                assert.ok(refused.happened >= 10);
                assert.deepEqual(day.started(), []);
                refused.end();
                await day.ends({ done: groups.flat() });
                assertAccepted(day, groups);
            });
        });
    }

    it("of some messages only keeps each group's order: what follows a refused one waits for it", async () => {
        await badDay({}, async (day) => {
            let calls = 0;
            day.refuse((call) => call.operation === "StartExecution" && ++calls % 2 === 1, THROTTLED, 10);
            const groups = [0, 1, 2].map((g) => [0, 1, 2].map(() => day.send({ minutes: 1 }, `g${g}`)));
            await day.ends({ done: groups.flat() });
            assertAccepted(day, groups);
        });
    });
});

describe("A holder that did not join the line because the table was busy", () => {
    it("keeps its slot while Glue refuses its start, although its row is of an earlier attempt", async () => {
        await badDay({}, async (day) => {
            const id = day.send({ minutes: 1, fails: 1 });
            const begun = day.at(id, "Back off", () => undefined);
            await day.until("its first attempt has failed", begun);
            const denied = new AwsError("AccessDeniedException", "refused by the test");
            day.refuse(makes("join"), denied);
            day.refuse(operation("StartJobRun"), CONCURRENT, 5);
            // Without the line, a slot is acquired only when the dispatcher is silent.
            day.refuse(day.by("dispatcher"), denied);
            await day.until("it holds its second slot", () => day.held().includes(`${id}/2/0`));
            for (let i = 0; i < 10; i++) {
                await day.pass(20 * SECOND);
                day.sweep();
            }
            await day.ends({ done: [id] });
            assert.equal(day.runsOf(id).length, 2);
        });
    });
});
