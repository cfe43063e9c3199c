/** Glue refuses to start a run. What may pass is tried again on the slot; what never passes fails at once. */
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
    seenOn,
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
        describe(`because ${why}`, () => {
            const seen = seenOn({}, async (day) => {
                const refused = day.refuse(operation("StartJobRun"), error, 3);
                const id = day.send();
                await day.until("it was refused twice", () => refused.happened >= 2);
                const held = day.holds(id);
                await day.ends({ done: [id] });
                const output = day.execution(id).output ?? "";
                return { held, refused: refused.happened, runs: day.runsOf(id).length, output };
            });

            it("is tried again on the slot that it holds", () => {
                const { held, refused } = seen();
                assert.ok(held);
                assert.equal(refused, 3);
            });

            it("counts as no failed attempt, and its job is done", () => {
                const { runs, output } = seen();
                assert.equal(runs, 1);
                assert.match(output, /"attempts":1/);
            });
        });

        describe(`because ${why}, for longer than the budget`, () => {
            const seen = seenOn({}, async (day) => {
                const refused = day.refuse(operation("StartJobRun"), error);
                const id = day.send();
                const { letters } = await day.ends({ dead: [id] });
                return {
                    letter: letters.get(id),
                    refused: refused.happened,
                    longest: Math.max(...holdings(day)),
                    runs: day.stack.runs.length,
                };
            });

            it("is one failed attempt of maxAttempts", () => {
                const { letter, refused, runs } = seen();
                assert.equal(letter?.attributes["attempts"], "2");
                assert.ok(refused >= 8, `${refused} tries`);
                assert.equal(runs, 0);
            });

            it("has Glue's reason in the dead letter", () => {
                const { letter } = seen();
                assert.ok(letter?.cause.includes(error.message), letter?.cause);
            });

            it("gives its slot back after about the budget", () => {
                // The budget counts the longest delays; a little over it for the calls.
                assert.ok(seen().longest <= 7 * MINUTE, `held for ${seen().longest / MINUTE} minutes`);
            });
        });
    }

    for (const [why, error, cause] of PERMANENT) {
        describe(`because ${why}`, () => {
            const seen = seenOn({}, async (day) => {
                const refused = day.refuse(operation("StartJobRun"), error);
                const id = day.send();
                const sent = day.stack.world.clock.now();
                const { letters } = await day.ends({ dead: [id] });
                const took = (day.execution(id).stopTime ?? Infinity) - sent;
                return { letter: letters.get(id), refused: refused.happened, took };
            });

            it("fails within a minute", () => {
                assert.ok(seen().took < MINUTE, `${seen().took} ms`);
            });

            it("gets no further attempt", () => {
                const { letter, refused } = seen();
                assert.equal(refused, 1);
                assert.equal(letter?.attributes["attempts"], "1");
                assert.equal(letter.attributes["run"], "none");
            });

            it("has Glue's reason in the dead letter", () => {
                assert.match(seen().letter?.cause ?? "", cause);
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

describe("A run that Glue accepts and ends because the account has no capacity", () => {
    const seen = seenOn(
        {
            job: ({ id }) => {
                const hasCapacity = id === "" || capacity();
                const errorMessage =
                    "Exceeded maximum concurrent capacity for your account: 300. Please contact AWS Support.";
                return hasCapacity
                    ? { millis: MINUTE }
                    : { millis: 5000, end: { state: "FAILED", errorMessage } };
            },
        },
        async (day) => {
            until = day.stack.world.clock.now() + 40 * MINUTE;
            now = () => day.stack.world.clock.now();
            const ids = day.sendMany(3);
            const { rows } = await day.ends({ done: ids });
            return { day, ids, rows, outputs: ids.map((id) => day.execution(id).output ?? "") };
        },
    );
    let until = 0;
    let now = (): number => 0;
    const capacity = (): boolean => now() >= until;

    it("is no attempt at the job: its job is done at the first one, after 40 minutes without capacity", () => {
        for (const output of seen().outputs) assert.match(output, /"attempts":1/);
    });

    it("releases its slot, and has another holder id at its next start", () => {
        const { day, ids } = seen();
        for (const id of ids) {
            const holders = day.runsOf(id).map((run) => run.arguments["--turnstile-holder"]);
            assert.ok(holders.length > 2, `${holders.length} starts`);
            assert.equal(new Set(holders).size, holders.length);
        }
    });
});

/** How long each slot was held, in milliseconds. */
function holdings({ stack }: BadDay): number[] {
    const released = new Map(stack.released().map(({ holder, time }) => [holder, time]));
    return stack.acquired().map(({ holder, time }) => (released.get(holder) ?? Infinity) - time);
}
