import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { exampleProject } from "../../example-projects.ts";
import { ROOT } from "../command-line.ts";

describe("turnstile plan in a project of the user's", () => {
    it("tries its program, whose limit and whose Glue job are its own", () => {
        const args = [
            path.join(ROOT, "cli/main.ts"),
            "plan",
            "--jobs",
            "3",
            "--minutes",
            "5",
            "--limits",
            "3",
        ];
        const options = { cwd: exampleProject("existing-job"), encoding: "utf8" } as const;
        const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
        assert.equal(status, 0, stderr);
        assert.match(stdout, /^ {4}3 {2}\d+ min/m);
        assert.match(stdout, /^Glue's charge for the jobs is not known/m);
    });
});
