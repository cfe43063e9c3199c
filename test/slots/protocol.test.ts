/** The protocol's writes against the embedded table: whatever the order of events, the limit holds. */
import assert from "node:assert/strict";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import jsonata from "jsonata";
import { DynamoDbService } from "../../embedded-aws/index.ts";
import { holdersOf, setLimit } from "../../slots/gate.ts";
import { readGate, readRow } from "../../slots/items.ts";
import type { Item } from "../../slots/items.ts";
import { ENTRY, waitPosition } from "../../slots/table.ts";
import type { Gate, Row } from "../../slots/table.ts";
import { isoAfter, SILENCE_SECONDS, TURN_SECONDS } from "../../slots/times.ts";
import * as writes from "../../slots/writes.ts";
import type { Put, Update } from "../../slots/writes.ts";
import { FakeWorld, user } from "../embedded-aws/fake-world.ts";

const at = { table: "slots", pool: "etl" };

/** The table with one pool, and the protocol's writes on it. */
class Bench {
    readonly world = new FakeWorld({ partitionWriteUnitsPerSecond: 1e9 });
    now = Date.parse("2026-03-01T12:00:00Z");

    constructor() {
        this.world.add(new DynamoDbService(this.world));
        this.world.create(
            "aws:dynamodb/table:Table",
            "slots",
            {
                name: "slots",
                hashKey: "poolName",
                rangeKey: "entry",
                billingMode: "PAY_PER_REQUEST",
                attributes: ["poolName", "entry", "linePosition"].map((name) => ({ name, type: "S" })),
                localSecondaryIndexes: [{ name: "line", rangeKey: "linePosition", projectionType: "ALL" }],
            },
            { arn: this.world.arn("dynamodb", "table/slots") },
        );
    }

    get iso(): string {
        return new Date(this.now).toISOString();
    }

    take(holder: string): boolean {
        const silentSince = isoAfter(this.now, -SILENCE_SECONDS);
        return this.update(writes.acquire({ ...at, holder, job: "job", now: this.iso, silentSince }));
    }

    release(holder: string): boolean {
        return this.update(writes.release({ ...at, holder }));
    }

    giveTurns(turns: readonly string[], expired: readonly string[] = [], hasBacklog = false): boolean {
        const until = isoAfter(this.now, TURN_SECONDS);
        return this.update(writes.giveTurns({ ...at, turns, expired, hasBacklog, until, now: this.iso }));
    }

    setLimit(limit: number | undefined): void {
        const TransactItems = setLimit({
            ...at,
            limit,
            settings: undefined,
            override: undefined,
            holders: {},
            now: this.iso,
        });
        this.world.call("dynamodb", "TransactWriteItems", { TransactItems }, user);
    }

    /** A conditional write; false when its condition did not hold. */
    update(input: Update): boolean {
        return this.conditional("UpdateItem", input);
    }

    put(input: Put): boolean {
        return this.conditional("PutItem", input);
    }

    gate(): Gate | undefined {
        return readGate(this.item(ENTRY.gate));
    }

    row(name: string): Row {
        return readRow(this.item(ENTRY.row(name)) as Item);
    }

    item(entry: string): Item | undefined {
        const Key = { poolName: { S: "etl" }, entry: { S: entry } };
        const input = { TableName: "slots", Key, ConsistentRead: true };
        return (
            this.world.call("dynamodb", "GetItem", input, user) as { Item?: Record<string, AttributeValue> }
        ).Item;
    }

    private conditional(operation: string, input: object): boolean {
        try {
            this.world.call("dynamodb", operation, input, user);
            return true;
        } catch (error) {
            assert.equal((error as Error).name, "ConditionalCheckFailedException", String(error));
            return false;
        }
    }
}

type Step =
    | { readonly do: "take" | "release" | "giveTurn"; readonly who: number }
    | { readonly do: "setLimit"; readonly limit: number | undefined }
    | { readonly do: "pass"; readonly seconds: number };

const who = fc.integer({ min: 0, max: 7 });
const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("take", "release", "giveTurn"), who }) },
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
    readonly turns = new Map<string, number>();
    limit: number | undefined;
    seen: number | undefined;

    mayTake(holder: string, now: number): boolean {
        if (this.holders.has(holder)) return true;
        if (this.limit === undefined || this.holders.size >= this.limit || this.seen === undefined)
            return false;
        return (this.turns.get(holder) ?? 0) > now || this.seen < now - SILENCE_SECONDS * 1000;
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
    if (each.do === "take") {
        const granted = expected.mayTake(holder, bench.now);
        assert.equal(bench.take(holder), granted);
        if (!granted) return;
        assert.ok(expected.holders.has(holder) || expected.holders.size < (expected.limit ?? 0));
        expected.holders.add(holder);
        expected.turns.delete(holder);
    } else if (each.do === "release") {
        assert.equal(bench.release(holder), expected.holders.delete(holder));
    } else if (bench.giveTurns([holder])) {
        expected.turns.set(holder, bench.now + TURN_SECONDS * 1000);
        expected.seen = bench.now;
    } else {
        assert.equal(expected.seen, undefined, "a turn is refused only while there is no gate");
    }
}

describe("The slot protocol", () => {
    it("never holds more than the limit allowed when the last slot was taken, in any order of takes, doubled takes, gives, turns and limits", () => {
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
        assert.equal(bench.take("a/1/0"), false);
        bench.setLimit(undefined);
        bench.giveTurns(["a/1/0"]);
        assert.equal(bench.take("a/1/0"), false);
        bench.setLimit(1);
        assert.equal(bench.take("a/1/0"), true);
    });

    it("keeps the first moment of a slot that is taken twice", () => {
        const bench = new Bench();
        bench.setLimit(1);
        bench.giveTurns(["a/1/0"]);
        assert.ok(bench.take("a/1/0"));
        const { since } = bench.gate()?.holders["a/1/0"] ?? {};
        bench.now += 5000;
        assert.ok(bench.take("a/1/0"));
        assert.equal(bench.gate()?.holders["a/1/0"]?.since, since);
    });

    it("lets nobody overtake whose turn it is not, until the dispatcher has been silent for five minutes", () => {
        const bench = new Bench();
        bench.setLimit(1);
        bench.now += SILENCE_SECONDS * 1000;
        assert.equal(bench.take("a/1/0"), false);
        bench.now += 1;
        assert.equal(bench.take("a/1/0"), true);
    });

    it("never frees a later attempt's slot with an earlier attempt's give-back", () => {
        const bench = new Bench();
        bench.setLimit(2);
        bench.giveTurns(["a/1/0", "a/2/0"]);
        assert.ok(bench.take("a/2/0"));
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
            settings: read,
            override: undefined,
            holders: {},
            now: bench.iso,
        });
        assert.throws(() => bench.world.call("dynamodb", "TransactWriteItems", { TransactItems }, user), {
            name: "TransactionCanceledException",
        });
        assert.equal(bench.gate(), undefined);
    });

    it("keeps since when, for which job and in which format a slot is held", () => {
        const bench = new Bench();
        bench.setLimit(1);
        bench.giveTurns(["a/1/0"]);
        bench.take("a/1/0");
        assert.deepEqual(bench.gate()?.holders, { "a/1/0": { since: bench.iso, job: "job", format: 1 } });
    });

    it("gives turns, takes expired ones away and marks a backlog in one write, and that nothing changed in one too", () => {
        const bench = new Bench();
        bench.setLimit(3);
        for (const [turns, expired, hasBacklog] of [
            [["a/1/0", "b/1/0"], [], true],
            [["c/1/0"], ["a/1/0"], false],
            [[], [], true],
            [[], ["b/1/0"], false],
            [[], [], false],
        ] as const) {
            const before = Object.keys(bench.gate()?.turns ?? {});
            assert.ok(bench.giveTurns(turns, expired, hasBacklog));
            const expected = [...before, ...turns].filter((id) => !expired.some((gone) => gone === id));
            assert.deepEqual(Object.keys(bench.gate()?.turns ?? {}).sort(), expected.sort());
            assert.equal(bench.gate()?.hasBacklog, hasBacklog);
        }
    });

    it("holds a thousand slots and a thousand turns in one gate", () => {
        const bench = new Bench();
        bench.setLimit(1000);
        const holder = (i: number): string =>
            `${"g".repeat(40)}-0f8fad5b-d9cb-469f-a165-${String(i).padStart(12, "0")}/1/0`;
        for (let i = 0; i < 2000; i += 100)
            bench.giveTurns(Array.from({ length: 100 }, (_, k) => holder(i + k)));
        for (let i = 0; i < 1000; i++) assert.ok(bench.take(holder(i)));
        assert.equal(bench.take(holder(1000)), false);
    });
});

describe("A gate that was deleted", () => {
    it("is made again with the holders that the rows show, so that no job more than the limit runs", () => {
        const bench = new Bench();
        const woken = {
            ...{
                name: "a",
                messageId: "m",
                group: "g",
                bodyHash: "h",
                execution: "e",
                job: "job",
                opened: "o",
            },
        };
        const rows: Row[] = [
            { ...woken, holder: "a/1/0", joined: "2026-03-01T11:00:00.000Z" },
            { ...woken, name: "b", holder: "b/1/0", token: "t" },
        ];
        const holders = holdersOf(rows, bench.iso);
        assert.deepEqual(holders, { "a/1/0": { since: "2026-03-01T11:00:00.000Z", job: "job", format: 1 } });
        const input = { ...at, limit: 1, settings: undefined, override: undefined, holders, now: bench.iso };
        bench.world.call("dynamodb", "TransactWriteItems", { TransactItems: setLimit(input) }, user);
        assert.deepEqual(bench.gate()?.holders, holders);
        bench.giveTurns(["b/1/0"]);
        assert.equal(bench.take("b/1/0"), false);
        assert.equal(bench.take("a/1/0"), true);
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
    const join = (token: string, holder = "a/1/0"): Update =>
        writes.join({ ...at, name: "a", token, holder, position: row.position, now: row.now });
    const close = (outcome: string): Update =>
        writes.close({ ...at, name: "a", outcome, run: "jr_1", expires: "1800000000", now: row.now });

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

    it("loses only the token that was told", () => {
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
        assert.deepEqual([bench.row("a").position, bench.row("a").token], [undefined, undefined]);
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

    it("cannot come back to life by being told late", () => {
        const bench = opened();
        bench.update(join("t"));
        bench.update(close("done"));
        assert.equal(
            bench.update(writes.clearToken({ ...at, name: "a", token: "t", position: "run#x#a" })),
            false,
        );
        assert.equal(bench.row("a").position, undefined);
    });
});

describe("The workflow's writes", () => {
    const present = Date.parse("2026-03-01T12:00:00.000Z");
    const bindings = {
        attempt: 2,
        run: "jr_1",
        message: { priority: 3, sentAt: "2026-03-01T11:00:00.000Z", sequence: "00000000000000000007" },
        states: { context: { Execution: { Name: "a", RedriveCount: 1 }, Task: { Token: "t" } } },
        now: () => "2026-03-01T12:00:00.000Z",
        millis: () => present,
    };

    /** Evaluates every expression in a value, as Step Functions would. */
    async function evaluate(value: unknown, redrivesSeen: number): Promise<unknown> {
        if (typeof value === "string" && value.startsWith("{%")) {
            return jsonata(value.slice(2, -2)).evaluate({}, { ...bindings, redrivesSeen });
        }
        if (typeof value !== "object" || value === null) return value;
        const entries = Object.entries(value).map(
            async ([name, each]) => [name, await evaluate(each, redrivesSeen)] as const,
        );
        return Object.fromEntries(await Promise.all(entries));
    }

    const now = "2026-03-01T12:00:00.000Z";
    const holder = "a/2/1";
    const expires = String(present / 1000 + 21 * 86_400);
    for (const [name, inWorkflow, inCode, redrivesSeen] of [
        [
            "takes a slot",
            writes.acquireInWorkflow({ ...at, job: "job" }),
            writes.acquire({ ...at, holder, job: "job", now, silentSince: "2026-03-01T11:55:00.000Z" }),
            1,
        ],
        [
            "gives back the slot that it took",
            writes.releaseInWorkflow(at),
            writes.release({ ...at, holder: "a/2/0" }),
            0,
        ],
        [
            "joins the line",
            writes.joinInWorkflow(at),
            writes.join({
                ...at,
                name: "a",
                token: "t",
                holder,
                position: waitPosition(bindings.message),
                now,
            }),
            0,
        ],
        [
            "closes the row",
            writes.closeInWorkflow({ ...at, outcome: "done", runJsonata: "$run" }),
            writes.close({ ...at, name: "a", outcome: "done", run: "jr_1", expires, now }),
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
            assert.deepEqual(await evaluate(inWorkflow, redrivesSeen), inCode);
        });
    }

    it("take no slot for an execution that was redriven since it joined the line", async () => {
        await assert.rejects(evaluate(writes.acquireInWorkflow({ ...at, job: "job" }), 0), {
            message: "the execution was redriven",
        });
    });
});
