/** The examples, as their README says: installed from the package that a clone makes, compiled, and run. */
import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import path from "node:path";
import { EXAMPLES, examplesFolder } from "../example-projects.ts";
import { Folders, installTools, pack, run, tryRun } from "./machine.ts";
import type { Outcome } from "./machine.ts";
import { write } from "./projects.ts";

describe("the examples", () => {
    const folders = new Folders();
    let clone: string;

    before(() => {
        installTools();
        clone = folders.make();
        pack(clone);
        for (const example of EXAMPLES) {
            const from = path.join(examplesFolder, example);
            const isSource = (file: string): boolean => path.basename(file) !== "node_modules";
            cpSync(from, path.join(clone, "examples", example), { recursive: true, filter: isSource });
        }
        // Workspaces, so that what they share is installed once.
        write(clone, { "package.json": { private: true, workspaces: ["examples/*"] } });
        run("npm", ["install", "--silent", "--prefer-offline"], { cwd: clone });
    });

    after(() => {
        folders.remove();
    });

    for (const example of EXAMPLES) {
        const commands = shownIn(example);

        it(`${example} compiles by its own tsconfig.json`, () => {
            const compiler = path.join(clone, "node_modules/typescript/bin/tsc");
            run(process.execPath, [compiler, "--noEmit"], { cwd: path.join(clone, "examples", example) });
        });

        it(`${example} has a README whose first commands are those that every clone needs`, () => {
            assert.deepEqual(commands.slice(0, 2), [`cd examples/${example}`, "npm install"]);
            assert.ok(commands.length > 3);
        });

        for (const command of commands.slice(2)) {
            it(`${example} does what its README shows: ${command}`, () => {
                const { code, out, error } = shell(command, path.join(clone, "examples", example));
                assert.equal(code, 0, `${out}\n${error}`);
                assert.match(out, /\b12\b/);
            });
        }
    }
});

/** The commands below "Run it here" in an example's README. */
function shownIn(example: string): readonly string[] {
    const text = readFileSync(path.join(examplesFolder, example, "README.md"), "utf8");
    const [, block = ""] = /\n## Run it here\n[^#]*?```sh\n(.*?)```/s.exec(text) ?? [];
    return block.trim().split("\n");
}

/** Runs a line as a user's shell does whose Node is this one. */
function shell(line: string, cwd: string): Outcome {
    const PATH = [path.dirname(process.execPath), process.env["PATH"] ?? ""].join(path.delimiter);
    return tryRun("sh", ["-c", line], { cwd, env: { PATH } });
}
