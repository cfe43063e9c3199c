import assert from "node:assert/strict";
import { readOverride } from "../../slots/items.ts";
import type { Item } from "../../slots/items.ts";
import { deleteOverride, putOverride } from "../../slots/override.ts";

describe("The operator's writes of the override", () => {
    const at = { table: "t", pool: "jobs", seen: undefined };
    const override = { limit: 3, by: "ana", why: "rebuild", until: Date.UTC(2026, 0, 2) };

    it("make an item that reads as the override", () => {
        const { Item } = putOverride({ ...at, override });
        assert.deepEqual(readOverride(Item as Item, Date.UTC(2026, 0, 1)), { value: override });
    });

    it("have no end where the override has none", () => {
        const { Item } = putOverride({ ...at, override: { limit: 0, by: "", why: "" } });
        assert.equal("until" in Item, false);
    });

    it("ask for no item where none was seen", () => {
        const { ConditionExpression } = putOverride({ ...at, override });
        assert.equal(ConditionExpression, "attribute_not_exists(poolName)");
    });

    it("ask for the item that was seen, attribute by attribute", () => {
        const seen = { limit: { N: "1" }, by: { S: "bo" } };
        const write = deleteOverride({ ...at, seen });
        assert.equal(
            write.ConditionExpression,
            "attribute_exists(poolName) AND #limit = :limit AND #by = :by AND " +
                "attribute_not_exists(#why) AND attribute_not_exists(#until)",
        );
        assert.deepEqual(write.ExpressionAttributeValues, { ":limit": { N: "1" }, ":by": { S: "bo" } });
    });
});
