/** Somebody deletes the gate, damages it, or puts an older copy of it back: no slot is granted before it is true again. */
import assert from "node:assert/strict";
import { AwsError } from "../../../embedded-aws/index.ts";
import type { Item } from "../../../slots/items.ts";
import {
    badDay,
    CONFIG,
    HOUR,
    LIMIT,
    LOST,
    makes,
    MINUTE,
    operation,
    POOL,
    record,
    SECOND,
} from "./bad-day.ts";
import type { BadDay } from "./bad-day.ts";

const ONE = { ...CONFIG, limit: "1" };

before(record(CONFIG, ONE));

/** The gate as DynamoDB has it. */
function gateItem(day: BadDay): Item {
    const Key = { poolName: { S: POOL }, entry: { S: "gate" } };
    return day.call<{ Item: Item }>("dynamodb", "GetItem", { TableName: day.stack.output("tableName"), Key })
        .Item;
}

describe("A gate that is deleted", () => {
    it("comes back within two minutes with the holders whose jobs run, and the limit is kept", async () => {
        await badDay({}, async (day) => {
            const long = day.sendMany(LIMIT, { minutes: 30 });
            await day.pass(MINUTE);
            const waiting = day.sendMany(3);
            await day.pass(MINUTE);
            const held = day.held();
            day.deleteItem("gate");
            await day.until("it is back", () => day.stack.gate()?.limit === LIMIT, 2 * MINUTE);
            assert.deepEqual(day.held().sort(), held.sort());
            assert.equal(day.metric("HolderRestored"), LIMIT);
            await day.ends({ done: [...long, ...waiting] });
            assert.equal(day.stack.glue.peak, LIMIT);
        });
    });

    it("comes back empty when nothing runs", async () => {
        await badDay({}, async (day) => {
            day.deleteItem("gate");
            await day.until("it is back", () => day.stack.gate()?.limit === LIMIT, 2 * MINUTE);
            assert.deepEqual(day.held(), []);
            await day.ends({ done: day.sendMany(3) });
        });
    });

    it("has no holder for a waiter that was woken and got no slot", async () => {
        await badDay({ config: ONE }, async (day) => {
            // The first one's acquire fails, and it pauses with its turn used up.
            const refused = day.refuse(makes("acquire"), LOST);
            const first = day.send({ minutes: 20 });
            await day.until("it pauses", () => day.state(first) === "Pause");
            refused.end();
            const second = day.send({ minutes: 20 });
            await day.until("the other one runs", () => day.holds(second));
            day.deleteItem("gate");
            await day.until("it is back", () => day.stack.gate()?.limit === 1, 2 * MINUTE);
            assert.ok(day.holds(second));
            assert.equal(day.held().length, 1);
            await day.ends({ done: [first, second] });
            assert.equal(day.stack.glue.peak, 1);
        });
    });

    it("stays away, and grants nothing, as long as Glue cannot be read", async () => {
        await badDay({}, async (day) => {
            const long = day.sendMany(LIMIT, { minutes: 50 });
            await day.pass(MINUTE);
            const waiting = day.sendMany(2);
            await day.pass(MINUTE);
            const blind = day.refuse(
                operation("GetJobRuns"),
                new AwsError("ThrottlingException", "Rate exceeded"),
            );
            day.deleteItem("gate");
            await day.pass(20 * MINUTE);
            assert.equal(day.stack.gate(), undefined);
            assert.ok(blind.happened > 0);
            blind.end();
            await day.until("it is back", () => day.held().length === LIMIT, 20 * MINUTE);
            await day.ends({ done: [...long, ...waiting] });
            assert.equal(day.stack.glue.peak, LIMIT);
        });
    });

    it("has no holder for a job that ended while it was away", async () => {
        await badDay({}, async (day) => {
            const ids = [day.send({ minutes: 4 }), day.send({ minutes: 40 })];
            await day.pass(2 * MINUTE);
            const down = day.refuse(day.by("reaper"), LOST);
            day.deleteItem("gate");
            await day.pass(8 * MINUTE);
            down.end();
            await day.until("it is back", () => day.stack.gate()?.limit === LIMIT, 20 * MINUTE);
            assert.equal(day.holds(ids[0] ?? ""), false);
            assert.ok(day.holds(ids[1] ?? ""));
            await day.ends({ done: ids });
        });
    });

    for (const delay of [0, 5, 20, 100, 1000]) {
        it(`at the moment of an acquire (${delay} ms), comes back with no more holders than the limit`, async () => {
            await badDay({}, async (day) => {
                const sent = day.sendMany(5);
                let isDeleted = false;
                const remove = (): void => {
                    day.deleteItem("gate");
                    isDeleted = true;
                };
                day.at(sent[0] ?? "", "Acquire slot", remove, { delay });
                const isBack = (): boolean => isDeleted && day.stack.gate()?.limit === LIMIT;
                await day.until("it is back", isBack, 4 * MINUTE);
                assert.ok(day.held().length <= LIMIT);
                // A job whose start was under way begins while there is no gate: that is what deleting it does.
                day.broken.splice(0);
                await day.ends({ done: sent });
                assert.ok(day.stack.glue.peak <= LIMIT);
            });
        });
    }
});

describe("A run that its execution has left behind", () => {
    for (const what of ["is deleted", "is replaced by an older copy"]) {
        it(`counts again after the gate ${what}, until Glue has stopped it`, async () => {
            await badDay({ model: { glueStopMillis: () => 3 * HOUR } }, async (day) => {
                const copy = gateItem(day);
                const id = day.send({ minutes: 40 });
                await day.pass(2 * MINUTE);
                day.abort(id);
                await day.pass(SECOND);
                day.redrive(id);
                await day.until("it runs again", () => day.runsOf(id).length === LIMIT);
                const held = day.held().toSorted();
                await day.pass(5 * MINUTE);
                if (what === "is deleted") day.deleteItem("gate");
                else day.putItem(copy);
                day.sweep();
                await day.until("both count", () => day.held().length === LIMIT, 5 * MINUTE);
                assert.deepEqual(day.held().toSorted(), held);
                const later = day.send();
                await day.until("it is reported", () => day.metric("SlotStuck") > 0, 2 * HOUR);
                await day.ends({ done: [id, later] }, 4 * HOUR);
                assert.equal(day.stack.glue.peak, LIMIT);
            });
        });
    }
});

describe("A gate that lost a part", () => {
    for (const part of ["holders", "turns"]) {
        it(`(${part}) is made whole, and the limit is kept`, async () => {
            await badDay({}, async (day) => {
                const long = day.sendMany(LIMIT, { minutes: 30 });
                await day.pass(MINUTE);
                const waiting = day.sendMany(2);
                await day.pass(MINUTE);
                const held = day.held();
                const { [part]: _, ...rest } = gateItem(day);
                day.putItem(rest);
                await day.until("it is whole", () => day.stack.gate()?.limit === LIMIT, 2 * MINUTE);
                assert.deepEqual(day.held().sort(), held.sort());
                await day.ends({ done: [...long, ...waiting] });
                assert.equal(day.stack.glue.peak, LIMIT);
            });
        });
    }
});

describe("An older copy of the gate", () => {
    it("gets back the holders that it lacks at the next sweep, and loses those whose jobs are over", async () => {
        await badDay({}, async (day) => {
            const before = day.sendMany(LIMIT);
            await day.pass(MINUTE);
            const copy = gateItem(day);
            const long = day.sendMany(LIMIT, { minutes: 30 });
            await day.until("the next ones run", () => long.every((id) => day.holds(id)));
            const held = day.held();
            day.putItem(copy);
            assert.equal(day.held().length, LIMIT);
            day.sweep();
            await day.pass(30 * SECOND);
            assert.deepEqual(day.held().sort(), held.sort());
            await day.ends({ done: [...before, ...long] });
            assert.equal(day.stack.glue.peak, LIMIT);
        });
    });

    it("that is empty is full again after the next sweep, and later messages wait", async () => {
        await badDay({}, async (day) => {
            const copy = gateItem(day);
            const long = day.sendMany(LIMIT, { minutes: 30 });
            await day.pass(MINUTE);
            day.putItem(copy);
            day.sweep();
            await day.pass(30 * SECOND);
            assert.equal(day.held().length, LIMIT);
            const later = day.sendMany(3);
            await day.ends({ done: [...long, ...later] }, 3 * HOUR);
            assert.equal(day.stack.glue.peak, LIMIT);
        });
    });
});
