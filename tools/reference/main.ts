/**
 * Writes docs/reference/ from the components' doc comments: `npm run docs:reference`. `.ci/run` does so too, and fails if
 * that changes what is committed.
 */
import { spawnSync } from "node:child_process";
import path from "node:path";

const tools = path.join(import.meta.dirname, "..");
const pages = path.join(tools, "../docs/reference");

run("typedoc/bin/typedoc", [
    "--options",
    path.join(import.meta.dirname, "typedoc.json"),
    "--logLevel",
    "Warn",
]);
run("prettier/bin/prettier.cjs", ["--write", "--log-level", "warn", pages]);

/** Runs a program of a package of the checks. A failure ends this program, too. */
function run(program: string, args: readonly string[]): void {
    const file = path.join(tools, "node_modules", program);
    const { status } = spawnSync(process.execPath, [file, ...args], { stdio: "inherit" });
    if (status !== 0) process.exit(status ?? 1);
}
