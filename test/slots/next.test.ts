import assert from "node:assert/strict";
import fc from "fast-check";
import { whoIsNext } from "../../slots/next.ts";
import { openPosition, runPosition, waitPosition } from "../../slots/table.ts";
import type { Gate, Row } from "../../slots/table.ts";

const NOW = "2026-03-01T12:00:00.000Z";
const EARLIER = "2026-03-01T11:59:59.999Z";
const LATER = "2026-03-01T12:01:00.000Z";
const SLOT = { since: Date.parse(EARLIER) };

function gate(parts: Partial<Gate> = {}): Gate {
    return { holders: {}, limit: 3, dispatcherSeen: NOW, hasBacklog: false, ...parts };
}

function row(name: string, parts: Partial<Row> = {}): Row {
    return {
        name,
        messageId: name,
        group: "g",
        bodyHash: "h",
        job: "job",
        attempt: 1,
        opened: EARLIER,
        execution: `arn:${name}`,
        holder: `${name}/1/0`,
        token: `token-${name}`,
        ...parts,
    };
}

function asleep(name: string): Row {
    const { token: _, ...rest } = row(name);
    return rest;
}

const names = (rows: readonly Row[]): string[] => rows.map((each) => each.name);

describe("Who is next", () => {
    it("is the head of the line, in its order, as many as slots are free", () => {
        const next = whoIsNext(gate({ holders: { "x/1/0": SLOT } }), [row("a"), row("b"), row("c")], []);
        assert.deepEqual(names(next.toWake), ["a", "b"]);
    });

    it("leaves a slot to an execution that was woken and has not acquired it yet", () => {
        const next = whoIsNext(gate({ limit: 1 }), [row("a")], [asleep("x")]);
        assert.deepEqual(names(next.toWake), []);
    });

    it("counts an execution once that was woken and has acquired its slot", () => {
        const holders = { "x/1/0": SLOT };
        const next = whoIsNext(gate({ limit: 2, holders }), [row("a"), row("b")], [asleep("x")]);
        assert.deepEqual(names(next.toWake), ["a"]);
    });

    it("leaves no slot to a row that was woken before it had a holder id", () => {
        const { holder: _, ...nobody } = asleep("x");
        assert.deepEqual(names(whoIsNext(gate({ limit: 1 }), [row("a")], [nobody]).toWake), ["a"]);
    });

    it("does not wake twice an execution that was woken while the rows were read", () => {
        const next = whoIsNext(gate({ limit: 2 }), [row("a"), row("b")], [asleep("a")]);
        assert.deepEqual(names(next.toWake), ["b"]);
    });

    it("lets 25 turns be live at once at most, and says that there are more to give", () => {
        const line = Array.from({ length: 40 }, (_, i) => row(`n${i}`));
        const first = whoIsNext(gate({ limit: 1000 }), line, []);
        assert.deepEqual(names(first.toWake), names(line.slice(0, 25)));
        assert.equal(first.hasBacklog, true);
        const woken = line.slice(0, 20).map(({ name }) => asleep(name));
        const next = whoIsNext(gate({ limit: 1000 }), line.slice(20), woken);
        assert.deepEqual(names(next.toWake), names(line.slice(20, 25)));
        assert.equal(next.hasBacklog, true);
    });

    it("has no backlog when everybody is woken, or no slot is free for those who are not", () => {
        assert.equal(whoIsNext(gate({ limit: 1000 }), [row("a")], []).hasBacklog, false);
        assert.equal(whoIsNext(gate({ limit: 1 }), [row("a"), row("b")], []).hasBacklog, false);
    });

    it("passes over rows that nobody waits on", () => {
        const { holder: _, ...nobody } = row("nobody");
        const { holder: __, ...opened } = asleep("new");
        const next = whoIsNext(gate({ limit: 1 }), [nobody, opened, asleep("woken"), row("a")], []);
        assert.deepEqual(names(next.toWake), ["a"]);
    });

    it("wakes a holder that sleeps in line, although no slot is free", () => {
        const next = whoIsNext(gate({ limit: 1, holders: { "a/1/0": SLOT } }), [row("b"), row("a")], []);
        assert.deepEqual(names(next.toWake), ["a"]);
    });

    for (const limit of [undefined, 0, -1]) {
        it(`grants nothing at a limit of ${String(limit)}`, () => {
            const { limit: _, ...without } = gate();
            const next = whoIsNext(limit === undefined ? without : gate({ limit }), [row("a")], []);
            assert.deepEqual(next.toWake, []);
        });
    }

    it("grants nothing while more slots are held than a lowered limit allows", () => {
        const holders = { "x/1/0": SLOT, "y/1/0": SLOT };
        assert.deepEqual(whoIsNext(gate({ limit: 1, holders }), [row("a")], []).toWake, []);
    });

    it("never wakes more than slots are free, and never one who stands behind another waiter", () => {
        const someRow = fc.record({ asleep: fc.boolean(), holds: fc.boolean(), woken: fc.boolean() });
        fc.assert(
            fc.property(
                fc.array(someRow, { maxLength: 12 }),
                fc.integer({ min: 0, max: 6 }),
                (states, limit) => {
                    const line = states.map((state, i) => (state.asleep ? row(`n${i}`) : asleep(`n${i}`)));
                    const pick = (test: (state: (typeof states)[number]) => boolean): Row[] =>
                        line.filter((_, i) => test(states[i] as (typeof states)[number]));
                    const ids = (rows: readonly Row[]): string[] => rows.map(({ holder }) => holder ?? "");
                    const holders = Object.fromEntries(
                        ids(pick((state) => state.holds)).map((id) => [id, SLOT]),
                    );
                    const woken = pick((state) => state.woken);
                    const next = whoIsNext(gate({ limit, holders }), line, woken);
                    const given = next.toWake.filter(({ holder }) => !holders[holder]);
                    const claimed = new Set([...Object.keys(holders), ...ids(woken), ...ids(given)]);
                    assert.ok(given.length === 0 || claimed.size <= limit);
                    const eligible = pick((state) => state.asleep && !state.holds && !state.woken);
                    assert.deepEqual(names(given), names(eligible.slice(0, given.length)));
                    assert.ok(claimed.size >= limit || given.length === eligible.length);
                },
            ),
        );
    });
});

describe("A position in line", () => {
    it("sorts as text by priority, then arrival, then sequence", () => {
        const at = (priority: number, sentAt: string, sequence: string): string =>
            waitPosition({ priority, sentAt, sequence });
        const inOrder = [
            at(0, LATER, "00000000000000000001"),
            at(5, EARLIER, "00000000000000000009"),
            at(5, NOW, "00000000000000000001"),
            at(5, NOW, "00000000000000000002"),
            at(9, EARLIER, "00000000000000000001"),
        ];
        assert.deepEqual([...inOrder].reverse().sort(), inOrder);
    });

    it("is apart from those of rows that stand before the line and behind it, which sort by time and name", () => {
        const wait = waitPosition({ priority: 0, sentAt: EARLIER, sequence: "1" });
        for (const position of [openPosition, runPosition]) {
            const inOrder = [position(EARLIER, "b"), position(NOW, "a"), position(NOW, "b")];
            assert.deepEqual([...new Set(inOrder)].reverse().sort(), inOrder);
            assert.ok(!inOrder.some((each) => each.slice(0, 5) === wait.slice(0, 5)));
        }
    });
});
