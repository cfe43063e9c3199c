import assert from "node:assert/strict";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { fileAsset } from "../../components/program-file.ts";

const cwd = process.cwd.bind(process);

describe("a file that a deployment uploads", () => {
    const program = path.resolve("/projects/reports");

    before(() => {
        process.cwd = () => program;
    });

    after(() => {
        process.cwd = cwd;
    });

    for (const [what, file] of [
        ["a URL", pathToFileURL(path.join(program, "jobs", "report.py"))],
        ["an absolute path", path.join(program, "jobs", "report.py")],
        ["a path from the program's folder", path.join("jobs", "report.py")],
    ] as const) {
        it(`is named from the program's folder when the program names it by ${what}`, async () => {
            assert.equal(await fileAsset(file).path, "jobs/report.py");
        });
    }

    it("is named without the machine's folders when it lies beside the program's folder", async () => {
        const file = path.resolve("/projects/node_modules/package/file.mjs");
        assert.equal(await fileAsset(file).path, "../node_modules/package/file.mjs");
    });
});
