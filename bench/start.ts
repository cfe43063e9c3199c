/**
 * How long `npm start` takes and how much memory. Each run is a new process, from its start to its exit, without a terminal
 * and as fast as possible. The aim for the last one is ten seconds and 700 MB.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { table } from "../cli/run/table.ts";
import { machine } from "./lib/machine.ts";

const RUNS: readonly (readonly string[])[] = [
    [],
    ["--count", "1000", "--limit", "10"],
    ["--count", "1000", "--limit", "100"],
    ["--count", "10000", "--limit", "100"],
];

/** Makes a process write its largest resident set to its file descriptor 3 when it exits. */
const WRITE_MEMORY = `data:text/javascript,${encodeURIComponent(
    'import { writeSync } from "node:fs"; process.on("exit", () => writeSync(3, String(process.resourceUsage().maxRSS)));',
)}`;

interface Measured {
    readonly wallSeconds: number;
    readonly megabytes: number;
    readonly report: { readonly sent: number; readonly good: boolean; readonly wallSeconds: number };
}

const root = path.join(import.meta.dirname, "..");
const main = path.join(root, "cli", "main.ts");
const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    scripts: { start: string };
};
/** What `npm start` tells Node. */
const flags = scripts.start.split(" ").filter((word) => word.startsWith("--"));
const rows: string[][] = [];
for (const args of RUNS) {
    const { wallSeconds, megabytes, report } = await measure([...args, "--speed", "max", "--json"]);
    if (!report.good) throw new Error(`npm start -- ${args.join(" ")} failed, so its numbers mean nothing.`);
    const perMessage = (report.wallSeconds * 1000) / report.sent;
    rows.push([
        ["npm start", ...(args.length > 0 ? ["--", ...args] : [])].join(" "),
        wallSeconds.toFixed(1),
        report.wallSeconds.toFixed(1),
        perMessage.toFixed(2),
        megabytes.toFixed(0),
    ]);
}
console.log(machine());
console.log(table(["", "Process s", "Run s", "ms a message", "Peak MB"], rows, [1, 2, 3, 4]));

function measure(args: readonly string[]): Promise<Measured> {
    const startedAt = performance.now();
    const child = spawn(process.execPath, [...flags, `--import=${WRITE_MEMORY}`, main, "run", ...args], {
        stdio: ["ignore", "pipe", "ignore", "pipe"],
    });
    const [, stdout, , memory] = child.stdio;
    let [out, kilobytes] = ["", ""];
    stdout?.on("data", (data: Buffer) => (out += data.toString()));
    memory?.on("data", (data: Buffer) => (kilobytes += data.toString()));
    return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("close", () => {
            const wallSeconds = (performance.now() - startedAt) / 1000;
            const report = JSON.parse(out) as Measured["report"];
            resolve({ wallSeconds, megabytes: Number(kilobytes) / 1024, report });
        });
    });
}
