/** The protocol's writes against the embedded table: whatever the order of events, the limit holds. */
import assert from "node:assert/strict";
import fc from "fast-check";
import jsonata from "jsonata";
import { setLimit } from "../../slots/gate.ts";
import { readGate, readRow } from "../../slots/items.ts";
import type { Item } from "../../slots/items.ts";
import { endPosition, ENTRY, waitPositionJsonata, waitPosition } from "../../slots/table.ts";
import type { Gate, Row } from "../../slots/table.ts";
import { isoAfter, SILENCE_SECONDS } from "../../slots/times.ts";
import * as writes from "../../slots/writes.ts";
import type { Update } from "../../slots/writes.ts";
import { user } from "../embedded-aws/fake-world.ts";
import { AT as at, TableBench } from "./table-bench.ts";

/** The table with one pool, and the protocol's writes on it. */
class Bench extends TableBench {
    /** Acquires a slot for an execution that was woken just now. */
    acquire(holder: string): boolean {
        return this.acquireIfSeenBefore(holder, writes.WOKEN);
    }

    /** Acquires a slot for an execution that nobody woke. */
    acquireUnwoken(holder: string): boolean {
        return this.acquireIfSeenBefore(holder, isoAfter(this.now, -SILENCE_SECONDS));
    }

    private acquireIfSeenBefore(holder: string, seenBefore: string): boolean {
        return this.update(writes.acquire({ ...at, holder, since: String(this.now), seenBefore }));
    }

    release(holder: string): boolean {
        return this.update(writes.release({ ...at, holder }));
    }

    heartbeat(hasBacklog = false): boolean {
        return this.update(writes.heartbeat({ ...at, hasBacklog, now: this.iso }));
    }

    setLimit(limit: number | undefined): void {
        const TransactItems = setLimit({
            ...at,
            limit,
            gate: this.gate(),
            settings: undefined,
            override: undefined,
            now: this.iso,
        });
        this.world.call("dynamodb", "TransactWriteItems", { TransactItems }, user);
    }

    gate(): Gate | undefined {
        return readGate(this.item(ENTRY.gate));
    }

    row(name: string): Row {
        return readRow(this.item(ENTRY.row(name)) as Item);
    }
}

type Step =
    | { readonly do: "acquire" | "acquireUnwoken" | "release" | "heartbeat"; readonly who: number }
    | { readonly do: "setLimit"; readonly limit: number | undefined }
    | { readonly do: "pass"; readonly seconds: number };

const who = fc.integer({ min: 0, max: 7 });
const step: fc.Arbitrary<Step> = fc.oneof(
    {
        weight: 6,
        arbitrary: fc.record({
            do: fc.constantFrom("acquire", "acquireUnwoken", "release", "heartbeat"),
            who,
        }),
    },
    {
        weight: 1,
        arbitrary: fc.record({
            do: fc.constant("setLimit"),
            limit: fc.option(fc.nat(5), { nil: undefined }),
        }),
    },
    {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant("pass"), seconds: fc.constantFrom(1, 59, 60, 61, 299, 301) }),
    },
);

/** What the gate must be, kept by the simplest means. */
class Expected {
    readonly holders = new Set<string>();
    limit: number | undefined;
    seen: number | undefined;

    mayAcquire(holder: string, isWoken: boolean, now: number): boolean {
        if (this.holders.has(holder)) return true;
        if (this.limit === undefined || this.holders.size >= this.limit || this.seen === undefined)
            return false;
        return isWoken || this.seen < now - SILENCE_SECONDS * 1000;
    }
}

function perform(bench: Bench, expected: Expected, each: Step): void {
    if (each.do === "pass") {
        bench.now += each.seconds * 1000;
        return;
    }
    if (each.do === "setLimit") {
        bench.setLimit(each.limit);
        expected.limit = each.limit;
        expected.seen ??= bench.now;
        return;
    }
    const holder = `n${each.who}/1/0`;
    if (each.do === "acquire" || each.do === "acquireUnwoken") {
        const granted = expected.mayAcquire(holder, each.do === "acquire", bench.now);
        assert.equal(bench[each.do](holder), granted);
        if (!granted) return;
        assert.ok(expected.holders.has(holder) || expected.holders.size < (expected.limit ?? 0));
        expected.holders.add(holder);
    } else if (each.do === "release") {
        assert.equal(bench.release(holder), expected.holders.delete(holder));
    } else if (bench.heartbeat()) {
        expected.seen = bench.now;
    } else {
        assert.equal(expected.seen, undefined, "a heartbeat is refused only while there is no gate");
    }
}

describe("The slot protocol", () => {
    it("never holds more than the limit allowed when the last slot was taken, in any order of acquires, doubled acquires, releases, heartbeats and limits", () => {
        fc.assert(
            fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
                const bench = new Bench();
                const expected = new Expected();
                for (const each of steps) {
                    perform(bench, expected, each);
                    const holders = Object.keys(bench.gate()?.holders ?? {});
                    assert.deepEqual(holders.sort(), [...expected.holders].sort());
                }
            }),
            { numRuns: 1000 },
        );
    });

    it("grants nothing without a gate, and nothing without a limit in it", () => {
        const bench = new Bench();
        assert.equal(bench.acquire("a/1/0"), false);
        bench.setLimit(undefined);
        assert.equal(bench.acquire("a/1/0"), false);
        bench.setLimit(1);
        assert.equal(bench.acquire("a/1/0"), true);
    });

    it("keeps the first moment of a slot that is taken twice", () => {
        const bench = new Bench();
        bench.setLimit(1);
        assert.ok(bench.acquire("a/1/0"));
        const { since } = bench.gate()?.holders["a/1/0"] ?? {};
        bench.now += 5000;
        assert.ok(bench.acquire("a/1/0"));
        assert.equal(bench.gate()?.holders["a/1/0"]?.since, since);
    });

    it("lets nobody in who was not woken, until the dispatcher has been silent for five minutes", () => {
        const bench = new Bench();
        bench.setLimit(1);
        bench.now += SILENCE_SECONDS * 1000;
        assert.equal(bench.acquireUnwoken("a/1/0"), false);
        bench.now += 1;
        assert.equal(bench.acquireUnwoken("a/1/0"), true);
    });

    it("lets an execution in that was woken, however far ahead the dispatcher's clock is", () => {
        const bench = new Bench();
        bench.setLimit(1);
        bench.now += 3_600_000;
        bench.heartbeat();
        bench.now -= 3_600_000;
        assert.equal(bench.acquire("a/1/0"), true);
    });

    it("does not put an older limit back when the gate's limit has changed since it was read", () => {
        const bench = new Bench();
        bench.setLimit(3);
        const gate = bench.gate();
        bench.setLimit(0);
        const input = { ...at, limit: 3, gate, settings: undefined, override: undefined };
        const TransactItems = setLimit({ ...input, now: bench.iso });
        assert.throws(() => bench.world.call("dynamodb", "TransactWriteItems", { TransactItems }, user), {
            name: "TransactionCanceledException",
        });
        assert.equal(bench.gate()?.limit, 0);
    });

    it("makes a gate only where there is none", () => {
        const bench = new Bench();
        bench.setLimit(2);
        assert.ok(bench.acquire("a/1/0"));
        const input = {
            ...at,
            limit: 2,
            gate: undefined,
            settings: undefined,
            override: undefined,
        };
        const TransactItems = setLimit({ ...input, now: bench.iso });
        assert.throws(() => bench.world.call("dynamodb", "TransactWriteItems", { TransactItems }, user), {
            name: "TransactionCanceledException",
        });
        assert.deepEqual(Object.keys(bench.gate()?.holders ?? {}), ["a/1/0"]);
    });

    it("makes a gate again with its holders, and grants nothing in it before the dispatcher sets a limit", () => {
        const bench = new Bench();
        const slot = { since: Date.parse("2026-03-01T11:00:00.000Z") };
        const holders = { "a/1/0": slot };
        assert.ok(bench.update(writes.remakeGate({ ...at, holders, now: bench.iso })));
        assert.deepEqual([bench.gate()?.holders, bench.gate()?.limit], [holders, undefined]);
        assert.equal(bench.acquire("b/1/0"), false);
        bench.setLimit(1);
        assert.equal(bench.acquire("b/1/0"), false);
        assert.ok(bench.release("a/1/0"));
        assert.ok(bench.acquire("b/1/0"));
    });

    it("leaves a gate alone that is whole when it is to be made again", () => {
        const bench = new Bench();
        bench.setLimit(1);
        assert.ok(bench.acquire("a/1/0"));
        assert.equal(bench.update(writes.remakeGate({ ...at, holders: {}, now: bench.iso })), false);
        assert.deepEqual([Object.keys(bench.gate()?.holders ?? {}), bench.gate()?.limit], [["a/1/0"], 1]);
    });

    it("puts a holder back that the gate has lost, above the limit if need be, and leaves one that is there", () => {
        const bench = new Bench();
        bench.setLimit(1);
        assert.ok(bench.acquire("b/1/0"));
        const since = Date.parse("2026-03-01T11:00:00.000Z");
        const restore = (holder: string): boolean =>
            bench.update(writes.restoreHolder({ ...at, holder, since: String(since) }));
        assert.ok(restore("a/1/0"));
        assert.equal(restore("b/1/0"), false);
        assert.deepEqual(bench.gate()?.holders, { "a/1/0": { since }, "b/1/0": { since: bench.now } });
        assert.ok(bench.release("b/1/0"));
        assert.equal(bench.acquire("c/1/0"), false);
    });

    it("never frees a later attempt's slot with an earlier attempt's give-back", () => {
        const bench = new Bench();
        bench.setLimit(2);
        assert.ok(bench.acquire("a/2/0"));
        assert.equal(bench.release("a/1/0"), false);
        assert.deepEqual(Object.keys(bench.gate()?.holders ?? {}), ["a/2/0"]);
    });

    it("does not put an older limit back when the settings have changed since they were read", () => {
        const bench = new Bench();
        const settings = {
            poolName: { S: "etl" },
            entry: { S: "settings" },
            limit: { N: "2" },
            cooldownSeconds: { N: "0" },
        };
        bench.world.call("dynamodb", "PutItem", { TableName: "slots", Item: settings }, user);
        const read = bench.item(ENTRY.settings);
        bench.world.call(
            "dynamodb",
            "PutItem",
            { TableName: "slots", Item: { ...settings, limit: { N: "1" } } },
            user,
        );
        const TransactItems = setLimit({
            ...at,
            limit: 2,
            gate: undefined,
            settings: read,
            override: undefined,
            now: bench.iso,
        });
        assert.throws(() => bench.world.call("dynamodb", "TransactWriteItems", { TransactItems }, user), {
            name: "TransactionCanceledException",
        });
        assert.equal(bench.gate(), undefined);
    });

    it("keeps since when a slot is held", () => {
        const bench = new Bench();
        bench.setLimit(1);
        bench.acquire("a/1/0");
        assert.deepEqual(bench.gate()?.holders, { "a/1/0": { since: bench.now } });
    });

    it("marks a backlog and takes the mark away, together with a heartbeat", () => {
        const bench = new Bench();
        bench.setLimit(3);
        for (const hasBacklog of [true, true, false, false]) {
            bench.now += 1000;
            assert.ok(bench.heartbeat(hasBacklog));
            assert.equal(bench.gate()?.hasBacklog, hasBacklog);
            assert.equal(bench.gate()?.dispatcherSeen, bench.iso);
        }
    });

    it("holds a thousand slots in one gate of 60 KB", () => {
        const bench = new Bench();
        bench.setLimit(1000);
        const holder = (i: number): string => `0f8fad5b-d9cb-469f-a165-${String(i).padStart(12, "0")}/1/0`;
        for (let i = 0; i < 1000; i++) assert.ok(bench.acquire(holder(i)));
        assert.equal(bench.acquire(holder(1000)), false);
        const before = bench.world.counters["dynamodb.writeUnits"] ?? 0;
        assert.ok(bench.release(holder(0)));
        const units = (bench.world.counters["dynamodb.writeUnits"] ?? 0) - before;
        assert.ok(units <= 60, `${units} write units`);
    });
});

describe("A row", () => {
    const row = {
        ...at,
        name: "a",
        messageId: "m",
        group: "g",
        bodyHash: "h",
        job: "job",
        execution: "arn:a",
        position: waitPosition({ priority: 5, sentAt: "2026-03-01T12:00:00.000Z", sequence: "1" }),
        now: "2026-03-01T12:00:01.000Z",
    };
    const join = (token: string, sequence = "1", now = row.now): Update =>
        writes.join({
            ...at,
            name: "a",
            token,
            holder: "a/1/0",
            job: "job",
            attempt: "1",
            position: row.position,
            sequence,
            now,
        });
    const close = (outcome: string, read?: Row): Update =>
        writes.close({
            ...at,
            ...(read && { read }),
            name: "a",
            outcome,
            run: "jr_1",
            position: endPosition(row.now, "a"),
            expires: "1800000000",
            now: row.now,
        });

    function opened(): Bench {
        const bench = new Bench();
        assert.ok(bench.put(writes.open(row)));
        return bench;
    }

    it("is opened once", () => {
        assert.equal(opened().put(writes.open(row)), false);
    });

    it("joins the line again and again while it is open, with the last token", () => {
        const bench = opened();
        assert.ok(bench.update(join("t1")));
        assert.ok(bench.update(join("t2")));
        assert.equal(bench.row("a").token, "t2");
    });

    it("keeps the newer token when an older join arrives after it", () => {
        const bench = opened();
        assert.ok(bench.update(join("retry", "2")));
        assert.equal(bench.update(join("lost on its way", "1")), false);
        assert.equal(bench.row("a").token, "retry");
    });

    it("joins again with the sequence that it had: a retry whose arguments are not evaluated again", () => {
        const bench = opened();
        assert.ok(bench.update(join("t", "1000")));
        assert.ok(bench.update(join("t", "1000")));
    });

    it("compares sequences as numbers, so that a redrive comes after every visit before it", () => {
        const bench = opened();
        assert.ok(bench.update(join("visit 999", "999000")));
        assert.ok(bench.update(join("after the redrive", "1000000000")));
        assert.equal(bench.update(join("late", "999001")), false);
    });

    const ask = {
        holder: "a/1/0",
        job: "job",
        run: "jr_1",
        acquired: "2026-03-01T12:00:02.000Z",
        since: "2026-03-01T12:30:00.000Z",
        isAnswered: true,
        token: "question",
    };
    const putAsk = (since = ask.since, token = ask.token): Update =>
        writes.putAsk({ ...at, name: "a", ask: { ...ask, since, token }, position: "ask#1#a" });

    it("keeps the question of its execution, and gives it back as it was put", () => {
        const bench = opened();
        assert.ok(bench.update(putAsk()));
        assert.deepEqual(bench.row("a").ask, ask);
        assert.equal(bench.row("a").position, "ask#1#a");
    });

    it("stays in line when a question that was asked before arrives late", () => {
        const bench = opened();
        assert.ok(bench.update(join("its turn", "1", ask.acquired)));
        assert.ok(bench.update(putAsk()));
        assert.ok(bench.update(join("t", "2", "2026-03-01T12:40:00.000Z")));
        assert.equal(bench.update(putAsk()), false);
        assert.deepEqual([bench.row("a").ask, bench.row("a").position], [undefined, row.position]);
    });

    it("keeps the newer question when an older one arrives after it", () => {
        const bench = opened();
        assert.ok(bench.update(putAsk("2026-03-01T13:30:00.000Z", "an hour later")));
        assert.equal(bench.update(putAsk()), false);
        assert.equal(bench.row("a").ask?.token, "an hour later");
    });

    it("takes a question again that it has: it still waits for its answer", () => {
        const bench = opened();
        assert.ok(bench.update(putAsk()));
        assert.ok(bench.update(putAsk()));
    });

    it("keeps the search for its execution's runs, and gives it back as it was put, open or closed", () => {
        const bench = opened();
        const search = { job: "job", floor: "2026-03-01T12:00:02.000Z", runs: ["jr_1", "jr_2"] };
        const upTo = "2026-03-01T12:30:00.000Z";
        for (const each of [
            search,
            { ...search, upTo },
            { ...search, next: "page 7", began: upTo, runs: [] },
        ]) {
            assert.ok(bench.update(writes.putSearch({ ...at, name: "a", search: each })));
            assert.deepEqual(bench.row("a").search, each);
            bench.update(close("done"));
        }
        assert.equal(bench.update(writes.putSearch({ ...at, name: "nobody", search })), false);
    });

    it("reads a search that says nothing as one that found nothing", () => {
        assert.deepEqual(readRow({ search: { M: {} } }).search, { job: "", floor: "", runs: [] });
    });

    it("loses only the question that was answered", () => {
        const bench = opened();
        bench.update(putAsk());
        const clear = (token: string): Update =>
            writes.clearAsk({ ...at, name: "a", token, position: "run#1#a" });
        assert.equal(bench.update(clear("another")), false);
        assert.ok(bench.update(clear("question")));
        assert.deepEqual([bench.row("a").ask, bench.row("a").position], [undefined, "run#1#a"]);
    });

    it("asks nothing any more when it joins the line again, or is closed", () => {
        const joined = opened();
        joined.update(putAsk());
        joined.update(join("t"));
        assert.equal(joined.row("a").ask, undefined);
        const closed = opened();
        closed.update(putAsk());
        closed.update(close("done"));
        assert.equal(closed.row("a").ask, undefined);
        assert.equal(closed.update(putAsk()), false);
    });

    it("loses only the token that was woken", () => {
        const bench = opened();
        bench.update(join("t2"));
        assert.equal(
            bench.update(writes.clearToken({ ...at, name: "a", token: "t1", position: "run#x#a" })),
            false,
        );
        assert.ok(bench.update(writes.clearToken({ ...at, name: "a", token: "t2", position: "run#x#a" })));
        assert.equal(bench.row("a").token, undefined);
    });

    it("is closed once: done or dead-lettered, never both, and the same again does no harm", () => {
        const bench = opened();
        assert.ok(bench.update(close("done")));
        assert.ok(bench.update(close("done")));
        assert.equal(bench.update(close("deadLettered")), false);
        assert.equal(bench.row("a").outcome, "done");
    });

    it("is cancelled for good: it gets no letter, and cannot join the line", () => {
        const bench = opened();
        bench.update(join("t"));
        assert.ok(bench.update(close("cancelled")));
        assert.deepEqual([bench.row("a").outcome, bench.row("a").token], ["cancelled", undefined]);
        assert.equal(bench.update(close("deadLettered")), false);
        assert.equal(bench.update(join("t2")), false);
    });

    it("cannot join the line when it is closed, or was never opened", () => {
        const bench = opened();
        bench.update(close("deadLettered"));
        assert.equal(bench.update(join("t")), false);
        assert.equal(new Bench().update(join("t")), false);
    });

    it("leaves the line when it is closed", () => {
        const bench = opened();
        bench.update(join("t"));
        bench.update(close("done"));
        const { position, token, holder, joined } = bench.row("a");
        assert.deepEqual([position, token], [`end#${row.now}#a`, undefined]);
        assert.deepEqual(
            [holder, joined, bench.item("job#a")?.["joinSequence"]],
            [undefined, undefined, undefined],
        );
    });

    it("says where it stood before its execution joined: aside at first, then in line", () => {
        const bench = opened();
        const before = bench.row("a").position;
        bench.update(join("t"));
        assert.equal(bench.item("job#a")?.["joinedFrom"]?.S, before);
        const { position } = bench.row("a");
        bench.update(join("t2"));
        assert.equal(bench.item("job#a")?.["joinedFrom"]?.S, position);
        bench.update(close("done"));
        assert.equal(bench.item("job#a")?.["joinedFrom"], undefined);
    });

    it("leaves the line when its execution is woken, and stands in its old position again when that joins again", () => {
        const bench = opened();
        bench.update(join("t1"));
        assert.equal(bench.row("a").position, row.position);
        bench.update(writes.clearToken({ ...at, name: "a", token: "t1", position: "run#x#a" }));
        assert.equal(bench.row("a").position, "run#x#a");
        bench.update(join("t2"));
        assert.equal(bench.row("a").position, row.position);
    });

    it("is confirmed to be open, with the moment, until it is closed", () => {
        const bench = opened();
        const confirm = (): boolean => bench.update(writes.confirmOpen({ ...at, name: "a", now: bench.iso }));
        assert.equal(confirm(), true);
        assert.deepEqual(bench.item("job#a")?.["confirmed"], { S: bench.iso });
        bench.update(close("done"));
        assert.equal(confirm(), false);
    });

    describe("that the reaper has marked to save its message", () => {
        const saving = { cause: "ExecutionABORTED: by hand", run: "jr_1" };
        const mark = (bench: Bench, read = bench.row("a")): boolean =>
            bench.update(writes.markSaving({ ...at, name: "a", saving, read }));

        it("gives the mark back as it was set", () => {
            const bench = opened();
            assert.ok(mark(bench));
            assert.deepEqual(bench.row("a").saving, saving);
        });

        it("cannot join the line", () => {
            const bench = opened();
            mark(bench);
            assert.equal(bench.update(join("t")), false);
        });

        it("cannot be confirmed to be open", () => {
            const bench = opened();
            mark(bench);
            assert.equal(bench.update(writes.confirmOpen({ ...at, name: "a", now: bench.iso })), false);
        });

        for (const outcome of ["done", "cancelled"] as const) {
            it(`cannot be closed as ${outcome}`, () => {
                const bench = opened();
                mark(bench);
                assert.equal(bench.update(close(outcome)), false);
            });
        }

        it("loses its mark when it is closed as dead-lettered", () => {
            const bench = opened();
            mark(bench);
            assert.ok(bench.update(close("deadLettered")));
            assert.equal(bench.row("a").saving, undefined);
        });

        it("is not marked a second time", () => {
            const bench = opened();
            mark(bench);
            assert.equal(mark(bench), false);
        });

        it("was open", () => {
            const bench = opened();
            bench.update(close("done"));
            assert.equal(mark(bench), false);
            assert.equal(mark(new Bench(), bench.row("a")), false);
        });

        for (const [what, goOn] of [
            ["joined the line", join("again", "1000000000")],
            ["confirmed that it is open", writes.confirmOpen({ ...at, name: "a", now: "later" })],
        ] as const) {
            for (const [before, change] of [
                ["for the first time", () => false],
                [
                    "again",
                    (bench: Bench) =>
                        bench.update(join("before")) &&
                        bench.update(writes.confirmOpen({ ...at, name: "a", now: "before" })),
                ],
            ] as const) {
                it(`has not ${what} ${before} since it was read`, () => {
                    const bench = opened();
                    change(bench);
                    const read = bench.row("a");
                    assert.ok(bench.update(goOn));
                    assert.equal(mark(bench, read), false);
                    assert.equal(bench.update(close("done", read)), false);
                    assert.ok(mark(bench));
                });
            }
        }
    });

    it("is closed as done by the reaper when its execution has not gone on since it was read", () => {
        const bench = opened();
        bench.update(join("t"));
        assert.ok(bench.update(close("done", bench.row("a"))));
    });

    for (const attribute of ["idle", "asked"] as const) {
        it(`keeps of the moments since when a holder can start no run the latest, open or closed (${attribute})`, () => {
            const bench = opened();
            const note = (since: string, seen: string, name = "a"): boolean =>
                bench.update(writes.noteIdle({ ...at, name, attribute, idle: { since, seen } }));
            assert.ok(note("2026-03-01T12:00:01.000Z", "first"));
            assert.equal(note("2026-03-01T12:00:01.000Z", "second"), false);
            assert.equal(note("2026-03-01T12:00:00.000Z", "earlier"), false);
            assert.deepEqual(bench.row("a")[attribute], { since: "2026-03-01T12:00:01.000Z", seen: "first" });
            bench.update(close("done"));
            assert.ok(note("2026-03-01T12:00:02.000Z", "later"));
            assert.equal(note("2026-03-01T12:00:02.000Z", "later", "nobody"), false);
        });
    }

    it("gives the holder back whose slot its execution has left", () => {
        const bench = opened();
        const idle = { since: bench.iso, seen: bench.iso, holder: "a/1/0" };
        assert.ok(bench.update(writes.noteIdle({ ...at, name: "a", attribute: "idle", idle })));
        assert.deepEqual([bench.row("a").idle, bench.row("a").asked], [idle, undefined]);
    });

    it("cannot come back to life by being told late", () => {
        const bench = opened();
        bench.update(join("t"));
        bench.update(close("done"));
        assert.equal(
            bench.update(writes.clearToken({ ...at, name: "a", token: "t", position: "run#x#a" })),
            false,
        );
        assert.equal(bench.row("a").position, `end#${row.now}#a`);
    });

    it("is found by the index once it is closed, among those that have ended since a moment", () => {
        const bench = opened();
        bench.put(writes.open({ ...row, name: "b" }));
        bench.update(close("done"));
        const endedSince = (moment: string): unknown[] => {
            const { Items } = bench.world.call(
                "dynamodb",
                "Query",
                {
                    TableName: "slots",
                    IndexName: "line",
                    KeyConditionExpression: "poolName = :p AND linePosition BETWEEN :from AND :to",
                    ExpressionAttributeValues: {
                        ":p": { S: "etl" },
                        ":from": { S: endPosition(moment, "") },
                        ":to": { S: "end#~" },
                    },
                },
                user,
            ) as { Items: Item[] };
            return Items.map((item) => readRow(item).name);
        };
        assert.deepEqual(endedSince(row.now), ["a"]);
        assert.deepEqual(endedSince("2026-03-01T12:00:02.000Z"), []);
    });
});

describe("The workflow's writes", () => {
    const present = Date.parse("2026-03-01T12:00:00.000Z");
    const bindings = {
        attempt: 2,
        ordinal: 2,
        visits: 4,
        run: "jr_1",
        verdict: "failedForGood",
        message: { priority: 3, sentAt: "2026-03-01T11:00:00.000Z", sequence: "00000000000000000007" },
        states: {
            context: {
                Execution: { Name: "a", RedriveCount: 1 },
                State: { RetryCount: 3 },
                Task: { Token: "t" },
            },
        },
        now: () => "2026-03-01T12:00:00.000Z",
        millis: () => present,
    };

    /** Evaluates every expression in a value, as Step Functions would. */
    async function evaluate(
        value: unknown,
        redrivesSeen: number,
        wokenAt = present - 59_999,
        pausedUntil = 0,
    ): Promise<unknown> {
        if (typeof value === "string" && value.startsWith("{%")) {
            const result: unknown = await jsonata(value.slice(2, -2)).evaluate(
                {},
                { ...bindings, redrivesSeen, wokenAt, pausedUntil },
            );
            // JSONata's objects have no prototype.
            return JSON.parse(JSON.stringify(result)) as unknown;
        }
        if (typeof value !== "object" || value === null) return value;
        const entries = Object.entries(value).map(
            async ([name, each]) => [name, await evaluate(each, redrivesSeen, wokenAt, pausedUntil)] as const,
        );
        return Object.fromEntries(await Promise.all(entries));
    }

    const now = "2026-03-01T12:00:00.000Z";
    const holder = "a/2/1";
    const expires = String(present / 1000 + 21 * 86_400);
    for (const [name, inWorkflow, inCode, redrivesSeen, wokenAt, pausedUntil] of [
        [
            "acquires a slot that it was woken for",
            writes.acquireInWorkflow({ ...at, isLastJsonata: "$attempt = 2" }),
            writes.acquire({
                ...at,
                holder,
                since: String(present),
                seenBefore: writes.WOKEN,
                isLast: true,
            }),
            1,
        ],
        [
            "acquires a slot a minute after it was woken",
            writes.acquireInWorkflow({ ...at, isLastJsonata: "$attempt = 3" }),
            writes.acquire({ ...at, holder, since: String(present), seenBefore: "2026-03-01T11:55:00.000Z" }),
            1,
            present - 60_000,
        ],
        [
            "acquires a slot as a probe whose wake-up is ahead of it",
            writes.acquireInWorkflow({ ...at, isLastJsonata: "$attempt = 3" }),
            writes.acquire({
                ...at,
                holder,
                since: String(present),
                seenBefore: writes.WOKEN,
                pauseOver: String(present + 70_001),
            }),
            1,
            present,
            present + 70_000,
        ],
        [
            "releases the slot that it acquired",
            writes.releaseInWorkflow(at),
            writes.release({ ...at, holder: "a/2/0", ended: { verdict: "succeeded", now: present } }),
            0,
        ],
        [
            "releases its slot after a failure",
            writes.releaseByVerdictInWorkflow({ ...at, verdictJsonata: "$verdict" }),
            writes.release({ ...at, holder: "a/2/0", ended: { verdict: "failedForGood", now: present } }),
            0,
        ],
        [
            "joins the line",
            writes.joinInWorkflow({
                ...at,
                job: "job",
                ordinal: "$ordinal",
                attempt: "$attempt",
                visits: "$visits",
                position: waitPositionJsonata("$message"),
            }),
            writes.join({
                ...at,
                name: "a",
                token: "t",
                holder,
                job: "job",
                attempt: "2",
                position: waitPosition(bindings.message),
                sequence: "1000004003",
                now,
            }),
            0,
        ],
        [
            "closes the row",
            writes.closeInWorkflow({ ...at, outcome: "done", runJsonata: "$run" }),
            writes.close({
                ...at,
                name: "a",
                outcome: "done",
                run: "jr_1",
                position: endPosition(now, "a"),
                expires,
                now,
            }),
            0,
        ],
        [
            "confirms that the row is open",
            writes.confirmOpenInWorkflow(at),
            writes.confirmOpen({ ...at, name: "a", now }),
            0,
        ],
    ] as const) {
        it(`are the same as from code when it ${name}`, async () => {
            assert.deepEqual(await evaluate(inWorkflow, redrivesSeen, wokenAt, pausedUntil), inCode);
        });
    }

    it("take no slot for an execution that was redriven since it joined the line", async () => {
        await assert.rejects(evaluate(writes.acquireInWorkflow({ ...at, isLastJsonata: "false" }), 0), {
            message: "the execution was redriven",
        });
    });
});
