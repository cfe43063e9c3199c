"use strict";
const os = require("node:os");

// Without a file named, mocha runs test/ recursively; the extension keeps helpers beside the tests from being run.
module.exports = {
    extension: ["test.ts"],
    recursive: true,
    // Files run side by side, each alone in a process; named ones do not, so that `only` and a debugger work with them.
    parallel: !process.argv.slice(2).some((argument) => argument.endsWith(".test.ts")),
    jobs: Math.min(4, Math.max(2, os.availableParallelism())),
    reporter: "test/reporter.ts",
    // The messages of node:assert show the difference already.
    diff: false,
    timeout: 10_000,
    slow: 1_000,
    forbidOnly: Boolean(process.env.CI),
};
