import assert from "node:assert/strict";
import { settingsItem, workflowItem } from "../../slots/deployed-items.ts";
import { readSettings, readWorkflow } from "../../slots/items.ts";
import type { Item } from "../../slots/items.ts";

describe("an item that a deployment writes", () => {
    it("settings: is under the pool's name, and is read as it was written", () => {
        const item = settingsItem("reports", { limit: 3, cooldownSeconds: 30, pauseAfterFailures: 5 });
        assert.deepEqual([item["poolName"], item["entry"]], [{ S: "reports" }, { S: "settings" }]);
        assert.deepEqual(readSettings(item as Item), {
            value: { limit: 3, cooldownSeconds: 30, pauseAfterFailures: 5 },
        });
    });

    it("workflow: is under the pool's name, and is read as it was written", () => {
        const workflow = {
            stateMachine: "arn:aws:states:us-east-1:123456789012:stateMachine:jobs",
            job: "report",
            deadLetterQueueUrl: "https://sqs.us-east-1.amazonaws.com/123456789012/dead-letters.fifo",
        };
        const item = workflowItem("reports", workflow);
        assert.deepEqual([item["poolName"], item["entry"]], [{ S: "reports" }, { S: "workflow" }]);
        assert.deepEqual(readWorkflow(item as Item), workflow);
    });
});
