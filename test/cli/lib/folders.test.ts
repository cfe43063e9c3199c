import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { PACKAGE, programFolder } from "../../../cli/lib/folders.ts";
import { ROOT } from "../command-line.ts";

describe("the folder of the program", () => {
    let directory: string;

    before(() => {
        directory = mkdtempSync(path.join(tmpdir(), "turnstile-"));
        mkdirSync(path.join(directory, "yaml/deep/er"), { recursive: true });
        mkdirSync(path.join(directory, "yml"));
        writeFileSync(path.join(directory, "yaml/Pulumi.yaml"), "");
        writeFileSync(path.join(directory, "yml/Pulumi.yml"), "");
    });

    after(() => {
        rmSync(directory, { recursive: true });
    });

    it("is the nearest one with a Pulumi.yaml, from where the user is upwards", () => {
        assert.equal(programFolder(path.join(directory, "yaml/deep/er")), path.join(directory, "yaml"));
    });

    it("may have a Pulumi.yml instead", () => {
        assert.equal(programFolder(path.join(directory, "yml")), path.join(directory, "yml"));
    });

    it("is this repository where there is no other", () => {
        assert.equal(PACKAGE, ROOT);
        assert.equal(programFolder(directory), ROOT);
    });

    it("is where the user is for an installed package, which has no program", () => {
        assert.equal(programFolder(directory, path.join(directory, "yaml/deep")), directory);
    });
});
