/**
 * How much of the code the tests run, folder by folder, against what is wanted: `npm run coverage` runs the tests first,
 * `npm run coverage -- --from DIRECTORY` takes what a run with NODE_V8_COVERAGE=DIRECTORY left there. Prints the lines and
 * branches that no test reaches (`--uncovered`), and fails when a folder has less than it should.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import Table from "cli-table3";
import { Command } from "commander";

/** Percent of lines and of branches. The protocol and what is deployed need more than what only runs here. */
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
    .description("Shows how much of the code the tests run, and fails where it is less than it should be.")
    .option("--from <directory>", "take what a test run with NODE_V8_COVERAGE left in this directory")
    .option("--uncovered", "list the lines that no test reaches, file by file")
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "turnstile: ")) })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse();
const { from, uncovered } = command.opts<{ from?: string; uncovered?: true }>();
if (from !== undefined && !holdsMeasurements(from)) {
    command.error(`turnstile: ${from} holds no measurements; run NODE_V8_COVERAGE=${from} npm test first`);
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
        `turnstile: the tests run too little of ${short.join(", ")}; --uncovered shows what they leave out`,
    );
    process.exitCode = 1;
}

function share(counts: readonly Count[]): number {
    const sum = (kind: keyof Count): number => counts.reduce((total, count) => total + count[kind], 0);
    return sum("total") === 0 ? 0 : (100 * sum("covered")) / sum("total");
}
