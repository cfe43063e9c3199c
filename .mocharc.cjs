"use strict";
const fs = require("node:fs");
const { createRequire } = require("node:module");
const os = require("node:os");

// What takes long begins first, so that in the end no process waits for another one's long file.
const long = [
    "stack/line",
    "stack/permissions",
    "cli/run/run",
    "stack/bad-days/crashes-and-throttles",
    "stack/removal",
];
const named = process.argv.slice(2).filter((argument) => fs.existsSync(argument));

function all() {
    const files = fs.globSync("test/**/*.test.ts").sort();
    const isLong = (file) => long.some((name) => file.endsWith(`${name}.test.ts`));
    return [...files.filter(isLong), ...files.filter((file) => !isLong(file))];
}

// A process that is told to end has a second, unless it is given more; then it is killed, and what it has covered is lost.
if (process.env.NODE_V8_COVERAGE) {
    const workerpool = createRequire(require.resolve("mocha"))("workerpool");
    const { pool } = workerpool;
    workerpool.pool = (script, options) => pool(script, { ...options, workerTerminateTimeout: 120_000 });
}

module.exports = {
    // The extension keeps helpers beside the tests from being run, where a folder is named.
    extension: ["test.ts"],
    recursive: true,
    require: ["./test/rejections.cjs"],
    ...(named.length === 0 && { spec: all() }),
    // Files run side by side, in a few processes; named ones do not, so that `only` and a debugger work with them.
    parallel: !named.some((argument) => argument.endsWith(".test.ts")),
    jobs: Math.min(4, Math.max(2, os.availableParallelism())),
    reporter: "test/reporter.ts",
    // The messages of node:assert show the difference already.
    diff: false,
    // For what hangs: a busy machine may take its time.
    timeout: 60_000,
    slow: 1_000,
    forbidOnly: Boolean(process.env.CI),
};
