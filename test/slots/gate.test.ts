import assert from "node:assert/strict";
import { wantedLimit } from "../../slots/gate.ts";
import { readGate } from "../../slots/items.ts";
import type { Item } from "../../slots/items.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");

function settings(limit: string): Item {
    return { limit: { N: limit }, settleSeconds: { N: "0" } };
}

function override(limit: string, until?: string): Item {
    return {
        limit: { N: limit },
        by: { S: "ada" },
        why: { S: "backfill" },
        ...(until !== undefined && { until: { S: until } }),
    };
}

describe("The limit in force", () => {
    it("is the configured one", () => {
        assert.deepEqual(wantedLimit(settings("7"), undefined, NOW), { limit: 7 });
    });

    it("is the operator's while there is an override", () => {
        assert.deepEqual(wantedLimit(settings("7"), override("2"), NOW), { limit: 2 });
    });

    it("is 0 while an override pauses", () => {
        assert.deepEqual(wantedLimit(settings("7"), override("0"), NOW), { limit: 0 });
    });

    it("is the configured one again at the moment the override ends", () => {
        assert.deepEqual(wantedLimit(settings("7"), override("2", "2026-03-01T12:00:00.001Z"), NOW), {
            limit: 2,
        });
        assert.deepEqual(wantedLimit(settings("7"), override("2", "2026-03-01T12:00:00.000Z"), NOW), {
            limit: 7,
        });
    });

    for (const wrong of ["-1", "1001", "2.5", "NaN"]) {
        it(`is none, with the reason, when ${wrong} is configured`, () => {
            const wanted = wantedLimit(settings(wrong), undefined, NOW);
            assert.equal(wanted.limit, undefined);
            assert.match(wanted.problem ?? "", /settings: limit is .* not a whole number from 0 to 1000/);
        });

        it(`is none, with the reason, when an override says ${wrong}`, () => {
            const wanted = wantedLimit(settings("7"), override(wrong), NOW);
            assert.equal(wanted.limit, undefined);
            assert.match(wanted.problem ?? "", /override: limit is/);
        });
    }

    it("is none without settings", () => {
        assert.deepEqual(wantedLimit(undefined, undefined, NOW), {
            limit: undefined,
            problem: "there is no settings item",
        });
    });
});

describe("The gate", () => {
    it("is not there until it has both maps", () => {
        assert.equal(readGate(undefined), undefined);
        assert.equal(readGate({ holders: { M: {} } }), undefined);
    });

    it("is read with its holders, turns and limit", () => {
        const item: Item = {
            holders: { M: { "a/1/0": { M: { since: { S: "s" }, job: { S: "j" }, format: { N: "1" } } } } },
            turns: { M: { "b/1/0": { S: "u" } } },
            limit: { N: "4" },
            dispatcherSeen: { S: "d" },
        };
        assert.deepEqual(readGate(item), {
            holders: { "a/1/0": { since: "s", job: "j", format: 1 } },
            turns: { "b/1/0": "u" },
            limit: 4,
            dispatcherSeen: "d",
            hasBacklog: false,
        });
    });
});
