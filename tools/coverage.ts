/**
 * How much of each folder's code the tests run. `npm run coverage` runs the tests first; `npm run coverage -- --from DIRECTORY`
 * reads the measurements of a run with NODE_V8_COVERAGE=DIRECTORY. `--uncovered` lists the lines and branches that no test
 * reaches. It fails when the tests run less of a folder than they should.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import Table from "cli-table3";
import { Command } from "commander";

/** The least percentage of lines and of branches. What is deployed needs more than what runs on this machine only. */
const WANTED = {
    components: 95,
    workflow: 95,
    slots: 95,
    functions: 95,
    "embedded-aws": 90,
    cli: 90,
} as const;

interface Count {
    covered: number;
    total: number;
}

type Summary = Readonly<Record<string, { readonly lines: Count; readonly branches: Count }>>;

const root = path.join(import.meta.dirname, "..");

const command = new Command("npm run coverage --")
    .description("Shows how much of each folder's code the tests run. Fails when it is too little.")
    .option("--from <directory>", "read the measurements of a test run with NODE_V8_COVERAGE=<directory>")
    .option("--uncovered", "list the lines that no test reaches, by file")
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "turnstile: ")) })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse();
const { from, uncovered } = command.opts<{ from?: string; uncovered?: true }>();
if (from !== undefined && !holdsMeasurements(from)) {
    command.error(`turnstile: ${from} has no measurements; first run: NODE_V8_COVERAGE=${from} npm test`);
}

const scratch = mkdtempSync(path.join(os.tmpdir(), "turnstile-coverage-"));
try {
    const measured = from ?? path.join(scratch, "measured");
    if (from === undefined) runTests(measured);
    judge(report(measured));
} finally {
    rmSync(scratch, { recursive: true, force: true });
}

function holdsMeasurements(directory: string): boolean {
    if (!existsSync(directory)) return false;
    return readdirSync(directory).some(
        (file) =>
            /^coverage-.*\.json$/.test(file) &&
            readFileSync(path.join(directory, file), "utf8").includes("/slots/"),
    );
}

function runTests(directory: string): void {
    const { status } = spawnSync(process.execPath, ["node_modules/mocha/bin/mocha.js"], {
        cwd: root,
        stdio: "inherit",
        env: { ...process.env, NODE_V8_COVERAGE: directory },
    });
    if (status !== 0) process.exitCode = 1;
}

function report(measured: string): Summary {
    const options = ["--temp-directory", path.resolve(measured), "--report-dir", scratch];
    const reporters = ["--reporter", "json-summary", ...(uncovered === true ? ["--reporter", "text"] : [])];
    const folders = Object.keys(WANTED).flatMap((folder) => ["--include", `${folder}/**/*.ts`]);
    const { status } = spawnSync(
        process.execPath,
        ["tools/node_modules/c8/bin/c8.js", "report", "--all", ...options, ...reporters, ...folders],
        { cwd: root, stdio: "inherit" },
    );
    if (status !== 0) throw new Error(`c8 could not read the measurements in ${measured}.`);
    return JSON.parse(readFileSync(path.join(scratch, "coverage-summary.json"), "utf8")) as Summary;
}

function judge(summary: Summary): void {
    const table = new Table({
        head: ["folder", "lines", "branches", "wanted"],
        style: { head: [], border: [] },
    });
    const short: string[] = [];
    for (const [folder, wanted] of Object.entries(WANTED)) {
        const files = Object.entries(summary).filter(([file]) =>
            path.relative(root, file).startsWith(folder + path.sep),
        );
        const shares = (["lines", "branches"] as const).map((kind) =>
            share(files.map(([, counts]) => counts[kind])),
        );
        table.push([folder, ...shares.map((percent) => `${percent.toFixed(1)} %`), `${wanted} %`]);
        if (shares.some((percent) => percent < wanted)) short.push(`${folder}/`);
    }
    console.log(table.toString());
    if (short.length === 0) return;
    console.error(
        `turnstile: the tests run too little of ${short.join(", ")}; --uncovered lists the lines that they do not reach`,
    );
    process.exitCode = 1;
}

function share(counts: readonly Count[]): number {
    const sum = (kind: keyof Count): number => counts.reduce((total, count) => total + count[kind], 0);
    return sum("total") === 0 ? 0 : (100 * sum("covered")) / sum("total");
}
