/** Slots of which nothing can prove that their work is over: they are reported, with what to do, and never freed on a guess. */
import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/index.ts";
import { badDay, CONFIG, HOUR, LOST, MINUTE, operation, POOL, record, SECOND } from "./bad-day.ts";
import type { BadDay } from "./bad-day.ts";

before(record(CONFIG));

/** Adds a holder to the gate, as a person would. */
function addHolder(day: BadDay, holder: string, slot: object): void {
    day.call("dynamodb", "UpdateItem", {
        TableName: day.stack.output("tableName"),
        Key: { poolName: { S: POOL }, entry: { S: "gate" } },
        UpdateExpression: "SET holders.#me = :slot",
        ExpressionAttributeNames: { "#me": holder },
        ExpressionAttributeValues: { ":slot": { M: slot } },
    });
}

/** Removes a holder, as the log says to. */
function removeHolder(day: BadDay, holder: string): void {
    day.call("dynamodb", "UpdateItem", {
        TableName: day.stack.output("tableName"),
        Key: { poolName: { S: POOL }, entry: { S: "gate" } },
        UpdateExpression: "REMOVE holders.#me",
        ExpressionAttributeNames: { "#me": holder },
    });
}

/** Lets hours pass; the holder must keep its slot, be reported at each sweep, and the log must say why and what to do. */
async function staysStuck(day: BadDay, holder: string, why: RegExp, next: RegExp): Promise<void> {
    const before = day.metric("SlotStuck");
    await day.pass(3 * HOUR);
    assert.ok(day.held().includes(holder), "its slot was freed");
    assert.ok(day.metric("SlotStuck") - before > 30, `${day.metric("SlotStuck") - before} reports`);
    const line = day.logs.map((each) => each.line).findLast((each) => each["holder"] === holder);
    assert.match(`${String(line?.["message"])} ${String(line?.["why"])}`, why);
    assert.match(String(line?.["next"]), next);
}

const REMOVE = /make sure that no job runs for it, then free it/;

describe("A slot of which nothing can prove that its work is over", () => {
    for (const [what, holder, slot] of [
        ["a person wrote its holder's id", "nightly run", { since: { N: "1798761600000" } }],
        ["its time cannot be read", "g-m/1/0", { since: { S: "this morning" } }],
        ["it has no time", "g-m/1/0", {}],
    ] as const) {
        it(`is reported and kept: ${what}`, async () => {
            await badDay({}, async (day) => {
                addHolder(day, holder, slot);
                const sent = day.sendMany(3);
                await staysStuck(day, holder, /its id or its time cannot be read/, REMOVE);
                removeHolder(day, holder);
                await day.ends({ done: sent });
            });
        });
    }

    it("is reported and kept: somebody deleted its message's row", async () => {
        await badDay({}, async (day) => {
            const id = day.send({ minutes: 30 });
            await day.until("it runs", () => day.runsOf(id).length === 1);
            const [holder = ""] = day.held();
            day.refuse(operation("StartJobRun"), LOST);
            day.deleteItem(`job#${id}`);
            day.abort(id);
            await staysStuck(day, holder, /the row of its message is gone/, REMOVE);
            removeHolder(day, holder);
        });
    });

    it("is reported and kept: its Glue job is gone", async () => {
        await badDay({ model: { syncPollMillis: () => 24 * HOUR } }, async (day) => {
            const id = day.send({ minutes: 600 });
            await day.until("it runs", () => day.runsOf(id).length === 1);
            const [holder = ""] = day.held();
            const gone = new AwsError("EntityNotFoundException", "Entity not found");
            day.refuse(
                ({ service, operation }) => service === "glue" && operation.startsWith("GetJob"),
                gone,
            );
            await staysStuck(day, holder, /its Glue job .* is gone, and its runs with it/, REMOVE);
            removeHolder(day, holder);
        });
    });

    it("is reported and kept: its Glue job was deleted and made again", async () => {
        await badDay({ model: { syncPollMillis: () => 24 * HOUR } }, async (day) => {
            const id = day.send({ minutes: 600 });
            await day.until("it runs", () => day.runsOf(id).length === 1);
            const [holder = ""] = day.held();
            await day.pass(MINUTE);
            // The job of the same name shows none of the runs of the one before.
            day.fault(operation("GetJobRuns"), Infinity, { caller: { JobRuns: [] } });
            day.refuse(operation("BatchStopJobRun"), LOST);
            day.abort(id);
            await day.pass(5 * MINUTE);
            await staysStuck(day, holder, /was accepted, and Glue does not show it/, REMOVE);
            removeHolder(day, holder);
        });
    });

    it("is reported and kept: its run never leaves STOPPING", async () => {
        await badDay({ model: { glueStopMillis: () => 240 * HOUR } }, async (day) => {
            const id = day.send({ minutes: 30 });
            await day.until("it runs", () => day.runsOf(id).length === 1);
            const [holder = ""] = day.held();
            await day.pass(30 * SECOND);
            day.abort(id);
            await day.pass(50 * MINUTE);
            assert.equal(day.metric("SlotStuck"), 0);
            await day.pass(20 * MINUTE);
            await staysStuck(
                day,
                holder,
                /has been in STOPPING for over an hour/,
                /ask AWS Support to end it/,
            );
        });
    });
});
