/**
 * Lints .github/workflows with other people's linters, without asking GitHub anything: actionlint (MIT) knows the syntax, the
 * contexts and the shell of a step, zizmor (MIT) what an attacker does with a workflow. Where Go or Python is missing, one line
 * says what was left out; with `--required` that is a failure.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import path from "node:path";
import { installPython } from "../../conformance/python.ts";

const here = import.meta.dirname;
const workflows = globSync(path.join(here, "../../.github/workflows/*.yml"));

interface Linter {
    readonly name: string;
    /** The command line, or why there is none. */
    readonly find: () => Promise<readonly [string, ...string[]] | { readonly missing: string }>;
}

const LINTERS: readonly Linter[] = [
    {
        // go.mod and go.sum beside this file say which version, and what it is made of.
        name: "actionlint",
        find: () => {
            const hasGo = spawnSync("go", ["version"]).status === 0;
            const found = ["go", "tool", "actionlint"] as const;
            return Promise.resolve(
                hasGo ? found : { missing: "actionlint needs Go, and there is none here" },
            );
        },
    },
    {
        name: "zizmor",
        find: async () => {
            const installed = await installPython({
                title: "zizmor",
                name: "zizmor",
                requirements: path.join(here, "requirements.txt"),
                // It is a program, and has no module of its own.
                module: "importlib.metadata; importlib.metadata.version('zizmor')",
            });
            if ("missing" in installed) return installed;
            const program = path.join(path.dirname(installed.python), "zizmor");
            return [program, "--offline", "--quiet", "--no-progress", "--persona=auditor"];
        },
    },
];

for (const { name, find } of LINTERS) {
    const found = await find();
    if ("missing" in found) {
        console.log(`left out: ${found.missing}`);
        if (process.argv.includes("--required")) process.exitCode = 1;
        continue;
    }
    const [program, ...args] = found;
    const { status } = spawnSync(program, [...args, ...workflows], { cwd: here, stdio: "inherit" });
    console.log(`${name}: ${status === 0 ? `${workflows.length} workflows are right` : "not right"}`);
    if (status !== 0) process.exitCode = 1;
}
