import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { WORKFLOW_PAGE, workflowPage } from "../../tools/workflow-diagram.ts";

describe("docs/workflow.md", () => {
    it("is as the definition is now; otherwise run `npm run docs:workflow`", () => {
        assert.equal(readFileSync(WORKFLOW_PAGE, "utf8"), workflowPage());
    });
});
