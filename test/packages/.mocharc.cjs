"use strict";

// Packages are installed and programs compiled, which takes minutes.
module.exports = {
    extension: ["packages.ts"],
    spec: ["test/packages/"],
    recursive: true,
    reporter: "test/reporter.ts",
    // The messages of node:assert show the difference already.
    diff: false,
    timeout: 300_000,
    slow: 60_000,
    forbidOnly: Boolean(process.env.CI),
};
