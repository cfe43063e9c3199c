import assert from "node:assert/strict";
import { setLimit, wantedLimit } from "../../slots/gate.ts";
import type { Item } from "../../slots/items.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");

function settings(limit: string): Item {
    return { limit: { N: limit }, cooldownSeconds: { N: "0" } };
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

    it("has the configured breaker beside it, override or not", () => {
        const configured = { ...settings("7"), pauseAfterFailures: { N: "5" } };
        assert.deepEqual(
            [wantedLimit(configured, undefined, NOW), wantedLimit(configured, override("2"), NOW)],
            [
                { limit: 7, pauseAfterFailures: 5 },
                { limit: 2, pauseAfterFailures: 5 },
            ],
        );
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

describe("Setting the limit", () => {
    const SETTINGS_NAMES = { "#limit": "limit", "#pauseAfterFailures": "pauseAfterFailures" };

    function checks(read: { settings?: Item; override?: Item }): unknown[] {
        const writes = setLimit({
            table: "slots",
            pool: "etl",
            limit: 2,
            gate: undefined,
            settings: read.settings,
            override: read.override,
            now: "now",
        });
        return writes.flatMap(({ ConditionCheck }) => {
            if (!ConditionCheck) return [];
            const { TableName: _, Key: __, ...condition } = ConditionCheck;
            return [condition];
        });
    }

    it("demands that settings and override are still missing if they were", () => {
        const missing = { ConditionExpression: "attribute_not_exists(poolName)" };
        assert.deepEqual(checks({}), [missing, missing]);
    });

    it("demands that they are what they were if they were there", () => {
        const until = "2026-03-01T13:00:00Z";
        const configured = { ...settings("7"), pauseAfterFailures: { N: "5" } };
        assert.deepEqual(checks({ settings: configured, override: override("2", until) }), [
            {
                ConditionExpression: "#limit = :limit AND #pauseAfterFailures = :pauseAfterFailures",
                ExpressionAttributeNames: SETTINGS_NAMES,
                ExpressionAttributeValues: { ":limit": { N: "7" }, ":pauseAfterFailures": { N: "5" } },
            },
            {
                ConditionExpression: "#limit = :limit AND #until = :until",
                ExpressionAttributeNames: { "#limit": "limit", "#until": "until" },
                ExpressionAttributeValues: { ":limit": { N: "2" }, ":until": { S: until } },
            },
        ]);
    });

    it("demands of an item that says nothing that it still does, without values, which DynamoDB would refuse", () => {
        const [first] = checks({ settings: {} });
        assert.deepEqual(first, {
            ConditionExpression: "attribute_not_exists(#limit) AND attribute_not_exists(#pauseAfterFailures)",
            ExpressionAttributeNames: SETTINGS_NAMES,
        });
    });
});
