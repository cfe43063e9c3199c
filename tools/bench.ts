/**
 * Runs benchmarks: `npm run bench` runs all of bench/, `npm run bench -- NAME …` those named. Each runs in a new process, so
 * that no benchmark is measured with another's heap or compiled code.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";

const directory = path.join(import.meta.dirname, "..", "bench");
const all = readdirSync(directory)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.basename(file, ".ts"))
    .sort();

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length > 0) {
    console.error(
        `turnstile: there is no benchmark ${unknown.join(" or ")}; the benchmarks are ${all.join(" and ")}`,
    );
    process.exitCode = 1;
} else {
    for (const name of asked.length > 0 ? asked : all) {
        const { status } = spawnSync(process.execPath, [path.join(directory, `${name}.ts`)], {
            stdio: "inherit",
        });
        if (status !== 0) process.exitCode = 1;
    }
}
