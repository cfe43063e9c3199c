import assert from "node:assert/strict";
import { KNOWN_STATES } from "../../../cli/operate/past.ts";
import { definition } from "../../../workflow/definition.ts";

describe("What a message has spent its time with", () => {
    it("is told by states that the workflow has", () => {
        const names = {
            ...{ partition: "aws", tableName: "t", pool: "p", jobName: "j" },
            ...{ deadLetterQueueUrl: "d", reaperQueueUrl: "r", failureTopicArn: "f" },
        };
        const numbers = {
            ...{ maxAttempts: 3, retryDelaySeconds: 30, cooldownSeconds: 10, startBudgetSeconds: 600 },
            jobTimeoutMinutes: undefined,
        };
        const states = Object.keys(definition(names, numbers).States);
        assert.deepEqual(
            KNOWN_STATES.filter((state) => !states.includes(state)),
            [],
        );
    });
});
