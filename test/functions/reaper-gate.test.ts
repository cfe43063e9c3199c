/** A gate that is gone, or was replaced by an older copy: the reaper makes it true to what runs. */
import assert from "node:assert/strict";
import { awsError } from "./fake-aws.ts";
import type { Answer, FakeAws } from "./fake-aws.ts";
import {
    ACQUIRED,
    ask,
    ENDED,
    entered,
    EXECUTION,
    freed,
    glueRun,
    ranJob,
    reap,
    scene,
    submitted,
    SWEEP,
    scheduled,
} from "./reaper-scene.ts";

const REBUILD = { rebuild: { pool: "etl" } };
const EMPTY = { holders: { M: {} }, limit: { N: "1" } };
const WHOLE = { ...EMPTY, holders: { M: { "a/1/0": { M: { since: { N: String(ACQUIRED) } } } } } };
const aborted = { status: "ABORTED", stopDate: new Date(ACQUIRED) };
/** What an execution that has its slot has done, the newest first. */
const HOLDING = [ranJob(ACQUIRED + 500), entered("Acquire slot", ACQUIRED)];

/** An execution `a` whose row is at this position, and a gate that does not have it. */
function lost(
    parts: Parameters<typeof scene>[0] & { gate?: object; position?: string; row?: object },
): FakeAws {
    const { gate, position = "run#", more, items, ...others } = parts;
    const row = {
        ...{ entry: { S: "job#a" }, messageId: { S: "m" }, holder: { S: "a/1/0" } },
        ...{ execution: { S: EXECUTION }, job: { S: "job" }, linePosition: { S: position }, ...parts.row },
    };
    const Query = (input: { ExpressionAttributeValues: { ":position": { S: string } } }): object => ({
        Items: input.ExpressionAttributeValues[":position"].S === position ? [row] : [],
    });
    return scene({
        history: HOLDING,
        ...others,
        row,
        items: { gate, ...items },
        more: { Query, ...more },
    });
}

/** On a row: its execution has gone on to another slot than `a/1/0`. */
const LEFT = { holder: { S: "a/1/1" } };
const STOPPING = { state: "STOPPING" };
const STARTED = ACQUIRED + 1000;
const MINUTE = 60_000;
const at = (time: number): object => ({ S: new Date(time).toISOString() });

/** The writes that made a gate. */
function makings(aws: FakeAws): Record<string, unknown>[] {
    return aws
        .inputs("UpdateItem")
        .filter((input) => (input["UpdateExpression"] as string).startsWith("SET holders = "));
}

/** Holder → since, of the gates that were made. */
function made(aws: FakeAws): Record<string, string>[] {
    return makings(aws).map((input) => {
        const values = (
            input["ExpressionAttributeValues"] as Record<
                string,
                { M: Record<string, { M: { since: { N: string } } }> }
            >
        )[":holders"];
        return Object.fromEntries(Object.entries(values?.M ?? {}).map(([id, slot]) => [id, slot.M.since.N]));
    });
}

/** The holders that were put back into a gate. */
function restored(aws: FakeAws): unknown[] {
    return aws
        .inputs("UpdateItem")
        .filter((input) => (input["UpdateExpression"] as string).startsWith("SET holders.#me = :slot"))
        .map((input) => (input["ExpressionAttributeNames"] as Record<string, string>)["#me"]);
}

const fails =
    (name: string): Answer =>
    () => {
        throw awsError(name);
    };

describe("The reaper, of a gate that is gone,", () => {
    it("makes it again with the holder whose job Glue shows running, as old as its slot", async () => {
        const aws = lost({ runs: [{ state: "RUNNING" }] });
        assert.deepEqual(await reap(aws, REBUILD), []);
        assert.deepEqual(made(aws), [{ "a/1/0": String(ACQUIRED) }]);
        assert.deepEqual(aws.metrics, [{ name: "HolderRestored", value: 1, pool: "etl" }]);
    });

    it("grants no slot by itself: the limit comes from the dispatcher", async () => {
        const aws = lost({ runs: [{ state: "RUNNING" }] });
        await reap(aws, REBUILD);
        assert.match(makings(aws)[0]?.["UpdateExpression"] as string, / REMOVE #limit$/);
    });

    for (const [what, parts] of [
        ["whose start may be in flight", {}],
        [
            "whose execution was aborted while its run is STOPPING",
            { runs: [{ state: "STOPPING" }], execution: aborted },
        ],
        [
            "whose execution was aborted a moment ago, with no run to be seen yet",
            { execution: { status: "ABORTED", stopDate: new Date(ENDED) } },
        ],
        [
            "whose run is not found yet behind very many newer ones",
            {
                more: {
                    GetJobRuns: () => ({
                        JobRuns: [glueRun({ state: "RUNNING", holder: "z/1/0", startedOn: ENDED })],
                        NextToken: "more",
                    }),
                },
            },
        ],
        ["that asks how its job ended", { runs: [{ state: "RUNNING" }], position: "ask#" }],
        ["that cools down", { runs: [{ state: "SUCCEEDED" }], settle: "90" }],
        [
            "whose Glue job is gone, because nothing shows that its run has ended",
            { more: { GetJobRuns: fails("EntityNotFoundException") } },
        ],
    ] as const) {
        it(`counts a holder ${what}`, async () => {
            const aws = lost(parts);
            await reap(aws, REBUILD);
            assert.deepEqual(made(aws).map(Object.keys), [["a/1/0"]]);
        });
    }

    for (const [what, parts] of [
        ["a waiter that was woken but has no slot", { history: [entered("Acquire slot", ACQUIRED)] }],
        [
            "a waiter that was woken and pauses after its acquire was refused",
            { history: [entered("Pause", ENDED), entered("Acquire slot", ACQUIRED)] },
        ],
        ["an execution that has only just begun", { history: [] }],
        ["a holder whose run has ended", { runs: [{ state: "FAILED" }] }],
        [
            "a holder without a run whose execution died long ago",
            { execution: { ...aborted, stopDate: new Date(ACQUIRED - 120_000) } },
        ],
        ["an execution that succeeded", { execution: { status: "SUCCEEDED" } }],
        ["an execution that does not exist", { more: { DescribeExecution: fails("ExecutionDoesNotExist") } }],
        ["a row that has no holder", { row: { holder: undefined } }],
    ] as const) {
        it(`leaves out ${what}`, async () => {
            const aws = lost(parts);
            assert.deepEqual(await reap(aws, REBUILD), []);
            assert.deepEqual(made(aws), [{}]);
        });
    }

    for (const [what, operation] of [
        ["Glue", "GetJobRuns"],
        ["an execution's history", "GetExecutionHistory"],
        ["an execution", "DescribeExecution"],
        ["the rows", "Query"],
    ] as const) {
        it(`makes none while ${what} cannot be read, and tries again`, async () => {
            const aws = lost({ more: { [operation]: fails("ThrottlingException") } });
            assert.deepEqual(await reap(aws, REBUILD), ["m-0"]);
            assert.deepEqual(made(aws), []);
        });
    }

    it("counts the run of a slot that its execution has left for another", async () => {
        const aws = lost({ position: "wait#", row: { ...LEFT, joined: at(ENDED) }, runs: [STOPPING] });
        assert.deepEqual(await reap(aws, REBUILD), []);
        assert.deepEqual(made(aws), [{ "a/1/0": String(STARTED) }]);
    });

    it("counts the run of an execution that left its slot and has not joined the line yet", async () => {
        const aws = lost({ history: [entered("Wait in line", ENDED)], runs: [STOPPING] });
        await reap(aws, REBUILD);
        assert.deepEqual(made(aws), [{ "a/1/0": String(STARTED) }]);
    });

    it("counts it once where its execution shows the slot, too", async () => {
        const aws = lost({ runs: [{ state: "RUNNING" }], row: { joined: at(ACQUIRED) } });
        await reap(aws, REBUILD);
        assert.deepEqual(made(aws), [{ "a/1/0": String(ACQUIRED) }]);
    });

    it("leaves a gate untouched that is whole by then", async () => {
        const aws = lost({ runs: [{ state: "RUNNING" }], gate: EMPTY });
        assert.deepEqual(await reap(aws, REBUILD), []);
        assert.deepEqual([made(aws), aws.inputs("UpdateItem"), aws.inputs("Query")], [[], [], []]);
    });

    it("makes it on condition that nobody has made it since, because executions acquire slots in that one", async () => {
        const gates = [undefined, EMPTY];
        const aws = lost({
            runs: [{ state: "RUNNING" }],
            more: {
                GetItem: ({ Key }: { Key: { entry: { S: string } } }) =>
                    Key.entry.S === "gate" ? { Item: gates.shift() } : {},
                UpdateItem: fails("ConditionalCheckFailedException"),
            },
        });
        assert.deepEqual(await reap(aws, REBUILD), []);
        assert.equal(makings(aws)[0]?.["ConditionExpression"], "attribute_not_exists(holders)");
        assert.deepEqual(aws.metrics, []);
    });

    it("says what to do about a gate that it can neither read nor make again", async () => {
        const gate = { ...EMPTY, holders: { S: "none" } };
        const UpdateItem = fails("ConditionalCheckFailedException");
        const aws = lost({ gate, more: { UpdateItem } });
        assert.deepEqual(await reap(aws, REBUILD), ["m-0"]);
        assert.match(JSON.stringify(aws.logged), /its holders are no map.*Delete the item/);
        assert.deepEqual(aws.metrics, [{ name: "LookFailed", value: 1, pool: "etl" }]);
    });

    it("tries again when the write fails otherwise", async () => {
        const aws = lost({ more: { UpdateItem: fails("ThrottlingException") } });
        assert.deepEqual(await reap(aws, REBUILD), ["m-0"]);
    });

    it("asks for a run by the id in the execution's history when the job has had too many runs", async () => {
        const busy = {
            JobRuns: [glueRun({ state: "RUNNING", holder: "z/1/0", startedOn: ENDED })],
            NextToken: "more",
        };
        const aws = lost({
            history: [submitted("jr_7"), scheduled("a/1/0"), ...HOLDING],
            more: {
                GetJobRuns: () => busy,
                GetJobRun: ({ RunId }: { RunId: string }) => {
                    if (RunId !== "jr_7") throw awsError("EntityNotFoundException");
                    return { JobRun: glueRun({ state: "STOPPED", id: RunId }) };
                },
            },
        });
        assert.deepEqual(await reap(aws, REBUILD), []);
        assert.deepEqual(made(aws), [{}]);
    });
});

describe("The reaper's sweep, of a gate that is an older copy,", () => {
    it("puts back a holder whose job runs, whatever the limit", async () => {
        const other = { M: { since: { N: String(ACQUIRED) } } };
        const gate = { ...EMPTY, holders: { M: { "b/1/0": other } } };
        const aws = lost({ runs: [{ state: "RUNNING" }], gate });
        await reap(aws, SWEEP);
        assert.deepEqual(restored(aws), ["a/1/0"]);
        assert.equal(aws.metrics.filter(({ name }) => name === "HolderRestored").length, 1);
    });

    it("frees a holder that it has, and whose job has ended since", async () => {
        const aws = scene({ runs: [{ state: "SUCCEEDED" }] });
        await reap(aws, SWEEP);
        assert.deepEqual([restored(aws), freed(aws)], [[], ["a/1/0"]]);
    });

    it("puts nothing back for a waiter that was woken but has no slot", async () => {
        const aws = lost({ history: [entered("Acquire slot", ACQUIRED)], gate: EMPTY });
        await reap(aws, SWEEP);
        assert.deepEqual(restored(aws), []);
    });

    it("does not look at the executions of holders that the gate has", async () => {
        const aws = lost({ runs: [{ state: "RUNNING" }], gate: { ...EMPTY, holders: undefined } });
        const whole = { M: { since: { N: String(ACQUIRED) } } };
        const other = lost({
            runs: [{ state: "RUNNING" }],
            gate: { ...EMPTY, holders: { M: { "a/1/0": whole } } },
        });
        for (const each of [aws, other]) await reap(each, SWEEP);
        assert.deepEqual([aws.inputs("GetExecutionHistory"), restored(aws)], [[], []]);
        assert.deepEqual([other.inputs("GetExecutionHistory"), restored(other)], [[], []]);
    });

    it("is content when a holder acquired its slot in the meantime", async () => {
        const aws = lost({
            runs: [{ state: "RUNNING" }],
            gate: EMPTY,
            more: { UpdateItem: fails("ConditionalCheckFailedException") },
        });
        await reap(aws, SWEEP);
        assert.deepEqual(restored(aws), ["a/1/0"]);
        assert.deepEqual(aws.metrics, []);
    });

    for (const [what, row, run] of [
        ["that its execution has left", { ...LEFT, joined: at(ACQUIRED + 2000) }, STOPPING],
        ["whose stop never came", { ...LEFT, joined: at(ACQUIRED + 2000) }, { state: "RUNNING" }],
        [
            "of a message that ended on a later slot",
            { holder: undefined, ended: at(ACQUIRED + 2000) },
            STOPPING,
        ],
        [
            "whose start was in flight when its execution left the slot",
            { ...LEFT, joined: at(ACQUIRED - MINUTE) },
            STOPPING,
        ],
        ["whose execution never joined the line", { holder: undefined }, { state: "RUNNING" }],
        [
            "whose execution has not joined the line for this slot",
            { joined: at(ACQUIRED - 60 * MINUTE) },
            { state: "RUNNING", holder: "a/2/0" },
        ],
        ["of an execution that is about to join again", {}, STOPPING],
    ] as const) {
        it(`puts back the holder of a run ${what}`, async () => {
            const aws = lost({ position: "open#", row, runs: [run], gate: EMPTY });
            await reap(aws, SWEEP);
            assert.deepEqual(restored(aws), ["holder" in run ? run.holder : "a/1/0"]);
            assert.deepEqual(aws.metrics.at(-1), { name: "HolderRestored", value: 1, pool: "etl" });
        });
    }

    for (const [what, parts] of [
        ["that has ended", { row: { ...LEFT, joined: at(ACQUIRED) }, runs: [{ state: "STOPPED" }] }],
        [
            "whose slot was released within the time by which reads may lag behind",
            { row: { ...LEFT, joined: at(ENDED) }, runs: [STOPPING] },
        ],
        [
            "that a person has started again with the arguments of an ended one",
            { row: { holder: undefined, ended: at(ACQUIRED - 20 * MINUTE) }, runs: [{ state: "RUNNING" }] },
        ],
        [
            "that a person has started again while its execution waits for another slot",
            { row: { ...LEFT, joined: at(ACQUIRED - 20 * MINUTE) }, runs: [{ state: "RUNNING" }] },
        ],
        ["of another pool's message", { row: { ...LEFT }, runs: [{ state: "RUNNING", pool: "other" }] }],
        [
            "whose execution may have released its slot just now",
            { position: "run#", history: [entered("Close job", ENDED)], runs: [{ state: "RUNNING" }] },
        ],
        ["whose row is gone", { items: { "job#a": undefined }, runs: [{ state: "RUNNING" }] }],
        ["whose holder id no execution wrote", { runs: [{ state: "RUNNING", holder: "by-hand" }] }],
        ["that the gate has", { gate: WHOLE, row: { ...LEFT }, runs: [{ state: "RUNNING" }] }],
    ] as const) {
        it(`puts back no holder for a run ${what}`, async () => {
            const aws = lost({ position: "open#", gate: EMPTY, ...parts });
            await reap(aws, SWEEP);
            assert.deepEqual(restored(aws), []);
        });
    }

    it("lists one page of the newest runs for them", async () => {
        const busy = { JobRuns: [glueRun({ state: "RUNNING", startedOn: ENDED })], NextToken: "more" };
        const aws = lost({ position: "open#", gate: EMPTY, more: { GetJobRuns: () => busy } });
        await reap(aws, SWEEP);
        assert.equal(aws.inputs("GetJobRuns").length, 1);
    });

    it("leaves the making of a gate that is gone to the dispatcher, which asks for it", async () => {
        const aws = lost({ runs: [{ state: "RUNNING" }] });
        await reap(aws, SWEEP, ask(ENDED));
        assert.deepEqual([made(aws), restored(aws)], [[], []]);
    });
});
