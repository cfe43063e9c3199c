/** The breaker's part of the protocol, on the embedded table: every order of a few steps, and random orders of many. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { isOpen, narrowed, nextProbe, VERDICT, verdictOf, wakeUpFrom } from "../../slots/breaker.ts";
import type { Verdict, WakeUp } from "../../slots/breaker.ts";
import { setLimit } from "../../slots/gate.ts";
import { readGate } from "../../slots/items.ts";
import type { Item } from "../../slots/items.ts";
import { freeSlots } from "../../slots/next.ts";
import { ENTRY, keyOf } from "../../slots/table.ts";
import type { Gate } from "../../slots/table.ts";
import { MAX_PROBE_PAUSE_SECONDS, MIN_PROBE_PAUSE_SECONDS } from "../../slots/times.ts";
import * as writes from "../../slots/writes.ts";
import { user } from "../embedded-aws/fake-world.ts";
import { AT as at, TableBench } from "./table-bench.ts";

const START = Date.parse("2026-03-01T12:00:00Z");
const MINUTE = 60_000;

/** The gate of one pool, and the writes on it. */
class Bench extends TableBench {
    constructor(limit: number, pauseAfterFailures: number | undefined) {
        super();
        this.follow(limit, pauseAfterFailures);
    }

    follow(limit: number, pauseAfterFailures: number | undefined): void {
        const gate = readGate(this.item(ENTRY.gate));
        const read = { gate, settings: undefined, override: undefined };
        const TransactItems = setLimit({ ...at, ...read, limit, pauseAfterFailures, now: this.iso });
        this.world.call("dynamodb", "TransactWriteItems", { TransactItems }, user);
    }

    /** An execution that was woken tries to acquire a slot. */
    acquire(holder: string, isLast = true, { pausedUntil = 0 }: WakeUp = {}): boolean {
        const since = String(this.now);
        const pauseOver = String(Math.max(this.now, pausedUntil + 1));
        return this.update(
            writes.acquire({ ...at, holder, since, seenBefore: writes.WOKEN, pauseOver, isLast }),
        );
    }

    release(holder: string, verdict: Verdict): boolean {
        return this.update(writes.release({ ...at, holder, ended: { verdict, now: this.now } }));
    }

    /** So many messages in a row fail for good, a millisecond apart. */
    fail(count: number): void {
        for (let i = 0; i < count; i++) {
            assert.ok(this.acquire(`f${i}/1/0`));
            assert.ok(this.release(`f${i}/1/0`, VERDICT.failedForGood));
            this.now += 1;
        }
    }

    close(): boolean {
        return this.update(writes.closeBreaker(at));
    }

    gate(): Gate {
        const gate = readGate(this.item(ENTRY.gate));
        assert.ok(gate);
        return gate;
    }

    putGate(Item: Item): void {
        this.world.call("dynamodb", "PutItem", { TableName: at.table, Item }, user);
    }
}

type Step =
    | { readonly do: "acquire"; readonly who: string }
    | { readonly do: "release"; readonly who: string; readonly verdict: Verdict }
    | { readonly do: "pass"; readonly minutes: number }
    | { readonly do: "close" }
    | { readonly do: "follow"; readonly limit: number; readonly pause: number | undefined };

/** What the breaker must be, kept by the simplest means: the history of ends. */
interface Expected {
    readonly limit: number;
    readonly pause: number | undefined;
    readonly holders: readonly string[];
    /** Final failures since the last success. */
    readonly failures: number;
    /** The moments of the first and the last failed attempt since then. */
    readonly failed: readonly number[];
}

/** The pause after a failure: as long again as it has failed, between the bounds; a first failure is a minute old. */
function pauseOf({ failed }: Expected): number {
    const [first = 0, last = first] = failed;
    return Math.min(MAX_PROBE_PAUSE_SECONDS * 1000, last - first + MIN_PROBE_PAUSE_SECONDS * 1000);
}

function mayAcquire(expected: Expected, who: string, now: number): boolean {
    const { limit, pause, holders, failures, failed } = expected;
    if (holders.includes(who)) return true;
    if (holders.length >= limit) return false;
    if (pause === undefined || failures === 0 || failures < pause) return true;
    return holders.length === 0 && now > (failed.at(-1) ?? 0) + pauseOf(expected);
}

/** Makes a step on the table, checks its answer, and returns what must be then. */
function perform(bench: Bench, before: Expected, step: Step): Expected {
    switch (step.do) {
        case "pass":
            bench.now += step.minutes * MINUTE + 1;
            return before;
        case "close":
            assert.equal(bench.close(), true);
            return { ...before, failures: 0, failed: [] };
        case "follow":
            bench.follow(step.limit, step.pause);
            return { ...before, limit: step.limit, pause: step.pause };
        case "acquire": {
            const granted = mayAcquire(before, step.who, bench.now);
            assert.equal(
                bench.acquire(step.who),
                granted,
                `${step.who} acquires at ${JSON.stringify(before)}`,
            );
            if (!granted || before.holders.includes(step.who)) return before;
            return { ...before, holders: [...before.holders, step.who] };
        }
        case "release": {
            const holds = before.holders.includes(step.who);
            assert.equal(bench.release(step.who, step.verdict), holds);
            return holds ? afterEnd(before, step, bench.now) : before;
        }
    }
}

function afterEnd(before: Expected, step: { who: string; verdict: Verdict }, now: number): Expected {
    const after = { ...before, holders: before.holders.filter((holder) => holder !== step.who) };
    if (step.verdict === VERDICT.none) return after;
    if (step.verdict === VERDICT.succeeded) return { ...after, failures: 0, failed: [] };
    const failed = [before.failed[0] ?? now, now];
    const failures = before.failures + (step.verdict === VERDICT.failedForGood ? 1 : 0);
    return { ...after, failed, failures };
}

/** What the gate says must be what is expected, and what the dispatcher makes of it what an acquire would be answered. */
function check(bench: Bench, expected: Expected): void {
    const gate = bench.gate();
    assert.deepEqual(Object.keys(gate.holders).sort(), expected.holders.toSorted());
    assert.equal(gate.failures ?? 0, expected.failures);
    const free = freeSlots(narrowed(gate, bench.now));
    assert.equal(free > 0, mayAcquire(expected, "somebody/1/0", bench.now), JSON.stringify(gate));
}

const HOLDERS = ["a/1/0", "b/1/0"];

const FEW_STEPS: readonly Step[] = [
    ...HOLDERS.map((who) => ({ do: "acquire", who }) as const),
    // Whoever removes a holder, its execution or the reaper, makes the same write.
    ...HOLDERS.flatMap((who) =>
        Object.values(VERDICT).map((verdict) => ({ do: "release", who, verdict }) as const),
    ),
    { do: "pass", minutes: 1 },
    { do: "pass", minutes: 30 },
    { do: "close" },
];

const anyHolder = fc.constantFrom(...HOLDERS, "c/1/0");
const anyStep: fc.Arbitrary<Step> = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("acquire"), who: anyHolder }) },
    {
        weight: 6,
        arbitrary: fc.record({
            do: fc.constant("release"),
            who: anyHolder,
            verdict: fc.constantFrom(...Object.values(VERDICT)),
        }),
    },
    {
        weight: 3,
        arbitrary: fc.record({ do: fc.constant("pass"), minutes: fc.constantFrom(0, 1, 3, 10, 30) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("close") }) },
    {
        weight: 1,
        arbitrary: fc.record({
            do: fc.constant("follow"),
            limit: fc.nat(3),
            pause: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
        }),
    },
);

describe("The breaker", () => {
    it("lets in, counts and pauses as the history of ends demands, in every order of six steps of two executions", function () {
        this.timeout(120_000);
        const bench = new Bench(2, 2);
        const first: Expected = { limit: 2, pause: 2, holders: [], failures: 0, failed: [] };
        let states = [{ item: bench.item(ENTRY.gate) ?? {}, now: bench.now, expected: first }];
        const seen = new Set<string>();
        for (let depth = 0; depth < 6; depth++) {
            const next: typeof states = [];
            for (const { item, now, expected } of states) {
                for (const step of FEW_STEPS) {
                    bench.putGate(item);
                    bench.now = now;
                    const after = perform(bench, expected, step);
                    check(bench, after);
                    const state = { item: bench.item(ENTRY.gate) ?? {}, now: bench.now, expected: after };
                    const name = JSON.stringify(state);
                    if (seen.has(name)) continue;
                    seen.add(name);
                    next.push(state);
                }
            }
            states = next;
        }
        assert.ok(seen.size > 2000, `${seen.size} states`);
    });

    it("does so in any order of many steps, with limits and settings that change", () => {
        fc.assert(
            fc.property(fc.array(anyStep, { maxLength: 80, size: "max" }), (steps) => {
                const bench = new Bench(2, 1);
                let expected: Expected = { limit: 2, pause: 1, holders: [], failures: 0, failed: [] };
                for (const step of steps) {
                    expected = perform(bench, expected, step);
                    check(bench, expected);
                }
            }),
            { numRuns: 200 },
        );
    });
});

describe("An open breaker", () => {
    /** A breaker that five failures have opened. */
    function open(): Bench {
        const bench = new Bench(3, 5);
        bench.fail(5);
        assert.equal(isOpen(bench.gate()), true);
        return bench;
    }

    /** Minutes from now until the next probe. */
    const pause = (bench: Bench): number => Math.round((nextProbe(bench.gate()) - bench.now) / MINUTE);

    it("pauses for as long again as the job has been failing, from a minute to thirty", () => {
        const bench = open();
        const pauses: number[] = [];
        for (let probe = 0; probe < 8; probe++) {
            pauses.push(pause(bench));
            bench.now = nextProbe(bench.gate()) + 1;
            bench.fail(1);
        }
        assert.deepEqual(pauses, [1, 2, 4, 8, 16, 30, 30, 30]);
    });

    it("lets a probe in whose wake-up says that the pause is over, if its own clock is behind", () => {
        const bench = open();
        assert.equal(bench.acquire("a/1/0"), false);
        assert.ok(bench.acquire("a/1/0", true, wakeUpFrom(bench.gate())));
    });

    it("keeps out an execution whose wake-up speaks of an earlier pause", () => {
        const bench = open();
        const told = wakeUpFrom(bench.gate());
        bench.now = nextProbe(bench.gate()) + 1;
        bench.fail(1);
        assert.equal(bench.acquire("b/1/0", true, told), false);
    });

    it("lets no job in beside one that acquired its slot before", () => {
        const bench = new Bench(3, 1);
        assert.ok(bench.acquire("long/1/0"));
        bench.fail(1);
        bench.now += 60 * MINUTE;
        assert.equal(bench.acquire("next/1/0"), false);
        bench.release("long/1/0", VERDICT.none);
        assert.equal(bench.acquire("next/1/0"), true);
    });

    it("puts the next probe off when an attempt fails that is tried again, and does not count it", () => {
        const bench = open();
        bench.now = nextProbe(bench.gate()) + 1;
        assert.ok(bench.acquire("a/1/0", false));
        assert.ok(bench.release("a/1/0", VERDICT.failed));
        assert.deepEqual([bench.gate().failures, pause(bench)], [5, 2]);
    });

    it("lets the next probe in at once when one was stopped, or had no capacity", () => {
        const bench = open();
        bench.now = nextProbe(bench.gate()) + 1;
        assert.ok(bench.acquire("a/1/0"));
        assert.ok(bench.release("a/1/0", VERDICT.none));
        assert.ok(bench.acquire("b/1/0"));
    });

    it("closes at the first success, whoever's it is, and forgets everything", () => {
        const bench = open();
        bench.now = nextProbe(bench.gate()) + 1;
        assert.ok(bench.acquire("a/1/0"));
        assert.ok(bench.release("a/1/0", VERDICT.succeeded));
        const { failures, failingSince, probeAfter, probeBy } = bench.gate();
        assert.deepEqual([failures, failingSince, probeAfter, probeBy], Array(4).fill(undefined));
        for (const holder of ["b/1/0", "c/1/0", "d/1/0"]) assert.ok(bench.acquire(holder));
    });

    it("closes by hand", () => {
        const bench = open();
        assert.ok(bench.close());
        assert.ok(bench.acquire("a/1/0") && bench.acquire("b/1/0"));
        bench.release("a/1/0", VERDICT.failedForGood);
        assert.deepEqual([bench.gate().failures, pause(bench)], [1, 1]);
    });

    it("cannot be closed where there is no gate: that would make one without holders", () => {
        const bench = open();
        bench.world.call(
            "dynamodb",
            "DeleteItem",
            { TableName: at.table, Key: keyOf(at.pool, ENTRY.gate) },
            user,
        );
        assert.equal(bench.close(), false);
    });

    it("lets a probe in at once when somebody has removed probeAfter", () => {
        const bench = open();
        const { probeAfter: _, ...item } = bench.item(ENTRY.gate) ?? {};
        bench.putGate(item);
        assert.equal(freeSlots(narrowed(bench.gate(), bench.now)), 1);
        assert.ok(bench.acquire("a/1/0"));
    });

    it("is closed as soon as the setting is turned off, and open again when it is back", () => {
        const bench = open();
        bench.follow(3, undefined);
        assert.ok(bench.acquire("a/1/0"));
        bench.release("a/1/0", VERDICT.none);
        bench.follow(3, 5);
        assert.equal(bench.acquire("b/1/0"), false);
    });

    it("lets nobody in at a limit of 0", () => {
        const bench = open();
        bench.follow(0, 5);
        bench.now = nextProbe(bench.gate()) + 1;
        assert.equal(freeSlots(narrowed(bench.gate(), bench.now)), 0);
        assert.equal(bench.acquire("a/1/0"), false);
    });

    it("leaves a gate without a limit as it is: it grants nothing", () => {
        const { limit: _, ...gate } = open().gate();
        assert.equal(narrowed(gate, START + 60 * MINUTE), gate);
    });
});

describe("A closed breaker", () => {
    it("stays closed when failures and successes alternate", () => {
        const bench = new Bench(1, 2);
        for (let i = 0; i < 20; i++) {
            bench.fail(1);
            assert.ok(bench.acquire(`s${i}/1/0`), `after ${i} failures`);
            bench.release(`s${i}/1/0`, VERDICT.succeeded);
        }
    });

    it("is that of a gate which an older release made, and of one whose dispatcher has not looked yet", () => {
        const bench = new Bench(2, undefined);
        bench.fail(20);
        assert.equal(isOpen(bench.gate()), false);
        assert.ok(bench.acquire("a/1/0"));
    });

    it("counts a failure once when the execution and the reaper both release the slot", () => {
        const bench = new Bench(2, 5);
        assert.ok(bench.acquire("a/1/0"));
        assert.equal(bench.release("a/1/0", VERDICT.failedForGood), true);
        assert.equal(bench.release("a/1/0", VERDICT.failedForGood), false);
        assert.equal(bench.gate().failures, 1);
    });
});

describe("What an end says of the job", () => {
    const CAPACITY = "Exceeded maximum concurrent capacity for your account: 300.";
    const of = (state: string, isLast: boolean, error = "no such day"): Verdict =>
        verdictOf(
            { state, error, run: "jr_1", completedOn: START },
            { since: START, ...(isLast && { isLast }) },
        );

    it("is a success whatever the attempt was", () => {
        assert.deepEqual([of("SUCCEEDED", true), of("SUCCEEDED", false)], ["succeeded", "succeeded"]);
    });

    for (const state of ["FAILED", "TIMEOUT", "ERROR", "EXPIRED"]) {
        it(`is a failure for good after the last attempt alone: ${state}`, () => {
            assert.deepEqual([of(state, true), of(state, false)], ["failedForGood", "failed"]);
        });
    }

    it("is nothing when the run was stopped, had no capacity, or never was", () => {
        assert.deepEqual(
            [of("STOPPED", true), of("FAILED", true, CAPACITY), of("NONE", true)],
            ["none", "none", "none"],
        );
    });

    it("is no failure for good when an older release acquired the slot", () => {
        const bench = new Bench(1, 1);
        bench.putGate({
            ...bench.item(ENTRY.gate),
            holders: { M: { "a/1/0": { M: { since: { N: String(START) } } } } },
        });
        const slot = bench.gate().holders["a/1/0"];
        assert.ok(slot);
        const end = { state: "FAILED", error: "", run: "jr_1", completedOn: START };
        assert.equal(verdictOf(end, slot), VERDICT.failed);
    });
});
