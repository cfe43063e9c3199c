import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ownKeys } from "../../../cli/serve/keys.ts";

describe("the keys of turnstile serve", () => {
    let directory: string;
    const file = (): string => path.join(directory, "serve-keys.json");

    beforeEach(() => {
        directory = mkdtempSync(path.join(tmpdir(), "turnstile-"));
    });
    afterEach(() => {
        rmSync(directory, { recursive: true });
    });

    it("are the same at the next start", () => {
        assert.deepEqual(ownKeys(directory), ownKeys(directory));
    });

    it("are nobody else's to read", function () {
        // Windows has no modes of files.
        if (process.platform === "win32") this.skip();
        ownKeys(directory);
        assert.equal(statSync(file()).mode & 0o077, 0);
    });

    it("are made anew where a crash left half a file", () => {
        writeFileSync(file(), '{"accessKeyId": "LOC');
        assert.match(ownKeys(directory).accessKeyId, /^LOCAL[0-9A-F]{20}$/);
    });
});
