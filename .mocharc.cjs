"use strict";
// Without a file named, mocha runs test/ recursively; the extension keeps helpers beside the tests from being run.
module.exports = {
    extension: ["test.ts"],
    recursive: true,
    reporter: "test/reporter.ts",
    // The messages of node:assert show the difference already.
    diff: false,
    timeout: 10_000,
    slow: 1_000,
    failZero: true,
    forbidOnly: Boolean(process.env.CI),
};
