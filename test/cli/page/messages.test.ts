import assert from "node:assert/strict";
import type { MessageColumns, RunData } from "../../../cli/page/data.ts";
import { lineLength, readMessages, select, slotCurves, spanAt } from "../../../cli/page/messages.ts";

const MESSAGES: MessageColumns = {
    labels: ["first", "second", "third"],
    ids: ["id-1", "id-2", "id-3"],
    groups: [0, 1, 0],
    sent: [0, 10, 20],
    // Waiting, starting, running, closing; waiting only; and one that has done nothing yet.
    phases: [[0, 100, 1, 50, 2, 200, 4, 10], [0, 300], []],
    outcomes: [1, 2, 0],
    runs: [[["jr_1", "SUCCEEDED"]], [], []],
    causes: { 1: "Out of memory" },
};
const DATA = { messages: MESSAGES, groups: ["2012", "2013"] };
const NONE = { group: "", state: "", text: "" } as const;

describe("the messages of a page", () => {
    const messages = readMessages(DATA);
    const labels = (...args: Parameters<typeof select>): string[] =>
        select(...args).map(({ label }) => label);

    it("have phases that follow each other from the sending on", () => {
        assert.deepEqual(messages[0]?.spans, [
            { phase: "waiting", from: 0, to: 100 },
            { phase: "starting", from: 100, to: 150 },
            { phase: "running", from: 150, to: 350 },
            { phase: "closing", from: 350, to: 360 },
        ]);
    });

    it("wait until their first slot, or to their end", () => {
        assert.deepEqual(
            messages.map(({ waited, end }) => [waited, end]),
            [
                [100, 360],
                [300, 310],
                [0, 20],
            ],
        );
    });

    it("have a phase at each moment between their sending and their end", () => {
        const [first] = messages;
        assert.ok(first);
        assert.deepEqual(
            [0, 149, 150, 360].map((time) => spanAt(first, time)?.phase),
            ["waiting", "starting", "running", undefined],
        );
    });

    it("are counted while they wait", () => {
        assert.deepEqual(lineLength(messages, 400), {
            times: [0, 10, 100, 310, 400],
            values: [1, 2, 1, 0, 0],
        });
    });

    it("can be filtered by group", () => {
        assert.deepEqual(labels(messages, { ...NONE, group: "2012" }, "arrival"), ["first", "third"]);
    });

    it("can be filtered by outcome", () => {
        assert.deepEqual(labels(messages, { ...NONE, state: "failed" }, "arrival"), ["second"]);
    });

    it("are found by a part of label, group, id or cause", () => {
        assert.deepEqual(
            ["THIRD", "2013", "id-1", "memory", "nothing"].map((text) =>
                labels(messages, { ...NONE, text }, "arrival"),
            ),
            [["third"], ["second"], ["first"], ["second"], []],
        );
    });

    it("can be put in order of wait, time or attempts", () => {
        assert.deepEqual(
            (["waited", "duration", "attempts"] as const).map((order) => labels(messages, NONE, order)),
            [
                ["second", "first", "third"],
                ["first", "second", "third"],
                ["first", "second", "third"],
            ],
        );
    });
});

describe("the slots of a page", () => {
    it("are in use from each write of the gate to the next", () => {
        const gate: RunData["gate"] = {
            after: [-5, 105, 0, 50],
            holders: [0, 2, 1, 0],
            limits: [3, 3, 3, 2],
        };
        assert.deepEqual(slotCurves({ gate, took: 200 }), {
            times: [0, 100, 150, 200],
            holders: [0, 1, 0, 0],
            limits: [3, 3, 2, 2],
        });
    });
});
