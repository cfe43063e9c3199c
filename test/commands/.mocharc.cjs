"use strict";

module.exports = {
    extension: ["commands.ts"],
    spec: ["test/commands/"],
    recursive: true,
    parallel: true,
    jobs: 2,
    reporter: "test/reporter.ts",
    // The messages of node:assert show the difference already.
    diff: false,
    timeout: 60_000,
    slow: 10_000,
    forbidOnly: Boolean(process.env.CI),
};
