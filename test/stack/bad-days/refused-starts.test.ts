/** Glue refuses to start a run: what passes is waited for on the slot, what never passes fails at once. */
import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/index.ts";
import {
    badDay,
    CONCURRENT,
    CONFIG,
    LIMIT,
    MINUTE,
    operation,
    record,
    SECOND,
    THROTTLED,
} from "./bad-day.ts";
import type { BadDay } from "./bad-day.ts";

const TRANSIENT: readonly (readonly [string, AwsError])[] = [
    ["the job's concurrent runs are exceeded", CONCURRENT],
    [
        "the account's runs are exceeded",
        new AwsError("ResourceNumberLimitExceededException", "too many runs"),
    ],
    ["too many starts come at once", THROTTLED],
];

const PERMANENT: readonly (readonly [string, AwsError, RegExp])[] = [
    [
        "the job does not exist",
        new AwsError("EntityNotFoundException", "Failed to start job run due to missing metadata"),
        /^Glue\.EntityNotFoundException: Failed to start job run due to missing metadata/,
    ],
    [
        "the input is invalid",
        new AwsError("InvalidInputException", "Timeout is 0"),
        /^Glue\.InvalidInputException: Timeout is 0/,
    ],
];

before(record(CONFIG));

describe("A start that Glue refuses", () => {
    for (const [why, error] of TRANSIENT) {
        it(`because ${why} is tried again on the slot that it holds, and its job is done at the first attempt`, async () => {
            await badDay({}, async (day) => {
                const refused = day.refuse(operation("StartJobRun"), error, 3);
                const id = day.send();
                await day.until("it was refused twice", () => refused.happened >= 2);
                assert.ok(day.holds(id));
                await day.ends({ done: [id] });
                assert.equal(refused.happened, 3);
                assert.equal(day.runsOf(id).length, 1);
                assert.match(day.execution(id).output ?? "", /"attempts":1/);
            });
        });

        it(`for longer than the budget because ${why} gives its slot back and is one failed attempt of maxAttempts`, async () => {
            await badDay({}, async (day) => {
                const refused = day.refuse(operation("StartJobRun"), error);
                const id = day.send();
                const { letters } = await day.ends({ dead: [id] });
                const letter = letters.get(id);
                assert.equal(letter?.attributes["attempts"], "2");
                assert.ok(letter?.cause.includes(error.message), letter?.cause);
                assert.ok(refused.happened >= 8, `${refused.happened} tries`);
                const longest = Math.max(...holdings(day));
                // The budget counts the longest delays; a little over it for the calls.
                assert.ok(longest <= 7 * MINUTE, `held for ${longest / MINUTE} minutes`);
                assert.equal(day.stack.runs.length, 0);
            });
        });
    }

    for (const [why, error, cause] of PERMANENT) {
        it(`because ${why} fails at once, without another attempt, and the dead letter says why`, async () => {
            await badDay({}, async (day) => {
                const refused = day.refuse(operation("StartJobRun"), error);
                const id = day.send();
                const sent = day.stack.world.clock.now();
                const { letters } = await day.ends({ dead: [id] });
                assert.equal(refused.happened, 1);
                assert.match(letters.get(id)?.cause ?? "", cause);
                assert.equal(letters.get(id)?.attributes["attempts"], "1");
                assert.equal(letters.get(id)?.attributes["run"], "none");
                const took = (day.execution(id).stopTime ?? Infinity) - sent;
                assert.ok(took < 10 * SECOND, `${took} ms`);
            });
        });
    }

    it("by outside runs that fill the job waits for them, and nobody else gets the slot meanwhile", async () => {
        await badDay({}, async (day) => {
            const job = day.stack.glue.job(day.stack.output("jobName"));
            const room = job.maxConcurrentRuns;
            for (let i = 0; i < room; i++) day.stack.glue.startOutsideRun(job.name, 2 * MINUTE);
            const ids = day.sendMany(LIMIT + 2);
            await day.pass(MINUTE);
            assert.deepEqual(day.held().length, LIMIT);
            assert.ok((day.stack.world.counters.get("glue.refused") ?? 0) > LIMIT);
            await day.ends({ done: ids });
        });
    });
});

/** How long each slot was held, in milliseconds. */
function holdings({ stack }: BadDay): number[] {
    const released = new Map(stack.released().map(({ holder, time }) => [holder, time]));
    return stack.acquired().map(({ holder, time }) => (released.get(holder) ?? Infinity) - time);
}
