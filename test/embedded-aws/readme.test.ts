/** What embedded-aws/README.md says is true: its example runs, and its list of what is modelled is complete. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { createServices } from "../../embedded-aws/services/index.ts";
import { FakeWorld } from "./fake-world.ts";

const room = path.join(import.meta.dirname, "../../embedded-aws");
const readme = readFileSync(path.join(room, "README.md"), "utf8");

describe("the README of the embedded AWS", () => {
    let directory: string;

    before(() => {
        directory = mkdtempSync(path.join(tmpdir(), "embedded-aws-readme-"));
    });

    after(() => {
        rmSync(directory, { recursive: true, force: true });
    });

    it("runs a Pulumi program in ten lines: its function writes to its table", async () => {
        const [, example = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
        const lines = example.split("\n").filter((line) => line !== "");
        assert.ok(lines.length > 0 && lines.length <= 10, `${lines.length} lines`);
        const file = path.join(directory, "example.mts");
        writeFileSync(file, onThisMachine(example));
        const { stdout } = await promisify(execFile)(process.execPath, ["--no-warnings", file]);
        assert.match(stdout, /Item: \{ key: \{ S: 'a' \}, count: \{ N: '1' \} \}/);
    });

    it("names every resource type and every operation that there is", () => {
        const world = new FakeWorld();
        const missing = createServices().flatMap((descriptor) => {
            const { kinds, operations } = descriptor.create(world);
            const types = Object.keys(kinds).map((type) => type.split(":").at(-1) ?? "");
            return [...types, ...Object.keys(operations)].filter((name) => !readme.includes(`\`${name}\``));
        });
        assert.deepEqual(missing, []);
    });
});

/** The example with the addresses of the embedded AWS and of a program. */
function onThisMachine(example: string): string {
    return example
        .replace("./embedded-aws/index.ts", pathToFileURL(path.join(room, "index.ts")).href)
        .replace("path/to/program", path.join(import.meta.dirname, "fixtures/mini"));
}
