import assert from "node:assert/strict";
import fc from "fast-check";
import { freeSlots, whoIsNext } from "../../slots/next.ts";
import { openPosition, runPosition, waitPosition } from "../../slots/table.ts";
import type { Gate, Row } from "../../slots/table.ts";

const NOW = "2026-03-01T12:00:00.000Z";
const EARLIER = "2026-03-01T11:59:59.999Z";
const LATER = "2026-03-01T12:01:00.000Z";
const SLOT = { since: EARLIER, format: 1 };

function gate(parts: Partial<Gate> = {}): Gate {
    return { holders: {}, turns: {}, limit: 3, dispatcherSeen: NOW, hasBacklog: false, ...parts };
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
    it("gives turns to the head of the line, in its order, as many as slots are free", () => {
        const next = whoIsNext(gate({ holders: { "x/1/0": SLOT } }), [row("a"), row("b"), row("c")], NOW);
        assert.deepEqual(names(next.turns), ["a", "b"]);
        assert.deepEqual(names(next.toWake), ["a", "b"]);
    });

    it("counts a live turn as a slot that is taken", () => {
        const next = whoIsNext(gate({ limit: 1, turns: { "x/1/0": LATER } }), [row("a")], NOW);
        assert.deepEqual(names(next.turns), []);
    });

    it("does not count a turn twice whose holder has taken its slot", () => {
        assert.equal(freeSlots(gate({ holders: { "x/1/0": SLOT }, turns: { "x/1/0": LATER } }), NOW), 2);
    });

    it("counts a turn as expired at the very moment of its end", () => {
        assert.equal(freeSlots(gate({ limit: 1, turns: { "x/1/0": NOW } }), NOW), 1);
        const turns = { "a/1/0": NOW };
        const next = whoIsNext(gate({ limit: 1, turns }), [row("a")], NOW);
        assert.deepEqual(names(next.turns), ["a"]);
    });

    it("keeps turns that are alive", () => {
        const turns = { "live/1/0": LATER, "dead/1/0": EARLIER };
        assert.deepEqual(whoIsNext(gate({ turns }), [], NOW).expired, ["dead/1/0"]);
    });

    it("forgets turns that were not used in time, and gives them to others", () => {
        const next = whoIsNext(gate({ limit: 1, turns: { "dead/1/0": NOW } }), [row("a")], NOW);
        assert.deepEqual(names(next.turns), ["a"]);
        assert.deepEqual(next.expired, ["dead/1/0"]);
    });

    it("tells again who has a turn and still sleeps, without giving a second one", () => {
        const next = whoIsNext(gate({ limit: 1, turns: { "a/1/0": LATER } }), [row("a"), row("b")], NOW);
        assert.deepEqual(names(next.toWake), ["a"]);
        assert.deepEqual(next.turns, []);
    });

    it("gives 25 turns at once at most, and says that there are more to give", () => {
        const line = Array.from({ length: 40 }, (_, i) => row(`n${i}`));
        const first = whoIsNext(gate({ limit: 1000 }), line, NOW);
        assert.deepEqual(names(first.turns), names(line.slice(0, 25)));
        assert.equal(first.hasBacklog, true);
        const live = Object.fromEntries(line.slice(0, 20).map((each) => [each.holder, LATER])) as Record<
            string,
            string
        >;
        const next = whoIsNext(gate({ limit: 1000, turns: live }), line.slice(20), NOW);
        assert.deepEqual(names(next.turns), names(line.slice(20, 25)));
        assert.equal(next.hasBacklog, true);
    });

    it("has no backlog when everybody has a turn, or no slot is free for those who have none", () => {
        assert.equal(whoIsNext(gate({ limit: 1000 }), [row("a")], NOW).hasBacklog, false);
        assert.equal(whoIsNext(gate({ limit: 1 }), [row("a"), row("b")], NOW).hasBacklog, false);
    });

    it("passes over rows that nobody waits on", () => {
        const { holder: _, ...nobody } = row("nobody");
        const { holder: __, ...opened } = asleep("new");
        const next = whoIsNext(gate({ limit: 1 }), [nobody, opened, asleep("woken"), row("a")], NOW);
        assert.deepEqual(names(next.turns), ["a"]);
    });

    it("gives a new turn to a waiter whose last one expired, without forgetting it in the same write", () => {
        const next = whoIsNext(gate({ limit: 1, turns: { "a/1/0": EARLIER } }), [row("a")], NOW);
        assert.deepEqual(names(next.turns), ["a"]);
        assert.deepEqual(next.expired, []);
    });

    it("does not tell a waiter that has a turn while every slot is taken: it would be denied, and told again", () => {
        const holders = { "x/1/0": SLOT };
        const next = whoIsNext(gate({ limit: 1, holders, turns: { "a/1/0": LATER } }), [row("a")], NOW);
        assert.deepEqual(next.toWake, []);
    });

    it("wakes a holder that sleeps in line, although no slot is free", () => {
        const next = whoIsNext(gate({ limit: 1, holders: { "a/1/0": SLOT } }), [row("a")], NOW);
        assert.deepEqual(names(next.toWake), ["a"]);
        assert.deepEqual(next.turns, []);
    });

    for (const limit of [undefined, 0, -1]) {
        it(`grants nothing at a limit of ${String(limit)}`, () => {
            const { limit: _, ...without } = gate();
            const next = whoIsNext(limit === undefined ? without : gate({ limit }), [row("a")], NOW);
            assert.deepEqual(next.turns, []);
        });
    }

    it("grants nothing while more slots are held than a lowered limit allows", () => {
        const holders = { "x/1/0": SLOT, "y/1/0": SLOT };
        assert.deepEqual(whoIsNext(gate({ limit: 1, holders }), [row("a")], NOW).turns, []);
    });

    it("never gives more turns than slots are free, and never to one who stands behind another waiter", () => {
        const someRow = fc.record({
            asleep: fc.boolean(),
            holds: fc.boolean(),
            turn: fc.constantFrom("", EARLIER, LATER),
        });
        fc.assert(
            fc.property(
                fc.array(someRow, { maxLength: 12 }),
                fc.integer({ min: 0, max: 6 }),
                (states, limit) => {
                    const line = states.map((state, i) => (state.asleep ? row(`n${i}`) : asleep(`n${i}`)));
                    const pick = (test: (state: (typeof states)[number]) => boolean): string[] =>
                        line
                            .filter((_, i) => test(states[i] as (typeof states)[number]))
                            .map((each) => each.holder as string);
                    const holders = Object.fromEntries(pick((state) => state.holds).map((id) => [id, SLOT]));
                    const live = pick((state) => state.turn === LATER);
                    const turns = Object.fromEntries([
                        ...live.map((id) => [id, LATER]),
                        ...pick((state) => state.turn === EARLIER).map((id) => [id, EARLIER]),
                    ]) as Record<string, string>;
                    const next = whoIsNext(gate({ limit, holders, turns }), line, NOW);
                    const written = [...next.turns.map((each) => each.holder), ...next.expired];
                    assert.equal(
                        new Set(written).size,
                        written.length,
                        "no turn is given and forgotten in one write",
                    );
                    const claimed = new Set([
                        ...Object.keys(holders),
                        ...live,
                        ...next.turns.map((each) => each.holder),
                    ]);
                    assert.ok(next.turns.length === 0 || claimed.size <= limit);
                    const eligible = line.filter(
                        (each) =>
                            each.token !== undefined &&
                            !holders[each.holder as string] &&
                            !live.includes(each.holder as string),
                    );
                    assert.deepEqual(names(next.turns), names(eligible.slice(0, next.turns.length)));
                    assert.ok(claimed.size >= limit || next.turns.length === eligible.length);
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
