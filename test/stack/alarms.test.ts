/** The alarms of the program, end to end: each goes off when it should, its topic publishes that, and it ends after the repair. */
import assert from "node:assert/strict";
import { AwsError } from "../../embedded-aws/index.ts";
import {
    changeGate,
    denyAcquires,
    giveReaperUp,
    kill,
    misconfigureJob,
    notices,
    setMapping,
} from "./alarm-scenes.ts";
import type { Item } from "../../slots/items.ts";
import { DAY, HOUR, MINUTE, withStack } from "./test-stack.ts";
import type { Job, Role, TestStack } from "./test-stack.ts";

/** Deletes the rows of all messages, as an operator does whose table fills. */
function deleteRows(stack: TestStack): void {
    const user = { principal: "user" };
    const TableName = stack.output("tableName");
    const { Items } = stack.world.call("dynamodb", "Scan", { TableName }, user) as { Items: Item[] };
    for (const { poolName, entry } of Items) {
        if (entry?.S?.startsWith("job#") !== true) continue;
        stack.world.call("dynamodb", "DeleteItem", { TableName, Key: { poolName, entry } }, user);
    }
}

/** A stack after its first ten minutes, in which the heartbeat begins. */
function running(
    test: (stack: TestStack) => Promise<void>,
    config: Record<string, string> = {},
    job?: Job,
): Promise<void> {
    return withStack({ config, ...(job && { job }) }, async (stack) => {
        await stack.pass(10 * MINUTE);
        await test(stack);
    });
}

/** How many minutes pass until an alarm's new state is published; infinitely many when it takes more than `most`. */
async function minutesUntil(
    stack: TestStack,
    what: string,
    state: "ALARM" | "OK",
    most: number,
): Promise<number> {
    const began = stack.world.clock.now();
    const isPublished = (): boolean =>
        notices(stack).some((each) => each.what === what && each.state === state && each.time >= began);
    for (let minutes = 1; minutes <= most; minutes++) {
        await stack.pass(MINUTE);
        if (isPublished()) return minutes;
    }
    return Infinity;
}

/** Checks that an alarm goes off after so many minutes, from and to, and ends at most `over` minutes after the repair. */
async function goesOff(
    stack: TestStack,
    what: string,
    [from, to]: readonly [number, number],
    { repair, over }: { repair: () => void; over: number },
): Promise<void> {
    const minutes = await minutesUntil(stack, what, "ALARM", to + 5);
    assert.ok(minutes >= from && minutes <= to, `${what} went off after ${minutes} minutes`);
    repair();
    const until = await minutesUntil(stack, what, "OK", over + 5);
    assert.ok(until <= over, `${what} was over after ${until} minutes`);
}

describe("The alarm", () => {
    it("for dead letters goes off within two minutes of the first one, and is over when the queue is empty", async () => {
        await running(async (stack) => {
            stack.send("not JSON");
            await goesOff(stack, "dead-letters", [1, 2], { repair: () => void stack.deadLetters(), over: 4 });
        });
    });

    it("for the oldest message goes off after ten minutes in which nobody took any", async () => {
        await running(async (stack) => {
            const repair = setMapping(stack, "turnstile-jobs-messages", false);
            stack.sendMany(30);
            await goesOff(stack, "oldest-message", [10, 11], { repair, over: 4 });
        });
    });

    it("for a stuck starter goes off when Step Functions keeps refusing to start, although the starter runs", async () => {
        await running(async (stack) => {
            const repair = stack.world.intercept((call, next) => {
                if (call.operation !== "StartExecution") return next();
                throw new AwsError("ServiceUnavailable", "refused by the test", 503);
            });
            stack.sendMany(30);
            await goesOff(stack, "starter-stuck", [3, 9], { repair, over: 26 });
            assert.ok(notices(stack).every(({ what, state }) => what !== "starter-errors" || state === "OK"));
            assert.equal(stack.ended.length + stack.openRows(), 30);
        });
    });

    it("for a silent dispatcher goes off within eight minutes of its last look, and is over after its next", async () => {
        await running(async (stack) => {
            await goesOff(stack, "dispatcher-silent", [5, 8], {
                repair: kill(stack, ["dispatcher"]),
                over: 3,
            });
        });
    });

    it("for a silent dispatcher hears the heartbeat in the log of the deployed handler", async function () {
        await withStack({ functions: "sdk" }, async (stack) => {
            await stack.pass(10 * MINUTE);
            const states = notices(stack).filter(({ what }) => what === "dispatcher-silent");
            assert.equal(states.at(-1)?.state, "OK");
            assert.equal(stack.world.counters.get("metric.Turnstile.Dispatched"), 10);
        });
    });

    it("for a table that fills goes off when a row shows 8 of 10 GB, and is over when ended rows are deleted", async () => {
        // A small collection stands for one of 10 GB.
        await withStack({ model: { itemCollectionBytes: 60_000 } }, async (stack) => {
            await stack.pass(10 * MINUTE);
            const filling = (): string[] =>
                notices(stack)
                    .filter(({ what }) => what === "table-filling")
                    .map(({ state }) => state);
            let sent = 0;
            for (; filling().at(-1) !== "ALARM"; sent += 5) {
                assert.ok(sent < 200, "it did not go off");
                stack.sendMany(5);
                await stack.pass(5 * MINUTE);
            }
            await stack.untilEnded(sent);
            deleteRows(stack);
            stack.sendMany(1);
            await stack.pass(30 * MINUTE);
            assert.deepEqual(filling().slice(-2), ["ALARM", "OK"]);
        });
    });

    it("for a table that fills goes off, too, when the table is full and takes no message", async () => {
        await withStack({ model: { itemCollectionBytes: 60_000 } }, async (stack) => {
            await stack.pass(10 * MINUTE);
            // Another's item of the pool leaves room for no row.
            const TableName = stack.output("tableName");
            const Key = { poolName: { S: "jobs" }, entry: { S: "note" } };
            const Item = { ...Key, note: { S: "x".repeat(59_000) } };
            const user = { principal: "user" };
            stack.world.call("dynamodb", "PutItem", { TableName, Item }, user);
            stack.sendMany(3);
            await stack.pass(10 * MINUTE);
            assert.ok(
                notices(stack).some(({ what, state }) => what === "table-filling" && state === "ALARM"),
            );
            assert.equal(stack.openRows(), 0);
            stack.world.call("dynamodb", "DeleteItem", { TableName, Key }, user);
            await stack.untilEnded(3);
        });
    });

    it("for a limit that cannot be read goes off within two minutes", async () => {
        await running(async (stack) => {
            const TableName = stack.output("tableName");
            const Key = { poolName: { S: "jobs" }, entry: { S: "override" } };
            const user = { principal: "user" };
            const Item = { ...Key, limit: { S: "many" }, by: { S: "test" }, why: { S: "test" } };
            stack.world.call("dynamodb", "PutItem", { TableName, Item }, user);
            const repair = (): void => {
                stack.world.call("dynamodb", "DeleteItem", { TableName, Key }, user);
            };
            await goesOff(stack, "limit-unreadable", [1, 2], { repair, over: 4 });
        });
    });

    it("for a misconfigured job goes off at the reaper's next sweep", async () => {
        await running(async (stack) => {
            await goesOff(stack, "job-misconfigured", [1, 7], { repair: misconfigureJob(stack), over: 36 });
        });
    });

    it("for a stuck slot goes off at the reaper's next sweep when somebody wrote a holder by hand", async () => {
        await running(async (stack) => {
            const slot = { M: { since: { S: "today" } } };
            changeGate(stack, "somebody", "SET holders.#me = :slot", { ":slot": slot });
            const repair = (): void => changeGate(stack, "somebody", "REMOVE holders.#me");
            await goesOff(stack, "slot-stuck", [1, 7], { repair, over: 36 });
        });
    });

    it("for an open breaker goes off within six minutes, and is over soon after the first success", async () => {
        await running(async (stack) => {
            const repair = stack.world.intercept((call, next) => {
                if (call.operation !== "StartJobRun") return next();
                throw new AwsError("InvalidInputException", "refused by the test");
            });
            stack.sendMany(30);
            await goesOff(stack, "breaker-open", [1, 7], { repair, over: 30 });
        });
    });

    it("for slots without a release goes off when messages wait for longer than longestJobMinutes", async () => {
        await running(
            async (stack) => {
                stack.sendMany(4);
                const repair = (): void => {
                    const JobRunIds = stack.runs.map(({ id }) => id);
                    const input = { JobName: stack.output("jobName"), JobRunIds };
                    stack.world.call("glue", "BatchStopJobRun", input, { principal: "user" });
                };
                await goesOff(stack, "no-release", [30, 37], { repair, over: 12 });
            },
            { longestJobMinutes: "30" },
            () => ({ millis: 10 * HOUR }),
        );
    });

    it("for slots without a release stays silent while all slots are taken and nobody waits", async () => {
        await running(
            async (stack) => {
                stack.sendMany(3);
                assert.equal(await minutesUntil(stack, "no-release", "ALARM", 90), Infinity);
            },
            { longestJobMinutes: "30" },
            () => ({ millis: 10 * HOUR }),
        );
    });

    it("for free slots without an acquire goes off when a message waits and every acquire is denied", async () => {
        await running(async (stack) => {
            const repair = denyAcquires(stack);
            stack.sendMany(1);
            await goesOff(stack, "no-acquire", [10, 18], { repair, over: 30 });
        });
    });

    const within: Record<Role, number> = { starter: 12, dispatcher: 7, reaper: 12 };
    for (const [role, minutes] of Object.entries(within) as [Role, number][]) {
        it(`for errors of the ${role} goes off when it keeps failing`, async () => {
            await running(async (stack) => {
                const repair = kill(stack, [role]);
                stack.sendMany(1);
                await goesOff(stack, `${role}-errors`, [3, minutes], { repair, over: 20 });
            });
        });

        it(`for errors of the ${role} does not go off for a single failure`, async () => {
            await running(async (stack) => {
                const repair = kill(stack, [role]);
                stack.sendMany(1);
                const errors = (): number => stack.world.counters.get("lambda.errors") ?? 0;
                for (let minute = 0; minute < 6 && errors() === 0; minute++) await stack.pass(MINUTE);
                repair();
                assert.ok(errors() >= 1, "nothing failed");
                assert.equal(await minutesUntil(stack, `${role}-errors`, "ALARM", 30), Infinity);
            });
        });
    }

    it("for a stuck reaper goes off when it keeps failing to look, although it runs", async () => {
        await running(async (stack) => {
            const repair = stack.world.intercept((call, next) => {
                if (call.operation !== "ListExecutions" || call.caller.principal === "user") return next();
                throw new AwsError("AccessDeniedException", "refused by the test");
            });
            await goesOff(stack, "reaper-stuck", [3, 12], { repair, over: 26 });
            assert.ok(notices(stack).every(({ what, state }) => what !== "reaper-errors" || state === "OK"));
        });
    });

    it("for the reaper's dead letters goes off when there is one", async () => {
        await running(async (stack) => {
            giveReaperUp(stack);
            assert.ok((await minutesUntil(stack, "reaper-dead-letters", "ALARM", 3)) <= 2);
        });
    });

    it("stays silent, whichever it is, in three days of bursts of jobs with nothing wrong", async function () {
        await running(async (stack) => {
            const began = stack.world.clock.now();
            for (let day = 0; day < 3; day++) {
                stack.sendMany(100);
                await stack.pass(DAY);
            }
            assert.equal(stack.ended.length, 300);
            assert.deepEqual(
                notices(stack).filter(({ time }) => time >= began),
                [],
            );
        });
    });
});
